"""What `huiliu rfm` and `huiliu clv` share: a file of purchases and the day that is now."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, TypeAlias

from cyclopts import Parameter

from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import sentence
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.analyse_buyers import Buyer, read_buyers

__all__ = ["Purchases", "Until", "read_purchases"]

Purchases: TypeAlias = Annotated[Path, Parameter(help=sentence("cli.rfm.file"))]
Until: TypeAlias = Annotated[str, Parameter(help=sentence("cli.rfm.until"))]

_BEGIN = dt.date(1970, 1, 1)


def read_purchases(file: Path, until: str) -> tuple[list[Buyer], int]:
    """Return the buyers of a file, and the day that is now; raise BadInput."""
    day = None
    if until:
        try:
            day = (dt.date.fromisoformat(until) - _BEGIN).days
        except ValueError as fault:
            raise BadInput((Problem("--until", text("analysis.no_day", day=until)),)) from fault
    return read_buyers(read_file(file), day)
