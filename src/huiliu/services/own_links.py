"""The addresses of a message's own pages, made only for templates that show them."""

from __future__ import annotations

from typing import Final

from huiliu.messages.template import Template
from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World
from huiliu.services.post_links import MOST_DAYS, post_link
from huiliu.services.recipients import read_inputs
from huiliu.services.signed_links import link_to

__all__ = ["own_links"]

#: Name in a template -> the path of its page.
_PAGES: Final = {"confirm_url": "c", "preferences_url": "p"}
_POST_URL: Final = "post_url"


def own_links(world: World, row: MessageRow, template: Template) -> dict[str, object]:
    """Return name -> address of those pages of a message that its template names."""
    queued = row.queued
    found: dict[str, object] = {
        name: link_to(world, path, queued.brand_id, queued.message_id)
        for name, path in _PAGES.items()
        if name in template.variables
    }
    if _POST_URL in template.variables:
        order_id = read_inputs(queued.inputs).event.properties.get("order_id")
        if isinstance(order_id, str) and order_id:
            # From when it was queued on: rendered again, it is the same address.
            found[_POST_URL] = post_link(
                world, queued.brand_id, queued.profile_id, order_id, queued.queued_at, MOST_DAYS
            )
    return found
