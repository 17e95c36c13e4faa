"""The options that every verb takes, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from huiliu.cli.language import sentence

__all__ = ["HERE", "Instance", "Json"]

#: The current folder is the instance unless another is named.
HERE = Path()

#: The last parameters of every verb: `*, instance: Instance = HERE, json: Json = False`.
Instance: TypeAlias = Annotated[
    Path, Parameter(name="--instance", help=sentence("cli.option.instance"))
]
Json: TypeAlias = Annotated[
    bool, Parameter(name="--json", negative="", help=sentence("cli.option.json"))
]
