"""Sends what journeys decided: claimed, judged under the person's lock, written down, then sent.

One round of one channel and class is: claim what its accounts can carry; then, in one transaction,
claim the messages, lock the people in id order, decide, render, and write an attempt for each
message of the first part. With nothing locked the provider is called. Then, in one transaction
again: what the provider said, and the attempts of the next part. A crash in the middle leaves
attempts that were started and never finished, of one part only: their messages are `unknown`,
shown, and never blindly sent again. What was not begun goes back into the queue.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from msgspec.structs import replace

from huiliu.kernel.times import MINUTE
from huiliu.messages.pace import after
from huiliu.ports.channel import Answer, AnswerState
from huiliu.ports.guard import PauseRow
from huiliu.ports.messages import AttemptResult, MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.answers import Told, record_answers
from huiliu.services.guard_pauses import GUARD_PAUSED, open_pauses, said_of
from huiliu.services.judge import judge
from huiliu.services.leaving import Leaving
from huiliu.services.live import live
from huiliu.services.message_events import message_event
from huiliu.services.moves import STOPPED
from huiliu.services.refusals import refused
from huiliu.services.supply import Room, Supply, give_back, note_pace, open_supply, pace_of
from huiliu.services.sweep import PARKED

__all__ = ["LEASE", "dispatch", "recover"]

#: How long a claimed message is one worker's; far longer than any provider may take to answer.
LEASE: Final = 10 * MINUTE
#: Nothing is begun so shortly before the lease ends: it may be another worker's by then.
_MARGIN: Final = MINUTE
_CLASSES: Final = ("service", "marketing")
#: The projector is waited for as long as it moves, and no longer than this, in seconds.
_PATIENCE_S: Final = 1.0
_STEP_S: Final = 0.01
_STANDSTILL_S: Final = 0.05
#: So much is handed over before it is asked again whether it still may be, and no more messages
#: than this: a worker that dies leaves no more in doubt.
_PART_S: Final = 0.25
_FEWEST, _MOST = 20, 200
#: States of a journey in which nothing of it is handed over.
_HALTED: Final = frozenset({"paused", STOPPED})
#: Answers after which nothing more is pushed at an account in this round.
_ENOUGH: Final = frozenset({AnswerState.THROTTLED, AnswerState.PAUSE})


def dispatch(
    world: World, limit: int = 500, *, channel: str | None = None, message_class: str | None = None
) -> int:
    """Send one batch of each channel's service messages, or of marketing where none waits.

    Returns how many messages were decided or recovered; 0 = nothing to do now. Workers that run
    a loop for each channel and class keep a slow provider from holding the others up; what
    vanished workers held is then recovered by a loop of its own.

    Args:
        world: where to find everything.
        limit: messages a batch.
        channel: only this one; None = each in turn.
        message_class: only this one; None = service first.
    """
    done = 0 if channel else recover(world, limit)
    channels = (channel,) if channel else _channels(world)
    classes = (message_class,) if message_class else _CLASSES
    if not _is_due(world, channels, classes):
        return done
    is_fresh = _await_projector(world)
    for wanted in classes:
        # Whether someone still agrees to marketing is known when all that was said is read.
        if is_fresh or wanted == "service":
            decided = sum(_round(world, name, wanted, limit, is_fresh) for name in channels)
            if decided:
                return done + decided
    return done


def _is_due(world: World, channels: Sequence[str], classes: Sequence[str]) -> bool:
    """Say whether any message may go now: most looks of most channels find none."""
    now = world.clock.now()
    with world.store.system() as tx:
        return any(tx.messages.is_due(now, one, kind) for kind in classes for one in channels)


def _channels(world: World) -> tuple[str, ...]:
    """Return every channel, the same way round each time."""
    return tuple(sorted(world.channels))


def _await_projector(world: World) -> bool:
    """Say whether the projector has read all news that stood in the log when this was asked.

    It is asked again while it moves: under a steady stream of events it never stands at the end
    of the log, but it does pass the place where the end was. The dispatcher's own reports are no
    news: waiting for them would make each batch wait for the one before.
    """
    with world.store.system() as tx:
        head = tx.log.head()
        seen = tx.log.peek_cursor("projector")
        if seen < head and not tx.log.has_news(seen):
            return True
    stood_s = waited_s = 0.0
    while seen < head:
        if waited_s >= _PATIENCE_S or stood_s >= _STANDSTILL_S:
            return False
        time.sleep(_STEP_S)
        waited_s += _STEP_S
        with world.store.system() as tx:
            cursor = tx.log.peek_cursor("projector")
        stood_s = stood_s + _STEP_S if cursor == seen else 0.0
        seen = cursor
    return True


def recover(world: World, limit: int) -> int:
    """Settle messages whose sender vanished: unknown where it had begun to send, else queued.

    Those whose time is over while they wait are never sent.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        expired = tx.messages.take_expired(now, limit)
        overdue = tx.messages.take_overdue(now, limit)
        if not expired and not overdue:
            return 0
        begun = [(row, attempt) for row, attempt in expired if attempt is not None]
        idle = [
            replace(row, status="queued", sent_at=0, changed_at=now)
            for row, attempt in expired
            if attempt is None
        ]
        tx.messages.decide(idle, [row.queued.not_before for row in idle], 0)
        gone = [
            AttemptResult(
                replace(attempt, outcome="unknown", finished_at=now), "unknown", "no_answer", 0
            )
            for _, attempt in begun
        ]
        tx.messages.finish(gone)
        told = [message_event(row, "not_sent", now, reason="expired") for row in overdue]
        told += [
            message_event(row, "unknown", now, reason="no_answer", account=attempt.account)
            for row, attempt in begun
        ]
        tx.log.append(told)
    return len(expired) + len(overdue)


