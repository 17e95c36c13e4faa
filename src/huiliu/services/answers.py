"""What providers answered, written down: states, retries, suppressions, pauses and events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.buckets import share
from huiliu.kernel.events import NewEvent
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND
from huiliu.messages.latency import bucket
from huiliu.messages.pace import Outcome
from huiliu.ports.channel import Answer, AnswerState, Dead
from huiliu.ports.contacts import EndedContact
from huiliu.ports.messages import Attempt, AttemptResult
from huiliu.ports.store import Tx
from huiliu.ports.suppliers import MinuteCount, StoppedTemplate
from huiliu.ports.world import World
from huiliu.services.channel_gates import GATES
from huiliu.services.contact_points import end_contacts
from huiliu.services.leaving import Leaving
from huiliu.services.mail_desk import note_domains
from huiliu.services.message_events import message_event
from huiliu.services.own_tasks import open_own_task
from huiliu.services.suppress import suppress

__all__ = ["Told", "record_answers"]

#: How long a message waits for an operator to resume its account.
_ACCOUNT_WAIT: Final = 5 * MINUTE
#: How long to wait after a fault of nobody's, by number of tries; then it is given up.
_RETRY_WAITS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR)
#: After this long in the queue a message that keeps failing is given up.
_RETRY_FOR: Final = 48 * HOUR
#: An SMS that failed so often is given up sooner: nobody waits two days for one.
_SMS_TRIES: Final = 4
_FIRST_THROTTLE: Final = 2 * SECOND
_MAX_THROTTLE: Final = 5 * MINUTE
_MAX_SPREAD: Final = 15 * MINUTE
_MAX_RESPONSE: Final = 500
#: Answers that are a fault of the provider or of the way to it.
_FAULTS: Final = frozenset({AnswerState.THROTTLED, AnswerState.RETRY, AnswerState.UNKNOWN})
#: Answers by which a provider dealt with a message, be it by refusing it.
_DEALT: Final = frozenset(
    {AnswerState.ACCEPTED, AnswerState.REJECTED, AnswerState.SUPPRESS, AnswerState.FIX}
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the answers to one part say together."""

    #: State -> how many.
    states: Mapping[AnswerState, int]
    outcome: Outcome
    #: Units that were taken.
    units: int

    @classmethod
    def of(cls, part: Sequence[Leaving], answers: Mapping[bytes, Answer], seconds: float) -> Told:
        """Return what answers say that came after so many seconds."""
        # What one mail domain says is no fault of the account.
        states = Counter(answer.state for answer in answers.values() if not answer.scope)
        units = sum(
            answer.units or one.outbound.units
            for one in part
            if (answer := answers[one.outbound.message_id]).state is AnswerState.ACCEPTED
        )
        faults = (a.response for a in answers.values() if a.state in _FAULTS and not a.scope)
        fault = next(faults, "")
        outcome = Outcome(
            n_taken=units,
            n_throttled=states[AnswerState.THROTTLED],
            n_failed=sum(states[state] for state in _FAULTS),
            seconds=seconds,
            works=any(states[state] for state in _DEALT),
            response=fault[:_MAX_RESPONSE],
        )
        return cls(states, outcome, units)


def record_answers(
    tx: Tx,
    world: World,
    part: Sequence[Leaving],
    answers: Mapping[bytes, Answer],
    told: Told,
    now: int,
) -> list[NewEvent]:
    """Write what became of attempts; return the events, which the caller appends last."""
    results = [_result(one, answers[one.outbound.message_id], now) for one in part]
    account = part[0].account
    dead = sorted(
        one.address_key
        for one in part
        if answers[one.outbound.message_id].state is AnswerState.SUPPRESS
        and one.address_key
        # A contact point ends; on the list of the suppressed are addresses that people gave.
        and not one.contacts
    )
    moved = tx.messages.finish(results)
    suppressed = suppress(tx, account.brand_id, dead, "address_dead", now)
    _stop(tx, part, answers, now)
    if account.channel == "email":
        said = [(one.outbound.address, answers[one.outbound.message_id]) for one in part]
        note_domains(tx, account, said, now)
    tx.suppliers.add_counts(_counts(part, told, now))
    ended = end_contacts(tx, account.brand_id, _dead(part, answers, now))
    gate = GATES.get(account.channel)
    noted = gate.settle(tx, world, part, answers, now) if gate and gate.settle else ()
    return [*_events(part, results, moved, now), *suppressed, *ended, *noted]


def _dead(
    part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int
) -> list[tuple[int, EndedContact]]:
    """Return the contact points that a provider called dead, each with whose it was."""
    found = []
    for one in part:
        answer = answers[one.outbound.message_id]
        dead = {each.address: each for each in answer.dead}
        for reached in one.contacts:
            point = reached.point
            if answer.state is AnswerState.SUPPRESS and not dead:
                each = Dead(reached.address, answer.code)
            elif (known := dead.get(reached.address)) is not None:
                each = known
            else:
                continue
            reason = each.reason or "address_dead"
            ended = EndedContact(point.channel, point.key, reason, now, point.app, each.since)
            found.append((one.profile_id, ended))
    return found


