"""Measures every channel of a brand at once: what its events, orders and messages tell."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.metrics import METRICS, Adds, Metric
from huiliu.metrics.paths import payment_paths
from huiliu.metrics.rows import acts
from huiliu.ports.world import World
from huiliu.services.figures import frame_of, read_days, today, usual_currency

__all__ = ["MEASURES", "Measured", "measure_channels"]

_YEAR: Final = dt.timedelta(days=364)
_QUARTER: Final = dt.timedelta(days=89)
_MONTH: Final = dt.timedelta(days=29)
#: Metric -> how many days it is taken over.
_METRICS: Final[Mapping[str, dt.timedelta]] = MappingProxyType({
    "gmv": _QUARTER, "orders": _QUARTER, "aov": _QUARTER, "new_customers": _QUARTER,
    "repurchase_rate": _QUARTER, "conversion": _QUARTER, "messages_sent": _MONTH,
    "receipt_rate": _MONTH, "delivery_rate": _MONTH, "click_rate": _MONTH, "opt_out_rate": _MONTH,
})  # fmt: skip
#: Every figure that may be measured of a channel, in the order in which it is shown.
MEASURES: Final = (
    "size", "activity", "newness", "conversion", "steps", "hours", "gmv", "orders", "aov",
    "new_customers", "repurchase_rate", "messages_sent", "receipt_rate", "delivery_rate",
    "click_rate", "opt_out_rate", "agreed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one channel."""

    #: Name -> the value (None = nothing to count), and from how many things.
    facts: Mapping[str, tuple[float | None, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: Of money.
    currency: str = ""


def measure_channels(world: World, brand_id: int) -> Mapping[str, Measured]:
    """Return channel -> what its events, orders and messages tell.

    Raises:
        Unavailable, EngineFailed: the warehouse cannot answer.
    """
    currency = usual_currency(world, brand_id)
    found: dict[str, dict[str, tuple[float | None, int]]] = defaultdict(dict)
    for name, span in _METRICS.items():
        for channel, value in _metric(world, brand_id, METRICS[name], span, currency).items():
            found[channel][name] = value
    _presence(world, brand_id, found)
    _paths(world, brand_id, found, currency)
    _agreement(world, brand_id, found)
    for facts in found.values():
        bought, new = facts.get("orders", (None, 0)), facts.get("new_customers", (None, 0))
        if bought[1]:
            facts["newness"] = ((new[0] or 0.0) / bought[1], bought[1])
    return {name: Measured(facts, currency) for name, facts in found.items() if name}


def _metric(
    world: World, brand_id: int, metric: Metric, span: dt.timedelta, currency: str
) -> dict[str, tuple[float | None, int]]:
    """Return channel -> a metric over the last days, and from how many things."""
    last = today(world)
    frame = frame_of(world, brand_id, last - span, last, currency=currency)
    found: dict[str, tuple[float | None, int]] = {}
    for channel, days in read_days(world, metric, frame, by_channel=True).items():
        top, n = sum(cell[0] for cell in days.values()), sum(cell[1] for cell in days.values())
        value = (top / n if n else None) if metric.adds is Adds.RATIO else top
        found[channel] = (value, round(n))
    return found


def _presence(
    world: World, brand_id: int, found: dict[str, dict[str, tuple[float | None, int]]]
) -> None:
    """Count who was there in a year, and the share of them who were in the last month."""
    last = today(world)
    people = {}
    for name, span in (("year", _YEAR), ("month", _MONTH)):
        rows = acts(frame_of(world, brand_id, last - span, last))
        rows = rows.filter(rows.channel.notnull())
        counted = rows.group_by("channel").agg(n=rows.profile_id.nunique())
        people[name] = {
            row["channel"]: row["n"] for row in world.warehouse.run(counted).to_pylist()
        }
    for channel, n in people["year"].items():
        found[channel]["size"] = (float(n), n)
        found[channel]["activity"] = (people["month"].get(channel, 0) / n, n)


def _paths(
    world: World, brand_id: int, found: dict[str, dict[str, tuple[float | None, int]]],
    currency: str,
) -> None:  # fmt: skip
    """Measure how long and how many steps it is from the first touch to payment."""
    last = today(world)
    frame = frame_of(world, brand_id, last - _QUARTER, last, currency=currency)
    for row in world.warehouse.run(payment_paths(frame)).to_pylist():
        for name in ("hours", "steps"):
            found[row["channel"]][name] = (row[name], row["n"])


def _agreement(
    world: World, brand_id: int, found: dict[str, dict[str, tuple[float | None, int]]]
) -> None:
    """Count who agreed to marketing: the size of channels on which nobody does anything."""
    with world.store.transaction(brand_id) as tx:
        counts = tx.people.consent_counts(brand_id, world.clock.now())
    for channel, purpose, state, n in counts:
        if purpose == "marketing" and state == "granted" and channel:
            facts = found[channel]
            facts["agreed"] = (float(n), n)
            if "size" not in facts:
                facts["size"] = (float(n), n)