def _round(world: World, channel: str, message_class: str, limit: int, is_fresh: bool) -> int:
    """Decide and send one batch of one channel and class; return how many were decided."""
    now = world.clock.now()
    with world.store.system() as tx:
        if not tx.messages.is_due(now, channel, message_class):
            return 0
    supply = open_supply(world, channel, message_class, limit)
    try:
        n_decided, handovers = _claim(world, supply, channel, message_class, limit, is_fresh)
    finally:
        give_back(world, supply)
    if len(handovers) == 1:
        handovers[0].run()
    elif handovers:
        # One account that is slow must not hold the others up.
        with ThreadPoolExecutor(len(handovers), thread_name_prefix="hand over") as threads:
            for done in [threads.submit(one.run) for one in handovers]:
                done.result()
    return n_decided


def _claim(
    world: World,
    supply: Supply,
    channel: str,
    message_class: str,
    limit: int,
    is_fresh: bool,
) -> tuple[int, list[_HandOver]]:
    """Claim and decide; return how many were decided, and what each account is to carry."""
    now = world.clock.now()
    until = now + LEASE
    with world.store.system() as tx:
        rows = tx.messages.claim(
            now,
            supply.n_messages(limit, world.store),
            channel,
            message_class,
            cancellable=is_fresh,
            full=supply.full_brands(),
        )
        if not rows:
            return 0, []
        n_decided, leaving = judge(tx, world, rows, supply, now, until)
        rooms = {room.key: room for room in supply.rooms}
        by_account: dict[tuple[int, str, str], list[Leaving]] = {}
        for one in leaving:
            key = one.account.brand_id, one.account.channel, one.account.name
            by_account.setdefault(key, []).append(one)
        handovers = [_HandOver(world, rooms[key], mine, until) for key, mine in by_account.items()]
        for handover in handovers:
            handover.begin(tx)
    return n_decided, handovers


