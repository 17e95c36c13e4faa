"""`caps`: messages beyond a cap, with a thousand senders at the same few people at once.

Everybody is queued far more marketing than three caps leave, by four journeys; a thousand threads
begin at the same moment and each sends message by message until nothing is left. How many of them
stand in the database at one time is `details.connections`. What counts in the end is the ledger:
every message that was handed over, against every cap.
"""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Barrier, Thread
from typing import Final

import msgspec
import psycopg

from huiliu.benches.dispatch import NullProvider
from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.outbox import BRAND, NOW, fill, sent_through
from huiliu.bootstrap import House, defer_collection
from huiliu.kernel.errors import Unavailable
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, MINUTE, Instant
from huiliu.messages.caps import Cap
from huiliu.messages.rules import Rules
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore

__all__ = ["run"]

_PEOPLE: Final = {"small": 60, "full": 400}
_SENDERS: Final = 1_000
_CONNECTIONS: Final = 60
#: Messages that each journey asks for, for everybody.
_EACH: Final = 3
_JOURNEYS: Final = ("gifts", "news", "prices", "shows")
#: Four a week, three a day, and of one journey one a day.
_CAPS: Final = (
    Cap("week", 4, 7 * DAY),
    Cap("day", 3, period="day"),
    Cap("journey", 1, period="day", each="journey"),
)
#: All is sent within one day of the clock, so the tightest cap of all is the day's.
_MOST: Final = min(cap.most for cap in _CAPS if not cap.each)
_PATIENCE_S: Final = 0.05
_LONGEST_S: Final = 300.0


def run(size: Size, place: Place) -> Measured:
    """Return how many messages went beyond a cap."""
    n_people = _PEOPLE[size]
    provider = NullProvider()
    account = ChannelAccount(BRAND, "email", "null", {}, provider="null")
    clock = SimulatedClock(Instant(NOW))
    with place.house(clock) as house:
        fill(house, "email", n_people, account)
        _queue_more(house)
        store = PostgresStore(
            house.database_url, house.world.secrets, house.world.clock,
            max_connections=_CONNECTIONS,
        )  # fmt: skip
        try:
            rules = Rules(quiet=(), caps=_CAPS, countries=False)
            world = replace(sent_through(house.world, provider), store=store, policy=rules)
            defer_collection()
            seconds, n_again = _send_all(world, clock)
        finally:
            store.close()
        sent, reasons = _ledger(house)
    over = _over(sent)
    n_open = reasons.pop("queued", 0)
    assert not n_open, reasons
    details = {
        "size": {"people": n_people, "senders": _SENDERS, "messages": sum(reasons.values())},
        "connections": _CONNECTIONS,
        "over": over,
        # People who got as many as they may: exact means no fewer, too.
        "full": sum(len(one) == _MOST for one in sent.values()),
        "seconds": round(seconds, 2),
        "waited_for_a_connection": n_again,
        "reasons": reasons,
        "handed_over": provider.n_sent,
    }
    return Measured(float(over), None, details)


def _queue_more(house: House) -> None:
    """Queue more marketing to everybody than caps leave."""
    with psycopg.connect(house.database_url) as connection:
        people = [row[0] for row in connection.execute("select profile_id from profiles")]
        connection.execute("delete from messages")
    messages = [
        _message(profile, journey, nth)
        for profile in people
        for journey in _JOURNEYS
        for nth in range(_EACH)
    ]
    with house.world.store.system() as tx:
        tx.messages.queue(messages)


def _message(profile_id: int, journey: str, nth: int) -> QueuedMessage:
    """Return one queued message."""
    entry = {"name": "Product Viewed", "occurred_at": NOW, "properties": {"total": 128}}
    return QueuedMessage(
        brand_id=BRAND, message_id=digest("caps", profile_id, journey, nth), profile_id=profile_id,
        journey=journey, version=1, run_id=digest("run", profile_id, journey), node="send",
        channel="email", template="bench", template_version=1, message_class="marketing",
        queued_at=NOW, expires_at=0, not_before=NOW, cancel_when=b"",
        inputs=msgspec.json.encode({"event": entry, "key": ""}),
    )  # fmt: skip


def _send_all(world: World, clock: SimulatedClock) -> tuple[float, int]:
    """Let all senders loose and return the seconds, and how often one waited for a connection."""
    barrier = Barrier(_SENDERS + 1)
    waited: list[int] = []
    faults: list[BaseException] = []

    def send() -> None:
        """Send until nothing is left."""
        barrier.wait()
        n_again, until = 0, time.monotonic() + _LONGEST_S
        try:
            while time.monotonic() < until:
                try:
                    if not dispatch(world, 1, channel="email", message_class="marketing"):
                        break
                except Unavailable:
                    n_again += 1
                    time.sleep(_PATIENCE_S)
        except BaseException as fault:  # noqa: BLE001 - told by the thread that measures
            faults.append(fault)
        waited.append(n_again)

    threads = [Thread(target=send, daemon=True) for _ in range(_SENDERS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    seconds = time.perf_counter() - begun
    # Who let others go first asks again a minute later; nobody is left to go before them.
    clock.advance(2 * MINUTE)
    while dispatch(world, 100, channel="email", message_class="marketing"):
        pass
    return seconds, sum(waited)


def _ledger(house: House) -> tuple[dict[int, list[tuple[int, str]]], dict[str, int]]:
    """Return of each person when what was sent by which journey, and statuses with reasons."""
    sent: dict[int, list[tuple[int, str]]] = {}
    with psycopg.connect(house.database_url) as connection:
        for profile, at, journey in connection.execute(
            "select profile_id, sent_at, journey from messages "
            "where status in ('sending', 'sent', 'delivered', 'unknown')"
        ):
            sent.setdefault(profile, []).append((at, journey))
        rows = connection.execute(
            "select case status when 'not_sent' then reason else status end, count(*) "
            "from messages group by 1"
        ).fetchall()
    return sent, dict(rows)


def _over(sent: dict[int, list[tuple[int, str]]]) -> int:
    """Return how many messages stand beyond a cap; all were sent within one day."""
    found = 0
    for one in sent.values():
        found += max(0, len(one) - _MOST)
        journeys = [journey for _, journey in one]
        found += len(journeys) - len(set(journeys))
    return found
