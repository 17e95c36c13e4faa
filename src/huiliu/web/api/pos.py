"""The checkout for tills, behind keys of the scope `pos`: identify, quote, pay, commit, void.

Figures are whole minor units; words are in the language of `locale`, Chinese where none is said.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import JSONResponse

from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.kernel.texts import LOCALES, text
from huiliu.kernel.times import show_instant
from huiliu.ports.payment import IntentRow, Way
from huiliu.ports.pos import ReceiptFilter
from huiliu.rewards.sale import Sale, read_sale
from huiliu.services.commit_sale import commit_sale
from huiliu.services.identify_buyer import identify_buyer
from huiliu.services.list_sales import list_sales, payment_of
from huiliu.services.member_codes import member_code
from huiliu.services.pay_links import checkout_url, receipt_url
from huiliu.services.pay_sale import Wish, pay_sale
from huiliu.services.payment_accounts import (
    account_data,
    list_accounts,
    pause_account,
    put_account,
    remove_account,
)
from huiliu.services.price_sale import quote_sale
from huiliu.services.reconcile_sales import reconcile_sales, void_asked
from huiliu.services.sale_data import quoted_data, receipt_data, shown_points
from huiliu.services.undo_sale import void_sale
from huiliu.web.api.calls import Call, route

__all__ = ["api_routes", "quote_data", "routes"]

_SCOPE: Final = "pos"
_QUEUE_BYTES: Final = 8 * 1024 * 1024
_PER_PAGE: Final = 50
_WAYS: Final = tuple(Way)


def _identify(call: Call) -> object:
    """Recognise somebody."""
    return identify_buyer(call.world, call.brand_id, call.body).as_data(_locale(call))


def _quote(call: Call) -> object:
    """Price what was scanned; nothing is held."""
    return quote_data(call, _sale(call, needs_receipt=False))


def quote_data(call: Call, sale: Sale) -> dict[str, Any]:
    """Return what a sale would cost, for a till."""
    found = quote_sale(call.world, call.brand_id, sale, call.body)
    told = quoted_data(found.sale, _locale(call))
    told |= {
        "person": show_profile_id(found.buyer.profile_id) if found.buyer.profile_id else None,
        "points": {
            "available": shown_points(found.available), "worth": found.points_worth,
            "would_earn": shown_points(found.earns),
        },
        "total": found.total,
    }  # fmt: skip
    for name in ("tenders", "points_worth", "points_earned"):
        told.pop(name, None)
    return told


def _commit(call: Call) -> object:
    """Commit a sale; a repeat of the receipt gets the first answer."""
    sale = _sale(call, needs_receipt=True)
    try:
        done = commit_sale(call.world, call.brand_id, sale, call.body)
    except Refused as fault:
        return _refused(fault)
    url = receipt_url(call.world, call.brand_id, done.receipt.order_id)
    return receipt_data(done.receipt, _locale(call)) | {"url": url}


def _void(call: Call) -> object:
    """Undo a sale as a whole."""
    receipt, _ = void_sale(call.world, call.brand_id, *void_asked(call.body, call.by))
    return receipt_data(receipt, _locale(call))


def _reconcile(call: Call) -> object:
    """Take in what was queued without a connection."""
    queued = call.body.get("receipts")
    if not isinstance(queued, list):
        raise BadInput((Problem("receipts", text("pos.want_queue")),))
    found = reconcile_sales(call.world, call.brand_id, queued, call.by)
    told = []
    for one, entry in zip(found, queued, strict=True):
        ref = entry.get("ref") if isinstance(entry, dict) else None
        told.append({"ref": ref, **one.as_data(_locale(call))})
    return {"receipts": told}


def _pay(call: Call) -> object:
    """Begin a payment at a provider: the till shows the code, the notice commits."""
    body = dict(call.body)
    account, way = body.pop("account", ""), body.pop("way", Way.QR.value)
    if not isinstance(account, str) or way not in _WAYS:
        raise BadInput((Problem("way", text("pos.want_way", known=", ".join(_WAYS))),))
    sale = read_sale(body, needs_receipt=True)
    if not isinstance(sale, Sale):
        raise BadInput(sale)
    wish = Wish(account, Way(way), locale=_locale(call))
    try:
        begun = pay_sale(call.world, call.brand_id, sale, body, wish)
    except Refused as fault:
        return _refused(fault)
    return receipt_data(begun.receipt, _locale(call)) | {"payment": _payment(begun.intent)}


def _paid(call: Call) -> object:
    """Say how a sale and its payment stand; the provider is asked where its notice did not come."""
    order_id, _, _ = void_asked(dict(call.request.query_params), "")
    receipt, intent = payment_of(call.world, call.brand_id, order_id)
    return receipt_data(receipt, _locale(call)) | {"payment": _payment(intent)}


def _payment(intent: IntentRow | None) -> dict[str, object] | None:
    """Return a payment as data."""
    if intent is None:
        return None
    return {
        "payment": intent.intent_id, "account": intent.account, "provider": intent.provider,
        "state": str(intent.state), "amount": intent.amount, "currency": intent.currency,
        "address": intent.address or None, "way": str(intent.way),
        "reference": intent.reference or None, "fault": intent.fault or None,
        "expires_at": show_instant(intent.expires_at),
    }  # fmt: skip


def _refused(fault: Refused) -> JSONResponse:
    """Say why a sale is not taken, as other calls for rewards do."""
    return JSONResponse({"reason": fault.reason}, 409)


def _sale(call: Call, *, needs_receipt: bool) -> Sale:
    """Return the sale that a till sent; raise BadInput with everything that is wrong."""
    found = read_sale(call.body, needs_receipt=needs_receipt)
    if not isinstance(found, Sale):
        raise BadInput(found)
    return found


def _locale(call: Call) -> str:
    """Return in which language a till wants words."""
    asked = call.body.get("locale") or call.ask("locale")
    return asked if asked in LOCALES else LOCALES[0]


def _sales(call: Call) -> object:
    """Return sales, newest first."""
    chosen = ReceiptFilter(
        call.ask("store"), call.ask("state"), call.ask("origin"), call.ask("receipt"),
        differing=call.ask("differing") == "yes",
    )  # fmt: skip
    found = list_sales(call.world, call.brand_id, chosen, call.ask("before"), _PER_PAGE)
    locale = _locale(call)
    return {"receipts": [receipt_data(one, locale) for one in found.rows], "next": found.next}


def _undo(call: Call) -> object:
    """Undo a sale, for servers."""
    receipt, _ = void_sale(call.world, call.brand_id, *void_asked(call.body, call.by))
    return receipt_data(receipt, _locale(call))


def _member_code(call: Call) -> object:
    """Return a fresh code for the phone of somebody who is signed in there."""
    profile = parse_profile_id(call.path("profile"))
    if profile is None:
        raise NotFound("profile", call.path("profile"))
    made = member_code(call.world, call.brand_id, profile)
    return {"code": made.code, "until": show_instant(made.until)}


def _self_checkout(call: Call) -> object:
    """Return the address for the code at a store's door."""
    store = call.word("store")
    return {"store": store, "url": checkout_url(call.world, call.brand_id, store)}


