"""Looks for falls: reads each guard's series, says what fell, and pauses what is at fault.

The warehouse is asked with nothing locked. What is decided is written in one transaction, so that
what is paused is paused in the moment in which the fall is written down. Where the warehouse does
not answer, nothing is said, nothing is paused, and whoever looks is told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
from msgspec import structs

from huiliu.governance.channel_guard import Mode, Reading, Verdict, days_to_tell, read_days
from huiliu.governance.guard_document import ADS, KIND, STEPS, VISITS, GuardDocument, parsed_guard
from huiliu.kernel.errors import EngineFailed, NotFound, Unavailable
from huiliu.kernel.times import MINUTE, as_instant
from huiliu.ports.guard import DayRow, LookRow, ReadingRow, SuspectRow
from huiliu.ports.world import World
from huiliu.services.figures import day_number, today
from huiliu.services.guard_causes import Seen, narrowed, open_grounds
from huiliu.services.guard_decide import Fallen, Ramp, Ramped, decide, ramps_of, tell_blind
from huiliu.services.guard_ended import QUIET_DAYS, Key, close_ended
from huiliu.services.guard_pauses import PERSON, SEGMENT
from huiliu.services.guard_product_causes import product_causes
from huiliu.services.guard_series import Eyes, Series, ads_series, open_eyes, visit_series

__all__ = ["look_at_guard", "watch_guards"]

#: Whoever looks has so long until another process may.
_LEASE: Final = 10 * MINUTE
#: Where the warehouse is away it is asked again after this.
_SOON: Final = 5 * MINUTE
#: The warehouse is waited for so long, in seconds: what it has not heard of did not happen to it.
_PATIENCE_S: Final = 30.0
_EPOCH: Final = dt.date(1970, 1, 1)
_SHOWN_DAYS: Final = 42
#: A series with less than this on its busiest day is nobody's traffic.
_LEAST_A_DAY: Final = 20.0
#: The last day that is spoken of may be so many days ago.
_FRESH_DAYS: Final = 1
_YEAR: Final = 366


@dataclass(frozen=True, slots=True)
class _Read:
    """One series with what was said of each of its days."""

    series: Series
    readings: Sequence[Reading]

    def latest(self, last: int) -> Reading | None:
        """Return what was said of the last day, where that is not long ago."""
        newest = self.readings[-1] if self.readings else None
        return newest if newest and newest.day.day >= last - _FRESH_DAYS else None

    def is_well(self, last: int) -> bool:
        """Say whether the two days before the last one were as usual."""
        lately = [one for one in self.readings if last - 2 <= one.day.day < last]
        return bool(lately) and all(one.verdict is Verdict.OK for one in lately)


def watch_guards(world: World, limit: int = 1) -> int:
    """Look with up to `limit` guards that are due; return how many did."""
    done = 0
    with world.store.system() as tx:
        tx.guard.adopt(world.clock.now())
    for _ in range(limit):
        with world.store.system() as tx:
            now = world.clock.now()
            row = tx.guard.claim(now, now + _LEASE)
            document = _in_use(world, row.brand_id, row.slug) if row is not None else None
        if row is None:
            break
        done += 1
        if document is not None:
            _look(world, row, document)
    return done


def look_at_guard(world: World, brand_id: int, slug: str) -> LookRow:
    """Look with one guard at once; return what was seen.

    Raises:
        NotFound: there is no such guard in use.
    """
    document = _in_use(world, brand_id, slug)
    if document is None:
        raise NotFound(KIND, slug)
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.guard.look(brand_id, slug) or LookRow(brand_id, slug, now)
        tx.guard.put_look(row)
    _look(world, row, document)
    with world.store.system() as tx:
        return tx.guard.look(brand_id, slug) or row


def _in_use(world: World, brand_id: int, slug: str) -> GuardDocument | None:
    """Return a guard in use; None = it is not."""
    with world.store.transaction(brand_id) as tx:
        live = [one for one in tx.documents.all(brand_id, KIND)
                if one.slug == slug and one.state == "live"]  # fmt: skip
    return parsed_guard(live[0].source) if live else None


def _look(world: World, row: LookRow, document: GuardDocument) -> None:
    """Look once, and write down what was seen and done about it."""
    now, brand_id = world.clock.now(), row.brand_id
    try:
        world.warehouse.catch_up(_PATIENCE_S)
        found = _Looking(world, brand_id, document).run()
    except (Unavailable, EngineFailed) as away:
        with world.store.system() as tx:
            blind = structs.replace(
                row, fault=type(away).__name__, blind_since=row.blind_since or now,
                due_at=now + min(document.every, _SOON),
            )  # fmt: skip
            tx.guard.put_look(blind)
            tell_blind(tx, world, blind, document)
        return
    seen = LookRow(brand_id, row.slug, now + document.every, now, readings=found.readings)
    decide(world, document, seen, found.fallen, found.well, found.ramped)
    close_ended(world, brand_id, row.slug, found.alive, found.watched)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look found."""

    readings: tuple[ReadingRow, ...]
    fallen: Sequence[Fallen]
    #: (kind, metric, channel, campaign) of what is as usual again.
    well: frozenset[Key]
    ramped: Sequence[Ramped]
    #: Campaigns of which something happened lately.
    alive: frozenset[Key]
    #: (kind, metric) of the campaigns that were read.
    watched: frozenset[tuple[str, str]]


