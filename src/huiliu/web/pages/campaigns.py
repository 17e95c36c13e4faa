"""Campaigns: the list, one simple form, and what becomes of each while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from huiliu.journeys import Journey
from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, EngineFailed, NotFound, Problem, Unavailable
from huiliu.services.audience import count, read_segment
from huiliu.services.campaigns import (
    Progress,
    campaign_progress,
    create_campaign,
    is_campaign,
    list_campaigns,
    pause_campaign,
    resume_campaign,
    stop_campaign,
)
from huiliu.services.draw_journey import draw_journey
from huiliu.services.list_actions import record_action
from huiliu.services.list_vocabulary import Vocabulary, list_vocabulary
from huiliu.services.look_at_audience import reach
from huiliu.services.preview_template import preview_template
from huiliu.services.report_campaign import report_variants
from huiliu.services.send_test import send_test
from huiliu.web.campaigns import audience_of, read_campaign
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = [
    "count_audience", "make", "pause", "preview", "resume", "show", "show_list", "show_new",
    "show_progress", "stop", "try_out",
]  # fmt: skip

#: Campaigns whose messages are counted in the list.
_MOST_COUNTED: Final = 40
#: Statuses of messages by what readers call them together.
_SENT: Final = frozenset({"sent", "delivered", "unknown"})


def show_list(visit: Visit) -> Response:
    """Show every campaign, those made last first."""
    found = list_campaigns(visit.world, visit.brand_id)
    progress = {
        one.document.slug: campaign_progress(visit.world, visit.brand_id, one.document.slug)
        for one in found[:_MOST_COUNTED]
        if one.last is not None
    }
    return page(
        visit, "pages/campaigns.html", section="campaigns", rows=found, progress=progress,
        sent=_sent,
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the form of a new campaign."""
    first = {
        "when": "now", "zone": "person", "audience": "segment", "segment": visit.ask("segment"),
        "once": visit.ask("once"),
    }  # fmt: skip
    if first["once"]:
        first["when"] = "once"
    return _form(visit, first)


def make(visit: Visit) -> Response:
    """Make a campaign, or say all that is wrong with it; what was filled in stays."""
    draft = read_campaign(visit.form)
    try:
        made = create_campaign(visit.world, visit.brand_id, draft, visit.me.user.email)
    except BadInput as fault:
        return _form(visit, visit.form, 422, fault.problems)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "campaign_made", made.slug)
    return go(f"/campaigns/{made.slug}")


def count_audience(visit: Visit) -> Response:
    """Show how many people a campaign would go to now, and where they can be reached."""
    facts: dict[str, Any] = {"n": None, "reach": {}, "is_away": False}
    asked = audience_of(visit.form)
    if asked == "everyone" or all(asked.values()):
        world, brand_id = visit.world, visit.brand_id
        try:
            condition = read_segment(world, brand_id, _as_segment(asked)).condition
            facts["n"] = count(world, brand_id, condition)
            facts["reach"] = reach(world, brand_id, condition, sorted(world.channels))
        except (Unavailable, EngineFailed, BadInput):
            facts["is_away"] = True
    return page(visit, "partials/campaign_audience.html", **facts)


def preview(visit: Visit) -> Response:
    """Show each chosen message as an invented person would get it."""
    slugs = [one.template for one in read_campaign(visit.form).variants]
    shown: list[tuple[str, object]] = []
    for slug in dict.fromkeys(slugs):
        try:
            shown.append((slug, preview_template(visit.world, visit.brand_id, slug, visit.locale)))
        except (BadInput, NotFound):
            shown.append((slug, None))
    return page(visit, "partials/campaign_preview.html", shown=shown)


def try_out(visit: Visit) -> Response:
    """Send the first chosen message to one person, to see it arrive."""
    variants, person = read_campaign(visit.form).variants, visit.form.get("person", "").strip()
    number = None
    if variants and person:
        try:
            number = send_test(visit.world, visit.brand_id, variants[0].template, person)
        except NotFound:
            number = None
    if number is not None:
        record_action(
            visit.world, visit.brand_id, visit.me.user.user_id, "test_sent", variants[0].template
        )
    return page(visit, "partials/campaign_tried.html", number=number, is_asked=bool(person))


def show(visit: Visit) -> Response:
    """Show one campaign with its progress."""
    slug = visit.path("slug")
    found = draw_journey(visit.world, visit.brand_id, slug)
    if not is_campaign(found.journey):
        return go(f"/journeys/{slug}")
    return page(
        visit, "pages/campaign.html", section="campaigns", found=found, slug=slug,
        **_progress(visit, slug, found.journey),
    )  # fmt: skip


def show_progress(visit: Visit) -> Response:
    """Show how far a campaign has come; the page asks again while it runs."""
    slug = visit.path("slug")
    found = draw_journey(visit.world, visit.brand_id, slug)
    return page(
        visit, "partials/campaign_progress.html", found=found, slug=slug,
        **_progress(visit, slug, found.journey),
    )  # fmt: skip


def pause(visit: Visit) -> Response:
    """Let nobody in and send nothing until it is resumed."""
    pause_campaign(visit.world, visit.brand_id, visit.path("slug"))
    return _done(visit, "journey_paused")


def resume(visit: Visit) -> Response:
    """Go on where it was paused."""
    resume_campaign(visit.world, visit.brand_id, visit.path("slug"))
    return _done(visit, "journey_resumed")


def stop(visit: Visit) -> Response:
    """Send nothing of it any more."""
    stop_campaign(visit.world, visit.brand_id, visit.path("slug"))
    return _done(visit, "journey_stopped")


def _as_segment(asked: Mapping[str, object] | str) -> str:
    """Return a segment that holds the people of an audience, to be counted and never kept."""
    named = {"segment": "in_segment", "list": "list"}
    where = (
        [{named[kind]: slug} for kind, slug in asked.items()] if isinstance(asked, Mapping) else []
    )
    return dump({
        "huiliu": 1, "kind": "segment", "slug": "audience", "name": {"en": "audience"},
        "where": {"all": where},
    })  # fmt: skip


def _done(visit: Visit, what: str) -> Response:
    """Write down what the visitor did, and go back to the campaign."""
    slug = visit.path("slug")
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, slug)
    return go(f"/campaigns/{slug}")


def _form(
    visit: Visit, filled: Mapping[str, str], status: int = 200, problems: Sequence[Problem] = ()
) -> Response:
    """Show the form with what was filled in."""
    words: Vocabulary = list_vocabulary(visit.world, visit.brand_id)
    return page(
        visit, "pages/campaign_new.html", status, section="campaigns", filled=filled,
        problems=[(one.path, one.text, 0) for one in problems], words=words,
        letters="abcd",
    )  # fmt: skip


def _progress(visit: Visit, slug: str, journey: Journey) -> dict[str, object]:
    """Return how far a campaign has come, as the templates read it."""
    found = campaign_progress(visit.world, visit.brand_id, slug)
    running = found.state == "live" and (
        found.n_to_come > 0
        or found.statuses.get("queued", 0) + found.statuses.get("sending", 0) > 0
    )
    variants = report_variants(visit.world, visit.brand_id, journey)
    return {"progress": found, "sent": _sent, "is_running": running, "variants": variants}


def _sent(found: Progress) -> int:
    """Return how many messages were handed to a provider."""
    return sum(n for status, n in found.statuses.items() if status in _SENT)
