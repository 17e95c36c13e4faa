"""The QR studio: codes of the brand's own, posters, what they brought, bar codes and prices."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed, Unavailable
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, show_instant
from huiliu.printers.posters import POSTER_KINDS, SIZES, Poster, code_picture, print_poster
from huiliu.rewards.codes import FASTEST_S, KINDS, LEADS, SLOWEST_S
from huiliu.services.find_by_barcode import drop_barcode, put_barcode
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_official import accounts_of
from huiliu.services.product_page import product_facts, see_prices
from huiliu.services.qr_codes import (
    NewQrCode,
    end_qr_code,
    list_qr_codes,
    make_qr_code,
    make_wechat_code,
    print_address,
    show_qr_code,
)
from huiliu.services.qr_results import ORDER_DAYS, by_store, qr_results
from huiliu.services.qr_tokens import address_of, screen_address
from huiliu.services.scan_codes import picture as scan_picture
from huiliu.services.scan_codes import show_code
from huiliu.web.doors import Door, Visit
from huiliu.web.paging import read_number
from huiliu.web.platform_problems import problem_of
from huiliu.web.rendering import go, page

__all__ = ["CODE_DOORS"]

_CODES: Final = "/codes"
_READ, _WRITE = "rewards.read", "rewards.write"
_LONGEST_DAYS: Final = 3_650


def show(visit: Visit) -> Response:
    """Show every code and the form of another."""
    return _list(visit)


def add(visit: Visit) -> Response:
    """Make a code."""
    form = visit.form
    rotates, days = (read_number(form.get(name, "") or "0") for name in ("rotates", "days"))
    ends_at = 0
    if days:
        ends_at = visit.world.clock.now() + min(days, _LONGEST_DAYS) * DAY
    new = NewQrCode(
        form.get("kind", ""), form.get("name", ""), form.get("campaign", ""),
        form.get("store", ""), form.get("shelf", ""), form.get("staff", ""),
        form.get("product", ""), form.get("coupon", ""), form.get("form", ""),
        {way: form.get(way, "") for way in LEADS}, -1 if rotates is None else rotates, 0, ends_at,
    )  # fmt: skip
    try:
        made = make_qr_code(visit.world, visit.brand_id, new, visit.me.user.email)
    except BadInput as fault:
        return _list(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    _note(visit, "qr_code_made", made.name)
    return go(f"{_CODES}/{made.code_id}", done="made")


def show_one(visit: Visit) -> Response:
    """Show one code: its picture, its poster, what it leads to."""
    return _one(visit)


def end(visit: Visit) -> Response:
    """Take a code back."""
    try:
        code = end_qr_code(visit.world, visit.brand_id, _number(visit))
    except Conflict as fault:
        return _one(visit, 409, [problem_of(fault)])
    _note(visit, "qr_code_ended", code.name)
    return go(f"{_CODES}/{code.code_id}", done="ended")


def beside(visit: Visit) -> Response:
    """Have WeChat make a code beside one."""
    form = visit.form
    try:
        code = make_wechat_code(
            visit.world, visit.brand_id, _number(visit), form.get("account", ""),
            form.get("answer", "").replace("\r\n", "\n"), visit.me.user.email,
        )  # fmt: skip
    except BadInput as fault:
        return _one(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    except (Conflict, PlatformFailed) as fault:
        return _one(visit, 409, [problem_of(fault)])
    except NotFound:
        said = text("menus.no_account", name=form.get("account", ""))
        return _one(visit, 422, [("account", said, 0)])
    _note(visit, "code_made", code.name)
    return go(f"{_CODES}/{code.code_id}", done="beside")


def picture(visit: Visit) -> Response:
    """Give the picture of a code; of a rotating one the picture of now."""
    code = show_qr_code(visit.world, visit.brand_id, _number(visit))
    kind = visit.path("kind")
    made, media_type = code_picture(address_of(visit.world, code, visit.world.clock.now()), kind)
    if code.ended_at or (visit.ask("save") and code.rotates_s):
        raise NotFound("picture", str(code.code_id))
    return _file(visit, made, media_type, f"qr-{code.code_id}.{kind}")


def wechat_picture(visit: Visit) -> Response:
    """Give the picture of the code at WeChat beside one."""
    code = show_qr_code(visit.world, visit.brand_id, _number(visit))
    beside_it = show_code(visit.world, visit.brand_id, code.scan_code)
    if not beside_it.url:
        raise NotFound("picture", str(code.code_id))
    kind = visit.path("kind")
    made, media_type = scan_picture(beside_it.url, kind)
    return _file(visit, made, media_type, f"wechat-{code.code_id}.{kind}")


def poster(visit: Visit) -> Response:
    """Give a poster as a file, or say what is wrong with its words."""
    code = show_qr_code(visit.world, visit.brand_id, _number(visit))
    kind = visit.path("kind")
    wanted = Poster(
        print_address(visit.world, code), visit.ask("title") or code.name, visit.ask("words"),
        visit.ask("hint"), visit.ask("brand"), f"QR {code.code_id} {code.store}".strip(),
        visit.ask("size", "a4"), visit.locale,
    )  # fmt: skip
    try:
        made, media_type = print_poster(wanted, kind)
    except BadInput as fault:
        return _one(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    return _file(visit, made, media_type, f"poster-{code.code_id}-{wanted.size}.{kind}")


def results(visit: Visit) -> Response:
    """Show what codes brought in the last days."""
    try:
        rows = qr_results(visit.world, visit.brand_id)
    except Unavailable:
        return page(visit, "partials/qr_results.html", rows=None, stores=(), order_days=ORDER_DAYS)
    return page(
        visit, "partials/qr_results.html", rows=rows, stores=by_store(rows), order_days=ORDER_DAYS,
        money=_money,
    )  # fmt: skip


def barcodes(visit: Visit) -> Response:
    """Look a bar code up, say whose it is, write down a price that was seen."""
    return _barcodes(visit, visit.ask("code"))


def assign(visit: Visit) -> Response:
    """Say on which product a bar code is."""
    form = visit.form
    code = form.get("code", "").strip()
    try:
        row = put_barcode(
            visit.world, visit.brand_id, code, form.get("product", "").strip(),
            form.get("variant", "").strip(), visit.me.user.email,
        )  # fmt: skip
    except BadInput as fault:
        return _barcodes(visit, code, 422, [(one.path, one.text, 0) for one in fault.problems])
    except NotFound:
        said = text("prices.no_product", product=form.get("product", ""))
        return _barcodes(visit, code, 422, [("product", said, 0)])
    _note(visit, "barcode_put", row.gtin)
    return go(f"{_CODES}/barcodes", code=row.gtin, done="assigned")


def forget(visit: Visit) -> Response:
    """Forget a bar code."""
    gtin = drop_barcode(visit.world, visit.brand_id, visit.form.get("code", ""))
    _note(visit, "barcode_dropped", gtin)
    return go(f"{_CODES}/barcodes", code=gtin, done="forgotten")


def see_price(visit: Visit) -> Response:
    """Write down a price that was seen elsewhere."""
    form = visit.form
    code = form.get("code", "").strip()
    seen = {
        "product": form.get("product", ""), "seller": form.get("seller", ""),
        "price": read_number(form.get("price", "")), "currency": form.get("currency", ""),
        "url": form.get("url", ""),
    }  # fmt: skip
    try:
        see_prices(visit.world, visit.brand_id, [seen], visit.me.user.name)
    except BadInput as fault:
        return _barcodes(visit, code, 422, [(one.path, one.text, 0) for one in fault.problems])
    _note(visit, "price_seen", str(seen["product"]))
    return go(f"{_CODES}/barcodes", code=code, done="seen")


def _list(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of codes with what was typed so far."""
    kind = visit.ask("kind")
    rows = list_qr_codes(visit.world, visit.brand_id, kind if kind in KINDS else "")
    return page(
        visit, "pages/codes.html", status, section="codes", tab="codes", rows=rows, kinds=KINDS,
        kind=kind, typed=visit.form, problems=problems, done=visit.ask("done"),
        fastest=FASTEST_S, slowest=SLOWEST_S,
    )  # fmt: skip


