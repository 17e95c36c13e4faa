"""Communities: who keeps them, how large they are, and what is posted in them."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Problem
from huiliu.planning.platforms import PLATFORMS
from huiliu.reports.charts import lines
from huiliu.services.content_board import choices
from huiliu.services.content_data import group_json
from huiliu.services.groups import (
    GROUP_FIELDS,
    STATES,
    list_groups,
    put_group,
    remove_group,
    show_group,
)
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.rendering import go, page

__all__ = ["remove", "save", "show", "show_list"]


def show_list(visit: Visit) -> Response:
    """Show every community and the form of another."""
    return _list(visit)


def show(visit: Visit) -> Response:
    """Show one community."""
    return _one(visit, visit.path("group"))


def save(visit: Visit) -> Response:
    """Store a community, or say what is wrong with it."""
    given: dict[str, object] = {name: visit.form.get(name, "") for name in GROUP_FIELDS}
    try:
        row, _ = put_group(visit.world, visit.brand_id, given)
    except BadInput as fault:
        if visit.form.get("from") == "one":
            return _one(visit, str(given["slug"]), 422, fault.problems)
        return _list(visit, 422, fault.problems)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "group_kept", row.slug)
    return go(f"/groups/{row.slug}", done="kept")


def remove(visit: Visit) -> Response:
    """Forget a community; what was posted in it stays."""
    slug = visit.path("group")
    remove_group(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "group_removed", slug)
    return go("/groups", done="removed")


def _list(visit: Visit, status: int = 200, problems: tuple[Problem, ...] = ()) -> Response:
    """Show every community."""
    rows = list_groups(visit.world, visit.brand_id)
    return page(
        visit, "pages/groups.html", status, section="groups", rows=rows,
        n_people=sum(row.size for row in rows if row.state != "closed"),
        problems=[(one.path, one.text, one.line) for one in problems], typed=visit.form,
        done=visit.ask("done"), **_known(visit),
    )  # fmt: skip


def _one(
    visit: Visit, slug: str, status: int = 200, problems: tuple[Problem, ...] = ()
) -> Response:
    """Show one community."""
    found = show_group(visit.world, visit.brand_id, slug)
    words = translate(visit.locale, "content.column.size")
    return page(
        visit, "pages/group.html", status, section="groups", found=found, row=found.row,
        typed=visit.form or {key: str(one) for key, one in group_json(found.row).items()},
        problems=[(one.path, one.text, one.line) for one in problems], done=visit.ask("done"),
        chart=lines([day[5:] for day, _ in found.sizes], {words: [n for _, n in found.sizes]}),
        **_known(visit),
    )  # fmt: skip


def _known(visit: Visit) -> dict[str, object]:
    """Return what the fields of a community may hold."""
    return {
        "platforms": [one.name for one in PLATFORMS.values() if one.is_group],
        "states": STATES,
        "segments": choices(visit.world, visit.brand_id).segments,
    }
