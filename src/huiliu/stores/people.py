"""People in PostgreSQL: profiles, consents, facts for live conditions, and who is who."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.conditions import Mentions
from huiliu.kernel.events import (
    CANONICAL,
    Event,
    Kind,
    split_identifiers,
)
from huiliu.kernel.facts import EventFact, Facts
from huiliu.ports.people import ProfileRow, SeenRow, TouchRow
from huiliu.stores.arrays import bigints, smallints, texts
from huiliu.stores.consents import PostgresConsents
from huiliu.stores.facts import add_touches, further
from huiliu.stores.queries import query

__all__ = ["PostgresPeople"]

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(dict)
_OFFSET_BITS = 48
_LAST = (1 << 63) - 1


class PostgresPeople(PostgresConsents):
    """People, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        super().__init__(connection)
        self._connection = connection

    def profiles(self, brand_id: int, profiles: Collection[int]) -> dict[int, ProfileRow]:
        """Return the present profiles that exist."""
        rows = self._connection.execute(
            query("people", "profiles"), (brand_id, bigints(profiles)), binary=True
        )
        return {row[1]: _profile(row) for row in rows.fetchall()}

    def recent(
        self, brand_id: int, limit: int, before: tuple[int, int] | None = None
    ) -> list[ProfileRow]:
        """Return present people by last activity, latest first, after (last seen, id)."""
        last_seen, profile = before or (_LAST, _LAST)
        rows = self._connection.execute(
            query("people", "recent"), (brand_id, last_seen, profile, limit)
        )
        return [_profile(row) for row in rows]

    def standing(
        self, brand_id: int, profiles: Collection[int]
    ) -> dict[int, tuple[int, int, str | None, str | None]]:
        """Return profile_id -> (first seen, last seen, zone, locale) of those that exist."""
        rows = self._connection.execute(
            query("people", "standing"), (brand_id, bigints(profiles)), binary=True
        )
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def lock(self, brand_id: int, profiles: Collection[int]) -> None:
        """Lock the profiles until the end of the transaction, in id order."""
        self._connection.execute(query("people", "lock"), (brand_id, bigints(profiles)))

    def see(self, rows: Sequence[SeenRow]) -> None:
        """Make or widen profiles: times by least and greatest, traits by event time."""
        if rows:
            self._connection.execute(query("people", "see"), _seen_columns(rows))

    def rewrite(self, rows: Sequence[SeenRow]) -> None:
        """Replace times and traits of profiles with what was recomputed from the log."""
        if rows:
            self._connection.execute(query("people", "rewrite"), _seen_columns(rows))

    def facts(
        self, brand_id: int, profiles: Collection[int], names: Collection[str], since: int
    ) -> dict[int, Facts]:
        """Return each profile's traits and its events of the canonical names since an instant."""
        found = self.event_facts(brand_id, profiles, names, since)
        return {
            profile: Facts(
                profile, {name: dated[0] for name, dated in row.traits.items()},
                found.get(profile, {}), row.first_seen_at,
            )
            for profile, row in self.profiles(brand_id, profiles).items()
        }  # fmt: skip

    def facts_of(
        self, brand_id: int, profiles: Collection[int], asked: Mentions, now: int
    ) -> dict[int, Facts]:
        """Return all that conditions ask for about the present profiles among these."""
        found = self.facts(brand_id, profiles, asked.events, asked.oldest(now))
        if not asked.further:
            return found
        more = further(self._connection, brand_id, found, asked)
        return {profile: replace(facts, **more[profile]) for profile, facts in found.items()}

    def add_touches(self, brand_id: int, rows: Sequence[TouchRow]) -> None:
        """Let touches of ids into those that are kept: the earliest first, the latest last."""
        add_touches(self._connection, brand_id, rows)

    def event_facts(
        self, brand_id: int, profiles: Collection[int], names: Collection[str], since: int
    ) -> dict[int, dict[str, list[EventFact]]]:
        """Return the events of each profile that has any, as in its facts, without traits."""
        found: dict[int, dict[str, list[EventFact]]] = defaultdict(dict)
        if not names or not profiles:
            return found
        rows = self._connection.execute(
            query("people", "facts"),
            {
                "brand": brand_id, "profiles": bigints(profiles),
                "names": texts(names), "since": since,
            },
        ).fetchall()  # fmt: skip
        for person, name, at, position, properties in rows:
            fact = EventFact(name, at, position, _DECODER.decode(properties))
            found[person].setdefault(name, []).append(fact)
        return found

    def add_event_facts(self, rows: Sequence[tuple[int, int, EventFact]]) -> None:
        """Keep (brand_id, profile_id, fact) rows for live conditions; repeats are left out."""
        if not rows:
            return
        facts = [fact for _, _, fact in rows]
        self._connection.execute(
            query("people", "add_event_facts"),
            (
                smallints([brand for brand, _, _ in rows]),
                bigints([profile for _, profile, _ in rows]),
                texts([fact.name for fact in facts]),
                bigints([fact.occurred_at for fact in facts]),
                bigints([fact.position for fact in facts]),
                texts([_ENCODER.encode(fact.properties) for fact in facts]),
            ),
        )  # fmt: skip

    def backfill_facts(
        self, brand_id: int, names: Collection[str], past: int, first: int = 0, partition: int = 0
    ) -> int:
        """Keep facts of events of these canonical names at offsets in [first, past)."""
        written = [(name, name) for name in names]
        written += [(name, known) for name, known in CANONICAL.items() if known in names]
        done = self._connection.execute(
            query("people", "backfill_facts"),
            {
                "brand": brand_id, "written": [name for name, _ in written],
                "canonical": [known for _, known in written],
                "partition": partition, "first": first, "past": past,
            },
        )  # fmt: skip
        return done.rowcount

    def events(
        self, brand_id: int, ids: Collection[int], before: int | None, limit: int
    ) -> list[Event]:
        """Return events that came with the ids, newest position first, below a position."""
        position = _LAST if before is None else before
        rows = self._connection.execute(
            query("people", "events"),
            {
                "brand": brand_id, "ids": list(ids), "limit": limit,
                "partition": position >> _OFFSET_BITS,
                "offset": position & (1 << _OFFSET_BITS) - 1,
            },
            binary=True,
        )  # fmt: skip
        return [
            Event(*(*row[:6], Kind(row[6]), split_identifiers(row[7]), *row[8:])) for row in rows
        ]


def _profile(row: TupleRow) -> ProfileRow:
    """Return the profile of a row."""
    stored = _DECODER.decode(row[4])
    traits = {name: tuple(dated) for name, dated in stored.items() if dated[0] is not None}
    return ProfileRow(row[0], row[1], row[2], row[3], traits)


def _seen_columns(rows: Sequence[SeenRow]) -> tuple[object, ...]:
    """Return the columns of the rows, as arrays to unnest."""
    return (
        smallints([row.brand_id for row in rows]),
        bigints([row.profile_id for row in rows]),
        bigints([row.first_at for row in rows]),
        bigints([row.last_at for row in rows]),
        texts([_ENCODER.encode(row.traits) if row.traits else b"{}" for row in rows]),
    )
