"""Which ways people take: visits as chains of steps, what follows what, and what goes with buying.

Repeats of a step are one, a way is no longer than fifty steps, rare steps are called `other`. All
of it is counted in the engine; what comes back is as large as the vocabulary, not as the people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from huiliu.kernel.times import MINUTE
from huiliu.metrics import Frame
from huiliu.statistics.false_discovery import adjusted
from huiliu.statistics.proportions import Interval, difference
from huiliu.statistics.two_shares import more_needed, two_shares

__all__ = [
    "BOUGHT",
    "EXIT",
    "OTHER",
    "Link",
    "Phrase",
    "ask_ends",
    "ask_links",
    "ask_names",
    "ask_phrases",
    "named_steps",
    "read_phrases",
    "visit_steps",
    "way_steps",
]

#: The step that a purchase is; where a way ends without one; what stands for rare steps.
BOUGHT: Final = "Order Paid"
EXIT: Final = "exit"
OTHER: Final = "other"
MOST: Final = 50
#: Silence of so long ends a visit.
_SILENCE: Final = 30 * MINUTE
#: So many steps of a way are drawn, and so many phrases are told.
DEPTH: Final = 6
N_PHRASES: Final = 20
_LONGEST: Final = 3
#: What fewer did is not compared.
LEAST: Final = 30
_SURE: Final = 0.05
_BETWEEN: Final = "\x1f"
_UNTOLD: Final = ("Order Created", "Order Shipped", "Order Out For Delivery", "Order Delivered",
                  "Order Cancelled", "Order Refunded")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """How often one step followed another at a place of ways; `EXIT` is where ways ended."""

    step: int
    source: str
    target: str
    n: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Steps that follow each other, and how often ways with them lead to a purchase later.

    The others are ways without them that had as many steps before their purchase, or at all.
    """

    steps: tuple[str, ...]
    n: int
    converted: int
    n_other: int
    converted_other: int
    difference: float
    interval: Interval
    p_adjusted: float

    @property
    def lift(self) -> float | None:
        """Return how many times as often; None = the others never bought."""
        other = self.converted_other / self.n_other if self.n_other else 0.0
        return self.converted / self.n / other if other else None

    @property
    def is_told(self) -> bool:
        """Say whether the difference can be told from chance, all phrases taken together."""
        return self.p_adjusted < _SURE

    @property
    def more_needed(self) -> int | None:
        """Return how many more ways would tell it."""
        return more_needed(self.converted, self.n, self.converted_other, self.n_other)


