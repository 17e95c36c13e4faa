"""Segments: the list, who is in one, and an editor that counts while one writes."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Unavailable
from huiliu.services.apply_segment import apply_segment
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_segments import count_source, list_segments, show_segment
from huiliu.web.doors import Visit
from huiliu.web.paging import person_mark, read_person
from huiliu.web.rendering import go, page

__all__ = ["apply", "count", "show", "show_editor", "show_list"]

#: What stands in the editor of a new segment.
_DRAFT: Final = """\
huiliu: 1
kind: segment
slug: paid-lately
name:
  zh-CN: 近 30 天付款用户
  en: Paid in the last 30 days
where:
  did: Order Paid
  within: 30d
"""


def show_list(visit: Visit) -> Response:
    """Show every segment with its members of this moment."""
    rows = list_segments(visit.world, visit.brand_id)
    return page(visit, "pages/segments.html", section="segments", rows=rows)


def show(visit: Visit) -> Response:
    """Show one segment and who is in it."""
    before = read_person(visit.ask("before"))
    found = show_segment(visit.world, visit.brand_id, visit.path("slug"), before)
    return page(
        visit, "pages/segment.html", section="segments", found=found,
        older=person_mark(found.next),
    )  # fmt: skip


def show_editor(visit: Visit) -> Response:
    """Show the YAML of a segment, or of a first draft."""
    slug = visit.ask("slug")
    source = _DRAFT
    if slug:
        source = show_segment(visit.world, visit.brand_id, slug).row.document.source
    return page(
        visit, "pages/segment_edit.html", section="segments", slug=slug, source=source,
        problems=(),
    )  # fmt: skip


def count(visit: Visit) -> Response:
    """Show how many people the segment in the editor would hold now."""
    source = visit.form.get("source", "").replace("\r\n", "\n")
    facts: dict[str, object] = {"counted": None, "problems": (), "is_away": False}
    try:
        facts["counted"] = count_source(visit.world, visit.brand_id, source)
    except BadInput as fault:
        facts["problems"] = [(p.path, p.text, p.line) for p in fault.problems]
    except Unavailable:
        facts["is_away"] = True
    return page(visit, "partials/count.html", **facts)


def apply(visit: Visit) -> Response:
    """Store a segment and let in whoever meets it, or say all that is wrong with it."""
    source = visit.form.get("source", "").replace("\r\n", "\n")
    try:
        made = apply_segment(visit.world, visit.brand_id, source, visit.me.user.email)
    except BadInput as fault:
        problems = [(p.path, p.text, p.line) for p in fault.problems]
        return page(
            visit, "pages/segment_edit.html", 422, section="segments", problems=problems,
            slug=visit.form.get("slug", ""), source=source,
        )  # fmt: skip
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "segment_applied", made.segment.slug
    )
    return go(f"/segments/{made.segment.slug}")
