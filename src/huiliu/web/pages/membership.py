"""Levels of members and catalogues of rewards: lists, one of each, editors, exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.ports.exchanges import ExchangeFilter
from huiliu.ports.world import World
from huiliu.rewards import reward_catalogue, tiers
from huiliu.rewards.reward_catalogue import parse_catalogue
from huiliu.rewards.tiers import parse_tiers
from huiliu.services.exchange import CANCELLED, DONE, SENT, TO_SEND, cancel_exchange, send_exchange
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_tiers import (
    PAGE,
    list_catalogues,
    list_exchanges,
    list_tiers,
    recount_tiers,
    remove_catalogue,
    remove_tiers,
    show_catalogue,
    show_tiers,
    tier_people,
)
from huiliu.web.api.membership import read_exchange_id
from huiliu.web.doors import Visit
from huiliu.web.paging import message_mark, read_message
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.points_words import measured_words, shown_points
from huiliu.web.rendering import go, page

__all__ = [
    "apply_catalogue",
    "apply_ladder",
    "cancel",
    "check_catalogue",
    "check_ladder",
    "drop_catalogue",
    "drop_ladder",
    "edit_catalogue",
    "edit_ladder",
    "new_catalogue",
    "new_ladder",
    "recount",
    "send",
    "show_exchanges",
    "show_ladder",
    "show_ladders",
    "show_shelf",
    "show_shelves",
]

_STATES: Final = (TO_SEND, SENT, DONE, CANCELLED)
_LADDER: Final = """\
huiliu: 1
kind: tiers
slug: members
name: {zh-CN: 会员等级, en: Members}
measure: spend
currency: CNY
window: 365d
period: 365d
levels:
  - id: silver
    name: {zh-CN: 银卡, en: Silver}
    from: 0
  - id: gold
    name: {zh-CN: 金卡, en: Gold}
    from: 1000
    multiplier: 1.5
    benefits:
      - {on: entry, points: 100}
      - {says: {zh-CN: 专属客服, en: A person of your own}}
feeds:
  - id: group-buyer
    name: {zh-CN: 社区团购, en: Group buys}
    event: Order Paid
    where: [{property: source, is: group_buy}]
    counts: 0.5
    points: 20
    most: 4
    in: 30d
"""
_SHELF: Final = """\
huiliu: 1
kind: reward_catalogue
slug: shelf
name: {zh-CN: 积分商城, en: Points shop}
items:
  - id: mug
    name: {zh-CN: 联名马克杯, en: Co-branded mug}
    says: {zh-CN: 仅限小程序兑换, en: In the mini-program only}
    channels: {mini_program: 800}
    gives: {gift: mug}
    stock: 50
    per_person: 1
"""


def show_ladders(visit: Visit) -> Response:
    """Show every ladder and who stands where."""
    return page(
        visit, "pages/tiers.html", section="tiers", rows=list_tiers(visit.world, visit.brand_id),
        removed=visit.ask("removed"), measured=measured_words,
    )  # fmt: skip


def show_ladder(visit: Visit) -> Response:
    """Show one ladder: levels, benefits, rules, and the people of a level."""
    view = show_tiers(visit.world, visit.brand_id, visit.path("tiers"))
    level = visit.ask("level")
    if level and view.tiers.rank_of(level) < 0:
        raise NotFound("level", level)
    people = tier_people(visit.world, visit.brand_id, view.tiers.slug, level) if level else ()
    return page(
        visit, "pages/tiers_one.html", section="tiers", view=view, level=level, people=people,
        applied=visit.ask("applied"), recounting=visit.ask("recounting"), points=shown_points,
        measured=measured_words,
    )  # fmt: skip


def new_ladder(visit: Visit) -> Response:
    """Show the editor with the beginning of a ladder."""
    return _LADDERS.show(visit, _LADDER)


def edit_ladder(visit: Visit) -> Response:
    """Show the editor with a ladder in use."""
    view = show_tiers(visit.world, visit.brand_id, visit.path("tiers"))
    return _LADDERS.show(visit, view.tiers.source, view.tiers.slug, view.version)


def check_ladder(visit: Visit) -> Response:
    """Show what a draft would say."""
    return _LADDERS.check(visit)


def apply_ladder(visit: Visit) -> Response:
    """Make a draft live."""
    return _LADDERS.apply(visit)


def drop_ladder(visit: Visit) -> Response:
    """Take a ladder out of use."""
    slug = visit.path("tiers")
    remove_tiers(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "tiers_removed", slug)
    return go("/tiers", removed=slug)


def recount(visit: Visit) -> Response:
    """Count anew from the log's beginning."""
    slug = visit.path("tiers")
    recount_tiers(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "tiers_recounted", slug)
    return go(f"/tiers/{slug}", recounting="yes")


