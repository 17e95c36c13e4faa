"""Makes the warehouse anew from the log."""

from __future__ import annotations

from huiliu.ports.world import World

__all__ = ["rebuild_warehouse"]


def rebuild_warehouse(world: World) -> int:
    """Let the warehouse load the log from its beginning; return how many events it holds then."""
    world.warehouse.rebuild()
    return int(world.warehouse.sql("select count(*) as n from events")["n"][0].as_py())
