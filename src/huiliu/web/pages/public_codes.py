"""What a code opens: the brand's page behind it, a shop's screen, a product, a bar code to type.

Open to everybody, without a cookie. Looking counts; only whoever presses the button, or is known by
the link that they came with, has scanned.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.catalogue.product import named
from huiliu.kernel.errors import NotFound
from huiliu.kernel.money import Money
from huiliu.kernel.times import SECOND
from huiliu.ports.codes import QrCode
from huiliu.printers.posters import code_picture
from huiliu.rewards.barcode import read_barcode
from huiliu.rewards.codes import Standing, Token, ends_of, phone_of, standing, step_of, ways
from huiliu.services.form_tokens import person_of
from huiliu.services.permission import permission
from huiliu.services.product_page import FRESH_DAYS, ProductFacts, product_facts
from huiliu.services.qr_codes import show_qr_code
from huiliu.services.qr_tokens import address_of, screen_of
from huiliu.services.scan_codes import is_over, show_code
from huiliu.services.scan_qr_code import Opened, Scanner, Taken, led, open_qr_code, take_scan
from huiliu.web.doors import Visit
from huiliu.web.public import admit, brand_facts, public_page, public_visit, read_fields
from huiliu.web.rendering import go
from huiliu.web.security import check_origin, policy

__all__ = ["routes"]

#: In ten minutes by one address: a whole shop may be behind one.
_MOST_SEEN: Final = 1_200
_MOST_TAKEN: Final = 240
_MOST_LOOKED_UP: Final = 240
_GONE: Final = 410
_LONGEST: Final = 200
_LARGEST_BRAND: Final = (1 << 15) - 1
#: A person's own page of a form: it takes who they are from `me`, or a visit from `a`.
_FORM: Final = "/f/"


@dataclass(frozen=True, slots=True)
class _Way:
    """One way on from a code."""

    #: app, mini or page.
    kind: str
    url: str


async def show(request: Request) -> Response:
    """Show what a code opens."""
    return await run_in_threadpool(_show, request)


async def scan(request: Request) -> Response:
    """Take a scan."""
    fields = await read_fields(request)
    return await run_in_threadpool(_scan, request, fields)


async def screen(request: Request) -> Response:
    """Show a rotating code on a shop's screen."""
    return await run_in_threadpool(_screen, request)


async def product(request: Request) -> Response:
    """Show the product of a bar code."""
    return await run_in_threadpool(_product, request)


async def look_up(request: Request) -> Response:
    """Ask for a bar code, and lead to its product."""
    return await run_in_threadpool(_look_up, request)


def _show(request: Request) -> Response:
    """Show what a code opens."""
    admit(request, "code seen", _MOST_SEEN)
    found = public_visit(request)
    opened = open_qr_code(found.world, str(request.path_params["token"]), request.headers)
    if opened.code.gtin and opened.standing is Standing.OPEN:
        # Its address is the product's own; whoever has only the token is led there.
        kept = {name: found.ask(name) for name in ("lang", "me")}
        return go(_link_of(opened.code), q=str(request.path_params["token"]), **kept)
    return _page(found, opened, None)


def _scan(request: Request, fields: Mapping[str, str]) -> Response:
    """Take a scan and say what it brought."""
    check_origin(request)
    admit(request, "code scanned", _MOST_TAKEN)
    found = public_visit(request)
    token = str(request.path_params["token"])
    me = fields.get("me", "")[:_LONGEST]
    opened = open_qr_code(found.world, token)
    profile_id = person_of(found.world, opened.code.brand_id, me)
    if profile_id:
        with found.world.store.transaction(opened.code.brand_id) as tx:
            present = tx.people.present(opened.code.brand_id, [profile_id])
        profile_id = present.get(profile_id, profile_id)
    channel = "wechat" if phone_of(request.headers.get("user-agent", "")) == "wechat" else "web"
    visit_ = fields.get("visit", "")[:_LONGEST] or secrets.token_hex(8)
    taken = take_scan(found.world, token, Scanner(profile_id, visit_, channel))
    return _page(found, taken.opened, taken, me)


