"""`huiliu code`: codes of the brand's own, posters, what they brought, bar codes and prices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.language import sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, show_instant
from huiliu.printers.posters import Poster, code_picture, print_poster
from huiliu.services.find_by_barcode import drop_barcode, put_barcode
from huiliu.services.find_profile import find_profile
from huiliu.services.product_page import product_facts, see_prices
from huiliu.services.qr_codes import (
    NewQrCode,
    end_qr_code,
    list_qr_codes,
    make_qr_code,
    print_address,
    show_qr_code,
    told_code,
)
from huiliu.services.qr_results import qr_results
from huiliu.services.qr_tokens import address_of, token_in
from huiliu.services.scan_qr_code import Scanner, take_scan

__all__ = ["app"]

_BRAND = 1
_BY = "cli"

app = App(name="code", help=sentence("cli.code.help"))
barcode = App(name="barcode", help=sentence("cli.code.barcode.help"))
app.command(barcode)

Number = Annotated[int, Parameter(help=sentence("cli.code.number"))]
Output = Annotated[Path, Parameter(name=["--output", "-o"], help=sentence("cli.code.output"))]


@app.command(help=sentence("cli.code.add.help"))
def add(  # noqa: PLR0913 - one parameter an option
    kind: Annotated[str, Parameter(help=sentence("cli.code.kind"))],
    name: Annotated[str, Parameter(help=sentence("cli.code.name"))],
    /,
    *,
    campaign: Annotated[str, Parameter(help=sentence("cli.code.campaign"))] = "",
    store: Annotated[str, Parameter(help=sentence("cli.code.store"))] = "",
    shelf: Annotated[str, Parameter(help=sentence("cli.code.shelf"))] = "",
    staff: Annotated[str, Parameter(help=sentence("cli.code.staff"))] = "",
    product: Annotated[str, Parameter(help=sentence("cli.code.product"))] = "",
    coupon: Annotated[str, Parameter(help=sentence("cli.code.coupon"))] = "",
    form: Annotated[str, Parameter(help=sentence("cli.code.form"))] = "",
    app_link: Annotated[str, Parameter(help=sentence("cli.code.app"))] = "",
    mini: Annotated[str, Parameter(help=sentence("cli.code.mini"))] = "",
    page: Annotated[str, Parameter(help=sentence("cli.code.page"))] = "",
    rotates: Annotated[int, Parameter(help=sentence("cli.code.rotates"))] = 0,
    ends: Annotated[str, Parameter(help=sentence("cli.code.ends"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Make a code."""
    ends_at = as_instant(ends) if ends else 0
    if ends_at is None:
        raise BadInput((Problem("--ends", text("qr.instant")),))
    leads = {"app": app_link, "mini": mini, "page": page}
    new = NewQrCode(
        kind, name, campaign, store, shelf, staff, product, coupon, form, leads, rotates, 0, ends_at
    )  # fmt: skip
    with open_instance(instance) as house:
        told = told_code(house.world, make_qr_code(house.world, _BRAND, new, _BY))
    if json:
        emit(told)
    else:
        said = told["screen"] or told["address"]
        say(text("qr.made", number=told["id"], address=said))


