"""People: the list, the search, and one person with all that is known and was decided."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.services.find_people import find_person, recent_people
from huiliu.services.show_profile import reveal_profile, show_profile
from huiliu.services.timeline import timeline
from huiliu.services.why import why
from huiliu.web.doors import Visit
from huiliu.web.paging import person_mark, read_number, read_person
from huiliu.web.rendering import go, page
from huiliu.web.story import tell
from huiliu.web.timeline import entries

__all__ = ["reveal", "show", "show_list", "show_timeline", "show_why"]

#: Runs and messages told on a person's page.
_MOST_TOLD = 30


def show_list(visit: Visit) -> Response:
    """Show the people seen last, or go to the one whom the search names."""
    asked = visit.ask("q")[:200]
    if asked:
        found = find_person(visit.world, visit.brand_id, asked)
        if found is not None:
            return go(f"/people/{show_profile_id(found)}")
        return page(
            visit, "pages/people.html", section="people", asked=asked, people=None, older=""
        )
    people = recent_people(visit.world, visit.brand_id, read_person(visit.ask("before")))
    return page(
        visit, "pages/people.html", section="people", asked="", people=people,
        older=person_mark(people.next),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one person, their personal values masked."""
    person = show_profile(visit.world, visit.brand_id, _profile(visit))
    shown = show_profile_id(person.profile.profile_id)
    if shown != visit.path("profile"):
        # The person was merged into another: the address follows.
        return go(f"/people/{shown}")
    return page(visit, "pages/profile.html", section="people", person=person, shown=shown)


def show_timeline(visit: Visit) -> Response:
    """Show a page of a person's events, newest first."""
    before = read_number(visit.ask("before"))
    found = timeline(visit.world, visit.brand_id, _profile(visit), before)
    more = f"/people/{visit.path('profile')}/timeline?before={found.next}" if found.next else ""
    return page(
        visit, "partials/timeline.html", entries=entries(found, visit.locale), more=more,
        is_more=before is not None,
    )  # fmt: skip


def show_why(visit: Visit) -> Response:
    """Show every decision about the person, from event to provider answer."""
    found = why(visit.world, visit.brand_id, _profile(visit), _MOST_TOLD)
    return page(visit, "partials/story.html", story=tell(found, visit.locale))


def reveal(visit: Visit) -> Response:
    """Show a person's personal values in the clear; who looked is written down."""
    person = reveal_profile(visit.world, visit.brand_id, _profile(visit), visit.me.user.user_id)
    return page(visit, "partials/identity.html", person=person, shown=visit.path("profile"))


def _profile(visit: Visit) -> int:
    """Return the profile that the address names; raise NotFound."""
    found = parse_profile_id(visit.path("profile"))
    if found is None:
        raise NotFound("profile", visit.path("profile"))
    return found
