"""`huiliu product`: the catalogue, imported, looked at, and what it recommends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.catalogue.product import named
from huiliu.catalogue.sheet import Sheet
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.os_faults import cause_of
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.products import ProductRow
from huiliu.services.import_products import import_products, preview_products
from huiliu.services.put_products import PutProducts
from huiliu.services.refresh_products import refresh_products
from huiliu.services.show_products import list_products, show_product

__all__ = ["app"]

_BRAND = 1
_MOST_BAD = 20

app = App(name="product", help=sentence("cli.product.help"))


@app.command(name="import", help=sentence("cli.product.import.help"))
def import_(
    file: Path,
    /,
    *,
    currency: Annotated[str, Parameter(help=sentence("cli.product.currency"))] = "",
    locale: Annotated[str, Parameter(help=sentence("cli.product.locale"))] = "zh-CN",
    replace: Annotated[bool, Parameter(negative="", help=sentence("cli.product.replace"))] = False,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Store the products of a CSV file; rows with problems are listed and left out."""
    data = _bytes(file)
    with open_instance(instance) as house:
        done = import_products(
            house.world, _BRAND, data, currency=currency, locale=locale, replace=replace
        )
    _tell(done.sheet, done.done, "products.imported", json=json)


@app.command(help=sentence("cli.product.preview.help"))
def preview(
    file: Path,
    /,
    *,
    currency: Annotated[str, Parameter(help=sentence("cli.product.currency"))] = "",
    locale: Annotated[str, Parameter(help=sentence("cli.product.locale"))] = "zh-CN",
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Say what importing a CSV file would do; nothing is written."""
    data = _bytes(file)
    with open_instance(instance) as house:
        seen = preview_products(house.world, _BRAND, data, currency=currency, locale=locale)
    _tell(seen.sheet, seen.done, "products.would_import", json=json)


@app.command(name="list", help=sentence("cli.product.list.help"))
def list_(
    words: Annotated[str, Parameter(help=sentence("cli.product.words"))] = "",
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print the first products that contain every word."""
    with open_instance(instance) as house:
        found = list_products(house.world, _BRAND, words)
    if json:
        emit([_as_json(row) for row in found.rows])
        return
    headings = (text("products.id"), text("products.name"), text("products.price"),
                text("products.stock"), text("products.state"))  # fmt: skip
    table(headings, (
        (row.product.product_id, named(row.product.names, [language()]), _price(row),
         "-" if row.product.stock is None else row.product.stock,
         text(f"products.state.{row.product.state}"))
        for row in found.rows
    ))  # fmt: skip


@app.command(help=sentence("cli.product.show.help"))
def show(
    product: Annotated[str, Parameter(help=sentence("cli.product.product"))],
    /,
    *,
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Print one product, its history and what is bought with it."""
    with open_instance(instance) as house:
        found = show_product(house.world, _BRAND, product)
    if json:
        emit(_as_json(found.row) | {
            "history": [
                {"at": show_instant(one.at), "what": one.change.what, "from": one.change.shown[0],
                 "to": one.change.shown[1], "source": one.source, "people_told": one.n_told}
                for one in found.history
            ],
            "bought_together": [
                {"product_id": pair.other_id, "orders": pair.n_orders, "lift": round(pair.lift, 3)}
                for pair, _ in found.pairs
            ],
        })  # fmt: skip
        return
    one = found.row.product
    say(f"{one.product_id}  {named(one.names, [language()])}  {_price(found.row)}")
    headings = (text("products.at"), text("products.what"), text("products.from"),
                text("products.to"), text("products.people_told"))  # fmt: skip
    table(headings, (
        (show_instant(each.at), text(f"products.what.{each.change.what}"),
         *("-" if one is None else one for one in each.change.shown), each.n_told)
        for each in found.history
    ))  # fmt: skip
    for pair, other in found.pairs:
        name = named(other.names, [language()]) if other else "-"
        say(text("products.pair", id=pair.other_id, name=name, n=pair.n_orders,
                 lift=f"{pair.lift:.2f}"))  # fmt: skip


@app.command(help=sentence("cli.product.refresh.help"))
def refresh(*, instance: Instance = HERE, json: Json = False) -> None:
    """Compute now what is recommended; a running instance does so by itself."""
    with open_instance(instance) as house:
        house.catch_up()
        state = refresh_products(house.world, _BRAND)
    if json:
        emit({"pairs": state.n_pairs, "ranks": state.n_ranks, "took_ms": state.took_us // 1000,
              "fault": state.fault or None})  # fmt: skip
    else:
        say(text("products.refreshed", pairs=state.n_pairs, ms=state.took_us // 1000))


def _tell(sheet: Sheet, done: PutProducts, said: str, *, json: bool) -> None:
    """Say what became of a file, or would."""
    if json:
        emit({
            "new": done.n_new, "changed": done.n_changed, "same": done.n_same,
            "hidden": done.n_hidden, "news": done.n_news, "ignored": list(sheet.ignored),
            "bad": [
                {"line": one.line, "path": one.path, "message": render(one.text, "en")}
                for one in sheet.problems
            ],
        })  # fmt: skip
        return
    for one in sheet.problems[:_MOST_BAD]:
        say(text("products.bad_row", line=one.line, path=one.path, words=one.text))
    say(text(said, new=done.n_new, changed=done.n_changed, same=done.n_same,
             hidden=done.n_hidden, bad=len({one.line for one in sheet.problems})))  # fmt: skip


def _as_json(row: ProductRow) -> dict[str, object]:
    """Return a product as data."""
    one = row.product
    return {
        "product_id": one.product_id, "sku": one.sku, "names": dict(one.names),
        "price": one.major(one.price), "currency": one.currency or None,
        "compare_at": one.major(one.compare_at), "stock": one.stock,
        "category": list(one.category), "state": one.state, "source": one.source,
        "changed_at": show_instant(row.changed_at),
    }  # fmt: skip


def _price(row: ProductRow) -> str:
    """Return a price as people write it."""
    one = row.product
    return "-" if one.price is None else str(Money(one.price, one.currency))


def _bytes(file: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        NotFound: there is no such file.
        BadInput: it cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError as fault:
        raise NotFound("file", str(file)) from fault
    except OSError as fault:
        said = text("channels.no_file", details=cause_of(fault))
        raise BadInput((Problem(str(file), said),)) from fault
