"""`huiliu content`: what people make and post where no program may, and what it brought."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.planning.pieces import BOARD, FIELDS
from huiliu.services.content_board import (
    board,
    content_report,
    piece_as_given,
    show_piece,
)
from huiliu.services.content_data import (
    board_json,
    noted_json,
    outcome_json,
    piece_json,
    piece_view_json,
    report_json,
)
from huiliu.services.content_materials import add_material
from huiliu.services.content_outcomes import import_outcomes, note_outcome
from huiliu.services.content_tasks import change_piece, move_piece, plan_piece, read_piece_id

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_MOST = 500

app = App(name="content", help=sentence("cli.content.help"))

Id = Annotated[str, Parameter(help=sentence("cli.content.id"))]
Field = Annotated[list[str], Parameter(help=sentence("cli.content.field"), negative="")]


@app.command(help=sentence("cli.content.plan.help"))
def plan(
    title: Annotated[str, Parameter(help=sentence("cli.content.title"))],
    platform: Annotated[str, Parameter(help=sentence("cli.content.platform"))] = "",
    /,
    *,
    field: Field | None = None,
    group: Annotated[
        list[str] | None, Parameter(help=sentence("cli.content.group"), negative="")
    ] = None,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Plan a piece of content, or one for each of several communities."""
    given = _given(field or []) | {"title": title} | ({"platform": platform} if platform else {})
    with open_instance(instance) as house:
        rows = plan_piece(house.world, _BRAND, given, _BY, group or [])
        shown = [piece_json(house.world, row) for row in rows]
    if json:
        emit(shown if group else shown[0])
        return
    for row in rows:
        say(text("content.planned", id=row.key, title=row.title))


@app.command(help=sentence("cli.content.change.help"))
def change(piece: Id, /, *, field: Field, instance: Instance = HERE, json: Json = False) -> None:
    """Change fields of a piece; those that are not named stay."""
    wanted = _given(field)
    with open_instance(instance) as house:
        found = show_piece(house.world, _BRAND, read_piece_id(piece), language())
        given = piece_as_given(found.row, house.world.zone) | wanted
        row = change_piece(house.world, _BRAND, found.row.task_id, given, _BY, found.row.version)
        shown = piece_json(house.world, row)
    if json:
        emit(shown)
    else:
        say(text("content.changed", id=row.key))


