"""Content, communities and live sessions for servers: what the console's pages do, behind a key."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.services.content_board import (
    board,
    content_report,
    piece_as_given,
    show_piece,
)
from huiliu.services.content_data import (
    board_json,
    group_json,
    group_view_json,
    noted_json,
    outcome_json,
    piece_json,
    piece_view_json,
    report_json,
)
from huiliu.services.content_materials import (
    LARGEST_FILE,
    add_material,
    read_material,
    remove_material,
)
from huiliu.services.content_outcomes import import_outcomes, note_outcome
from huiliu.services.content_tasks import change_piece, move_piece, plan_piece, read_piece_id
from huiliu.services.groups import list_groups, put_group, remove_group, show_group
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import read_number

__all__ = ["routes"]

_MOST: Final = 500
_MOST_DAYS: Final = 3_650
#: Base 64 takes a third more, and the rest of the body a little.
_LARGEST_BODY: Final = LARGEST_FILE * 4 // 3 + 64 * 1024
_LARGEST_TABLE: Final = 8 * 1024 * 1024


def _board(call: Call) -> object:
    """Return the board."""
    choice = {name: call.ask(name) for name in ("platform", "assignee", "group")}
    return board_json(call.world, board(call.world, call.brand_id, choice, _MOST))


def _plan(call: Call) -> object:
    """Plan a piece, or one for each of several communities."""
    given = dict(call.body)
    groups = given.pop("groups", [])
    if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
        raise BadInput((Problem("groups", text("content.no_text")),))
    rows = plan_piece(call.world, call.brand_id, given, call.by, groups)
    return {"content": [piece_json(call.world, row) for row in rows]}


def _show(call: Call) -> object:
    """Return one piece and all about it."""
    locale = "en" if call.ask("locale") == "en" else "zh-CN"
    return piece_view_json(call.world, show_piece(call.world, call.brand_id, _piece(call), locale))


def _change(call: Call) -> object:
    """Change fields of a piece; those that are not sent stay."""
    given = dict(call.body)
    version = _version(given)
    held = show_piece(call.world, call.brand_id, _piece(call), "en").row
    given = piece_as_given(held, call.world.zone) | given
    row = change_piece(
        call.world, call.brand_id, held.task_id, given, call.by, version or held.version
    )
    return piece_json(call.world, row)


def _move(call: Call) -> object:
    """Let a piece go on, or back."""
    given = dict(call.body)
    post = given.get("post_url", "")
    if not isinstance(post, str):
        raise BadInput((Problem("post_url", text("content.no_text")),))
    row = move_piece(
        call.world, call.brand_id, _piece(call), call.word("state"), call.by,
        version=_version(given), post_url=post,
    )  # fmt: skip
    return piece_json(call.world, row)


def _attach(call: Call) -> object:
    """Keep a file of a piece; its bytes come in base 64."""
    try:
        data = base64.b64decode(call.word("data"), validate=True)
    except binascii.Error as fault:
        raise BadInput((Problem("data", text("content.no_base64")),)) from fault
    row = add_material(call.world, call.brand_id, _piece(call), call.word("name"), data, call.by)
    return {
        "id": show_id(row.material_id), "name": row.name, "type": row.type, "size": row.size,
    }  # fmt: skip


def _fetch(call: Call) -> Response:
    """Return a file of a piece."""
    row, data = read_material(
        call.world, call.brand_id, _piece(call), read_piece_id(call.path("material"))
    )
    return Response(data, media_type=row.type)


def _detach(call: Call) -> object:
    """Forget a file of a piece."""
    material = read_piece_id(call.path("material"))
    remove_material(call.world, call.brand_id, _piece(call), material)
    return {"id": show_id(material), "removed": True}


def _note(call: Call) -> object:
    """Write down what a piece had brought by a day."""
    figures, day = _figures(call.body)
    row = note_outcome(
        call.world, call.brand_id, _piece(call), figures, day=day, source="api", by=call.by
    )
    return outcome_json(row)


def _import(call: Call) -> object:
    """Write down the figures of a platform's table, sent as text."""
    kind = "live" if call.body.get("kind") == "live" else "content"
    day = call.body.get("day", "")
    noted = import_outcomes(
        call.world, call.brand_id, kind, call.word("table").encode(), call.by, str(day)
    )
    return noted_json(noted)


def _report(call: Call) -> object:
    """Return what content brought by platform."""
    days = min(read_number(call.ask("days")) or 90, _MOST_DAYS)
    return {"days": days, "platforms": report_json(content_report(call.world, call.brand_id, days))}


def _groups(call: Call) -> object:
    """Return every community."""
    return {"groups": [group_json(row) for row in list_groups(call.world, call.brand_id)]}


def _group(call: Call) -> object:
    """Return one community, how it grew, and what is posted in it."""
    found = show_group(call.world, call.brand_id, call.path("group"))
    return group_view_json(call.world, found)


def _put_group(call: Call) -> object:
    """Store a community, or change what is sent of it."""
    slug = call.path("group")
    known = {one.slug: one for one in list_groups(call.world, call.brand_id)}
    before = group_json(known[slug]) if slug in known else {}
    row, is_new = put_group(call.world, call.brand_id, {**before, **call.body, "slug": slug})
    return group_json(row) | {"new": is_new}


def _remove_group(call: Call) -> object:
    """Forget a community; what was posted in it stays."""
    remove_group(call.world, call.brand_id, call.path("group"))
    return {"slug": call.path("group"), "removed": True}


def _piece(call: Call) -> bytes:
    """Return which piece the address names; raise NotFound."""
    return read_piece_id(call.path("piece"))


def _version(given: dict[str, Any]) -> int:
    """Take the version that was seen out of a body; 0 = whichever."""
    found = given.pop("version", 0)
    if type(found) is not int or found < 0:
        raise BadInput((Problem("version", text("content.no_number", found=str(found)[:40])),))
    return found


def _figures(body: Any) -> tuple[dict[str, object], str]:
    """Return the figures of a body, and their day."""
    given = dict(body)
    day = given.pop("day", "")
    if not isinstance(day, str):
        raise BadInput((Problem("day", text("content.no_date")),))
    return given, day


routes: Final = [
    route("GET", "/v1/content", _board),
    route("POST", "/v1/content", _plan),
    route("GET", "/v1/content/report", _report),
    route("POST", "/v1/content/outcomes", _import, _LARGEST_TABLE),
    route("GET", "/v1/content/{piece}", _show),
    route("PUT", "/v1/content/{piece}", _change),
    route("PUT", "/v1/content/{piece}/state", _move),
    route("POST", "/v1/content/{piece}/materials", _attach, _LARGEST_BODY),
    route("GET", "/v1/content/{piece}/materials/{material}", _fetch),
    route("DELETE", "/v1/content/{piece}/materials/{material}", _detach),
    route("POST", "/v1/content/{piece}/outcomes", _note),
    route("GET", "/v1/groups", _groups),
    route("GET", "/v1/groups/{group}", _group),
    route("PUT", "/v1/groups/{group}", _put_group),
    route("DELETE", "/v1/groups/{group}", _remove_group),
]
