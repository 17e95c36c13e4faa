"""`send_hour`: the hour of the day at which messages to a person are most likely to be answered.

A person's own answers are few, so each rate is drawn towards that of the hour over all people, and
that towards the rate of all hours: how strongly follows from how much people differ (beta-binomial,
by moments). Where too few messages were sent to say anything, activity stands for answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa

from huiliu.conditions.population import moment_literal, number_literal
from huiliu.kernel.times import DAY, show_duration
from huiliu.statistics.shrinkage import Shrunken, shrink
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Computed, Ground, Keep, Lineage, Published, RecipeKind, Steps
from huiliu.tags.recipes.hours import ZONE, own_acts, with_local
from huiliu.tags.recipes.picked import picked

__all__ = ["SEND_HOUR", "SendHour"]

_WITHIN: Final = 180 * DAY
_SENT: Final = "Message Sent"
_ANSWERS: Final = ("Message Opened", "Message Clicked", "Message Replied")
#: With fewer messages, or fewer that were answered, they say nothing about hours.
_FEWEST_SENT: Final = 200
_FEWEST_ANSWERED: Final = 30
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class SendHour:
    """0 to 23 by the person's own clock, of everybody who was written to (or was active)."""

    within: int = _WITHIN

    @property
    def lineage(self) -> Lineage:
        """What the value hangs on."""
        return Lineage(events=frozenset({_SENT, *_ANSWERS}), traits=frozenset({ZONE}))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree below the recipe's name."""
        return {"within": show_duration(self.within)}

    def compute(self, ground: Ground, now: int) -> Steps:
        """Count tries and answers by person and hour, then shrink."""
        sent = _sent(ground, self.within, now)
        timed: ibis.Table = yield from with_local(sent, ground, now)
        by_message = timed.mutate(hour=timed.wall.hour())
        cells: ibis.Table = yield Keep("cells", by_message.group_by("profile_id", "hour").agg(
            n=by_message.count().cast("float64"), k=by_message.answered.sum().cast("float64"),
        ))  # fmt: skip
        found: pa.Table = yield _by_hour(cells)
        by = "messages"
        if _sum(found, "n") < _FEWEST_SENT or _sum(found, "k") < _FEWEST_ANSWERED:
            rows = own_acts(ground, self.within, now).select("profile_id", "occurred_at")
            timed = yield from with_local(rows, ground, now)
            cells = yield Keep("active cells", _active_cells(timed))
            found = yield _by_hour(cells)
            by = "activity"
        if not found.num_rows:
            nobody = cells.select("profile_id", value=cells.hour)
            return Computed(nobody, {"by": "nothing"})
        shrunken = _shrunken(found)
        published: Published = {
            "by": by, "strength": shrunken.strength, "rates": list(shrunken.rates),
        }  # fmt: skip
        return Computed(_best(cells, shrunken), published)


def _sent(ground: Ground, within: int, now: int) -> ibis.Table:
    """Return profile_id and occurred_at of each message sent, and whether it was answered."""
    events = ground.tables.events
    recent = events.filter(events.occurred_at > moment_literal(now - within))

    def by_id(*names: str) -> ibis.Table:
        """Return the events of some names that name their message."""
        rows = recent.filter(recent.name.isin(names))
        message = ground.tables.cell(rows.properties, ("message_id",)).text()
        rows = rows.select("profile_id", "occurred_at", message=message)
        return rows.filter(rows.message.notnull())

    sent, answers = by_id(_SENT), by_id(*_ANSWERS)
    known = answers.select("message").distinct().mutate(answered=ibis.literal(1))
    joined = sent.left_join(known, "message")
    return joined.select("profile_id", "occurred_at", answered=joined.answered.fill_null(0))


def _active_cells(timed: ibis.Table) -> ibis.Table:
    """Return profile_id, hour, n (days on which the person was active) and k (in that hour)."""
    hours = timed.select("profile_id", hour=timed.wall.hour(), day=timed.wall.date())
    days = hours.group_by("profile_id").agg(n=hours.day.nunique().cast("float64"))
    each = hours.group_by("profile_id", "hour").agg(k=hours.day.nunique().cast("float64"))
    return each.inner_join(days, "profile_id").select("profile_id", "hour", "n", "k")


def _by_hour(cells: ibis.Table) -> ibis.Table:
    """Return what shrinking needs of each hour."""
    return cells.group_by("hour").agg(
        cells=cells.count().cast("float64"), n=cells.n.sum(), k=cells.k.sum(),
        squares=(cells.k * cells.k / cells.n).sum(),
    )  # fmt: skip


def _sum(found: pa.Table, name: str) -> float:
    """Return the sum of a column."""
    return float(np.asarray(found[name], np.float64).sum())


def _shrunken(found: pa.Table) -> Shrunken:
    """Return the rates of all hours and how strongly they draw."""
    sums: dict[str, Any] = {}
    hours = np.asarray(found["hour"], np.int64)
    for name in ("cells", "n", "k", "squares"):
        sums[name] = np.zeros(_HOURS)
        sums[name][hours] = np.asarray(found[name], np.float64)
    return shrink(**sums)


def _best(cells: ibis.Table, shrunken: Shrunken) -> ibis.Table:
    """Return the hour with the highest rate of each person; of equal ones the likelier for all.

    An hour that a person was never tried at has the rate of all people, so of those only the best
    one matters: the first in the order of rates that the person has not.
    """
    order = sorted(range(_HOURS), key=lambda hour: (-shrunken.rates[hour], hour))
    rank = {hour: at for at, hour in enumerate(order)}
    strength = number_literal(shrunken.strength)

    def by_hour(values: list[ibis.Value]) -> ibis.Value:
        """Return the value of a cell's hour."""
        return ibis.cases(*((cells.hour == hour, one) for hour, one in enumerate(values)))

    prior = by_hour([number_literal(rate) for rate in shrunken.rates])
    tried = cells.select(
        "profile_id",
        rank=by_hour([ibis.literal(rank[hour]) for hour in range(_HOURS)]),
        rate=((cells.k + strength * prior) / (cells.n + strength)).round(9),
        bit=by_hour([ibis.literal(1 << rank[hour]) for hour in range(_HOURS)]).cast("int64"),
    )
    people = tried.group_by("profile_id").agg(seen=tried.bit.sum())
    # The lowest bit that is not set, one case a rank.
    free = [
        ((people.seen / (1 << at)).floor().cast("int64") % 2 == 0, ibis.literal(at))
        for at in range(_HOURS)
    ]
    untried = people.select("profile_id", rank=ibis.cases(*free))
    untried = untried.filter(untried["rank"].notnull())
    rates = [number_literal(round(shrunken.rates[hour], 9)) for hour in order]
    rate = ibis.cases(*((untried["rank"] == at, one) for at, one in enumerate(rates)))
    untried = untried.mutate(rate=rate)
    columns = ("profile_id", "rank", "rate")
    both = ibis.union(
        tried.select(*columns).cast({"rank": "int64"}),
        untried.select(*columns).cast({"rank": "int64"}),
    )
    best = picked(both, [both.rate.desc(), both["rank"].asc()])
    hour = ibis.cases(*((best["rank"] == at, ibis.literal(hour)) for at, hour in enumerate(order)))
    return best.select("profile_id", value=hour.cast("int64"))


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> SendHour:
    """Return the recipe of `{within: 180d}`."""
    del type_
    given = reading.mapping(raw, path, frozenset({"within"}))
    return SendHour(reading.length(given.get("within", "180d"), f"{path}.within"))


SEND_HOUR = RecipeKind("send_hour", frozenset({"number"}), _parse)
