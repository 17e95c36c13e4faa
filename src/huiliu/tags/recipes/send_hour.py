"""`send_hour`: the hour of the day at which messages to a person are most likely to be answered.

A person's own answers are few, so each rate is drawn towards that of the hour over all people, and
that towards the rate of all hours: how strongly follows from how much people differ (beta-binomial,
by moments). Where too few messages were sent to say anything, activity stands for answers.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from huiliu.tags.recipes.hours import HOURS, ZONE, active_hours, hour_number, with_local

__all__ = ["SEND_HOUR", "SendHour"]

_WITHIN: Final = 180 * DAY
_SENT: Final = "Message Sent"
_ANSWERS: Final = ("Message Opened", "Message Clicked", "Message Replied")
#: With fewer messages, or fewer that were answered, they say nothing about hours.
_FEWEST_SENT: Final = 200
_FEWEST_ANSWERED: Final = 30
#: More than there are ranks.
_PLACES: Final = 32


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
        by_message = timed.mutate(hour=hour_number(timed.wall) % HOURS)
        cells: ibis.Table = yield Keep("cells", by_message.group_by("profile_id", "hour").agg(
            n=by_message.count().cast("float64"), k=by_message.answered.sum().cast("float64"),
        ))  # fmt: skip
        found: pa.Table = yield _by_hour(cells)
        by = "messages"
        if _sum(found, "n") < _FEWEST_SENT or _sum(found, "k") < _FEWEST_ANSWERED:
            active = yield from active_hours(ground, self.within, now)
            hours: ibis.Table = yield Keep("active hours", active)
            cells = yield Keep("active cells", _active_cells(hours))
            found, people = yield (_by_hour(cells), _people(cells))
            found = _all_tried(found, people)
            by = "activity"
        if not found.num_rows:
            nobody = cells.select("profile_id", value=cells.hour)
            return Computed(nobody, {"by": "nothing"})
        shrunken = _shrunken(found)
        published: Published = {
            "by": by, "strength": shrunken.strength, "rates": list(shrunken.rates),
        }  # fmt: skip
        order = sorted(range(HOURS), key=lambda hour: (-shrunken.rates[hour], hour))
        priors: ibis.Table = yield Keep("priors", _priors(shrunken, order))
        return Computed(_best(cells, priors, shrunken, order, by), published)


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


def _active_cells(hours: ibis.Table) -> ibis.Table:
    """Return profile_id, hour, n (days on which the person was active) and k (in that hour)."""
    days = hours.select("profile_id", day=hours.nth // HOURS).distinct()
    n_days = days.group_by("profile_id").agg(n=days.count().cast("float64"))
    each = hours.group_by("profile_id", hour=hours.nth % HOURS)
    counted = each.agg(k=hours.count().cast("float64"))
    return counted.inner_join(n_days, "profile_id").select("profile_id", "hour", "n", "k")


def _people(cells: ibis.Table) -> ibis.Table:
    """Return how many people were active, and on how many days together."""
    each = cells.group_by("profile_id").agg(n=cells.n.max())
    return each.aggregate(cells=each.count().cast("float64"), n=each.n.sum())


def _all_tried(found: pa.Table, people: pa.Table) -> pa.Table:
    """Return the sums of all hours: on each active day a person could have been in any of them."""
    known = {row["hour"]: row for row in found.to_pylist()}
    if not known:
        return found
    nothing = {"k": 0.0, "squares": 0.0}
    everybody = people.to_pylist()[0]
    rows = [{**nothing, **known.get(hour, {}), **everybody, "hour": hour} for hour in range(HOURS)]
    return pa.Table.from_pylist(rows)


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
        sums[name] = np.zeros(HOURS)
        sums[name][hours] = np.asarray(found[name], np.float64)
    return shrink(**sums)


def _priors(shrunken: Shrunken, order: Sequence[int]) -> pa.Table:
    """Return what holds of each hour: tries and answers that it begins with, its rank, its bit."""
    ranks = np.argsort(np.asarray(order))
    return pa.table({
        "hour": pa.array(range(HOURS), pa.int64()),
        "head_start": pa.array(np.asarray(shrunken.rates) * shrunken.strength, pa.float64()),
        "rank": pa.array(ranks, pa.int64()),
        "bit": pa.array(1 << ranks, pa.int64()),
    })  # fmt: skip


def _best(
    cells: ibis.Table, priors: ibis.Table, shrunken: Shrunken, order: Sequence[int], by: str
) -> ibis.Table:
    """Return the hour with the highest rate of each person; of equal ones the likelier for all.

    Hours without a cell are in the order of everybody's rates, so of those only the first matters.
    No message was tried in them; by activity they were tried on every active day, in vain. Rate
    and order are one number, as a maximum is found faster than a million people are sorted.
    """
    both = cells.inner_join(priors, cells.hour == priors.hour)
    rate = (both.k + both.head_start) / (both.n + number_literal(shrunken.strength))
    tried = both.select("profile_id", "bit", "n", key=_key(rate, both["rank"]))
    people = tried.group_by("profile_id").agg(
        best=tried.key.max(), seen=tried.bit.sum(), n=tried.n.max()
    )
    in_vain = people.n if by == "activity" else number_literal(0)
    weight = in_vain + number_literal(shrunken.strength)

    def head_start(hour: int) -> ibis.Value:
        """Return the answers that an hour begins with."""
        return number_literal(shrunken.rates[hour] * shrunken.strength)

    # The lowest bit that is not set, one case a rank.
    free = [
        (
            people.seen // (1 << at) % 2 == 0,
            _key(head_start(hour) / weight, ibis.literal(at, "int64")),
        )
        for at, hour in enumerate(order)
    ]
    untried = ibis.cases(*free, else_=ibis.literal(-1, "int64"))
    place = (HOURS - 1) - ibis.greatest(people.best, untried) % _PLACES
    hour = ibis.cases(*((place == at, ibis.literal(hour)) for at, hour in enumerate(order)))
    return people.select("profile_id", value=hour.cast("int64"))


def _key(rate: ibis.Value, rank: ibis.Value) -> ibis.Value:
    """Return one number that orders by rate, to a billionth, and then by rank."""
    return (rate * 1e9).round().cast("int64") * _PLACES + (HOURS - 1) - rank


def _parse(raw: object, path: str, reading: TagReading, type_: str) -> SendHour:
    """Return the recipe of `{within: 180d}`."""
    del type_
    given = reading.mapping(raw, path, frozenset({"within"}))
    return SendHour(reading.length(given.get("within", "180d"), f"{path}.within"))


SEND_HOUR = RecipeKind("send_hour", frozenset({"number"}), _parse)
