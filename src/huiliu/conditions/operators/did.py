"""`did`: the profile has so many events of a name, in a window, that pass the filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis

from huiliu.conditions.filters import NO_FILTERS, Filters, read_filters
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables
from huiliu.conditions.reading import Reading
from huiliu.conditions.window import ALL_TIME, WINDOW_KEYS, Window, parse_window
from huiliu.kernel.events import canonical_name
from huiliu.kernel.facts import Facts
from huiliu.kernel.texts import Text, text

__all__ = ["DID", "Did", "read_event"]

_COUNTS = ("at_least", "at_most", "exactly")
_KNOWN = frozenset({"did", "where", *_COUNTS}) | WINDOW_KEYS


@dataclass(frozen=True, slots=True)
class Did:
    """Holds when the number of matching events lies between two bounds."""

    #: As the author wrote it; synonyms are understood when it is read.
    event: str
    fewest: int = 1
    #: None = no upper bound.
    most: int | None = None
    window: Window = ALL_TIME
    where: Filters = NO_FILTERS
    #: The canonical name of the event.
    name: str = field(init=False, repr=False, compare=False)
    #: The event and how far back it matters; made once, as tracking asks with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned."""
        name, window = canonical_name(self.event), self.window
        mentions = Mentions(
            events=frozenset({name}),
            rolling=frozenset({(name, window.within)} if window.within else ()),
            since=frozenset({window.since} if window.since is not None else ()),
            ever=not window.within and window.since is None,
        )
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "mentions", mentions)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the number of matching events lies within the bounds."""
        return self._within_bounds(len(self._moments(facts, now)))

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`.

        Who has no matching event has no row to count, so where none would do, those are taken
        who do not have too many.
        """
        events = tables.events
        rows = events.filter(
            events.name == self.name,
            *self.window.among(events.occurred_at, now),
            *self.where.among(events.properties, tables.cell),
        )
        people = tables.people.profile_id
        if self.fewest == 0:
            if self.most is None:
                return ibis.literal(True)
            return ~people.isin(_counted(rows, self.most + 1, None))
        return people.isin(_counted(rows, self.fewest, self.most))

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when events leaving the window bring the number over a bound."""
        return self.look(facts, now)[1]

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when events that leave the window may change that."""
        rows = facts.events.get(self.name)
        if not rows or len(rows) < self.fewest:
            # Too few even if all of them matched; that is said without looking at any.
            return not self.fewest, None
        moments = self._moments(facts, now)
        n = len(moments)
        held = self._within_bounds(n)
        if not self.window.within or not n:
            return held, None
        # Events only leave, so the number goes down: over the upper bound, then the lower one.
        if self.most is not None and n > self.most:
            leaving = n - self.most
        elif n >= self.fewest > 0:
            leaving = n - self.fewest + 1
        else:
            return held, None
        return held, sorted(moments)[leaving - 1] + self.window.within

    def sentence(self) -> Text:
        """Return the operator in words."""
        said = text(
            f"conditions.did.{self._manner()}",
            event=self.event,
            n=self.fewest,
            most=0 if self.most is None else self.most,
            window=self.window.sentence(),
        )
        if not self.where.each:
            return said
        return text("conditions.where", inner=said, where=self.where.sentence())

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
        return tree

    def _moments(self, facts: Facts, now: int) -> list[int]:
        """Return the instants of the matching events."""
        rows = facts.events.get(self.name)
        if not rows:
            return []
        has = self.window.has
        if not self.where.each:
            return [row.occurred_at for row in rows if has(row.occurred_at, now)]
        hold = self.where.hold
        return [
            row.occurred_at for row in rows if has(row.occurred_at, now) and hold(row.properties)
        ]

    def _within_bounds(self, n: int) -> bool:
        """Say whether so many events are neither too few nor too many."""
        return self.fewest <= n and (self.most is None or n <= self.most)

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
    return event, window, read_filters(raw.get("where"), f"{path}.where", reading)


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
    return Did(event, fewest, most, window, where)


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


DID = Operator("did", _parse)
