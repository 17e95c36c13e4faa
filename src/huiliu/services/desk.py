"""How a brand answers people who write: its document, or what holds where it wrote none."""

from __future__ import annotations

from huiliu.messages.desk import Desk
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live

__all__ = ["desk", "desk_source"]


def desk(tx: Tx, world: World, brand_id: int) -> Desk:
    """Return how a brand answers; read once for each change of its documents."""
    return live(tx, world, brand_id).desk


def desk_source(world: World, brand_id: int) -> str:
    """Return the document as it is stored, or "" where the brand wrote none."""
    with world.store.system() as tx:
        return desk(tx, world, brand_id).source