class _Looking:
    """One look of one guard."""

    def __init__(self, world: World, brand_id: int, document: GuardDocument) -> None:
        """Prepare to look."""
        self._world = world
        self._brand_id = brand_id
        self._document = document
        self._today = day_number(today(world))
        self._readings: list[ReadingRow] = []
        self._fallen: list[Fallen] = []
        self._well: set[Key] = set()
        self._alive: set[Key] = set()
        self._watched: set[tuple[str, str]] = set()
        self._ramped: list[Ramped] = []

    def run(self) -> _Found:
        """Look at everything that the document names."""
        document, world, brand_id = self._document, self._world, self._brand_id
        steps = [one for one in STEPS if one in document.metrics]
        ramps = ramps_of(world, brand_id, document)
        if steps or ramps:
            with open_eyes(world, brand_id, document) as eyes:
                for step in steps:
                    self._read_step(eyes, step)
                self._follow(eyes, ramps)
        if VISITS in document.metrics:
            self._judge(VISITS, visit_series(world, brand_id, document), self._today - 1, None)
        if ADS in document.metrics:
            self._read_ads(ads_series(world, brand_id, document))
        return _Found(
            tuple(self._readings), self._fallen, frozenset(self._well), self._ramped,
            frozenset(self._alive), frozenset(self._watched),
        )  # fmt: skip

    def _read_step(self, eyes: Eyes, step: str) -> None:
        """Judge the channels first, then the campaigns of those that are well as a whole."""
        fallen = self._judge(step, eyes.series(step, by_campaign=False), self._today, eyes)
        if self._document.mode is Mode.STATISTICAL:
            every = [one for one in eyes.series(step, by_campaign=True) if one.campaign]
            self._meet("campaign", step, every, self._today)
            campaigns = [one for one in every if one.channel not in fallen]
            self._judge(step, campaigns, self._today, eyes)

    def _read_ads(self, series: Sequence[Series]) -> None:
        """Judge the campaigns of ads, by the last day that their platform has settled."""
        last = max((one.days[-1].day for one in series if one.days), default=self._today)
        if series:
            self._meet(ADS, ADS, series, last)
        self._judge(ADS, series, last, None)

    def _meet(self, kind: str, metric: str, series: Sequence[Series], last: int) -> None:
        """Remember which campaigns go on."""
        self._watched.add((kind, metric))
        self._alive |= {
            (kind, metric, one.channel, one.campaign)
            for one in series
            if one.days[-1].day > last - QUIET_DAYS
        }

    def _judge(
        self, metric: str, series: Sequence[Series], last: int, eyes: Eyes | None
    ) -> frozenset[str]:
        """Judge series of one metric; return the channels that fell, all of them where all did."""
        busy = [one for one in series if max(day.n for day in one.days) >= _LEAST_A_DAY]
        days = [day for one in busy for day in one.days]
        by_key: dict[str, list[Reading]] = {}
        for reading in read_days(days, self._document.mode, self._document.threshold):
            by_key.setdefault(reading.day.channel, []).append(reading)
        read = [_Read(one, by_key.get(one.key, [])) for one in busy]
        self._readings += [_row_of(one, last, self._document.threshold) for one in read]
        common = [one for one in read if _says(one, last, Verdict.COMMON)]
        is_campaign = any(one.series.kind == "campaign" for one in read)
        for one in read:
            if one.is_well(last):
                self._well.add((one.series.kind, metric, one.series.channel, one.series.campaign))
        if common and not is_campaign:
            self._fallen.append(self._together(metric, common, last))
            return frozenset(one.series.channel for one in read)
        if read and all(one.is_well(last) for one in read):
            self._well.add(("measurement", metric, "", ""))
        fell = [one for one in read if _says(one, last, Verdict.PAUSE)]
        known = [one for one in read if (now := one.latest(last)) and now.expected is not None]
        for one in fell:
            self._fallen.append(self._fall_of(one, last, eyes, is_alone=len(known) < 2))
        return frozenset(one.series.channel for one in fell)

    def _fall_of(self, one: _Read, last: int, eyes: Eyes | None, *, is_alone: bool) -> Fallen:
        """Return what is known of a fall, and what is to be paused for it."""
        series, newest = one.series, one.latest(last)
        assert newest is not None
        since_day = newest.since if newest.since is not None else newest.day.day
        since = self._begin(since_day)
        lately = [each for each in one.readings if each.day.day >= since_day]
        n, seen, expected = _sums(lately)
        usual, basis = newest.usual, newest.usual * 28 * max(1.0, _daily(one))
        suspects: list[SuspectRow] = []
        scopes: list[dict[str, str]] = []
        if eyes is not None:
            pausable = self._pausable(eyes)
            with open_grounds(eyes, series.channel) as grounds:
                suspects = grounds.causes(series.campaign, series.metric, since_day, since)
                sent = grounds.rows.select("profile_id", "sent_at")
                products = self._products(series, since, sent)
                scope = narrowed(series.channel, series.campaign, suspects, pausable)
                before = grounds.usual(scope, series.metric, since)
                if before.n and before.seen:
                    usual, basis = before.seen / before.n, before.seen
            # With nothing beside it, whether a channel fell or everything did cannot be told,
            # unless one part of it fell and the rest did not.
            scopes = [] if is_alone and set(scope) <= {"channel"} else [scope]
            suspects = sorted([*suspects, *products], key=_score_of, reverse=True)
        elif series.metric == VISITS:
            suspects = self._products(series, since, None)
            scopes = [{"channel": name} for name in
                      self._document.delivers.get(series.channel, ())]  # fmt: skip
        elif series.metric == ADS:
            account, _, campaign = series.campaign.partition("/")
            scopes = [] if is_alone else [{"account": account, "campaign": campaign}]
        return Fallen(
            series.kind, series.metric, series.channel, series.campaign, since, n, seen, expected,
            usual, basis, newest.dispersion, _evidence(one.readings, last), tuple(suspects),
            tuple(scopes), is_alone=is_alone,
        )  # fmt: skip

    def _products(self, series: Series, since: int, sent: ibis.Table | None) -> list[SuspectRow]:
        """Return for which products shopping fell, where it is shopping that fell."""
        if series.metric not in {"cart", "pay", VISITS}:
            return []
        return product_causes(
            self._world, self._brand_id, since, within=self._document.within, sent=sent,
            step="cart" if series.metric == "cart" else "pay",
            channel=series.channel if series.metric == VISITS else "",
        )  # fmt: skip

    def _pausable(self, eyes: Eyes) -> tuple[str, ...]:
        """Return the dimensions that messages can be told apart by when they are sent."""
        own = ("journey", "node", "template", "template_version", "account")
        segments = (f"{SEGMENT}{one}" for one in eyes.document.segments)
        return (*own, *sorted(PERSON), *segments)

    def _follow(self, eyes: Eyes, ramps: Sequence[Ramp]) -> None:
        """See how those fare who get messages again."""
        for one in ramps:
            row, scope = one.incident, one.pause.scope
            usual, basis = row.usual, row.basis
            with open_grounds(eyes, scope.get("channel", "")) as grounds:
                if row.metric in STEPS:
                    seen: Seen = grounds.since(scope, row.metric, one.pause.changed_at)
                else:
                    # What is usual of visits is not what is usual of messages that bring them.
                    before = grounds.usual(scope, "pay", row.since)
                    usual, basis = before.seen / before.n if before.n else 0.0, before.seen
                    seen = grounds.since(scope, "pay", one.pause.changed_at)
            self._ramped.append(Ramped(one, seen.n, seen.seen, usual, basis))

    def _together(self, metric: str, common: Sequence[_Read], last: int) -> Fallen:
        """Return a fall of everything: nobody's fault that could be paused."""
        sums: dict[int, list[float]] = {}
        for one in common:
            for reading in one.readings:
                held = sums.setdefault(reading.day.day, [0.0, 0.0, 0.0])
                held[0] += reading.day.n
                held[1] += reading.day.conversions
                held[2] += reading.expected or 0.0
        days = sorted(day for day in sums if day > last - _SHOWN_DAYS)
        begins = last
        for one in common:
            day = last
            for reading in reversed(one.readings):
                if reading.verdict is not Verdict.COMMON:
                    break
                day = reading.day.day
            begins = min(begins, day)
        lately = [sums[day] for day in days if day >= begins]
        n, seen, expected = (sum(one[nth] for one in lately) for nth in range(3))
        evidence = tuple(
            DayRow(day, sums[day][0], sums[day][1], sums[day][2] or None) for day in days
        )
        return Fallen(
            "measurement", metric, "", "", self._begin(begins), n, seen, expected,
            expected / n if n else 0.0, expected, 1.0, evidence, (), (),
        )  # fmt: skip

    def _begin(self, day: int) -> int:
        """Return the first instant of a day by the brand's clocks."""
        found = as_instant((_EPOCH + dt.timedelta(days=day)).isoformat(), self._world.zone)
        assert found is not None
        return found


