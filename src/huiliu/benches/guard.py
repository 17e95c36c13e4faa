"""`guard`: false pauses of twelve channels in ninety quiet days, and faults that it names rightly.

The figure is the mean over many worlds of how often something was paused of which nothing was
wrong; days in a row are one pause. `details.worst` is the worst world. `details.top1_share` is the
share of the listed faults that the drill-down names first, step and values together.
`details.looked_often` is the same mean where each day is looked at several times before it is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

import numpy as np

from huiliu.benches.frame import Measured, Place, Size
from huiliu.governance.channel_guard import (
    BASELINE_DAYS,
    THRESHOLD,
    Day,
    Mode,
    Verdict,
    Watcher,
    judge,
)
from huiliu.governance.funnel import drill_funnel
from huiliu.simulator.channel_world import FAULTS, STAGES, ChannelWorld, cells_of, days_of

__all__ = ["run"]

_WORLDS: Final = {"small": 40, "full": 400}
#: Worlds of each fault.
_EACH: Final = {"small": 1, "full": 5}
_DAYS: Final = 90
#: Looks at a day, the last of them when it is over; and worlds that are looked at so.
_LOOKS: Final = 6
_OFTEN: Final = {"small": 4, "full": 40}
#: How deep a channel falls to see how soon it is paused, and when.
_DEPTH: Final = 0.7
_FALLS_ON: Final = BASELINE_DAYS + 30


def run(size: Size, place: Place) -> Measured:
    """Return the false pauses of a quiet world, on average."""
    del place
    quiet = [_pauses(judge(_world(seed), Mode.STATISTICAL)) for seed in range(_WORLDS[size])]
    common = [
        judge(_world(seed, {"*": (_FALLS_ON, _DEPTH)}), Mode.STATISTICAL)
        for seed in range(_WORLDS[size] // 4)
    ]
    named = [_names(seed, at) for at in range(len(FAULTS)) for seed in range(_EACH[size])]
    return Measured(
        float(np.mean(quiet)),
        None,
        {
            "size": f"{_WORLDS[size]} worlds of 12 channels and {_DAYS} days",
            "worst": max(quiet),
            "looked_often": float(np.mean([_often(seed) for seed in range(_OFTEN[size])])),
            "looks_a_day": _LOOKS, "literal": _pauses(judge(_world(0), Mode.LITERAL)),
            "pauses_when_all_fell": sum(_pauses(one) for one in common),
            "days_to_pause": _days_to_pause(_WORLDS[size] // 4),
            "faults": len(FAULTS), "top1_share": sum(named) / len(named),
        },
    )  # fmt: skip


def _world(seed: int, falls: dict[str, tuple[int, float]] | None = None) -> list[Day]:
    """Return a world of ninety days after those that tell what is usual."""
    return days_of(ChannelWorld(seed), BASELINE_DAYS + _DAYS, falls)


def _often(seed: int) -> int:
    """Return the false pauses of a quiet world that is looked at several times a day."""
    rng = np.random.default_rng(seed)
    by_day: dict[int, list[Day]] = {}
    for one in _world(seed):
        by_day.setdefault(one.day, []).append(one)
    watcher, said = Watcher(THRESHOLD), []
    for day in sorted(by_day):
        rows = sorted(by_day[day], key=_channel_of)
        parts = [1 / _LOOKS] * _LOOKS
        bought = [rng.multinomial(int(row.conversions), parts).cumsum() for row in rows]
        missed = [rng.multinomial(int(row.n - row.conversions), parts).cumsum() for row in rows]
        for look in range(_LOOKS):
            is_over = look == _LOOKS - 1
            so_far = [
                Day(day, row.channel, float(bought[at][look] + missed[at][look]),
                    float(bought[at][look]))
                for at, row in enumerate(rows)
            ]  # fmt: skip
            reader = watcher if is_over else deepcopy(watcher)
            said += [(one.day, one.verdict) for one in reader.statistical(so_far)]
    paused = {(day.day, day.channel) for day, verdict in said if verdict is Verdict.PAUSE}
    return sum(day >= BASELINE_DAYS and (day - 1, channel) not in paused for day, channel in paused)


def _channel_of(one: Day) -> str:
    """Return the name of a channel."""
    return one.channel


def _pauses(found: Sequence[tuple[Day, Verdict]]) -> int:
    """Return how often a channel was paused; days in a row are one pause."""
    last: dict[str, int] = {}
    n = 0
    for day, verdict in found:
        if verdict is Verdict.PAUSE:
            n += day.day >= BASELINE_DAYS and last.get(day.channel) != day.day - 1
            last[day.channel] = day.day
    return n


def _days_to_pause(worlds: int) -> dict[str, float | int]:
    """Return how soon a channel that fell by three tenths is paused."""
    found = []
    for seed in range(worlds):
        verdicts = judge(_world(seed, {"channel-1": (_FALLS_ON, _DEPTH)}), Mode.STATISTICAL)
        days = [
            day.day - _FALLS_ON for day, said in verdicts
            if said is Verdict.PAUSE and day.channel == "channel-1" and day.day >= _FALLS_ON
        ]  # fmt: skip
        found.append(min(days, default=_DAYS))
    return {"median": float(np.median(found)), "never": sum(one == _DAYS for one in found)}


def _names(seed: int, at: int) -> bool:
    """Say whether the drill-down names a fault first: the step and the values."""
    fault = FAULTS[at]
    found = drill_funnel(cells_of(1_000 * at + seed, fault), STAGES, 1)
    return bool(found) and (
        found[0].step == fault.stage and dict(found[0].suspect.where) == dict(fault.where)
    )
