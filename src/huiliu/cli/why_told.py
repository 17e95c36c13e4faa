"""How the decisions about a person are told on the command line: as lines and as data."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from huiliu.cli.language import sentence
from huiliu.conditions.explain import Part
from huiliu.journeys.nearest import Nearest
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import LOCALES, Text, render, text
from huiliu.kernel.times import show_duration, show_instant
from huiliu.ports.messages import Attempt, ReceiptRow
from huiliu.ports.runs import StepRow
from huiliu.services.decisions import Decided
from huiliu.services.moment import Beside
from huiliu.services.policy_again import PolicyAgain
from huiliu.services.why import MessageWhy, RunWhy, Why
from huiliu.services.why_not import NotEntered

__all__ = ["why_json", "why_lines"]


def why_lines(found: Why) -> Iterator[Text | str]:
    """Yield the story line by line."""
    yield text("why.person", profile=show_profile_id(found.profile_id))
    if not found.runs and not found.messages:
        yield text("why.nothing")
    for run in found.runs:
        yield from _run_lines(run)
    for message in found.messages:
        yield ""
        yield from _message_lines(message)
    for one in found.not_entered:
        yield ""
        yield text(
            "why.not_entered", at=show_instant(one.at), event=one.event, journey=one.journey,
            sentence=one.said,
        )  # fmt: skip
        if one.nearest is not None:
            yield text("why.nearest", sentence=one.nearest)
    if found.beside is not None:
        yield from _beside_lines(found.beside)


def _run_lines(run: RunWhy) -> Iterator[Text | str]:
    """Yield one run."""
    yield ""
    yield text(
        "why.run", journey=run.run.journey, version=run.run.version, key=run.run.key or "-",
        state=text(f"why.state.{run.run.state}"), reason=run.run.reason or "-",
    )  # fmt: skip
    yield text("why.entry", at=show_instant(run.run.entered_at), event=run.entry.get("name", "?"))
    for nth, (step, said) in enumerate(zip(run.steps, run.sentences, strict=True)):
        yield text("why.step", at=show_instant(step.at), sentence=said)
        if run.decisions is not None:
            yield from _decided_lines(run.decisions.steps[nth])
    if run.decisions is not None:
        yield text(f"why.again.{run.decisions.outcome}")
    for message in run.messages:
        yield from _message_lines(message)


def _decided_lines(one: Decided) -> Iterator[Text | str]:
    """Yield what a step saw and what was nearest."""
    for part in one.rules:
        yield from _part_lines(part, 1)
    if one.nearest is not None:
        yield text("why.nearest", sentence=one.nearest.sentence())
    if one.again.why is not None:
        yield text("why.not_again", why=one.again.why)


def _part_lines(part: Part, depth: int) -> Iterator[Text | str]:
    """Yield a rule with its answer, and its parts below it."""
    key = "why.rule_holds" if part.holds else "why.rule_fails"
    saw = "; ".join(sentence(one) for one in part.saw)
    yield text(key, indent="  " * depth, sentence=part.sentence, saw=f" ({saw})" if saw else "")
    for inner in part.parts:
        yield from _part_lines(inner, depth + 1)


def _message_lines(message: MessageWhy) -> Iterator[Text | str]:
    """Yield what became of one message."""
    queued = message.row.queued
    yield text(
        "why.message", at=show_instant(queued.queued_at), id=show_id(queued.message_id),
        channel=queued.channel, template=queued.template, version=queued.template_version,
        status=text(f"why.status.{message.row.status}"),
    )  # fmt: skip
    if message.row.reason:
        yield text(
            "why.decision", at=show_instant(message.row.changed_at), code=message.row.reason,
            sentence=text(f"reason.{message.row.reason}"),
        )  # fmt: skip
    if message.policy is not None and message.policy.nearest is not None:
        yield text("why.nearest", sentence=message.policy.nearest)
    for attempt in message.attempts:
        yield text(
            "why.attempt", number=attempt.number, at=show_instant(attempt.started_at),
            account=attempt.account, outcome=attempt.outcome, response=attempt.response or "-",
        )  # fmt: skip
    for receipt in message.receipts:
        yield text(
            "why.receipt", at=show_instant(receipt.at), state=receipt.state,
            response=receipt.response or "-",
        )  # fmt: skip


def _beside_lines(found: Beside) -> Iterator[Text | str]:
    """Yield what else went on."""
    yield ""
    yield text("why.beside", at=show_instant(found.at))
    for one in found.runs:
        yield text(
            "why.competing", journey=one.run.journey, key=one.run.key or "-", node=one.node,
            since=show_instant(one.run.entered_at),
        )  # fmt: skip
    if found.cap:
        yield text("why.cap", used=found.used, cap=found.cap, window=show_duration(found.window))


def why_json(found: Why, *, values: bool = False) -> dict[str, object]:
    """Return the story as data; `values` adds those that templates were given."""
    told: dict[str, object] = {
        "profile": show_profile_id(found.profile_id),
        "runs": [_run_json(run, values=values) for run in found.runs],
        "messages": [_message_json(message, values=values) for message in found.messages],
    }
    if found.beside is not None:
        told |= {
            "not_entered": [_not_entered_json(one) for one in found.not_entered],
            "beside": _beside_json(found.beside),
        }
    return told


def _run_json(run: RunWhy, *, values: bool) -> dict[str, object]:
    """Return one run as data."""
    row = run.run
    decided = run.decisions.steps if run.decisions is not None else [None] * len(run.steps)
    told: dict[str, object] = {
        "run": show_id(row.run_id),
        "journey": row.journey,
        "version": row.version,
        "key": row.key,
        "entered_at": show_instant(row.entered_at),
        "ended_at": show_instant(row.ended_at) if row.ended_at else None,
        "state": row.state,
        "reason": row.reason,
        "entry": run.entry,
        "steps": [
            _step_json(step, said, one)
            for step, said, one in zip(run.steps, run.sentences, decided, strict=True)
        ],
        "messages": [_message_json(message, values=values) for message in run.messages],
    }
    if run.decisions is not None:
        told["verified"] = run.decisions.outcome
    return told


def _step_json(step: StepRow, said: Text, decided: Decided | None) -> dict[str, object]:
    """Return one step as data."""
    details: object = msgspec.json.decode(step.details) if step.details else {}
    told: dict[str, object] = {
        "at": show_instant(step.at),
        "node": step.node,
        "visit": step.visit,
        "what": step.what,
        "sentence": sentence(said),
        "details": details,
    }
    if decided is not None:
        told |= {
            "rules": [_part_json(part) for part in decided.rules],
            "nearest": _nearest_json(decided.nearest),
            "verified": decided.again.outcome,
            "why_not_verified": sentence(decided.again.why) if decided.again.why else None,
        }
    return told


def _part_json(part: Part) -> dict[str, object]:
    """Return a rule with its answer as data."""
    return {
        "sentence": sentence(part.sentence),
        "holds": part.holds,
        "saw": [sentence(one) for one in part.saw],
        "parts": [_part_json(one) for one in part.parts],
    }


def _nearest_json(found: Nearest | None) -> dict[str, str] | None:
    """Return what would have changed a decision, in both languages."""
    return None if found is None else _both(found.sentence())


def _both(said: Text) -> dict[str, str]:
    """Return a sentence in both languages."""
    return {locale: render(said, locale) for locale in LOCALES}


def _not_entered_json(one: NotEntered) -> dict[str, object]:
    """Return an event that began no run as data."""
    return {
        "journey": one.journey,
        "version": one.version or None,
        "event": one.event,
        "at": show_instant(one.at),
        "reason": one.reason,
        "sentence": sentence(one.said),
        "nearest": _both(one.nearest) if one.nearest is not None else None,
    }


def _beside_json(found: Beside) -> dict[str, object]:
    """Return what else went on as data."""
    return {
        "at": show_instant(found.at),
        "runs": [
            {"run": show_id(one.run.run_id), "journey": one.run.journey, "key": one.run.key,
             "node": one.node, "entered_at": show_instant(one.run.entered_at)}
            for one in found.runs
        ],
        "messages": [
            {"message": show_id(row.queued.message_id), "channel": row.queued.channel,
             "journey": row.queued.journey, "status": row.status, "reason": row.reason,
             "sent_at": show_instant(row.sent_at) if row.sent_at else None}
            for row in found.messages
        ],
        "cap": {"used": found.used, "most": found.cap, "window": show_duration(found.window)},
    }  # fmt: skip


def _message_json(message: MessageWhy, *, values: bool) -> dict[str, object]:
    """Return one message as data."""
    row, queued = message.row, message.row.queued
    return {
        "message": show_id(queued.message_id),
        "channel": queued.channel,
        "template": queued.template,
        "template_version": queued.template_version,
        "class": queued.message_class,
        "node": queued.node,
        "queued_at": show_instant(queued.queued_at),
        "not_before": show_instant(queued.not_before),
        "status": row.status,
        "reason": row.reason,
        "sentence": sentence(text(f"reason.{row.reason}")) if row.reason else "",
        "changed_at": show_instant(row.changed_at),
        "inputs": _inputs_json(queued.inputs, values=values),
        "policy": _policy_json(message.policy),
        "attempts": [_attempt_json(attempt) for attempt in message.attempts],
        "receipts": [_receipt_json(receipt) for receipt in message.receipts],
    }


def _inputs_json(kept: bytes, *, values: bool) -> dict[str, object]:
    """Return what the template was given: names, and values where they are asked for."""
    found = msgspec.json.decode(kept) if kept else {}
    event, carried = found.get("event", {}), found.get("carried", {})
    properties = event.get("properties", {})
    told: dict[str, object] = {
        "event": event.get("name"), "properties": sorted(properties), "carried": sorted(carried),
    }  # fmt: skip
    if values:
        told["values"] = {"properties": properties, "carried": carried, "key": found.get("key")}
    return told


def _policy_json(found: PolicyAgain | None) -> dict[str, object] | None:
    """Return the policy's decision as data."""
    if found is None:
        return None
    cap = None if found.cap is None else {"used": found.cap[0], "most": found.cap[1]}
    near = _both(found.nearest) if found.nearest is not None else None
    return {"verified": found.outcome, "cap": cap, "nearest": near}


def _attempt_json(attempt: Attempt) -> dict[str, object]:
    """Return one attempt as data."""
    return {
        "number": attempt.number,
        "account": attempt.account,
        "started_at": show_instant(attempt.started_at),
        "finished_at": show_instant(attempt.finished_at) if attempt.finished_at else None,
        "outcome": attempt.outcome,
        "provider_id": attempt.provider_id,
        "response": attempt.response,
    }


def _receipt_json(receipt: ReceiptRow) -> dict[str, object]:
    """Return one receipt as data."""
    return {
        "at": show_instant(receipt.at),
        "state": receipt.state,
        "response": receipt.response,
        "provider_id": receipt.provider_id,
    }
