"""What providers answered, written down: states, retries, suppressions, pauses and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.buckets import share
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import HOUR, MINUTE, SECOND
from huiliu.ports.channel import Answer, AnswerState
from huiliu.ports.messages import Attempt, AttemptResult
from huiliu.ports.world import World
from huiliu.services.judge import ACCOUNT_WAIT, Leaving
from huiliu.services.message_events import message_event
from huiliu.services.suppress import suppress

__all__ = ["record_answers"]

#: How long to wait after a fault of nobody's, by number of tries; then it is given up.
_RETRY_WAITS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR)
#: After this long in the queue a message that keeps failing is given up.
_RETRY_FOR: Final = 48 * HOUR
_FIRST_THROTTLE: Final = 2 * SECOND
_MAX_THROTTLE: Final = 5 * MINUTE
_MAX_RESPONSE: Final = 500


def record_answers(
    world: World, leaving: Sequence[Leaving], answers: Mapping[bytes, Answer]
) -> None:
    """Write what became of attempts, in one transaction; the log comes last."""
    now = world.clock.now()
    results = [_result(one, answers[one.outbound.message_id], now) for one in leaving]
    account = leaving[0].account
    dead = sorted(
        one.address_key
        for one in leaving
        if answers[one.outbound.message_id].state is AnswerState.SUPPRESS and one.address_key
    )
    paused = next((a.response for a in answers.values() if a.state is AnswerState.PAUSE), None)
    with world.store.system() as tx:
        moved = tx.messages.finish(results)
        told = suppress(tx, account.brand_id, dead, "address_dead", now)
        if paused is not None:
            tx.channels.pause(
                account.brand_id, account.channel, account.name, paused[:_MAX_RESPONSE] or "refused"
            )
        tx.log.append([*_events(leaving, results, moved, now), *told])


def _events(
    leaving: Sequence[Leaving],
    results: Sequence[AttemptResult],
    moved: set[tuple[int, bytes]],
    now: int,
) -> list[NewEvent]:
    """Return the events of the messages that moved and will not be tried again."""
    return [
        message_event(one.row, result.status, now, reason=result.reason, account=one.account.name)
        for one, result in zip(leaving, results, strict=True)
        if result.status != "queued" and one.row.key in moved
    ]


def _result(one: Leaving, answer: Answer, now: int) -> AttemptResult:
    """Return what an answer makes of its attempt and message."""
    begun = one.attempt
    attempt = Attempt(
        begun.brand_id, begun.message_id, begun.number, begun.channel, begun.account,
        begun.started_at, now, answer.state, " ".join(answer.provider_ids),
        answer.response[:_MAX_RESPONSE],
    )  # fmt: skip
    status, reason, not_before = _outcome(one, answer, now)
    return AttemptResult(attempt, status, reason, not_before, answer.provider_ids)


def _outcome(one: Leaving, answer: Answer, now: int) -> tuple[str, str, int]:
    """Return (status, reason, not_before) of the message."""
    match answer.state:
        case AnswerState.ACCEPTED:
            return "sent", "", 0
        case AnswerState.REJECTED | AnswerState.FIX:
            return "failed", "provider_rejected", 0
        case AnswerState.SUPPRESS:
            return "failed", "address_dead", 0
        case AnswerState.UNKNOWN:
            return "unknown", "no_answer", 0
        case AnswerState.PAUSE:
            return "queued", "account_paused", now + ACCOUNT_WAIT
        case AnswerState.THROTTLED:
            doubled = _FIRST_THROTTLE << min(one.attempt.number - 1, 10)
            wait = answer.retry_after or min(doubled, _MAX_THROTTLE)
            return "queued", "provider_busy", now + _spread(one, wait)
        case AnswerState.RETRY | AnswerState.REFRESH:
            if now - one.row.queued.queued_at > _RETRY_FOR:
                return "failed", "provider_failed", 0
            wait = _RETRY_WAITS[min(one.attempt.number, len(_RETRY_WAITS)) - 1]
            return "queued", "provider_busy", now + _spread(one, answer.retry_after or wait)


def _spread(one: Leaving, wait: int) -> int:
    """Return a wait of 1 to 1.25 times the length, so that a crowd does not come back as one."""
    nth = f"retry {one.attempt.number}"
    return wait + int(wait / 4 * share(nth, one.outbound.message_id))
