"""Removes a tag that nobody uses; its versions stay, so it can be applied again."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from huiliu.kernel.errors import InUse, NotFound, Unavailable
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.tags import TagWriting
from huiliu.ports.world import World
from huiliu.services.apply_tag import KIND, live_tags
from huiliu.services.used_by import User, users_of

__all__ = ["remove_tag", "users_of_tag"]


def users_of_tag(tx: Tx, world: World, brand_id: int, slug: str) -> Sequence[User]:
    """Return every live segment, journey and tag that reads a tag."""
    found = {(one.kind, one.slug): one for one in users_of(tx, brand_id, KIND, slug)}
    for other, one in live_tags(tx, world, brand_id).items():
        if other != slug and slug in one.tag.lineage.tags:
            found.setdefault((KIND, other), User(KIND, other, one.tag.name))
    return [found[key] for key in sorted(found)]


def remove_tag(world: World, brand_id: int, slug: str) -> int:
    """Take a tag out of use and its value from everybody; return how many had one.

    Raises:
        NotFound: there is no such tag, or it was removed already.
        InUse: others read it; all of them are told.
        Unavailable: the brand's tags are being computed at this moment.
    """
    with world.store.system() as tx:
        if not tx.tags.alone(brand_id):
            raise Unavailable("tags", "another process computes them at this moment")
        # Whoever makes a document live holds this: nobody begins to read the tag meanwhile.
        tx.log.cursor(PROJECTOR)
        document = tx.documents.latest(brand_id, KIND, slug)
        if document.state == "archived":
            raise NotFound(KIND, slug)
        users = users_of_tag(tx, world, brand_id, slug)
        if users:
            raise InUse(KIND, slug, tuple(f"{one.kind} {one.slug}" for one in users))
        state = tx.tags.states(brand_id).get(slug)
        tag = live_tags(tx, world, brand_id)[slug].tag
        at = max(world.clock.now(), state.computed_at + 1 if state else 0)
        written = world.warehouse.write_tag(
            TagWriting(brand_id, slug, tag.type, at), _nobody(world, brand_id, slug)
        )
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        tx.tags.forget(brand_id, slug)
    return written.n_changed


def _nobody(world: World, brand_id: int, slug: str) -> ibis.Table:
    """Return no values at all."""
    rows = world.warehouse.population(brand_id).tag(slug)
    return rows.filter(ibis.literal(False)).select("profile_id", "value", "expires_at")
