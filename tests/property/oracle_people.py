"""Whom an oracle is asked about, and when time alone could change what it says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.property.oracle_values import moment_of

__all__ = ["EPOCH", "Happened", "Person", "instants", "length_of"]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNITS = {
    "ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86_400 * 10**6,
    "w": 7 * 86_400 * 10**6,
}  # fmt: skip


class Happened(NamedTuple):
    """One event as the log holds it."""

    at: int
    position: int
    name: str
    properties: Mapping[str, Any]


@dataclass
class Person:
    """All that is known of one person: every event ever, in any order, and the latest traits."""

    profile_id: int
    events: Sequence[Happened] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    #: Of the first and last own event that named one.
    first_channel: str | None = None
    last_channel: str | None = None
    #: The context of the last own event that told of a device.
    device: Mapping[str, Any] = field(default_factory=dict)
    #: Word of an identifier's type -> the addresses that may be written to.
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Tag -> (value, the instant at which it expires or None).
    tags: Mapping[str, tuple[Any, int | None]] = field(default_factory=dict)


def length_of(written: str) -> int:
    """Return the microseconds of `1h30m`."""
    return sum(int(n) * _UNITS[u] for n, u in re.findall(r"(\d+)(ms|s|m|h|d|w)", written))


def instants(tree: Any, person: Person, now: int) -> Iterator[int]:
    """Yield the instants after `now` at which time alone could change an answer, and neighbours.

    Those are: any event or moment of the person, as much earlier or later as any length of the
    tree; and the beginning of each day for a while, where the tree asks for days.
    """
    lengths = {0, *_lengths(tree)}
    moments = {row.at for row in person.events}
    values = [person.traits, *(row.properties for row in person.events)]
    moments |= {at for value in values for one in _plain(value) if (at := moment_of(one))}
    found = {moment + sign * length for moment in moments for length in lengths for sign in (1, -1)}
    if "during" in str(tree) or "anniversary" in str(tree):
        n_days = 367 if "anniversary" in str(tree) else 42
        today = (EPOCH + dt.timedelta(microseconds=now)).date()
        for zone in ("UTC", "Asia/Shanghai", "America/New_York"):
            for later in range(n_days):
                day = today + dt.timedelta(days=later)
                midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
                found.add((midnight - EPOCH) // dt.timedelta(microseconds=1))
    near = (edge for edge in found if abs(edge - now) < 36_525 * _UNITS["d"])
    yield from (edge + off for edge in near for off in (-1, 0, 1) if edge + off > now)


def _plain(value: Any) -> Iterator[Any]:
    """Yield everything in a value that holds nothing."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _plain(one)
    elif isinstance(value, list):
        for one in value:
            yield from _plain(one)
    else:
        yield value


def _lengths(tree: Any) -> Iterator[int]:
    """Yield every length of time that is written anywhere in a tree."""
    if isinstance(tree, str) and re.fullmatch(r"(\d+(ms|s|m|h|d|w))+", tree):
        yield length_of(tree)
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from _lengths(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _lengths(value)
