"""What a message is worth: the odds that it converts, and that it drives somebody away.

`docs/explanation/attention.md` derives the formulas; here they stand in the same order.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec
import numpy as np

from huiliu.kernel.times import DAY
from huiliu.messages.attention import Attention
from huiliu.messages.caps import SentBefore
from huiliu.statistics.histories import Floats
from huiliu.statistics.logistic import fit_logistic
from huiliu.statistics.shrinkage import shrink

__all__ = ["NO_ODDS", "Cell", "Hazard", "Odds", "Tired", "Tries", "fit_hazard", "odds_of", "tired"]

_SERVICE: Final = "service"
#: Rates are asked for of a channel when nothing is known of the segment or of the journey.
_ANY: Final = ""
#: Fewer opt-outs than this tell no pattern: then every send counts alike.
_FEWEST_EVENTS: Final = 20


class Cell(msgspec.Struct, frozen=True):
    """What was seen of a journey's messages in one segment on one channel."""

    journey: str
    segment: str
    channel: str
    n: int
    n_converted: int
    n_opted_out: int


class Tired(msgspec.Struct, frozen=True):
    """How much marketing somebody had on a channel, before a message."""

    day: int = 0
    week: int = 0
    month: int = 0


class Tries(msgspec.Struct, frozen=True):
    """How often a message met somebody so tired, and how often they opted out upon it."""

    tired: Tired
    n: int
    k: int


class Hazard(msgspec.Struct, frozen=True):
    """How the hazard of opting out grows with what somebody had lately."""

    #: Of 1, ln(1 + day), ln(1 + week), ln(1 + month).
    coefficients: tuple[float, float, float, float]
    errors: tuple[float, float, float, float]
    #: The mean hazard over all sends that it was found from.
    mean: float
    n: int
    n_events: int

    def at(self, tired: Tired) -> float:
        """Return the probability that somebody so tired opts out upon one more message."""
        logs = (1.0, *(math.log1p(n) for n in (tired.day, tired.week, tired.month)))
        score = sum(one * other for one, other in zip(self.coefficients, logs, strict=True))
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, score))))

    def relative(self, tired: Tired) -> float:
        """Return how many times the mean hazard that is."""
        return self.at(tired) / self.mean if self.mean > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Odds:
    """Shrunken rates by journey, segment and channel, and how tiring each channel is."""

    #: (journey, segment, channel) -> P(convert | send); "" = any.
    converts: Mapping[tuple[str, str, str], float] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: (segment, channel) -> P(opt out | send).
    opts_out: Mapping[tuple[str, str], float] = field(default_factory=lambda: MappingProxyType({}))
    hazards: Mapping[str, Hazard] = field(default_factory=lambda: MappingProxyType({}))

    def convert(self, journey: str, segment: str, channel: str) -> float:
        """Return P(convert | send), of the nearest cell that is known."""
        for key in ((journey, segment), (journey, _ANY), (_ANY, segment), (_ANY, _ANY)):
            if (*key, channel) in self.converts:
                return self.converts[*key, channel]
        return 0.0

    def opt_out(self, segment: str, channel: str, tired: Tired) -> float:
        """Return P(opt out | send): the segment's rate, times how tired the person is."""
        rate = self.opts_out.get((segment, channel), self.opts_out.get((_ANY, channel), 0.0))
        hazard = self.hazards.get(channel)
        return min(1.0, rate * hazard.relative(tired)) if hazard is not None else rate

    def worth(
        self,
        attention: Attention,
        journey: str,
        segment: str,
        channel: str,
        tired: Tired,
        remaining: float,
    ) -> float:
        """Return P(convert | send) x margin - P(opt out | send) x remaining value."""
        gain = self.convert(journey, segment, channel) * attention.margin_of(journey)
        return gain - self.opt_out(segment, channel, tired) * remaining


NO_ODDS: Final = Odds()


def tired(sent: Sequence[SentBefore], channel: str, now: int) -> Tired:
    """Return how much marketing somebody had on a channel in the last day, week and month."""
    ages = [
        now - one.sent_at
        for one in sent
        if one.channel == channel and one.message_class != _SERVICE
    ]
    day, week, month = (sum(0 <= age < span * DAY for age in ages) for span in (1, 7, 30))
    return Tired(day, week, month)


