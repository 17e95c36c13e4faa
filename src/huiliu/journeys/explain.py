"""Says in words what a run did and why: for `why`, for rehearsals and for pages."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.journeys.entering import ALREADY
from huiliu.journeys.journey import Journey
from huiliu.journeys.nodes.branch import Branch
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_duration

__all__ = ["explain", "explain_refusal"]


def explain(journey: Journey, node: str, what: str, details: Mapping[str, object]) -> Text:
    """Return the sentence of one thing that a run did.

    Args:
        journey: the version that the run was pinned to.
        node: where it happened.
        what: entered, waited, branched, sent, exited, goal or ended.
        details: what the trace kept of it.
    """
    if what == "branched":
        return _branched(journey, node, details)
    if what == "waited":
        length = getattr(journey.nodes.get(node), "length", 0)
        return text("journeys.did.waited", length=show_duration(length))
    if what == "exited" and details.get("reason") == ALREADY:
        return text("journeys.did.already", event=details.get("event", ""))
    if what == "exited" and str(details.get("reason", "")).startswith("condition "):
        nth = int(str(details["reason"]).removeprefix("condition ")) - 1
        condition = dict(journey.exit_conditions).get(nth)
        said = condition.sentence() if condition else ""
        return text("journeys.did.exited_condition", condition=said)
    known = {"event": "", "key": "", "template": "", "reason": ""}
    arguments = {name: details.get(name, default) for name, default in known.items()}
    name = "entered_key" if what == "entered" and arguments["key"] else what
    return Text(f"journeys.did.{name}", arguments)


def explain_refusal(reason: str) -> Text:
    """Return why an event of the entry's name began no run."""
    return text(f"journeys.not_entered.{reason}")


def _branched(journey: Journey, node: str, details: Mapping[str, object]) -> Text:
    """Return which way was taken and what it asks."""
    way, to = details.get("way"), details.get("to", "")
    branch = journey.nodes.get(node)
    if not isinstance(branch, Branch) or not isinstance(way, int):
        return text("journeys.did.branched_else", to=to)
    taken = branch.branches[way]
    asked = [part.sentence() for part in (taken.where, taken.when) if part is not None]
    if len(asked) == 2:
        both = text("journeys.both", first=asked[0], second=asked[1])
        return text("journeys.did.branched", to=to, condition=both)
    return text("journeys.did.branched", to=to, condition=asked[0])
