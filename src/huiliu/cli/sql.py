"""`huiliu sql`: ask the warehouse anything."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, table
from huiliu.kernel.errors import BadInput, EngineFailed, Problem
from huiliu.kernel.texts import text
from huiliu.services.ask import Answer, ask

__all__ = ["sql"]


def sql(
    statement: Annotated[str, Parameter(help=sentence("cli.sql.statement"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the rows of one SELECT over the views, after catching up with the log."""
    with open_instance(instance) as house:
        house.catch_up()
        try:
            answer = ask(house.world, statement)
        except EngineFailed as fault:
            said = text("sql.not_understood", cause=fault.cause)
            raise BadInput((Problem("sql", said),)) from fault
    if json:
        emit(answer.as_objects())
    else:
        table(answer.columns, _shown(answer))


def _shown(answer: Answer) -> list[list[str]]:
    """Return the rows as a person reads them; nothing is an empty cell."""
    return [["" if cell is None else _cell(cell) for cell in row] for row in answer.rows]


def _cell(cell: object) -> str:
    """Return one value as a person reads it."""
    return cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()
