"""`quantile`: where a person's number stands among everybody's, as a score from 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from huiliu.tags.cuts import ask_cuts, read_cuts, score
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.values import tag_numbers

__all__ = ["QUANTILE", "Quantile"]

_KNOWN: Final = frozenset({"tag", "scores", "best"})
_BEST: Final = ("high", "low")


@dataclass(frozen=True, slots=True)
class Quantile:
    """Scores by value: who have the same number have the same score. Cut points are published."""

    tag: str
    n_scores: int = 5
    #: Which end of the numbers has the highest score.
    best: str = "high"

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(tags=frozenset({self.tag}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        tree: dict[str, object] = {"tag": self.tag, "scores": self.n_scores}
        return tree if self.best == "high" else {**tree, "best": self.best}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Find the cut points, then score everybody."""
        rows = tag_numbers(ground, self.tag, now)
        found: pa.Table = yield ask_cuts(rows, "value", self.n_scores)
        cuts = read_cuts(found, self.n_scores)
        scored = rows.select("profile_id", value=score(rows.value, cuts, best=self.best))
        return Computed(scored, {"cuts": cuts})


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Quantile | None:
    """Return the recipe of `{tag: revenue, scores: 5}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN, ("tag",))
    best = given.get("best", "high")
    if best not in _BEST:
        reading.wrong(f"{path}.best", "want_choice", found=best, known=", ".join(_BEST))
    n_scores = reading.whole(given.get("scores", 5), f"{path}.scores", 2, 100)
    return Quantile(reading.slug(given.get("tag"), f"{path}.tag"), n_scores, str(best))


QUANTILE = RecipeKind("quantile", frozenset({"number"}), _parse)
