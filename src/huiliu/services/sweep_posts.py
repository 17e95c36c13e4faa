"""Removes what nobody may see any more: posts of people who were erased, and files of no post."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.times import DAY
from huiliu.ports.world import World

__all__ = ["sweep_posts"]

#: Nobody takes longer between writing a file and its row.
_SETTLED: Final = DAY
_FIRST_BRAND: Final = 1


def sweep_posts(world: World, limit: int = 500) -> int:
    """Remove posts whose key was destroyed, and files that no post names; return how many.

    What is sealed with a key that is gone cannot be read by anybody; it is removed all the same.
    """
    n_removed = 0
    with world.store.system() as tx:
        brands = {_FIRST_BRAND, *tx.posts.brands()}
    for brand_id in sorted(brands):
        with world.store.system() as tx:
            orphans = tx.posts.orphans(brand_id, limit)
            tx.posts.remove(brand_id, [one.post_id for one in orphans])
        # The rows first: a crash in between leaves files that nobody names, and those go below.
        files = [name for one in orphans for file in one.files for name in (file.name, file.still)]
        world.media.remove(brand_id, files)
        old = world.media.names(brand_id, world.clock.now() - _SETTLED)
        with world.store.system() as tx:
            stray = sorted(set(old) - tx.posts.known_names(brand_id, old))
        world.media.remove(brand_id, stray[:limit])
        n_removed += len(orphans) + len(stray[:limit])
    return n_removed
