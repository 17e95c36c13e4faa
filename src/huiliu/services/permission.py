"""How a brand asks for permission: its document, or what holds where it wrote none."""

from __future__ import annotations

from typing import Final
from weakref import WeakKeyDictionary

from huiliu.messages.permission import DEFAULT, KIND, SLUG, Permission, parse_permission
from huiliu.ports.store import Store, Tx
from huiliu.ports.world import World

__all__ = ["permission", "permission_source"]

#: Brand -> (version, what it says); a version never changes.
_KNOWN: Final[WeakKeyDictionary[Store, dict[int, tuple[int, Permission]]]] = WeakKeyDictionary()


def permission(tx: Tx, world: World, brand_id: int) -> Permission:
    """Return how a brand asks; read once for each version."""
    held = [
        one for one in tx.documents.all(brand_id, KIND)
        if one.slug == SLUG and one.state != "archived"
    ]  # fmt: skip
    if not held:
        return DEFAULT
    known = _KNOWN.setdefault(world.store, {})
    version, found = known.get(brand_id, (0, DEFAULT))
    if version != held[0].version:
        parsed = parse_permission(held[0].source)
        found = parsed if isinstance(parsed, Permission) else DEFAULT
        known[brand_id] = held[0].version, found
    return found


def permission_source(world: World, brand_id: int) -> str:
    """Return the document as it is stored, or "" where the brand wrote none."""
    with world.store.system() as tx:
        found = permission(tx, world, brand_id)
    return found.source