def _one(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of a code."""
    world = visit.world
    code = show_qr_code(world, visit.brand_id, _number(visit))
    return page(
        visit, "pages/code.html", status, section="codes", tab="codes", code=code,
        address=address_of(world, code, world.clock.now()),
        screen=screen_address(world, code) if code.rotates_s else "", sizes=tuple(SIZES),
        poster_kinds=tuple(POSTER_KINDS), problems=problems, done=visit.ask("done"),
        accounts=accounts_of(world, visit.brand_id, "wechat"),
        typed={**visit.request.query_params, **visit.form},
    )  # fmt: skip


def _barcodes(visit: Visit, code: str, status: int = 200, problems: object = ()) -> Response:
    """Show the page of bar codes."""
    facts = None
    if code:
        try:
            facts = product_facts(visit.world, visit.brand_id, code)
        except NotFound:
            facts = None
    return page(
        visit, "pages/barcodes.html", status, section="codes", tab="barcodes", code=code,
        facts=facts, problems=problems, done=visit.ask("done"), typed=visit.form,
        money=lambda minor, currency: str(Money(minor, currency)), told_at=show_instant,
    )  # fmt: skip


def _money(revenue: dict[str, object]) -> str:
    """Return amounts in one line; currencies are never added."""
    return " · ".join(f"{amount} {currency}" for currency, amount in sorted(revenue.items()))


def _file(visit: Visit, made: bytes, media_type: str, name: str) -> Response:
    """Return a file to show, or to keep where the address says `save`."""
    headers = {"cache-control": "private, no-store"}
    if visit.ask("save"):
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(made, media_type=media_type, headers=headers)


def _number(visit: Visit) -> int:
    """Return the number of a code in the address; raise NotFound."""
    number = read_number(visit.path("code"))
    if number is None:
        raise NotFound("code", visit.path("code"))
    return number


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)


CODE_DOORS: Final = (
    Door("/codes", show, _READ),
    Door("/codes", add, _WRITE, ("POST",)),
    Door("/codes/results", results, "reports.read"),
    Door("/codes/barcodes", barcodes, _READ),
    Door("/codes/barcodes", assign, _WRITE, ("POST",)),
    Door("/codes/barcodes/forget", forget, _WRITE, ("POST",)),
    Door("/codes/barcodes/price", see_price, _WRITE, ("POST",)),
    Door("/codes/{code}", show_one, _READ),
    Door("/codes/{code}/end", end, _WRITE, ("POST",)),
    Door("/codes/{code}/wechat", beside, _WRITE, ("POST",)),
    Door("/codes/{code}/wechat.{kind}", wechat_picture, _READ),
    Door("/codes/{code}/picture.{kind}", picture, _READ),
    Door("/codes/{code}/poster.{kind}", poster, _READ),
)