def visit_steps(frame: Frame) -> ibis.Table:
    """Return what people did, step by step: profile_id, way (a visit), at, position, name."""
    tables, events = frame.tables, frame.tables.events
    is_own = (events.kind != "internal") & (events.kind != "identify")
    is_there = events.channel.isnull() | (events.channel != "server")
    rows = events.filter(
        events.profile_id.notnull(), frame.inside(events.occurred_at), is_own,
        is_there | (events.name == BOUGHT), ~events.name.isin(list(_UNTOLD)),
    )  # fmt: skip
    is_page = rows.kind.isin(["page", "screen"])
    shown = ibis.coalesce(
        tables.cell(rows.properties, ("name",)).text(),
        tables.cell(rows.properties, ("path",)).text(), rows.name,
    )  # fmt: skip
    rows = rows.select(
        "profile_id", "position", at=rows.occurred_at, name=ibis.ifelse(is_page, shown, rows.name)
    )
    person = ibis.window(group_by=rows.profile_id, order_by=[rows.at, rows.position])
    silence = rows.at.epoch_seconds() - rows.at.lag().over(person).epoch_seconds()
    begins = (silence > _SILENCE // 1_000_000).fill_null(True)
    rows = rows.mutate(begins=begins)
    before = ibis.window(group_by=rows.profile_id, order_by=[rows.at, rows.position], following=0)
    return rows.mutate(way=rows.count(where=rows.begins).over(before)).drop("begins")


def way_steps(touches: ibis.Table) -> ibis.Table:
    """Return the touches of paths as steps of ways, each purchase the last step of its own."""
    steps = touches.select(
        "profile_id", "at", way=touches.path, position=touches.nth.cast("int64"),
        name=touches.channel,
    )  # fmt: skip
    ends = touches.filter(touches.orders > 0, touches.nth == touches.length)
    ends = ends.select(
        "profile_id", at=ends.ends_at, way=ends.path, position=ibis.literal(1 << 40),
        name=ibis.literal(BOUGHT),
    )  # fmt: skip
    return ibis.union(steps, ends.select(*steps.columns))


def ask_names(rows: ibis.Table) -> ibis.Table:
    """Return name and n of the steps, the most frequent first."""
    counted = rows.group_by("name").agg(n=rows.count())
    return counted.order_by([counted.n.desc(), counted.name]).limit(200)


def named_steps(rows: ibis.Table, names: Sequence[str]) -> ibis.Table:
    """Return profile_id, way, nth, name, bought (its place; null = nothing bought), length.

    Steps that are none of the names are called `other`; after a purchase a way is over.
    """
    kept = [*dict.fromkeys([*names, BOUGHT])]
    rows = rows.mutate(name=ibis.ifelse(rows.name.isin(kept), rows.name, OTHER))

    def order(table: ibis.Table, **how: Any) -> Any:
        """Return the steps of a way in their order."""
        return ibis.window(
            group_by=[table.profile_id, table.way], order_by=[table.at, table.position], **how
        )

    rows = rows.mutate(before=rows.name.lag().over(order(rows)))
    rows = rows.filter(rows.before.isnull() | (rows.before != rows.name))
    rows = rows.mutate(nth=rows.count().over(order(rows, following=0)).cast("int64"))
    bought = rows.nth.min(where=rows.name == BOUGHT).over(
        order(rows, preceding=None, following=None)
    )
    rows = rows.mutate(bought=bought)
    rows = rows.filter(rows.nth <= MOST, rows.bought.isnull() | (rows.nth <= rows.bought))
    length = rows.count().over(order(rows, preceding=None, following=None))
    following = rows.name.lead().over(order(rows))
    further = rows.name.lead(2).over(order(rows))
    return rows.select(
        "profile_id", "way", "nth", "name", "bought", length=length.cast("int64"),
        following=following, further=further,
    )  # fmt: skip


def ask_links(steps: ibis.Table) -> ibis.Table:
    """Return nth, name, following (null = the way ended) and n of the first steps of ways."""
    rows = steps.filter(steps.nth <= DEPTH, steps.name != BOUGHT)
    counted = rows.group_by("nth", "name", "following").agg(n=rows.count())
    return counted.order_by([counted.nth, counted.n.desc(), counted.name, counted.following])


def ask_ends(steps: ibis.Table) -> ibis.Table:
    """Return before (steps until the purchase, or all of them), converted and n: ways."""
    rows = steps.filter(steps.nth == 1)
    before = ibis.ifelse(rows.bought.notnull(), rows.bought - 1, rows.length)
    capped = ibis.least(before, _LONGEST)
    return rows.group_by(before=capped, converted=rows.bought.notnull()).agg(n=rows.count())


def ask_phrases(steps: ibis.Table) -> ibis.Table:
    """Return phrase, converted and n: ways in which steps follow each other before a purchase."""
    before = steps.filter(steps.name != BOUGHT)
    two = before.filter(before.following.notnull(), before.following != BOUGHT)
    three = two.filter(two.further.notnull(), two.further != BOUGHT)
    phrases = ibis.union(
        two.select("profile_id", "way", "bought", phrase=two.name + _BETWEEN + two.following),
        three.select(
            "profile_id", "way", "bought",
            phrase=three.name + _BETWEEN + three.following + _BETWEEN + three.further,
        ),
    ).distinct()  # fmt: skip
    counted = phrases.group_by("phrase").agg(
        n=phrases.count(), converted=phrases.count(where=phrases.bought.notnull())
    )
    counted = counted.filter(counted.n >= LEAST)
    return counted.order_by([counted.n.desc(), counted.phrase]).limit(N_PHRASES)


def read_phrases(
    phrases: Iterable[Mapping[str, Any]], ends: Iterable[Mapping[str, Any]]
) -> Sequence[Phrase]:
    """Return phrases with what differs, the surest first."""
    ways: dict[int, list[int]] = {length: [0, 0] for length in range(_LONGEST + 1)}
    for row in ends:
        for length in range(int(row["before"]) + 1):
            ways[length][0] += row["n"]
            ways[length][1] += row["n"] if row["converted"] else 0
    told = []
    for row in phrases:
        steps = tuple(row["phrase"].split(_BETWEEN))
        n, converted = ways[len(steps)]
        told.append((steps, row["converted"], row["n"], converted - row["converted"], n - row["n"]))
    ps = adjusted([two_shares(*one[1:]) for one in told])
    found = [
        Phrase(steps, n, k, n_other, k_other,
               k / n - (k_other / n_other if n_other else 0.0),
               difference(k, n, k_other, n_other), p)
        for (steps, k, n, k_other, n_other), p in zip(told, ps, strict=True)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.p_adjusted, -abs(one.difference), one.steps))
