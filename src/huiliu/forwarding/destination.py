"""A destination: one other tool, what it gets, under which names, and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from huiliu.forwarding.fields import Source, read_fields, read_source
from huiliu.forwarding.formats import FORMATS
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE, as_duration

__all__ = ["SENDS", "Destination", "read_destination"]

#: What may be sent.
SENDS: Final = (
    "profiles", "merges", "tags", "consents", "suppressions", "erasures", "events",
)  # fmt: skip
_FIELDS: Final = frozenset({
    "name", "format", "url", "secret", "former_secret", "sends", "events", "properties", "fields",
    "tags", "segment", "historical", "every", "give_up_after",
})  # fmt: skip
_MOST_NAMES: Final = 200
_LONGEST_URL: Final = 2_000


class Destination(msgspec.Struct, frozen=True):
    """The settings of one destination; sealed as a whole, as there are secrets in it."""

    name: str
    #: webhook, segment or csv.
    format: str
    url: str = ""
    #: Signs webhooks, or is Segment's write key.
    secret: str = ""
    #: Signs too, while the receiver changes over to the new one.
    former_secret: str = ""
    sends: tuple[str, ...] = SENDS
    #: Names of events, `*` for any letters; all that people and servers send is `*`.
    events: tuple[str, ...] = ("*",)
    #: Their name -> the name of an event's property; empty = all that are not personal.
    properties: dict[str, str] = {}
    #: Their name -> our source: see fields.py.
    fields: dict[str, str] = msgspec.field(default_factory=lambda: {"id": "id"})
    #: Slugs of tags whose changes are told one by one.
    tags: tuple[str, ...] = ()
    #: Only people of this segment; what ends something (a withdrawn consent, a suppression, an
    #: erasure, a merge) goes for everybody.
    segment: str = ""
    #: Whether events of the past, loaded by an import, go too.
    historical: bool = False
    #: How often a file is written.
    every: str = "1d"
    #: For how long what a receiver does not take is tried.
    give_up_after: str = "3d"

    @property
    def secrets(self) -> list[str]:
        """Return the secrets in force, the newest first."""
        return [one for one in (self.secret, self.former_secret) if one]

    @property
    def every_us(self) -> int:
        """Return how often a file is written, in microseconds."""
        return as_duration(self.every) or DAY

    @property
    def patience_us(self) -> int:
        """Return for how long it is tried, in microseconds."""
        return as_duration(self.give_up_after) or 3 * DAY

    @property
    def sources(self) -> dict[str, Source]:
        """Return their name -> our source, read."""
        read = {theirs: read_source(ours) for theirs, ours in self.fields.items()}
        return {theirs: source for theirs, source in read.items() if source is not None}

    def wants_event(self, name: str, *, is_own: bool) -> bool:
        """Say whether events of this name go; Huiliu's own have to be named, a bare `*` is not."""
        named = [one for one in self.events if not (is_own and one == "*")]
        return "events" in self.sends and any(fnmatchcase(name, one) for one in named)


def read_destination(given: Mapping[str, Any], before: Destination | None = None) -> Destination:
    """Return the destination that a form or JSON says; secrets that are not said stay.

    Raises:
        BadInput: with everything that is wrong.
    """
    problems = [
        Problem(str(name), text("destinations.unknown_field", fields=", ".join(sorted(_FIELDS))))
        for name in given
        if name not in _FIELDS
    ]
    said: dict[str, Any] = msgspec.to_builtins(before) if before else {}
    said |= {name: value for name, value in given.items() if name in _FIELDS}
    for name in ("secret", "former_secret"):
        if before and name in given and given[name] in {"", None}:
            said[name] = getattr(before, name)
    slug, format_ = said.get("name"), said.get("format")
    if not isinstance(slug, str) or not is_slug(slug):
        problems.append(Problem("name", text("documents.slug", found=slug)))
    if format_ not in FORMATS:
        problems.append(
            Problem("format", text("destinations.choice", choices=", ".join(FORMATS)))
        )  # fmt: skip
    problems += _words(said)
    for part in ("fields", "properties"):
        problems += _map(said, part)
    problems += _durations(said)
    if problems:
        raise BadInput(tuple(problems))
    found = msgspec.convert(said, Destination)
    problems = list(FORMATS[found.format].problems(found.url, found.secret, found.former_secret))
    if problems:
        raise BadInput(tuple(problems))
    return found


def _words(said: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with texts, lists and switches."""
    problems: list[Problem] = []
    for name in ("url", "secret", "former_secret", "segment"):
        value = said.get(name, "")
        if not isinstance(value, str) or len(value) > _LONGEST_URL or "\0" in value:
            problems.append(Problem(name, text("destinations.not_a_text")))
    if said.get("segment") and not is_slug(str(said["segment"])):
        problems.append(Problem("segment", text("documents.slug", found=said["segment"])))
    if not isinstance(said.get("historical", False), bool):
        problems.append(Problem("historical", text("recommend.not_bool")))
    for name in ("sends", "events", "tags"):
        value = said.get(name, ())
        is_list = isinstance(value, list | tuple) and len(value) <= _MOST_NAMES
        if not is_list or not all(isinstance(one, str) and 0 < len(one) <= 200 for one in value):
            problems.append(Problem(name, text("destinations.not_names", limit=_MOST_NAMES)))
        elif name == "sends" and not set(value) <= set(SENDS):
            problems.append(Problem(name, text("destinations.choice", choices=", ".join(SENDS))))
        elif name == "tags" and not all(is_slug(one) for one in value):
            problems.append(Problem(name, text("destinations.not_slugs")))
    return problems


def _map(said: Mapping[str, Any], part: str) -> list[Problem]:
    """Return what is wrong with the field map, or with that of properties."""
    if part not in said:
        return []
    if part == "fields":
        return read_fields(said[part], part)[1]
    given = said[part]
    if not isinstance(given, Mapping) or not all(
        isinstance(theirs, str) and isinstance(ours, str) and theirs and ours
        for theirs, ours in given.items()
    ):
        return [Problem(part, text("destinations.not_properties"))]
    return []


def _durations(said: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the two spans of time."""
    problems = []
    for name, least in (("every", 5 * MINUTE), ("give_up_after", MINUTE)):
        value = said.get(name, "1d")
        span = as_duration(value) if isinstance(value, str) else None
        if span is None or not least <= span <= 366 * DAY:
            problems.append(Problem(name, text("destinations.not_a_span")))
    return problems
