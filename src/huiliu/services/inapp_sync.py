"""What a client is told to show its person, and nothing twice.

Read under no lock: every change of a person's cards takes the next number under the lock of their
box, so a client that names the number it has seen misses nothing. What happened since the card was
laid out counts: who paid is not asked to pay, who said no is not advertised to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.journeys.cancel import cancel_names, is_cancelled
from huiliu.kernel.facts import NO_FACTS
from huiliu.kernel.times import DAY, SECOND, show_instant
from huiliu.messages.inapp import CHANNEL, Card
from huiliu.ports.inapp import CardRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.inapp_cards import open_cards
from huiliu.services.inapp_tokens import Bearer, Seat, seat

__all__ = ["Synced", "config_of", "sitting", "sync"]

#: More than this nobody reads; the newest count.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Synced:
    """The answer to a client."""

    etag: str
    #: What to show; None = what the client has still holds.
    told: Mapping[str, object] | None


def config_of(tx: Tx, world: World, brand_id: int) -> Mapping[str, str]:
    """Return how the brand wants its in-app messages shown; the defaults where no account is."""
    provider = world.providers.get(CHANNEL)
    fields = provider.fields if provider is not None else ()
    given: Mapping[str, str] = next(
        (one.config for one in tx.channels.accounts(brand_id) if one.channel == CHANNEL), {}
    )
    return {one.name: given.get(one.name) or one.default or "" for one in fields}


def sitting(world: World, brand_id: int, bearer: Bearer) -> int:
    """Return whose box the bearer of a token sits at; 0 = nobody's."""
    with world.store.transaction(brand_id) as tx:
        return seat(tx, brand_id, bearer, config_of(tx, world, brand_id)).profile_id


