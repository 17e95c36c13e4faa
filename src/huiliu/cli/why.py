"""`huiliu why`: every decision about a person, from the event to the provider's answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from cyclopts import Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.ports.messages import Attempt, ReceiptRow
from huiliu.ports.runs import StepRow
from huiliu.ports.world import World
from huiliu.services.find_people import find_person
from huiliu.services.find_profile import PREFIX, find_profile
from huiliu.services.why import MessageWhy, RunWhy, Why, why_message
from huiliu.services.why import why as explain

__all__ = ["why"]

_BRAND = 1


def why(
    profile: Annotated[str, Parameter(help=sentence("cli.why.profile"))] = "",
    /,
    *,
    by: Annotated[str, Parameter(help=sentence("cli.why.by"))] = "",
    message: Annotated[str, Parameter(help=sentence("cli.why.message"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what was decided about a person and why: entry, steps, policy, attempts, receipts."""
    with open_instance(instance) as house:
        house.catch_up()
        found = _found(house.world, profile, by, message)
    if json:
        emit(_as_json(found))
        return
    for line in _lines(found):
        say(line)


def _found(world: World, profile: str, by: str, message: str) -> Why:
    """Return what was asked for; one of the three ways to ask must be given."""
    if sum(map(bool, (profile, by, message))) != 1:
        raise BadInput((Problem("profile", text("why.ask_one")),))
    if message:
        try:
            return why_message(world, _BRAND, bytes.fromhex(message))
        except ValueError as fault:
            raise NotFound("message", message) from fault
    # `email=li@shop.example`: the value is hashed as it was when it arrived.
    asked = by.partition("=")[2] if "=" in by else profile or by
    person = find_person(world, _BRAND, asked)
    if person is None:
        if profile.startswith(PREFIX):
            # Written like an id: one that cannot be any is a mistake, not an unknown person.
            find_profile(profile)
        raise NotFound("profile", profile or by.partition("=")[0])
    return explain(world, _BRAND, person)


def _lines(found: Why) -> Iterator[Text | str]:
    """Yield the story line by line."""
    yield text("why.person", profile=show_profile_id(found.profile_id))
    if not found.runs and not found.messages:
        yield text("why.nothing")
    for run in found.runs:
        yield ""
        yield text(
            "why.run", journey=run.run.journey, version=run.run.version, key=run.run.key or "-",
            state=text(f"why.state.{run.run.state}"), reason=run.run.reason or "-",
        )  # fmt: skip
        yield text(
            "why.entry", at=show_instant(run.run.entered_at), event=run.entry.get("name", "?")
        )
        for step, said in zip(run.steps, run.sentences, strict=True):
            yield text("why.step", at=show_instant(step.at), sentence=said)
        for message in run.messages:
            yield from _message_lines(message)
    for message in found.messages:
        yield ""
        yield from _message_lines(message)


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


def _as_json(found: Why) -> dict[str, object]:
    """Return the story as data."""
    return {
        "profile": show_profile_id(found.profile_id),
        "runs": [_run_json(run) for run in found.runs],
        "messages": [_message_json(message) for message in found.messages],
    }


def _run_json(run: RunWhy) -> dict[str, object]:
    """Return one run as data."""
    row = run.run
    return {
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
            _step_json(step, said) for step, said in zip(run.steps, run.sentences, strict=True)
        ],
        "messages": [_message_json(message) for message in run.messages],
    }


def _step_json(step: StepRow, said: Text) -> dict[str, object]:
    """Return one step as data."""
    details: object = msgspec.json.decode(step.details) if step.details else {}
    return {
        "at": show_instant(step.at),
        "node": step.node,
        "visit": step.visit,
        "what": step.what,
        "sentence": sentence(said),
        "details": details,
    }


def _message_json(message: MessageWhy) -> dict[str, object]:
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
        "attempts": [_attempt_json(attempt) for attempt in message.attempts],
        "receipts": [_receipt_json(receipt) for receipt in message.receipts],
    }


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
