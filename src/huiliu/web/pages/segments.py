"""Segments: the list, who is in one and how it grew, its versions, and what is done to it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response, StreamingResponse

from huiliu.kernel.errors import EngineFailed, InUse, NotFound, Unavailable
from huiliu.printers.csv import csv_rows
from huiliu.reports.charts import lines
from huiliu.services.chart_segment import chart_segment
from huiliu.services.diff_segments import Side, diff_segments
from huiliu.services.export_segment import export_segment
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_segments import list_segments, show_segment
from huiliu.services.remove_segment import remove_segment
from huiliu.services.segment_versions import live_segment, roll_back, version_of, versions
from huiliu.services.used_by import used_by
from huiliu.web.audience import look_behind
from huiliu.web.doors import Visit
from huiliu.web.i18n import show_day, translate
from huiliu.web.paging import person_mark, read_number, read_person
from huiliu.web.rendering import go, page

__all__ = [
    "export",
    "remove",
    "restore",
    "show",
    "show_behind",
    "show_list",
    "show_trend",
    "show_versions",
]

_KIND: Final = "segment"
_SHOWN: Final = 12


def show_list(visit: Visit) -> Response:
    """Show every segment in use with its members of this moment."""
    asked = visit.ask("q").casefold()
    every = [
        row
        for row in list_segments(visit.world, visit.brand_id)
        if row.document.state != "archived"
    ]
    rows = [
        row
        for row in every
        if asked in " ".join([row.document.slug, *row.name.values()]).casefold()
    ]
    with visit.world.store.transaction(visit.brand_id) as tx:
        n_people = tx.console.n_people(visit.brand_id)
    return page(
        visit, "pages/segments.html", section="segments", rows=rows, asked=visit.ask("q"),
        n_all=len(every), n_people=n_people,
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one segment and who is in it."""
    slug = visit.path("slug")
    found = show_segment(visit.world, visit.brand_id, slug, read_person(visit.ask("before")))
    if found.row.document.state == "archived":
        raise NotFound(_KIND, slug)
    with visit.world.store.transaction(visit.brand_id) as tx:
        n_people = tx.console.n_people(visit.brand_id)
    return page(
        visit, "pages/segment.html", section="segments", found=found, n_people=n_people,
        older=person_mark(found.next), is_first=not visit.ask("before"),
        users=used_by(visit.world, visit.brand_id, _KIND, slug),
        applied=visit.ask("applied"), refused=visit.ask("in_use"),
    )  # fmt: skip


def show_trend(visit: Visit) -> Response:
    """Show how a segment grew over the last month."""
    slug = visit.path("slug")
    live_segment(visit.world, visit.brand_id, slug)
    try:
        days = chart_segment(visit.world, visit.brand_id, slug)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/trend.html", is_away=True)
    members = translate(visit.locale, "console.segments.members")
    chart = lines([show_day(one.day) for one in days], {members: [one.n_members for one in days]})
    return page(visit, "partials/trend.html", is_away=False, days=days, chart=chart)


def show_behind(visit: Visit) -> Response:
    """Show what is behind a segment's number: channels, other segments, a few people."""
    slug = visit.path("slug")
    segment = live_segment(visit.world, visit.brand_id, slug)
    chosen = visit.request.query_params.getlist("with")
    return page(
        visit, "partials/behind.html", address=f"/segments/{slug}/behind",
        behind=look_behind(visit, segment.condition, slug, chosen),
    )  # fmt: skip


def show_versions(visit: Visit) -> Response:
    """Show every version, and what two of them say differently and about whom."""
    slug = visit.path("slug")
    known = versions(visit.world, visit.brand_id, slug)
    newest = known[0].version
    new = read_number(visit.ask("new")) or newest
    old = read_number(visit.ask("old")) or max(1, new - 1)
    found, is_away = None, False
    if old != new:
        before, after = (
            Side(version_of(visit.world, visit.brand_id, slug, one)) for one in (old, new)
        )
        try:
            found = diff_segments(visit.world, visit.brand_id, before, after)
        except (Unavailable, EngineFailed):
            is_away = True
    return page(
        visit, "pages/segment_versions.html", section="segments", slug=slug, versions=known,
        old=old, new=new, found=found, is_away=is_away, most=_SHOWN,
    )  # fmt: skip


def restore(visit: Visit) -> Response:
    """Make an older version the newest again."""
    slug = visit.path("slug")
    number = read_number(visit.form.get("version", ""))
    if number is None:
        raise NotFound("version", visit.form.get("version", ""))
    made = roll_back(visit.world, visit.brand_id, slug, number, visit.me.user.email)
    _note(visit, "segment_restored", slug)
    return go(f"/segments/{slug}", applied=made.version)


def remove(visit: Visit) -> Response:
    """Take a segment out of use, or say who still uses it."""
    slug = visit.path("slug")
    try:
        remove_segment(visit.world, visit.brand_id, slug)
    except InUse:
        return go(f"/segments/{slug}", in_use="1")
    _note(visit, "segment_removed", slug)
    return go("/segments")


def export(visit: Visit) -> Response:
    """Send the members of a segment as CSV: ids and since when, nothing personal."""
    slug = visit.path("slug")
    rows = export_segment(visit.world, visit.brand_id, slug)
    _note(visit, "segment_exported", slug)
    header = [translate(visit.locale, f"console.segments.csv.{one}") for one in ("person", "since")]
    return StreamingResponse(
        csv_rows(header, rows),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{slug}.csv"'},
    )


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
