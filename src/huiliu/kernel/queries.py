"""Fixed SQL lives in a room's `sql/<noun>.sql`, each query under its name; this file finds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["queries"]

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def queries(room: str, noun: str) -> Mapping[str, str]:
    """Return the queries of one file by name, in the file's order.

    Package data is part of the program, so reading it here is not I/O in the sense of the laws.
    """
    written = (files(f"huiliu.{room}") / "sql" / f"{noun}.sql").read_text("utf-8")
    parts = _NAME.split(written)
    named = zip(parts[1::2], (part.strip().rstrip(";") for part in parts[2::2]), strict=True)
    return MappingProxyType(dict(named))
