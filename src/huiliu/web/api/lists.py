"""Imported lists for servers: what the console's pages of lists do, behind a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.responses import StreamingResponse

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.printers.csv import csv_rows
from huiliu.services.import_list import import_list, preview_list
from huiliu.services.lists import ListView, list_members, lists, remove_list, show_list
from huiliu.services.read_list_file import BadRow
from huiliu.services.used_by import used_by
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_KIND: Final = "list"
_LARGEST_FILE: Final = 20 * 1024 * 1024
_MOST_BAD: Final = 1_000


def _lists(call: Call) -> object:
    """Return every list in use."""
    return {"lists": [_told(one) for one in lists(call.world, call.brand_id)]}


def _list(call: Call) -> object:
    """Return one list, who is on it, and what uses it."""
    slug = call.path("list")
    users = used_by(call.world, call.brand_id, _KIND, slug)
    return _told(show_list(call.world, call.brand_id, slug)) | {
        "profile_ids": [show_profile_id(one) for one in _on(call)],
        "used_by": [{"kind": one.kind, "slug": one.slug, "name": one.name} for one in users],
    }


def _export(call: Call) -> object:
    """Send who is on a list as CSV."""
    return StreamingResponse(
        csv_rows(("profile_id",), ((show_profile_id(one),) for one in _on(call))),
        media_type="text/csv; charset=utf-8",
    )


def _preview(call: Call) -> object:
    """Return what importing a CSV text would do."""
    found = preview_list(
        call.world, call.brand_id, call.path("list"), call.word("csv").encode(), _columns(call)
    )
    return {
        "columns": found.file.columns,
        "read": {header: type_.word for header, type_ in found.file.mapping.items()},
        "rows": found.file.n_rows,
        "known": found.n_known,
        "new": found.n_new,
        "entering": found.n_entering,
        "staying": found.n_staying,
        "leaving_if_replaced": found.n_leaving_if_replaced,
        "bad": _bad(found.file.bad),
    }


def _import(call: Call) -> object:
    """Import a CSV text."""
    given = {name: str(call.body.get(name) or "") for name in ("name", "owner")}
    done = import_list(
        call.world, call.brand_id, call.path("list"), call.word("csv").encode(), _columns(call),
        by=call.by, replace=call.body.get("replace") is True, **given,
    )  # fmt: skip
    return {
        "slug": done.slug, "entered": done.n_entered, "left": done.n_left,
        "staying": done.n_staying, "bad": _bad(done.bad),
    }  # fmt: skip


def _remove(call: Call) -> object:
    """Take a list out of use."""
    slug = call.path("list")
    return {"slug": slug, "left": remove_list(call.world, call.brand_id, slug)}


def _on(call: Call) -> list[int]:
    """Return who is on the list."""
    return list_members(call.world, call.brand_id, call.path("list"))


def _columns(call: Call) -> dict[str, IdentifierType] | None:
    """Return header -> type as it was sent; nothing sent lets the headers say it.

    Raises:
        BadInput: it is no such map.
    """
    given = call.body.get("columns")
    if given is None:
        return None
    known = {one.word: one for one in IdentifierType}
    if not isinstance(given, dict) or any(
        not isinstance(word, str) or word not in known for word in given.values()
    ):
        said = text("api.not_columns", known=", ".join(known))
        raise BadInput((Problem("columns", said),))
    return {str(header): known[word] for header, word in given.items()}


def _bad(rows: Iterable[BadRow]) -> list[dict[str, object]]:
    """Return the rows that cannot be used."""
    return [
        {"line": one.line, "column": one.column, "message": render(one.said, "en")} for one in rows
    ][:_MOST_BAD]


def _told(one: ListView) -> dict[str, object]:
    """Return a list as data."""
    return {
        "slug": one.slug,
        "name": one.name,
        "owner": one.owner,
        "people": one.n_people,
        "changed_at": show_instant(one.changed_at) if one.changed_at else None,
    }


routes: Final = [
    route("GET", "/v1/lists", _lists),
    route("GET", "/v1/lists/{list}", _list),
    route("GET", "/v1/lists/{list}/members.csv", _export),
    route("POST", "/v1/lists/{list}/preview", _preview, _LARGEST_FILE),
    route("PUT", "/v1/lists/{list}", _import, _LARGEST_FILE),
    route("DELETE", "/v1/lists/{list}", _remove),
]
