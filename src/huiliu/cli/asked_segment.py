"""How commands are told which segment is meant, as of when, and by which name of people."""

from __future__ import annotations

from pathlib import Path

from huiliu.bootstrap import House
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import is_slug
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.segments import Segment
from huiliu.services.audience import read_segment
from huiliu.services.expire import expire
from huiliu.services.find_profile import identifier_type
from huiliu.services.refresh_tags import refresh_due
from huiliu.services.segment_versions import live_segment, version_of
from huiliu.services.tell_news import tell_all_news

__all__ = ["Asked", "moment", "named_type", "read_file", "settle"]

_BRAND = 1


class Asked:
    """A segment as it was named: `vip`, `vip@3` for an older version, or a YAML file."""

    def __init__(self, word: str) -> None:
        """Read a file at once, before anything is started: most mistakes are a wrong path.

        Raises:
            NotFound: there is no such file.
            BadInput: it cannot be read.
        """
        slug, at, version = word.partition("@")
        self.word = word
        self._slug, self._version = slug, int(version) if version.isdigit() else 0
        is_name = is_slug(slug) and (not at or version.isdigit())
        self._source = None if is_name else read_file(Path(word))

    @property
    def is_file(self) -> bool:
        """Say whether a file was named."""
        return self._source is not None

    def find(self, house: House) -> Segment:
        """Return the segment.

        Raises:
            NotFound: there is no such segment or version in use.
            BadInput: a file holds none; with every problem.
        """
        if self._source is not None:
            try:
                return read_segment(house.world, _BRAND, self._source)
            except BadInput as fault:
                raise in_file(self.word, fault) from fault
        if self._version:
            return version_of(house.world, _BRAND, self._slug, self._version)
        return live_segment(house.world, _BRAND, self._slug)


def in_file(word: str, fault: BadInput) -> BadInput:
    """Return problems of a document with the name of its file before each path."""
    return BadInput(
        tuple(Problem(f"{word} {one.path}".rstrip(), one.text, one.line) for one in fault.problems)
    )


def read_file(file: Path) -> bytes:
    """Return what a file holds; raise NotFound when there is none, BadInput when unreadable."""
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        said = text("segments.no_file", cause=cause_of(fault))
        raise BadInput((Problem(str(file), said),)) from fault


def moment(written: str, option: str = "--at") -> int | None:
    """Return the instant that a person wrote, in UTC without an offset; nothing is now.

    Raises:
        BadInput: it is no date or time.
    """
    found = as_instant(written) if written else None
    if written and found is None:
        raise BadInput((Problem(option, text("conditions.want_moment")),))
    return found


def named_type(written: str, option: str = "--external") -> IdentifierType:
    """Return the type of identifier that a word names: `userId`, `user_id`, `phone` ...

    Raises:
        BadInput: there is no such type.
    """
    found = identifier_type(written)
    if found is None:
        known = ", ".join(each.word for each in IdentifierType)
        raise BadInput((Problem(option, text("segments.no_type", written=written, known=known)),))
    return found


def settle(house: House) -> None:
    """Return when profiles, warehouse and memberships are what the log and the clock say.

    Where no `serve` runs, this process computes the tags that are due and lets the windows expire
    that would have expired.
    """
    house.catch_up()
    if house.attached:
        return
    while refresh_due(house.world):
        house.catch_up()
    while expire(house.world):
        pass
    tell_all_news(house.world)
    house.catch_up()
