"""The warehouse: facts for whole populations, asked with Ibis expressions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import ibis
import pyarrow as pa

from huiliu.conditions import Tables
from huiliu.ports.replay import Past
from huiliu.ports.tags import TagWriting, TagWritten

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

    def past(self, brand_id: int) -> Past:
        """Return what virtual time may meet: a brand's facts, each with its replay time."""
        ...

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; raise EngineFailed with the statement."""
        ...

    def sql(self, statement: str) -> pa.Table:
        """Return the rows of one read-only SQL statement over the views."""
        ...

    def keep(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows under a name until they are let go; return the unbound table that reads them.

        Rows under the same name go. What is held does not outlive the warehouse's process.

        Raises:
            EngineFailed: with the statement.
        """
        ...

    def let_go(self, names: Collection[str]) -> None:
        """Forget rows that were held; names that hold none are passed over."""
        ...

    def keep_values(self, name: str, writing: TagWriting, values: ibis.Table) -> ibis.Table:
        """Hold the values of one tag as they are stored: profile_id, value (JSON), expires_at.

        Numbers are rounded to six decimals, so that a sum whose parts were added in another order
        is no other value; moments are texts in UTC. Values that are null, no number or ran out
        already are left out.

        Args:
            name: to hold them under.
            writing: which tag, as of when, for how long.
            values: profile_id (present), value (typed), perhaps `at`: when the fact happened that
                made the value, from when it then lives.

        Raises:
            EngineFailed: with the statement.
        """
        ...

    def write_tag(self, writing: TagWriting, values: ibis.Table) -> TagWritten:
        """Write the values of one tag: what changed goes into its history, all or nothing.

        Args:
            writing: which tag, as of when, for how long.
            values: as `keep_values` returned them.

        Raises:
            EngineFailed: with the statement.
        """
        ...

    def tag_changes(self, brand_id: int, tag: str, after: tuple[int, int]) -> pa.Table:
        """Return the changes of a tag's values after (instant, profile), in that order.

        profile_id (as it was set for), value (JSON; null = cleared), set_at, expires_at.
        """
        ...

    def tag_values(self, brand_id: int, tag: str) -> pa.Table:
        """Return the values of a tag that stand, under the ids that they were set for.

        The same columns as `tag_changes`, by profile.
        """
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
