"""`huiliu init DIR`: an instance is a folder with a config file, a key and a data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from huiliu.bootstrap import make_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import Json
from huiliu.cli.output import emit, say
from huiliu.kernel.texts import text

__all__ = ["init"]


def init(
    folder: Annotated[Path, Parameter(help=sentence("cli.init.folder"))],
    /,
    *,
    json: Json = False,
) -> None:
    """Make an instance in an empty or new folder."""
    made = make_instance(folder)
    if json:
        emit({"instance": str(made.root.resolve())})
    else:
        say(text("init.done", folder=str(made.root)))
        say(text("init.next", folder=str(made.root)))
        say(text("init.tags", folder=str(made.root)))