class _HandOver:
    """Hands one account's messages over, part after part.

    Between two parts it is asked again whether the rest may go: of a journey that was paused or
    stopped meanwhile, and through an account that was, nothing more is handed over; that goes back
    into the queue, where its fate is decided.
    """

    def __init__(
        self, world: World, room: Room, together: Sequence[Leaving], lease_until: int
    ) -> None:
        """Hold what is to be handed over."""
        self._world = world
        self._room = room
        self._waiting = list(together)
        self._part: list[Leaving] = []
        self._lease_until = lease_until
        self._judged_at = lease_until - LEASE
        self._pace = pace_of(world.store, room.key)

    def begin(self, tx: Tx) -> None:
        """Write the attempts of the next part."""
        n = self._n_part()
        part, self._waiting = self._waiting[:n], self._waiting[n:]
        held = tx.messages.start([one.attempt for one in part])
        self._part = [one for one in part if one.row.key in held]

    def _n_part(self) -> int:
        """Return how many go in the next part."""
        return max(_FEWEST, min(_MOST, int(self._pace * _PART_S)))

    def run(self) -> None:
        """Hand everything over."""
        while self._part:
            begun = time.perf_counter()
            answers = self._send()
            seconds = time.perf_counter() - begun
            units = sum(one.outbound.units for one in self._part)
            self._pace = note_pace(
                self._world.store, self._room.key, len(self._part), units, seconds
            )
            self._settle(answers, seconds)

    def _send(self) -> dict[bytes, Answer]:
        """Return the answer to each message of the part; one that got none is unknown."""
        # As it was judged: an e-mail account has its sending domain's keys with it.
        account = self._part[0].account
        outbound = [one.outbound for one in self._part]
        answers = {message.message_id: Answer(message.message_id, AnswerState.UNKNOWN)
                   for message in outbound}  # fmt: skip
        for answer in self._world.providers[account.provider].send(account, outbound):
            answers[answer.message_id] = answer
        return answers

    def _settle(self, answers: Mapping[bytes, Answer], seconds: float) -> None:
        """Write down what the provider said of the part, and begin the next one."""
        now = self._world.clock.now()
        told = Told.of(self._part, answers, seconds)
        with self._world.store.system() as tx:
            events = record_answers(tx, self._world, self._part, answers, told, now)
            self._part = []
            is_enough = any(
                answer.state in _ENOUGH and not answer.scope for answer in answers.values()
            )
            if self._waiting and now < self._lease_until - _MARGIN:
                self._withdraw(tx, now, is_enough=is_enough)
                self.begin(tx)
            tx.log.append(events)
        self._learn(told, now)

    def _withdraw(self, tx: Tx, now: int, *, is_enough: bool) -> None:
        """Put what may not go any more back into the queue."""
        account = self._room.account
        held_up = "provider_busy" if is_enough else _paused(tx, account.brand_id, self._room.key)
        journeys = live(tx, self._world, account.brand_id).journeys
        halted = {slug for slug, running in journeys.items() if running.state in _HALTED}
        waiting = [one.row for one in self._waiting]
        # Who refused while a worker held their message is judged anew, and gets that reason.
        # Those of the part that goes next; the others are asked about when it is theirs.
        soon = waiting[: self._n_part()]
        no_more = {} if held_up else refused(tx, self._world, account.brand_id, soon)
        newly = open_pauses(tx, account.brand_id, now).newer(self._judged_at)
        back = [
            (row, reason)
            for row in waiting
            if (
                reason := held_up
                or (PARKED if row.queued.journey in halted else "")
                or no_more.get(row.queued.message_id, "")
                or (GUARD_PAUSED if _is_paused_since(row, newly) else "")
            )
        ]
        if not back:
            return
        gone = {row.key for row, _ in back}
        self._waiting = [one for one in self._waiting if one.row.key not in gone]
        tx.messages.decide(
            [
                replace(row, status="queued", reason=reason, sent_at=0, changed_at=now)
                for row, reason in back
            ],
            [max(row.queued.not_before, now) for row, _ in back],
            0,
        )

    def _learn(self, told: Told, now: int) -> None:
        """Share what the answers say of the account with all workers."""
        if self._room.pace.is_plain and not told.outcome.n_failed:
            return
        with self._world.store.system() as tx:
            known = tx.suppliers.lock_pace(self._room.key)
            self._room.pace = after(known, told.outcome, self._room.supplier.rate, now)
            if self._room.pace != known:
                tx.suppliers.put_pace(self._room.key, self._room.pace)


def _is_paused_since(row: MessageRow, newly: Sequence[PauseRow]) -> bool:
    """Say whether a pause that began meanwhile may be about a message: it is judged anew then."""
    own = ("channel", "journey", "node", "template", "template_version")
    return any(
        all(said_of(row.queued, name) == one.scope[name] for name in own if name in one.scope)
        for one in newly
    )


def _paused(tx: Tx, brand_id: int, key: tuple[int, str, str]) -> str:
    """Return why nothing more may go through an account, or ""."""
    _, channel, name = key
    is_paused = tx.channels.is_paused(brand_id, channel, name)
    return "account_paused" if is_paused else ""
