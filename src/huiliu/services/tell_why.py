"""The decisions about a person as data: for the command line and for servers."""

from __future__ import annotations

import msgspec

from huiliu.conditions.explain import Part
from huiliu.journeys.nearest import Nearest
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.texts import LOCALES, Text, render, text
from huiliu.kernel.times import show_duration, show_instant
from huiliu.ports.messages import Attempt, ReceiptRow
from huiliu.ports.runs import StepRow
from huiliu.services.decisions import Decided
from huiliu.services.holdout_data import membership_json
from huiliu.services.moment import Beside
from huiliu.services.policy_again import PolicyAgain
from huiliu.services.why import MessageWhy, RunWhy, Why
from huiliu.services.why_not import NotEntered

__all__ = ["why_json"]


def why_json(found: Why, locale: str, *, values: bool = False) -> dict[str, object]:
    """Return the story as data, in words of one language.

    With `values` come those that templates were given; personal ones never stand there.
    """
    return _Telling(locale, values=values).why(found)


class _Telling:
    """Tells decisions in one language."""

    def __init__(self, locale: str, *, values: bool) -> None:
        """Hold how it is told."""
        self._locale = locale
        self._values = values

    def why(self, found: Why) -> dict[str, object]:
        """Return the story."""
        told: dict[str, object] = {
            "profile": show_profile_id(found.profile_id),
            "runs": [self._run_json(run) for run in found.runs],
            "messages": [self._message_json(message) for message in found.messages],
        }
        if found.beside is not None:
            told |= {
                "not_entered": [self._not_entered_json(one) for one in found.not_entered],
                "beside": _beside_json(found.beside),
                "holdouts": [membership_json(one) for one in found.holdouts],
            }
        return told

    def _say(self, said: Text) -> str:
        """Return a text in the language."""
        return render(said, self._locale)

    def _run_json(self, run: RunWhy) -> dict[str, object]:
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
                self._step_json(step, said, one)
                for step, said, one in zip(run.steps, run.sentences, decided, strict=True)
            ],
            "messages": [self._message_json(message) for message in run.messages],
        }
        if run.decisions is not None:
            told["verified"] = run.decisions.outcome
        return told

    def _step_json(self, step: StepRow, said: Text, decided: Decided | None) -> dict[str, object]:
        """Return one step as data."""
        details: object = msgspec.json.decode(step.details) if step.details else {}
        told: dict[str, object] = {
            "at": show_instant(step.at),
            "node": step.node,
            "visit": step.visit,
            "what": step.what,
            "sentence": self._say(said),
            "details": details,
        }
        if decided is not None:
            told |= {
                "rules": [self._part_json(part) for part in decided.rules],
                "nearest": _nearest_json(decided.nearest),
                "verified": decided.again.outcome,
                "why_not_verified": self._say(decided.again.why) if decided.again.why else None,
            }
        return told

    def _part_json(self, part: Part) -> dict[str, object]:
        """Return a rule with its answer as data."""
        return {
            "sentence": self._say(part.sentence),
            "holds": part.holds,
            "saw": [self._say(one) for one in part.saw],
            "parts": [self._part_json(one) for one in part.parts],
        }

    def _not_entered_json(self, one: NotEntered) -> dict[str, object]:
        """Return an event that began no run as data."""
        return {
            "journey": one.journey,
            "version": one.version or None,
            "event": one.event,
            "at": show_instant(one.at),
            "reason": one.reason,
            "sentence": self._say(one.said),
            "nearest": _both(one.nearest) if one.nearest is not None else None,
        }

    def _message_json(self, message: MessageWhy) -> dict[str, object]:
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
            "sentence": self._say(text(f"reason.{row.reason}")) if row.reason else "",
            "changed_at": show_instant(row.changed_at),
            "inputs": self._inputs_json(queued.inputs),
            "policy": _policy_json(message.policy),
            "attempts": [_attempt_json(attempt) for attempt in message.attempts],
            "receipts": [_receipt_json(receipt) for receipt in message.receipts],
        }

    def _inputs_json(self, kept: bytes) -> dict[str, object]:
        """Return what the template was given: names, and values where they are asked for."""
        found = msgspec.json.decode(kept) if kept else {}
        event, carried = found.get("event", {}), found.get("carried", {})
        properties = event.get("properties", {})
        told: dict[str, object] = {
            "event": event.get("name"), "properties": sorted(properties),
            "carried": sorted(carried),
        }  # fmt: skip
        if self._values:
            told["values"] = {"properties": properties, "carried": carried, "key": found.get("key")}
        return told


def _nearest_json(found: Nearest | None) -> dict[str, str] | None:
    """Return what would have changed a decision, in both languages."""
    return None if found is None else _both(found.sentence())


def _both(said: Text) -> dict[str, str]:
    """Return a sentence in both languages."""
    return {locale: render(said, locale) for locale in LOCALES}


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


def _policy_json(found: PolicyAgain | None) -> dict[str, object] | None:
    """Return the policy's decision as data."""
    if found is None:
        return None
    cap = None
    if found.cap is not None:
        cap = dict(zip(("name", "used", "most"), found.cap, strict=True))
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
