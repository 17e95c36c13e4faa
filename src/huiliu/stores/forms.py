"""Counts of visits, spent challenges and whom a form took, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.stores.queries import query

__all__ = ["PostgresForms"]


class PostgresForms:
    """Forms, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def count(self, brand_id: int, slug: str, version: int, what: str, day: int, slot: int) -> None:
        """Add one to how often something happened to a form on a day."""
        self._connection.execute(
            query("forms", "count"), (brand_id, slug, version, day, what, slot)
        )

    def counts(self, brand_id: int, slug: str, since_day: int) -> Mapping[tuple[int, str], int]:
        """Return (day, what) -> how often, from a day on."""
        rows = self._connection.execute(query("forms", "counts"), (brand_id, slug, since_day))
        return {(day, what): n for day, what, n in rows}

    def spend(self, brand_id: int, challenge: bytes, at: int, before: int) -> bool:
        """Use a challenge up; False = it was used before. Those from `before` are forgotten."""
        self._connection.execute(query("forms", "forget"), (brand_id, before))
        done = self._connection.execute(query("forms", "spend"), (brand_id, challenge, at))
        return done.rowcount == 1

    def take(self, brand_id: int, slug: str, persons: list[bytes], at: int) -> bool:
        """Note whom a form took, by hashes of what names them; False = one was taken before."""
        given = {"brand": brand_id, "slug": slug, "persons": sorted(persons), "at": at}
        done = self._connection.execute(query("forms", "take"), given)
        return done.rowcount == len(set(persons))
