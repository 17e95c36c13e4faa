"""Orders that took promotions: looked for, looked at, and rolled back with a reason."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from huiliu.kernel.errors import NotFound, Refused
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import Text, text
from huiliu.services.find_redemptions import (
    STATES,
    Wanted,
    codes_of,
    find_redemptions,
    show_redemption,
)
from huiliu.services.list_actions import record_action
from huiliu.services.redeem_coupon import roll_back
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.reward_words import channel_words, money

__all__ = ["show", "show_list", "show_person", "undo"]

_SECTION: Final = "coupons"
_FILTERS: Final = ("q", "state", "promotion", "coupon")


def show_list(visit: Visit) -> Response:
    """Show orders that took promotions, those that changed last first."""
    asked = {name: visit.ask(name)[:200] for name in _FILTERS}
    profile = parse_profile_id(visit.ask("profile")) if visit.ask("profile") else None
    at, _, order = visit.ask("before").partition(".")
    number = read_number(at)
    before = (number, order) if number is not None else None
    found = find_redemptions(
        visit.world, visit.brand_id, Wanted(**asked, profile_id=profile), before
    )
    older = ""
    if found.next:
        mark = {"before": f"{found.next[0]}.{found.next[1]}", "profile": visit.ask("profile")}
        older = _query(asked | mark)
    return page(
        visit, "pages/redemptions.html", section=_SECTION, tab="redemptions", found=found,
        asked=asked, states=STATES, money=money, older=older, is_first=before is None,
        channels=partial(channel_words, visit.locale),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one order: what it took, line by line, and what became of it."""
    return _show(visit, visit.ask("order"))


def undo(visit: Visit) -> Response:
    """Roll an order back: what it took of limits is free again, its codes can be used again."""
    order, reason = visit.form.get("order", ""), visit.form.get("reason", "").strip()
    if not reason:
        return _show(visit, order, [text("console.redemptions.want_reason")], 422)
    try:
        roll_back(visit.world, visit.brand_id, order, visit.me.user.email, reason[:500])
    except Refused as fault:
        return _show(visit, order, [text(f"rewards.reason.{fault.reason}")], 409)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "redemption_undone", order[:200]
    )
    return go("/redemptions/order", order=order, done="1")


def show_person(visit: Visit) -> Response:
    """Show what a person holds and took, for their page."""
    profile = parse_profile_id(visit.path("profile"))
    if profile is None:
        raise NotFound("profile", visit.path("profile"))
    orders = find_redemptions(visit.world, visit.brand_id, Wanted(profile_id=profile))
    return page(
        visit, "partials/person_coupons.html", codes=codes_of(visit.world, visit.brand_id, profile),
        orders=orders.rows[:5], money=money, shown=visit.path("profile"),
        now=visit.world.clock.now(),
    )  # fmt: skip


def _show(
    visit: Visit, order: str, problems: list[Text] | None = None, status: int = 200
) -> Response:
    """Show one order, and what kept it from being rolled back."""
    view = show_redemption(visit.world, visit.brand_id, order)
    return page(
        visit, "pages/redemption.html", status, section=_SECTION, view=view, row=view.row,
        answer=view.answer, money=money, problems=problems or [], done=visit.ask("done"),
        channels=partial(channel_words, visit.locale),
    )  # fmt: skip


def _query(values: dict[str, str]) -> str:
    """Return an address of the list."""
    return "/redemptions?" + urlencode({name: one for name, one in values.items() if one})
