"""The checkout in the console: trying a till, what was sold, self-checkouts, who takes money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, NotFound, Problem, Refused
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY
from huiliu.ports.payment import PaymentAccount
from huiliu.ports.pos import Receipt, ReceiptFilter, ReceiptState
from huiliu.printers.posters import code_picture
from huiliu.rewards.sale import Sale, read_sale
from huiliu.services.commit_sale import commit_sale
from huiliu.services.identify_buyer import Recognised, identify_buyer
from huiliu.services.list_actions import record_action
from huiliu.services.list_sales import list_sales
from huiliu.services.member_codes import is_member_code
from huiliu.services.pay_links import checkout_url, receipt_url
from huiliu.services.payment_accounts import (
    list_accounts,
    pause_account,
    put_account,
    remove_account,
)
from huiliu.services.price_sale import Quote, quote_sale
from huiliu.services.undo_sale import void_sale
from huiliu.web.doors import Door, Visit
from huiliu.web.rendering import go, page

__all__ = ["POS_DOORS"]

_PER_PAGE: Final = 25
_WEEK: Final = 7 * DAY
#: Sales of this page are told apart by their terminal.
_TERMINAL: Final = "console"
_FIELDS: Final = ("store", "receipt", "person", "codes", "points")
_FIELD: Final = "field."


def show(visit: Visit) -> Response:
    """Show the test till and the latest sales."""
    return _page(visit, dict.fromkeys((*_FIELDS, "lines"), ""))


def try_sale(visit: Visit) -> Response:
    """Quote or commit what was typed."""
    typed = {name: visit.form.get(name, "").strip() for name in (*_FIELDS, "lines")}
    is_commit = visit.form.get("do") == "commit"
    body = _body(typed)
    facts: dict[str, Any] = {}
    try:
        sale = _read(body, needs_receipt=is_commit)
        facts["buyer"] = _buyer(visit, body)
        if is_commit:
            done = commit_sale(visit.world, visit.brand_id, sale, body)
            record_action(
                visit.world, visit.brand_id, visit.me.user.user_id, "sale_tried",
                done.receipt.order_id,
            )  # fmt: skip
            facts |= {"done": done.receipt, "is_repeat": done.is_repeat}
        else:
            facts["quote"] = quote_sale(visit.world, visit.brand_id, sale, body)
    except BadInput as fault:
        facts["problems"] = [(one.path, one.text, one.line) for one in fault.problems]
        return _page(visit, typed, 422, facts)
    except Refused as fault:
        facts["refused"] = fault.reason
        return _page(visit, typed, 409, facts)
    return _page(visit, typed, 200, facts)


def void(visit: Visit) -> Response:
    """Undo a sale."""
    order_id = visit.form.get("order", "")
    void_sale(visit.world, visit.brand_id, order_id, visit.me.user.email, "console")
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "sale_voided", order_id)
    return go("/pos", did="voided")


def show_store(visit: Visit) -> Response:
    """Show a store's self-checkout: its address and its code."""
    store = _store(visit)
    return page(
        visit, "pages/pos_store.html", section="pos", store=store,
        url=checkout_url(visit.world, visit.brand_id, store),
        accounts=list_accounts(visit.world, visit.brand_id),
    )  # fmt: skip


def show_code(visit: Visit) -> Response:
    """Return the code of a store's self-checkout."""
    address = checkout_url(visit.world, visit.brand_id, _store(visit))
    picture, media_type = code_picture(address, "svg")
    return Response(picture, media_type=media_type)


def show_accounts(visit: Visit) -> Response:
    """Show who takes money, and the form of another account."""
    return _accounts(visit, visit.ask("provider"), visit.ask("name"), {})


def save_account(visit: Visit) -> Response:
    """Set an account up."""
    provider, name = visit.form.get("provider", ""), visit.form.get("name", "").strip()
    config = {one.removeprefix(_FIELD): value for one, value in visit.form.items()
              if one.startswith(_FIELD)}  # fmt: skip
    try:
        put_account(visit.world, visit.brand_id, name, provider, config)
    except BadInput as fault:
        problems = [(one.path, one.text, one.line) for one in fault.problems]
        return _accounts(visit, provider, name, config, problems)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "payment_account", name)
    return go("/pos/accounts", did="saved")


def switch_account(visit: Visit) -> Response:
    """Pause an account or use it again."""
    is_paused = visit.form.get("paused") == "yes"
    pause_account(visit.world, visit.brand_id, visit.path("account"), is_paused=is_paused)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "payment_account",
        visit.path("account"),
    )  # fmt: skip
    return go("/pos/accounts", did="saved")


def drop_account(visit: Visit) -> Response:
    """Forget an account."""
    remove_account(visit.world, visit.brand_id, visit.path("account"))
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "payment_account",
        visit.path("account"),
    )  # fmt: skip
    return go("/pos/accounts", did="removed")


