"""A basket that somebody types to try promotions: fields to what servers send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.services.draft_reward import Trial
from huiliu.services.find_people import find_person
from huiliu.services.shelf_goods import goods_named, goods_to_pick

__all__ = ["ROWS", "read_trial", "typed_rows"]

#: Lines that the page has.
ROWS: Final = 8
#: How many of them are filled in at first.
_FIRST: Final = 3


def typed_rows(world: World, brand_id: int) -> dict[str, Any]:
    """Return what the page begins with: the catalogue's first products, or invented ones."""
    goods = goods_to_pick(world, brand_id)
    priced = [one for one in goods if one.price and one.currency][:_FIRST]
    currency = priced[0].currency if priced else "CNY"
    rows = [
        {
            "sku": one.product_id,
            "name": next(iter(one.names.values()), ""),
            "quantity": 1,
            "price": str(Money(one.price or 0, one.currency).major),
        }
        for one in priced
        if one.currency == currency
    ]
    usual = [{"sku": "SKU-1", "name": "", "quantity": 2, "price": "129"},
             {"sku": "SKU-2", "name": "", "quantity": 1, "price": "59.9"}]  # fmt: skip
    return {"currency": currency, "rows": rows or usual, "goods": goods}


def read_trial(world: World, brand_id: int, form: Mapping[str, str]) -> Trial:
    """Return what was typed.

    Raises:
        BadInput: the person is not known, the time is none, an amount is none.
    """
    problems: list[Problem] = []
    currency = form.get("currency", "").strip().upper() or "CNY"
    lines = _lines(world, brand_id, form, currency, problems)
    basket: dict[str, Any] = {"currency": currency, "lines": lines}
    if form.get("channel"):
        basket["channel"] = form["channel"].strip()
    if form.get("store", "").strip():
        basket["store"] = form["store"].strip()
    if form.get("shipping", "").strip():
        basket["shipping"] = _minor(form["shipping"], currency, "shipping", problems)
    person = None
    if asked := form.get("person", "").strip():
        person = find_person(world, brand_id, asked)
        if person is None:
            problems.append(Problem("person", text("console.simulator.nobody")))
    at = 0
    if written := form.get("at", "").strip():
        at = as_instant(written, world.zone) or 0
        if not at:
            problems.append(Problem("at", text("rewards.want_moment")))
    if problems:
        raise BadInput(tuple(problems))
    codes = [one for one in form.get("codes", "").replace("，", ",").split(",") if one.strip()]
    draft = form.get("draft", "").replace("\r\n", "\n")
    return Trial(basket, person, codes, at, (draft,) if draft else ())


def _lines(
    world: World, brand_id: int, form: Mapping[str, str], currency: str, problems: list[Problem]
) -> list[dict[str, Any]]:
    """Return the lines that name a product; what the catalogue knows need not be typed."""
    typed = [
        {name: form.get(f"line.{at}.{name}", "").strip() for name in ("sku", "quantity", "price")}
        | {"at": str(at)}
        for at in range(ROWS)
        if form.get(f"line.{at}.sku", "").strip()
    ]
    known = goods_named(world, brand_id, [one["sku"] for one in typed])
    found: list[dict[str, Any]] = []
    for one in typed:
        product = known.get(one["sku"])
        quantity = one["quantity"] or "1"
        line: dict[str, Any] = {
            "sku": one["sku"], "quantity": int(quantity) if quantity.isdecimal() else quantity,
        }  # fmt: skip
        at = f"basket.lines[{len(found)}].unit_price"
        if one["price"] or product is None or product.currency != currency:
            line["unit_price"] = _minor(one["price"], currency, at, problems)
        else:
            line["unit_price"] = product.price or 0
        if product is not None:
            line["name"] = next(iter(product.names.values()), "")[:200]
        found.append(line)
    return found


def _minor(written: str, currency: str, path: str, problems: list[Problem]) -> int:
    """Return the minor units of an amount as it was typed; what is none is a problem."""
    found = Money.parse(written.replace(",", "").strip() or "x", currency)
    if found is None or found.minor < 0:
        problems.append(Problem(path, text("rewards.want_amount")))
        return 0
    return found.minor
