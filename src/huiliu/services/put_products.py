"""Stores what a file, a server or a shop says of products, and what changed by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from huiliu.catalogue.changes import Change, changes
from huiliu.catalogue.product import HIDDEN, Draft, Product, is_same, merged
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["PutProducts", "hide_others", "put_in", "put_products"]

#: Products that others wait for at once.
_BATCH: Final = 2_000


class PutProducts(msgspec.Struct, frozen=True):
    """What became of products that were said something of."""

    n_new: int = 0
    n_changed: int = 0
    #: They say the same as before.
    n_same: int = 0
    #: They were there before and are not shown any more.
    n_hidden: int = 0
    #: Of the changes, how many are news to people who care.
    n_news: int = 0

    def __add__(self, other: PutProducts) -> PutProducts:
        """Add what became of more."""
        return PutProducts(
            *(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__)
        )


def put_products(
    world: World, brand_id: int, drafts: Sequence[Draft], source: str, *, replace: bool = False
) -> PutProducts:
    """Store products; the same again changes nothing.

    Args:
        world: the instance.
        brand_id: whose products.
        drafts: what is said of them.
        source: who says so: `csv`, `api`.
        replace: hide the products of this source that are not among these.
    """
    done = PutProducts()
    for start in range(0, len(drafts), _BATCH):
        with world.store.transaction(brand_id) as tx:
            done += put_in(tx, brand_id, drafts[start : start + _BATCH], source, world.clock.now())
    if replace:
        done += hide_others(world, brand_id, {one.product_id for one in drafts}, source)
    return done


def hide_others(world: World, brand_id: int, ids: set[str], source: str) -> PutProducts:
    """Hide the products of a source that are not among these; its file is all that it sells."""
    with world.store.transaction(brand_id) as tx:
        gone = [one for one in tx.products.of_source(brand_id, source) if one not in ids]
    done = PutProducts()
    for start in range(0, len(gone), _BATCH):
        drafts = [Draft(product_id=one, state=HIDDEN) for one in gone[start : start + _BATCH]]
        with world.store.transaction(brand_id) as tx:
            done += put_in(tx, brand_id, drafts, source, world.clock.now())
    return PutProducts(n_hidden=done.n_changed, n_news=done.n_news)


def put_in(tx: Tx, brand_id: int, drafts: Sequence[Draft], source: str, now: int) -> PutProducts:
    """Store products in a transaction of the caller's; others that write the catalogue wait.

    Two drafts of one product count one after the other.
    """
    if not drafts:
        return PutProducts()
    tx.products.alone(brand_id)
    rules = tx.products.state(brand_id).rules
    known = tx.products.get(brand_id, {one.product_id for one in drafts})
    written: dict[str, Product] = {}
    again: dict[str, Product] = {}
    found: list[Change] = []
    n_same = 0
    for draft in drafts:
        name = draft.product_id
        before = written.get(name) or again.get(name) or known.get(name)
        after = merged(before, draft, source)
        if before is not None and is_same(before, after):
            n_same += 1
            if after != before:
                (written if name in written else again)[name] = after
            continue
        written[draft.product_id] = after
        found += changes(before, after, rules)
    tx.products.time(brand_id, [one for name, one in again.items() if name not in written])
    tx.products.put(brand_id, list(written.values()), now)
    tx.products.record(brand_id, found, source, now)
    n_new = sum(one not in known for one in written)
    return PutProducts(
        n_new=n_new,
        n_changed=len(written) - n_new,
        n_same=n_same,
        n_news=sum(bool(one.news) for one in found),
    )
