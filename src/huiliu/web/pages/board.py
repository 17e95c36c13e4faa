"""The content board: what is planned, made, published, measured; each piece with its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Overtaken, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.planning.outcomes import FIGURES
from huiliu.planning.pieces import BOARD, FIELDS, NEXT
from huiliu.planning.platforms import PLATFORMS
from huiliu.ports.board import PieceRow
from huiliu.services.content_board import (
    board,
    choices,
    content_report,
    piece_as_given,
    show_piece,
)
from huiliu.services.content_materials import (
    LARGEST_FILE,
    add_material,
    read_material,
    remove_material,
)
from huiliu.services.content_outcomes import Noted, import_outcomes, note_outcome
from huiliu.services.content_tasks import change_piece, move_piece, plan_piece, read_piece_id
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = [
    "LARGEST_FORM",
    "LARGEST_TABLE",
    "attach",
    "change",
    "detach",
    "download",
    "import_",
    "make",
    "move",
    "note",
    "show",
    "show_board",
    "show_new",
    "show_report",
]

LARGEST_FORM: Final = LARGEST_FILE + 64 * 1024
LARGEST_TABLE: Final = 8 * 1024 * 1024
_CHOICE: Final = ("platform", "assignee", "group")
_DAYS: Final = (30, 90, 365)
#: Shown in the page itself; everything else is saved.
_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def show_board(visit: Visit) -> Response:
    """Show the board, or a part of it."""
    return _board(visit)


def show_report(visit: Visit) -> Response:
    """Show what content brought by platform, and where tables are taken in."""
    return _report(visit)


def show_new(visit: Visit) -> Response:
    """Show the form of a new piece."""
    typed = dict.fromkeys(FIELDS, "") | {"platform": "xiaohongshu"}
    typed |= {name: visit.ask(name) for name in FIELDS if visit.ask(name)}
    return _new(visit, typed, [visit.ask("group")] if visit.ask("group") else [])


def make(visit: Visit) -> Response:
    """Plan a piece, or one for each of several communities."""
    groups = [name.removeprefix("groups.") for name in visit.form if name.startswith("groups.")]
    given = _given(visit)
    try:
        rows = plan_piece(visit.world, visit.brand_id, given, _by(visit), groups)
    except BadInput as fault:
        return _new(visit, given, groups, 422, fault.problems)
    _note_action(visit, "content_planned", rows[0].title)
    if len(rows) > 1:
        return go("/content", done="planned")
    return go(f"/content/{rows[0].key}", done="planned")


def show(visit: Visit) -> Response:
    """Show one piece and all about it."""
    return _piece(visit)


def change(visit: Visit) -> Response:
    """Change what is asked for."""
    task_id, given = _id(visit), _given(visit)
    version = read_number(visit.form.get("version", "")) or 0
    try:
        row = change_piece(visit.world, visit.brand_id, task_id, given, _by(visit), version)
    except BadInput as fault:
        return _piece(visit, 422, fault.problems, given)
    except Overtaken:
        return _piece(visit, 409, (Problem("", text("content.overtaken")),), given)
    _note_action(visit, "content_changed", row.title)
    return go(f"/content/{row.key}", done="changed")


def move(visit: Visit) -> Response:
    """Let a piece go on, or back; the board and its page send the same form."""
    task_id, state = _id(visit), visit.form.get("state", "")
    from_board = visit.form.get("from") == "board"
    version = read_number(visit.form.get("version", "")) or 0
    try:
        row = move_piece(
            visit.world, visit.brand_id, task_id, state, _by(visit), version=version,
            post_url=visit.form.get("post_url", "").strip(),
        )  # fmt: skip
    except (BadInput, Overtaken) as fault:
        said = (
            fault.problems
            if isinstance(fault, BadInput)
            else (Problem("", text("content.overtaken")),)
        )
        status = 422 if isinstance(fault, BadInput) else 409
        return _board(visit, status, said) if from_board else _piece(visit, status, said)
    _note_action(visit, "content_moved", row.title)
    if from_board:
        back = {name: visit.form.get(name, "") for name in _CHOICE}
        return go("/content", moved=row.key, **back)
    return go(f"/content/{row.key}", done="moved")


def attach(visit: Visit) -> Response:
    """Keep a file of a piece."""
    data = visit.files.get("file", b"")
    name = visit.form.get("name", "").strip() or "file"
    try:
        row = add_material(visit.world, visit.brand_id, _id(visit), name, data, _by(visit))
    except BadInput as fault:
        return _piece(visit, 422, fault.problems)
    _note_action(visit, "content_attached", row.name)
    return go(f"/content/{visit.path('piece')}", done="attached")


def download(visit: Visit) -> Response:
    """Return a file: pictures to be looked at, all others to be saved; none may run anything."""
    row, data = read_material(
        visit.world, visit.brand_id, _id(visit), read_piece_id(visit.path("material"))
    )
    answer = Response(data, media_type=row.type)
    way = "inline" if row.type in _PICTURES else "attachment"
    ending = row.name.rpartition(".")[2]
    answer.headers["content-disposition"] = f'{way}; filename="material.{ending}"'
    answer.headers["x-content-type-options"] = "nosniff"
    answer.headers["content-security-policy"] = "default-src 'none'; sandbox"
    answer.headers["cache-control"] = "private, max-age=86400, immutable"
    return answer


def detach(visit: Visit) -> Response:
    """Forget a file of a piece."""
    material = read_piece_id(visit.path("material"))
    remove_material(visit.world, visit.brand_id, _id(visit), material)
    _note_action(visit, "content_detached", visit.path("piece"))
    return go(f"/content/{visit.path('piece')}", done="detached")


def note(visit: Visit) -> Response:
    """Write down what a piece had brought by a day."""
    given = {name: visit.form.get(name, "") for name in (*FIGURES, "revenue", "currency")}
    try:
        row = note_outcome(
            visit.world, visit.brand_id, _id(visit), given,
            day=visit.form.get("day", "").strip(), source="form", by=_by(visit),
        )  # fmt: skip
    except BadInput as fault:
        figures = {**given, "day": visit.form.get("day", "")}
        return _piece(visit, 422, fault.problems, figures=figures)
    _note_action(visit, "content_measured", row.subject)
    return go(f"/content/{row.subject}", done="measured")


def import_(visit: Visit) -> Response:
    """Write down the figures of a platform's table."""
    kind = "live" if visit.form.get("kind") == "live" else "content"
    try:
        noted = import_outcomes(
            visit.world, visit.brand_id, kind, visit.files.get("file", b""), _by(visit),
            visit.form.get("day", "").strip(),
        )  # fmt: skip
    except BadInput as fault:
        return _report(visit, 422, fault.problems)
    _note_action(visit, "content_imported", str(len(noted.subjects)))
    return _report(visit, 200, noted=noted)