def odds_of(cells: Sequence[Cell], hazards: Mapping[str, Hazard]) -> Odds:
    """Return the odds that counts tell, each rate drawn to that of the level above it.

    A journey's rate in a segment is drawn to the segment's on that channel, a segment's to the
    channel's, and the channel's to that of all: the fewer the sends, the stronger.
    """
    converts = _levels([(one, one.n_converted) for one in cells])
    opted = _levels([(one, one.n_opted_out) for one in cells])
    opts_out = {key[1:]: rate for key, rate in opted.items() if key[0] == _ANY}
    return Odds(converts, opts_out, dict(hazards))


_Key: TypeAlias = tuple[str, str, str]


def _levels(cells: Sequence[tuple[Cell, int]]) -> dict[_Key, float]:
    """Return (journey, segment, channel) -> rate, with "" for any, shrunken level by level."""
    counts: dict[_Key, tuple[int, int]] = {}
    for cell, k in cells:
        # In every segment at once, and in none: a journey's own rate where its segment is new.
        for key in _keys(cell):
            n_before, k_before = counts.get(key, (0, 0))
            counts[key] = n_before + cell.n, k_before + k
    channels = {key: one for key, one in counts.items() if key[:2] == (_ANY, _ANY)}
    found: dict[_Key, float] = {}
    if not channels:
        return found
    total = shrink(*_columns([list(channels.values())]))
    overall = total.rates[0]
    for key, (n, k) in channels.items():
        found[key] = _drawn(n, k, total.strength, overall)
    for level in (_is_of_segment, _is_of_journey, _is_leaf):
        own = {key: one for key, one in counts.items() if level(key) and key not in found}
        groups: dict[_Key, list[tuple[int, int]]] = defaultdict(list)
        for key, one in own.items():
            groups[_above(key)].append(one)
        if groups:
            strength = shrink(*_columns(list(groups.values()))).strength
            for key, (n, k) in own.items():
                found[key] = _drawn(n, k, strength, found[_above(key)])
    return found


def _keys(cell: Cell) -> set[_Key]:
    """Return every cell, of all levels, that counts belong to."""
    journey, segment, channel = cell.journey, cell.segment, cell.channel
    return {(one, other, channel) for one in (journey, _ANY) for other in (segment, _ANY)}


def _is_of_segment(key: _Key) -> bool:
    """Say whether a cell is of a segment, all journeys together."""
    return key[0] == _ANY and key[1] != _ANY


def _is_of_journey(key: _Key) -> bool:
    """Say whether a cell is of a journey, all segments together."""
    return key[0] != _ANY and key[1] == _ANY


def _is_leaf(key: _Key) -> bool:
    """Say whether a cell is of one journey in one segment."""
    return key[0] != _ANY and key[1] != _ANY


def _above(key: _Key) -> _Key:
    """Return the cell whose rate a cell's is drawn to."""
    return (_ANY, key[1], key[2]) if _is_leaf(key) else (_ANY, _ANY, key[2])


def _drawn(n: int, k: int, strength: float, rate: float) -> float:
    """Return a rate of few tries, drawn to another as if that had been seen `strength` times."""
    return (k + strength * rate) / (n + strength)


def _columns(groups: Sequence[Sequence[tuple[int, int]]]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return of each group its cells, tries, successes, and the sum of k^2 / n."""
    rows = [
        (
            float(len(cells)), float(sum(n for n, _ in cells)), float(sum(k for _, k in cells)),
            float(sum(k * k / n for n, k in cells if n)),
        )
        for cells in groups
    ]  # fmt: skip
    columns = np.asarray(rows, np.float64)
    return columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3]


def fit_hazard(tries: Sequence[Tries]) -> Hazard | None:
    """Return how the hazard grows, or None where too few opted out to say."""
    n = np.asarray([one.n for one in tries], np.float64)
    k = np.asarray([one.k for one in tries], np.float64)
    if not tries or k.sum() < _FEWEST_EVENTS:
        return None
    rows = np.log1p(
        np.asarray([(t.tired.day, t.tired.week, t.tired.month) for t in tries], np.float64)
    )
    found = fit_logistic(rows, n, k)
    return Hazard(
        _four(found.coefficients), _four(found.errors), float(k.sum() / n.sum()), int(n.sum()),
        int(k.sum()),
    )  # fmt: skip


def _four(numbers: Floats) -> tuple[float, float, float, float]:
    """Return four numbers as they are kept."""
    first, second, third, fourth = (float(one) for one in numbers)
    return first, second, third, fourth