@app.command(name="list", help=sentence("cli.content.list.help"))
def list_(
    *,
    state: Annotated[str, Parameter(help=sentence("cli.content.state"))] = "",
    platform: Annotated[str, Parameter(help=sentence("cli.content.platform"))] = "",
    assignee: Annotated[str, Parameter(help=sentence("cli.content.assignee"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the board."""
    if state and state not in BOARD:
        said = text("content.no_state", known=", ".join(BOARD))
        raise BadInput((Problem("state", said),))
    with open_instance(instance) as house:
        choice = {"platform": platform, "assignee": assignee}
        found = board(house.world, _BRAND, choice, _MOST)
        shown = board_json(house.world, found)
    if json:
        emit(shown)
        return
    columns = ("id", "state", "title", "platform", "assignee", "due")
    table([text(f"content.column.{word}") for word in columns], (
        (row.key, text(f"content.state.{row.state}"), row.title,
         text(f"content.platform.{row.platform}"), row.assignee or "-",
         show_instant(row.due_at) if row.due_at else "-")
        for one in BOARD if state in {"", one} for row in found.columns[one]
    ))  # fmt: skip


@app.command(help=sentence("cli.content.show.help"))
def show(piece: Id, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one piece and all about it."""
    with open_instance(instance) as house:
        found = show_piece(house.world, _BRAND, read_piece_id(piece), language())
        shown = piece_view_json(house.world, found)
    if json:
        emit(shown)
        return
    say(f"{found.row.title} ({found.row.key})")
    say(text("content.is", state=text(f"content.state.{found.row.state}"),
             platform=text(f"content.platform.{found.row.platform}"),
             assignee=found.row.assignee or "-"))  # fmt: skip
    for word in ("words", "code", "post_url"):
        if said := getattr(found.row, word):
            say(said)
    if found.link:
        say(text("content.link", url=found.link, n=found.clicks.n_people))
    for one in found.advice:
        say(one.text)
    for _, objection in found.findings:
        say(objection)


@app.command(help=sentence("cli.content.move.help"))
def move(
    piece: Id,
    state: Annotated[str, Parameter(help=sentence("cli.content.state"))],
    /,
    *,
    post: Annotated[str, Parameter(help=sentence("cli.content.post"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Let a piece go on, or back."""
    with open_instance(instance) as house:
        row = move_piece(house.world, _BRAND, read_piece_id(piece), state, _BY, post_url=post)
        shown = piece_json(house.world, row)
    if json:
        emit(shown)
    else:
        say(text("content.moved", id=row.key, state=text(f"content.state.{row.state}")))


@app.command(help=sentence("cli.content.attach.help"))
def attach(
    piece: Id,
    file: Annotated[Path, Parameter(help=sentence("cli.content.file"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Keep a file of a piece."""
    data = _read(file)
    with open_instance(instance) as house:
        row = add_material(house.world, _BRAND, read_piece_id(piece), file.name, data, _BY)
    if json:
        emit({"id": show_id(row.material_id), "name": row.name, "type": row.type, "size": row.size})
    else:
        say(text("content.attached", name=row.name, type=row.type))


@app.command(help=sentence("cli.content.result.help"))
def result(
    piece: Id,
    /,
    *,
    figure: Annotated[list[str], Parameter(help=sentence("cli.content.figure"), negative="")],
    day: Annotated[str, Parameter(help=sentence("cli.content.day"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down what a piece had brought by a day."""
    given = _pairs(figure, "figure")
    with open_instance(instance) as house:
        row = note_outcome(
            house.world, _BRAND, read_piece_id(piece), given, day=day, source="form", by=_BY
        )
    if json:
        emit(outcome_json(row))
    else:
        say(text("content.noted_one", day=row.day))


@app.command(name="import", help=sentence("cli.content.import.help"))
def import_(
    file: Annotated[Path, Parameter(help=sentence("cli.content.table"))],
    /,
    *,
    day: Annotated[str, Parameter(help=sentence("cli.content.day"))] = "",
    live: Annotated[bool, Parameter(help=sentence("cli.content.live"), negative="")] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down the figures of a platform's table."""
    data = _read(file)
    with open_instance(instance) as house:
        noted = import_outcomes(house.world, _BRAND, "live" if live else "content", data, _BY, day)
    if json:
        emit(noted_json(noted))
        return
    say(text("content.noted", n=len(noted.subjects)))
    for line, said in noted.strangers:
        say(text("content.stranger", line=line, says=said))


@app.command(help=sentence("cli.content.report.help"))
def report(
    *,
    days: Annotated[int, Parameter(help=sentence("cli.content.days"))] = 90,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what content brought by platform."""
    with open_instance(instance) as house:
        lines = content_report(house.world, _BRAND, max(1, min(days, 3_650)))
    if json:
        emit(report_json(lines))
        return
    words = ("views", "likes", "comments", "saves", "shares", "followers", "orders")
    headings = [text("content.column.platform"), text("content.column.pieces"),
                *(text(f"content.figure.{word}") for word in words),
                text("content.column.engagement")]  # fmt: skip
    table(headings, (
        (text(f"content.platform.{one.platform}"), one.n_pieces,
         *(one.figures.get(word, "-") for word in words),
         "-" if one.engagement is None else f"{one.engagement:.1%}")
        for one in lines
    ))  # fmt: skip


def _given(fields: list[str]) -> dict[str, object]:
    """Return the fields that were typed as `name=value`."""
    return _pairs(fields, "field", FIELDS)


def _pairs(written: list[str], option: str, known: tuple[str, ...] = ()) -> dict[str, object]:
    """Return name -> value of what was typed as `name=value`; raise BadInput for all others."""
    found: dict[str, object] = {}
    problems = []
    listed = ", ".join(known) or "views, likes, orders, revenue"
    for one in written:
        name, is_pair, said = one.partition("=")
        if not is_pair or (known and name not in known):
            no_pair = text("content.no_pair", known=listed)
            problems.append(Problem(f"--{option} {one[:60]}", no_pair))
        found[name] = said
    if problems:
        raise BadInput(tuple(problems))
    return found


def _read(file: Path) -> bytes:
    """Return a file's bytes; raise NotFound."""
    try:
        return file.read_bytes()
    except OSError as fault:
        raise NotFound("file", str(file)) from fault
