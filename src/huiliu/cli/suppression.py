"""`huiliu suppression`: addresses that are not written to, as keyed hashes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.ports.people import SuppressionRow
from huiliu.printers.csv import csv_rows
from huiliu.services.suppression_list import (
    COLUMNS,
    TakenIn,
    add_addresses,
    address_as_data,
    address_rows,
    import_addresses,
    list_addresses,
    look_up,
    remove_address,
)

__all__ = ["app"]

_BRAND = 1
_BY = "cli"
_SHOWN = 20

app = App(name="suppression", help=sentence("cli.suppression.help"))

Address = Annotated[str, Parameter(help=sentence("cli.suppression.address"))]
Reason = Annotated[str, Parameter(help=sentence("cli.suppression.reason"))]


@app.command(name="list", help=sentence("cli.suppression.list.help"))
def list_(*, reason: Reason = "", instance: Instance = HERE, json: Json = False) -> None:
    """Print the newest addresses of the list, and how many stand there."""
    with open_instance(instance) as house:
        found = list_addresses(house.world, _BRAND, reason)
    if json:
        emit({
            "addresses": [address_as_data(row) for row in found.rows],
            "counts": [
                {"reason": why, "scope": scope, "addresses": n} for why, scope, n in found.counts
            ],
        })  # fmt: skip
        return
    _table(found.rows)


@app.command(help=sentence("cli.suppression.check.help"))
def check(address: Address, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print whether an address is on the list, and why."""
    with open_instance(instance) as house:
        found = look_up(house.world, _BRAND, address)
    if json:
        emit([address_as_data(row) for row in found])
        return
    _table(found)


@app.command(help=sentence("cli.suppression.add.help"))
def add(
    address: Address,
    /,
    *,
    reason: Reason = "blocked",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Put one address on the list."""
    with open_instance(instance) as house:
        done = add_addresses(house.world, _BRAND, [address], reason, _BY)
    if done.bad:
        raise BadInput((Problem("address", done.bad[0].said),))
    _tell(done, json=json)


@app.command(name="import", help=sentence("cli.suppression.import.help"))
def import_(
    file: Annotated[Path, Parameter(help=sentence("cli.suppression.file"))],
    /,
    *,
    reason: Reason = "imported",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Put the first column of a file on the list; the file again changes nothing."""
    data = read_file(file)
    with open_instance(instance) as house:
        try:
            done = import_addresses(house.world, _BRAND, data, reason, file.name)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    _tell(done, json=json)


@app.command(help=sentence("cli.suppression.export.help"))
def export(*, instance: Instance = HERE) -> None:
    """Print the whole list as CSV: hashes, no addresses."""
    with open_instance(instance) as house:
        rows = (_cells(row) for row in address_rows(house.world, _BRAND))
        for line in csv_rows(COLUMNS, rows):
            sys.stdout.buffer.write(line)


@app.command(help=sentence("cli.suppression.remove.help"))
def remove(
    address: Address,
    /,
    *,
    reason: Reason = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take an address off the list, for one reason or for all."""
    with open_instance(instance) as house:
        n_gone = remove_address(house.world, _BRAND, address, reason)
    if json:
        emit({"removed": n_gone})
        return
    say(text("suppression.removed", n=n_gone))


def _tell(done: TakenIn, *, json: bool) -> None:
    """Print what became of addresses."""
    if json:
        emit({
            "new": done.n_new, "addresses": done.n_all,
            "bad": [{"line": one.line, "message": sentence(one.said)} for one in done.bad],
        })  # fmt: skip
        return
    say(text("suppression.taken", new=done.n_new, all=done.n_all))
    for one in done.bad[:_SHOWN]:
        say(text("suppression.bad", line=one.line, said=one.said))
    if len(done.bad) > _SHOWN:
        say(text("suppression.more_bad", n=len(done.bad) - _SHOWN))


def _table(rows: Sequence[SuppressionRow]) -> None:
    """Print addresses of the list."""
    if not rows:
        say(text("suppression.none"))
        return
    table(
        [text(f"suppression.column.{word}") for word in COLUMNS],
        (
            (row.address.hex(), text(f"suppression.{row.reason}"),
             text(f"suppression.scope.{row.scope}"), show_instant(row.at),
             show_instant(row.until) if row.until else "-", row.source or "-")
            for row in rows
        ),
    )  # fmt: skip


def _cells(row: SuppressionRow) -> list[str]:
    """Return a row as it is exported."""
    return ["" if cell is None else str(cell) for cell in address_as_data(row).values()]
