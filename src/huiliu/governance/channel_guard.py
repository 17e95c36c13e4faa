"""Says of each channel each day whether its conversion fell: ok, watch, pause, or all together.

Two named modes. `literal` is the sentence "more than 5 % below the mean", as it stands: it fires on
healthy days too. `statistical` asks first whether everything fell (then the cause is tracking,
season or price, and no channel is at fault), then whether this channel's fall can be noise, and
whether it is likely larger than the threshold; only then it would pause.

Source: Page, "Continuous Inspection Schemes", Biometrika 41 (1954), for the cumulative sum;
DerSimonian, Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7 (1986), for
what all channels have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import exp, log, sqrt
from typing import Final

from scipy.special import ndtr

from huiliu.statistics.power import needed_to_see_drop
from huiliu.statistics.stickiness import widening

__all__ = [
    "BASELINE_DAYS",
    "THRESHOLD",
    "Day",
    "Mode",
    "Reading",
    "Verdict",
    "Watcher",
    "days_to_tell",
    "fall_odds",
    "judge",
    "read_days",
]

#: How far below its mean a channel may be.
THRESHOLD: Final = 0.05
#: Days before a day that tell what is usual.
BASELINE_DAYS: Final = 28
#: With fewer usable days nothing is usual yet.
_FEWEST_DAYS: Final = 7
_WEEK: Final = 7
#: No weekday is so much lower than others, as a logarithm.
_COLLAPSE: Final = log(0.5)
#: What the cumulative sum forgives each day, and where it alarms; in standard deviations.
_SLACK: Final = 0.5
_ALARM: Final = 5.0
#: The sum goes no higher, so that a channel that is well again is soon believed.
_CEILING: Final = 10.0
#: Days that a fall is measured over, at most.
_LONGEST_FALL: Final = 14
#: Conversions that must have been expected in a fall before anything is paused for it.
_LEAST_EXPECTED: Final = 30.0
#: How sure a pause must be that the fall is beyond the threshold.
_SURE: Final = 0.95
#: Before anything is seen, a channel's true ratio to what is usual varies by this much.
_PRIOR_SD: Final = 0.15
#: The part of channels that must fall for a fall to be common.
_MOST: Final = 2 / 3
#: Standard errors that one day alone must be below, to be watched.
_STEEP: Final = 3.5


class Mode(StrEnum):
    """How the guard reads a fall."""

    LITERAL = "literal"
    STATISTICAL = "statistical"


class Verdict(StrEnum):
    """What is said of a channel's day."""

    OK = "ok"
    WATCH = "watch"
    PAUSE = "pause"
    COMMON = "common"


@dataclass(frozen=True, slots=True)
class Day:
    """What one channel did on one day."""

    #: Days since any one day; its number modulo 7 is its weekday.
    day: int
    channel: str
    n: float
    conversions: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was said of a channel's day, and what it rests on."""

    day: Day
    verdict: Verdict
    #: Conversions that were to be expected; None = nothing was usual yet.
    expected: float | None = None
    #: The usual rate, and how much more days vary than counting alone would make them.
    usual: float = 0.0
    dispersion: float = 1.0
    #: The day on which the fall that lasts began; None = nothing falls.
    since: int | None = None


@dataclass(slots=True)
class _Past:
    """What is remembered of a channel."""

    #: (day, n, conversions, what all channels did that day, whether the day may tell what is usual)
    days: list[tuple[int, float, float, float, bool]] = field(default_factory=list)
    fall: float = 0.0
    #: (expected, seen, day) of each day since the sum left zero.
    since: list[tuple[float, float, int]] = field(default_factory=list)
    #: The day on which the sum left zero; the days of `since` are the last ones only.
    began: int = 0


@dataclass(frozen=True, slots=True)
class _Usual:
    """What is usual for a channel on a day."""

    rate: float
    #: Visits that tell of it.
    n: float
    #: How much more days vary than counting alone would make them.
    dispersion: float


