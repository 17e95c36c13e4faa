"""Sends what journeys decided: claimed, judged under the person's lock, written down, then sent.

One round of one channel and class is three steps. First, in one transaction: claim, lock the
people in id order, decide, render, and write an attempt for each message that goes. Then, with
nothing locked, the provider is called. Last, in one transaction: what the provider said. A crash
in the middle leaves attempts that were started and never finished: their messages are `unknown`,
shown, and never blindly sent again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from huiliu.kernel.times import MINUTE
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.messages import AttemptResult
from huiliu.ports.store import Store
from huiliu.ports.world import World
from huiliu.services.answers import record_answers
from huiliu.services.judge import Leaving, judge
from huiliu.services.live import live
from huiliu.services.message_events import message_event
from huiliu.services.moves import STOPPED
from huiliu.services.sweep import PARKED

__all__ = ["LEASE", "dispatch"]

#: How long a claimed message is one worker's; far longer than any channel may take to answer.
LEASE: Final = 10 * MINUTE
_CLASSES: Final = ("service", "marketing")
#: The projector is waited for as long as it moves, and no longer than this, in seconds.
_PATIENCE_S: Final = 1.0
_STEP_S: Final = 0.01
_STANDSTILL_S: Final = 0.05
#: So much is handed over before it is asked again whether it still may be.
_PART_S: Final = 1.0
_FEWEST: Final = 50
#: States of a journey in which nothing of it is handed over.
_HALTED: Final = frozenset({"paused", STOPPED})


def dispatch(
    world: World, limit: int = 500, *, channel: str | None = None, message_class: str | None = None
) -> int:
    """Send one batch of each channel's service messages, or of marketing where none waits.

    Returns how many messages were decided or recovered; 0 = nothing to do now. Workers that run
    a loop for each channel and class keep a slow provider from holding the others up.

    Args:
        world: where to find everything.
        limit: messages a batch.
        channel: only this one; None = each in turn.
        message_class: only this one; None = service first.
    """
    done = _recover(world, limit)
    is_fresh = _await_projector(world)
    channels = (channel,) if channel else tuple(sorted(world.channels))
    for wanted in (message_class,) if message_class else _CLASSES:
        # Whether someone still agrees to marketing is known when all that was said is read.
        if is_fresh or wanted == "service":
            decided = sum(_round(world, name, wanted, limit, is_fresh) for name in channels)
            if decided:
                return done + decided
    return done


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


def _recover(world: World, limit: int) -> int:
    """Settle messages whose sender vanished: unknown where it had begun to send, else queued."""
    now = world.clock.now()
    with world.store.system() as tx:
        expired = tx.messages.take_expired(now, limit)
        if not expired:
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
        tx.log.append(
            [
                message_event(row, "unknown", now, reason="no_answer", account=attempt.account)
                for row, attempt in begun
            ]
        )
    return len(expired)


def _round(world: World, channel: str, message_class: str, limit: int, is_fresh: bool) -> int:
    """Decide and send one batch of one channel and class; return how many were decided."""
    now = world.clock.now()
    with world.store.system() as tx:
        rows = tx.messages.claim(now, limit, channel, message_class, cancellable=is_fresh)
        if not rows:
            return 0
        n_decided, leaving = judge(tx, world, rows, now, now + LEASE)
    by_account: dict[tuple[int, str], list[Leaving]] = {}
    for one in leaving:
        by_account.setdefault((one.account.brand_id, one.account.name), []).append(one)
    for together in by_account.values():
        _hand_over(world, together)
    return n_decided


def _hand_over(world: World, together: Sequence[Leaving]) -> None:
    """Hand one account's messages over, about a second's worth at a time.

    Between two parts the journeys are looked at: of one that was paused or stopped meanwhile,
    what is not handed over yet goes back into the queue, where its fate is decided.
    """
    account = together[0].account
    key = (account.brand_id, account.channel, account.name)
    pace = _PACE.setdefault(world.store, {})
    waiting = list(together)
    while waiting:
        n = max(_FEWEST, int(pace.get(key, _FEWEST) * _PART_S))
        part, waiting = waiting[:n], waiting[n:]
        begun = time.perf_counter()
        answers = _send(world, account, [one.outbound for one in part])
        pace[key] = len(part) / max(time.perf_counter() - begun, _STEP_S)
        record_answers(world, part, answers)
        if waiting:
            waiting = _still_leaving(world, waiting)


def _still_leaving(world: World, waiting: Sequence[Leaving]) -> list[Leaving]:
    """Put the messages of halted journeys back into the queue; return the others."""
    brand_id = waiting[0].account.brand_id
    now = world.clock.now()
    with world.store.system() as tx:
        journeys = live(tx, world, brand_id).journeys
        halted = {slug for slug, running in journeys.items() if running.state in _HALTED}
        back = [one for one in waiting if one.row.queued.journey in halted]
        tx.messages.finish([
            AttemptResult(
                replace(one.attempt, outcome="withdrawn", finished_at=now), "queued", PARKED, now
            )
            for one in back
        ])  # fmt: skip
    return [one for one in waiting if one.row.queued.journey not in halted]


def _send(
    world: World, account: ChannelAccount, outbound: Sequence[OutboundMessage]
) -> dict[bytes, Answer]:
    """Return the answer to each message; one that got none is unknown."""
    answers = {message.message_id: Answer(message.message_id, AnswerState.UNKNOWN)
               for message in outbound}  # fmt: skip
    for answer in world.providers[account.provider].send(account, outbound):
        answers[answer.message_id] = answer
    return answers


#: Messages a second that each account took lately.
_PACE: WeakKeyDictionary[Store, dict[tuple[int, str, str], float]] = WeakKeyDictionary()
