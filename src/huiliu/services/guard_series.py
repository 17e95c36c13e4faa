"""Reads what the channel guard judges: a series of days for each channel and campaign.

What was sent lately has not had its time yet. A day's messages therefore count as far as the steps
of earlier messages had come after as long: with the lag curve F of the channel, n messages of age a
are n F(a). That is the same as the seen over F(a), without making its noise look smaller.
"""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import ibis

from huiliu.governance.channel_guard import BASELINE_DAYS, Day
from huiliu.governance.guard_document import ADS, STEPS, VISITS, GuardDocument
from huiliu.kernel.times import DAY, local_datetime
from huiliu.metrics import METRICS
from huiliu.ports.world import World
from huiliu.reports.guard_messages import Asked, counts, lags, message_rows
from huiliu.services.figures import day_number, frame_of, today
from huiliu.services.figures import read_days as read_metric_days

__all__ = ["HISTORY_DAYS", "Eyes", "Series", "ads_series", "open_eyes", "visit_series"]

#: Days that are read: those that tell what is usual for the first that is judged, and these.
HISTORY_DAYS: Final = 2 * BASELINE_DAYS + 14
_HOUR: Final = 3_600_000_000
#: Steps of a channel that must be known before its own lag curve is believed.
_FEWEST_LAGS: Final = 50
#: Platforms of ads correct what they said of the last days.
_ADS_SETTLE_DAYS: Final = 3
_MOST_SPEND: Final = 100_000
_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Series:
    """The days of one channel, campaign or ad campaign, for one metric."""

    #: channel, campaign, ads or visits.
    kind: str
    metric: str
    channel: str
    campaign: str
    days: Sequence[Day]

    @property
    def key(self) -> str:
        """Return what tells it apart among those of its kind and metric."""
        return f"{self.channel}\n{self.campaign}" if self.campaign else self.channel


