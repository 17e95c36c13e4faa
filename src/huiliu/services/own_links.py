"""The addresses of a message's own pages, made only for templates that show them."""

from __future__ import annotations

from typing import Final

from huiliu.messages.template import Template
from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World
from huiliu.services.signed_links import link_to

__all__ = ["own_links"]

#: Name in a template -> the path of its page.
_PAGES: Final = {"confirm_url": "c", "preferences_url": "p"}


def own_links(world: World, row: MessageRow, template: Template) -> dict[str, object]:
    """Return name -> address of those pages of a message that its template names."""
    queued = row.queued
    return {
        name: link_to(world, path, queued.brand_id, queued.message_id)
        for name, path in _PAGES.items()
        if name in template.variables
    }
