"""The sums of each arm are what a plain loop over people and their days counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from tests.integration.tags.shop import BRAND, NOW, ZONE, Happening, Shop, draw_shop, opened

from huiliu.experiments.arm_days import ArmDays, arm_days, arm_days_of
from huiliu.experiments.outcomes import OUTCOMES, margin_outcome
from huiliu.kernel.times import DAY, as_datetime
from huiliu.metrics import Frame
from huiliu.statistics.cuped import Paired
from huiliu.warehouses.populations import population

UNTIL = NOW - 3 * DAY
BEFORE = 60 * DAY
#: Person -> arm and when it was drawn; 71 and 72 are one person, who was drawn first as 72.
DRAWN = {
    **{
        who: (("held", "treated")[who % 3 > 0], NOW - (350 - who * 4) * DAY) for who in range(1, 61)
    },
    71: ("held", NOW - 100 * DAY),
    72: ("treated", NOW - 200 * DAY),
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop with a year of orders, clicks and people who said no more."""
    more = [
        Happening(who, name, NOW - (who * 7 + nth) * DAY, {"machine": nth == 2}, "sms", "internal")
        for who in range(1, 60)
        for nth in range(who % 4)
        for name in ("Message Clicked", "Consent Withdrawn")
    ]
    ends = [
        Happening(71, "Order Paid", NOW - 150 * DAY, {"order_id": "z1", "total": 10}),
        Happening(72, "Order Paid", NOW - 50 * DAY, {"order_id": "z2", "total": 20}),
    ]
    with opened([*draw_shop(11), *more, *ends], {72: 71}) as made:
        yield made


def asked(shop: Shop, name: str, window: int, margin: float | None = None) -> ArmDays:
    """Return what the warehouse counts."""
    rows = shop.keep(pa.table({
        "profile_id": pa.array([71 if who == 72 else who for who in DRAWN], pa.int64()),
        "arm": [arm for arm, _ in DRAWN.values()],
        "at": pa.array(
            [as_datetime(at).replace(tzinfo=None) for _, at in DRAWN.values()],
            pa.timestamp("us"),
        ),
    }))  # fmt: skip
    frame = Frame(population(BRAND, None), ZONE, NOW, 0, UNTIL, currency="CNY")
    outcome = OUTCOMES[name] if margin is None else margin_outcome(margin)
    expression: ibis.Table = arm_days(frame, rows, outcome, window, BEFORE)
    return arm_days_of(shop.run(expression).to_pylist())


def things(shop: Shop, name: str) -> Mapping[int, list[tuple[int, float]]]:
    """Return what happened to each person: when, and how much."""
    if name in {"bought", "orders", "revenue", "margin"}:
        return {
            who: [
                (
                    one.paid_at,
                    {"revenue": one.total, "margin": one.total - 0.6 * (
                        one.total + max(one.discount, 0.0))}.get(name, 1.0),
                )
                for one in orders if one.currency in {None, "CNY"}
            ]
            for who, orders in shop.orders().items()
        }  # fmt: skip
    event = {"clicked": "Message Clicked", "opted_out": "Consent Withdrawn"}[name]
    return {
        who: [(row.at, 1.0) for row in rows if name != "clicked" or not row.properties["machine"]]
        for who, rows in shop.events(event).items()
    }


def counted(shop: Shop, name: str, window: int, last: int) -> dict[str, Paired]:
    """Return the sums of each arm before an instant, counted person by person."""
    found: dict[str, list[float]] = {}
    drawn = {who: one for who, one in DRAWN.items() if who not in {71, 72}} | {71: DRAWN[72]}
    told = things(shop, name)
    is_once = OUTCOMES[name].is_once
    for who, (arm, at) in drawn.items():
        if at >= last:
            continue
        ends = min(last, at + window) if window else last
        y = sum(v for t, v in told.get(who, []) if at <= t < ends)
        x = sum(v for t, v in told.get(who, []) if at - BEFORE <= t < at)
        if is_once:
            y, x = float(y > 0), float(x > 0)
        sums = found.setdefault(arm, [0.0] * 6)
        for nth, value in enumerate((1, y, y * y, x, x * x, x * y)):
            sums[nth] += value
    return {arm: Paired(*sums) for arm, sums in found.items()}


def close(one: Mapping[str, Paired], other: Mapping[str, Paired]) -> bool:
    """Say whether two sums are the same but for rounding."""
    return one.keys() == other.keys() and all(
        getattr(one[arm], field) == pytest.approx(getattr(other[arm], field), abs=1e-6)
        for arm in one
        for field in Paired.__dataclass_fields__
    )


@pytest.mark.parametrize("name", ["bought", "orders", "revenue", "margin", "clicked", "opted_out"])
@pytest.mark.parametrize("window", [0, 45 * DAY])
def test_sums_are_those_of_a_loop_over_people(shop: Shop, name: str, window: int) -> None:
    """Every outcome, with and without a window, merges and covariate included."""
    found = asked(shop, name, window, 0.4 if name == "margin" else None)
    wanted = counted(shop, name, window, UNTIL)
    assert close(found.sums(), wanted), (found.sums(), wanted)
    assert wanted["treated"].total > 0


def test_each_day_of_the_series_is_what_a_look_on_that_evening_would_have_told(
    shop: Shop,
) -> None:
    """The cumulated sums of a day are those of a loop that ends with that day."""
    series = asked(shop, "revenue", 0).series()
    assert len(series) > 30
    for day, sums in series[10::7]:
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(ZONE))
        ends = min(int(midnight.timestamp()) * 1_000_000, UNTIL)
        wanted = counted(shop, "revenue", 0, ends)
        assert close({arm: sums[arm] for arm in wanted}, wanted), day
