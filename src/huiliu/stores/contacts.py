"""Contact points in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.contacts import ContactPoint, EndedContact
from huiliu.stores.arrays import bigints, byteas, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresContacts"]


class PostgresContacts:
    """Contact points, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def put(self, rows: Sequence[ContactPoint]) -> None:
        """Write down whose each is; an earlier word than the one that is known changes nothing."""
        # One statement may not touch a row twice: of several words the last one counts.
        last = {(row.brand_id, row.channel, row.app, row.key): row for row in rows}
        if not last:
            return
        kept = [last[key] for key in sorted(last)]
        self._connection.execute(query("contacts", "put"), (
            smallints([row.brand_id for row in kept]),
            texts([row.channel for row in kept]),
            texts([row.app for row in kept]),
            byteas([row.key for row in kept]),
            bigints([row.profile_id for row in kept]),
            texts([row.platform for row in kept]),
            texts([row.vendor for row in kept]),
            texts([row.provider for row in kept]),
            bigints([row.seen_at for row in kept]),
            bigints([row.position for row in kept]),
        ))  # fmt: skip

    def end(self, brand_id: int, ended: Sequence[EndedContact]) -> int:
        """End those that live; return how many."""
        if not ended:
            return 0
        return self._connection.execute(query("contacts", "end"), {
            "brand": brand_id,
            "channels": texts([one.channel for one in ended]),
            "apps": [one.app for one in ended],
            "keys": byteas([one.key for one in ended]),
            "reasons": texts([one.reason for one in ended]),
            "ats": bigints([one.at for one in ended]),
            "sinces": bigints([one.since for one in ended]),
        }).rowcount  # fmt: skip

    def of_people(
        self, brand_id: int, channel: str, profiles: Collection[int]
    ) -> dict[int, list[ContactPoint]]:
        """Return the living ones by present profile, the most recently seen first."""
        values = {"brand": brand_id, "channel": channel, "profiles": sorted(profiles)}
        found: dict[int, list[ContactPoint]] = {}
        for row in self._connection.execute(query("contacts", "of_people"), values):
            point = ContactPoint(*row)
            found.setdefault(point.profile_id, []).append(point)
        return found

    def of_person(self, brand_id: int, profiles: Collection[int]) -> list[ContactPoint]:
        """Return all of a person's, ended ones too."""
        values = {"brand": brand_id, "profiles": sorted(profiles)}
        rows = self._connection.execute(query("contacts", "of_person"), values)
        return [ContactPoint(*row) for row in rows]

    def owners(
        self, brand_id: int, channel: str, app: str, keys: Collection[bytes]
    ) -> dict[bytes, int]:
        """Return the present profile of each living one."""
        values = {"brand": brand_id, "channel": channel, "app": app, "keys": sorted(keys)}
        rows = self._connection.execute(query("contacts", "owners"), values)
        return {bytes(key): profile for key, profile in rows}
