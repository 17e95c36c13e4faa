"""Makes a template the newest of its slug: checked, then stored as a version that never changes."""

from __future__ import annotations

from huiliu.messages.template import Template, parse_template
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.backfill import backfill_facts
from huiliu.services.live import live

__all__ = ["apply_template", "put_template"]


def apply_template(
    world: World, brand_id: int, source: str | bytes, by: str
) -> tuple[Document, bool]:
    """Store a template and return its version, and whether it is a new one.

    Messages that are queued keep the version that they were decided with.

    Raises:
        BadInput: it has problems; all of them, with lines.
    """
    template = parse_template(source)
    with world.store.system() as tx:
        return put_template(tx, world, brand_id, template, by)


def put_template(
    tx: Tx, world: World, brand_id: int, template: Template, by: str
) -> tuple[Document, bool]:
    """Do the same inside a transaction of the system's, with a template that was read.

    The first one that recommends has the facts kept that recommending reads.
    """
    kept = live(tx, world, brand_id).event_names if template.recommend is not None else frozenset()
    held = [one for one in tx.documents.all(brand_id, "template") if one.slug == template.slug]
    written = Document(
        brand_id, "template", template.slug, 0, "live", template.source, world.clock.now(), by
    )
    document = tx.documents.put(written)
    if template.recommend is not None:
        backfill_facts(tx, brand_id, sorted(live(tx, world, brand_id).event_names - kept))
    return document, not held or held[0].version != document.version
