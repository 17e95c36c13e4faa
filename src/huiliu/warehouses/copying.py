"""Moves every fact from one engine to another, row for row, with how far they reach."""

from __future__ import annotations

from collections.abc import Mapping

from huiliu.kernel.errors import Conflict
from huiliu.warehouses.engines import Owned
from huiliu.warehouses.views import VIEWS

__all__ = ["copy_facts"]


def copy_facts(source: Owned, target: Owned) -> Mapping[str, int]:
    """Replace the facts of one warehouse by those of another; return the rows of each view.

    What no log can make again, the history of tags, comes along.

    Raises:
        Conflict: a view has another number of rows than before.
    """
    target.take_facts(source.facts(), source.progress())
    counted = _counted(target)
    if counted != (expected := _counted(source)):
        raise Conflict("rows of views", expected, counted)
    return counted


def _counted(warehouse: Owned) -> dict[str, int]:
    """Return how many rows each view has."""
    return {
        name: int(warehouse.run(warehouse.table(name).count())[0][0].as_py())
        for name in VIEWS
        # The same words of a context may stand there once or, from several batches, oftener.
        if name != "trait_changes"
    }
