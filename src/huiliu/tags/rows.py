"""Which rows a recipe reads: purchases, their lines, or events, of some time, past filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Final

import ibis

from huiliu.conditions.filters import NO_FILTERS, Filters, read_filters
from huiliu.conditions.population import moment_literal
from huiliu.conditions.values import as_moment
from huiliu.kernel.events import canonical_name
from huiliu.kernel.times import show_duration, show_instant
from huiliu.metrics.purchases import LINES, MONEY, PURCHASES
from huiliu.tags.columns import ColumnCell
from huiliu.tags.reading import TagReading
from huiliu.tags.recipe import Ground, Lineage

__all__ = ["ROW_KEYS", "Rows", "parse_rows", "read_property"]

ROW_KEYS: Final = frozenset({"of", "event", "within", "since", "before", "where"})

#: Columns of an event that are no properties: its name, and where it came from.
_OWN: Final = {"$event": "name", "$channel": "channel"}
_COLUMNS: Final = {"purchases": PURCHASES, "lines": LINES}
#: Types of tags by the types of columns.
_TYPES: Final = {"string": "text", "float64": "number", "timestamp(6)": "moment"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of people: each has `profile_id`, `at`, and `tie`, which orders rows of one instant."""

    #: purchases, lines or events.
    of: str = "purchases"
    #: The events, as the author wrote them.
    events: tuple[str, ...] = ()
    #: Only of the last so many microseconds; 0 = of all time.
    within: int = 0
    #: Only from this instant on, and before that one; None = open.
    since: int | None = None
    before: int | None = None
    where: Filters = NO_FILTERS

    @property
    def lineage(self) -> Lineage:
        """What the rows are made of."""
        if self.of == "events":
            return Lineage(events=frozenset(map(canonical_name, self.events)))
        # Lines are found through their orders.
        return Lineage(needs=frozenset({"purchases", self.of}))

    def read(self, ground: Ground, now: int) -> ibis.Table:
        """Return the rows."""
        if self.of == "events":
            rows = ground.tables.events
            names = sorted({canonical_name(name) for name in self.events})
            rows = rows.filter(rows.name.isin(names))
            rows = rows.mutate(at=rows.occurred_at, tie=rows.position)
        else:
            rows = ground.purchases if self.of == "purchases" else ground.lines
            tie = rows.order_id
            if self.of == "lines":
                tie = tie + "/" + rows.product_id.fill_null("")
            rows = rows.mutate(at=rows.paid_at, tie=tie)
        tests = [*self._times(rows["at"], now), *self._tests(rows, ground)]
        return rows.filter(*tests) if tests else rows

    def passes(self, rows: ibis.Table, ground: Ground) -> ibis.Value:
        """Return whether a row passes the filters; never null."""
        return reduce(and_, self._tests(rows, ground), ibis.literal(True))

    def value(self, rows: ibis.Table, name: str, type_: str, ground: Ground) -> ibis.Value:
        """Return a property of the rows, read as a type of tags; null where it is none."""
        if self.of != "events":
            return rows[name]
        if name in _OWN:
            return rows[_OWN[name]]
        cell = ground.tables.cell(rows.properties, tuple(name.split(".")))
        if type_ == "flag":
            return cell.flag()
        return cell.number() if type_ == "number" else cell.text()

    def one_currency(self, rows: ibis.Table, name: str, ground: Ground) -> ibis.Table:
        """Return the rows without those whose money cannot be added to the brand's."""
        if not self.tells_money(name):
            return rows
        return rows.filter((rows.currency == ground.currency) | rows.currency.isnull())

    def other_currencies(self, ground: Ground, now: int) -> ibis.Table:
        """Return how many rows `one_currency` leaves out, as `n`."""
        rows = self.read(ground, now)
        return rows.aggregate(n=(rows.currency != ground.currency).sum())

    def tells_money(self, name: str) -> bool:
        """Say whether a column is money of the row's currency."""
        return self.of != "events" and name in MONEY

    def tree(self) -> dict[str, object]:
        """Return the canonical plain keys."""
        tree: dict[str, object] = {}
        if self.of == "events":
            tree["event"] = self.events[0] if len(self.events) == 1 else list(self.events)
        else:
            tree["of"] = self.of
        if self.within:
            tree["within"] = show_duration(self.within)
        if self.since is not None:
            tree["since"] = show_instant(self.since)
        if self.before is not None:
            tree["before"] = show_instant(self.before)
        if self.where.each:
            tree["where"] = self.where.tree()
        return tree

    def _tests(self, rows: ibis.Table, ground: Ground) -> list[ibis.Value]:
        """Return the expressions of the filters."""
        if self.of == "events":
            return self.where.among(rows.properties, ground.tables.cell)
        return self.where.among(rows, _column_of)

    def _times(self, at: ibis.Value, now: int) -> list[ibis.Value]:
        """Return the expressions of the stretch of time."""
        found = []
        if self.within:
            found.append(at > moment_literal(now - self.within))
        if self.since is not None:
            found.append(at >= moment_literal(self.since))
        if self.before is not None:
            found.append(at < moment_literal(self.before))
        return found


