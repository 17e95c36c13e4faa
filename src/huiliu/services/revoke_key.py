"""End a write key for good."""

from __future__ import annotations

from huiliu.ports import World

__all__ = ["revoke_key"]


def revoke_key(world: World, brand_id: int, key_id: int) -> None:
    """End a key; requests with it are refused from now on.

    Raises:
        NotFound: there is no such key.
    """
    with world.store.transaction(brand_id) as tx:
        tx.accounts.revoke_key(brand_id, key_id, world.clock.now())