@app.command(name="list", help=sentence("cli.code.list.help"))
def list_(
    *,
    kind: Annotated[str, Parameter(help=sentence("cli.code.kind"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print codes, those in use first."""
    with open_instance(instance) as house:
        rows = list_qr_codes(house.world, _BRAND, kind)
        told = [told_code(house.world, one) for one in rows]
    if json:
        emit(told)
        return
    headings = [text(f"qr.column.{word}") for word in ("number", "kind", "name", "store", "ended")]
    table(headings, (
        (one.code_id, one.kind, one.name, one.store,
         show_instant(one.ended_at) if one.ended_at else "-")
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.code.show.help"))
def show(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one code."""
    with open_instance(instance) as house:
        told = told_code(house.world, show_qr_code(house.world, _BRAND, number))
    if json:
        emit(told)
    else:
        say(text("qr.made", number=number, address=told["screen"] or told["address"]))


@app.command(help=sentence("cli.code.end.help"))
def end(number: Number, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a code back."""
    with open_instance(instance) as house:
        code = end_qr_code(house.world, _BRAND, number)
    if json:
        emit({"id": code.code_id, "ended": True})
    else:
        say(text("qr.ended_told", number=code.code_id))


@app.command(help=sentence("cli.code.picture.help"))
def picture(
    number: Number, /, *, output: Output, instance: Instance = HERE, json: Json = False
) -> None:
    """Write the picture of a code: `.png` or `.svg`."""
    with open_instance(instance) as house:
        code = show_qr_code(house.world, _BRAND, number)
        address = address_of(house.world, code, house.world.clock.now())
    _write(output, code_picture(address, output.suffix[1:])[0], address, json=json)


@app.command(help=sentence("cli.code.poster.help"))
def poster(  # noqa: PLR0913 - one parameter an option
    number: Number,
    /,
    *,
    output: Output,
    title: Annotated[str, Parameter(help=sentence("cli.code.title"))] = "",
    words: Annotated[str, Parameter(help=sentence("cli.code.words"))] = "",
    hint: Annotated[str, Parameter(help=sentence("cli.code.hint"))] = "",
    brand: Annotated[str, Parameter(help=sentence("cli.code.brand"))] = "",
    size: Annotated[str, Parameter(help=sentence("cli.code.size"))] = "a4",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write a poster: `.pdf` or `.png`."""
    with open_instance(instance) as house:
        code = show_qr_code(house.world, _BRAND, number)
        address = print_address(house.world, code)
    foot = f"QR {code.code_id} {code.store}".strip()
    wanted = Poster(address, title or code.name, words, hint, brand, foot, size)
    _write(output, print_poster(wanted, output.suffix[1:])[0], address, json=json)


@app.command(help=sentence("cli.code.results.help"))
def results(
    *,
    days: Annotated[int, Parameter(help=sentence("cli.code.days"))] = 30,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print what codes brought in the last days, the best first."""
    with open_instance(instance) as house:
        house.catch_up()
        rows = qr_results(house.world, _BRAND, days)
    if json:
        emit([
            {
                "id": one.code.code_id, "name": one.code.name, "store": one.code.store,
                "opened": one.counts.get("seen", 0), "scans": one.brought.n_scans,
                "people": one.brought.n_people, "orders": one.brought.n_orders,
                "revenue": {name: str(said) for name, said in one.brought.revenue.items()},
            }
            for one in rows
        ])  # fmt: skip
        return
    words = ("number", "name", "opened", "scans", "people", "orders")
    table([text(f"qr.column.{word}") for word in words], (
        (one.code.code_id, one.code.name, one.counts.get("seen", 0), one.brought.n_scans,
         one.brought.n_people, one.brought.n_orders)
        for one in rows
    ))  # fmt: skip


@app.command(help=sentence("cli.code.scan.help"))
def scan(
    written: Annotated[str, Parameter(help=sentence("cli.code.written"))],
    profile: Annotated[str, Parameter(help=sentence("cli.code.profile"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take the scan of a person, as an APP would tell it."""
    with open_instance(instance) as house:
        taken = take_scan(
            house.world, token_in(written), Scanner(find_profile(profile), channel="app")
        )
    if json:
        emit({
            "code": taken.opened.code.code_id, "refused": taken.refused or None,
            "coupon": taken.coupon or None, "no_coupon": taken.no_coupon or None,
            "new": taken.is_new,
        })  # fmt: skip
    elif taken.refused:
        say(text(f"qr.page.{taken.refused}"))
    else:
        say(text("qr.taken", code=taken.opened.code.code_id, coupon=taken.coupon or "-"))


@barcode.command(name="show", help=sentence("cli.code.barcode.show.help"))
def show_barcode(
    written: Annotated[str, Parameter(help=sentence("cli.code.barcode.written"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the product that a bar code is on, and prices seen elsewhere."""
    with open_instance(instance) as house:
        house.catch_up()
        facts = product_facts(house.world, _BRAND, written)
    one = facts.product
    if json:
        emit({
            "gtin": facts.found.gtin, "form": facts.found.barcode.form, "product": one.product_id,
            "price": facts.found.price, "currency": one.currency, "rating": facts.ratings.mean,
            "reviews": facts.ratings.n,
            "prices": [
                {"seller": each.seller or None, "price": each.price, "source": each.source or None,
                 "seen_at": show_instant(each.seen_at)}
                for each in facts.offers
            ],
        })  # fmt: skip
        return
    say(text("barcode.found", gtin=facts.found.gtin, product=one.product_id))
    headings = [text(f"product.page.{word}") for word in ("seller", "price", "seen")]
    table(headings, (
        (each.seller or text("product.page.ours"), str(Money(each.price, one.currency)),
         show_instant(each.seen_at))
        for each in facts.offers
    ))  # fmt: skip


@barcode.command(name="put", help=sentence("cli.code.barcode.put.help"))
def put_(
    written: Annotated[str, Parameter(help=sentence("cli.code.barcode.written"))],
    product: Annotated[str, Parameter(help=sentence("cli.code.barcode.product"))],
    /,
    *,
    variant: Annotated[str, Parameter(help=sentence("cli.code.barcode.variant"))] = "",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say on which product a bar code is."""
    with open_instance(instance) as house:
        row = put_barcode(house.world, _BRAND, written, product, variant, _BY)
    if json:
        emit({"gtin": row.gtin, "product": row.product_id, "variant": row.variant_id or None})
    else:
        say(text("barcode.found", gtin=row.gtin, product=row.product_id))


@barcode.command(name="drop", help=sentence("cli.code.barcode.drop.help"))
def drop(
    written: Annotated[str, Parameter(help=sentence("cli.code.barcode.written"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Take a bar code off its product."""
    with open_instance(instance) as house:
        gtin = drop_barcode(house.world, _BRAND, written)
    if json:
        emit({"gtin": gtin, "removed": True})
    else:
        say(text("barcode.dropped", gtin=gtin))


@barcode.command(name="price", help=sentence("cli.code.barcode.price.help"))
def price_(  # noqa: PLR0913 - one parameter an option
    product: Annotated[str, Parameter(help=sentence("cli.code.barcode.product"))],
    seller: Annotated[str, Parameter(help=sentence("cli.code.barcode.seller"))],
    amount: Annotated[int, Parameter(help=sentence("cli.code.barcode.amount"))],
    /,
    *,
    currency: Annotated[str, Parameter(help=sentence("cli.code.barcode.currency"))] = "CNY",
    url: Annotated[str, Parameter(help=sentence("cli.code.barcode.url"))] = "",
    source: Annotated[str, Parameter(help=sentence("cli.code.barcode.source"))] = _BY,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Write down a price that was seen elsewhere."""
    told = {"product": product, "seller": seller, "price": amount, "currency": currency, "url": url}
    with open_instance(instance) as house:
        [row] = see_prices(house.world, _BRAND, [told], source)
    if json:
        emit({"product": row.product_id, "seller": row.seller, "price": row.price})
    else:
        say(text("barcode.seen", seller=row.seller, price=str(Money(row.price, row.currency))))


def _write(output: Path, made: bytes, address: str, *, json: bool) -> None:
    """Write a file and say so; raise NotFound for a folder that is not there."""
    if not output.parent.is_dir():
        raise NotFound("folder", str(output.parent))
    output.write_bytes(made)
    if json:
        emit({"file": str(output), "bytes": len(made), "address": address})
    else:
        say(text("qr.written", file=str(output), address=address))
