"""`huiliu settings`: every setting, its value and where it came from."""

from __future__ import annotations

import re

from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, table
from huiliu.kernel.texts import text
from huiliu.settings import ROWS, load
from huiliu.stores.instance import Folder

__all__ = ["settings"]

#: The password part of a database address.
_PASSWORD = re.compile(r"(?<=://)([^:@/]*):[^@]*@")


def settings(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every setting with its value and its source; passwords are not shown."""
    Folder(instance).require()
    found = load(instance)
    rows = [
        {
            "name": row.name,
            "value": _shown(getattr(found, row.name)),
            "source": found.origin[row.name],
            "sentence": row.sentence,
        }
        for row in ROWS
    ]
    if json:
        emit(rows)
        return
    headings = (text("settings.name"), text("settings.value"), text("settings.source"))
    shown = (
        (row["name"], row["value"], text(f"settings.from_{row['source']}".replace(" ", "_")))
        for row in rows
    )
    table(headings, shown)


def _shown(value: str | int | bool) -> str | int | bool:
    """Return a value that may be shown: without the password that an address may hold."""
    return _PASSWORD.sub(r"\1:***@", value) if isinstance(value, str) else value
