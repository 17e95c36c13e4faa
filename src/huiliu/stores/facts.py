"""What conditions ask for besides traits and events: a query for each kind that is mentioned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.conditions import Mentions
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.facts import NO_TOUCH, RunFact, TagFact, Touch, Value
from huiliu.ports.people import TouchRow
from huiliu.stores.arrays import bigints, texts
from huiliu.stores.queries import query
from huiliu.stores.tags import PostgresTags

__all__ = ["Further", "add_touches", "further"]

_WORDS: Final = {int(kind): kind.word for kind in IdentifierType}
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

#: The further arguments of one person's facts.
Further = dict[str, Any]


def further(
    connection: Connection[TupleRow], brand_id: int, profiles: Collection[int], asked: Mentions
) -> Mapping[int, Further]:
    """Return profile_id -> those arguments of `Facts` that conditions ask for."""
    found: dict[int, Further] = {profile: {} for profile in profiles}
    reading = _Reading(connection, brand_id, profiles)
    if asked.identifiers:
        reading.identifiers(found)
    if asked.touch:
        reading.touches(found)
    if asked.tags:
        reading.tags(found, asked.tags)
    if asked.journeys:
        reading.runs(found, asked.journeys)
    if asked.tops:
        cuts = PostgresTags(connection).cuts(brand_id)
        for each in found.values():
            each["cuts"] = cuts
    return found


def add_touches(connection: Connection[TupleRow], brand_id: int, rows: Sequence[TouchRow]) -> None:
    """Let touches of ids into those that are kept: the earliest first, the latest last."""
    if not rows:
        return
    first, last, device = (
        [getattr(row, name) or (None, None, None) for row in rows]
        for name in ("first", "last", "device")
    )
    connection.execute(
        query("facts", "add_touches"),
        {
            "brand": brand_id,
            "profiles": bigints([row.profile_id for row in rows]),
            "first_channel": [one[0] for one in first],
            "first_at": [one[1] for one in first],
            "first_position": [one[2] for one in first],
            "last_channel": [one[0] for one in last],
            "last_at": [one[1] for one in last],
            "last_position": [one[2] for one in last],
            "device": [None if one[0] is None else _encode(one[0]).decode() for one in device],
            "device_at": [one[1] for one in device],
            "device_position": [one[2] for one in device],
        },
    )


class _Reading:
    """Reads one kind of facts of some people after another."""

    def __init__(
        self, connection: Connection[TupleRow], brand_id: int, profiles: Collection[int]
    ) -> None:
        """Hold whom to read about."""
        self._connection = connection
        self._whom = {"brand": brand_id, "profiles": bigints(profiles)}

    def identifiers(self, into: Mapping[int, Further]) -> None:
        """Read the identifiers that people hold, and which of them are suppressed."""
        held: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        suppressed: dict[int, set[str]] = defaultdict(set)
        for profile, number, key, is_suppressed in self._rows("identifiers"):
            held[profile][_WORDS[number]].add(key)
            if is_suppressed:
                suppressed[profile].add(key)
        for profile, words in held.items():
            into[profile]["identifiers"] = words
            into[profile]["suppressed"] = suppressed.get(profile, frozenset())

    def touches(self, into: Mapping[int, Further]) -> None:
        """Read where people came from, over all their ids."""
        found: dict[int, list[TouchRow]] = defaultdict(list)
        for row in self._rows("touches"):
            device = None if row[7] is None else (_decode(row[7]), row[8], row[9])
            found[row[0]].append(TouchRow(row[0], _dated(row[1:4]), _dated(row[4:7]), device))
        for profile, rows in found.items():
            into[profile]["touch"] = _folded(rows)

    def tags(self, into: Mapping[int, Further], slugs: Collection[str]) -> None:
        """Read the values of tags."""
        for profile, slug, value, set_at, expires_at in self._rows("tags", tags=texts(slugs)):
            tags = into[profile].setdefault("tags", {})
            tags[slug] = TagFact(_decode(value), set_at, expires_at)

    def runs(self, into: Mapping[int, Further], journeys: Collection[str]) -> None:
        """Read the runs of journeys."""
        for profile, *run in self._rows("runs", journeys=texts(journeys)):
            into[profile].setdefault("runs", []).append(RunFact(*run))

    def _rows(self, name: str, **more: object) -> list[TupleRow]:
        """Return the rows of a query about the people."""
        return self._connection.execute(query("facts", name), {**self._whom, **more}).fetchall()


def _dated(columns: Sequence[Any]) -> tuple[str, int, int] | None:
    """Return a channel with its instant and position, or None where there is none."""
    return None if columns[0] is None else (columns[0], columns[1], columns[2])


def _folded(rows: Sequence[TouchRow]) -> Touch:
    """Return the touch of a person out of those of their ids."""
    firsts = [row.first for row in rows if row.first is not None]
    lasts = [row.last for row in rows if row.last is not None]
    devices = [row.device for row in rows if row.device is not None]
    first = min(firsts, key=_order)[0] if firsts else None
    last = max(lasts, key=_order)[0] if lasts else None
    device = max(devices, key=_order)[0] if devices else NO_TOUCH.device
    return Touch(first, last, device)


def _order(dated: tuple[Value | Mapping[str, Value], int, int]) -> tuple[int, int]:
    """Return what touches are ordered by."""
    return dated[1], dated[2]
