"""Fixed SQL of the stores by noun and name."""

from __future__ import annotations

from functools import cache
from typing import LiteralString

from huiliu.kernel.queries import queries

__all__ = ["query"]


@cache
def query(noun: str, name: str) -> LiteralString:
    """Return the SQL of one named query; values are always bound, never written into it."""
    # The text is package data, so it is as literal as a string in this file would be.
    return queries("stores", noun)[name]
