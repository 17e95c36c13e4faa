"""What clients tell of cards: shown, read, clicked, dismissed; each once, however often it is told.

What a client tells changes the card at once, for all devices of its person, and becomes events in
the same transaction. Only cards of the bearer's own box are touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from huiliu.governance.detection import clean_url
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_instant
from huiliu.messages.inapp import CHANNEL
from huiliu.ports.inapp import Deed, Done
from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.inapp_sync import config_of
from huiliu.services.inapp_tokens import Bearer, seat
from huiliu.services.message_events import engagement_event, message_event

__all__ = ["WHAT", "Told", "read_told", "tell"]

#: What a client may tell.
WHAT: Final = ("shown", "read", "clicked", "dismissed")
_NAMES: Final = {
    "shown": "In-App Shown", "clicked": "In-App Clicked", "dismissed": "In-App Dismissed",
}  # fmt: skip
_MOST: Final = 100
_LONGEST_ID: Final = 64
_LONGEST_URL: Final = 2_000
_ID_BYTES: Final = 16
#: A phone that was away longer tells nothing that anyone waits for.
_OLDEST: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a client tells, as it was read."""

    deed: Deed
    #: Where a click led; "" = it was not said.
    url: str = ""


def read_told(body: Mapping[str, Any], brand_id: int, now: int) -> list[Told]:
    """Return what a client's body tells.

    Args:
        body: `{"sentAt": ..., "events": [{"id", "message", "what", "at", "url"}]}`.
        brand_id: whose client.
        now: when it came.

    Raises:
        BadInput: with everything that is wrong with it.
    """
    every = body.get("events")
    if not isinstance(every, list) or len(every) > _MOST:
        raise BadInput((Problem("events", text("inapp.events", most=_MOST)),))
    sent_at = _instant(body.get("sentAt"))
    skew = now - sent_at if sent_at else 0
    found, problems = [], []
    for nth, one in enumerate(every):
        told = _one(one, brand_id, now, skew)
        if isinstance(told, Told):
            found.append(told)
        else:
            problems.append(Problem(f"events[{nth}].{told}", text(f"inapp.event_{told}")))
    if problems:
        raise BadInput(tuple(problems))
    return found


def tell(world: World, brand_id: int, bearer: Bearer, told: Sequence[Told]) -> int:
    """Note what the bearer of a token did; return how much of it was new."""
    now = world.clock.now()
    urls = {one.deed.key: one.url for one in told}
    with world.store.system() as tx:
        config = config_of(tx, world, brand_id)
        who = seat(tx, brand_id, bearer, config)
        if not who.profile_id or not told:
            return 0
        deeds = [one.deed for one in told]
        done = tx.inapp.tell(brand_id, who.profile_id, who.ids, deeds)
        if not done:
            return 0
        rows = tx.messages.lock(brand_id, {one.deed.message_id for one in done})
        events = _delivered(tx, brand_id, rows, done, now)
        if _is_observed(tx, brand_id, who.profile_id, now):
            for one in done:
                row = rows.get(one.deed.message_id)
                if row is not None:
                    events += _events(row, one, urls[one.deed.key], now)
        tx.log.append(events)
    return len(done)


def _one(written: object, brand_id: int, now: int, skew: int) -> Told | str:
    """Return one thing that was told, or the name of the field that is wrong."""
    if not isinstance(written, dict):
        return "message"
    name, what, url = written.get("id"), written.get("what"), written.get("url", "")
    try:
        message = bytes.fromhex(str(written.get("message", "")))
    except ValueError:
        return "message"
    if len(message) != _ID_BYTES:
        return "message"
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        return "id"
    if what not in WHAT:
        return "what"
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not url.isprintable():
        return "url"
    at = (_instant(written.get("at")) or now - skew) + skew
    at = max(now - _OLDEST, min(at, now))
    key = digest("in-app told", brand_id, message, what, name)[:8]
    return Told(Deed(message, str(what), key, at), url)


def _instant(written: object) -> int:
    """Return a time that a client wrote; 0 = none."""
    return (as_instant(written) or 0) if isinstance(written, str) and len(written) < 40 else 0


def _delivered(
    tx: Tx, brand_id: int, rows: Mapping[bytes, MessageRow], done: Sequence[Done], now: int
) -> list[NewEvent]:
    """Note that messages arrived of which a client shows anything; return their events."""
    arrived = {one.deed.message_id for one in done} & set(rows)
    outcomes = [(message, "delivered", "", now) for message in sorted(arrived)]
    moved = tx.messages.settle(brand_id, outcomes) if outcomes else set()
    accounts: dict[str, int] = {}
    events = []
    for attempt in tx.messages.attempts(brand_id, moved) if moved else ():
        if attempt.message_id in moved:
            moved = moved - {attempt.message_id}
            accounts[attempt.account] = accounts.get(attempt.account, 0) + 1
            row = rows[attempt.message_id]
            events.append(message_event(row, "delivered", now, account=attempt.account))
    for account, n in accounts.items():
        tx.suppliers.count(brand_id, CHANNEL, account, now, {"delivered": n})
    return events


def _is_observed(tx: Tx, brand_id: int, profile_id: int, now: int) -> bool:
    """Say whether a person lets us watch what they do with messages."""
    said = tx.people.consents(brand_id, [profile_id], now).get(profile_id, {})
    return all(
        state != "withdrawn" for (_, purpose), state in said.items() if purpose == "profiling"
    )


def _events(row: MessageRow, done: Done, url: str, now: int) -> list[NewEvent]:
    """Return the events of one thing that somebody did."""
    deed = done.deed
    told: dict[str, Value] = {"placement": done.kind}
    link = {"link": clean_url(url)} if url and deed.what == "clicked" else {}
    events = []
    if name := _NAMES.get(deed.what):
        nth = {"nth": done.n_shown} if deed.what == "shown" else {}
        events.append(engagement_event(name, row, {**told, **nth, **link}, now, deed.key))
    # A person's client says so: no scanner, no prefetch.
    person: dict[str, Value] = {**told, "machine": False, "machine_reason": ""}
    if done.is_opened:
        events.append(engagement_event("Message Opened", row, person, now, "in-app"))
    if deed.what == "clicked":
        told = {**person, **link}
        events.append(engagement_event("Message Clicked", row, told, now, deed.key))
    return [replace(one, occurred_at=max(deed.at, row.sent_at)) for one in events]
