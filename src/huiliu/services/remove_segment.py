"""Removes a segment that nobody uses; its versions stay, so it can be applied again."""

from __future__ import annotations

from huiliu.kernel.errors import InUse, NotFound
from huiliu.ports.world import World
from huiliu.services.project import CONSUMER
from huiliu.services.tell_news import tell_all_news
from huiliu.services.used_by import users_of

__all__ = ["remove_segment"]

_KIND = "segment"


def remove_segment(world: World, brand_id: int, slug: str) -> int:
    """Take a segment out of use and let everybody out of it; return how many they were.

    Raises:
        NotFound: there is no such segment, or it was removed already.
        InUse: others name it; all of them are told.
    """
    with world.store.system() as tx:
        # As the projector does: nobody enters while everybody leaves.
        tx.log.cursor(CONSUMER)
        if tx.documents.latest(brand_id, _KIND, slug).state == "archived":
            raise NotFound(_KIND, slug)
        users = users_of(tx, brand_id, _KIND, slug)
        if users:
            raise InUse(_KIND, slug, tuple(f"{one.kind} {one.slug}" for one in users))
        tx.documents.set_state(brand_id, _KIND, slug, "archived")
        left = tx.segments.forget_segment(brand_id, slug)
        tx.segments.keep_news(brand_id, slug, (), sorted(left), world.clock.now())
    tell_all_news(world)
    return len(left)
