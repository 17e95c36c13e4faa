"""Imported lists: which there are, who is on one, and importing a file after a look at it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response, StreamingResponse

from huiliu.kernel.errors import BadInput, EngineFailed, InUse, Unavailable
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.printers.csv import csv_rows
from huiliu.services.import_list import import_list, preview_list
from huiliu.services.list_actions import record_action
from huiliu.services.lists import list_members, lists, remove_list, show_list
from huiliu.services.read_list_file import guess_columns, headers_of
from huiliu.services.used_by import used_by
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.rendering import go, page

__all__ = ["LARGEST_FILE", "add", "export", "preview", "remove", "show", "show_all", "show_import"]

#: Larger files go through the command line, which reads them from the disk.
LARGEST_FILE: Final = 20 * 1024 * 1024
_KIND: Final = "list"
_PER_PAGE: Final = 100
_MOST_BAD: Final = 50
_COLUMN: Final = "column."


def show_all(visit: Visit) -> Response:
    """Show every list in use."""
    try:
        found, is_away = lists(visit.world, visit.brand_id), False
    except (Unavailable, EngineFailed):
        found, is_away = [], True
    return page(visit, "pages/lists.html", section="lists", rows=found, is_away=is_away)


def show(visit: Visit) -> Response:
    """Show one list and a page of who is on it, by id."""
    slug = visit.path("list")
    found = show_list(visit.world, visit.brand_id, slug)
    on = list_members(visit.world, visit.brand_id, slug)
    after = parse_profile_id(visit.ask("after")) if visit.ask("after") else None
    rest = [one for one in on if after is None or one > after]
    shown = rest[:_PER_PAGE]
    return page(
        visit, "pages/list.html", section="lists", found=found, members=shown,
        next=show_profile_id(shown[-1]) if len(rest) > _PER_PAGE else "",
        users=used_by(visit.world, visit.brand_id, _KIND, slug),
        did={name: visit.ask(name) for name in ("entered", "left", "bad", "in_use")},
    )  # fmt: skip


def show_import(visit: Visit) -> Response:
    """Show the form that a file is chosen in."""
    return _form(visit)


def preview(visit: Visit) -> Response:
    """Show what importing the chosen file would do, and how its columns are read."""
    data = visit.files.get("file", b"")
    facts: dict[str, object] = {
        "found": None, "headers": (), "mapping": {}, "problems": (), "most": _MOST_BAD,
        "types": list(IdentifierType), "is_away": False,
    }  # fmt: skip
    if not data:
        return page(visit, "partials/list_preview.html", **facts)
    try:
        facts["headers"] = headers = headers_of(data)
        facts["mapping"] = columns = _columns(visit, headers)
        facts["found"] = preview_list(
            visit.world, visit.brand_id, visit.form.get("slug", ""), data, columns
        )
    except BadInput as fault:
        facts["problems"] = [(p.path, p.text, p.line) for p in fault.problems]
    except (Unavailable, EngineFailed):
        facts["is_away"] = True
    return page(visit, "partials/list_preview.html", **facts)


def add(visit: Visit) -> Response:
    """Import the chosen file, or say what is wrong with it."""
    data, form = visit.files.get("file", b""), visit.form
    slug = form.get("slug", "")
    try:
        columns = _columns(visit, headers_of(data))
        done = import_list(
            visit.world, visit.brand_id, slug, data, columns, by=visit.me.user.email,
            replace=form.get("replace") == "1", name=form.get("name", "").strip(),
            owner=form.get("owner", "").strip(),
        )  # fmt: skip
    except BadInput as fault:
        return _form(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "list_imported", slug)
    return go(f"/lists/{slug}", entered=done.n_entered, left=done.n_left, bad=len(done.bad))


def remove(visit: Visit) -> Response:
    """Take a list out of use, or say who still uses it."""
    slug = visit.path("list")
    try:
        remove_list(visit.world, visit.brand_id, slug)
    except InUse:
        return go(f"/lists/{slug}", in_use="1")
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "list_removed", slug)
    return go("/lists")


def export(visit: Visit) -> Response:
    """Send who is on a list as CSV: ids, nothing personal."""
    slug = visit.path("list")
    on = list_members(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "list_exported", slug)
    header = [translate(visit.locale, "console.segments.csv.person")]
    return StreamingResponse(
        csv_rows(header, ((show_profile_id(one),) for one in on)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{slug}.csv"'},
    )


def _form(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the form with what was typed so far; a browser never sends back a chosen file."""
    form = visit.form
    typed = {name: form.get(name, "") for name in ("slug", "name", "owner")}
    typed["slug"] = typed["slug"] or visit.ask("list")
    return page(
        visit, "pages/list_import.html", status, section="lists", typed=typed, problems=problems,
        most_megabytes=LARGEST_FILE // (1024 * 1024),
    )  # fmt: skip


def _columns(visit: Visit, headers: list[str]) -> dict[str, IdentifierType]:
    """Return header -> type as chosen; before anything is chosen, as the headers say."""
    chosen = {name: word for name, word in visit.form.items() if name.startswith(_COLUMN)}
    if visit.form.get("headers") != "\t".join(headers) or not chosen:
        return guess_columns(headers)
    known = {one.word: one for one in IdentifierType}
    return {
        header: known[chosen[f"{_COLUMN}{at}"]]
        for at, header in enumerate(headers)
        if chosen.get(f"{_COLUMN}{at}") in known
    }
