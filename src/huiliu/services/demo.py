"""Lets the virtual brand live through an instance: what people do goes in, messages come back.

Time stands still while an instant is worked off, the barrier: all calls of a tick are collected,
projected, advanced and dispatched, every receipt is in, before people read what reached them and
the clock moves on. So the same seed gives the same history, however fast the machine is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.dispatch import dispatch
from huiliu.services.expire import expire
from huiliu.services.project import CONSUMER, project
from huiliu.services.receive import receive
from huiliu.simulator import Click, Heard, OneClick, Reply, VirtualBrand

__all__ = ["BRAND", "Stage", "Summary", "live_through", "summarise"]

#: The brand of a demo instance.
BRAND: Final = 1
#: A tick ends when so much has happened, or so much time has passed.
_TICK_CALLS: Final = 600
_TICK_LONGEST: Final = 6 * HOUR
_LOOK: Final = 30 * MINUTE
_BATCH: Final = 5_000
_SEND_BATCH: Final = 1_000
#: As many as one call of `receive` settles.
_RECEIPTS: Final = 1_000


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

    def await_receipts(self) -> bool:
        """Return when providers have handed over every receipt and reply; False = there was none.

        Raises:
            Unavailable: they do not come.
        """
        ...

    def reply(self, phone: str, words: str) -> None:
        """Let somebody answer a text message."""
        ...

    def one_click(self, url: str) -> None:
        """Let somebody unsubscribe by the one click of an e-mail."""
        ...

    def click(self, path: str) -> None:
        """Let somebody follow a link of a message."""
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
        self.answers: list[Click | OneClick | Reply] = []
        self._world = world
        self._stage = stage
        #: Classes of which nothing more may go at this instant.
        self._sent: set[str] = set()
        self._is_sending = False

    def settle(self, now: int) -> list[Heard]:
        """Work until nothing is left to do at this instant; return what reached people."""
        for answer in self.answers:
            if isinstance(answer, Reply):
                self._stage.reply(answer.phone, answer.text)
            elif isinstance(answer, Click):
                self._stage.click(answer.url)
            else:
                self._stage.one_click(answer.url)
        self.answers.clear()
        self._receive()
        heard: list[Heard] = []
        self._is_sending = False
        self._sent.clear()
        while (work := self._next()) is not None:
            if work is advance:
                self._sent.clear()
            if isinstance(work, str):
                heard += self._send(work)
            else:
                work(self._world, _BATCH)
        return [replace(message, at=now) for message in heard]

    def _next(self) -> Callable[[World, int], int] | str | None:
        """Return the work that is to be done first, or a class to send; None = all is done.

        One look at four places is cheaper than four workers that each find nothing. What sending
        itself wrote to the log is projected first thing at the next instant.
        """
        now = self._world.clock.now()
        with self._world.store.system() as tx:
            expires_at = tx.segments.next_due()
            queued = {kind for _, _, kind, status in tx.messages.depth() if status == "queued"}
            kinds = sorted(queued - self._sent, reverse=True)
            is_expiring = expires_at is not None and expires_at <= now
            is_moving = tx.runs.lateness(now + 1) > 0
            if tx.log.peek_cursor(CONSUMER) < tx.log.head():
                is_needed = is_expiring or is_moving or kinds or not self._is_sending
                return project if is_needed else None
        if is_expiring:
            return expire
        if is_moving:
            return advance
        return kinds[0] if kinds else None

    def _send(self, kind: str) -> list[Heard]:
        """Send one batch of a class, service first; return what reached people."""
        self._is_sending = True
        # Messages that wait for the morning stay in the outbox: asked once, then let be.
        if dispatch(self._world, _SEND_BATCH, message_class=kind) < _SEND_BATCH:
            self._sent.add(kind)
        arrived = self._stage.arrivals()
        self._receive()
        return arrived

    def _receive(self) -> None:
        """Take in every receipt and reply that is on its way."""
        if self._stage.await_receipts():
            while receive(self._world) >= _RECEIPTS:
                pass


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