def _accounts(call: Call) -> object:
    """Return the accounts at providers of payments; secrets are only said to be there."""
    found = list_accounts(call.world, call.brand_id)
    return {"accounts": [account_data(call.world, one) for one in found]}


def _put_account(call: Call) -> object:
    """Set an account up."""
    fields = call.body.get("fields") or {}
    if not isinstance(fields, dict) or not all(isinstance(one, str) for one in fields.values()):
        raise BadInput((Problem("fields", text("api.not_an_object")),))
    account = put_account(
        call.world, call.brand_id, call.path("account"), call.word("provider"), fields
    )
    return account_data(call.world, account)


def _switch_account(call: Call) -> object:
    """Pause an account or use it again."""
    is_paused = call.body.get("paused")
    if not isinstance(is_paused, bool):
        raise BadInput((Problem("paused", text("pos.want_flag")),))
    pause_account(call.world, call.brand_id, call.path("account"), is_paused=is_paused)
    return {"name": call.path("account"), "paused": is_paused}


def _drop_account(call: Call) -> object:
    """Forget an account."""
    remove_account(call.world, call.brand_id, call.path("account"))
    return {"name": call.path("account"), "removed": True}


routes: Final = [
    route("POST", "/v1/pos/identify", _identify, scope=_SCOPE),
    route("POST", "/v1/pos/quote", _quote, scope=_SCOPE),
    route("POST", "/v1/pos/commit", _commit, scope=_SCOPE),
    route("POST", "/v1/pos/void", _void, scope=_SCOPE),
    route("POST", "/v1/pos/reconcile", _reconcile, _QUEUE_BYTES, _SCOPE),
    route("POST", "/v1/pos/pay", _pay, scope=_SCOPE),
    route("GET", "/v1/pos/payment", _paid, scope=_SCOPE),
]

#: Of servers: what the console's pages of the checkout do.
api_routes: Final = [
    route("GET", "/v1/sales", _sales),
    route("POST", "/v1/sales/void", _undo),
    route("POST", "/v1/profiles/{profile}/member-code", _member_code),
    route("POST", "/v1/self-checkouts", _self_checkout),
    route("GET", "/v1/payment-accounts", _accounts),
    route("PUT", "/v1/payment-accounts/{account}", _put_account),
    route("PUT", "/v1/payment-accounts/{account}/state", _switch_account),
    route("DELETE", "/v1/payment-accounts/{account}", _drop_account),
]
