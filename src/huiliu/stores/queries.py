"""Fixed SQL lives in `sql/<noun>.sql`, each query under its name; this file finds it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

__all__ = ["query"]

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def _noun(noun: str) -> dict[str, str]:
    """Return the queries of one file by name."""
    written = (files("huiliu.stores") / "sql" / f"{noun}.sql").read_text("utf-8")
    parts = _NAME.split(written)
    return dict(zip(parts[1::2], (part.strip().rstrip(";") for part in parts[2::2]), strict=True))


@cache
def query(noun: str, name: str) -> LiteralString:
    """Return the SQL of one named query; values are always bound, never written into it."""
    # The text is package data, so it is as literal as a string in this file would be.
    return cast("LiteralString", _noun(noun)[name])