def _board(visit: Visit, status: int = 200, problems: tuple[Problem, ...] = ()) -> Response:
    """Show the board."""
    ask = visit.form.get if visit.form else visit.ask
    choice = {name: ask(name, "") for name in _CHOICE}
    found = board(visit.world, visit.brand_id, choice)
    rows = [row for rows in found.columns.values() for row in rows]
    return page(
        visit, "pages/board.html", status, section="board", found=found, columns=BOARD,
        choice=choice, platforms=list(PLATFORMS), ways={row.key: _ways(row) for row in rows},
        titles={row.key: row.title for row in rows}, now=visit.world.clock.now(),
        problems=_shown(problems), done=visit.ask("done"), moved=visit.ask("moved"),
    )  # fmt: skip


def _report(
    visit: Visit,
    status: int = 200,
    problems: tuple[Problem, ...] = (),
    noted: Noted | None = None,
) -> Response:
    """Show the report by platform."""
    asked = read_number(visit.ask("days"))
    days = asked if asked in _DAYS else 90
    lines = content_report(visit.world, visit.brand_id, days)
    return page(
        visit, "pages/board_report.html", status, section="board", lines=lines, days=days,
        all_days=_DAYS, figures=[one for one in FIGURES if one != "peak"], noted=noted,
        problems=_shown(problems), money=_money, most_mb=LARGEST_TABLE // 1024 // 1024,
    )  # fmt: skip


def _new(
    visit: Visit,
    typed: Mapping[str, object],
    groups: list[str],
    status: int = 200,
    problems: tuple[Problem, ...] = (),
) -> Response:
    """Show the form of a new piece, with what was typed so far."""
    return page(
        visit, "pages/board_new.html", status, section="board", typed=typed, chosen=groups,
        platforms=list(PLATFORMS.values()), named=choices(visit.world, visit.brand_id),
        problems=_shown(problems),
    )  # fmt: skip


def _piece(
    visit: Visit,
    status: int = 200,
    problems: tuple[Problem, ...] = (),
    typed: Mapping[str, object] | None = None,
    figures: Mapping[str, str] | None = None,
) -> Response:
    """Show one piece, with what was typed where it could not be kept."""
    found = show_piece(visit.world, visit.brand_id, _id(visit), visit.locale)
    return page(
        visit, "pages/board_piece.html", status, section="board", found=found, row=found.row,
        typed=typed or piece_as_given(found.row, visit.world.zone), figures=FIGURES,
        platforms=list(PLATFORMS.values()), named=choices(visit.world, visit.brand_id),
        problems=_shown(problems), done=visit.ask("done"), pictures=_PICTURES, money=_money,
        most_mb=LARGEST_FILE // 1024 // 1024, typed_figures=figures,
        post_url=visit.form.get("post_url", found.row.post_url),
    )  # fmt: skip


def _ways(row: PieceRow) -> list[str]:
    """Return the columns that a card may be moved to."""
    return [state for state in BOARD if state in NEXT.get(row.state, ())]


def _given(visit: Visit) -> dict[str, object]:
    """Return the fields of a form."""
    return {name: visit.form.get(name, "") for name in FIELDS}


def _id(visit: Visit) -> bytes:
    """Return which piece the address names; raise NotFound."""
    return read_piece_id(visit.path("piece"))


def _by(visit: Visit) -> str:
    """Return who does it, as it is written down: never a name."""
    return f"user:{visit.me.user.user_id}"


def _money(minor: int, currency: str) -> str:
    """Return an amount as it is read."""
    return f"{Money(minor, currency).major:,} {currency}"


def _shown(problems: tuple[Problem, ...]) -> list[tuple[str, object, int]]:
    """Return problems as the pages list them."""
    return [(one.path, one.text, one.line) for one in problems]


def _note_action(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject[:200])
