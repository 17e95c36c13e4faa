"""Keeps the templates of messages that Huiliu writes by itself, beside the brand's own."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["MADE_BY", "own_template"]

#: Who wrote them; a document that somebody else wrote is never replaced.
MADE_BY: Final = "huiliu"


def own_template(tx: Tx, world: World, brand_id: int, slug: str, source: str) -> Document:
    """Return the newest version of a template, written now where there is none or ours changed."""
    try:
        held = tx.documents.latest(brand_id, "template", slug)
    except NotFound:
        held = None
    if held is not None and (held.created_by != MADE_BY or held.source == source):
        return held
    at = world.clock.now()
    return tx.documents.put(Document(brand_id, "template", slug, 0, "live", source, at, MADE_BY))
