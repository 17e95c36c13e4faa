"""Placeholder for H4: replace this file."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import TupleRow

__all__ = ["PostgresRuns"]


class PostgresRuns:
    """To be written."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection
