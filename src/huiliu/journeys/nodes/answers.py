"""Answers that one run alone waits for: found among the facts by run, node and visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.conditions import Mentions
from huiliu.journeys.nodes.base import Passage
from huiliu.kernel.facts import EventFact, Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.times import DAY

__all__ = ["answer_to", "asked_of", "caller"]

#: How much later than it is given up an answer may still be looked for.
_GRACE: Final = DAY


def caller(passage: Passage) -> dict[str, Value]:
    """Return what an answer has to carry to find back to this visit."""
    return {"run": show_id(passage.run_id), "node": passage.node, "visit": passage.visit}


def answer_to(passage: Passage, event: str) -> Mapping[str, Value] | None:
    """Return the properties of the answer to this visit's question; None = there is none yet."""
    asked = caller(passage)
    found: EventFact | None = None
    for fact in passage.facts.events.get(event, ()):
        if all(fact.properties.get(name) == value for name, value in asked.items()):
            found = fact
            break
    return None if found is None else found.properties


def asked_of(event: str, within: int) -> Mentions:
    """Return what a node asks for that waits so long for an answer; 0 = for ever."""
    if not within:
        return Mentions(events=frozenset({event}), ever=True)
    return Mentions(events=frozenset({event}), reach=within + _GRACE)