def _page(
    visit: Visit,
    typed: Mapping[str, str],
    status: int = 200,
    facts: Mapping[str, Any] | None = None,
) -> Response:
    """Return the page with what was tried, if anything was."""
    asked = {name: visit.ask(name) for name in ("store", "state", "origin", "receipt")}
    differing = visit.ask("differing") == "yes"
    chosen = ReceiptFilter(**asked, differing=differing)
    found = list_sales(visit.world, visit.brand_id, chosen, visit.ask("before"), _PER_PAGE)
    with visit.world.store.transaction(visit.brand_id) as tx:
        counts = tx.pos.counts(visit.brand_id, visit.world.clock.now() - _WEEK)
        stores = tx.pos.stores(visit.brand_id)
    nothing: dict[str, Any] = {
        "quote": None, "done": None, "buyer": None, "refused": "", "problems": [],
        "is_repeat": False,
    }  # fmt: skip
    return page(
        visit, "pages/pos.html", status, section="pos", typed=typed, sales=found, asked=asked,
        differing=differing, counts=counts, stores=stores, did=visit.ask("did"),
        amount=_amount, states=list(ReceiptState), saw=_saw,
        receipt_url=lambda one: receipt_url(visit.world, visit.brand_id, one.order_id),
        **(nothing | dict(facts or {})),
    )  # fmt: skip


def _body(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was typed as a till would send it."""
    lines: list[dict[str, Any]] = []
    for row in typed["lines"].splitlines():
        words = row.split()
        if not words:
            continue
        n = words[1].lstrip("x×*") if len(words) > 1 else "1"
        is_number = n.isascii() and n.isdigit() and len(n) < 7
        lines.append({"barcode": words[0], "quantity": int(n) if is_number else n})
    codes = [one for one in typed["codes"].replace(",", " ").split() if one]
    body: dict[str, Any] = {
        "store": typed["store"], "terminal": _TERMINAL, "receipt": typed["receipt"],
        "lines": lines, "codes": codes, "points": typed["points"] or None,
    }  # fmt: skip
    person = typed["person"]
    if person:
        body |= {_way(person): person}
    return body


def _read(body: Mapping[str, Any], *, needs_receipt: bool) -> Sale:
    """Return the sale that was typed; raise BadInput with everything that is wrong."""
    found = read_sale(body, needs_receipt=needs_receipt)
    if not isinstance(found, Sale):
        raise BadInput(found)
    return found


def _way(person: str) -> str:
    """Return by what somebody is named who was typed into one field."""
    if person.startswith("p_"):
        return "profile"
    if is_member_code(person):
        return "member_code"
    return "phone" if normalise(IdentifierType.PHONE, person) else "card"


def _buyer(visit: Visit, body: Mapping[str, Any]) -> Recognised | None:
    """Return who was named, if they are known."""
    if not any(body.get(name) for name in ("profile", "member_code", "phone", "card")):
        return None
    try:
        return identify_buyer(visit.world, visit.brand_id, body)
    except NotFound:
        return None


def _store(visit: Visit) -> str:
    """Return the store that is asked for; raise BadInput where it cannot be one."""
    store = visit.ask("store")
    probe = {"store": store, "receipt": "1", "lines": [{"sku": "-"}]}
    found = read_sale(probe, needs_receipt=True)
    if not isinstance(found, Sale):
        raise BadInput((Problem("store", text("pos.want_name")),))
    return store


def _accounts(
    visit: Visit,
    provider: str,
    name: str,
    typed: Mapping[str, str],
    problems: Sequence[tuple[str, object, int]] = (),
) -> Response:
    """Return the page of accounts, with the form of a provider where one was chosen."""
    accounts = list_accounts(visit.world, visit.brand_id)
    before = next((one for one in accounts if one.name == name), None)
    kind = visit.world.payments.get(before.provider if before and not provider else provider)
    return page(
        visit, "pages/pos_accounts.html", 422 if problems else 200, section="pos",
        accounts=accounts, providers=list(visit.world.payments.values()), kind=kind, name=name,
        is_new=before is None, typed=typed or _open_fields(visit, before),
        problems=problems, did=visit.ask("did"),
    )  # fmt: skip


def _open_fields(visit: Visit, account: PaymentAccount | None) -> Mapping[str, str]:
    """Return the fields of an account that are no secrets."""
    if account is None or account.provider not in visit.world.payments:
        return {}
    fields = visit.world.payments[account.provider].fields
    return {one.name: account.config.get(one.name, "") for one in fields if one.kind != "secret"}


def _amount(minor: int, currency: str) -> str:
    """Return an amount as people write it."""
    return f"{Money(minor, currency).major:,f} {currency}"


def _saw(one: Quote | Receipt) -> Mapping[str, Any]:
    """Return what a quote or a receipt says of its lines."""
    return one.sale


POS_DOORS: Final = (
    Door("/pos", show, "rewards.read"),
    Door("/pos", try_sale, "rewards.write", ("POST",)),
    Door("/pos/void", void, "rewards.write", ("POST",)),
    Door("/pos/store", show_store, "rewards.read"),
    Door("/pos/code.svg", show_code, "rewards.read"),
    Door("/pos/accounts", show_accounts, "channels.read"),
    Door("/pos/accounts", save_account, "channels.write", ("POST",)),
    Door("/pos/accounts/{account}/state", switch_account, "channels.write", ("POST",)),
    Door("/pos/accounts/{account}/remove", drop_account, "channels.write", ("POST",)),
)
