"""Who uses a segment, a list or a tag: every live document that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

from huiliu.kernel.documents import load
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["User", "used_by", "users_of"]

#: What is named -> the key of a condition that names it.
_KEYS: Final[Mapping[str, str]] = {"segment": "in_segment", "list": "list", "tag": "tag"}
#: Where names may stand.
_KINDS: Final = ("segment", "journey", "tag", "template", "promotion")


@dataclass(frozen=True, slots=True)
class User:
    """A document that names what was asked for."""

    kind: str
    slug: str
    #: By language.
    name: Mapping[str, str]


def used_by(world: World, brand_id: int, kind: str, slug: str) -> list[User]:
    """Return every document that names a segment, a list or a tag; it itself is none of them."""
    with world.store.transaction(brand_id) as tx:
        return users_of(tx, brand_id, kind, slug)


def users_of(tx: Tx, brand_id: int, kind: str, slug: str) -> list[User]:
    """Return the same inside a transaction.

    Versions of journeys that people are still in count too.
    """
    found: dict[tuple[str, str], User] = {}
    for document in _documents(tx, brand_id):
        own = (document.kind, document.slug)
        if own == (kind, slug) or own in found:
            continue
        tree = load(document.source).tree
        if any(_names(each, kind, slug) for each in _mappings(tree)):
            name = tree.get("name")
            words = {str(key): str(word) for key, word in name.items()} if _is(name) else {}
            found[own] = User(*own, words)
    return list(found.values())


def _documents(tx: Tx, brand_id: int) -> Iterator[Document]:
    """Yield the newest version of each document in use, and journeys' older ones with runs."""
    for kind in _KINDS:
        for document in tx.documents.all(brand_id, kind):
            if document.state != "archived":
                yield document
    for slug, version in sorted(tx.runs.versions_in_flight(brand_id)):
        yield tx.documents.version(brand_id, "journey", slug, version)


def _mappings(tree: object) -> Iterator[Mapping[str, object]]:
    """Yield every mapping of a tree."""
    if isinstance(tree, Mapping):
        yield tree
        for inner in tree.values():
            yield from _mappings(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from _mappings(inner)


def _names(each: Mapping[str, object], kind: str, slug: str) -> bool:
    """Say whether a mapping names the thing: a condition, or a filter of the events about it."""
    if each.get(_KEYS[kind]) == slug:
        return True
    if each.get("property") != kind:
        return False
    listed = each.get("in")
    return each.get("is") == slug or (isinstance(listed, list) and slug in listed)


def _is(value: object) -> TypeGuard[Mapping[str, object]]:
    """Say whether a value is a mapping."""
    return isinstance(value, Mapping)