def _column_of(rows: ibis.Table, path: tuple[str, ...]) -> ColumnCell:
    """Return a column of purchases or lines, to be read as a property would be."""
    return ColumnCell(rows[path[0]])


def parse_rows(raw: Mapping[str, object], path: str, reading: TagReading) -> Rows:
    """Return the rows that a recipe's keys name, noting every problem."""
    of = raw.get("of", "events" if "event" in raw else "purchases")
    events: tuple[str, ...] = ()
    if "event" in raw:
        if "of" in raw:
            reading.wrong(f"{path}.of", "event_or_of")
        events, of = reading.words(raw["event"], f"{path}.event"), "events"
    elif of not in _COLUMNS:
        reading.wrong(f"{path}.of", "want_rows", found=str(of)[:60])
        of = "purchases"
    within = reading.length(raw["within"], f"{path}.within") if "within" in raw else 0
    since, before = (_moment(raw, key, path, reading) for key in ("since", "before"))
    if since is not None and before is not None and before <= since:
        reading.fault(f"{path}.before", "empty_window")
    where = read_filters(raw.get("where"), f"{path}.where", reading)
    if of != "events":
        for at, one in enumerate(where.each):
            if one.property[0] not in _COLUMNS[str(of)] or len(one.property) > 1:
                _unknown(".".join(one.property), str(of), f"{path}.where[{at}].property", reading)
                where = NO_FILTERS
    return Rows(str(of), events, within, since, before, where)


def read_property(
    raw: Mapping[str, object], key: str, path: str, reading: TagReading, rows: Rows, type_: str
) -> str:
    """Return the name of a property or column below a key, noting a problem where it is none."""
    name = reading.word(raw.get(key), f"{path}.{key}")
    if not name or rows.of == "events":
        return name
    columns = _COLUMNS[rows.of]
    if name not in columns or name == "profile_id":
        _unknown(name, rows.of, f"{path}.{key}", reading)
    elif type_ != _TYPES[columns[name]]:
        reading.wrong(f"{path}.{key}", "wrong_column", name=name, type=_TYPES[columns[name]])
    return name


def _unknown(name: str, of: str, path: str, reading: TagReading) -> None:
    """Note a column that is none."""
    known = ", ".join(one for one in _COLUMNS[of] if one != "profile_id")
    reading.wrong(path, "unknown_column", name=name, known=known)


def _moment(raw: Mapping[str, object], key: str, path: str, reading: TagReading) -> int | None:
    """Return the instant that a key names, noting a problem where it names none."""
    given = raw.get(key)
    if given is None:
        return None
    found = as_moment(given.isoformat() if isinstance(given, dt.date) else str(given))
    if found is None:
        reading.fault(f"{path}.{key}", "want_moment")
    return found
