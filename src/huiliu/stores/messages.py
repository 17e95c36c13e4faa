"""Placeholder for H5: replace this file."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import TupleRow

__all__ = ["PostgresMessages"]


class PostgresMessages:
    """To be written."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection
