"""Journeys: the list, the picture with what became of the runs, versions, pausing."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from huiliu.kernel.errors import NotFound
from huiliu.services.apply_journey import set_journey_state
from huiliu.services.compare_journeys import compare_versions
from huiliu.services.count_journey import count_journey, people_at_node
from huiliu.services.draft_journey import draft_journey
from huiliu.services.draw_journey import Drawing, draw_journey, list_journeys
from huiliu.services.journey_drafts import my_drafts
from huiliu.services.journey_versions import journey_versions
from huiliu.services.list_actions import record_action
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.publish import roll_back
from huiliu.web.builder import offer
from huiliu.web.canvas import describe_canvas, node_word, tell_counts, tell_journey_draft
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = [
    "pause",
    "restore",
    "resume",
    "show",
    "show_counts",
    "show_list",
    "show_people",
    "show_versions",
]


def show_list(visit: Visit) -> Response:
    """Show every journey with how its runs stand, and the drafts of the visitor."""
    rows = list_journeys(visit.world, visit.brand_id)
    drafts = my_drafts(visit.world, visit.brand_id, f"user:{visit.me.user.user_id}")
    published = {row.document.slug for row in rows}
    return page(
        visit, "pages/journeys.html", section="journeys", rows=rows, drafts=drafts,
        published=published,
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one journey as a picture."""
    version = read_number(visit.ask("version"))
    found = draw_journey(visit.world, visit.brand_id, visit.path("slug"), version or None)
    titles = {
        name: node_word(visit.locale, node.type) for name, node in found.journey.nodes.items()
    }
    return page(
        visit, "pages/journey.html", section="journeys", found=found, titles=titles,
        data=_picture(visit, found), published=read_number(visit.ask("published")),
    )  # fmt: skip


def show_counts(visit: Visit) -> Response:
    """Answer with what became of the runs at each node, for the canvas."""
    version = read_number(visit.ask("version")) or 0
    counts = count_journey(visit.world, visit.brand_id, visit.path("slug"), version)
    return _json(tell_counts(counts))


def show_people(visit: Visit) -> Response:
    """Show who waits at a node now."""
    slug, node = visit.path("slug"), visit.ask("node")
    try:
        after = bytes.fromhex(visit.ask("after"))
    except ValueError as fault:
        raise NotFound("run", visit.ask("after")) from fault
    found = people_at_node(visit.world, visit.brand_id, slug, node, after)
    return page(
        visit, "pages/journey_people.html", section="journeys", slug=slug, node=node, found=found
    )


def show_versions(visit: Visit) -> Response:
    """Show every version and what one of them says differently from another."""
    slug = visit.path("slug")
    found = journey_versions(visit.world, visit.brand_id, slug)
    newest = found[0].version
    new = read_number(visit.ask("new")) or newest
    old = read_number(visit.ask("old")) or max(new - 1, 1)
    changes = compare_versions(visit.world, visit.brand_id, slug, old, new)
    return page(
        visit, "pages/journey_versions.html", section="journeys", slug=slug, versions=found,
        old=old, new=new, changes=changes,
    )  # fmt: skip


def restore(visit: Visit) -> Response:
    """Make an earlier version the newest again; people in flight stay in theirs."""
    slug, version = visit.path("slug"), read_number(visit.form.get("version", ""))
    if not version:
        raise NotFound("version", visit.form.get("version", ""))
    made = roll_back(visit.world, visit.brand_id, ("journey", slug), visit.me.user.email, version)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "journey_restored", slug)
    return go(f"/journeys/{slug}", published=made.version)


def pause(visit: Visit) -> Response:
    """Let a journey stand still."""
    return _set(visit, "paused", "journey_paused")


def resume(visit: Visit) -> Response:
    """Let a journey run again."""
    return _set(visit, "live", "journey_resumed")


def _set(visit: Visit, state: str, what: str) -> Response:
    """Set the state of a journey and write down who did."""
    slug = visit.path("slug")
    set_journey_state(visit.world, visit.brand_id, slug, state)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, slug)
    return go(f"/journeys/{slug}")


def _picture(visit: Visit, found: Drawing) -> dict[str, Any]:
    """Return what the canvas needs to draw a version that nobody changes here."""
    draft = draft_journey(visit.world, visit.brand_id, found.document.source)
    return {
        "language": describe_canvas(visit.locale),
        "words": offer(list_vocabulary(visit.world, visit.brand_id), visit.locale),
        "start": tell_journey_draft(draft, visit.locale)
        | {"positions": found.positions, "counts": tell_counts(found.counts)},
    }


def _json(told: object) -> Response:
    """Return data for a script of ours."""
    return Response(msgspec.json.encode(told), media_type="application/json")
