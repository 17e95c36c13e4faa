"""`huiliu list`: people from a file, put on a list that conditions can ask for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import House, open_instance
from huiliu.cli.asked_segment import in_file, moment, named_type, read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import show_instant
from huiliu.printers.csv import csv_rows
from huiliu.services.export_people import PROFILE, people_rows
from huiliu.services.external_ids import REVEALING
from huiliu.services.import_list import ListPreview, check_list_name, import_list, preview_list
from huiliu.services.lists import ListView, list_members, lists, remove_list, show_list
from huiliu.services.read_list_file import BadRow
from huiliu.services.used_by import used_by

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_OPERATOR = 0
#: Bad rows told one by one; programs get all.
_SHOWN = 20

app = App(name="list", help=sentence("cli.list.help"))

Name = Annotated[str, Parameter(help=sentence("cli.list.name"))]


@app.command(name="import", help=sentence("cli.list.import.help"))
def import_(  # noqa: PLR0913 - one parameter an option
    name: Name,
    file: Annotated[Path, Parameter(help=sentence("cli.list.file"))],
    /,
    *,
    column: Annotated[list[str] | None, Parameter(help=sentence("cli.list.column"))] = None,
    replace: Annotated[bool, Parameter(negative="", help=sentence("cli.list.replace"))] = False,
    title: Annotated[str, Parameter(help=sentence("cli.list.title"))] = "",
    owner: Annotated[str, Parameter(help=sentence("cli.list.owner"))] = "",
    dry_run: Annotated[bool, Parameter(negative="", help=sentence("cli.list.dry_run"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Put the people of a CSV file on a list; the same file again changes nothing."""
    check_list_name(name)
    columns, data = _columns(column or []), read_file(file)
    with open_instance(instance) as house:
        house.catch_up()
        try:
            if dry_run:
                _preview(name, preview_list(house.world, _BRAND, name, data, columns), json=json)
                return
            done = import_list(
                house.world, _BRAND, name, data, columns,
                by=_BY, replace=replace, name=title, owner=owner,
            )  # fmt: skip
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
        house.catch_up()
    if json:
        emit({
            "list": name, "entered": done.n_entered, "left": done.n_left,
            "staying": done.n_staying, "bad": _bad_json(done.bad),
        })  # fmt: skip
        return
    say(text("lists.imported", slug=name, entered=done.n_entered, left=done.n_left,
             staying=done.n_staying))  # fmt: skip
    _say_bad(done.bad)


