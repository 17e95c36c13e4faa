"""Codes for servers: what the QR studio does, and scans that an APP or mini-program tells."""

from __future__ import annotations

from typing import Final

from starlette.responses import JSONResponse, Response

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.printers.posters import Poster, code_picture, print_poster
from huiliu.rewards.codes import LEADS
from huiliu.services.find_by_barcode import drop_barcode, put_barcode
from huiliu.services.product_page import product_facts, see_prices
from huiliu.services.qr_codes import (
    NewQrCode,
    end_qr_code,
    list_qr_codes,
    make_qr_code,
    make_wechat_code,
    print_address,
    show_qr_code,
    told_code,
)
from huiliu.services.qr_results import qr_results
from huiliu.services.qr_tokens import address_of, read_token, token_in
from huiliu.services.scan_qr_code import Scanner, take_scan
from huiliu.web.api.asked_person import asked_person
from huiliu.web.api.calls import Call, route
from huiliu.web.api.official import optional, whole
from huiliu.web.paging import read_number

__all__ = ["product_json", "routes"]

_MONTH: Final = 30
_LONGEST_CHANNEL: Final = 40


def _list(call: Call) -> object:
    """Return codes, those in use first, newest first."""
    rows = list_qr_codes(call.world, call.brand_id, call.ask("kind"))
    return {"codes": [told_code(call.world, one) for one in rows]}


def _add(call: Call) -> object:
    """Make a code."""
    leads = call.body.get("leads") or {}
    if not isinstance(leads, dict) or not all(isinstance(one, str) for one in leads.values()):
        raise BadInput((Problem("leads", text("qr.way", known=", ".join(LEADS))),))
    new = NewQrCode(
        call.word("kind"), call.word("name"), optional(call, "campaign"), optional(call, "store"),
        optional(call, "shelf"), optional(call, "staff"), optional(call, "product"),
        optional(call, "coupon"), optional(call, "form"), leads, whole(call, "rotates", 0),
        _instant(call, "starts"), _instant(call, "ends"),
    )  # fmt: skip
    return told_code(call.world, make_qr_code(call.world, call.brand_id, new, call.by))


def _show(call: Call) -> object:
    """Return one code."""
    return told_code(call.world, show_qr_code(call.world, call.brand_id, _number(call)))


def _end(call: Call) -> object:
    """Take a code back."""
    return told_code(call.world, end_qr_code(call.world, call.brand_id, _number(call)))


def _beside(call: Call) -> object:
    """Have WeChat make a code beside one."""
    code = make_wechat_code(
        call.world, call.brand_id, _number(call), call.word("account"), optional(call, "answer"),
        call.by,
    )  # fmt: skip
    return told_code(call.world, code)


def _picture(call: Call) -> object:
    """Give the picture of a code; of a rotating one the picture of now."""
    code = show_qr_code(call.world, call.brand_id, _number(call))
    if code.ended_at:
        raise NotFound("picture", call.path("code"))
    address = address_of(call.world, code, call.world.clock.now())
    made, media_type = code_picture(address, call.path("kind"))
    return Response(made, media_type=media_type)


def _poster(call: Call) -> object:
    """Give a poster as a file."""
    code = show_qr_code(call.world, call.brand_id, _number(call))
    wanted = Poster(
        print_address(call.world, code), call.ask("title") or code.name, call.ask("words"),
        call.ask("hint"), call.ask("brand"), call.ask("foot"), call.ask("size") or "a4",
        call.ask("locale") or "zh-CN",
    )  # fmt: skip
    made, media_type = print_poster(wanted, call.path("kind"))
    return Response(made, media_type=media_type)


def _results(call: Call) -> object:
    """Return what codes brought in the last days, the best first."""
    days = read_number(call.ask("days") or str(_MONTH)) or _MONTH
    return {
        "results": [
            {
                "id": one.code.code_id, "kind": one.code.kind, "name": one.code.name,
                "campaign": one.code.campaign, "store": one.code.store,
                "opened": one.counts.get("seen", 0), "programs": one.counts.get("machine", 0),
                "expired": one.counts.get("expired", 0), "scans": one.brought.n_scans,
                "people": one.brought.n_people, "orders": one.brought.n_orders,
                "buyers": one.brought.n_buyers,
                "revenue": {name: str(said) for name, said in one.brought.revenue.items()},
            }
            for one in qr_results(call.world, call.brand_id, days)
        ]
    }  # fmt: skip


