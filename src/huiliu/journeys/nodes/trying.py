"""What nodes that try several ways have in common: an experiment's document stands above them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from huiliu.experiments.standing import Draw, Standing
from huiliu.journeys.nodes.base import Emit, Passage
from huiliu.kernel.facts import Value

__all__ = ["VIEWED", "trial_of", "viewed"]

#: The event that tells who met an experiment; the first one of a person says the arm.
VIEWED: Final = "Experiment Viewed"


def trial_of(passage: Passage, met: str, variants: Collection[str]) -> Standing | None:
    """Return how the experiment that is met here stands; None = the node draws by itself.

    A version of a journey that knows other variants than the document draws by itself as well.
    """
    found = passage.trials.get(met)
    return found if found is not None and found.shares.keys() <= set(variants) else None


def viewed(standing: Standing, drawn: Draw) -> tuple[Emit, ...]:
    """Return what the log is told: nothing of people who are not in the experiment."""
    if not drawn.is_in:
        return ()
    said: dict[str, Value] = {"experiment": standing.slug, "variant": drawn.arm}
    if drawn.is_new:
        # What it was drawn by is known at the first meeting alone.
        said |= {"batch": drawn.batch, "propensity": drawn.propensity}
    return (Emit(VIEWED, said),)