@dataclass(slots=True)
class Eyes:
    """The messages of a brand, held for as long as the guard looks at them."""

    world: World
    brand_id: int
    document: GuardDocument
    asked: Asked
    #: One row a message; held in the warehouse.
    rows: ibis.Table
    #: (channel, step) -> the part of steps that came within so many hours, 0 hours first.
    _curves: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)
    #: Rows of `reports.guard_messages.counts`.
    _counts: Sequence[Mapping[str, Any]] = ()

    def read(self) -> None:
        """Count, and learn how late steps come."""
        run = self.world.warehouse.run
        self._curves = _curves(run(lags(self.rows, self.asked)).to_pylist())
        channels, campaigns = self.document.channels, self.document.campaigns
        self._counts = [
            row
            for row in run(counts(self.rows, self.asked)).to_pylist()
            if (not channels or row["channel"] in channels)
            and (not campaigns or row["journey"] in campaigns)
        ]

    def series(self, step: str, *, by_campaign: bool) -> list[Series]:
        """Return the days of each channel, or of each campaign on each."""
        days: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(dict)
        for row in self._counts:
            channel = str(row["channel"])
            key = channel, str(row["journey"]) if by_campaign else ""
            held = days[key].setdefault(int(row["day"]), [0.0, 0.0])
            n = float(row["n"] if step == "deliver" else row["m"])
            held[0] += n * self._ripe(channel, step, row["hour"])
            held[1] += float(row[step])
        kind = "campaign" if by_campaign else "channel"
        found = []
        for (channel, campaign), mine in sorted(days.items()):
            name = f"{channel}\n{campaign}" if campaign else channel
            found.append(Series(kind, step, channel, campaign, [
                Day(day, name, max(n, seen), seen)
                for day, (n, seen) in sorted(mine.items())
                if n >= 1
            ]))  # fmt: skip
        return [one for one in found if one.days]

    def ripeness(self, channel: str, since_day: int) -> dict[str, float]:
        """Return step -> how much of it the messages of a channel since a day had time for."""
        found = {}
        for step in STEPS:
            mine = [one for one in self._counts
                    if one["channel"] == channel and one["day"] >= since_day]  # fmt: skip
            whole = sum(float(one["n"]) for one in mine)
            part = sum(float(one["n"]) * self._ripe(channel, step, one["hour"]) for one in mine)
            found[step] = part / whole if whole else 1.0
        return found

    def ripe_of(self, channel: str, step: str, at: int) -> float:
        """Return how much of a step a message of an instant had time for."""
        is_ripe = at < self.asked.ripe
        return 1.0 if is_ripe else self._ripe(channel, step, at // _HOUR)

    def _ripe(self, channel: str, step: str, hour: float) -> float:
        """Return how much of a step messages of an hour had time for; -1 = all of it."""
        if hour < 0:
            return 1.0
        curve = self._curves.get((channel, step)) or self._curves.get(("", step))
        if curve is None:
            return 0.0
        age = max(0.0, self.asked.now / _HOUR - hour - 0.5)
        at = min(int(age), len(curve) - 1)
        following = min(at + 1, len(curve) - 1)
        return curve[at] + (curve[following] - curve[at]) * min(1.0, age - at)


@contextmanager
def open_eyes(world: World, brand_id: int, document: GuardDocument) -> Iterator[Eyes]:
    """Lend a brand's messages of the last weeks; raise EngineFailed, Unavailable."""
    now = world.clock.now()
    asked = Asked(
        world.warehouse.population(brand_id), world.zone, now, now - HISTORY_DAYS * DAY,
        document.within,
    )  # fmt: skip
    name = f"guard-{brand_id}-{os.getpid()}-{next(_NUMBERS)}"
    rows = world.warehouse.keep(name, message_rows(asked))
    try:
        eyes = Eyes(world, brand_id, document, asked, rows)
        eyes.read()
        yield eyes
    finally:
        world.warehouse.let_go([name])


def visit_series(world: World, brand_id: int, document: GuardDocument) -> list[Series]:
    """Return, by channel, the people who were there on each day that is over, and who paid."""
    last = today(world)
    first = local_datetime(world.clock.now() - HISTORY_DAYS * DAY, world.zone).date()
    frame = frame_of(world, brand_id, first, last, document.channels)
    found = read_metric_days(world, METRICS["conversion"], frame, by_channel=True)
    now = day_number(last)
    return [
        Series(VISITS, VISITS, channel, "", [
            Day(day, channel, bottom, top) for day, (top, bottom) in sorted(days.items())
            if day < now
        ])
        for channel, days in sorted(found.items()) if channel
    ]  # fmt: skip


def ads_series(world: World, brand_id: int, document: GuardDocument) -> list[Series]:
    """Return the clicks and conversions of each ad campaign, as its platform counts them."""
    last = today(world)
    first = local_datetime(world.clock.now() - HISTORY_DAYS * DAY, world.zone).date()
    with world.store.transaction(brand_id) as tx:
        rows = tx.ad_results.spend(brand_id, first.isoformat(), last.isoformat(), limit=_MOST_SPEND)
        platforms = {one.name: one.platform for one in tx.ads.accounts(brand_id)}
    settled = day_number(last) - _ADS_SETTLE_DAYS
    days: dict[tuple[str, str], list[Day]] = defaultdict(list)
    for account, spend in rows:
        day = day_number(type(last).fromisoformat(spend.day))
        if spend.clicks and day <= settled:
            campaign = f"{account}/{spend.object_id}"
            platform = platforms.get(account, account)
            seen = min(spend.conversions, spend.clicks)
            days[platform, campaign].append(Day(day, f"{platform}\n{campaign}", spend.clicks, seen))
    return [
        Series(ADS, ADS, channel, campaign, sorted(mine, key=_day_of))
        for (channel, campaign), mine in sorted(days.items())
        if not document.channels or channel in document.channels
    ]


def _day_of(one: Day) -> int:
    """Return the number of a day."""
    return one.day


def _curves(
    rows: Sequence[Mapping[str, object]],
) -> dict[tuple[str, str], list[float]]:
    """Return the lag curve of each channel and step that has enough, and of all together."""
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        n, hours = int(str(row["n"])), max(0, int(str(row["hours"])))
        for channel in (str(row["channel"]), ""):
            found[channel, str(row["step"])][hours] += n
    curves = {}
    for key, by_hour in found.items():
        whole = sum(by_hour.values())
        if whole < _FEWEST_LAGS:
            continue
        curve, so_far = [0.0], 0
        for hour in range(max(by_hour) + 1):
            so_far += by_hour.get(hour, 0)
            curve.append(so_far / whole)
        curves[key] = curve
    return curves
