"""What runs are told, as Huiliu's own events: answers of webhooks, staff and other journeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.journeys import read_entry
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.ports.runs import RunRow
from huiliu.services.message_events import internal_event

__all__ = ["ANSWERED", "ANSWERS", "CALLED", "ENDED", "TASK_DONE", "answer_event", "ended_event",
           "refused_event"]  # fmt: skip

#: A person is to enter a journey: a server or another run asks for it.
CALLED: Final = "Journey Called"
ANSWERED: Final = "Webhook Answered"
TASK_DONE: Final = "Task Done"
ENDED: Final = "Journey Ended"
#: Events that one run alone waits for: they carry its id, and wake no other.
ANSWERS: Final = frozenset({ANSWERED, TASK_DONE, ENDED})

_CALLED_BYTES: Final = CALLED.encode()


def answer_event(  # noqa: PLR0913, PLR0917 - where the question was asked, and the answer
    name: str,
    brand_id: int,
    profile_id: int,
    run_id: bytes,
    node: str,
    visit: int,
    properties: Mapping[str, Value],
    at: int,
    *key: object,
) -> NewEvent:
    """Return the event that brings an answer to a run; a question is answered once."""
    told = {"run": run_id.hex(), "node": node, "visit": visit, **properties}
    return internal_event(brand_id, profile_id, name, told, at, run_id, node, visit, *key)


def ended_event(run: RunRow, state: str, reason: str, at: int) -> NewEvent | None:
    """Return what the run that called this one is told when it ends; None = nobody called it."""
    if _CALLED_BYTES not in run.entry:
        return None
    entry = read_entry(run.entry)
    if entry.name != CALLED:
        return None
    return _to_caller(
        run.brand_id, run.profile_id, run.journey, entry.properties, state, reason, at
    )


def refused_event(
    brand_id: int, profile_id: int, called: Mapping[str, Value], at: int
) -> NewEvent | None:
    """Return what a calling run is told when nobody enters; None = no run called."""
    journey = str(called.get("journey", ""))
    return _to_caller(brand_id, profile_id, journey, called, "refused", "not_entered", at)


def _to_caller(  # noqa: PLR0913, PLR0917 - as above
    brand_id: int,
    profile_id: int,
    journey: str,
    called: Mapping[str, Value],
    state: str,
    reason: str,
    at: int,
) -> NewEvent | None:
    """Return the event that tells a caller what became of its call."""
    run, node, visit = called.get("run"), called.get("node"), called.get("visit")
    if not isinstance(run, str) or not isinstance(node, str) or not isinstance(visit, int):
        return None
    try:
        run_id = bytes.fromhex(run)
    except ValueError:
        return None
    told: dict[str, Value] = {"journey": journey, "state": state, "reason": reason}
    return answer_event(ENDED, brand_id, profile_id, run_id, node, visit, told, at)
