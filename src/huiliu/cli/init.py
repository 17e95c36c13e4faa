"""`huiliu init DIR`: an instance is a folder with a config file, a key and a data folder."""

from __future__ import annotations

from pathlib import Path

from huiliu.cli.options import Json
from huiliu.cli.output import emit, say
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.settings import ROWS
from huiliu.stores.instance import Folder
from huiliu.stores.secrets import create

__all__ = ["init", "make_instance"]


def init(folder: Path, *, json: Json = False) -> None:
    """Make an instance in an empty or new folder.

    Args:
        folder: where the instance is to be.
        json: print exactly one JSON value.
    """
    made = make_instance(folder)
    if json:
        emit({"instance": str(made.root.resolve())})
    else:
        say(text("init.done", folder=str(made.root)))
        say(text("init.next", folder=str(made.root)))


def make_instance(root: Path) -> Folder:
    """Return a new instance's folder: config file, key of mode 0600, data folder.

    Raises:
        BadInput: the folder holds something already, or cannot be written.
    """
    folder = Folder(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise BadInput((Problem(str(root), text("init.not_empty")),))
        folder.data.mkdir(mode=0o700)
        create(folder.key)
        folder.config.write_text(_config(), "utf-8")
    except OSError as fault:
        problem = Problem(str(root), text("init.cannot_write", cause=fault.strerror or str(fault)))
        raise BadInput((problem,)) from fault
    return folder


def _config() -> str:
    """Return a config file that shows every setting at its default, commented out."""
    lines = ["# Huiliu reads this file at start; an environment variable HUILIU_<NAME> goes first."]
    for row in ROWS:
        lines += ["", f"# {row.sentence}", f"# {row.name} = {_toml(row.default)}"]
    return "\n".join(lines) + "\n"


def _toml(value: str | int | bool) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
