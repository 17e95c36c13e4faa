"""How the decisions about a person are told on the command line, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from huiliu.cli.language import sentence
from huiliu.conditions.explain import Part
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_duration, show_instant
from huiliu.services.decisions import Decided
from huiliu.services.moment import Beside
from huiliu.services.why import MessageWhy, RunWhy, Why

__all__ = ["why_lines"]


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
    for held in found.holdouts:
        yield text(
            f"why.holdout.{held.row.arm}", holdout=held.name, at=show_instant(held.row.at),
            until=show_instant(held.ended_at) if held.ended_at else "–",
        )  # fmt: skip


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
