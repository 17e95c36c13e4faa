"""The warehouse as a white paper asks it: as it stood at the paper's end, and each thing once.

A paper's sections ask much of the same, and nothing may change between two of their questions. So
what was answered stays answered until the paper is written, and what was held stays held.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from itertools import count
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.operations import Node

from huiliu.attribution.touches import N_GROUPS
from huiliu.conditions import Tables
from huiliu.conditions.population import group_of, moment_literal
from huiliu.metrics import Frame
from huiliu.metrics.purchases import purchase_rows
from huiliu.metrics.rows import sent
from huiliu.ports.warehouse import Warehouse

__all__ = ["PaperWarehouse", "drawn"]

_NUMBERS: Final = count(1)


def drawn(rows: ibis.Table, one_in: int) -> ibis.Table:
    """Return the rows of one in so many people.

    Each of the groups by which intervals are told has as many of them: were people drawn by the
    same number as the groups, all of them could be of one.
    """
    return rows.filter(group_of(rows.profile_id, one_in * N_GROUPS) < N_GROUPS)


class PaperWarehouse:
    """A warehouse that knows nothing of what happened later, and asks nothing twice."""

    def __init__(self, inner: Warehouse, until: int) -> None:
        """Look at another one up to an instant."""
        self._inner = inner
        self._until = until
        self._answers: dict[Node, pa.Table] = {}
        self._held: dict[Node, ibis.Table] = {}
        self._names: list[str] = []
        self._tables: dict[int, Tables] = {}

    def population(self, brand_id: int, at: int | None = None) -> Tables:
        """Return a brand's people and what they did by then, their purchases held."""
        if at is not None:
            return self._cut(self._inner.population(brand_id, at))
        if brand_id not in self._tables:
            tables = self._cut(self._inner.population(brand_id))
            bought = self.keep(self._name(brand_id, "bought"), purchase_rows(tables))
            self._tables[brand_id] = replace(tables, standing=bought)
        return self._tables[brand_id]

    def hold_messages(self, frame: Frame) -> None:
        """Hold the messages of a span: half of the sections tell of them."""
        found = self.keep(self._name(frame.brand_id, "messages"), sent(frame))
        held = {(frame.since, frame.until): found}
        self._tables[frame.brand_id] = replace(self.population(frame.brand_id), sent=held)

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Return the rows of an expression; what was asked before is not asked again."""
        asked = expression.op()
        if asked not in self._answers:
            self._answers[asked] = self._inner.run(expression)
        return self._answers[asked]

    def keep(self, name: str, rows: ibis.Table | pa.Table) -> ibis.Table:
        """Hold rows until the paper is written; those that are held already are not made again."""
        if isinstance(rows, pa.Table):
            self._names.append(name)
            return self._inner.keep(name, rows)
        made = rows.op()
        if made not in self._held:
            self._names.append(name)
            self._held[made] = self._inner.keep(name, rows)
        return self._held[made]

    def let_go(self, names: Collection[str]) -> None:
        """Do nothing: another section may ask for what one no longer needs."""

    def close(self) -> None:
        """Let go of all that was held."""
        if self._names:
            self._inner.let_go(self._names)

    def some(self, brand_id: int, one_in: int) -> PaperWarehouse:
        """Return the same with one in so many of a brand's people, what they did held."""
        whole = self.population(brand_id)
        events = self.keep(self._name(brand_id, "followed"), drawn(whole.events, one_in))
        told, bought = whole.order_told, whole.standing
        found = PaperWarehouse(self._inner, self._until)
        found._answers, found._held, found._names = self._answers, self._held, self._names
        found._tables[brand_id] = replace(
            whole, people=drawn(whole.people, one_in), events=events, sent={},
            touches=drawn(whole.touches, one_in),
            order_told=None if told is None else drawn(told, one_in),
            standing=None if bought is None else drawn(bought, one_in),
        )  # fmt: skip
        return found

    def _cut(self, tables: Tables) -> Tables:
        """Return tables without what happened later."""
        events, told, until = tables.events, tables.order_told, moment_literal(self._until)
        return replace(
            tables, events=events.filter(events.occurred_at < until),
            order_told=None if told is None else told.filter(told.occurred_at < until),
        )  # fmt: skip

    def _name(self, brand_id: int, word: str) -> str:
        """Return a name that nobody else holds rows under."""
        return f"paper-{brand_id}-{os.getpid()}-{next(_NUMBERS)}-{word}"

    def __getattr__(self, name: str) -> Any:
        """Answer everything else as the other one does."""
        return getattr(self._inner, name)
