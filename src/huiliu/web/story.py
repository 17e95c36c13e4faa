"""How the decisions about a person are told: each run as a line of what happened, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.conditions.explain import Part
from huiliu.kernel.texts import Text, catalogue, text
from huiliu.ports import Attempt
from huiliu.ports.messages import ReceiptRow
from huiliu.ports.runs import StepRow
from huiliu.services.decisions import Decided
from huiliu.services.why import MessageWhy, RunWhy, Why
from huiliu.web.i18n import event_word
from huiliu.web.timeline import brief

__all__ = ["Moment", "Told", "tell"]

_STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "entered": ("bolt", "violet"),
    "waited": ("hourglass", "warn"),
    "branched": ("git-branch", "cyan"),
    "sent": ("send", "info"),
    "exited": ("door-exit", "plain"),
    "goal": ("flag", "good"),
    "ended": ("flag", "plain"),
    "refused": ("ban", "warn"),
    "moved": ("arrow-right", "info"),
}
_STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "delivered": ("checks", "good"),
    "sent": ("send", "info"),
    "failed": ("circle-x", "bad"),
    "not_sent": ("ban", "warn"),
    "unknown": ("help-circle", "warn"),
}
_OUTCOMES: Final = {"accepted": "good", "rejected": "bad", "failed": "bad"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened in a run."""

    at: int
    icon: str
    tone: str
    title: Text | str
    words: Text | str = ""
    #: The provider's own words.
    quoted: str = ""
    #: Where more of it is shown.
    to: str = ""
    #: What was asked about the person, with the answers of that moment.
    rules: Sequence[Part] = ()
    #: What would have changed it.
    nearest: Text | None = None
    #: same, other or unknown: what deciding again says; "" = it was not asked for.
    again: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One run, or the messages of runs that are not told."""

    run: RunWhy | None
    moments: Sequence[Moment]


def tell(found: Why, locale: str) -> list[Told]:
    """Return every run with its moments, oldest first within each."""
    told = [Told(run, _in_order(_run(run, locale))) for run in found.runs]
    if found.messages:
        loose = [moment for message in found.messages for moment in _message(message)]
        told.append(Told(None, _in_order(loose)))
    return told


def _in_order(moments: Iterator[Moment] | Sequence[Moment]) -> list[Moment]:
    """Return moments by time; those of one instant as they were told."""
    return sorted(moments, key=lambda moment: moment.at)


def _run(run: RunWhy, locale: str) -> Iterator[Moment]:
    """Yield the entry, the steps, the messages and the end of a run."""
    name = str(run.entry.get("name", "")) or "?"
    properties = run.entry.get("properties")
    carried = properties if isinstance(properties, dict) else {}
    words = " · ".join(f"{key} {brief(value, locale)}" for key, value in list(carried.items())[:6])
    title = text("console.story.entry", event=event_word(locale, name))
    yield Moment(run.run.entered_at, "bolt", "violet", title, words)
    decided = run.decisions.steps if run.decisions is not None else [None] * len(run.steps)
    for step, said, one in zip(run.steps, run.sentences, decided, strict=True):
        yield _step(step, said, one)
    for message in run.messages:
        yield from _message(message)


def _step(step: StepRow, said: Text, decided: Decided | None) -> Moment:
    """Return one step of the trace: a word for it where there is one, else its sentence."""
    icon, tone = _STEPS.get(step.what, ("point", "plain"))
    details = _details(step.details)
    words: Text | str = ""
    if details.get("reason"):
        words = text(f"console.end.{details['reason']}")
    elif details.get("to"):
        words = text("console.story.to", node=str(details["to"]))
    what = f"console.step.{step.what}"
    is_known = what in catalogue("en")
    title = text("console.story.step", node=step.node, what=text(what) if is_known else said)
    if decided is None:
        return Moment(step.at, icon, tone, title, words)
    near = decided.nearest.sentence() if decided.nearest is not None else None
    return Moment(
        step.at, icon, tone, title, words, rules=decided.rules, nearest=near,
        again=decided.again.outcome,
    )  # fmt: skip


def _message(message: MessageWhy) -> Iterator[Moment]:
    """Yield a message's decision, its attempts and its receipts."""
    row = message.row
    to = f"/messages/{row.queued.message_id.hex()}"
    title = text("console.story.queued", template=row.queued.template)
    yield Moment(row.queued.queued_at, "inbox", "accent", title, to=to)
    for attempt in message.attempts:
        yield _attempt(attempt)
    for receipt in message.receipts:
        yield _receipt(receipt)
    if row.status in {"not_sent", "failed"} and row.reason:
        icon, tone = _STATUSES[row.status]
        status = text(f"console.status.{row.status}")
        near = message.policy.nearest if message.policy is not None else None
        reason = text(f"reason.{row.reason}")
        yield Moment(row.changed_at, icon, tone, status, reason, to=to, nearest=near)


def _attempt(attempt: Attempt) -> Moment:
    """Return one try to hand a message over."""
    title = text(
        "console.story.attempt", n=attempt.number, account=attempt.account,
        outcome=text(f"console.outcome.{attempt.outcome}"),
    )  # fmt: skip
    tone = _OUTCOMES.get(attempt.outcome, "info")
    return Moment(attempt.started_at, "send", tone, title, quoted=attempt.response)


def _receipt(receipt: ReceiptRow) -> Moment:
    """Return what the provider reported later."""
    icon, tone = _STATUSES.get(receipt.state, ("message-2", "info"))
    title = text("console.story.receipt", state=text(f"console.receipt.{receipt.state}"))
    return Moment(receipt.at, icon, tone, title, quoted=receipt.response)


def _details(raw: bytes) -> Mapping[str, object]:
    """Return the details of a step; nothing where there are none."""
    if not raw:
        return {}
    try:
        return msgspec.json.decode(raw, type=dict[str, object])
    except msgspec.MsgspecError:
        return {}
