"""Levels, catalogues, exchanges and the board of points as JSON, for servers and `--json`."""

from __future__ import annotations

from decimal import Decimal

from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.money import Money
from huiliu.kernel.times import show_instant
from huiliu.ports.exchanges import ExchangeRow
from huiliu.ports.tiers import TierGift, TierState
from huiliu.rewards.reward_catalogue import Item
from huiliu.rewards.tiers import Level, Measure, Tiers
from huiliu.services.look_at_tiers import CatalogueView, Membership, Step, TiersView
from huiliu.services.points_board import PointsBoard, Share

__all__ = [
    "board_json",
    "catalogue_json",
    "exchange_json",
    "measured_major",
    "membership_json",
    "person_json",
    "tiers_json",
]


def measured_major(tiers: Tiers, measured: int) -> Decimal:
    """Return what counts in the unit that people write: yuan, points, orders."""
    if tiers.measure is Measure.SPEND:
        return Money(measured, tiers.currency).major
    return Decimal(measured).scaleb(-2)


def tiers_json(view: TiersView) -> dict[str, object]:
    """Return a ladder and its people."""
    ladder = view.tiers
    return {
        "slug": ladder.slug, "name": dict(ladder.name), "version": view.version,
        "measure": ladder.measure.value, "currency": ladder.currency or None,
        "people": view.n_people, "behind": view.n_behind,
        "levels": [
            _level(ladder, one.level) | {"people": one.n_people, "share": one.share}
            for one in view.levels
        ],
        "feeds": [one.id for one in ladder.feeds],
    }  # fmt: skip


def person_json(tiers: Tiers, state: TierState) -> dict[str, object]:
    """Return where a person stands, as one line of a list."""
    return {
        "profile": show_profile_id(state.profile_id), "level": state.level,
        "since": show_instant(state.since), "until": show_instant(state.until),
        "measured": str(measured_major(tiers, state.measured)),
    }  # fmt: skip


def membership_json(profile_id: int, found: Membership) -> dict[str, object]:
    """Return all about one person as a member."""
    return {
        "profile": show_profile_id(profile_id),
        "tiers": [_step(one) for one in found.steps],
        "gifts": [_gift(one) for one in found.gifts],
        "exchanges": [exchange_json(one) for one in found.exchanges],
    }


def catalogue_json(view: CatalogueView) -> dict[str, object]:
    """Return a catalogue and what of it is taken."""
    return {
        "slug": view.catalogue.slug, "name": dict(view.catalogue.name), "version": view.version,
        "items": [_item(one, view.taken.get(one.id, 0)) for one in view.catalogue.items],
    }  # fmt: skip


def exchange_json(row: ExchangeRow) -> dict[str, object]:
    """Return one exchange."""
    return {
        "exchange": show_id(row.exchange_id), "profile": show_profile_id(row.profile_id),
        "catalogue": row.catalogue, "item": row.item, "version": row.version,
        "channel": row.channel, "points": str(row.points), "gives": row.gives,
        "subject": row.subject, "code": row.code or None, "state": row.state,
        "at": show_instant(row.at),
    }  # fmt: skip


def board_json(board: PointsBoard) -> dict[str, object]:
    """Return the board of points."""
    found = board.forecast
    return {
        "days": board.days,
        "available": str(board.totals.available), "pending": str(board.totals.pending),
        "debt": str(board.totals.debt), "people": board.totals.n_people,
        "redemption_rate": found.rate, "breakage": found.breakage if found.is_known else None,
        "redemption_low": found.low, "redemption_high": found.high,
        "value": _amount(board.value.amount) if board.value else None,
        "currency": board.value.currency if board.value else None,
        "in_full": _amount(board.in_full), "liability": _amount(board.liability),
        "liability_low": _amount(board.low), "liability_high": _amount(board.high),
        "deferred_of_100": _amount(board.deferred),
        "earned": [_share(one) for one in board.earned],
        "burnt": [_share(one) for one in board.burnt],
        "expired": str(board.n_expired),
        "flows": [
            {"from": one.source, "kind": one.kind, "to": one.target, "points": str(one.points)}
            for one in board.flows
        ],
        "closes": [{"day": one.day, "hash": one.hash.hex(), "entries": one.n_entries}
                   for one in board.closes],
    }  # fmt: skip


def _level(ladder: Tiers, level: Level) -> dict[str, object]:
    """Return one level."""
    return {
        "id": level.id, "name": dict(level.name), "from": str(measured_major(ladder, level.floor)),
        "multiplier": str(level.multiplier),
        "benefits": [
            {"on": one.on.value, "points": str(one.points) if one.points else None,
             "coupon": one.coupon or None, "says": dict(one.says) if one.says else None}
            for one in level.benefits
        ],
    }  # fmt: skip


def _step(step: Step) -> dict[str, object]:
    """Return where a person stands on one ladder."""
    ladder, above = step.tiers, step.next_level
    return {
        "programme": ladder.slug, "measure": ladder.measure.value,
        "level": step.level.id if step.level else None,
        "multiplier": str(step.level.multiplier) if step.level else "1",
        "since": show_instant(step.since) if step.level else None,
        "until": show_instant(step.until) if step.level else None,
        "measured": str(measured_major(ladder, step.measured)),
        "next": None if above is None else {
            "level": above.id, "from": str(measured_major(ladder, above.floor)),
            "missing": str(measured_major(ladder, max(0, above.floor - step.measured))),
        },
    }  # fmt: skip


def _gift(gift: TierGift) -> dict[str, object]:
    """Return one gift."""
    return {
        "at": show_instant(gift.at), "source": gift.source, "name": gift.name,
        "points": str(gift.points), "coupon": gift.coupon or None, "code": gift.code or None,
        "refused": gift.refused or None,
    }  # fmt: skip


def _item(item: Item, taken: int) -> dict[str, object]:
    """Return one item of a catalogue."""
    return {
        "id": item.id, "name": dict(item.name), "points": str(item.points),
        "channels": {name: str(price) for name, price in item.channels.items()},
        "gives": item.gives.value, "subject": item.subject, "stock": item.stock or None,
        "taken": taken, "left": max(0, item.stock - taken) if item.stock else None,
        "per_person": item.per_person or None, "levels": list(item.levels),
        "from": show_instant(item.starts_at) if item.starts_at else None,
        "until": show_instant(item.ends_at) if item.ends_at else None,
    }  # fmt: skip


def _share(one: Share) -> dict[str, Value]:
    """Return one channel's part."""
    return {"channel": one.channel, "points": str(one.points), "share": one.share}


def _amount(value: Decimal | None) -> str | None:
    """Return an amount as text, exactly."""
    return None if value is None else str(value)