def judge(
    days: Sequence[Day], mode: Mode, threshold: float = THRESHOLD
) -> list[tuple[Day, Verdict]]:
    """Return the verdict of every day of every channel, days in order; a day knows no later one."""
    return [(one.day, one.verdict) for one in read_days(days, mode, threshold)]


def read_days(days: Sequence[Day], mode: Mode, threshold: float = THRESHOLD) -> list[Reading]:
    """Return the same with what each verdict rests on."""
    by_day: dict[int, list[Day]] = {}
    for one in days:
        by_day.setdefault(one.day, []).append(one)
    guard = Watcher(threshold)
    found: list[Reading] = []
    for day in sorted(by_day):
        rows = sorted(by_day[day], key=lambda one: one.channel)
        found += guard.literal(rows) if mode is Mode.LITERAL else guard.statistical(rows)
    return found


class Watcher:
    """Reads one day after the other; a day that is not over is read by a copy."""

    def __init__(self, threshold: float) -> None:
        """Know nothing yet."""
        self._threshold = threshold
        self._past: dict[str, _Past] = {}
        #: Day -> what all channels had in common (ratio as a logarithm), where nothing was wrong.
        self._common: dict[int, float] = {}
        self._common_fall = 0.0

    def literal(self, rows: Sequence[Day]) -> list[Reading]:
        """Pause whatever is more than the threshold below its mean; fires on noise too."""
        found = []
        for row in rows:
            past = self._past.setdefault(row.channel, _Past())
            known = [one for one in past.days if one[0] >= row.day - BASELINE_DAYS and one[1]]
            past.days.append((row.day, row.n, row.conversions, 0.0, True))
            if len(known) < _FEWEST_DAYS or row.n <= 0:
                found.append(Reading(row, Verdict.OK))
                continue
            usual = sum(one[2] for one in known) / sum(one[1] for one in known)
            is_low = row.conversions / row.n < usual * (1 - self._threshold)
            verdict = Verdict.PAUSE if is_low else Verdict.OK
            since = row.day if is_low else None
            found.append(Reading(row, verdict, usual * row.n, usual, 1.0, since))
        return found

    def statistical(self, rows: Sequence[Day]) -> list[Reading]:
        """Ask first what all have in common, then what is a channel's own."""
        usual = {row.channel: self._usual(row) for row in rows}
        known = {
            row.channel: (row, one) for row in rows
            if (one := usual[row.channel]) is not None and row.n > 0
        }  # fmt: skip
        ratios = {name: _ratio(row, one) for name, (row, one) in known.items()}
        is_common = self._is_common(rows[0].day, ratios) if rows else False
        found = []
        for row in rows:
            others = {name: one for name, one in ratios.items() if name != row.channel}
            shift, error = _together(others) if len(others) > 1 else (0.0, 0.0)
            one = usual[row.channel]
            past = self._past[row.channel]
            reading = Reading(row, Verdict.OK)
            if one is not None and row.n > 0:
                verdict = self._own(row, one, shift, error)
                # Of a common fall the shift is a part: what was to be expected is without it.
                expected = one.rate * row.n * (1.0 if is_common else exp(shift))
                since = past.since[0][2] if past.since else None
                reading = Reading(row, verdict, expected, one.rate, one.dispersion, since)
            if is_common:
                reading = replace(reading, verdict=Verdict.COMMON, since=row.day)
                # What fell with all others is held against none of them later.
                past.fall, past.since = 0.0, []
            found.append(reading)
            is_quiet = reading.verdict is Verdict.OK
            past.days.append((row.day, row.n, row.conversions, shift, is_quiet))
        if not is_common:
            self._correct(rows, ratios)
        return found

    def _correct(self, rows: Sequence[Day], ratios: Mapping[str, tuple[float, float]]) -> None:
        """Learn nothing about a day from a channel that is known to fall alone.

        What the others did would look too good beside it, and then, as soon as that had become
        usual, too bad: a fall of one that lasts would end as one of all.
        """
        calm = {name: one for name, one in ratios.items() if self._past[name].fall <= _ALARM}
        if len(calm) == len(ratios):
            return
        for row in rows:
            others = {name: one for name, one in calm.items() if name != row.channel}
            if others:
                shift, _ = _together(others)
                day, n, conversions, _, is_quiet = self._past[row.channel].days[-1]
                self._past[row.channel].days[-1] = (day, n, conversions, shift, is_quiet)

    def _usual(self, row: Day) -> _Usual | None:
        """Return what is usual for a channel: quiet days of the last weeks; None = not known."""
        past = self._past.setdefault(row.channel, _Past())
        past.days = [one for one in past.days if one[0] >= row.day - BASELINE_DAYS]
        seen = [one for one in past.days if one[1] > 0]
        quiet = [one for one in seen if one[4]]
        # A fall that lasts for weeks is the new usual: nobody waits for ever.
        used = quiet if len(quiet) >= _FEWEST_DAYS else seen[-2 * _FEWEST_DAYS :]
        if len(used) < _FEWEST_DAYS:
            return None
        # What all channels did on a day is taken out, so that weekdays and seasons do not count.
        n = sum(one[1] * exp(one[3]) for one in used)
        conversions = sum(one[2] for one in used)
        if not conversions:
            return None
        rate = min(conversions / n, 1 - 1e-9)
        off: dict[int, float] = {}
        for day, visits, bought, shift, _ in used:
            expected = visits * min(rate * exp(shift), 1 - 1e-9)
            off[day] = (bought - expected) / sqrt(expected * (1 - expected / visits))
        scatter = sum(one * one for one in off.values()) / (len(off) - 1)
        # A fall hangs together, too: it is no reason to wait for more of it.
        began = past.began if past.since else row.day
        before = {day: one for day, one in off.items() if day < began}
        return _Usual(rate, n, max(1.0, scatter) * widening(before))

    def _is_common(self, day: int, ratios: Mapping[str, tuple[float, float]]) -> bool:
        """Say whether everything fell: tracking, season, price, and no channel's fault."""
        if len(ratios) < 2:
            return False
        shift, error = _together(ratios)
        self._common = dict(list(self._common.items())[-BASELINE_DAYS:])
        usual, spread = _usual_on(day, self._common)
        low = shift - usual
        # Until every weekday was seen twice, only what no weekday does is called a fall.
        bar = log(1 - self._threshold) if len(self._common) >= 2 * _WEEK else _COLLAPSE
        z = low / sqrt(error**2 + spread) if error or spread else 0.0
        falling = sum(ratio < usual and ratio - usual < -own for ratio, own in ratios.values())
        self._common_fall = min(_CEILING, max(0.0, self._common_fall - z - _SLACK))
        is_common = (
            (self._common_fall > _ALARM or z < -_STEEP)
            and max(low, _without_worst(ratios) - usual) < bar
            and falling >= max(2, _MOST * len(ratios))
        )
        if not is_common:
            self._common[day] = shift
        return is_common

    def _own(self, row: Day, usual: _Usual, shift: float, error: float) -> Verdict:
        """Say what is a channel's own, after what the others did is taken out."""
        past = self._past[row.channel]
        rate = min(usual.rate * exp(shift), 1 - 1e-9)
        expected = rate * row.n
        variance = usual.dispersion * rate * (1 - rate) * (1 / row.n + 1 / usual.n)
        z = (row.conversions / row.n - rate) / sqrt(variance + (rate * error) ** 2)
        past.fall = min(_CEILING, max(0.0, past.fall - z - _SLACK))
        if past.fall == 0:
            past.since = []
            return Verdict.OK
        past.began = past.began if past.since else row.day
        past.since = [*past.since, (expected, row.conversions, row.day)][-_LONGEST_FALL:]
        if past.fall <= _ALARM:
            return Verdict.WATCH if z < -_STEEP else Verdict.OK
        return Verdict.PAUSE if self._is_sure(past, usual) else Verdict.WATCH

    def _is_sure(self, past: _Past, usual: _Usual) -> bool:
        """Say whether a fall is beyond the threshold, as likely as a pause must be."""
        expected = sum(one[0] for one in past.since)
        if expected < _LEAST_EXPECTED:
            return False
        seen = sum(one[1] for one in past.since)
        return (
            fall_odds(seen, expected, usual.rate * usual.n, usual.dispersion, self._threshold)
            >= _SURE
        )