def _scan(call: Call) -> object:
    """Take a scan of somebody who is known; 409 where the picture is no longer good."""
    token = token_in(call.word("code"))
    if read_token(call.world, token).brand_id != call.brand_id:
        raise NotFound("code", token[:40])
    channel = optional(call, "channel") or "app"
    scanner = Scanner(_person(call), channel=channel[:_LONGEST_CHANNEL])
    taken = take_scan(call.world, token, scanner)
    if taken.refused:
        return JSONResponse({"reason": taken.refused}, 409)
    code = taken.opened.code
    return {
        "code": code.code_id, "kind": code.kind, "campaign": code.campaign, "store": code.store,
        "profile": show_profile_id(scanner.profile_id), "coupon": taken.coupon or None,
        "no_coupon": taken.no_coupon or None, "new": taken.is_new, "leads": dict(code.leads),
        "gtin": code.gtin or None,
    }  # fmt: skip


def _product(call: Call) -> object:
    """Return the product that a bar code is on, with its stars and prices seen elsewhere."""
    return product_json(call, call.ask("code"))


def product_json(call: Call, written: str) -> dict[str, object]:
    """Return the product of a bar code as data; raise NotFound."""
    facts = product_facts(call.world, call.brand_id, written)
    one, price = facts.product, facts.found.price
    return {
        "gtin": facts.found.gtin, "form": facts.found.barcode.form, "product": one.product_id,
        "variant": facts.found.variant_id or None, "names": dict(one.names), "price": price,
        "currency": one.currency, "available": one.is_available,
        "lot": facts.found.barcode.lot or None, "expires": facts.found.barcode.expires or None,
        "rating": facts.ratings.mean, "reviews": facts.ratings.n,
        "prices": [
            {
                "seller": offer.seller or None, "own": offer.is_own, "price": offer.price,
                "said": str(Money(offer.price, one.currency)), "url": offer.url or None,
                "source": offer.source or None, "seen_at": show_instant(offer.seen_at),
            }
            for offer in facts.offers
        ],
    }  # fmt: skip


def _assign(call: Call) -> object:
    """Say on which product a bar code is."""
    row = put_barcode(
        call.world, call.brand_id, call.word("code"), call.word("product"),
        optional(call, "variant"), call.by,
    )  # fmt: skip
    return {"gtin": row.gtin, "product": row.product_id, "variant": row.variant_id or None}


def _forget(call: Call) -> object:
    """Forget a bar code."""
    return {"gtin": drop_barcode(call.world, call.brand_id, call.path("gtin")), "removed": True}


def _prices(call: Call) -> object:
    """Write down prices that were seen elsewhere."""
    told = call.body.get("prices")
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise BadInput((Problem("prices", text("api.not_an_object")),))
    source = optional(call, "source") or call.key.name
    return {"kept": len(see_prices(call.world, call.brand_id, told, source[:80]))}


def _person(call: Call) -> int:
    """Return the present profile of who scanned.

    Raises:
        BadInput: nobody is named.
        NotFound: nobody is known by that name.
    """
    named = asked_person(call)
    with call.world.store.transaction(call.brand_id) as tx:
        found = tx.people.present(call.brand_id, [named]).get(named, named)
        if found not in tx.people.profiles(call.brand_id, [found]):
            raise NotFound("profile", show_profile_id(named))
    return found


def _instant(call: Call, name: str) -> int:
    """Return an instant of the body; 0 = it says none."""
    said = call.body.get(name)
    if said is None:
        return 0
    found = as_instant(said) if isinstance(said, str) else None
    if found is None:
        raise BadInput((Problem(name, text("qr.instant")),))
    return found


def _number(call: Call) -> int:
    """Return the number of a code in the address; raise NotFound."""
    number = read_number(call.path("code"))
    if number is None:
        raise NotFound("code", call.path("code"))
    return number


routes: Final = [
    route("GET", "/v1/codes", _list),
    route("POST", "/v1/codes", _add),
    route("GET", "/v1/codes/results", _results),
    route("POST", "/v1/scans", _scan),
    route("GET", "/v1/codes/{code}", _show),
    route("POST", "/v1/codes/{code}/end", _end),
    route("POST", "/v1/codes/{code}/wechat", _beside),
    route("GET", "/v1/codes/{code}/picture.{kind}", _picture),
    route("GET", "/v1/codes/{code}/poster.{kind}", _poster),
    route("GET", "/v1/barcodes", _product),
    route("POST", "/v1/barcodes", _assign),
    route("DELETE", "/v1/barcodes/{gtin}", _forget),
    route("POST", "/v1/prices", _prices),
]
