"""`tag`: the value that a tag stands at passes every comparison; an expired one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

import ibis

from huiliu.conditions.clock import TIMELESS, Scene, When, when_of
from huiliu.conditions.comparisons import Test
from huiliu.conditions.filters import is_zoned, join, read_tests, relative_of
from huiliu.conditions.form import Field
from huiliu.conditions.node import Condition, Mentions
from huiliu.conditions.operators.operator import Child, Operator
from huiliu.conditions.population import Tables, moment_literal
from huiliu.conditions.reading import Reading
from huiliu.conditions.zones import with_day
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import Text, text

__all__ = ["TAG", "Tagged", "expiry_of", "refuse_unknown_tag", "standing"]


@dataclass(frozen=True, slots=True)
class Tagged:
    """Holds when the tag's value as of its last refresh passes all tests."""

    slug: str
    tests: tuple[Test, ...]
    #: The brand's zone, for people who have none of their own.
    zone: str = "UTC"
    #: The tests that compare with the present.
    relative: tuple[Test, ...] = field(init=False, repr=False, compare=False)
    #: Whether one of them asks which day it is where a person lives.
    zoned: bool = field(init=False, repr=False, compare=False)
    #: The tag; made once, as tracking asks for it with every event.
    mentions: Mentions = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Note what is mentioned; any tag may have a time to live."""
        relative = relative_of(self.tests)
        zoned = any(is_zoned(test) for test in relative)
        mentions = Mentions(
            traits=frozenset({"zone"} if zoned else ()),
            timed=frozenset({self}),
            tags=frozenset({self.slug}),
        )
        object.__setattr__(self, "relative", relative)
        object.__setattr__(self, "zoned", zoned)
        object.__setattr__(self, "mentions", mentions)

    def holds(self, facts: Facts, now: int) -> bool:
        """Say whether the value passes every test; one that is missing or expired is None."""
        value, when = _value(facts, self.slug, now), self._when(facts, now)
        return all(test.holds(value, when) for test in self.tests)

    def among(self, tables: Tables, now: int) -> ibis.Value:
        """Return the expression of `holds`; who has no value has no row."""
        rows, scene = self._rows(tables, now)
        cell = tables.cell(rows.value, ())
        passes = reduce(and_, (test.among(cell, scene) for test in self.tests))
        if all(test.holds(None) for test in self.tests):
            return ~tables.people.profile_id.isin(rows.filter(~passes).profile_id)
        return tables.people.profile_id.isin(rows.filter(passes).profile_id)

    def look(self, facts: Facts, now: int) -> tuple[bool, int | None]:
        """Return whether it holds, and when time may change that."""
        return self.holds(facts, now), self.next_change(facts, now)

    def next_change(self, facts: Facts, now: int) -> int | None:
        """Return when the value expires, or a comparison with the present changes before."""
        value = _value(facts, self.slug, now)
        if value is None:
            return None
        when = self._when(facts, now)
        found = [expiry_of(facts, self.slug, now)]
        found += [test.change(value, when) for test in self.relative]
        return min((at for at in found if at is not None), default=None)

    def dues(self, tables: Tables, now: int) -> ibis.Table:
        """Return when values expire, and when comparisons with the present change."""
        rows, scene = self._rows(tables, now)
        cell = tables.cell(rows.value, ())
        found = [rows.select("profile_id", due=rows.expires_at)]
        found += [
            rows.select("profile_id", due=one.among(cell, test.constant, scene))
            for test in self.relative
            if (one := test.comparison.relative) is not None
        ]
        due = ibis.union(*found) if len(found) > 1 else found[0]
        return due.filter(due.due.notnull()).group_by("profile_id").agg(due=due.due.min())

    def sentence(self) -> Text:
        """Return the tests in words."""
        what = text("conditions.tag", tag=self.slug)
        return join("conditions.and", [test.sentence(what) for test in self.tests])

    def tree(self) -> dict[str, object]:
        """Return the canonical plain tree."""
        return {"tag": self.slug, **{test.comparison.name: test.written() for test in self.tests}}

    def _when(self, facts: Facts, now: int) -> When:
        """Return the person's present, as far as the tests ask for one."""
        if not self.relative:
            return TIMELESS
        return when_of(facts, now, self.zone) if self.zoned else When(now)

    def _rows(self, tables: Tables, now: int) -> tuple[ibis.Table, Scene]:
        """Return the values that stand, and the present of the people who have them."""
        rows = standing(tables, self.slug, now)
        if not self.zoned:
            return rows, Scene(now)
        placed = with_day(rows, tables, now, self.zone)
        return placed, Scene(now, placed.local_day, self.zone)


def standing(tables: Tables, slug: str, now: int) -> ibis.Table:
    """Return the values of a tag that have not expired."""
    rows = tables.tag(slug)
    return rows.filter(rows.expires_at.isnull() | (rows.expires_at > moment_literal(now)))


def expiry_of(facts: Facts, slug: str, now: int) -> int | None:
    """Return when the value that stands expires; None = never, or there is none."""
    held = facts.tags.get(slug)
    if held is None or held.expires_at is None or held.expires_at <= now:
        return None
    return held.expires_at


def _value(facts: Facts, slug: str, now: int) -> Value:
    """Return the value that stands; None = there is none."""
    held = facts.tags.get(slug)
    if held is None or (held.expires_at is not None and held.expires_at <= now):
        return None
    return held.value


def refuse_unknown_tag(slug: str, path: str, reading: Reading) -> None:
    """Note a tag that there is not: nobody would have it, and the answer would look like one."""
    if reading.around.tags is not None and slug not in reading.around.tags:
        reading.fault(path, "unknown_tag", tag=slug)


def _parse(
    raw: Mapping[str, object],
    path: str,
    reading: Reading,
    child: Child,  # noqa: ARG001 - a leaf
) -> Condition | None:
    """Return the condition of `{tag: orders, at_least: 3}`."""
    slug = raw["tag"]
    rest = {name: value for name, value in raw.items() if name != "tag"}
    tests = read_tests((f"tag {slug}",), rest, path, reading, clocked=True)
    if not isinstance(slug, str) or not is_slug(slug):
        reading.fault(f"{path}.tag", "want_tag")
        return None
    refuse_unknown_tag(slug, f"{path}.tag", reading)
    return Tagged(slug, tests, reading.zone) if tests else None


TAG = Operator(
    "tag",
    _parse,
    form=(Field("tag", "tag", needed=True), Field("", "tests", needed=True)),
)
