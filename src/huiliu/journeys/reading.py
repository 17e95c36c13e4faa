"""Reads the fields of a journey document; every fault becomes a problem with its path and line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeVar

from huiliu.conditions import NOWHERE, Condition, Filters, Surroundings, parse, parse_filters
from huiliu.kernel.calendar import is_zone
from huiliu.kernel.documents import Loaded, join_path
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import is_slug
from huiliu.kernel.shares import as_share
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_duration

__all__ = ["BRAND", "PERSON", "WEEKDAYS", "Fields", "Reading"]

T = TypeVar("T", bound="Condition | Filters")

#: Whose clocks tell the time, besides a zone by its name.
PERSON: Final = "person"
BRAND: Final = "brand"

#: As documents write them, Monday first.
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAYS = re.compile(r"([+-]?)([0-9]{1,4})d")


@dataclass(slots=True)
class Reading:
    """One document being read: its lines, what it is read with, and all problems so far."""

    loaded: Loaded
    #: What conditions ask for that does not stand in the document.
    around: Surroundings = NOWHERE
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, path: str, said: str, **arguments: object) -> None:
        """Note a problem at a path."""
        self.problems.append(self.loaded.problem(path, text(said, **arguments)))

    def fields(self, value: Value, path: str, known: Collection[str]) -> Fields:
        """Return the fields of a map; an unknown one, or no map at all, is a problem."""
        if not isinstance(value, dict):
            self.wrong(path, "journeys.not_a_map")
            return Fields(self, path, {})
        for name in value:
            if name not in known:
                inner = join_path(path, name)
                self.wrong(inner, "journeys.unknown_field", name=name, known=", ".join(known))
        return Fields(self, path, value)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one map, each read as what it should be; a fault yields a harmless value."""

    reading: Reading
    path: str
    values: Mapping[str, Value]

    def has(self, name: str) -> bool:
        """Say whether the field is written."""
        return self.values.get(name) is not None

    def at(self, name: str) -> str:
        """Return the path of a field."""
        return join_path(self.path, name)

    def wrong(self, field_name: str, said: str, **arguments: object) -> None:
        """Note a problem at a field."""
        self.reading.wrong(self.at(field_name), said, **arguments)

    def word(self, name: str, *, default: str | None = None) -> str:
        """Return a non-empty string; required unless there is a default."""
        found = self.values.get(name)
        if found is None and default is not None:
            return default
        if not isinstance(found, str) or not found.strip():
            self.wrong(name, "journeys.want_word", name=name)
            return default or ""
        return found

    def choice(self, name: str, choices: Collection[str], *, default: str) -> str:
        """Return one of several words."""
        found = self.word(name, default=default)
        if found != default and found not in choices:
            self.wrong(name, "journeys.want_choice", name=name, choices=", ".join(choices))
            return default
        return found

    def duration(self, name: str, *, default: int | None = None) -> int:
        """Return a duration in microseconds; required unless there is a default."""
        found = self.values.get(name)
        if found is None and default is not None:
            return default
        length = as_duration(found) if isinstance(found, str) else None
        if length is None:
            self.wrong(name, "journeys.want_duration", name=name)
            return default or 1
        return length

    def whole(self, name: str, bounds: tuple[int, int], *, default: int | None = None) -> int:
        """Return a whole number within bounds, both included; required without a default."""
        found = self.values.get(name)
        if found is None and default is not None:
            return default
        least, most = bounds
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            self.wrong(name, "journeys.want_whole", name=name, least=least, most=most)
            return least if default is None else default
        return found

    def share(self, name: str, *, default: Fraction | None = Fraction(0)) -> Fraction:
        """Return a share from 0 to 1, written as `10%`; required where the default is None."""
        found = self.values.get(name)
        if found is None and default is not None:
            return default
        share = as_share(found)
        if share is None:
            self.wrong(name, "journeys.want_share", name=name)
            return default or Fraction(0)
        return share

    def slug(self, name: str, *, default: str | None = None) -> str:
        """Return the name of a document: lower-case words joined by hyphens."""
        found = self.word(name, default=default)
        if found and found != default and not is_slug(found):
            self.wrong(name, "journeys.want_slug", name=name)
        return found

    def segment(self, name: str) -> str:
        """Return the name of a segment, which must be there where the brand's are known."""
        found = self.slug(name)
        resolver = self.reading.around.resolver
        if is_slug(found) and resolver is not None and resolver(found) is None:
            self.wrong(name, "conditions.unknown_segment", segment=found)
        return found

    def tag(self, name: str) -> str:
        """Return the name of a tag, which must be there where the brand's are known."""
        found = self.slug(name)
        tags = self.reading.around.tags
        if is_slug(found) and tags is not None and found not in tags:
            self.wrong(name, "conditions.unknown_tag", tag=found)
        return found

    def clock(self, name: str, *, default: dt.time | None = None) -> dt.time:
        """Return a local time, written `09:30`; required unless there is a default."""
        found = self.values.get(name)
        if found is None and default is not None:
            return default
        parts = _CLOCK.fullmatch(found) if isinstance(found, str) else None
        if parts is None:
            self.wrong(name, "journeys.want_clock", name=name)
            return default or dt.time()
        return dt.time(int(parts[1]), int(parts[2]))

    def days(self, name: str) -> int:
        """Return a number of calendar days, written `-3d` or `1d`; 0 when it is not written."""
        found = self.values.get(name)
        if found is None:
            return 0
        parts = _DAYS.fullmatch(found) if isinstance(found, str) else None
        if parts is None:
            self.wrong(name, "journeys.want_days", name=name)
            return 0
        return -int(parts[2]) if parts[1] == "-" else int(parts[2])

    def zone(self, name: str, *, default: str = PERSON) -> str:
        """Return whose clocks are meant: `person`, `brand` or an IANA zone."""
        found = self.word(name, default=default)
        if found not in {PERSON, BRAND} and not is_zone(found):
            self.wrong(name, "journeys.want_zone", name=name, found=found)
            return default
        return found

    def weekdays(self, name: str) -> tuple[str, ...]:
        """Return days of the week, Monday first; none when they are not written."""
        found = self.words(name)
        if any(word not in WEEKDAYS for word in found):
            self.wrong(name, "journeys.want_weekday", known=", ".join(WEEKDAYS))
        return tuple(day for day in WEEKDAYS if day in found)

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of words; one word alone is a list of one."""
        found = self.values.get(name)
        if found is None:
            return ()
        words = [found] if isinstance(found, str) else found
        if not isinstance(words, list) or not words:
            self.wrong(name, "journeys.want_words", name=name)
            return ()
        if not all(isinstance(word, str) and word.strip() for word in words):
            self.wrong(name, "journeys.want_words", name=name)
        return tuple(word for word in words if isinstance(word, str))

    def one_of(self, names: Collection[str]) -> str:
        """Return which one of several fields is written; "" after noting that none or two are."""
        found = [name for name in names if self.has(name)]
        if len(found) == 1:
            return found[0]
        self.reading.wrong(self.path, "journeys.want_one_of", known=", ".join(names))
        return ""

    def inner(self, name: str, known: Collection[str]) -> Fields:
        """Return the fields of the map that stands at a field."""
        return self.reading.fields(self.values.get(name), self.at(name), known)

    def flag(self, name: str) -> bool:
        """Return true or false; false when it is not written."""
        found = self.values.get(name, False)
        if not isinstance(found, bool):
            self.wrong(name, "journeys.want_flag", name=name)
            return False
        return found

    def items(self, name: str) -> list[tuple[str, Value]]:
        """Return the items of a list with the path of each; one map alone is a list of one."""
        found = self.values.get(name)
        if found is None:
            return []
        if isinstance(found, dict):
            return [(self.at(name), found)]
        if not isinstance(found, list):
            self.wrong(name, "journeys.want_list", name=name)
            return []
        return [(join_path(self.at(name), nth), item) for nth, item in enumerate(found)]

    def condition(self, name: str) -> Condition | None:
        """Return a condition on the person; None where there is none or it has problems."""
        if not self.has(name):
            return None
        return self._or_problems(parse(self.values[name], self.at(name), self.reading.around))

    def filters(self, name: str) -> Filters | None:
        """Return filters on an event's properties; None where there are none."""
        if not self.has(name):
            return None
        return self._or_problems(
            parse_filters(self.values[name], self.at(name), self.reading.around)
        )

    def _or_problems(self, found: T | tuple[Problem, ...]) -> T | None:
        """Return what was parsed, or None with the problems noted at their lines."""
        if not isinstance(found, tuple):
            return found
        self.reading.problems.extend(
            self.reading.loaded.problem(problem.path, problem.text) for problem in found
        )
        return None
