"""Disrupted regions: which there are, naming one, and ending it."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.services.list_actions import record_action
from huiliu.services.read_disruption import read_disruption
from huiliu.services.regions import add_disruption, end_disruption, list_disruptions, state_of
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["add", "end", "show"]


def show(visit: Visit) -> Response:
    """Show disrupted regions and the form for another."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """Name a region that parcels do not reach."""
    try:
        new = read_disruption(visit.form, visit.world.zone)
        made = add_disruption(visit.world, visit.brand_id, new, visit.me.user.email)
    except BadInput as fault:
        return _page(visit, 422, [(p.path, p.text, 0) for p in fault.problems])
    _note(visit, "region_disrupted", made.region or made.country)
    return go("/regions")


def end(visit: Visit) -> Response:
    """Say that parcels reach a region again."""
    number = read_number(visit.path("region"))
    if number is None:
        raise NotFound("region", visit.path("region"))
    ended = end_disruption(visit.world, visit.brand_id, number)
    _note(visit, "region_cleared", ended.region or ended.country)
    return go("/regions")


def _page(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page with what was typed so far."""
    now = visit.world.clock.now()
    found = list_disruptions(visit.world, visit.brand_id)
    return page(
        visit, "pages/regions.html", status, section="regions", problems=problems,
        rows=[(one, state_of(one, now)) for one in found], given=visit.form,
    )  # fmt: skip


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