def show_shelves(visit: Visit) -> Response:
    """Show every catalogue."""
    return page(
        visit, "pages/reward_catalogues.html", section="reward_catalogues",
        rows=list_catalogues(visit.world, visit.brand_id), removed=visit.ask("removed"),
    )  # fmt: skip


def show_shelf(visit: Visit) -> Response:
    """Show one catalogue: what it offers where, and what is left."""
    view = show_catalogue(visit.world, visit.brand_id, visit.path("catalogue"))
    return page(
        visit, "pages/reward_catalogue.html", section="reward_catalogues", view=view,
        applied=visit.ask("applied"), points=shown_points, now=visit.world.clock.now(),
    )  # fmt: skip


def new_catalogue(visit: Visit) -> Response:
    """Show the editor with the beginning of a catalogue."""
    return _SHELVES.show(visit, _SHELF)


def edit_catalogue(visit: Visit) -> Response:
    """Show the editor with a catalogue in use."""
    view = show_catalogue(visit.world, visit.brand_id, visit.path("catalogue"))
    return _SHELVES.show(visit, view.catalogue.source, view.catalogue.slug, view.version)


def check_catalogue(visit: Visit) -> Response:
    """Show what a draft would say."""
    return _SHELVES.check(visit)


def apply_catalogue(visit: Visit) -> Response:
    """Make a draft live."""
    return _SHELVES.apply(visit)


def drop_catalogue(visit: Visit) -> Response:
    """Take a catalogue out of use."""
    slug = visit.path("catalogue")
    remove_catalogue(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "catalogue_removed", slug)
    return go("/reward-catalogues", removed=slug)


def show_exchanges(visit: Visit) -> Response:
    """Show what people took, those to send first in mind."""
    state = visit.ask("state") if visit.ask("state") in _STATES else ""
    chosen = {"state": state, "catalogue": visit.ask("catalogue"), "item": visit.ask("item")}
    wanted = ExchangeFilter(
        catalogue=chosen["catalogue"], item=chosen["item"], state=state,
        before=read_message(visit.ask("before")),
    )  # fmt: skip
    rows = list_exchanges(visit.world, visit.brand_id, wanted)
    last = (rows[-1].at, rows[-1].exchange_id) if len(rows) == PAGE else None
    names = {
        (view.catalogue.slug, item.id): item.name
        for view in list_catalogues(visit.world, visit.brand_id)
        for item in view.catalogue.items
    }
    return page(
        visit, "pages/exchanges.html", section="reward_catalogues", rows=rows, chosen=chosen,
        names=names,
        states=_STATES, older=message_mark(last), points=shown_points,
    )  # fmt: skip


def send(visit: Visit) -> Response:
    """Write down that a gift was sent."""
    shown = visit.path("exchange")
    send_exchange(visit.world, visit.brand_id, read_exchange_id(shown), visit.me.user.email)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "exchange_sent", shown)
    return go("/exchanges", state=visit.form.get("state", ""))


def cancel(visit: Visit) -> Response:
    """Undo an exchange: points and stock come back."""
    shown = visit.path("exchange")
    reason = visit.form.get("reason", "").strip()[:200]
    by = visit.me.user.email
    cancel_exchange(visit.world, visit.brand_id, read_exchange_id(shown), by, reason)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "exchange_cancelled", shown)
    return go("/exchanges", state=visit.form.get("state", ""))


def _look_at_ladder(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft would say."""
    del world, brand_id
    found = parse_tiers(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"tiers": found, "measured": measured_words, "points": shown_points}


def _look_at_shelf(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft would say."""
    del world, brand_id
    found = parse_catalogue(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"catalogue": found, "points": shown_points}


_LADDERS: Final = PlanEditor(
    tiers.KIND, "/tiers", "tiers", _LADDER, _look_at_ladder, "partials/tiers_looked.html"
)
_SHELVES: Final = PlanEditor(
    reward_catalogue.KIND, "/reward-catalogues", "reward_catalogues", _SHELF, _look_at_shelf,
    "partials/catalogue_looked.html",
)  # fmt: skip