def _score_of(one: SuspectRow) -> float:
    """Return how well a suspect explains a fall."""
    return one.score


def _says(one: _Read, last: int, verdict: Verdict) -> bool:
    """Say whether the last day of a series has a verdict."""
    newest = one.latest(last)
    return newest is not None and newest.verdict is verdict


def _evidence(readings: Sequence[Reading], last: int) -> tuple[DayRow, ...]:
    """Return the days of a chart."""
    return tuple(
        DayRow(one.day.day, one.day.n, one.day.conversions, one.expected)
        for one in readings
        if one.day.day > last - _SHOWN_DAYS
    )


def _sums(readings: Sequence[Reading]) -> tuple[float, float, float]:
    """Return what was looked at, seen and expected on some days."""
    known = [one for one in readings if one.expected is not None]
    return (
        sum(one.day.n for one in known),
        sum(one.day.conversions for one in known),
        sum(one.expected or 0.0 for one in known),
    )


def _daily(one: _Read) -> float:
    """Return how much there is to look at on a day, over the last four weeks."""
    lately = one.readings[-28:]
    return sum(each.day.n for each in lately) / len(lately) if lately else 0.0


def _row_of(one: _Read, last: int, threshold: float) -> ReadingRow:
    """Return a series as it is shown."""
    series, newest, daily = one.series, one.latest(last), _daily(one)
    if newest is None or newest.expected is None:
        day = one.readings[-1].day if one.readings else None
        return ReadingRow(
            series.kind, series.metric, series.channel, series.campaign, "unknown",
            day.n if day else 0.0, day.conversions if day else 0.0, None, 0.0, daily, None,
            len(one.readings),
        )  # fmt: skip
    tell = days_to_tell(newest.usual, daily, newest.dispersion, threshold)
    return ReadingRow(
        series.kind, series.metric, series.channel, series.campaign, str(newest.verdict),
        newest.day.n, newest.day.conversions, newest.expected, newest.usual, daily,
        tell if tell is not None and tell <= _YEAR else None, len(one.readings),
    )  # fmt: skip