def _screen(request: Request) -> Response:
    """Show the picture of this moment; the page asks for the next by itself."""
    admit(request, "code screen", _MOST_SEEN)
    found = public_visit(request)
    world = found.world
    token = screen_of(world, str(request.path_params["token"]))
    code = show_qr_code(world, token.brand_id, token.code_id)
    now = world.clock.now()
    this = Token(code.brand_id, code.code_id, step_of(code.rotates_s, now))
    state = standing(
        this, code.rotates_s, code.starts_at, code.ends_at,
        code.ended_at, now,
    )  # fmt: skip
    picture, left = "", 60
    if state is Standing.OPEN and code.rotates_s:
        picture = _inline(*code_picture(address_of(world, code, now), "svg"))
        until = ends_of(code.rotates_s, step_of(code.rotates_s, now))
        left = max(1, -(-(until - now) // SECOND))
    return public_page(
        found, "pages/public_code_screen.html", 200 if picture else _GONE, code=code,
        picture=picture, left=left, standing=str(state), **_brand(found, code.brand_id),
    )  # fmt: skip


def _product(request: Request) -> Response:
    """Show a product, and what its code brings where one was scanned."""
    admit(request, "product seen", _MOST_LOOKED_UP)
    found = public_visit(request)
    brand_id = int(request.path_params.get("brand", 1))
    if brand_id > _LARGEST_BRAND:
        raise NotFound("brand", str(brand_id))
    facts = product_facts(found.world, brand_id, str(request.path_params["gtin"]))
    opened = None
    if token := found.ask("q"):
        opened = open_qr_code(found.world, token[:_LONGEST], request.headers)
        if opened.code.brand_id != brand_id:
            opened = None
    return _product_page(found, brand_id, facts, opened)


def _product_page(
    found: Visit, brand_id: int, facts: ProductFacts, opened: Opened | None
) -> Response:  # fmt: skip
    """Return the page of a product; it may show the product's own pictures."""
    one = facts.product
    picture = next((each for each in one.images if each.startswith("https://")), "")
    shown = public_page(
        found, "pages/public_product.html", product=one, facts=facts, picture=picture,
        title=named(one.names, [found.locale]),
        price=str(Money(facts.found.price, one.currency)) if facts.found.price is not None else "",
        before=str(Money(one.compare_at, one.currency)) if one.compare_at else "",
        money=lambda minor: str(Money(minor, one.currency)), fresh=FRESH_DAYS,
        opened=opened if opened and opened.standing == "open" else None,
        token=found.ask("q")[:_LONGEST], me=found.ask("me")[:_LONGEST],
        visit_word=secrets.token_hex(8),
        kept=f"&q={found.ask('q')}" if opened else "", **_brand(found, brand_id),
    )  # fmt: skip
    if picture:
        parts = urlsplit(picture)
        rules = policy(found.nonce).replace(
            "img-src 'self'", f"img-src 'self' {parts.scheme}://{parts.netloc}"
        )
        shown.headers["content-security-policy"] = rules
    return shown


def _look_up(request: Request) -> Response:
    """Lead to the product of a bar code, or ask for one."""
    admit(request, "product looked up", _MOST_LOOKED_UP)
    found = public_visit(request)
    written = found.ask("code")[:500]
    barcode = read_barcode(written) if written else None
    fault = ""
    if barcode is not None:
        try:
            product_facts(found.world, 1, written)
            return go(f"/01/{barcode.gtin}", lang=found.ask("lang"))
        except NotFound:
            fault = "unknown"
    elif written:
        fault = "unreadable"
    shown = public_page(
        found, "pages/public_scan.html", 404 if fault else 200, fault=fault, written=written,
        **_brand(found, 1),
    )  # fmt: skip
    # This page alone may ask for the camera; what it sees never leaves the phone.
    shown.headers["permissions-policy"] = "camera=(self), geolocation=(), microphone=(), payment=()"
    return shown


def _page(found: Visit, opened: Opened, taken: Taken | None, me: str = "") -> Response:
    """Return the page of a code: what it is, and after the button what it brought."""
    code = opened.code
    refused = taken.refused if taken else ""
    state = refused or (str(opened.standing) if opened.standing is not Standing.OPEN else "")
    anonymous = taken.anonymous if taken else ""
    phone = phone_of(found.request.headers.get("user-agent", ""))
    coupon = taken.coupon if taken else ""
    return public_page(
        found, "pages/public_code.html", _GONE if state else 200,
        code=code, standing=state, taken=taken, coupon=coupon,
        coupon_picture=_inline(*code_picture(coupon, "svg")) if coupon else "",
        ways=[_Way(way, _onward(found, code, way, to, anonymous, me))
              for way, to in ways(code.leads, phone)],
        form=_form_of(code, anonymous, me) if code.form else "",
        follow=_follow_picture(found, code) if not state else "",
        me=me or found.ask("me")[:_LONGEST], visit_word=secrets.token_hex(8),
        door=f"/q/{found.path('token')}", **_brand(found, code.brand_id),
    )  # fmt: skip


def _onward(found: Visit, code: QrCode, way: str, to: str, anonymous: str, me: str) -> str:
    """Return where a way leads, with what it says of the code."""
    if way == "mini":
        return f"{found.world.public_url.rstrip('/')}/w/{to}"
    if to.startswith(f"{found.world.public_url.rstrip('/')}{_FORM}"):
        return _as(led(code, to, anonymous), me)
    # Who it is, is said to pages of ours only.
    return led(code, to)


def _form_of(code: QrCode, anonymous: str, me: str) -> str:
    """Return where those give their name whom nobody knows; what they give joins the scan."""
    slug = code.form if code.brand_id == 1 else f"{code.brand_id}.{code.form}"
    return _as(led(code, f"{_FORM}{slug}", anonymous), me)


def _as(address: str, me: str) -> str:
    """Return an address of ours with whose link it was."""
    return f"{address}&{urlencode({'me': me})}" if me else address


def _follow_picture(found: Visit, code: QrCode) -> str:
    """Return the picture of the code at WeChat beside one; "" = there is none in use."""
    if not code.scan_code:
        return ""
    try:
        beside = show_code(found.world, code.brand_id, code.scan_code)
    except NotFound:
        return ""
    if not beside.url or is_over(beside, found.world.clock.now()):
        return ""
    return _inline(*code_picture(beside.url, "png"))


def _link_of(code: QrCode) -> str:
    """Return the Digital Link of a code's product, on this instance."""
    return f"/01/{code.gtin}" if code.brand_id == 1 else f"/b/{code.brand_id}/01/{code.gtin}"


def _inline(data: bytes, media_type: str) -> str:
    """Return a picture as it stands inside a page."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def _brand(found: Visit, brand_id: int) -> Mapping[str, str]:
    """Return what people call the brand, and where they can turn to."""
    with found.world.store.transaction(brand_id) as tx:
        return brand_facts(found, permission(tx, found.world, brand_id))


routes: Final = [
    Route("/q/{token}", show, methods=["GET"], name="code"),
    Route("/q/{token}", scan, methods=["POST"], name="code scanned"),
    Route("/qs/{token}", screen, methods=["GET"], name="code on a screen"),
    Route("/scan", look_up, methods=["GET"], name="look a bar code up"),
    Route("/01/{gtin}", product, methods=["GET"], name="product"),
    Route("/b/{brand:int}/01/{gtin}", product, methods=["GET"], name="product of a brand"),
]
