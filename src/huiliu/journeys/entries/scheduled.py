"""Entries without an event: a schedule of the table says when, `among` says for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Condition, everyone, parse
from huiliu.conditions.form import Field
from huiliu.journeys.entries.base import DEFAULT_MAX_AGE, NEVER, Entry
from huiliu.journeys.reading import Fields
from huiliu.journeys.schedules import Clocks, ScheduleType
from huiliu.kernel.times import Duration

__all__ = ["Scheduled"]

_EVERYONE: Final = "everyone"
_RATE: Final = re.compile(r"([1-9][0-9]{0,8})/h")
_FORM: Final = (
    Field("zone", "zone"),
    Field(
        "among", "map", needed=True,
        fields=(
            Field("segment", "segment", instead_of=("list", "condition")),
            Field("list", "list", instead_of=("segment", "condition")),
            Field("condition", "condition", instead_of=("segment", "list")),
        ),
    ),
    Field("throttle", "text", start="10000/h"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Reads the entries of one kind of schedule."""

    type: ScheduleType

    @property
    def name(self) -> str:
        """The field that stands in the entry."""
        return self.type.name

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the entry may have."""
        return (*self.type.fields, "zone", "among", "throttle")

    @property
    def form(self) -> tuple[Field, ...]:
        """How a builder asks for the fields."""
        return (*self.type.form, *_FORM)

    @property
    def max_age(self) -> Duration:
        """An occasion is no event; what is due is begun, however late."""
        return DEFAULT_MAX_AGE

    def read(self, fields: Fields) -> Entry:
        """Return the entry of a document's map."""
        names, among, written = _read_among(fields)
        clocks = Clocks.read(fields)
        schedule = self.type.read(fields, clocks, among)
        tree = schedule.tree() | clocks.tree() | {"among": written}
        rate = fields.word("throttle", default="")
        found = _RATE.fullmatch(rate)
        if rate and found is None:
            fields.wrong("throttle", "journeys.want_throttle", name="throttle")
        if rate:
            tree["throttle"] = rate
        return Entry(
            "", None, "", NEVER, kind=self.name, written=tree, schedule=schedule,
            per_hour=int(found[1]) if found else 0, names=names, among=among,
        )  # fmt: skip


def _read_among(fields: Fields) -> tuple[tuple[tuple[str, str], ...], Condition, object]:
    """Return what the audience names, its condition, and how it is written."""
    if fields.values.get("among") == _EVERYONE:
        return (), everyone(), _EVERYONE
    if not fields.has("among"):
        fields.wrong("among", "journeys.no_among")
        return (), everyone(), _EVERYONE
    inner = fields.inner("among", ("segment", "list", "condition"))
    word = inner.one_of(("segment", "list", "condition"))
    if word == "condition":
        found = inner.condition("condition") or everyone()
        return (), found, {"condition": found.tree()}
    slug = inner.slug(word) if word else ""
    if not slug or fields.reading.problems:
        return (), everyone(), _EVERYONE
    key = "in_segment" if word == "segment" else "list"
    member = parse({key: slug}, inner.at(word), fields.reading.around)
    if isinstance(member, tuple):
        for problem in member:
            fields.reading.problems.append(
                fields.reading.loaded.problem(inner.at(word), problem.text)
            )
        return (), everyone(), _EVERYONE
    return ((word, slug),), member, {word: slug}