def _usual_on(day: int, known: Mapping[int, float]) -> tuple[float, float]:
    """Return what is usual on a day's weekday, and the variance around it, of days by logarithm.

    Where the weekday was seen at least twice it is its own mean, and the variance that of days
    around their weekdays' means; else those of all days.
    """
    if not known:
        return 0.0, 0.0
    weeks: dict[int, list[float]] = {}
    for at, one in known.items():
        weeks.setdefault(at % _WEEK, []).append(one)
    means = {name: sum(some) / len(some) for name, some in weeks.items()}
    same = weeks.get(day % _WEEK, [])
    room = len(known) - len(weeks)
    if len(same) < 2 or room < _WEEK:
        mean = sum(known.values()) / len(known)
        return mean, sum((one - mean) ** 2 for one in known.values()) / max(1, len(known) - 1)
    within = sum((one - means[at % _WEEK]) ** 2 for at, one in known.items()) / room
    return means[day % _WEEK], within * (1 + 1 / len(same))


def fall_odds(
    seen: float, expected: float, basis: float, dispersion: float, threshold: float
) -> float:
    """Return how likely the true ratio to what is usual lies below 1 - threshold.

    Args:
        seen: conversions that there were.
        expected: conversions that were to be expected.
        basis: conversions that tell what is usual.
        dispersion: how much more days vary than counting alone would make them.
        threshold: 0.05 = a twentieth.
    """
    ratio = log(max(seen, 0.5) / expected)
    # As it would vary at the threshold: by what was seen, nothing at all would say nothing at all.
    variance = dispersion * (1 / max(expected * (1 - threshold), 1.0) + 1 / max(basis, 1.0))
    # Drawn towards no change at all, the more the less is known.
    shrunk = _PRIOR_SD**2 / (_PRIOR_SD**2 + variance)
    middle, deviation = ratio * shrunk, sqrt(variance * shrunk)
    return float(ndtr((log(1 - threshold) - middle) / deviation))