def _stop(tx: Tx, part: Sequence[Leaving], answers: Mapping[bytes, Answer], now: int) -> None:
    """Stop what the provider refuses as such: the account itself, or a template."""
    account = part[0].account
    paused = next((a.response for a in answers.values() if a.state is AnswerState.PAUSE), None)
    if paused is not None:
        tx.channels.pause(
            account.brand_id, account.channel, account.name, paused[:_MAX_RESPONSE] or "refused"
        )
        # Nobody looks at the channels' page by night: whoever opens their tasks sees it.
        open_own_task(
            tx, account.brand_id,
            text("tasks.account_paused", channel=account.channel, account=account.name),
            f"/channels/{account.channel}/{account.name}", "account paused", account.channel,
            account.name, now // DAY, now=now,
        )  # fmt: skip
    for one in part:
        answer = answers[one.outbound.message_id]
        if answer.state is AnswerState.FIX:
            queued = one.row.queued
            tx.suppliers.stop_template(
                StoppedTemplate(
                    account.brand_id, queued.template, queued.template_version, account.channel,
                    account.name, answer.response[:_MAX_RESPONSE] or answer.code, now,
                )
            )  # fmt: skip
            open_own_task(
                tx, account.brand_id,
                text("tasks.template_stopped", template=queued.template, account=account.name),
                "/channels", "template stopped", queued.template, queued.template_version, now=now,
            )  # fmt: skip


def _counts(part: Sequence[Leaving], told: Told, now: int) -> list[MinuteCount]:
    """Return what a part adds to the counts of its account."""
    account = part[0].account
    key = account.brand_id, account.channel, account.name
    named = {str(state): n for state, n in told.states.items()}
    named["units"] = told.units
    named[f"answer:{bucket(told.outcome.seconds * 1000)}"] = len(part)
    kind, minute = part[0].row.queued.message_class, now - now % MINUTE
    return [MinuteCount(key, kind, minute, name, n) for name, n in named.items() if n]


def _events(
    part: Sequence[Leaving],
    results: Sequence[AttemptResult],
    moved: set[tuple[int, bytes]],
    now: int,
) -> list[NewEvent]:
    """Return the events of the messages that moved and will not be tried again."""
    return [
        message_event(one.row, result.status, now, reason=result.reason, account=one.account.name)
        for one, result in zip(part, results, strict=True)
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
    is_partly_known = answer.state is AnswerState.UNKNOWN and bool(answer.provider_ids)
    n_parts = answer.units if is_partly_known else 0
    return AttemptResult(attempt, status, reason, not_before, answer.provider_ids, n_parts)


def _outcome(one: Leaving, answer: Answer, now: int) -> tuple[str, str, int]:
    """Return (status, reason, not_before) of the message."""
    match answer.state:
        case AnswerState.ACCEPTED:
            return "sent", "", 0
        case AnswerState.REJECTED:
            return "failed", "provider_rejected", 0
        case AnswerState.FIX:
            return "failed", "template_refused", 0
        case AnswerState.SUPPRESS:
            return "failed", "address_dead", 0
        case AnswerState.UNKNOWN:
            return "unknown", "no_answer", 0
        case AnswerState.PAUSE:
            return "queued", "account_paused", now + _ACCOUNT_WAIT
        case AnswerState.THROTTLED | AnswerState.REFRESH:
            doubled = _FIRST_THROTTLE << min(one.attempt.number - 1 - one.row.tries, 10)
            wait = answer.retry_after or min(doubled, _MAX_THROTTLE)
            return "queued", "provider_busy", now + _spread(one, wait)
        case AnswerState.RETRY:
            return _again(one, answer, now)


def _again(one: Leaving, answer: Answer, now: int) -> tuple[str, str, int]:
    """Return what becomes of a message that failed through nobody's fault."""
    queued, tries = one.row.queued, one.row.tries
    is_tried = queued.channel == "sms" and tries + 1 >= _SMS_TRIES
    if is_tried or now - queued.queued_at > _RETRY_FOR:
        return "failed", "provider_failed", 0
    wait = answer.retry_after or _RETRY_WAITS[min(tries, len(_RETRY_WAITS) - 1)]
    return "queued", "provider_busy", now + _spread(one, wait)


def _spread(one: Leaving, wait: int) -> int:
    """Return a wait of 1 to 1.25 times the length, so that a crowd does not come back as one.

    After a long wait (until midnight, when quotas begin anew) a quarter of it would be too much.
    """
    nth = f"retry {one.attempt.number}"
    return wait + int(min(wait / 4, _MAX_SPREAD) * share(nth, one.outbound.message_id))
