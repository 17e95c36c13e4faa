"""The nearest thing that would have changed a decision, verified by deciding again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from huiliu.journeys.alternatives import alternatives
from huiliu.journeys.entering import Happening, ended_by
from huiliu.journeys.explain import explain
from huiliu.journeys.replaying import Asked, StepSeen
from huiliu.journeys.step import Stepped
from huiliu.kernel.texts import Text, text

__all__ = ["Nearest", "nearest"]

#: The event that ends a run might always have come earlier: dearer than a small change of a fact.
_END_COST: Final = 2.5


@dataclass(frozen=True, slots=True)
class Nearest:
    """What would have changed a decision, and into what."""

    #: What would have been different.
    change: Text
    #: What would have been done then.
    instead: Text
    cost: float

    def sentence(self) -> Text:
        """Return both in words."""
        return text("nearest.sentence", change=self.change, instead=self.instead)


def nearest(asked: Asked, stored: StepSeen) -> Nearest | None:
    """Return the smallest single change that leads to another decision; None = none was found.

    Args:
        asked: the decision as it was taken.
        stored: the thing that was done.
    """
    by_condition = stored.what == "exited"
    node = "" if by_condition else stored.node
    was = _answer(asked.step(), stored)
    best: Nearest | None = None
    seen = sorted(alternatives(asked, node), key=lambda one: one.cost)
    for one in seen:
        other = one.make()
        stepped = None if other is None else _stepped(other)
        if other is not None and stepped is not None and _answer(stepped, stored) != was:
            best = Nearest(one.said, _instead(other, stepped, stored), one.cost)
            break
    ended = None if by_condition else _ended(asked)
    if best is None or (ended is not None and ended.cost < best.cost):
        return ended or best
    return best


def _stepped(asked: Asked) -> Stepped | None:
    """Return a decision; None where it cannot be taken, and so is no alternative."""
    try:
        return asked.step()
    except Exception:  # noqa: BLE001 - whatever it stumbles over
        return None


def _answer(stepped: Stepped, stored: StepSeen) -> object:
    """Return what a step did where the stored thing was done; None = it did not get there."""
    for trace in stepped.trace:
        if (trace.node, trace.visit) == (stored.node, stored.visit):
            return trace.what, _to(msgspec.json.decode(trace.details))
    return None


def _to(details: Mapping[str, Any]) -> object:
    """Return what tells one decision of a node from another."""
    return details.get("to") or details.get("reason")


def _instead(asked: Asked, stepped: Stepped, stored: StepSeen) -> Text:
    """Return in words what would have been done."""
    for trace in stepped.trace:
        if (trace.node, trace.visit) == (stored.node, stored.visit):
            details = msgspec.json.decode(trace.details)
            to = details.get("to")
            if to:
                return text("nearest.to", node=trace.node, to=to)
            return explain(asked.journey, trace.node, trace.what, details)
    if stepped.finish is not None:
        return text("nearest.ended", reason=stepped.finish.reason)
    stands = stepped.token.node if stepped.token is not None else stored.node
    return text("nearest.rests", node=stands)


def _ended(asked: Asked) -> Nearest | None:
    """Return the event that would have ended the run before, if one can be made up."""
    scope, at = asked.scope, asked.moment.now
    properties = {scope.property: scope.key} if scope.property else {}
    for matcher in asked.journey.end_matchers:
        event = Happening(matcher.event, at, at, 0, properties)
        finish = ended_by(asked.journey, scope, event)
        if finish is not None:
            said = text("nearest.end_event", event=matcher.event)
            return Nearest(said, text("nearest.ended", reason=finish.reason), _END_COST)
    return None
