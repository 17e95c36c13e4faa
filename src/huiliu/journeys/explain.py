"""Says in words what a run did and why: for `why`, for rehearsals and for pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.journeys.entering import ALREADY
from huiliu.journeys.journey import Journey
from huiliu.kernel.texts import Text, text

__all__ = ["explain", "explain_refusal"]

#: Words of the journey itself: no node has a sentence for them.
_OWN: Final = frozenset({"entered", "exited", "goal", "ended", "aborted", "moved"})
#: What the sentence of a word may name of the trace's details.
_KNOWN: Final = (
    "event", "key", "template", "reason", "to", "way", "experiment", "variant", "channel", "tag",
    "list", "host", "status", "title", "outcome", "journey", "rounds", "most", "left", "traits",
    "from_version", "from", "audience",
)  # fmt: skip


def explain(journey: Journey, node: str, what: str, details: Mapping[str, object]) -> Text:
    """Return the sentence of one thing that a run did.

    Args:
        journey: the version that the run was pinned to.
        node: where it happened.
        what: entered, exited, goal, ended or a word of the node's.
        details: what the trace kept of it.
    """
    standing = journey.nodes.get(node)
    said = standing.told(what, details) if standing is not None and what not in _OWN else None
    if said is not None:
        return said
    if what == "exited" and details.get("reason") == ALREADY:
        return text("journeys.did.already", event=details.get("event", ""))
    if what == "exited" and str(details.get("reason", "")).startswith("condition "):
        nth = int(str(details["reason"]).removeprefix("condition ")) - 1
        condition = dict(journey.exit_conditions).get(nth)
        asked = condition.sentence() if condition else ""
        return text("journeys.did.exited_condition", condition=asked)
    arguments = {name: _shown(details.get(name, "")) for name in _KNOWN}
    name = "entered_key" if what == "entered" and arguments["key"] else what
    return Text(f"journeys.did.{name}", arguments)


def explain_refusal(reason: str) -> Text:
    """Return why an event of the entry's name began no run."""
    return text(f"journeys.not_entered.{reason}")


def _shown(value: object) -> object:
    """Return a detail for a sentence: a list as its items."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value
