"""Opens a warehouse that follows a test's store, and asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.integration.people import project_all

from huiliu.ports.world import World
from huiliu.services.ask import ask
from huiliu.warehouses.duckdb import DuckdbWarehouse

__all__ = ["rows", "settle", "with_warehouse"]


@contextmanager
def with_warehouse(world: World, folder: Path) -> Iterator[World]:
    """Lend the world with a warehouse of its own."""
    warehouse = DuckdbWarehouse(folder / "warehouse.duckdb", world.store, "500MB")
    try:
        yield replace(world, warehouse=warehouse)
    finally:
        warehouse.close()


def settle(world: World) -> None:
    """Project the whole log and let the warehouse see it all."""
    project_all(world)
    world.warehouse.catch_up(30)


def rows(world: World, statement: str) -> list[dict[str, object]]:
    """Return what a question answers."""
    return ask(world, statement).as_objects()
