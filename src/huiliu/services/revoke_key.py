"""End a write key for good."""

from __future__ import annotations

from huiliu.ports import Action, World

__all__ = ["revoke_key"]


def revoke_key(world: World, brand_id: int, key_id: int, by: int = 0) -> None:
    """End a key; requests with it are refused from now on.

    Args:
        world: the instance.
        brand_id: whose key.
        key_id: which.
        by: the user who ends it; 0 = the command line.

    Raises:
        NotFound: there is no such key.
    """
    with world.store.transaction(brand_id) as tx:
        now = world.clock.now()
        tx.accounts.revoke_key(brand_id, key_id, now)
        tx.console.record_action(Action(brand_id, now, by, "key_revoked", str(key_id)))
