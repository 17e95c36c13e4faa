"""The packs that Huiliu brings along: package data, as their authors wrote them.

People write YAML, which takes seconds to read; beside it stands what it says as JSON, which takes
milliseconds. The JSON counts only for the very bytes that it was made of: a pack that was changed
without it is read from its YAML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import msgspec

from huiliu.governance.packs.pack import Pack
from huiliu.governance.packs.reading import parse_pack, read_pack
from huiliu.kernel.documents import Loaded, dump, load

__all__ = ["READY", "ready_shelf", "shipped_packs"]

_SHELF: Final = files("huiliu") / "governance" / "packs" / "library"
#: What the packs say, ready to be used; written by `make shelf`.
READY: Final = "ready.json"


class _Ready(msgspec.Struct, frozen=True):
    """One pack as it was read before."""

    #: Of the YAML's bytes.
    digest: str
    tree: dict[str, Any]  # what a document holds
    canonical: str


_DECODER: Final = msgspec.json.Decoder(dict[str, _Ready])


@cache
def shipped_packs() -> Mapping[str, Pack]:
    """Return slug -> pack of everything on the shelf.

    Package data is part of the program, so reading it here is not I/O in the sense of the laws.
    """
    ready = _ready()
    packs = [_pack(name, raw, ready) for name, raw in _written()]
    return MappingProxyType({pack.slug: pack for pack in packs})


def ready_shelf() -> bytes:
    """Return what is to stand beside the packs."""
    made = {}
    for name, raw in _written():
        tree = load(raw).tree
        made[name] = _Ready(_digest(raw), tree, dump(tree))
    return msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"


def _pack(name: str, raw: bytes, ready: Mapping[str, _Ready]) -> Pack:
    """Return one pack, from where it is read fastest."""
    one = ready.get(name)
    if one is None or one.digest != _digest(raw):
        return parse_pack(raw)
    return read_pack(Loaded(one.tree), one.canonical, is_tried=True)


def _written() -> Iterator[tuple[str, bytes]]:
    """Return the packs' files by name."""
    for one in sorted(_SHELF.iterdir(), key=lambda one: one.name):
        if one.name.endswith(".yaml"):
            yield one.name, one.read_bytes()


def _ready() -> Mapping[str, _Ready]:
    """Return what stands ready; {} where nothing does or it cannot be read."""
    try:
        return _DECODER.decode((_SHELF / READY).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return {}


def _digest(raw: bytes) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(raw).hexdigest()
