"""What each arm brought, day by day, as sums: no row of a person ever leaves the warehouse.

Squares of a sum that grows are added up by what each new amount adds to them: an amount of a,
after the person had brought s, adds a (2 s + a). So one pass over the orders gives the sums at
the end of every day, and with them an interval for each day of a chart.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ibis

from huiliu.conditions.population import moment_literal, number_literal
from huiliu.experiments.outcomes import Outcome
from huiliu.metrics import Frame
from huiliu.statistics.cuped import Paired

__all__ = ["ArmDays", "arm_days", "arm_days_of"]

_EPOCH: Final = dt.date(1970, 1, 1)
_SUMS: Final = ("n", "total", "squares", "before", "before_squares", "product")
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ArmDays:
    """Arm -> day -> by how much its sums grew that day."""

    arms: Mapping[str, Mapping[dt.date, Paired]]

    def sums(self) -> dict[str, Paired]:
        """Return the sums of each arm when all days are over."""
        return {arm: _added(days.values()) for arm, days in self.arms.items()}

    def series(self) -> list[tuple[dt.date, dict[str, Paired]]]:
        """Return the sums of each arm at the end of each day on which anything changed."""
        days = sorted({day for grown in self.arms.values() for day in grown})
        standing = {arm: Paired(0, 0, 0, 0, 0, 0) for arm in self.arms}
        found = []
        for day in days:
            for arm, grown in self.arms.items():
                if day in grown:
                    standing[arm] = _added((standing[arm], grown[day]))
            found.append((day, dict(standing)))
        return found


def arm_days(
    frame: Frame, exposed: ibis.Table, outcome: Outcome, window: int = 0, before: int = 0
) -> ibis.Table:
    """Return arm, day and by how much n, sums, squares and products grew.

    Args:
        frame: whose outcome, from when and until when, in which currency and zone.
        exposed: profile_id, arm, at (timestamp); the first row of a person counts.
        outcome: what is measured.
        window: how long after it was drawn a person is watched, in microseconds; 0 = until the
            frame's end.
        before: how far back before the drawing the same is measured, as a covariate; 0 = not.
    """
    until = moment_literal(frame.until)
    members = exposed.group_by("profile_id").agg(
        arm=exposed.arm.argmin(exposed["at"]), since=exposed["at"].min()
    )
    members = members.filter(members.since < until)
    pairs = outcome.read(frame).inner_join(members, "profile_id")
    known = members.mutate(before=number_literal(0.0))
    if before:
        known = _with_before(members, pairs, outcome, before)
    begun = moment_literal(frame.since)
    after = pairs.filter(pairs["at"] >= pairs.since, pairs["at"] >= begun, pairs["at"] < until)
    if window:
        after = after.filter(after["at"] < after.since + ibis.interval(seconds=window // _SECOND))
    after = after.inner_join(known.select("profile_id", "before"), "profile_id")
    people = known.select(
        "arm", day=frame.day(known.since), n=number_literal(1.0), total=number_literal(0.0),
        squares=number_literal(0.0), before=known.before,
        before_squares=known.before * known.before, product=number_literal(0.0),
    )  # fmt: skip
    rows = people.union(_grown(frame, after, outcome))
    return rows.group_by("arm", "day").agg(
        **{name: rows[name].sum().cast("float64") for name in _SUMS}
    )


def _with_before(
    members: ibis.Table, pairs: ibis.Table, outcome: Outcome, before: int
) -> ibis.Table:
    """Return the people with what each of them did before they were drawn."""
    reach = ibis.interval(seconds=before // _SECOND)
    earlier = pairs.filter(pairs["at"] < pairs.since, pairs["at"] >= pairs.since - reach)
    amount = number_literal(1.0) if outcome.is_once else earlier.value.sum()
    sums = earlier.group_by("profile_id").agg(before=amount)
    joined = members.left_join(sums, "profile_id")
    return joined.select("profile_id", "arm", "since", before=joined.before.fill_null(0.0))


def _grown(frame: Frame, after: ibis.Table, outcome: Outcome) -> ibis.Table:
    """Return one row for each thing that happened: by how much it made the sums grow."""
    order = [after["at"], after.value]
    window = ibis.window(group_by=after.profile_id, order_by=order, preceding=(None, 0))
    each = after.mutate(
        nth=ibis.row_number().over(group_by=after.profile_id, order_by=order),
        total=after.value.sum().over(window),
    )
    if outcome.is_once:
        each = each.filter(each.nth == 0)
        each = each.mutate(grown=number_literal(1.0), squares=number_literal(1.0))
    else:
        squares = each.value * (2 * (each.total - each.value) + each.value)
        each = each.mutate(grown=each.value, squares=squares)
    nothing = number_literal(0.0)
    return each.select(
        "arm", day=frame.day(each["at"]), n=nothing, total=each.grown, squares=each.squares,
        before=nothing, before_squares=nothing, product=each.grown * each.before,
    )  # fmt: skip


def arm_days_of(rows: Sequence[Mapping[str, Any]]) -> ArmDays:
    """Return what a warehouse answered."""
    found: dict[str, dict[dt.date, Paired]] = defaultdict(dict)
    for row in rows:
        day = _EPOCH + dt.timedelta(days=row["day"])
        found[row["arm"]][day] = Paired(*(row[name] for name in _SUMS))
    return ArmDays(dict(found))


def _added(parts: Iterable[Paired]) -> Paired:
    """Return the sums of several parts."""
    n = total = squares = before = before_squares = product = 0.0
    for one in parts:
        n += one.n
        total += one.total
        squares += one.squares
        before += one.before
        before_squares += one.before_squares
        product += one.product
    return Paired(n, total, squares, before, before_squares, product)
