"""What a document says differently from another of its kind, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from huiliu.conditions import Surroundings
from huiliu.journeys import parsed as parsed_journey
from huiliu.journeys.diff import differences as journey_differences
from huiliu.kernel.changes import ABSENT, compare
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput
from huiliu.kernel.texts import Text, text
from huiliu.segments import differences as segment_differences
from huiliu.segments import parsed as parsed_segment

__all__ = ["Change", "FieldChange", "compare_sources"]

_LONGEST: Final = 120


class Change(Protocol):
    """One thing that is different."""

    @property
    def path(self) -> str:
        """Where in the later document; in the earlier one for what was removed."""
        ...

    @property
    def what(self) -> str:
        """Added, removed, changed or renamed."""
        ...

    def sentence(self) -> Text:
        """Return the change in words."""
        ...


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a template, a tag or a test that says something else."""

    path: str
    what: str
    before: str
    after: str

    def sentence(self) -> Text:
        """Return the change in words."""
        return text(
            f"publish.change.{self.what}", path=self.path, before=self.before, after=self.after
        )


def compare_sources(kind: str, before: str, after: str, around: Surroundings) -> Sequence[Change]:
    """Return what a later source says differently; nothing where one of them is none.

    Args:
        kind: of both.
        before: the earlier canonical source, "" = there was none.
        after: the later one.
        around: what they are read with.
    """
    if not before or not after or before == after:
        return ()
    if kind in {"journey", "segment"}:
        try:
            return _compare_parsed(kind, before, after, around)
        except BadInput:
            # One of them names what is no more: then its fields are all there is to say.
            pass
    return tuple(_fields(before, after))


def _compare_parsed(kind: str, before: str, after: str, around: Surroundings) -> Sequence[Change]:
    """Return what differs in meaning."""
    if kind == "journey":
        return journey_differences(parsed_journey(before, around), parsed_journey(after, around))
    return segment_differences(parsed_segment(before, around), parsed_segment(after, around))


def _fields(before: str, after: str) -> Iterator[FieldChange]:
    """Yield what differs field by field."""
    for found in compare(load(before).tree, load(after).tree):
        what = (
            "added" if found.before is ABSENT else "removed" if found.after is ABSENT else "changed"
        )
        yield FieldChange(found.path, what, _shown(found.before), _shown(found.after))


def _shown(value: object) -> str:
    """Return a value in few characters, on one line."""
    if value is ABSENT:
        return ""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ⏎ ".join(written.strip().split("\n"))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
