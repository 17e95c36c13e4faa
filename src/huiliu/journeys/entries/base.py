"""What every way into a journey is: an event that begins a run, or a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from huiliu.conditions import Condition, Filters, parse_filters
from huiliu.conditions.form import Field
from huiliu.journeys.reading import Fields
from huiliu.journeys.schedules import Schedule
from huiliu.kernel.registry import Named
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import HOUR, Duration, as_duration, show_duration

__all__ = [
    "AFTER_END",
    "AGAIN_FORM",
    "DEFAULT_MAX_AGE",
    "NEVER",
    "Entry",
    "EntryType",
    "read_event_entry",
]

DEFAULT_MAX_AGE: Final = HOUR

#: Re-entry: once per person, or once per key, for ever.
NEVER: Final = "never"
#: Re-entry: whenever no run is active.
AFTER_END: Final = "after_end"

AGAIN_FORM: Final = Field("again", "again", options=(NEVER, AFTER_END))


@dataclass(frozen=True, slots=True)
class Entry:
    """Which event begins a run, or when runs begin by themselves, and how often."""

    #: Canonical name; "" = a schedule begins it.
    event: str
    where: Filters | None
    #: The property that tells runs apart, such as `order_id`; "" = one run a person.
    key: str
    #: never, after_end, or at least `again_after` since the last entry.
    again: str
    #: In microseconds; 0 unless `again` is a duration.
    again_after: int = 0
    #: Of the table of entries.
    kind: str = "event"
    #: The kind's own fields as they are written.
    written: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    #: The filters that the author wrote, without those that the kind itself asks for.
    own_where: Filters | None = None
    schedule: Schedule | None = None
    #: At most so many people an hour of one occasion; 0 = as fast as it goes.
    per_hour: int = 0
    #: (kind of thing, slug) of all that the entry names: segments, lists.
    names: tuple[tuple[str, str], ...] = ()
    #: The condition on the audience, whose segments and tags must be there; None = no audience.
    among: Condition | None = None

    def tree(self) -> dict[str, object]:
        """Return the entry as it is written."""
        tree = dict(self.written)
        if self.schedule is not None:
            return tree
        if self.own_where is not None:
            tree["where"] = self.own_where.tree()
        if self.key:
            tree["key"] = self.key
        if self.again_after:
            tree["again"] = show_duration(self.again_after)
        elif self.again != (NEVER if self.key else AFTER_END):
            tree["again"] = self.again
        return tree

    def sentence(self) -> Text:
        """Return in words who enters, and when."""
        if self.schedule is not None:
            said = self.schedule.sentence()
            if self.among is None:
                return said
            return text("journeys.entering.among", when=said, among=self.among.sentence())
        words = {"event": self.event} | self._words() | dict(self.names)
        said = text(f"journeys.entering.{self.kind}", **words)
        if self.own_where is None:
            return said
        return text("journeys.entering.where", inner=said, where=self.own_where.sentence())

    def _words(self) -> dict[str, object]:
        """Return the plain values among the kind's own fields, for sentences."""
        found: dict[str, object] = {}
        for name, value in self.written.items():
            if isinstance(value, Mapping):
                found["way"] = text(f"journeys.entering.way.{next(iter(value), 'entered')}")
                found.setdefault(name, next(iter(value.values()), ""))
            elif name != "event":
                found.setdefault(name, value)
        return found


class EntryType(Named, Protocol):
    """One row of the table of entries; its name is the field that stands in the entry."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the entry may have."""
        ...

    @property
    def form(self) -> tuple[Field, ...]:
        """How a builder asks for the fields."""
        ...

    @property
    def max_age(self) -> Duration:
        """How late an event may arrive and still begin a run, unless the journey says so."""
        ...

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map; what is wrong is noted in the reading."""
        ...


def read_event_entry(
    fields: Fields,
    kind: str,
    event: str,
    *,
    written: Mapping[str, object],
    only: Mapping[str, str] = MappingProxyType({}),
    names: tuple[tuple[str, str], ...] = (),
) -> Entry:
    """Return an entry that an event begins, with what all such entries may say.

    Args:
        fields: the entry's map, of which `where`, `key` and `again` are read.
        kind: of the table.
        event: the canonical name.
        written: the kind's own fields.
        only: property -> the value that the kind itself asks for.
        names: what the entry names outside itself.
    """
    key = fields.word("key", default="")
    again = fields.word("again", default=NEVER if key else AFTER_END)
    after = as_duration(again) or 0
    if again not in {NEVER, AFTER_END} and not after:
        fields.wrong("again", "journeys.again")
    own = fields.filters("where")
    where = own
    if only:
        found = parse_filters([{"property": name, "is": value} for name, value in only.items()], "")
        assert not isinstance(found, tuple), "a slug is a constant like any other"
        where = Filters((*found.each, *(own.each if own is not None else ())))
    return Entry(
        event, where, key, "after" if after else again, after, kind, written, own, names=names
    )
