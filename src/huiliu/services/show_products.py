"""The catalogue as people look at it: a page of products, one product, the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.catalogue.interest import Rules
from huiliu.catalogue.product import STATES, Product
from huiliu.kernel.errors import NotFound
from huiliu.ports.products import CatalogueState, PairRow, PastChange, ProductRow
from huiliu.ports.world import World

__all__ = ["ProductPage", "ProductView", "list_products", "set_rules", "show_product"]

_PER_PAGE: Final = 50
_HISTORY: Final = 100


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of products, by id."""

    rows: Sequence[ProductRow]
    #: live, hidden, and sold_out of the live ones.
    counts: Mapping[str, int]
    #: The id that the next page begins behind; "" = there is none.
    next: str
    state: CatalogueState
    #: Events about products that people are still to get.
    n_untold: int


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product, what became of it, and what goes with it."""

    row: ProductRow
    history: Sequence[PastChange]
    #: What is bought with it, and the product where the catalogue knows it.
    pairs: Sequence[tuple[PairRow, Product | None]]


def list_products(
    world: World, brand_id: int, words: str = "", state: str = "", after: str = ""
) -> ProductPage:
    """Return products whose id, name, sku, brand or category contains every word."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.products.search(
            brand_id, words, state if state in STATES else "", _PER_PAGE + 1, after
        )
        shown = rows[:_PER_PAGE]
        following = shown[-1].product.product_id if len(rows) > _PER_PAGE else ""
        return ProductPage(
            shown, tx.products.count(brand_id), following, tx.products.state(brand_id),
            tx.products.n_untold(brand_id),
        )  # fmt: skip


def show_product(world: World, brand_id: int, product_id: str) -> ProductView:
    """Return one product.

    Raises:
        NotFound: there is none of this id.
    """
    with world.store.transaction(brand_id) as tx:
        row = tx.products.row(brand_id, product_id)
        if row is None:
            raise NotFound("product", product_id)
        history = tx.products.history(brand_id, product_id, _HISTORY)
        pairs = tx.products.pairs(brand_id, [product_id]).get(product_id, [])
        others = tx.products.get(brand_id, [one.other_id for one in pairs])
    return ProductView(row, history, [(one, others.get(one.other_id)) for one in pairs])


def set_rules(world: World, brand_id: int, rules: Rules) -> None:
    """Store the brand's rules for news about products."""
    with world.store.transaction(brand_id) as tx:
        tx.products.set_rules(brand_id, rules)
