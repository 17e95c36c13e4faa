"""Every method on a world of which the truth is known: what it found beside what is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from huiliu.attribution.models import attribute
from huiliu.attribution.path import Path
from huiliu.experiments.read_out import Arm, read_out
from huiliu.governance.channel_guard import BASELINE_DAYS, Mode, Verdict, judge
from huiliu.governance.funnel import drill_funnel
from huiliu.kernel.texts import Text, text
from huiliu.services.draw_world import falls_of
from huiliu.simulator.buyer_world import purchases_of
from huiliu.simulator.channel_world import STAGES, cells_of, days_of
from huiliu.simulator.experiment_world import ExperimentWorld, experiment_of
from huiliu.simulator.path_world import paths_of, removal_shares
from huiliu.simulator.world import World
from huiliu.statistics.histories import Histories
from huiliu.statistics.repeat_buying import fit_repeat_buying
from huiliu.statistics.sample_ratio import BLOCKED
from huiliu.statistics.welch import Sample

__all__ = ["Finding", "try_world"]

#: A fall smaller than this is none that the guard promises to pause for.
_DEEP: Final = 0.9
#: Shares and predictions that are off by more than this were missed.
_NEAR: Final = 0.05
_NEAR_AHEAD: Final = 0.15


@dataclass(frozen=True, slots=True)
class Finding:
    """What one method said of one thing."""

    #: guard, drill, experiment, attribution or clv.
    method: str
    of: str
    truth: Text
    found: Text
    #: Whether the method did what it promises; None = it promises nothing of this.
    is_right: bool | None


def try_world(world: World) -> list[Finding]:
    """Return what each method says of a world, beside the truth."""
    return [
        *_guard(world), *_drill(world),
        *(one for each in world.experiments for one in _experiment(world, each)),
        *_paths(world), *_buyers(world),
    ]  # fmt: skip


def _guard(world: World) -> Iterator[Finding]:
    """Hold pauses against the channels that fell."""
    falls = falls_of(world)
    found = judge(days_of(world.channels, world.n_days, falls), Mode.STATISTICAL)
    paused: dict[str, list[int]] = {}
    for day, verdict in found:
        if verdict is Verdict.PAUSE:
            paused.setdefault(day.channel, []).append(day.day)
    for nth in range(world.channels.channels):
        name = f"channel-{nth + 1}"
        at = paused.get(name, [])
        told = _on_day(at)
        fall = falls.get(name)
        if fall is None or fall[1] >= 1 or fall[0] >= world.n_days:
            yield Finding("guard", name, text("world.quiet"), told, not at)
        else:
            deep = fall[1] <= _DEEP and fall[0] >= BASELINE_DAYS
            late = [one for one in at if one >= fall[0]]
            is_right = bool(late) and len(late) == len(at) if deep else None
            told = _on_day(late or at)
            yield Finding("guard", name, _fell(fall), told, is_right)
    if "*" in falls:
        common = sorted({day.day for day, verdict in found if verdict is Verdict.COMMON})
        since, factor = falls["*"]
        late = [day for day in common if day >= since]
        is_right = bool(late) if factor <= _DEEP and since >= BASELINE_DAYS else None
        yield Finding("guard", "*", _fell((since, factor)), _on_day(late or common), is_right)


def _on_day(days: Sequence[int]) -> Text:
    """Return on which day it was first said."""
    return text("world.on_day", day=days[0]) if days else text("world.never")


def _fell(fall: tuple[int, float]) -> Text:
    """Return what truly happened to a channel."""
    return text("world.fell", factor=f"{fall[1]:g}", day=fall[0])


def _plain(found: str) -> Text:
    """Return figures and names, which are the same in every language."""
    return text("world.plain", found=found)


def _drill(world: World) -> Iterator[Finding]:
    """Hold the first explanation against what went wrong."""
    for at, fault in enumerate(world.faults):
        first = drill_funnel(cells_of(world.seed + at, fault, world.cells), STAGES, 1)
        truth = f"{fault.stage}: {_where(fault.where)}"
        if not first:
            yield Finding("drill", fault.name, _plain(truth), text("world.never"), False)
            continue
        found = f"{first[0].step}: {_where(first[0].suspect.where)}"
        yield Finding("drill", fault.name, _plain(truth), _plain(found), found == truth)


def _where(where: Mapping[str, str]) -> str:
    """Return dimensions and values in one order."""
    return ", ".join(f"{name}={where[name]}" for name in sorted(where))


def _experiment(world: World, each: ExperimentWorld) -> Iterator[Finding]:
    """Hold the interval that is good at every look against the true difference."""
    last = [one for one in experiment_of(each, world.seed) if one.day == each.days - 1]
    arms = [
        Arm(each.name, one.variant, one.metric, Sample(one.n, one.total, one.squares), one.share)
        for one in last
    ]
    rates = {one.name: min(1.0, each.rate * (1 + one.lift)) for one in each.variants}
    control = each.variants[0].name
    losing = {one.name for one in each.variants if one.lost != each.variants[0].lost}
    for one in read_out(arms):
        name, metric = one.variant.variant, one.variant.metric
        worth = each.worth if metric == "revenue" else 1.0
        true = (rates[name] - rates[control]) * worth
        low, high = one.anytime
        of = f"{each.name}: {name}, {metric}"
        if one.is_blocked:
            said = text("world.blocked", p=f"{one.srm_p:.2g}", bar=BLOCKED)
            yield Finding("experiment", of, _plain(f"{true:.5g}"), said, name in losing)
        else:
            said = _plain(f"{low:.5g} ~ {high:.5g}")
            yield Finding("experiment", of, _plain(f"{true:.5g}"), said, low <= true <= high)


def _paths(world: World) -> Iterator[Finding]:
    """Hold the Markov shares against the true effect of taking a channel away."""
    drawn = paths_of(world.paths, world.seed)
    paths = [Path(one.touches, one.conversions, one.value, one.nulls) for one in drawn]
    markov = attribute(paths)["markov"]
    whole = sum(markov.values()) or 1.0
    for name, true in removal_shares(world.paths).items():
        found = markov.get(name, 0.0) / whole
        is_right = abs(found - true) <= _NEAR
        yield Finding("attribution", name, _plain(f"{true:.3f}"), _plain(f"{found:.3f}"), is_right)


def _buyers(world: World) -> Iterator[Finding]:
    """Hold the purchases that are expected against those that come."""
    known = world.buyers
    buyers: dict[str, list[float]] = {}
    came = 0
    for one in purchases_of(known, world.seed):
        if one.at < known.weeks:
            buyers.setdefault(one.customer, []).append(one.at)
        else:
            came += 1
    times = [np.array(at) for at in buyers.values()]
    x = np.array([float(len(at) - 1) for at in times])
    recency = np.array([float(at[-1] - at[0]) for at in times])
    age = np.array([float(known.weeks - at[0]) for at in times])
    fitted = fit_repeat_buying(Histories.of(x, recency, age))
    if fitted.model is None:
        told = text("world.cannot_tell")
        yield Finding("clv", "purchases_ahead", _plain(str(came)), told, None)
        return
    expected = float(fitted.model.expected_purchases(x, recency, age, known.ahead).sum())
    yield Finding(
        "clv", f"purchases_ahead ({fitted.name})", _plain(str(came)), _plain(f"{expected:.0f}"),
        abs(expected - came) <= _NEAR_AHEAD * max(came, 1),
    )  # fmt: skip
