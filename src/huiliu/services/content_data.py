"""Content, communities and live sessions as data: what the API and `--json` show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.kernel.ids import show_id
from huiliu.kernel.money import Money
from huiliu.kernel.texts import render
from huiliu.kernel.times import show_duration, show_instant
from huiliu.planning.minutes import Curve
from huiliu.ports.board import GroupRow, OutcomeRow, PieceRow
from huiliu.ports.world import World
from huiliu.services.content_board import Board, PieceView, PlatformLine
from huiliu.services.content_outcomes import Noted
from huiliu.services.groups import GroupView
from huiliu.services.live_sessions import LiveView
from huiliu.services.public_links import public_url

__all__ = [
    "board_json",
    "curve_json",
    "group_json",
    "group_view_json",
    "live_json",
    "noted_json",
    "outcome_json",
    "piece_json",
    "piece_view_json",
    "report_json",
]


def piece_json(world: World, row: PieceRow) -> dict[str, object]:
    """Return one piece."""
    return {
        "id": row.key, "title": row.title, "platform": row.platform, "account": row.account,
        "brief": row.brief, "words": row.words, "audience": row.audience,
        "assignee": row.assignee, "group": row.group, "target": row.target, "code": row.code,
        "link": public_url(world, row.link), "post_url": row.post_url, "state": row.state,
        "due": show_instant(row.due_at) if row.due_at else None,
        "published": show_instant(row.published_at) if row.published_at else None,
        "journey": row.journey, "people": row.n_people, "version": row.version,
    }  # fmt: skip


def board_json(world: World, found: Board) -> dict[str, object]:
    """Return the board by column."""
    return {
        "columns": {
            state: [piece_json(world, row) for row in rows] for state, rows in found.columns.items()
        },
        "counts": dict(found.counts),
        "clashes": {key: list(others) for key, others in found.clashes.items()},
    }


def piece_view_json(world: World, found: PieceView) -> dict[str, object]:
    """Return one piece and all about it."""
    return piece_json(world, found.row) | {
        "materials": [
            {"id": show_id(one.material_id), "name": one.name, "type": one.type, "size": one.size}
            for one in found.materials
        ],
        "outcomes": [outcome_json(one) for one in found.outcomes],
        "clicks": {"people": found.clicks.n_people, "machines": found.clicks.n_machines},
        "engagement": found.engagement,
        "advice": [{"path": one.path, "message": render(one.text, "en")} for one in found.advice],
        "objections": [
            {"pack": one.pack, "rule": one.rule.name, "blocks": one.blocks, "quote": one.quote}
            for one, _ in found.findings
        ],
        "clashes": [one.key for one in found.clashes],
        "facts": dict(found.facts),
        "next": list(found.next),
    }


def outcome_json(row: OutcomeRow) -> dict[str, object]:
    """Return what something had brought by a day."""
    money = None if row.revenue is None else float(Money(row.revenue, row.currency).major)
    return {
        "day": row.day, "figures": dict(row.figures), "revenue": money,
        "currency": row.currency or None, "source": row.source,
        "noted_at": show_instant(row.noted_at),
    }  # fmt: skip


def noted_json(noted: Noted) -> dict[str, object]:
    """Return what a table led to."""
    return {
        "noted": list(noted.subjects),
        "strangers": [{"line": line, "says": said} for line, said in noted.strangers],
    }


def report_json(lines: Sequence[PlatformLine]) -> list[dict[str, object]]:
    """Return what content brought by platform."""
    return [
        {
            "platform": one.platform, "pieces": one.n_pieces, "figures": dict(one.figures),
            "revenue": _money(one.revenue), "engagement": one.engagement,
        }
        for one in lines
    ]  # fmt: skip


def group_json(row: GroupRow) -> dict[str, object]:
    """Return one community."""
    return {
        "slug": row.slug, "name": row.name, "platform": row.platform, "owner": row.owner,
        "audience": row.audience, "size": row.size, "most": row.most, "state": row.state,
        "note": row.note,
    }  # fmt: skip


def group_view_json(world: World, found: GroupView) -> dict[str, object]:
    """Return one community, how it grew, and what is posted in it."""
    return group_json(found.row) | {
        "sizes": [{"day": day, "size": size} for day, size in found.sizes],
        "posts": [piece_json(world, one) for one in found.posts],
    }


def live_json(found: LiveView) -> dict[str, object]:
    """Return one live session."""
    session = found.session
    booking = session.booking
    return {
        "slug": session.slug, "version": found.document.version, "name": dict(session.name),
        "platform": session.platform, "account": session.account, "host": session.host,
        "starts_at": show_instant(session.starts_at), "minutes": session.minutes,
        "state": found.state, "url": found.url, "link": found.link, "code": session.code,
        "products": list(session.shown),
        "script": [
            {"at": one.at, "do": one.do, "say": one.say, "product": one.product}
            for one in session.script
        ],
        "booking": None
        if booking is None
        else {"ask": list(booking.ask), "remind": [show_duration(one) for one in booking.remind]},
        "bookable": found.is_bookable, "booked": found.n_booked,
        "clicks": {"people": found.clicks.n_people, "machines": found.clicks.n_machines},
        "outcomes": [outcome_json(one) for one in found.outcomes],
    }  # fmt: skip


def curve_json(found: Curve) -> dict[str, object]:
    """Return a session's orders by minute and line of its script."""
    return {
        "orders": found.n_orders, "with_code": found.n_with_code,
        "before": found.n_before, "after": found.n_after, "revenue": _money(found.revenue),
        "currency": found.currency or None,
        "minutes": [
            {"at": one.at, "orders": one.n_orders, "with_code": one.n_with_code,
             "revenue": _major(one.amount, found.currency)}
            for one in found.minutes
        ],
        "script": [
            {
                "at": one.cue.at, "until": one.until, "do": one.cue.do,
                "product": one.cue.product or None, "orders": one.n_orders,
                "of_product": one.n_of_product, "per_minute": one.rate, "lift": one.lift,
            }
            for one in found.cues
        ],
        "products": dict(found.products),
    }  # fmt: skip


def _money(amounts: Mapping[str, int]) -> dict[str, float]:
    """Return currency -> major units."""
    return {unit: _major(minor, unit) for unit, minor in amounts.items() if unit}


def _major(minor: int, currency: str) -> float:
    """Return an amount in major units."""
    return float(Money(minor, currency).major) if currency else 0.0
