"""Calls the webhooks that journeys asked for: claimed, written down, called, answered.

As with messages nothing is locked during the call, and a crash leaves an attempt that began and
never ended. Unlike a message it is made again: every attempt carries the same `Idempotency-Key`,
so a server that keeps to it does the thing once. The answer is an event that wakes the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from huiliu.governance.detection import looks_personal
from huiliu.governance.dictionary import Class, Place, rule_of
from huiliu.kernel.buckets import share
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import HOUR, MINUTE, SECOND, show_instant
from huiliu.ports.calls import CallAttempt, CallResult, CallRow
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.world import World
from huiliu.services.journey_events import ANSWERED, answer_event

__all__ = ["call_webhooks", "readable"]

#: How long a claimed call is one worker's; longer than any call may take.
_LEASE: Final = 2 * MINUTE
_TIMEOUT_S: Final = 15.0
#: Waits between attempts; the last one again and again, until the node gives up.
_WAITS: Final = (5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR)
#: Of an answer so much is read, and so much of it is kept.
_LONGEST: Final = 64 * 1024
_KEPT: Final = 8 * 1024
_DEEPEST: Final = 8
_LONGEST_TEXT: Final = 1_000
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def call_webhooks(world: World, limit: int = 100) -> int:
    """Make calls that are due, at most so many; return how many were made or recovered."""
    now = world.clock.now()
    with world.store.system() as tx:
        recovered = tx.calls.recover(now, limit)
        recovered += tx.calls.give_up(now, limit)
        calls = tx.calls.claim(now, limit, now + _LEASE)
        tx.calls.start([CallAttempt(one.brand_id, one.call_id, one.fence, now) for one in calls])
        headers = {brand: tx.calls.headers(brand) for brand in {one.brand_id for one in calls}}
    if not calls:
        return recovered
    answers = world.outbound.call([_http(one, headers[one.brand_id]) for one in calls])
    _record(world, calls, answers, now)
    return recovered + len(calls)


def readable(body: bytes) -> Value:
    """Return what may be kept of an answer: JSON that is not too large, and names nobody."""
    try:
        found = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    kept = _kept(found, 0)
    return kept if len(_encode(kept)) <= _KEPT else None


def _http(call: CallRow, headers: Mapping[str, Mapping[str, str]]) -> HttpCall:
    """Return the request of a call; what the operator keeps for its host goes with it."""
    host = urlsplit(call.url).hostname or ""
    sent = {
        "Content-Type": "application/json",
        "Idempotency-Key": show_id(call.call_id),
        "Huiliu-Run": show_id(call.run_id),
        "Huiliu-Profile": show_profile_id(call.profile_id),
        "Huiliu-Asked-At": show_instant(call.queued_at),
        **headers.get(host, {}),
    }
    return HttpCall(call.url, call.method, sent, call.body, _TIMEOUT_S, _LONGEST)


def _record(
    world: World, calls: Sequence[CallRow], answers: Sequence[HttpAnswer], begun: int
) -> None:
    """Write what came of attempts, and tell the runs; the log comes last."""
    now = world.clock.now()
    results = [
        _result(call, answer, begun, now) for call, answer in zip(calls, answers, strict=True)
    ]
    with world.store.system() as tx:
        moved = tx.calls.finish(results)
        tx.log.append([
            _told(call, answer, result.reason, now)
            for call, answer, result in zip(calls, answers, results, strict=True)
            if result.status != "waiting" and (call.brand_id, call.call_id) in moved
        ])  # fmt: skip


def _result(call: CallRow, answer: HttpAnswer, begun: int, now: int) -> CallResult:
    """Return what an answer makes of its attempt and call."""
    attempt = CallAttempt(
        call.brand_id, call.call_id, call.fence, begun, now, answer.reach.value, answer.status,
        answer.cause[:500],
    )  # fmt: skip
    if answer.reach is Reach.ANSWERED and not _is_busy(answer.status):
        return CallResult(attempt, "answered", "", call.not_before)
    if answer.reach is Reach.REFUSED:
        return CallResult(attempt, "failed", "refused", call.not_before)
    reason = "busy" if answer.reach is Reach.ANSWERED else answer.reach.value
    again = now + _wait(call, answer)
    if again > call.give_up_at:
        return CallResult(attempt, "failed", "timeout", call.not_before)
    return CallResult(attempt, "waiting", reason, again)


def _is_busy(status: int) -> bool:
    """Say whether a server asks to be called again: it is busy, or it broke."""
    return status in {408, 425, 429} or status >= 500


def _wait(call: CallRow, answer: HttpAnswer) -> int:
    """Return how long to wait for the next attempt; spread, so that a crowd does not come back."""
    asked = answer.headers.get("retry-after", "")
    wait = _WAITS[min(call.fence, len(_WAITS)) - 1]
    if asked.isdigit():
        wait = max(wait, int(asked[:6]) * SECOND)
    return wait + int(wait / 4 * share(f"call {call.fence}", call.call_id))


def _told(call: CallRow, answer: HttpAnswer, reason: str, at: int) -> NewEvent:
    """Return the event that tells a run what was answered."""
    properties: dict[str, Value] = {
        "ok": answer.is_taken,
        "status": answer.status,
        "body": readable(answer.body) if answer.reach is Reach.ANSWERED else None,
        "reason": reason or ("" if answer.is_taken else "status"),
        "call": show_id(call.call_id),
    }
    return answer_event(
        ANSWERED, call.brand_id, call.profile_id, call.run_id, call.node, call.visit, properties,
        at, call.call_id,
    )  # fmt: skip


def _kept(value: Any, depth: int) -> Value:
    """Return a JSON value without what names a person: an answer is no way into the log."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        return {
            name[:200]: _kept(inner, depth + 1)
            for name, inner in value.items()
            if looks_personal(name) is None and not _is_personal(name)
        }
    if isinstance(value, list):
        return [_kept(inner, depth + 1) for inner in value[:100]]
    if isinstance(value, str):
        return None if looks_personal(value) is not None else value[:_LONGEST_TEXT]
    if isinstance(value, int) and not isinstance(value, bool):
        is_too_wide = not -(1 << 63) <= value < 1 << 63
        return None if is_too_wide or looks_personal(value) is not None else value
    return value if isinstance(value, bool | float) else None


def _is_personal(name: str) -> bool:
    """Say whether the data dictionary keeps values of this name out of the log."""
    rule = rule_of(Place.PROPERTIES, name)
    return rule is not None and rule.class_ in {Class.IDENTIFIER, Class.SENSITIVE, Class.DROPPED}
