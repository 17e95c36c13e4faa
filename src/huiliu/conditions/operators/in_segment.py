"""`in_segment`: the profile meets the condition of another segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import ibis

from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.all_ import All
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.kernel.facts import Facts
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import Text, text

__all__ = ["IN_SEGMENT", "InSegment"]

#: Faults that say themselves which segments they are about.
_NAMES_SEGMENTS = frozenset({"conditions.segment_circle", "conditions.in_other_segment"})


@dataclass(frozen=True, slots=True)
class InSegment:
    """Holds when the condition of the named segment does, as it is defined now.

    It is the definition that is asked and not the stored membership: so both readers can, at every
    moment of the log, and no answer waits for another segment to be kept first.
    """

    slug: str
    #: What the segment's document says; None where it was read without the brand's segments.
    condition: Condition | None
    #: What the condition asks for, and the segment; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        asked = self.condition.mentions if self.condition is not None else Mentions()
        asked |= Mentions(segments=frozenset({self.slug}))
        object.__setattr__(self, "mentions", asked)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the segment's condition holds."""
        return self._known().holds(facts, now)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        return self._known().among(tables, now)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether the segment's condition holds, and when time may change that."""
        return self._known().look(facts, now)

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when time may change the segment's condition."""
        return self._known().next_change(facts, now)

    def sentence(self) -> Text:
        """Return the operator in words."""
        return text("conditions.in_segment", segment=self.slug)

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree: the name, never what it stands for."""
        return {"in_segment": self.slug}

    def _known(self) -> Condition:
        """Return the segment's condition; reading documents only to show them asks nobody."""
        if self.condition is None:
            raise RuntimeError(f"segment {self.slug!r} was read without the brand's segments")
        return self.condition


def _parse(
    raw: Mapping[str, object], path: str, reading: Reading, child: Child
) -> Condition | None:
    """Return the condition of `{in_segment: vip}`, with what that segment says."""
    reading.refuse_unknown(raw, frozenset({"in_segment"}), path)
    slug, at = raw["in_segment"], f"{path}.in_segment"
    if not isinstance(slug, str) or not is_slug(slug):
        reading.fault(at, "want_segment")
        return None
    resolver = reading.around.resolver
    if resolver is None:
        return InSegment(slug, None)
    if slug in reading.trail:
        circle = (*reading.trail[reading.trail.index(slug) :], slug)
        reading.fault(at, "segment_circle", way=" → ".join(circle))
        return None
    tree = resolver(slug)
    if tree is None:
        reading.fault(at, "unknown_segment", segment=slug)
        return None
    if not tree:
        return InSegment(slug, All(()))
    before, trail = len(reading.problems), reading.trail
    reading.trail = (*trail, slug)
    try:
        found = child(tree, at)
    finally:
        reading.trail = trail
    _name_the_way(reading, before, at, slug)
    return None if found is None else InSegment(slug, found)


def _name_the_way(reading: Reading, before: int, path: str, slug: str) -> None:
    """Say of new problems that they lie in the named segment: its lines are not this document's."""
    for nth, problem in enumerate(reading.problems[before:], before):
        said = problem.text
        if said.key not in _NAMES_SEGMENTS:
            inner = problem.path.removeprefix(path).lstrip(".")
            said = text("conditions.in_other_segment", segment=slug, path=inner, inner=said)
        reading.problems[nth] = replace(problem, path=path, text=said)


IN_SEGMENT = Operator("in_segment", _parse, form=(Field("in_segment", "segment", needed=True),))
