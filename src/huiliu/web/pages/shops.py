"""Shops: which are connected, how they fare, connecting one, and what its words mean."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, ShopFailed
from huiliu.kernel.texts import Text, text
from huiliu.ports.shop_store import ShopKey
from huiliu.ports.shops import Platform, Scope
from huiliu.services.connect_shop import (
    STATUSES,
    NewShop,
    connect_shop,
    map_statuses,
    platform_named,
    poll_shop,
    remove_shop,
    switch_shop,
    test_shop,
)
from huiliu.services.list_actions import record_action
from huiliu.services.list_shops import list_platforms, list_shops, show_shop
from huiliu.web.doors import Visit
from huiliu.web.rendering import go, page

__all__ = [
    "change_words",
    "connect",
    "hurry",
    "remove",
    "show",
    "show_all",
    "show_edit",
    "show_new",
    "switch",
    "try_it",
]

_FIELD: Final = "field."
_STATUS: Final = "status."


def show_all(visit: Visit) -> Response:
    """Show every connected shop, or what can be connected."""
    return page(
        visit, "pages/shops.html", section="shops", rows=list_shops(visit.world, visit.brand_id),
        platforms=list_platforms(visit.world), is_choosing=False,
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the platforms to choose from, or the form of the one that was chosen."""
    chosen = visit.world.shops.get(visit.ask("platform"))
    if chosen is None:
        return page(visit, "pages/shops.html", section="shops", rows=(),
                    platforms=list_platforms(visit.world), is_choosing=True)  # fmt: skip
    return _form(visit, chosen, {"name": "main", "scope": chosen.scope.value})


def show_edit(visit: Visit) -> Response:
    """Show the form of a connection; secrets are kept where nothing is typed."""
    found = show_shop(visit.world, _key(visit))
    typed = {
        "name": found.state.connection.name, "is_new": "",
        "scope": str(found.state.connection.scope),
        **{_FIELD + one.name: value for one, value in found.fields if not one.is_secret},
    }  # fmt: skip
    return _form(visit, found.platform, typed)


def connect(visit: Visit) -> Response:
    """Store a connection, or say what is wrong with it."""
    form = visit.form
    config = {
        name.removeprefix(_FIELD): value for name, value in form.items() if name.startswith(_FIELD)
    }
    days = form.get("days_back", "").strip() or "0"
    new = NewShop(
        form.get("platform", ""), form.get("name", "").strip(), config, form.get("scope", ""), {},
        int(days) if days.isdecimal() and len(days) < 6 else -1,
    )  # fmt: skip
    try:
        platform = platform_named(visit.world, new.platform)
    except BadInput:
        return go("/shops/new")
    try:
        connect_shop(visit.world, visit.brand_id, new)
    except BadInput as fault:
        problems = [(_label(p.path), p.text, 0) for p in fault.problems]
        return _form(visit, platform, dict(form), 422, problems)
    _record(visit, "shop_connected", f"{new.platform}/{new.name}")
    return go(f"/shops/{new.platform}/{new.name}", did="connected")


def show(visit: Visit) -> Response:
    """Show one connection."""
    return _shown(visit)


def try_it(visit: Visit) -> Response:
    """Ask the shop who it is, and show its answer."""
    try:
        said = test_shop(visit.world, _key(visit))
    except ShopFailed as fault:
        reason = text(f"shops.fault.{fault.fault}")
        told = text("shops.state.fails", fault=reason, response=fault.response)
        return _shown(visit, answer=told, is_good=False)
    return _shown(visit, answer=text("shops.answered", shop=said or "–"), is_good=True)


def change_words(visit: Visit) -> Response:
    """Keep what the platform's words mean in this shop."""
    form = visit.form
    words = {
        name.removeprefix(_STATUS): value
        for name, value in form.items()
        if name.startswith(_STATUS)
    }
    if added := form.get("new_word", "").strip():
        words[added] = form.get("new_means", "")
    try:
        map_statuses(visit.world, _key(visit), words)
    except BadInput as fault:
        problems = [(_label(p.path), p.text, 0) for p in fault.problems]
        return _shown(visit, 422, problems=problems)
    _record(visit, "shop_mapped", "/".join(_key(visit)[1:]))
    return go(_address(visit), did="mapped")


def hurry(visit: Visit) -> Response:
    """Let a shop be looked through now."""
    poll_shop(visit.world, _key(visit))
    return go(_address(visit), did="hurried")


def switch(visit: Visit) -> Response:
    """Pause a shop, or go on with it."""
    is_on = visit.form.get("to") == "on"
    switch_shop(visit.world, _key(visit), is_on=is_on)
    what = "shop_resumed" if is_on else "shop_paused"
    _record(visit, what, "/".join(_key(visit)[1:]))
    return go(_address(visit))


def remove(visit: Visit) -> Response:
    """Forget a connection."""
    remove_shop(visit.world, _key(visit))
    _record(visit, "shop_removed", "/".join(_key(visit)[1:]))
    return go("/shops")


def _shown(
    visit: Visit,
    status: int = 200,
    *,
    answer: Text | None = None,
    is_good: bool = True,
    problems: object = (),
) -> Response:
    """Show one connection with what was just found out."""
    return page(
        visit, "pages/shop.html", status, section="shops",
        found=show_shop(visit.world, _key(visit)), meanings=STATUSES, answer=answer,
        is_good=is_good, problems=problems, did=visit.ask("did"), now=visit.world.clock.now(),
    )  # fmt: skip


def _form(
    visit: Visit,
    platform: Platform,
    typed: dict[str, str],
    status: int = 200,
    problems: object = (),
) -> Response:
    """Show a connection's form with what was typed so far; secrets are never sent back."""
    return page(
        visit, "pages/shop_edit.html", status, section="shops", platform=platform, typed=typed,
        scopes=tuple(Scope), problems=problems,
    )  # fmt: skip


def _key(visit: Visit) -> ShopKey:
    """Return which connection an address is of."""
    return visit.brand_id, visit.path("platform"), visit.path("shop")


def _address(visit: Visit) -> str:
    """Return the address of a connection's page."""
    return f"/shops/{visit.path('platform')}/{visit.path('shop')}"


def _record(visit: Visit, what: str, subject: str) -> None:
    """Write down what a user did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)


def _label(path: str) -> str:
    """Return a problem's path without the words of the form."""
    return path.removeprefix(_STATUS)
