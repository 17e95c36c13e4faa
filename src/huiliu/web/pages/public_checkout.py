"""The self-checkout on a buyer's phone, the receipt that follows, and the trial's page to pay on.

Open to everybody, without a cookie: the address names the store, the receipt or the payment and is
signed or cannot be guessed. The cart stands in the address, so going back or loading again loses
nothing, and nothing changes before the button that pays.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import BadInput, Refused
from huiliu.kernel.money import Money
from huiliu.ports.payment import IntentRow, IntentState
from huiliu.ports.pos import ReceiptState
from huiliu.services.list_sales import payment_of
from huiliu.services.pay_links import Named, read_token, receipt_url
from huiliu.services.pay_sale import Wish, pay_again
from huiliu.services.permission import permission
from huiliu.services.sale_data import receipt_data
from huiliu.services.self_checkout import Cart, Counter, look_at_cart, pay_cart, read_cart
from huiliu.services.trial_payments import Trial, answer_trial, look_at_trial
from huiliu.web.doors import Visit
from huiliu.web.limits import client_address
from huiliu.web.public import admit, brand_facts, public_page, public_visit, read_fields
from huiliu.web.rendering import go
from huiliu.web.security import check_origin

__all__ = ["routes"]

#: In ten minutes by one address: a whole shop may be behind one.
_MOST_SEEN: Final = 3_000
_MOST_PAID: Final = 240
_CAMERA: Final = "camera=(self), geolocation=(), microphone=(), payment=()"
_LONGEST: Final = 200
_ONCE_BYTES: Final = 10


async def show(request: Request) -> Response:
    """Show the cart."""
    return await run_in_threadpool(_show, request)


async def pay(request: Request) -> Response:
    """Begin to pay the cart."""
    fields = await read_fields(request)
    return await run_in_threadpool(_pay, request, fields)


async def receipt(request: Request) -> Response:
    """Show how a sale stands."""
    return await run_in_threadpool(_receipt, request)


async def pay_once_more(request: Request) -> Response:
    """Begin another payment of a sale."""
    fields = await read_fields(request)
    return await run_in_threadpool(_pay_again, request, fields)


async def trial(request: Request) -> Response:
    """Show the trial's page."""
    return await run_in_threadpool(_trial, request)


async def answer(request: Request) -> Response:
    """Pay or decline on the trial's page."""
    fields = await read_fields(request)
    return await run_in_threadpool(_answer, request, fields)


def _show(request: Request) -> Response:
    """Show the cart, or change it and lead to its new address."""
    admit(request, "checkout seen", _MOST_SEEN)
    found = public_visit(request)
    named = read_token(found.world, "store", str(request.path_params["token"]))
    cart = read_cart(found.ask("c")[:8_000], found.ask("codes")[:400])
    changed = _changed(found, cart)
    if changed is not None:
        return go(request.url.path, **_kept(found, changed), lang=found.ask("lang"))
    counter = look_at_cart(
        found.world, named.brand_id, named.name, cart, found.ask("me"), found.locale
    )
    return _cart_page(found, named, counter, "")


def _changed(found: Visit, cart: Cart) -> Cart | None:
    """Return the cart as the visitor wants it to be; None = they only look."""
    if scanned := found.ask("code"):
        return cart.added(scanned[:400])
    if typed := found.ask("coupon"):
        return Cart(cart.lines, tuple(dict.fromkeys((*cart.codes, typed[:64])))[:5])
    if dropped := found.ask("drop"):
        return Cart(cart.lines, tuple(one for one in cart.codes if one != dropped))
    article, units = found.ask("set"), found.ask("n")
    if article and units.isascii() and units.isdigit() and len(units) < 4:
        return cart.with_units(article, int(units))
    return None


def _pay(request: Request, fields: Mapping[str, str]) -> Response:
    """Begin to pay, and lead to the receipt, which leads on to the provider."""
    check_origin(request)
    admit(request, "checkout paid", _MOST_PAID)
    found = public_visit(request)
    named = read_token(found.world, "store", str(request.path_params["token"]))
    cart = read_cart(fields.get("c", "")[:8_000], fields.get("codes", "")[:400])
    me = fields.get("me", "")[:_LONGEST]
    wish = Wish(fields.get("account", ""), locale=found.locale, payer_ip=client_address(request))
    try:
        begun = pay_cart(
            found.world, named.brand_id, named.name, cart, me, fields.get("once", ""), wish
        )
    except (Refused, BadInput) as fault:
        counter = look_at_cart(found.world, named.brand_id, named.name, cart, me, found.locale)
        reason = fault.reason if isinstance(fault, Refused) else "changed"
        return _cart_page(found, named, counter, reason, me)
    address = receipt_url(found.world, named.brand_id, begun.receipt.order_id)
    return go("/sr/" + address.rpartition("/")[2], lang=found.ask("lang"))


def _receipt(request: Request) -> Response:
    """Show how a sale stands: to be paid, paid, or let go."""
    admit(request, "receipt seen", _MOST_SEEN)
    found = public_visit(request)
    named = read_token(found.world, "receipt", str(request.path_params["token"]))
    sale, intent = payment_of(found.world, named.brand_id, named.name)
    is_open = intent is not None and intent.state in {IntentState.OPENING, IntentState.OPEN}
    waiting = sale.state is ReceiptState.PENDING and is_open
    return public_page(
        found, "pages/public_sale.html", sale=sale, told=receipt_data(sale, found.locale),
        intent=intent, waiting=waiting, address=_address(intent), amount=_amount(sale.currency),
        token=found.path("token"),
        may_retry=sale.state is ReceiptState.PENDING and not is_open,
        **_brand(found, named.brand_id),
    )  # fmt: skip


def _address(intent: IntentRow | None) -> str:
    """Return where a payer's phone goes; the trial's page is at this very door."""
    address = intent.address if intent is not None else ""
    return urlsplit(address).path if address and "/pay/trial/" in address else address


def _pay_again(request: Request, fields: Mapping[str, str]) -> Response:
    """Begin another payment at the same account."""
    del fields
    check_origin(request)
    admit(request, "checkout paid", _MOST_PAID)
    found = public_visit(request)
    named = read_token(found.world, "receipt", str(request.path_params["token"]))
    sale, intent = payment_of(found.world, named.brand_id, named.name)
    if intent is not None and sale.state is ReceiptState.PENDING:
        wish = Wish(intent.account, intent.way, sale.origin, found.locale, client_address(request))
        try:
            pay_again(found.world, named.brand_id, named.name, wish)
        except Refused as fault:
            raise HTTPException(409) from fault
    return go(request.url.path, lang=found.ask("lang"))


def _trial(request: Request) -> Response:
    """Show what is to be paid."""
    admit(request, "trial payment", _MOST_SEEN)
    found = public_visit(request)
    return _trial_page(found, look_at_trial(found.world, found.path("payment")))


def _answer(request: Request, fields: Mapping[str, str]) -> Response:
    """Send the notice, then go back as a payer's phone does."""
    check_origin(request)
    admit(request, "trial payment", _MOST_SEEN)
    found = public_visit(request)
    done = answer_trial(found.world, found.path("payment"), is_paid=fields.get("do") == "pay")
    return go("/sr/" + done.back.rpartition("/")[2], lang=found.ask("lang"))


def _cart_page(found: Visit, named: Named, counter: Counter, reason: str, me: str = "") -> Response:
    """Return the page of a cart."""
    me = me or found.ask("me")
    cart = counter.cart
    lines: list[dict[str, Any]] = []
    quote = counter.quote
    if quote is not None:
        for (article, n), line in zip(cart.lines, quote.sale["lines"], strict=True):
            lines.append({**line, "article": article, "n": n})
    kept = urlencode(_kept(found, cart, me))
    shown = public_page(
        found, "pages/public_checkout.html", 409 if reason else 200, store=named.name,
        lines=lines, sale=quote.sale if quote else None, total=quote.total if quote else 0,
        earns=quote.earns if quote else 0, accounts=counter.accounts, problems=counter.problems,
        cart=cart, me=me, token=found.path("token"), reason=reason,
        once=secrets.token_hex(_ONCE_BYTES), kept=f"&{kept}" if kept else "", query=kept,
        amount=_amount(str(quote.sale["currency"]) if quote else "CNY"),
        said=partial(_said, found.locale), **_brand(found, named.brand_id),
    )  # fmt: skip
    # This page alone may ask for the camera; what it sees never leaves the phone.
    shown.headers["permissions-policy"] = _CAMERA
    return shown


def _trial_page(found: Visit, trial_: Trial) -> Response:
    """Return the trial's page."""
    row = trial_.intent
    return public_page(
        found, "pages/public_trial_pay.html", trial=trial_, amount=_amount(row.currency), row=row,
        **_brand(found, row.brand_id),
    )  # fmt: skip


def _kept(found: Visit, cart: Cart, me: str = "") -> dict[str, str]:
    """Return what the next address of a cart carries."""
    carried = {"c": cart.written, "codes": ",".join(cart.codes), "me": me or found.ask("me")}
    return {name: one[:8_000] for name, one in carried.items() if one}


def _said(locale: str, words: Mapping[str, str]) -> str:
    """Return words of a sale in the visitor's language."""
    return words.get(locale) or next(iter(words.values()), "")


def _amount(currency: str) -> Any:
    """Return how amounts of a currency are written."""
    return lambda minor: f"{Money(minor, currency).major:,f} {currency}"


def _brand(found: Visit, brand_id: int) -> Mapping[str, str]:
    """Return what people call the brand, and where they can turn to."""
    with found.world.store.transaction(brand_id) as tx:
        return brand_facts(found, permission(tx, found.world, brand_id))


routes: Final = [
    Route("/sc/{token}", show, methods=["GET"], name="self-checkout"),
    Route("/sc/{token}", pay, methods=["POST"], name="self-checkout paid"),
    Route("/sr/{token}", receipt, methods=["GET"], name="receipt"),
    Route("/sr/{token}", pay_once_more, methods=["POST"], name="receipt paid again"),
    Route("/pay/trial/{payment}", trial, methods=["GET"], name="trial payment"),
    Route("/pay/trial/{payment}", answer, methods=["POST"], name="trial payment answered"),
]
