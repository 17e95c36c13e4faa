"""`life_cycle`: where a buyer stands: new, active, lapsing, lost or won back.

Measured in the person's own rhythm: lapsing is silent longer than three quarters of the own gaps
between purchase days, lost longer than nine in ten. Who has too few gaps is measured in those of
all people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions.population import number_literal
from huiliu.kernel.times import DAY, show_duration
from huiliu.statistics.quantiles import DECIMALS
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, RecipeKind, Steps
from huiliu.tags.recipes.days import gaps_between, purchase_days, today_number
from huiliu.tags.rows import Rows

__all__ = ["LIFE_CYCLE", "STAGES", "LifeCycle"]

STAGES: Final = ("new", "active", "won_back", "lapsing", "lost")
_KNOWN: Final = frozenset({"new_within", "own_gaps"})
_NEW: Final = 30 * DAY
_OWN_GAPS: Final = 2
_LAPSING: Final = 0.75
_LOST: Final = 0.9
#: Days until lapsing and lost where nobody ever came back.
_UNKNOWN: Final = (90.0, 180.0)


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """The stage of everybody who ever bought."""

    #: How long after the first purchase a person is new, in microseconds: whole days.
    new_within: int = _NEW
    #: With at least so many gaps a person is measured in their own rhythm.
    own_gaps: int = _OWN_GAPS

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(needs=frozenset({"purchases"}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"new_within": show_duration(self.new_within), "own_gaps": self.own_gaps}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Measure everybody's silence."""
        rows = Rows().read(ground, now)
        days = purchase_days(rows.mutate(value=0.0), ground, now)
        gaps: ibis.Table = yield Keep("gaps", gaps_between(days))
        found: pa.Table = yield gaps.aggregate(
            lapsing=gaps.gap.quantile(_LAPSING).round(DECIMALS),
            lost=gaps.gap.quantile(_LOST).round(DECIMALS),
        )
        everybodys = [found[name][0].as_py() for name in ("lapsing", "lost")]
        lapsing, lost = (
            _UNKNOWN[at] if one is None else float(one) for at, one in enumerate(everybodys)
        )
        people = _rhythms(gaps, today_number(ground.zone, now))
        value = self._stage(people, lapsing, lost)
        return Computed(
            people.select("profile_id", value=value), {"lapsing_after": lapsing, "lost_after": lost}
        )

    def _stage(self, people: ibis.Table, lapsing: float, lost: float) -> ibis.Value:
        """Return the stage of each person."""

        def own(quantile: ibis.Value, n_gaps: ibis.Value, everybodys: float) -> ibis.Value:
            """Return the own quantile where there are enough gaps, else everybody's."""
            enough = n_gaps >= self.own_gaps
            return ibis.ifelse(enough, quantile.round(DECIMALS), number_literal(everybodys))

        silent = people.silent.cast("float64")
        before = own(people.lost_before, people.n_gaps - 1, lost)
        return ibis.cases(
            (silent > own(people.lost, people.n_gaps, lost), "lost"),
            (silent > own(people.lapsing, people.n_gaps, lapsing), "lapsing"),
            (people.last_gap.cast("float64") > before, "won_back"),
            (people["known"] <= self.new_within // DAY, "new"),
            else_="active",
        )


def _rhythms(gaps: ibis.Table, today: int) -> ibis.Table:
    """Return each person's gaps: how many, their quantiles, the last, and the silence since."""
    is_last = gaps.later == 0
    return gaps.group_by("profile_id").agg(
        n_gaps=gaps.gap.count(),
        lapsing=gaps.gap.quantile(_LAPSING),
        lost=gaps.gap.quantile(_LOST),
        # As it stood when the last purchase came.
        lost_before=gaps.gap.quantile(_LOST, where=~is_last),
        last_gap=gaps.gap.max(where=is_last),
        silent=today - gaps.day.max(),
        known=today - gaps.day.min(),
    )


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> LifeCycle | None:
    """Return the recipe of `{new_within: 30d, own_gaps: 2}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN)
    new_within = reading.length(given.get("new_within", "30d"), f"{path}.new_within")
    if new_within % DAY:
        reading.wrong(f"{path}.new_within", "want_days")
    own_gaps = reading.whole(given.get("own_gaps", _OWN_GAPS), f"{path}.own_gaps", 1, 1000)
    return LifeCycle(new_within, own_gaps)


LIFE_CYCLE = RecipeKind("life_cycle", frozenset({"text"}), _parse)
