"""`tier`: which of the three tiers a person's behaviour points to today.

price-sensitive: the discounts' share of what the goods would have cost is in the top third of all
buyers, with enough orders. quality-seeking: the share of revenue paid without any discount is in
the top third, and enough articles were read lately. scenario-driven: at least half of the
purchases came within days of watching a live stream or a scene. Who fits several is the first.

Behaviour flickers; `steady` makes a tag of this that does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import ibis
import pyarrow as pa

from huiliu.conditions.population import number_literal
from huiliu.kernel.events import canonical_name
from huiliu.kernel.times import DAY, show_duration
from huiliu.statistics.quantiles import DECIMALS
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, RecipeKind, Steps
from huiliu.tags.rows import Rows

__all__ = ["TIER", "TIERS", "Tier"]

TIERS: Final = ("price-sensitive", "quality-seeking", "scenario-driven")
_KNOWN: Final = frozenset({
    "least_orders", "articles", "least_articles", "articles_within", "scenes", "scenes_within",
})  # fmt: skip
#: Where the top third begins.
_TOP: Final = 2 / 3


@dataclass(frozen=True, slots=True)
class Tier:
    """The tier that somebody's behaviour points to; who fits none has none."""

    least_orders: int = 2
    #: Events that are an article read.
    articles: tuple[str, ...] = ("Article Read",)
    least_articles: int = 2
    articles_within: int = 90 * DAY
    #: Events that are a live stream or a scene watched.
    scenes: tuple[str, ...] = ("Live Viewed", "Scene Viewed")
    scenes_within: int = 7 * DAY

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        events = frozenset(map(canonical_name, (*self.articles, *self.scenes)))
        return Lineage(events=events, needs=frozenset({"purchases"}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {
            "least_orders": self.least_orders,
            "articles": list(self.articles),
            "least_articles": self.least_articles,
            "articles_within": show_duration(self.articles_within),
            "scenes": list(self.scenes),
            "scenes_within": show_duration(self.scenes_within),
        }

    def compute(self, ground: Ground, now: int) -> Steps:
        """Find where the top thirds begin, then look at every buyer."""
        rows = Rows()
        bought = rows.one_currency(rows.read(ground, now), "total", ground)
        buyers: ibis.Table = yield Keep("buyers", _buyers(bought))
        found: pa.Table = yield buyers.aggregate(
            off=buyers.off.quantile(_TOP).round(DECIMALS),
            full=buyers.full.quantile(_TOP).round(DECIMALS),
        )
        # Shares have six decimals, so a share above 0 is above this.
        off, full = (float(found[name][0].as_py() or 0.0) for name in ("off", "full"))
        reads = Rows("events", self.articles, within=self.articles_within).read(ground, now)
        read = reads.group_by("profile_id").agg(n=reads.count())
        readers = read.filter(read.n >= self.least_articles).select("profile_id")
        moved = self._moved(ground, bought, now)
        each = [
            buyers.filter(_tops(buyers.off, off), buyers.n >= self.least_orders),
            buyers.filter(_tops(buyers.full, full)).semi_join(readers, "profile_id"),
            moved,
        ]
        ranked = [one.select("profile_id", nth=ibis.literal(at)) for at, one in enumerate(each)]
        first = ibis.union(*ranked).group_by("profile_id").agg(nth=ibis._.nth.min())
        value = ibis.cases(*((first.nth == at, name) for at, name in enumerate(TIERS)))
        published = {"discount_share_from": off, "full_price_share_from": full}
        return Computed(first.select("profile_id", value=value), published)

    def _moved(self, ground: Ground, bought: ibis.Table, now: int) -> ibis.Table:
        """Return those who made at least half of their purchases soon after a scene."""
        buys = bought.select("profile_id", "at", is_purchase=ibis.literal(1))
        seen = Rows("events", self.scenes).read(ground, now)
        seen = seen.select("profile_id", "at", is_purchase=ibis.literal(0))
        both = ibis.union(buys, seen.semi_join(buys, "profile_id"))
        # A scene at the purchase's own instant comes before it.
        until = ibis.window(
            group_by=both.profile_id, order_by=[both["at"], both.is_purchase],
            preceding=None, following=0,
        )  # fmt: skip
        scene = ibis.ifelse(both.is_purchase == 0, both["at"], ibis.null("timestamp(6)"))
        both = both.mutate(scene=scene.max().over(until))
        buys = both.filter(both.is_purchase == 1)
        seconds = self.scenes_within // 1_000_000
        soon = buys.scene + ibis.interval(seconds=seconds) >= buys["at"]
        counted = buys.group_by("profile_id").agg(
            n=buys.count(), n_soon=soon.fill_null(False).cast("int64").sum()
        )
        return counted.filter(counted.n_soon * 2 >= counted.n)


def _buyers(bought: ibis.Table) -> ibis.Table:
    """Return each buyer's number of orders and the two shares, where there are any."""
    sums = bought.group_by("profile_id").agg(
        n=bought.count(),
        total=bought.total.sum(),
        list_total=bought.list_total.sum(),
        discount=bought.discount.sum(),
        full_price=bought.full_price.sum(),
    )
    return sums.select(
        "profile_id",
        "n",
        off=(sums.discount / sums.list_total.nullif(0.0)).round(DECIMALS),
        full=(sums.full_price / sums.total.nullif(0.0)).round(DECIMALS),
    )


def _tops(share: ibis.Value, cut: float) -> ibis.Value:
    """Return whether a share is in the top third; a share of nothing never is."""
    return (share >= number_literal(cut)) & (share > 0)


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> Tier | None:
    """Return the recipe of `{articles: [Article Read], scenes: [Live Viewed]}`."""
    del type_
    given = reading.mapping(raw, path, _KNOWN)
    plain = Tier()

    def whole(key: str, default: int) -> int:
        """Return a whole number below a key."""
        return reading.whole(given.get(key, default), f"{path}.{key}", 1, 1000)

    def length(key: str, default: int) -> int:
        """Return a length of time below a key."""
        return reading.length(given[key], f"{path}.{key}") if key in given else default

    def names(key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of events below a key."""
        return reading.words(given.get(key, default), f"{path}.{key}")

    return Tier(
        least_orders=whole("least_orders", plain.least_orders),
        articles=names("articles", plain.articles),
        least_articles=whole("least_articles", plain.least_articles),
        articles_within=length("articles_within", plain.articles_within),
        scenes=names("scenes", plain.scenes),
        scenes_within=length("scenes_within", plain.scenes_within),
    )


TIER = RecipeKind("tier", frozenset({"text"}), _parse)
