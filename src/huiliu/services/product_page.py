"""What somebody sees who scans a product: what it is, what buyers think, what others ask for it.

The comparison is honest: every price says who asked it, who looked and when; old ones are left
out, other currencies are not compared, and the brand's own price stands where it belongs, be it
last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from huiliu.catalogue.product import LIVE, Product
from huiliu.kernel.errors import BadInput, NotFound, Problem, Unavailable
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE, as_instant
from huiliu.ports.codes import Sighting
from huiliu.ports.store import Store
from huiliu.ports.world import World
from huiliu.reports.product_ratings import Ratings, product_ratings, read_ratings
from huiliu.services.find_by_barcode import Found, find_by_barcode

__all__ = ["FRESH_DAYS", "MOST_PRICES", "Offer", "ProductFacts", "product_facts", "see_prices"]

#: A price that was seen longer ago says nothing of today.
FRESH_DAYS: Final = 7
MOST_PRICES: Final = 500
_LONGEST: Final = 80
_LONGEST_ADDRESS: Final = 1_000
_DEAREST: Final = 10**12
#: Reviews are counted anew so often.
_REMEMBERED_FOR: Final = 10 * MINUTE
_MOST_REMEMBERED: Final = 2_000
_NOTHING: Final = Ratings({})


@dataclass(frozen=True, slots=True)
class Offer:
    """One price in the comparison."""

    #: "" = the brand itself.
    seller: str
    price: int
    url: str
    source: str
    seen_at: int

    @property
    def is_own(self) -> bool:
        """Say whether it is the brand's own."""
        return not self.seller


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """All that the page of a product shows."""

    found: Found
    ratings: Ratings
    #: The lowest first; () = there is nothing to compare with.
    offers: Sequence[Offer]

    @property
    def product(self) -> Product:
        """Return the product."""
        return self.found.product


def product_facts(world: World, brand_id: int, written: str) -> ProductFacts:
    """Return what is known of the product that a bar code is on.

    Raises:
        NotFound: there is none, or it is not sold any more.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        found = find_by_barcode(tx, brand_id, written)
        if found is None or found.product.state != LIVE:
            raise NotFound("product", written[:80])
        product_id = found.product.product_id
        seen = tx.codes.prices(brand_id, product_id, now - FRESH_DAYS * DAY)
    return ProductFacts(found, _ratings(world, brand_id, product_id, now),
                        _compared(found, seen, now))  # fmt: skip


def see_prices(
    world: World, brand_id: int, told: Sequence[Mapping[str, Any]], by: str
) -> list[Sighting]:  # Any: as JSON carries it
    """Write down prices that were seen elsewhere.

    Each is `product`, `seller`, `price` in minor units, `currency`, and perhaps `url` and
    `seen_at`; a price that was seen before the one that is known changes nothing.

    Raises:
        BadInput: with everything that is wrong; nothing is kept.
    """
    if not 0 < len(told) <= MOST_PRICES:
        raise BadInput((Problem("prices", text("prices.many", most=MOST_PRICES)),))
    now = world.clock.now()
    rows, problems = [], []
    for at, one in enumerate(told):
        wrong = [Problem(f"prices[{at}].{name}", text(key)) for name, key in _wrong(one, now)]
        problems += wrong
        if not wrong:
            rows.append(Sighting(
                brand_id, one["product"], one["seller"].strip(), one["price"], one["currency"],
                one.get("url") or "", by, _seen(one, now),
            ))  # fmt: skip
    with world.store.transaction(brand_id) as tx:
        known = tx.products.get(brand_id, {one.product_id for one in rows})
        problems += [
            Problem("prices", text("prices.no_product", product=one.product_id[:_LONGEST]))
            for one in rows
            if one.product_id not in known
        ]
        if problems:
            raise BadInput(tuple(problems))
        tx.codes.see_prices(rows)
    return rows


def _wrong(one: Mapping[str, Any], now: int) -> list[tuple[str, str]]:
    """Return (field, text) of everything that is wrong with a price that was told."""
    found = [
        (name, "prices.word")
        for name in ("product", "seller")
        if not isinstance(one.get(name), str) or not 0 < len(one[name].strip()) <= _LONGEST
        or not one[name].isprintable()
    ]  # fmt: skip
    price, currency, url = one.get("price"), one.get("currency"), one.get("url") or ""
    if not isinstance(price, int) or isinstance(price, bool) or not 0 <= price <= _DEAREST:
        found.append(("price", "prices.price"))
    if not isinstance(currency, str) or not _is_currency(currency):
        found.append(("currency", "prices.currency"))
    if not isinstance(url, str) or (url and not _is_page(url)):
        found.append(("url", "prices.url"))
    seen_at = one.get("seen_at")
    if seen_at is not None and not (
        isinstance(seen_at, str) and (at := as_instant(seen_at)) is not None and at <= now
    ):
        found.append(("seen_at", "prices.seen_at"))
    return found


def _is_page(said: str) -> bool:
    """Say whether an address is one that a page may link to."""
    try:
        is_web = urlsplit(said).scheme in {"https", "http"}
    except ValueError:
        return False
    return is_web and said.isprintable() and len(said) <= _LONGEST_ADDRESS


def _is_currency(said: str) -> bool:
    """Say whether a word is a currency."""
    return len(said) == 3 and said.isascii() and said.isalpha() and said.isupper()


def _seen(one: Mapping[str, Any], now: int) -> int:
    """Return when a price was seen."""
    said = one.get("seen_at")
    return (as_instant(said) or now) if isinstance(said, str) else now


def _compared(found: Found, seen: Sequence[Sighting], now: int) -> Sequence[Offer]:
    """Return the prices that can be compared with the brand's own, the lowest first."""
    own, currency = found.price, found.product.currency
    others = [
        Offer(one.seller, one.price, one.url, one.source, one.seen_at)
        for one in seen
        if one.currency == currency
    ]
    if own is None or not others:
        return ()
    mine = Offer("", own, found.product.link, "", now)
    return sorted([mine, *others], key=lambda one: (one.price, one.seller))


def _ratings(world: World, brand_id: int, product_id: str, now: int) -> Ratings:
    """Return the stars of a product, from memory where they were counted lately."""
    known = _KNOWN.setdefault(world.store, {})
    key = brand_id, product_id
    if key in known and now - known[key][0] < _REMEMBERED_FOR:
        return known[key][1]
    try:
        tables = world.warehouse.population(brand_id)
        found = read_ratings(world.warehouse.run(product_ratings(tables, product_id)))
    except Unavailable:
        # The page is as good without stars as the shop is without the analyst.
        return known[key][1] if key in known else _NOTHING
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known[key] = now, found
    return found


_KNOWN: Final[WeakKeyDictionary[Store, dict[tuple[int, str], tuple[int, Ratings]]]] = (
    WeakKeyDictionary()
)
