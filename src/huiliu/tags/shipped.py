"""The library of ready tags: YAML in the package, to use as it is or to copy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["library"]


@cache
def library() -> Mapping[str, str]:
    """Return the YAML source of every shipped tag by its slug, in the order of slugs.

    Package data is part of the program, so reading it here is not I/O in the sense of the laws.
    """
    folder = files("huiliu.tags") / "library"
    found = {
        one.name.removesuffix(".yaml"): one.read_text("utf-8")
        for one in folder.iterdir()
        if one.name.endswith(".yaml")
    }
    return MappingProxyType(dict(sorted(found.items())))
