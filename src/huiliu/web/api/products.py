"""The catalogue for servers: products come in, and what became of them can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from huiliu.catalogue.interest import read_rules
from huiliu.catalogue.product import Draft
from huiliu.catalogue.reading import read_draft
from huiliu.catalogue.sheet import Sheet
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.products import ProductRow
from huiliu.services.import_products import import_products, preview_products
from huiliu.services.put_products import PutProducts, put_products
from huiliu.services.refresh_products import refresh_products
from huiliu.services.show_products import list_products, set_rules, show_product
from huiliu.services.tell_products import interested_people
from huiliu.web.api.calls import Call, route

__all__ = ["product_as_data", "routes"]

_LARGEST_FILE: Final = 20 * 1024 * 1024
_LARGEST_BATCH: Final = 8 * 1024 * 1024
_MOST: Final = 5_000
_MOST_BAD: Final = 1_000
_SOURCE: Final = "api"


def _products(call: Call) -> object:
    """Return a page of products."""
    found = list_products(
        call.world, call.brand_id, call.ask("q"), call.ask("state"), call.ask("after")
    )
    return {
        "products": [product_as_data(row) for row in found.rows],
        "next": found.next or None,
        "counts": found.counts,
    }


def _put(call: Call) -> object:
    """Store a batch of products; nothing is stored where one has a problem."""
    given = call.body.get("products")
    if not isinstance(given, list):
        raise BadInput((Problem("products", text("products.not_a_list")),))
    if len(given) > _MOST:
        raise BadInput((Problem("products", text("products.too_many", limit=_MOST)),))
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for at, one in enumerate(given):
        draft, faults = read_draft(
            one if isinstance(one, dict) else {}, path=f"products[{at}]",
            currency=_word(call, "currency"), locale=_word(call, "locale") or "zh-CN",
        )  # fmt: skip
        problems += faults
        if draft is not None:
            drafts.append(draft)
    if problems:
        raise BadInput(tuple(problems))
    return _done(put_products(call.world, call.brand_id, drafts, _SOURCE))


def _product(call: Call) -> object:
    """Return one product, its history, and what goes with it."""
    found = show_product(call.world, call.brand_id, call.path("product"))
    return product_as_data(found.row) | {
        "history": [
            {
                "at": show_instant(one.at), "what": one.change.what, "from": one.change.shown[0],
                "to": one.change.shown[1], "source": one.source, "people_told": one.n_told,
            }
            for one in found.history
        ],
        "bought_together": [
            {"product_id": pair.other_id, "orders": pair.n_orders, "lift": round(pair.lift, 3)}
            for pair, _ in found.pairs
        ],
    }  # fmt: skip


def _interested(call: Call) -> object:
    """Return who cares about a product."""
    found = interested_people(call.world, call.brand_id, call.path("product"), _MOST_BAD)
    return {
        "people": [
            {
                "profile_id": show_profile_id(one.profile_id), "interest": one.interest,
                "at": show_instant(one.at),
            }
            for one in found
        ]
    }  # fmt: skip


def _preview(call: Call) -> object:
    """Return what importing a CSV text would do."""
    found = preview_products(
        call.world, call.brand_id, call.word("csv").encode(), currency=_word(call, "currency"),
        locale=_word(call, "locale") or "zh-CN",
    )  # fmt: skip
    return _done(found.done) | _sheet(found.sheet)


def _import(call: Call) -> object:
    """Import a CSV text."""
    done = import_products(
        call.world, call.brand_id, call.word("csv").encode(), currency=_word(call, "currency"),
        locale=_word(call, "locale") or "zh-CN", replace=call.body.get("replace") is True,
    )  # fmt: skip
    return _done(done.done) | _sheet(done.sheet)


def _rules(call: Call) -> object:
    """Return the brand's rules, and how fresh its recommendations are."""
    with call.world.store.transaction(call.brand_id) as tx:
        state = tx.products.state(call.brand_id)
    return {
        "rules": {name: getattr(state.rules, name) for name in state.rules.__struct_fields__},
        "refreshed_at": show_instant(state.refreshed_at) if state.refreshed_at else None,
        "pairs": state.n_pairs,
        "fault": state.fault or None,
    }


def _set_rules(call: Call) -> object:
    """Change rules; those that are not named stay."""
    with call.world.store.transaction(call.brand_id) as tx:
        before = tx.products.state(call.brand_id).rules
    set_rules(call.world, call.brand_id, read_rules(call.body, before))
    return _rules(call)


def _refresh(call: Call) -> object:
    """Compute recommendations now."""
    state = refresh_products(call.world, call.brand_id)
    return {"pairs": state.n_pairs, "took_ms": state.took_us // 1000, "fault": state.fault or None}


def product_as_data(row: ProductRow) -> dict[str, object]:
    """Return a product as data, amounts in major units."""
    one = row.product
    return {
        "product_id": one.product_id,
        "sku": one.sku,
        "names": dict(one.names),
        "price": one.major(one.price),
        "currency": one.currency or None,
        "compare_at": one.major(one.compare_at),
        "stock": one.stock,
        "category": list(one.category),
        "brand": one.brand,
        "link": one.link,
        "images": list(one.images),
        "state": one.state,
        "source": one.source,
        "changed_at": show_instant(row.changed_at),
    }


def _word(call: Call, name: str) -> str:
    """Return a text of the body, "" where there is none."""
    found = call.body.get(name)
    return found.strip() if isinstance(found, str) else ""


def _done(done: PutProducts) -> dict[str, object]:
    """Return what became of products."""
    return {
        "new": done.n_new, "changed": done.n_changed, "same": done.n_same,
        "hidden": done.n_hidden, "news": done.n_news,
    }  # fmt: skip


def _sheet(sheet: Sheet) -> dict[str, object]:
    """Return how a file was read."""
    return {
        "rows": sheet.n_rows, "read": dict(sheet.columns), "ignored": list(sheet.ignored),
        "bad": _bad(sheet.problems),
    }  # fmt: skip


def _bad(problems: Iterable[Problem]) -> list[dict[str, object]]:
    """Return what is wrong, line by line."""
    return [
        {"line": one.line, "path": one.path, "message": render(one.text, "en")} for one in problems
    ][:_MOST_BAD]


routes: Final = [
    route("GET", "/v1/products", _products),
    route("PUT", "/v1/products", _put, _LARGEST_BATCH),
    route("POST", "/v1/products/preview", _preview, _LARGEST_FILE),
    route("POST", "/v1/products/import", _import, _LARGEST_FILE),
    route("GET", "/v1/products/{product}", _product),
    route("GET", "/v1/products/{product}/interested", _interested),
    route("GET", "/v1/catalogue", _rules),
    route("PUT", "/v1/catalogue", _set_rules),
    route("POST", "/v1/catalogue/refresh", _refresh),
]
