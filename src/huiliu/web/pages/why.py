"""Why: every decision about a person at a moment, looked into as far as it goes."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.times import as_instant
from huiliu.services.why import look_into
from huiliu.web.doors import Visit
from huiliu.web.rendering import page
from huiliu.web.story import tell

__all__ = ["show"]


def show(visit: Visit) -> Response:
    """Show what was decided about a person, what each rule saw, and what would have changed it."""
    asked = parse_profile_id(visit.path("profile"))
    if asked is None:
        raise NotFound("profile", visit.path("profile"))
    written, journey = visit.ask("at")[:40], visit.ask("journey")[:100]
    at = as_instant(written, visit.world.zone) if written else None
    found = look_into(visit.world, visit.brand_id, asked, at, journey)
    with visit.world.store.transaction(visit.brand_id) as tx:
        journeys = [one.slug for one in tx.documents.all(visit.brand_id, "journey")]
    return page(
        visit, "pages/why.html", section="people", shown=show_profile_id(found.profile_id),
        story=tell(found, visit.locale), found=found, written=written, journey=journey,
        journeys=journeys, is_wrong=bool(written) and at is None,
    )  # fmt: skip
