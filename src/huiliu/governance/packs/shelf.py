"""The packs that Huiliu brings along: package data, as their authors wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from huiliu.governance.packs.pack import Pack
from huiliu.governance.packs.reading import parse_pack

__all__ = ["shipped_packs"]


@cache
def shipped_packs() -> Mapping[str, Pack]:
    """Return slug -> pack of everything on the shelf.

    Package data is part of the program, so reading it here is not I/O in the sense of the laws.
    """
    shelf = files("huiliu") / "governance" / "packs" / "library"
    found = [
        parse_pack(one.read_bytes())
        for one in sorted(shelf.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".yaml")
    ]
    return MappingProxyType({pack.slug: pack for pack in found})
