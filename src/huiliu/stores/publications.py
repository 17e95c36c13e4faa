"""Publications in PostgreSQL, and the runs that are carried from version to version."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.publications import Publication, Standing
from huiliu.ports.runs import RunRow, TokenRow
from huiliu.stores.arrays import byteas, integers, texts
from huiliu.stores.queries import query

__all__ = ["PostgresPublications"]


class PostgresPublications:
    """Publications, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def record(self, publication: Publication) -> int:
        """Write a publication down; return its id."""
        one = publication
        found = self._connection.execute(
            query("publications", "record"),
            (
                one.brand_id, one.at, one.by, one.kind, one.slug, one.version, one.from_version,
                one.in_flight, one.moves, one.n_in_flight, one.n_moved, one.n_exited, one.state,
            ),
        ).fetchone()  # fmt: skip
        assert found is not None
        return int(found[0])

    def of(self, brand_id: int, kind: str, slug: str, limit: int) -> list[Publication]:
        """Return what went live under a name, newest first; every kind and name when empty."""
        values = {"brand": brand_id, "kind": kind, "slug": slug, "limit": limit}
        return [
            Publication(*row)
            for row in self._connection.execute(query("publications", "of"), values)
        ]

    def claim_open(self, state: str, limit: int) -> list[Publication]:
        """Lock and return publications of any brand that are moving, or draining, oldest first."""
        found = self._connection.execute(query("publications", "claim_open"), (state, limit))
        return [Publication(*row) for row in found]

    def open_for(self, brand_id: int, slug: str) -> list[Publication]:
        """Return a journey's publications that are not done, oldest first."""
        found = self._connection.execute(query("publications", "open_for"), (brand_id, slug))
        return [Publication(*row) for row in found]

    def update(self, publication: Publication) -> None:
        """Write how far a publication has come: numbers and state."""
        one = publication
        self._connection.execute(
            query("publications", "update"),
            (one.n_moved, one.n_exited, one.state, one.brand_id, one.publication_id),
        )

    def supersede(self, brand_id: int, slug: str) -> None:
        """End the moving to an older version: a newer one takes everybody over."""
        self._connection.execute(query("publications", "supersede"), (brand_id, slug))

    def standing(self, brand_id: int, journey: str) -> list[Standing]:
        """Return where the active runs of a journey stand, by version and node."""
        found = self._connection.execute(query("publications", "standing"), (brand_id, journey))
        return [Standing(*row) for row in found]

    def sample(self, brand_id: int, journey: str, limit: int) -> list[tuple[RunRow, TokenRow]]:
        """Return active runs with their tokens, a fair choice of so many."""
        cursor = self._connection.cursor(binary=True)
        values = (brand_id, journey, limit)
        return [_pair(row) for row in cursor.execute(query("publications", "sample"), values)]

    def claim_standing(
        self, brand_id: int, journey: str, places: Collection[tuple[int, str]], limit: int
    ) -> list[tuple[RunRow, TokenRow]]:
        """Lock and return active runs at (version, node); those locked elsewhere are left out."""
        ordered = sorted(places)
        cursor = self._connection.cursor(binary=True)
        rows = cursor.execute(
            query("publications", "claim_standing"),
            {
                "brand": brand_id,
                "journey": journey,
                "versions": integers([version for version, _ in ordered]),
                "nodes": texts([node for _, node in ordered]),
                "limit": limit,
            },
        )
        return [_pair(row) for row in rows]

    def repin(self, brand_id: int, runs: Sequence[bytes], version: int) -> None:
        """Pin runs, whose tokens are locked, to another version."""
        if runs:
            self._connection.execute(
                query("publications", "repin"), (version, brand_id, byteas(runs))
            )

    def n_older(self, brand_id: int, journey: str, version: int, besides: str) -> int:
        """Return how many active runs are in versions before one, those at a node left out."""
        values = (brand_id, journey, version, besides)
        found = self._connection.execute(query("publications", "n_older"), values).fetchone()
        return int(found[0]) if found else 0


def _pair(row: TupleRow) -> tuple[RunRow, TokenRow]:
    """Return a run and where it stands."""
    return (
        RunRow(
            row[0], row[1], row[8], row[9], row[10], row[11], row[12], row[13], row[14], row[15],
            row[16],
        ),
        TokenRow(*row[:8]),
    )  # fmt: skip
