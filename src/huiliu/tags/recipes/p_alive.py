"""`p_alive`: the chance that a buyer still buys, by the model that can be believed.

BG/NBD first; where it degenerates into "nobody ever stops" Pareto/NBD; where that does too, how
surprising the silence is under NBD. Which one it was is published, and so is why not the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import pyarrow as pa

from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.alive import Fitted, fitted, histories_of, unanswered
from huiliu.tags.rows import Rows

__all__ = ["P_ALIVE", "PAlive"]


@dataclass(frozen=True, slots=True)
class PAlive:
    """The chance of everybody who ever bought; of nobody where no model can be believed."""

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(needs=frozenset({"purchases"}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Fit the model, and look everybody's history up in it."""
        rows = Rows().read(ground, now).mutate(value=0.0)
        kept: ibis.Table = yield Keep("histories", histories_of(rows, ground, now))
        found: Fitted = yield from fitted(kept)
        if found.model.model is None:
            return Computed(*unanswered(kept, found.published()))
        table = pa.table({
            "x": pa.array(found.x, pa.float64()),
            "recency": pa.array(found.recency, pa.float64()),
            "age": pa.array(found.age, pa.float64()),
            "alive": pa.array(found.alive(), pa.float64()),
        })  # fmt: skip
        chances: ibis.Table = yield Keep("chances", table)
        both = kept.inner_join(
            chances,
            [kept.x == chances.x, kept.recency == chances.recency, kept.age == chances.age],
        )
        return Computed(both.select("profile_id", value=both.alive.round(6)), found.published())


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> PAlive:
    """Return the recipe of `{}`."""
    del type_
    reading.mapping(raw, path, frozenset())
    return PAlive()


P_ALIVE = RecipeKind("p_alive", frozenset({"number"}), _parse)
