"""`did`: the profile has so many events of a name, in a window, that pass the filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_
from typing import Final

import ibis

from huiliu.conditions.asked import Asked, read_asked
from huiliu.conditions.clock import TIMELESS, Scene, When, when_of
from huiliu.conditions.filters import NO_FILTERS, Filters, join, read_filters
from huiliu.conditions.form import Field
from huiliu.conditions.measures import MEASURES
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.conditions.window import ALL_TIME, WINDOW_FORM, WINDOW_KEYS, Window, parse_window
from huiliu.conditions.zones import with_day
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import EventFact, Facts
from huiliu.kernel.texts import Text, text

__all__ = ["COUNT_FORM", "DID", "Did", "read_event"]

_COUNTS = ("at_least", "at_most", "exactly")
_KNOWN = frozenset({"did", "where", *_COUNTS, *MEASURES}) | WINDOW_KEYS

#: How a builder asks for a number of events.
COUNT_FORM: Final = (
    Field("at_least", "whole", instead_of=("exactly",)),
    Field("at_most", "whole", instead_of=("exactly",)),
    Field("exactly", "whole", instead_of=("at_least", "at_most")),
)


@dataclass(frozen=True, slots=True)
class Did:
    """Holds when the number of matching events lies between two bounds, and so do measures."""

    #: As the author wrote it; synonyms are understood when it is read.
    event: str
    fewest: int = 1
    #: None = no upper bound.
    most: int | None = None
    window: Window = ALL_TIME
    where: Filters = NO_FILTERS
    #: What is asked of the matching events beyond their number.
    asked: tuple[Asked, ...] = ()
    #: The brand's zone, for people who have none of their own.
    zone: str = "UTC"
    #: The canonical name of the event.
    name: str = field(init=False, repr=False, compare=False)
    #: Whether time alone may change what a filter or measure says.
    relative: bool = field(init=False, repr=False, compare=False)
    #: The event and how far back it matters; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        name = canonical_name(self.event)
        relative = bool(self.where.timed) or any(one.relative for one in self.asked)
        mentions = self.window.mentions(name)
        if relative:
            zoned = self.where.zoned or any(one.zoned for one in self.asked)
            mentions |= Mentions(
                traits=frozenset({"zone"} if zoned else ()), timed=frozenset({self})
            )
        # Without measures more events are more: over the one bound, or past the other.
        counted = frozenset({name} if not self.asked else ())
        mentions = replace(
            mentions,
            raises=counted if self.most is None else frozenset(),
            lowers=counted if self.fewest == 0 and self.most is not None else frozenset(),
            filtered=frozenset({(name, self.where)} if self.where.each and not relative else ()),
        )
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "relative", relative)
        object.__setattr__(self, "mentions", mentions)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the number of matching events lies within the bounds."""
        rows = facts.events.get(self.name)
        if self.fewest and (not rows or len(rows) < self.fewest):
            # Too few even if all of them matched; that is said without looking at any.
            return False
        return self._held(self._matching(facts, now), self._when(facts, now))

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`."""
        rows = self._rows(tables, now)
        scene = Scene(now, zone=self.zone)
        found = [one.among(rows, tables, scene) for one in self.asked]
        # Who has a value that nobody without events has, did it at least once.
        if (
            self.fewest != 1
            or self.most is not None
            or all(one.takes_nothing() for one in self.asked)
        ):
            found.insert(0, self._counted(rows, tables))
        return reduce(and_, found)

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when events leaving the window bring the number over a bound."""
        return self.look(facts, now)[1]

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when time may change that."""
        rows = facts.events.get(self.name)
        if not rows or len(rows) < self.fewest:
            # Too few even if all of them matched; that is said without looking at any.
            return not self.fewest and self._held([], self._when(facts, now)), None
        matching = self._matching(facts, now)
        held = self._held(matching, self._when(facts, now))
        return held, self._change(facts, matching, now)

    def dues(self, tables: Tables, now: int) -> ibis.Table:
        """Return when time may first change what a filter or measure says, for everybody."""
        found: list[ibis.Table] = []
        if self.where.timed:
            rows, scene = self._named(tables, now, self.where.zoned)
            for path, test in self.where.timed:
                one = test.comparison.relative
                assert one is not None, "only tests with the present are timed"
                due = one.among(tables.cell(rows.properties, path), test.constant, scene)
                found.append(rows.select("profile_id", due=due))
        matching = self._rows(tables, now)
        for asked in self.asked:
            found += asked.dues(matching, tables, Scene(now, zone=self.zone))
        every = ibis.union(*found) if len(found) > 1 else found[0]
        return every.filter(every.due.notnull()).group_by("profile_id").agg(due=every.due.min())

    def sentence(self) -> Text:
        """Return the operator in words."""
        said = text(
            f"conditions.did.{self._manner()}",
            event=self.event,
            n=self.fewest,
            most=0 if self.most is None else self.most,
            window=self.window.sentence(),
        )
        about = [one.sentence() for one in self.asked]
        if self.where.each:
            about.insert(0, self.where.sentence())
        if not about:
            return said
        return text("conditions.where", inner=said, where=join("conditions.and", about))

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        tree: dict[str, object] = {"did": self.event}
        if self.most is not None and self.fewest == self.most:
            tree["exactly"] = self.most
        else:
            if self.fewest != 1 and not (self.fewest == 0 and self.most is not None):
                tree["at_least"] = self.fewest
            if self.fewest == 1 and self.most is not None:
                tree["at_least"] = 1
            if self.most is not None:
                tree["at_most"] = self.most
        tree |= self.window.tree()
        if self.where.each:
            tree["where"] = self.where.tree()
        return tree | {one.measure.name: one.tree() for one in self.asked}

    def _matching(self, facts: Facts, now: int) -> list[EventFact]:
        """Return the events that count."""
        rows = facts.events.get(self.name)
        if not rows:
            return []
        low, high = self.window.bounds(facts, now)
        if not self.where.each:
            return [row for row in rows if low <= row.occurred_at < high]
        hold, when = self.where.hold, self._when(facts, now)
        return [row for row in rows if low <= row.occurred_at < high and hold(row.properties, when)]

    def _held(self, matching: list[EventFact], when: When) -> bool:
        """Say whether so many events are neither too few nor too many, and what they measure."""
        n = len(matching)
        return (
            self.fewest <= n
            and (self.most is None or n <= self.most)
            and (not self.asked or all(one.holds(matching, when) for one in self.asked))
        )

    def _when(self, facts: Facts, now: int) -> When:
        """Return the person's present, as far as filters and measures ask for one."""
        return when_of(facts, now, self.zone) if self.relative else TIMELESS

    def _change(self, facts: Facts, matching: list[EventFact], now: int) -> int | None:
        """Return when time may first change the answer; None = only new facts can."""
        found: list[int | None] = []
        if self.relative:
            when = self._when(facts, now)
            found += [one.change(matching, when) for one in self.asked]
            if self.where.timed:
                rows = facts.events.get(self.name, ())
                found += [self.where.change(row.properties, when) for row in rows]
        if self.window.during:
            low, _ = self.window.bounds(facts, now)
            if any(row.occurred_at >= low for row in facts.events.get(self.name, ())):
                found.append(self.window.next_edge(facts, now))
        elif self.window.within:
            found.append(self._leaving(matching))
        return min((at for at in found if at is not None), default=None)

    def _leaving(self, matching: list[EventFact]) -> int | None:
        """Return when events that leave a rolling window may change the answer.

        Events only leave, so the number goes down: over the upper bound, then the lower one. A
        measure may change with every event that leaves.
        """
        n = len(matching)
        if not n:
            return None
        if self.asked:
            leaving = 1
        elif self.most is not None and n > self.most:
            leaving = n - self.most
        elif n >= self.fewest > 0:
            leaving = n - self.fewest + 1
        else:
            return None
        moments = [row.occurred_at for row in matching]
        return sorted(moments)[leaving - 1] + self.window.within

    def _named(self, tables: Tables, now: int, zoned: bool) -> tuple[ibis.Table, Scene]:
        """Return the events of the name in the window, with their people's present."""
        events = tables.events
        rows = self.window.rows(events.filter(events.name == self.name), tables, now)
        if not zoned:
            return rows, Scene(now, zone=self.zone)
        placed = with_day(rows, tables, now, self.zone)
        return placed, Scene(now, placed.local_day, self.zone)

    def _rows(self, tables: Tables, now: int) -> ibis.Table:
        """Return the matching events."""
        rows, scene = self._named(tables, now, self.where.zoned)
        found = self.where.among(rows.properties, tables.cell, scene)
        return rows.filter(*found) if found else rows

    def _counted(self, rows: ibis.Table, tables: Tables) -> ibis.Value:
        """Return the people whose number of matching events lies within the bounds.

        Who has no matching event has no row to count, so where none would do, those are taken
        who do not have too many.
        """
        people = tables.people.profile_id
        if self.fewest == 0:
            if self.most is None:
                return ibis.literal(True)
            return ~people.isin(_counted(rows, self.most + 1, None))
        return people.isin(_counted(rows, self.fewest, self.most))

    def _manner(self) -> str:
        """Return which of the sentences says the bounds."""
        if self.most is None:
            return "once" if self.fewest == 1 else "at_least"
        if self.fewest == self.most:
            return "exactly"
        return "at_most" if self.fewest == 0 else "between"


def _counted(rows: ibis.Table, fewest: int, most: int | None) -> ibis.Value:
    """Return the profiles with at least one row whose number of rows lies within the bounds."""
    if fewest == 1 and most is None:
        return rows.profile_id
    counted = rows.group_by("profile_id").agg(n=rows.count())
    kept = counted.filter(counted.n >= fewest)
    if most is not None:
        kept = kept.filter(kept.n <= most)
    return kept.profile_id


def read_event(
    raw: Mapping[str, object], key: str, path: str, reading: Reading
) -> tuple[str, Window, Filters]:
    """Return the event, window and filters that `did` and `did_not` share."""
    event = raw[key]
    if not isinstance(event, str) or not event:
        reading.fault(f"{path}.{key}", "want_event")
        event = ""
    window = parse_window(raw, path, reading)
    where = read_filters(raw.get("where"), f"{path}.where", reading, clocked=True)
    return event, window, where


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{did: Order Paid, at_least: 2, within: 30d}`."""
    reading.refuse_unknown(raw, _KNOWN, path)
    event, window, where = read_event(raw, "did", path, reading)
    counts = {key: _count(raw[key], f"{path}.{key}", reading) for key in _COUNTS if key in raw}
    if "exactly" in counts and len(counts) > 1:
        reading.fault(f"{path}.exactly", "one_count")
    fewest, most = _bounds(counts)
    if most is not None and most < fewest:
        reading.fault(f"{path}.at_most", "empty_count")
    return Did(event, fewest, most, window, where, read_asked(raw, path, reading), reading.zone)


def _bounds(counts: Mapping[str, int]) -> tuple[int, int | None]:
    """Return the fewest and most events that the counts allow."""
    if "exactly" in counts:
        return counts["exactly"], counts["exactly"]
    most = counts.get("at_most")
    return counts.get("at_least", 1 if most is None else 0), most


def _count(raw: object, path: str, reading: Reading) -> int:
    """Return a whole number of events, noting a problem where it is none."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 1_000_000_000:
        reading.fault(path, "want_count")
        return 0
    return raw


DID = Operator(
    "did",
    _parse,
    form=(
        Field("did", "event", needed=True),
        *COUNT_FORM,
        *WINDOW_FORM,
        Field("where", "filters"),
        *(measure.form for measure in MEASURES.values()),
    ),
)
