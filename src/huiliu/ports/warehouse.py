"""The warehouse: facts for whole populations, asked with Ibis expressions."""

from __future__ import annotations

from typing import Protocol

import ibis
import pyarrow as pa

__all__ = ["Warehouse"]


class Warehouse(Protocol):
    """An analytical engine with the views of DESIGN.md section 7."""

    def table(self, name: str) -> ibis.Table:
        """Return an unbound view: events, profiles, identities, orders, messages, ..."""
        ...

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; raise EngineFailed with the statement."""
        ...

    def sql(self, statement: str) -> pa.Table:
        """Return the rows of one read-only SQL statement over the views."""
        ...

    def catch_up(self, timeout_s: float) -> None:
        """Return when the warehouse has seen all that the log held when this was called."""
        ...
