"""Lets the virtual brand live through an instance: what people do goes in, messages come back.

Time stands still while an instant is worked off, the barrier: all calls of a tick are collected,
projected, advanced and dispatched, every receipt is in, before people read what reached them and
the clock moves on. So the same seed gives the same history, however fast the machine is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from huiliu.kernel.errors import Unavailable
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.dispatch import dispatch
from huiliu.services.expire import expire
from huiliu.services.project import CONSUMER, project
from huiliu.services.receive import receive
from huiliu.simulator import Heard, OneClick, Reply, VirtualBrand

__all__ = ["BRAND", "Stage", "Summary", "live_through", "summarise"]

#: The brand of a demo instance.
BRAND: Final = 1
#: A tick ends when so much has happened, or so much time has passed.
_TICK_CALLS: Final = 400
_TICK_LONGEST: Final = 3 * HOUR
_LOOK: Final = 30 * MINUTE
_BATCH: Final = 5_000
_SEND_BATCH: Final = 1_000
#: How long a provider's receipts are waited for, in real seconds.
_PATIENCE_S: Final = 10.0
_PAUSE_S: Final = 0.002


class Stage(Protocol):
    """What stands around the instance: its HTTP door, its clock, and people's phones."""

    def move(self, now: int) -> None:
        """Set the clock."""
        ...

    def post(self, calls: Sequence[Mapping[str, object]]) -> None:
        """Send calls to the collecting API; return when they are acknowledged."""
        ...

    def arrivals(self) -> list[Heard]:
        """Return the messages that reached people since the last call."""
        ...

    def is_quiet(self) -> bool:
        """Say whether providers have handed over every receipt and reply."""
        ...

    def reply(self, phone: str, words: str) -> None:
        """Let somebody answer a text message."""
        ...

    def one_click(self, url: str) -> None:
        """Let somebody unsubscribe by the one click of an e-mail."""
        ...


@dataclass(frozen=True, slots=True)
class Summary:
    """What a demo did."""

    people: int
    #: Present profiles: a person who never signed in on a second device is two of them.
    profiles: int
    #: Accepted by the collecting API.
    events: int
    journeys_entered: int
    messages_delivered: int
    #: Reason -> messages.
    not_sent: Mapping[str, int]
    failed: Mapping[str, int]
    #: Counted by the providers' own sinks.
    duplicates: int
    #: Things that people did because of a message, known to the simulator alone.
    conversions: int
    #: pay, review, back -> how many.
    conversions_by: Mapping[str, int]


def live_through(
    world: World, brand: VirtualBrand, stage: Stage, progress: Callable[[int], None]
) -> int:
    """Let the brand live to the end of its days; return how many calls it made.

    Args:
        world: the instance; its clock is moved by the stage.
        brand: the virtual brand at its first day.
        stage: doors and sinks.
        progress: told the instant that is done after each tick.
    """
    round_ = _Round(world, stage)
    now, n_calls = brand.starts_at, 0
    while now < brand.ends_at:
        calls: list[Mapping[str, object]] = []
        until = now
        while until < min(now + _TICK_LONGEST, brand.ends_at) and len(calls) < _TICK_CALLS:
            until = min(until + _LOOK, brand.ends_at)
            happened = brand.step(until)
            calls += [call for _, call in happened.calls]
            round_.answers += happened.answers
        now = until
        stage.move(now)
        if calls:
            stage.post(calls)
        n_calls += len(calls)
        brand.hear(round_.settle(now))
        progress(now)
    return n_calls


class _Round:
    """The barrier of one tick."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.answers: list[OneClick | Reply] = []
        self._world = world
        self._stage = stage

    def settle(self, now: int) -> list[Heard]:
        """Work until nothing is left to do at this instant; return what reached people."""
        for answer in self.answers:
            if isinstance(answer, Reply):
                self._stage.reply(answer.phone, answer.text)
            else:
                self._stage.one_click(answer.url)
        self._receive(is_awaited=bool(self.answers))
        self.answers.clear()
        heard: list[Heard] = []
        is_sent = False
        while (work := self._next(is_sent=is_sent)) is not None:
            if work is not dispatch:
                work(self._world, _BATCH)
                is_sent = False
                continue
            # Messages that wait for the morning stay in the outbox: asked once, then let be.
            is_sent = not dispatch(self._world, _SEND_BATCH)
            arrived = self._stage.arrivals()
            heard += arrived
            self._receive(is_awaited=bool(arrived))
        return [replace(message, at=now) for message in heard]

    def _next(self, *, is_sent: bool) -> Callable[[World, int], int] | None:
        """Return the work that is to be done first, None when there is none at this instant.

        One look at four places is cheaper than four workers that each find nothing.
        """
        now = self._world.clock.now()
        with self._world.store.system() as tx:
            if tx.log.peek_cursor(CONSUMER) < tx.log.head():
                return project
            due = tx.segments.next_due()
            if due is not None and due <= now:
                return expire
            if tx.runs.lateness(now + 1) > 0:
                return advance
            if not is_sent and any(status == "queued" for *_, status in tx.messages.depth()):
                return dispatch
        return None

    def _receive(self, *, is_awaited: bool) -> int:
        """Take in every receipt and reply that is on its way; return how many came."""
        if not is_awaited:
            return 0
        deadline = time.monotonic() + _PATIENCE_S
        while not self._stage.is_quiet():
            if time.monotonic() > deadline:
                raise Unavailable("sms", f"receipts did not come within {_PATIENCE_S} s")
            time.sleep(_PAUSE_S)
        total = 0
        while n_received := receive(self._world):
            total += n_received
        return total


def summarise(
    world: World, brand: VirtualBrand, n_people: int, n_events: int, n_duplicates: int
) -> Summary:
    """Return what the instance's own warehouse says of the demo, once it has caught up."""
    ask = world.warehouse.sql
    entered = ask("select count(*) as n from journey_steps where what = 'entered'").to_pylist()
    profiles = ask("select count(*) as n from profiles").to_pylist()
    messages = ask(
        "select channel, status, reason, count(*) as n from messages group by all order by all"
    ).to_pylist()
    delivered = sum(
        row["n"]
        for row in messages
        if row["status"] == "delivered" or (row["channel"] == "email" and row["status"] == "sent")
    )
    return Summary(
        people=n_people,
        profiles=profiles[0]["n"],
        events=n_events,
        journeys_entered=entered[0]["n"],
        messages_delivered=delivered,
        not_sent=_by_reason(messages, "not_sent"),
        failed=_by_reason(messages, "failed"),
        duplicates=n_duplicates,
        conversions=brand.conversions.total(),
        conversions_by=dict(sorted(brand.conversions.items())),
    )


def _by_reason(messages: Sequence[Mapping[str, object]], status: str) -> dict[str, int]:
    """Return reason -> messages of one status, over all channels."""
    found: dict[str, int] = {}
    for row in messages:
        if row["status"] == status:
            reason = str(row["reason"])
            found[reason] = found.get(reason, 0) + int(str(row["n"]))
    return dict(sorted(found.items()))
