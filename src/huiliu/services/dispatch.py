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

from msgspec.structs import replace

from huiliu.kernel.times import MINUTE
from huiliu.messages.template import PARTS
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.messages import AttemptResult
from huiliu.ports.world import World
from huiliu.services.answers import record_answers
from huiliu.services.judge import Leaving, judge
from huiliu.services.message_events import message_event

__all__ = ["LEASE", "dispatch"]

#: How long a claimed message is one worker's; far longer than any channel may take to answer.
LEASE: Final = 10 * MINUTE
_CLASSES: Final = ("service", "marketing")
#: The projector is waited for as long as it moves, and no longer than this, in seconds.
_PATIENCE_S: Final = 1.0
_STEP_S: Final = 0.01
_STANDSTILL_S: Final = 0.05


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
    channels = (channel,) if channel else tuple(sorted({*world.channels, *PARTS}))
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
        outbound = [one.outbound for one in together]
        answers = _send(world, together[0].account, outbound)
        record_answers(world, together, answers)
    return n_decided


def _send(
    world: World, account: ChannelAccount, outbound: Sequence[OutboundMessage]
) -> dict[bytes, Answer]:
    """Return the answer to each message; one that got none is unknown."""
    answers = {message.message_id: Answer(message.message_id, AnswerState.UNKNOWN)
               for message in outbound}  # fmt: skip
    for answer in world.channels[account.channel].send(account, outbound):
        answers[answer.message_id] = answer
    return answers
