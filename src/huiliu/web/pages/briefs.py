"""Briefs: the facts of each campaign, where they are told, and an editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, Overtaken, Problem
from huiliu.messages.brief import FIELD_TYPES, brief_values
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_briefs import LookedBrief, list_briefs, look_at_brief, show_brief
from huiliu.services.publish import publish
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.template_form import FactRow, brief_facts, brief_source

__all__ = ["check", "draft", "save", "show", "show_editor", "show_list", "show_new"]

_FIRST: Final = """\
huiliu: 1
kind: brief
slug: ""
name: {}
channels: [email, sms]
locales: [zh-CN, en]
facts:
  price: {price: "", currency: CNY}
  ends: {date: ""}
  code: {code: ""}
"""


def show_list(visit: Visit) -> Response:
    """Show every brief with how far it is told."""
    return page(
        visit, "pages/briefs.html", section="briefs",
        rows=list_briefs(visit.world, visit.brand_id),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one brief: its facts in each language, and what tells them where."""
    row = show_brief(visit.world, visit.brand_id, visit.path("slug"))
    locales = row.locales or (visit.locale,)
    return page(
        visit, "pages/brief.html", section="briefs", row=row, locales=locales,
        values={one: brief_values(row.brief, one) for one in locales},
        applied=visit.ask("applied"),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a brief."""
    return _editor(visit, _FIRST, "")


def show_editor(visit: Visit) -> Response:
    """Show the editor with a brief in use."""
    slug = visit.path("slug")
    row = show_brief(visit.world, visit.brand_id, slug)
    return _editor(visit, row.document.source, slug, row.document.version)


def draft(visit: Visit) -> Response:
    """Show the fields again: with another fact, or as YAML and back."""
    source = brief_source(visit.form)
    mode = visit.form.get("to") or visit.form.get("mode", "form")
    return page(
        visit, "partials/brief_fields.html",
        **_fields(source, mode, is_longer=visit.form.get("more") == "1"),
    )  # fmt: skip


def check(visit: Visit) -> Response:
    """Show what there is to say about what was written."""
    return page(visit, "partials/brief_looked.html", **_looked(visit, brief_source(visit.form)))


def save(visit: Visit) -> Response:
    """Make a brief live, or say all that is wrong with it; what was written stays."""
    source, slug = brief_source(visit.form), visit.form.get("was", "")
    seen = read_number(visit.form.get("version", "")) or 0
    try:
        done = publish(
            visit.world, visit.brand_id, source, visit.me.user.email,
            expects=seen if slug else 0, kind="brief",
        )  # fmt: skip
    except BadInput as fault:
        return _editor(visit, source, slug, seen, 422, fault.problems)
    except Overtaken as fault:
        problems = [Problem("", one) for one in fault.changes]
        return _editor(visit, source, slug, fault.versions[1], 409, problems)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "brief_published", done.slug)
    return go(f"/briefs/{done.slug}", applied=done.version)


def _editor(
    visit: Visit,
    source: str,
    slug: str,
    version: int = 0,
    status: int = 200,
    problems: Sequence[Problem] = (),
) -> Response:
    """Show the editor."""
    mode = visit.form.get("mode", "form") if visit.form else "form"
    return page(
        visit, "pages/brief_edit.html", status, section="briefs", slug=slug, version=version,
        problems=[(one.path, one.text, one.line) for one in problems],
        **_fields(source, mode), **_looked(visit, source),
    )  # fmt: skip


def _fields(source: str, mode: str, *, is_longer: bool = False) -> dict[str, object]:
    """Return what the fields of the editor show."""
    tree = load(source).tree
    names, rows = tree.get("name"), brief_facts(source)
    if is_longer:
        taken = {row.name for row in rows}
        free = next(name for nth in range(1, 99) if (name := f"fact_{nth}") not in taken)
        rows.append(FactRow(free, "text", words={}))
    listed = {
        key: ", ".join(str(one) for one in found) if isinstance(found, list) else ""
        for key in ("channels", "locales")
        for found in [tree.get(key)]
    }
    return {
        "source": source,
        "mode": "yaml" if mode == "yaml" else "form",
        "rows": rows,
        "kinds": list(FIELD_TYPES),
        "names": names if isinstance(names, dict) else {},
        "own_slug": tree.get("slug") or "",
        "listed": listed,
    }


def _looked(visit: Visit, source: str) -> dict[str, object]:
    """Return what the panel beside the editor shows."""
    seen: LookedBrief = look_at_brief(visit.world, visit.brand_id, source)
    locales = (seen.brief.locales if seen.brief else ()) or ("zh-CN", "en")
    values = {one: brief_values(seen.brief, one) for one in locales} if seen.brief else {}
    return {"seen": seen, "values": values, "locales": locales}