def days_to_tell(rate: float, daily: float, dispersion: float, relative: float) -> float | None:
    """Return the days in which so much traffic tells a relative fall from noise.

    One-sided at 1 %, seen four times out of five. None = nothing is known.
    """
    if not 0 < rate < 1 or daily <= 0:
        return None
    return needed_to_see_drop(rate, relative) * max(1.0, dispersion) / daily


def _ratio(row: Day, usual: _Usual) -> tuple[float, float]:
    """Return a channel's day by what is usual, as a logarithm, and its standard error."""
    expected = usual.rate * row.n
    # Half a conversion more on both sides: no day is infinitely bad.
    ratio = log((row.conversions + 0.5) / (expected + 0.5))
    return ratio, sqrt(usual.dispersion * (1 / (expected + 0.5) + 1 / (usual.rate * usual.n)))


def _without_worst(ratios: Mapping[str, tuple[float, float]]) -> float:
    """Return what the others have in common beside the channel that did worst: it may be alone."""
    worst = min(ratios, key=lambda name: ratios[name][0])
    others = {name: one for name, one in ratios.items() if name != worst}
    return _together(others)[0] if len(others) > 1 else next(iter(others.values()))[0]


def _together(ratios: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Return what channels have in common and how well that is known; they may differ truly.

    Where one falls alone, it differs: its weight goes down and the error up.
    """
    values = [one for one, _ in ratios.values()]
    weights = [1 / error**2 for _, error in ratios.values()]
    whole = sum(weights)
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / whole
    spread = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True))
    room = whole - sum(w * w for w in weights) / whole
    between = max(0.0, (spread - (len(values) - 1)) / room) if room > 0 else 0.0
    weights = [1 / (error**2 + between) for _, error in ratios.values()]
    whole = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True)) / whole, sqrt(1 / whole)
