"""Tables of a world in the formats that the methods read, and the truth beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from huiliu.kernel.times import DAY, as_instant, show_instant
from huiliu.simulator.buyer_world import purchases_of
from huiliu.simulator.channel_world import cells_of, days_of
from huiliu.simulator.experiment_world import experiment_of
from huiliu.simulator.path_world import paths_of, removal_shares
from huiliu.simulator.world import World

__all__ = ["Drawn", "draw_world", "falls_of", "truth_of"]

#: The first day of every drawn table: a Monday.
_BEGIN: Final = as_instant("2026-01-05") or 0
_WEEK: Final = 7 * DAY


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table that is to be a file."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


def draw_world(world: World) -> Iterator[Drawn]:
    """Yield every table of a world; the same world gives the same tables.

    `days.csv` is for `huiliu guard`, `cells-<n>.csv` (of the n-th fault) for `huiliu drill`,
    `experiments.csv` for `huiliu experiment analyse`, `paths.csv` for `huiliu attribution`,
    `purchases.csv` for `huiliu rfm` and `huiliu clv`.
    """
    days = days_of(world.channels, world.n_days, falls_of(world))
    yield Drawn(
        "days.csv", ("day", "channel", "n", "conversions"),
        [(_day(one.day), one.channel, int(one.n), int(one.conversions)) for one in days],
    )  # fmt: skip
    names = list(world.cells.dimensions)
    for at, fault in enumerate(world.faults):
        yield Drawn(
            f"cells-{at + 1:02}.csv", (*names, "before_n", "before_x", "after_n", "after_x"),
            [
                (*(one.where[name] for name in names), int(one.before[0]), int(one.before[-1]),
                 int(one.after[0]), int(one.after[-1]))
                for one in cells_of(world.seed + at, fault, world.cells)
            ],
        )  # fmt: skip
    yield Drawn(
        "experiments.csv",
        ("experiment", "variant", "metric", "n", "sum", "sum_squares", "time", "share"),
        [
            (each.name, one.variant, one.metric, one.n, one.total, one.squares,
             _day(one.day), one.share)
            for each in world.experiments for one in experiment_of(each, world.seed)
        ],
    )  # fmt: skip
    yield Drawn(
        "paths.csv", ("path", "conversions", "value", "nulls"),
        [
            (" > ".join(one.touches), one.conversions, one.value, one.nulls)
            for one in paths_of(world.paths, world.seed)
        ],
    )  # fmt: skip
    yield Drawn(
        "purchases.csv", ("customer", "time", "amount"),
        [
            (one.customer, show_instant(_BEGIN + int(one.at * _WEEK)), one.amount)
            for one in purchases_of(world.buyers, world.seed) if one.at < world.buyers.weeks
        ],
    )  # fmt: skip


def falls_of(world: World) -> dict[str, tuple[int, float]]:
    """Return what goes wrong with channels; of several falls of one channel the last one stands."""
    return {one.channel: (one.day, one.factor) for one in world.falls}


def truth_of(world: World) -> dict[str, Any]:
    """Return what is true of a world and no table says."""
    later = [one for one in purchases_of(world.buyers, world.seed) if one.at >= world.buyers.weeks]
    buyers = world.buyers
    return {
        "world": world.slug, "seed": world.seed,
        "falls": [
            {"channel": one.channel, "day": _day(one.day), "factor": one.factor}
            for one in world.falls
        ],
        "faults": [
            {"file": f"cells-{at + 1:02}.csv", "name": one.name, "step": one.stage,
             "where": dict(one.where), "factor": one.factor}
            for at, one in enumerate(world.faults)
        ],
        "experiments": [
            {
                "experiment": each.name, "variant": one.name,
                "conversion": min(1.0, each.rate * (1 + one.lift)),
                "revenue": min(1.0, each.rate * (1 + one.lift)) * each.worth, "lost": one.lost,
            }
            for each in world.experiments for one in each.variants
        ],
        "paths": {"removal_share": removal_shares(world.paths)},
        "buyers": {
            "r": buyers.r, "alpha": buyers.alpha, "a": buyers.a, "b": buyers.b, "p": buyers.p,
            "q": buyers.q, "gamma": buyers.gamma, "weeks_ahead": buyers.ahead,
            "purchases_ahead": len(later),
            "revenue_ahead": round(sum(one.amount for one in later), 2),
        },
    }  # fmt: skip


def _day(day: int) -> str:
    """Return a day of the drawn tables."""
    return show_instant(_BEGIN + day * DAY)[:10]