@app.command(name="list", help=sentence("cli.list.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the lists and how many people are on each."""
    with open_instance(instance) as house:
        house.catch_up()
        found = lists(house.world, _BRAND)
    if json:
        emit([_as_json(one) for one in found])
        return
    table(
        [text(f"lists.{word}") for word in ("slug", "title", "people", "owner", "changed")],
        ((one.slug, _title(one), one.n_people, one.owner, _changed(one) or "-") for one in found),
    )


@app.command(help=sentence("cli.list.show.help"))
def show(
    name: Name,
    /,
    *,
    at: Annotated[str, Parameter(help=sentence("cli.segment.at"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print who is on a list, and what uses it."""
    then = moment(at)
    with open_instance(instance) as house:
        house.catch_up()
        found = show_list(house.world, _BRAND, name)
        people = list_members(house.world, _BRAND, name, then)
        when = house.world.clock.now() if then is None else then
        users = used_by(house.world, _BRAND, "list", name)
    if json:
        emit(_as_json(found) | {
            "at": show_instant(when), "count": len(people), "profile_ids": people,
            "used_by": [{"kind": one.kind, "slug": one.slug} for one in users],
        })  # fmt: skip
        return
    say(text("lists.people_at", slug=name, n=len(people), at=show_instant(when)))
    for one in users:
        say(text("segments.used_by", kind=text(f"segments.kind.{one.kind}"), slug=one.slug))


@app.command(help=sentence("cli.list.export.help"))
def export(
    name: Name,
    /,
    *,
    out: Annotated[Path | None, Parameter(help=sentence("cli.list.out"))] = None,
    external: Annotated[list[str] | None, Parameter(help=sentence("cli.list.external"))] = None,
    reveal: Annotated[bool, Parameter(negative="", help=sentence("cli.segment.reveal"))] = False,
    instance: Instance = HERE,
) -> None:
    """Write the people of a list as CSV that a spreadsheet opens safely."""
    types = _types(external or [], reveal=reveal)
    with open_instance(instance) as house:
        house.catch_up()
        rows = _rows(house, name, types)
        pieces = csv_rows([PROFILE, *(one.word for one in types)], rows)
        if out is None:
            sys.stdout.flush()
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.buffer.flush()
        else:
            _write(out, pieces)


@app.command(help=sentence("cli.list.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a list that nothing uses out of use; everybody on it leaves."""
    with open_instance(instance) as house:
        house.catch_up()
        n_left = remove_list(house.world, _BRAND, name)
        house.catch_up()
    if json:
        emit({"list": name, "left": n_left})
    else:
        say(text("lists.removed", slug=name, n=n_left))


def _columns(written: Sequence[str]) -> dict[str, IdentifierType]:
    """Return header -> type of identifier from `phone=手机号`.

    Raises:
        BadInput: with everything that is wrong.
    """
    found: dict[str, IdentifierType] = {}
    problems: list[Problem] = []
    for word in written:
        type_, equals, header = word.partition("=")
        try:
            if not equals or not header.strip():
                problems.append(Problem("--column", text("lists.want_column", written=word)))
            else:
                found[header.strip()] = named_type(type_, "--column")
        except BadInput as fault:
            problems += fault.problems
    if problems:
        raise BadInput(tuple(problems))
    return found


def _types(written: Sequence[str], *, reveal: bool) -> list[IdentifierType]:
    """Return the types of identifiers asked for; those that reach a person must be meant."""
    found = [named_type(one) for one in written]
    problems = tuple(
        Problem("--external", text("segments.must_reveal", type=one.word))
        for one in found
        if one in REVEALING and not reveal
    )
    if problems:
        raise BadInput(problems)
    return found


def _rows(house: House, name: str, types: Sequence[IdentifierType]) -> Iterable[tuple[str, ...]]:
    """Return the rows of a list's people."""
    people = list_members(house.world, _BRAND, name)
    return people_rows(
        house.world, _BRAND, people, types, purpose=f"list {name}", user_id=_OPERATOR
    )


def _write(out: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that only its owner reads; raise BadInput when it cannot be written."""
    try:
        with out.open("wb") as file:
            out.chmod(0o600)
            file.writelines(pieces)
    except OSError as fault:
        said = text("lists.cannot_write", cause=cause_of(fault))
        raise BadInput((Problem(str(out), said),)) from fault


def _preview(name: str, found: ListPreview, *, json: bool) -> None:
    """Tell what importing would do."""
    file = found.file
    if json:
        emit({
            "list": name, "rows": file.n_rows, "repeated": file.n_repeated,
            "known": found.n_known, "new": found.n_new, "entering": found.n_entering,
            "staying": found.n_staying, "leaving_if_replaced": found.n_leaving_if_replaced,
            "columns": {header: one.word for header, one in file.mapping.items()},
            "bad": _bad_json(file.bad),
        })  # fmt: skip
        return
    read = ", ".join(f"{header} → {one.word}" for header, one in file.mapping.items())
    say(text("lists.read", n=file.n_rows, columns=read))
    say(text("lists.would", slug=name, entering=found.n_entering, known=found.n_known,
             new=found.n_new, staying=found.n_staying,
             leaving=found.n_leaving_if_replaced))  # fmt: skip
    _say_bad(file.bad)


def _bad_json(bad: Sequence[BadRow]) -> list[dict[str, object]]:
    """Return the rows that are left out, as data."""
    return [
        {"line": one.line, "column": one.column, "code": one.said.key, "reason": sentence(one.said)}
        for one in bad
    ]


def _say_bad(bad: Sequence[BadRow]) -> None:
    """Tell the rows that are left out, the first of them one by one."""
    for one in bad[:_SHOWN]:
        where = f" {one.column}" if one.column else ""
        say(text("lists.bad_row", line=one.line, column=where, said=one.said))
    if len(bad) > _SHOWN:
        say(text("lists.bad_more", n=len(bad) - _SHOWN))


def _as_json(one: ListView) -> dict[str, object]:
    """Return a list's face."""
    return {
        "list": one.slug, "name": one.name, "owner": one.owner, "count": one.n_people,
        "changed_at": _changed(one),
    }  # fmt: skip


def _changed(one: ListView) -> str | None:
    """Return when a list last changed."""
    return None if one.changed_at is None else show_instant(one.changed_at)


def _title(one: ListView) -> str | Text:
    """Return a list's name in the language of this command."""
    names: Mapping[str, str] = one.name
    return names.get(language()) or next(iter(names.values()), one.slug)
