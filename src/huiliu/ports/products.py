"""The catalogue's state: products, what became of them, who is to be told, what is recommended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from huiliu.catalogue.changes import Change
from huiliu.catalogue.interest import Rules
from huiliu.catalogue.product import Product

__all__ = [
    "CatalogueState",
    "Interested",
    "PairRow",
    "PastChange",
    "ProductNews",
    "ProductRow",
    "ProductStore",
    "RankRow",
]


class ProductRow(msgspec.Struct, frozen=True):
    """One product as it is kept."""

    product: Product
    created_at: int
    changed_at: int


class PastChange(msgspec.Struct, frozen=True):
    """One change of a product's history."""

    brand_id: int
    change_id: int
    at: int
    source: str
    change: Change
    #: When people who care were looked up; None = not yet, or it is no news.
    counted_at: int | None = None
    n_told: int = 0


class Interested(msgspec.Struct, frozen=True, gc=False):
    """One person who cares about one product."""

    product_id: str
    profile_id: int
    #: carted, favourited or viewed.
    interest: str
    at: int


class ProductNews(msgspec.Struct, frozen=True, gc=False):
    """One event that one person is to get."""

    brand_id: int
    change_id: int
    event: str
    interested: Interested


class PairRow(msgspec.Struct, frozen=True, gc=False):
    """What was bought together with a product."""

    product_id: str
    #: 0 = most often.
    place: int
    other_id: str
    n_orders: int
    lift: float


class RankRow(msgspec.Struct, frozen=True, gc=False):
    """A product's place among those of a category; () = of the whole brand."""

    scope: tuple[str, ...]
    place: int
    product_id: str
    n_buyers: int
    n_viewers: int


class CatalogueState(msgspec.Struct, frozen=True):
    """A brand's rules, and how fresh its recommendations are."""

    brand_id: int
    rules: Rules = Rules()
    due_at: int = 0
    refreshed_at: int = 0
    took_us: int = 0
    n_pairs: int = 0
    n_ranks: int = 0
    fault: str = ""


class ProductStore(Protocol):
    """The catalogue, inside one transaction."""

    def alone(self, brand_id: int) -> None:
        """Let nobody else write the brand's catalogue until this transaction ends."""
        ...

    def get(self, brand_id: int, ids: Collection[str]) -> dict[str, Product]:
        """Return the products of these ids that there are."""
        ...

    def row(self, brand_id: int, product_id: str) -> ProductRow | None:
        """Return one product with its times."""
        ...

    def put(self, brand_id: int, products: Sequence[Product], at: int) -> None:
        """Store products as they are now."""
        ...

    def time(self, brand_id: int, products: Sequence[Product]) -> None:
        """Store when the variants of products were told that are as they were."""
        ...

    def record(self, brand_id: int, changes: Sequence[Change], source: str, at: int) -> None:
        """Write changes into the history."""
        ...

    def search(
        self, brand_id: int, words: str, state: str, limit: int, after: str = ""
    ) -> list[ProductRow]:
        """Return products by id, after an id, whose words contain all that was typed."""
        ...

    def count(self, brand_id: int) -> dict[str, int]:
        """Return state -> how many products, and `sold_out` -> how many that nobody can buy."""
        ...

    def of_source(self, brand_id: int, source: str) -> list[str]:
        """Return the ids of live products that a source said last."""
        ...

    def categories(self, brand_id: int) -> dict[str, tuple[str, ...]]:
        """Return the category of every product that can be bought now."""
        ...

    def history(self, brand_id: int, product_id: str, limit: int) -> list[PastChange]:
        """Return a product's changes, newest first."""
        ...

    def uncounted(self, limit: int) -> list[PastChange]:
        """Lock and return news of one brand whose people were not looked up yet, oldest first."""
        ...

    def counted(
        self, brand_id: int, told: Mapping[int, int], news: Sequence[ProductNews], at: int
    ) -> None:
        """Write whom changes are to be told, and how many they are: change_id -> people."""
        ...

    def take_news(self, limit: int) -> list[tuple[ProductNews, PastChange]]:
        """Take some of what is to be told away, with what changed."""
        ...

    def n_untold(self, brand_id: int) -> int:
        """Return how many events are still to be told."""
        ...

    def pairs(self, brand_id: int, ids: Collection[str]) -> dict[str, list[PairRow]]:
        """Return what was bought together with products, most often first."""
        ...

    def ranks(
        self, brand_id: int, scopes: Collection[tuple[str, ...]]
    ) -> dict[tuple[str, ...], list[RankRow]]:
        """Return the products of categories, those with most buyers first."""
        ...

    def state(self, brand_id: int) -> CatalogueState:
        """Return a brand's rules and how fresh it is."""
        ...

    def set_rules(self, brand_id: int, rules: Rules) -> None:
        """Store a brand's rules."""
        ...

    def due(self, now: int) -> int | None:
        """Return a brand with products whose recommendations are due, keeping others from it."""
        ...

    def refreshed(self, brand_id: int, pairs: Sequence[PairRow], ranks: Sequence[RankRow]) -> None:
        """Put recommendations in the place of the old ones."""
        ...

    def mark(self, state: CatalogueState) -> None:
        """Write how a refresh went and when the next is due."""
        ...
