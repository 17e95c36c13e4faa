"""The catalogue: products, one product with its history, importing a file after a look at it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.catalogue.interest import Rules, read_rules
from huiliu.catalogue.product import Product, named
from huiliu.kernel.errors import BadInput, EngineFailed, Unavailable
from huiliu.kernel.money import Money
from huiliu.kernel.recommend import Recommend
from huiliu.ports.products import PastChange
from huiliu.reports.charts import lines
from huiliu.services.import_products import import_products, preview_products
from huiliu.services.list_actions import record_action
from huiliu.services.recommend import Wish, recommend
from huiliu.services.refresh_products import refresh_products
from huiliu.services.show_products import list_products, set_rules, show_product
from huiliu.services.tell_products import interested_people
from huiliu.web.doors import Visit
from huiliu.web.i18n import show_at, translate
from huiliu.web.rendering import go, page

__all__ = [
    "LARGEST_FILE",
    "add",
    "change_rules",
    "preview",
    "refresh",
    "show",
    "show_import",
    "show_list",
    "show_people",
]

#: Larger files go through the command line, which reads them from the disk.
LARGEST_FILE: Final = 20 * 1024 * 1024
_MOST_BAD: Final = 50
_PEOPLE: Final = 50
_CURRENCIES: Final = ("CNY", "USD", "EUR", "GBP", "HKD", "JPY", "SGD")


def show_list(visit: Visit) -> Response:
    """Show a page of products, and the rules of the catalogue."""
    return _list(visit)


def show(visit: Visit) -> Response:
    """Show one product: what became of it, what goes with it."""
    found = show_product(visit.world, visit.brand_id, visit.path("product"))
    product = found.row.product
    with visit.world.store.transaction(visit.brand_id) as tx:
        wish = Wish(0, Recommend("bought_together", 6, "event"), {"product_id": product.product_id})
        (beside,) = recommend(tx, visit.brand_id, [wish], visit.world.clock.now())
    return page(
        visit, "pages/product.html", section="products", found=found, product=product,
        name=named(product.names, [visit.locale]), beside=beside, price=_price,
        call=lambda one: named(one.names, [visit.locale]), amount=_amount,
        chart=_chart(visit, found.history),
    )  # fmt: skip


def show_people(visit: Visit) -> Response:
    """Show who cares about a product."""
    try:
        people = interested_people(visit.world, visit.brand_id, visit.path("product"), _PEOPLE + 1)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/product_people.html", is_away=True, people=())
    return page(
        visit, "partials/product_people.html", is_away=False, people=people[:_PEOPLE],
        has_more=len(people) > _PEOPLE,
    )  # fmt: skip


def show_import(visit: Visit) -> Response:
    """Show the form that a file is chosen in."""
    return _form(visit)


def preview(visit: Visit) -> Response:
    """Show what importing the chosen file would do."""
    data = visit.files.get("file", b"")
    facts: dict[str, object] = {
        "found": None, "problems": (), "most": _MOST_BAD, "price": _price,
        "call": lambda one: named(one.names, [visit.locale]),
    }  # fmt: skip
    if data:
        try:
            facts["found"] = preview_products(
                visit.world, visit.brand_id, data, currency=_currency(visit), locale=visit.locale
            )
        except BadInput as fault:
            facts["problems"] = [(p.path, p.text, p.line) for p in fault.problems]
    return page(visit, "partials/product_preview.html", **facts)


def add(visit: Visit) -> Response:
    """Import the chosen file, or say what is wrong with it."""
    data = visit.files.get("file", b"")
    try:
        done = import_products(
            visit.world, visit.brand_id, data, currency=_currency(visit), locale=visit.locale,
            replace=visit.form.get("replace") == "1",
        )  # fmt: skip
    except BadInput as fault:
        return _form(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "products_imported",
        str(done.done.n_new + done.done.n_changed),
    )  # fmt: skip
    told = {"new": done.done.n_new, "changed": done.done.n_changed, "hidden": done.done.n_hidden}
    return go("/products", **told, bad=len({one.line for one in done.sheet.problems}))


def change_rules(visit: Visit) -> Response:
    """Change who is told of what, or say what is wrong."""
    given = {name: visit.form[name] for name in Rules.__struct_fields__ if name in visit.form}
    with visit.world.store.transaction(visit.brand_id) as tx:
        before = tx.products.state(visit.brand_id).rules
    try:
        set_rules(visit.world, visit.brand_id, read_rules(given, before))
    except BadInput as fault:
        return _list(visit, 422, [(p.path, p.text, p.line) for p in fault.problems])
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "catalogue_rules_changed", "catalogue"
    )
    return go("/products", rules="1")


def refresh(visit: Visit) -> Response:
    """Compute recommendations now."""
    try:
        refresh_products(visit.world, visit.brand_id)
    except Unavailable:
        return go("/products", away="1")
    return go("/products", refreshed="1")


def _list(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show a page of products with what was just done."""
    asked, state = visit.ask("q"), visit.ask("state")
    found = list_products(visit.world, visit.brand_id, asked, state, visit.ask("after"))
    done = ("new", "changed", "hidden", "bad", "rules", "refreshed", "away")
    return page(
        visit, "pages/products.html", status, section="products", found=found, asked=asked,
        state=state, problems=problems, price=_price, did={one: visit.ask(one) for one in done},
        call=lambda one: named(one.names, [visit.locale]),
        rules={one: getattr(found.state.rules, one) for one in Rules.__struct_fields__},
    )  # fmt: skip


def _form(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the form; a browser never sends back a chosen file."""
    return page(
        visit, "pages/product_import.html", status, section="products", problems=problems,
        currencies=_CURRENCIES, currency=_currency(visit) or _CURRENCIES[0],
        most_megabytes=LARGEST_FILE // (1024 * 1024),
    )  # fmt: skip


def _currency(visit: Visit) -> str:
    """Return the currency that was chosen."""
    return visit.form.get("currency", "").strip().upper()


def _price(product: Product) -> str:
    """Return a product's price as people write it."""
    return "" if product.price is None else str(Money(product.price, product.currency))


def _amount(past: PastChange, minor: int | None) -> str:
    """Return one side of a change."""
    if minor is None:
        return "–"
    is_money = past.change.what in {"price", "added"}
    return str(Money(minor, past.change.currency)) if is_money else f"{minor:,}"


def _chart(visit: Visit, history: object) -> dict[str, object] | None:
    """Return the option of a chart of the price, where it ever changed."""
    assert isinstance(history, list)
    priced = [
        one for one in reversed(history)
        if one.change.what in {"price", "added"} and one.change.new is not None
    ]  # fmt: skip
    if len(priced) < 2:
        return None
    days = [show_at(one.at, visit.world.zone) for one in priced]
    option = lines(
        days, {translate(visit.locale, "products.price"): [one.change.shown[1] for one in priced]}
    )
    # A price stands until the next one: it does not glide.
    for series in option["series"]:
        series |= {"smooth": False, "step": "end", "showSymbol": True}
    return option | {"yAxis": {"type": "value", "scale": True}}
