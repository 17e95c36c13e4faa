"""Moves a campaign that has not begun to another time: a new version that says so."""

from __future__ import annotations

import re
from typing import Final

from huiliu.journeys import parsed
from huiliu.kernel.documents import dump, load
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.campaigns import is_campaign
from huiliu.services.publish import Published, publish

__all__ = ["move_campaign"]

_KIND: Final = "journey"
_LOCAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


def move_campaign(world: World, brand_id: int, slug: str, once: str, by: str) -> Published:
    """Let a one-off campaign begin at another local time.

    Raises:
        NotFound: there is no such campaign, or it comes round by a rule.
        BadInput: the time is none, or has passed.
        Conflict: it has begun already.
    """
    if not _LOCAL.fullmatch(once):
        raise BadInput((Problem("once", text("campaigns.want_local_time")),))
    with world.store.system() as tx:
        document = tx.documents.latest(brand_id, _KIND, slug)
        begun = tx.occasions.of_journey(brand_id, slug, 1)
    tree = load(document.source).tree
    entry = tree.get("entry")
    if (
        not isinstance(entry, dict)
        or "once" not in entry
        or not is_campaign(parsed(document.source))
    ):
        raise NotFound("campaign", slug)
    if begun and begun[0].begun_at:
        raise Conflict(f"campaign {slug}", "not begun", "begun")
    assert isinstance(entry, dict)
    moved = dump(tree | {"entry": entry | {"once": once}})
    plan = parsed(moved).entry.schedule
    if plan is None or plan.next(world.clock.now(), world.zone) is None:
        raise BadInput((Problem("once", text("campaigns.in_the_past")),))
    return publish(world, brand_id, moved, by, expects=document.version, kind=_KIND)
