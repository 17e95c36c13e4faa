"""The warehouse: facts for whole populations, asked with Ibis expressions."""

from __future__ import annotations

from typing import Protocol

import ibis
import pyarrow as pa

from huiliu.conditions import Tables

__all__ = ["Warehouse"]


class Warehouse(Protocol):
    """An analytical engine with the views of DESIGN.md section 7."""

    def table(self, name: str) -> ibis.Table:
        """Return an unbound view: events, profiles, identities, orders, messages, ..."""
        ...

    def population(self, brand_id: int, at: int | None = None) -> Tables:
        """Return what a compiled condition reads: a brand's people now, or as of an instant.

        As of an instant, only what its replay had met by then is there; who is who is always
        what is known today.
        """
        ...

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; raise EngineFailed with the statement."""
        ...

    def sql(self, statement: str) -> pa.Table:
        """Return the rows of one read-only SQL statement over the views."""
        ...

    def catch_up(self, timeout_s: float, offset: int | None = None) -> None:
        """Return when the warehouse has seen all that the log held when this was called.

        With an offset: when it has seen all events below that one. It never projects; the
        projector has to come by itself.
        """
        ...

    def rebuild(self) -> None:
        """Forget every fact and load the log again from its beginning."""
        ...
