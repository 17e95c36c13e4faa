"""Where a funnel broke: at which step, and for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.governance.drill import Cell, Suspect, drill

__all__ = ["BrokenStep", "FunnelCell", "drill_funnel"]


@dataclass(frozen=True, slots=True)
class FunnelCell:
    """How many came to each step before and after, where every dimension has one value."""

    where: Mapping[str, str]
    #: In the order of the steps; each is a part of the one before.
    before: tuple[float, ...]
    after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BrokenStep:
    """A step that fewer took than of old, and for whom."""

    #: The step that people did not come to.
    step: str
    suspect: Suspect


def drill_funnel(
    cells: Sequence[FunnelCell], steps: Sequence[str], most: int = 3
) -> list[BrokenStep]:
    """Return what explains a fall best over all steps and values, the best first.

    Every step is looked at among those who came to the one before, so that a fall is named where it
    began and not again at every later step.

    Args:
        cells: every one with the same dimensions and as many counts as there are steps.
        steps: their names.
        most: how many are returned at most.
    """
    found = []
    for at in range(1, len(steps)):
        here = [
            Cell(one.where, one.before[at - 1], one.before[at], one.after[at - 1], one.after[at])
            for one in cells
        ]
        found += [BrokenStep(steps[at], suspect) for suspect in drill(here, most)]
    return sorted(found, key=lambda one: -one.suspect.score)[:most]
