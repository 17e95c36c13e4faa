"""A store's self-checkout on the buyer's own phone: what lies in the cart, and paying it.

The cart stands in the page's address and nowhere else; prices are the catalogue's, whatever a phone
says. Who buys is known by the personal link that they came with, never by something typed: points
and coupons of a person are not shown to whoever knows their number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import Text
from huiliu.ports.payment import PaymentAccount, Way
from huiliu.ports.pos import Origin
from huiliu.ports.world import World
from huiliu.rewards.barcode import read_barcode
from huiliu.rewards.sale import Sale, SaleLine
from huiliu.services.form_tokens import person_of
from huiliu.services.pay_sale import Begun, Wish, pay_sale
from huiliu.services.payment_accounts import list_accounts
from huiliu.services.price_sale import Quote, quote_sale

__all__ = ["MOST_LINES", "Cart", "Counter", "look_at_cart", "pay_cart", "read_cart"]

MOST_LINES: Final = 50
MOST_UNITS: Final = 99
_MOST_CODES: Final = 5
_LONGEST: Final = 64
#: An article: digits of a barcode, or a product's own id.
_ARTICLE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ONCE: Final = re.compile(r"[0-9a-f]{20}")
_TERMINAL: Final = "self"


@dataclass(frozen=True, slots=True)
class Cart:
    """What lies in it: (article, how many), and codes that were typed."""

    lines: tuple[tuple[str, int], ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """Return the lines as they stand in an address."""
        return ",".join(f"{article}~{n}" for article, n in self.lines)

    def added(self, scanned: str) -> Cart:
        """Return the cart with one more of what was scanned; the same cart where it is full."""
        barcode = read_barcode(scanned)
        article = barcode.gtin if barcode else scanned.strip()
        if _ARTICLE.fullmatch(article) is None:
            return self
        held = dict(self.lines)
        if article not in held and len(held) >= MOST_LINES:
            return self
        held[article] = min(MOST_UNITS, held.get(article, 0) + 1)
        return Cart(tuple(held.items()), self.codes)

    def with_units(self, article: str, n: int) -> Cart:
        """Return the cart with so many of an article; none of 0."""
        held = {name: (min(MOST_UNITS, n) if name == article else had)
                for name, had in self.lines}  # fmt: skip
        return Cart(tuple((name, had) for name, had in held.items() if had > 0), self.codes)


@dataclass(frozen=True, slots=True)
class Counter:
    """A cart as it is priced now, and how it can be paid."""

    cart: Cart
    #: None = there is nothing in it, or it cannot be priced.
    quote: Quote | None = None
    #: Article -> why it cannot be bought here.
    problems: Mapping[str, Text] = field(default_factory=dict)
    accounts: Sequence[PaymentAccount] = ()


def read_cart(written: str, codes: str) -> Cart:
    """Return the cart of an address; what cannot be one is left out."""
    held: dict[str, int] = {}
    for one in written.split(",")[:MOST_LINES]:
        article, _, n = one.partition("~")
        is_number = n.isascii() and n.isdigit() and len(n) < 4
        if _ARTICLE.fullmatch(article) and is_number and int(n):
            held[article] = min(MOST_UNITS, int(n))
    typed = [one.strip() for one in codes.split(",") if one.strip() and one.isprintable()]
    shown = tuple(dict.fromkeys(one for one in typed if len(one) <= _LONGEST))
    return Cart(tuple(held.items()), shown[:_MOST_CODES])


def look_at_cart(
    world: World, brand_id: int, store: str, cart: Cart, me: str, locale: str
) -> Counter:
    """Return what a cart costs now; articles that cannot be bought stand aside with the reason."""
    problems: dict[str, Text] = {}
    while cart.lines:
        try:
            quote = quote_sale(
                world, brand_id, _sale(store, cart, "", locale), _who(world, brand_id, me)
            )
        except BadInput as fault:
            found = _problems(cart, fault)
            if not found:
                raise
            problems |= found
            cart = Cart(tuple(one for one in cart.lines if one[0] not in found), cart.codes)
            continue
        currency = str(quote.sale["currency"])
        return Counter(cart, quote, problems, _accounts(world, brand_id, currency))
    return Counter(cart, None, problems)


def pay_cart(  # noqa: PLR0913, PLR0917 - what, where, by whom, how, and which attempt
    world: World, brand_id: int, store: str, cart: Cart, me: str, once: str, wish: Wish
) -> Begun:
    """Begin to pay a cart; the same page sent twice is paid once.

    Raises:
        BadInput: an article cannot be bought.
        NotFound: there is no such account, or the page is none of ours.
        Refused: a code cannot be used after all.
    """
    if _ONCE.fullmatch(once) is None or not cart.lines:
        raise NotFound("checkout", "…")
    page = Wish(wish.account, Way.PAGE, Origin.SELF, wish.locale, wish.payer_ip)
    sale = _sale(store, cart, once, wish.locale)
    return pay_sale(world, brand_id, sale, _who(world, brand_id, me), page)


def _sale(store: str, cart: Cart, number: str, locale: str) -> Sale:
    """Return the sale of a cart; no price of it is the phone's."""
    lines = tuple(
        SaleLine(n, barcode=article if article.isdigit() else "",
                 sku="" if article.isdigit() else article)
        for article, n in cart.lines
    )  # fmt: skip
    return Sale(store, lines, _TERMINAL, "", number, codes=cart.codes, locale=locale)


def _who(world: World, brand_id: int, me: str) -> dict[str, Any]:
    """Return who buys, by the personal link that they came with."""
    profile = person_of(world, brand_id, me)
    return {"profile": show_profile_id(profile)} if profile else {}


def _problems(cart: Cart, fault: BadInput) -> dict[str, Text]:
    """Return why articles cannot be bought."""
    places = {f"lines[{at}]": article for at, (article, _) in enumerate(cart.lines)}
    return {places[one.path]: one.text for one in fault.problems if one.path in places}


def _accounts(world: World, brand_id: int, currency: str) -> list[PaymentAccount]:
    """Return the accounts that take a currency now."""
    found = []
    for one in list_accounts(world, brand_id):
        provider = world.payments.get(one.provider)
        if provider is None or one.is_paused:
            continue
        if not provider.currencies or currency in provider.currencies:
            found.append(one)
    return found
