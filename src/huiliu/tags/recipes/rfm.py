"""`rfm`: recency, frequency and monetary scores of buyers, their cell, and what the cell is called.

Scores are by value: people with the same number have the same score. Cut points are the quintiles
of all buyers and are published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import ibis
import pyarrow as pa

from huiliu.tags.cuts import ask_cuts, read_cuts, score
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.days import day_number, today_number
from huiliu.tags.rows import Rows

__all__ = ["GROUPS", "RFM", "Rfm", "rfm_figures", "rfm_group"]

N_SCORES: Final = 5
_KNOWN: Final = frozenset({"give", "within"})
#: What may be given, and the type of the tag.
_GIVES: Final[Mapping[str, str]] = MappingProxyType({
    "recency": "number", "frequency": "number", "monetary": "number", "cell": "text",
    "group": "text",
})  # fmt: skip

#: Name -> (lowest, highest) recency score and frequency score; the first that fits counts.
GROUPS: Final[Mapping[str, tuple[tuple[int, int], tuple[int, int]]]] = MappingProxyType({
    "champions": ((4, 5), (4, 5)),
    "loyal": ((3, 5), (3, 5)),
    "new": ((5, 5), (1, 1)),
    "promising": ((3, 5), (1, 2)),
    "must-not-lose": ((1, 2), (5, 5)),
    "at-risk": ((1, 2), (3, 4)),
    "hibernating": ((2, 2), (1, 2)),
    "lost": ((1, 1), (1, 2)),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rfm:
    """One of the scores, the three together, or the group that they make."""

    give: str
    #: Only purchases of the last so many microseconds; 0 = of all time.
    within: int = 0

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(needs=frozenset({"purchases"}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        rows = Rows(within=self.within).tree()
        return {"give": self.give, **{key: rows[key] for key in ("within",) if key in rows}}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Find the cut points, then score every buyer."""
        rows = Rows(within=self.within)
        figures: ibis.Table = yield Keep("figures", rfm_figures(ground, rows, now))
        wanted = {"recency": "r", "frequency": "f", "monetary": "m"}
        names = [wanted[self.give]] if self.give in wanted else list(wanted.values())
        asked = tuple(ask_cuts(figures, name, N_SCORES) for name in names)
        found: tuple[pa.Table, ...] = yield asked
        cuts = {name: read_cuts(one, N_SCORES) for name, one in zip(names, found, strict=True)}
        scores = {
            name: score(figures[name], points, best="low" if name == "r" else "high")
            for name, points in cuts.items()
        }
        if self.give in wanted:
            value = scores[wanted[self.give]]
        elif self.give == "cell":
            value = ibis.literal("")
            for name in ("r", "f", "m"):
                value = value + scores[name].cast("string")
        else:
            value = rfm_group(scores["r"], scores["f"])
        published = {f"{name}_cuts": points for name, points in cuts.items()}
        return Computed(figures.select("profile_id", value=value), published)


def rfm_figures(ground: Ground, rows: Rows, now: int) -> ibis.Table:
    """Return each buyer's profile_id, r (days since the last), f (orders) and m (what was paid)."""
    bought = rows.one_currency(rows.read(ground, now), "total", ground)
    folded = bought.group_by("profile_id").agg(
        last_at=bought["at"].max(), f=bought.count(), m=bought.total.sum().round(6)
    )
    n_days = today_number(ground.zone, now) - day_number(folded.last_at, ground.zone, now)
    return folded.select("profile_id", "f", "m", r=ibis.greatest(n_days, 0))


def rfm_group(r: ibis.Value, f: ibis.Value) -> ibis.Value:
    """Return the name of the group that a recency and a frequency score make."""
    cases = [
        (r.between(*recency) & f.between(*frequency), ibis.literal(name))
        for name, (recency, frequency) in GROUPS.items()
    ]
    return ibis.cases(*cases)


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Rfm | None:
    """Return the recipe of `{give: cell, within: 365d}`."""
    given = reading.mapping(raw, path, _KNOWN, ("give",))
    give = given.get("give")
    if give not in _GIVES:
        reading.wrong(f"{path}.give", "want_choice", found=give, known=", ".join(_GIVES))
        return None
    if _GIVES[str(give)] != type_:
        reading.wrong("type", "wrong_type", recipe=f"rfm {give}", known=_GIVES[str(give)])
    within = reading.length(given["within"], f"{path}.within") if "within" in given else 0
    return Rfm(str(give), within)


RFM = RecipeKind("rfm", frozenset({"number", "text"}), _parse)
