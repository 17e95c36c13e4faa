"""The catalogue in PostgreSQL, always in sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.catalogue.changes import Change
from huiliu.catalogue.interest import Rules
from huiliu.catalogue.product import Product, Variant
from huiliu.ports.products import (
    CatalogueState,
    Interested,
    PairRow,
    PastChange,
    ProductNews,
    ProductRow,
    RankRow,
)
from huiliu.stores.arrays import bigints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresProducts"]

#: Letters that mean something in a pattern.
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})

_encode = msgspec.json.Encoder().encode


class PostgresProducts:
    """The catalogue, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Use the open transaction's connection."""
        self._connection = connection

    def alone(self, brand_id: int) -> None:
        """Let nobody else write the brand's catalogue until this transaction ends."""
        self._connection.execute(query("products", "alone"), (brand_id,))

    def get(self, brand_id: int, ids: Collection[str]) -> dict[str, Product]:
        """Return the products of these ids that there are."""
        if not ids:
            return {}
        rows = self._connection.execute(query("products", "get"), (brand_id, texts(ids)))
        return {row[0]: _product(row) for row in rows}

    def row(self, brand_id: int, product_id: str) -> ProductRow | None:
        """Return one product with its times."""
        found = self._connection.execute(query("products", "row"), (brand_id, product_id))
        row = found.fetchone()
        return None if row is None else ProductRow(_product(row), row[14], row[15])

    def put(self, brand_id: int, products: Sequence[Product], at: int) -> None:
        """Store products as they are now."""
        if products:
            rows = [msgspec.to_builtins(one) | {"search": _search(one)} for one in products]
            said = {"brand": brand_id, "at": at, "rows": _json(rows)}
            self._connection.execute(query("products", "put"), said)
            self._connection.execute(query("products", "begin"), (brand_id,))

    def time(self, brand_id: int, products: Sequence[Product]) -> None:
        """Store when the variants of products were told that are as they were."""
        if products:
            rows = [msgspec.to_builtins(one) for one in products]
            self._connection.execute(
                query("products", "time"), {"brand": brand_id, "rows": _json(rows)}
            )

    def record(self, brand_id: int, changes: Sequence[Change], source: str, at: int) -> None:
        """Write changes into the history."""
        if changes:
            said = {"brand": brand_id, "at": at, "source": source, "rows": _json(changes)}
            self._connection.execute(query("products", "record"), said)

    def search(
        self, brand_id: int, words: str, state: str, limit: int, after: str = ""
    ) -> list[ProductRow]:
        """Return products by id, after an id, whose words contain all that was typed."""
        patterns = [f"%{word.translate(_ESCAPES)}%" for word in words.casefold().split()]
        said = {
            "brand": brand_id, "words": patterns, "state": state, "limit": limit, "after": after,
        }  # fmt: skip
        rows = self._connection.execute(query("products", "search"), said)
        return [ProductRow(_product(row), row[14], row[15]) for row in rows]

    def count(self, brand_id: int) -> dict[str, int]:
        """Return state -> how many products, and `sold_out` -> how many that nobody can buy."""
        found = {"live": 0, "hidden": 0, "sold_out": 0}
        for state, n, n_out in self._connection.execute(query("products", "count"), (brand_id,)):
            found[state] = n
            found["sold_out"] += n_out if state == "live" else 0
        return found

    def of_source(self, brand_id: int, source: str) -> list[str]:
        """Return the ids of live products that a source said last."""
        rows = self._connection.execute(query("products", "of_source"), (brand_id, source))
        return [row[0] for row in rows]

    def categories(self, brand_id: int) -> dict[str, tuple[str, ...]]:
        """Return the category of every product that can be bought now."""
        rows = self._connection.execute(query("products", "categories"), (brand_id,))
        return {product: tuple(category) for product, category in rows}

    def history(self, brand_id: int, product_id: str, limit: int) -> list[PastChange]:
        """Return a product's changes, newest first."""
        said = (brand_id, product_id, limit)
        return [_past(row) for row in self._connection.execute(query("products", "history"), said)]

    def uncounted(self, limit: int) -> list[PastChange]:
        """Lock and return news of one brand whose people were not looked up yet, oldest first."""
        rows = self._connection.execute(query("products", "uncounted"), (limit,))
        return [_past(row) for row in rows]

    def counted(
        self, brand_id: int, told: Mapping[int, int], news: Sequence[ProductNews], at: int
    ) -> None:
        """Write whom changes are to be told, and how many they are: change_id -> people."""
        self._connection.execute(
            query("products", "counted"),
            {"brand": brand_id, "at": at, "ids": bigints(told), "told": bigints(told.values())},
        )
        if news:
            who = [one.interested for one in news]
            said = {
                "brand": brand_id,
                "changes": bigints([one.change_id for one in news]),
                "events": texts([one.event for one in news]),
                "profiles": bigints([one.profile_id for one in who]),
                "products": texts([one.product_id for one in who]),
                "interests": texts([one.interest for one in who]),
                "ats": bigints([one.at for one in who]),
            }
            self._connection.execute(query("products", "add_news"), said)

    def take_news(self, limit: int) -> list[tuple[ProductNews, PastChange]]:
        """Take some of what is to be told away, with what changed."""
        found = []
        for row in self._connection.execute(query("products", "take_news"), (limit,)):
            past = _past(row[4:])
            who = Interested(past.change.product_id, row[1], row[2], row[3])
            found.append((ProductNews(past.brand_id, past.change_id, row[0], who), past))
        return found

    def n_untold(self, brand_id: int) -> int:
        """Return how many events are still to be told."""
        row = self._connection.execute(query("products", "n_untold"), (brand_id,)).fetchone()
        return int(row[0]) if row else 0

    def pairs(self, brand_id: int, ids: Collection[str]) -> dict[str, list[PairRow]]:
        """Return what was bought together with products, most often first."""
        found: dict[str, list[PairRow]] = {}
        if ids:
            for row in self._connection.execute(query("products", "pairs"), (brand_id, texts(ids))):
                found.setdefault(row[0], []).append(PairRow(*row))
        return found

    def ranks(
        self, brand_id: int, scopes: Collection[tuple[str, ...]]
    ) -> dict[tuple[str, ...], list[RankRow]]:
        """Return the products of categories, those with most buyers first."""
        found: dict[tuple[str, ...], list[RankRow]] = {}
        if scopes:
            said = {"brand": brand_id, "scopes": _json([{"scope": one} for one in scopes])}
            for scope, *rest in self._connection.execute(query("products", "ranks"), said):
                found.setdefault(tuple(scope), []).append(RankRow(tuple(scope), *rest))
        return found

    def state(self, brand_id: int) -> CatalogueState:
        """Return a brand's rules and how fresh it is."""
        row = self._connection.execute(query("products", "state"), (brand_id,)).fetchone()
        if row is None:
            return CatalogueState(brand_id)
        return CatalogueState(row[0], msgspec.convert(row[1], Rules), *row[2:])

    def set_rules(self, brand_id: int, rules: Rules) -> None:
        """Store a brand's rules."""
        self._connection.execute(query("products", "set_rules"), (brand_id, _json(rules)))

    def due(self, now: int) -> int | None:
        """Return a brand with products whose recommendations are due, keeping others from it."""
        row = self._connection.execute(query("products", "due"), (now,)).fetchone()
        return None if row is None else int(row[0])

    def refreshed(self, brand_id: int, pairs: Sequence[PairRow], ranks: Sequence[RankRow]) -> None:
        """Put recommendations in the place of the old ones."""
        for noun, rows in (("pairs", pairs), ("ranks", ranks)):
            self._connection.execute(query("products", f"forget_{noun}"), (brand_id,))
            if rows:
                said = {"brand": brand_id, "rows": _json(rows)}
                self._connection.execute(query("products", f"add_{noun}"), said)

    def mark(self, state: CatalogueState) -> None:
        """Write how a refresh went and when the next is due."""
        said = {name: getattr(state, name) for name in state.__struct_fields__ if name != "rules"}
        self._connection.execute(query("products", "mark"), said)


def _json(value: object) -> str:
    """Return a value as the text of JSON."""
    return _encode(value).decode()


def _search(product: Product) -> str:
    """Return all that a search for the product may name."""
    words = (product.product_id, product.sku, product.brand, *product.names.values(),
             *product.category, *(one.sku for one in product.variants))  # fmt: skip
    return " ".join(words).casefold()


def _product(row: Sequence[Any]) -> Product:  # as the driver gives it
    """Return a product from its columns."""
    return Product(
        product_id=row[0], names=row[1], sku=row[2], price=row[3], currency=row[4],
        compare_at=row[5], stock=row[6], category=tuple(row[7]), brand=row[8], link=row[9],
        images=tuple(row[10]), state=row[11],
        variants=msgspec.convert(row[12], tuple[Variant, ...]), source=row[13],
    )  # fmt: skip


def _past(row: Sequence[Any]) -> PastChange:  # as the driver gives it
    """Return a change from its columns."""
    brand_id, change_id, at, source, product, what, old, new, currency, news, counted, n = row
    change = Change(product, what, old, new, currency, tuple(news))
    return PastChange(brand_id, change_id, at, source, change, counted, n)
