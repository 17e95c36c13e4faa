"""Which rule packs are in force for a brand: those that come along, and its own in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from weakref import WeakKeyDictionary

from huiliu.governance.packs import Checker, Override, Pack, parse_pack, shipped_packs
from huiliu.ports.content import OverrideRow
from huiliu.ports.store import Store, Tx
from huiliu.ports.world import World

__all__ = ["KIND", "ContentRules", "content_rules", "live_packs", "packs_digest"]

KIND: Final = "pack"


@dataclass(frozen=True, slots=True)
class ContentRules:
    """Packs in force, ready to look through texts, and what somebody answers for."""

    checker: Checker
    overrides: tuple[Override, ...]

    @property
    def packs(self) -> Sequence[Pack]:
        """Return the packs that are on."""
        return self.checker.packs


def live_packs(tx: Tx, brand_id: int, beside: Sequence[Pack] = ()) -> Mapping[str, Pack]:
    """Return slug -> pack of a brand, those that are switched off included.

    Args:
        tx: reads the documents.
        brand_id: whose.
        beside: packs that are about to go live.
    """
    found = dict(shipped_packs())
    for document in tx.documents.all(brand_id, KIND):
        if document.state != "archived":
            found[document.slug] = _parsed(document.source)
    found |= {pack.slug: pack for pack in beside}
    return MappingProxyType(dict(sorted(found.items())))


def content_rules(tx: Tx, world: World, brand_id: int, beside: Sequence[Pack] = ()) -> ContentRules:
    """Return what a brand's texts are held against now; the packs are compiled once a change."""
    overrides = tuple(_override(row) for row in tx.content.overrides(brand_id))
    if beside:
        return ContentRules(Checker(live_packs(tx, brand_id, beside).values()), overrides)
    kept = _CHECKERS.setdefault(world.store, {})
    stamp = tx.documents.stamp(brand_id)
    known = kept.get(brand_id)
    if known is None or known[0] != stamp:
        packs = live_packs(tx, brand_id)
        digest = packs_digest(packs.values())
        same = known is not None and known[1] == digest
        checker = known[2] if known is not None and same else Checker(packs.values())
        known = kept[brand_id] = (stamp, digest, checker)
    return ContentRules(known[2], overrides)


def packs_digest(packs: Iterable[Pack]) -> bytes:
    """Return what two equal sets of packs have in common, and no others."""
    found = hashlib.sha256()
    for pack in packs:
        found.update(f"{len(pack.source)}\n{pack.source}".encode())
    return found.digest()


@lru_cache(maxsize=64)
def _parsed(source: str) -> Pack:
    """Return the pack of a document that was applied."""
    return parse_pack(source)


def _override(row: OverrideRow) -> Override:
    """Return an override as rules read it."""
    return Override(row.override_id, row.pack, row.rule, row.phrase, row.subject, row.until)


#: Stamps are counted anew in every database, so each store has its own.
_CHECKERS: WeakKeyDictionary[Store, dict[int, tuple[int, bytes, Checker]]] = WeakKeyDictionary()