def sync(world: World, brand_id: int, bearer: Bearer, *, cursor: int = 0, etag: str = "") -> Synced:
    """Return what the bearer of a token is shown.

    Args:
        world: the instance.
        brand_id: of the key that came with the token.
        bearer: whom the token names.
        cursor: the number of the last answer; 0 = everything is wanted.
        etag: of the last answer.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        config = config_of(tx, world, brand_id)
        who = seat(tx, brand_id, bearer, config)
        if not who.profile_id:
            return _answer(etag, _nothing(who, config), now)
        rows = tx.inapp.live(brand_id, who.ids, now, _MOST)
        refused = _refused(tx, brand_id, who, now)
        shown = _still_good(tx, brand_id, who, rows, refused, now)
        number = tx.inapp.changed(brand_id, who.ids)
        changed = tx.inapp.since(brand_id, who.ids, cursor, _MOST) if 0 < cursor <= number else []
        # What has no number of its own, so a client that saw another needs everything anew.
        ground = _digest([*sorted(refused), *sorted(who.ids)], 4)
        is_new = bool(etag) and not etag.endswith(f'-{ground}"')
        is_whole = is_new or not 0 < cursor <= number or len(changed) == _MOST
        popups = tx.inapp.popups(brand_id, who.ids, now - DAY)
        marks = [
            number, cursor, *(f"{row.message_id.hex()}.{row.changed}" for row in shown),
            *sorted(f"{message.hex()}.{at}" for message, at in popups.items()),
            *sorted(config.items()),
        ]  # fmt: skip
        tag = f'"{_digest(marks)}-{ground}"'
        if tag == etag:
            return Synced(tag, None)
        stays = {row.message_id for row in shown}
        wanted = shown if is_whole else [row for row in shown if row.changed > cursor]
        cards = open_cards(tx, world.secrets, brand_id, wanted)
    told = _rules(config) | {
        "cursor": number,
        "whole": is_whole,
        "unread": sum(not row.read_at for row in shown if row.kind == "inbox"),
        "cards": [_told(row, cards[row.message_id]) for row in wanted if row.message_id in cards],
        "gone": [one.hex() for one in dict.fromkeys(row.message_id for row in (*changed, *rows))
                 if one not in stays] if not is_whole else [],
        "popups_shown": {message.hex(): _time(at) for message, at in popups.items()},
        "now": _time(now),
    }  # fmt: skip
    return Synced(tag, told)


def _refused(tx: Tx, brand_id: int, who: Seat, now: int) -> set[str]:
    """Return for what a person wants no cards."""
    consents = tx.people.consents(brand_id, [who.profile_id], now).get(who.profile_id, {})
    return {
        purpose
        for (channel, purpose), state in consents.items()
        if channel == CHANNEL and state == "withdrawn"
    }


def _still_good(
    tx: Tx, brand_id: int, who: Seat, rows: Sequence[CardRow], refused: Collection[str], now: int
) -> list[CardRow]:
    """Return the cards that may be shown as things are now; pointless ones are taken back."""
    pointless = _pointless(tx, brand_id, who, rows)
    tx.inapp.withdraw(brand_id, pointless, now)
    return [
        row for row in rows if row.message_id not in pointless and row.message_class not in refused
    ]


def _pointless(tx: Tx, brand_id: int, who: Seat, rows: Sequence[CardRow]) -> set[bytes]:
    """Return the cards whose reason is gone: what they ask for was done."""
    asking = [row for row in rows if row.cancel_when]
    if not asking:
        return set()
    names = {name for row in asking for name in cancel_names(row.cancel_when)}
    facts = tx.people.facts(brand_id, [who.profile_id], names, 0).get(who.profile_id, NO_FACTS)
    return {row.message_id for row in asking if is_cancelled(row.cancel_when, facts)}


def _nothing(who: Seat, config: Mapping[str, str]) -> dict[str, object]:
    """Return the answer to somebody of whom nothing may be shown."""
    told: dict[str, object] = {"cursor": 0, "whole": True, "unread": 0, "cards": [], "gone": []}
    more = {"sign_in": True} if who.must_sign_in else {}
    return _rules(config) | told | {"popups_shown": {}} | more


def _rules(config: Mapping[str, str]) -> dict[str, object]:
    """Return how a client is to behave."""
    return {
        "poll_seconds": int(config.get("poll_seconds") or 60),
        "popups_per_day": int(config.get("popups_per_day") or 0),
        "popup_gap_seconds": 60 * int(config.get("popup_gap_minutes") or 0),
    }


def _told(row: CardRow, card: Card) -> dict[str, object]:
    """Return one card as clients read it."""
    told: dict[str, object] = {
        "id": row.message_id.hex(), "kind": card.kind, "title": card.title,
        "priority": card.priority, "made_at": _time(row.made_at),
        "starts_at": _time(card.starts_at), "ends_at": _time(row.ends_at),
        "shown": row.n_shown, "read": bool(row.read_at), "clicked": bool(row.clicked_at),
        "ad": card.is_ad,
    }  # fmt: skip
    words = {
        "text": card.text, "image": card.image, "button": card.button, "url": card.url,
        "slot": card.slot, "locale": card.locale,
    }  # fmt: skip
    told |= {name: word for name, word in words.items() if word}
    told |= {"trigger": card.trigger, "often": card.often}
    return told | ({"shown_at": _time(row.last_shown_at)} if row.last_shown_at else {})


def _answer(etag: str, told: Mapping[str, object], now: int) -> Synced:
    """Return an answer that has no cards."""
    tag = f'"{_digest([msgspec.json.encode(told)])}"'
    return Synced(tag, None if tag == etag else {**told, "now": _time(now)})


def _digest(marks: Sequence[object], size: int = 12) -> str:
    """Return what tells one answer from another."""
    return hashlib.blake2b("\n".join(map(str, marks)).encode(), digest_size=size).hexdigest()


def _time(instant: int) -> str:
    """Return a time to the second, as every client can read it."""
    return show_instant(instant - instant % SECOND)
