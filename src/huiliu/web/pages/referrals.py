"""Bringing friends in the console: campaigns and what they bring, and friends to decide about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.money import Money
from huiliu.ports.world import World
from huiliu.rewards.fraud import signals_from
from huiliu.rewards.referral import KIND, MECHANICS, parse_referral
from huiliu.services.figures import today
from huiliu.services.give_invite_rewards import try_rewards_again
from huiliu.services.list_actions import record_action
from huiliu.services.referral_figures import referral_figures
from huiliu.services.referrals import (
    campaign_url,
    list_referrals,
    open_referral,
    remove_referral,
    state_of,
)
from huiliu.services.see_invite import list_reviews
from huiliu.services.settle_invites import decide_friend
from huiliu.statistics.growth import Rate
from huiliu.web.doors import Door, Visit
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["REFERRAL_DOORS"]

_SECTION: Final = "referrals"
_MOST_INVITES: Final = 50
_FIRST: Final = """\
huiliu: 1
kind: referral
slug: %s
name:
  zh-CN: %s
  en: %s
mechanic: %s
title:
  zh-CN: %s
  en: %s
from: %s
until: %s
%srewards:
  inviter:
    points: 100
    worth: {amount: 5, currency: CNY}
  friend:
    points: 20
    worth: {amount: 1, currency: CNY}
"""
_BEGUN: Final[Mapping[str, tuple[str, ...]]] = {
    "unlock": (
        "friends-help", "好友助力", "Friends help", "unlock", "三位好友助力，礼遇解锁",
        "Three friends unlock it", "needs: 3\nhours: 48\n",
    ),
    "group": (
        "team-price", "三人拼团", "Team price", "group", "三人成团，享拼团价",
        "Three of you, one price", "needs: 3\nhours: 24\n",
    ),
    "referral": (
        "bring-a-friend", "老带新", "Bring a friend", "referral", "邀请好友，好礼双享",
        "Something for you and your friend", "hold_days: 7\n",
    ),
}  # fmt: skip


def _show_list(visit: Visit) -> Response:
    """Show every campaign and what waits for a decision."""
    rows = list_referrals(visit.world, visit.brand_id)
    return page(
        visit, "pages/referrals.html", section=_SECTION, rows=rows, removed=visit.ask("removed"),
        n_review=sum(one.n_review for one in rows), mechanics=MECHANICS,
    )  # fmt: skip


def _show(visit: Visit) -> Response:
    """Show one campaign: its figures, its newest invites, its document."""
    world, slug = visit.world, visit.path("referral")
    opened = open_referral(world, visit.brand_id, slug)
    with world.store.transaction(visit.brand_id) as tx:
        invites = tx.invites.recent(visit.brand_id, slug, _MOST_INVITES)
    found = referral_figures(world, visit.brand_id, slug)
    return page(
        visit, "pages/referral.html", section=_SECTION, campaign=opened.campaign,
        version=opened.version, state=state_of(opened.campaign, world.clock.now(), world.zone),
        figures=found, invites=invites, url=campaign_url(world, visit.brand_id, slug),
        applied=visit.ask("applied"), tried=visit.ask("tried"),
        rate=_rate, money=_money, between=_between,
        spent=[str(Money(minor, one)) for one, minor in found.spent.items()],
    )  # fmt: skip


def _show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a campaign: the next four weeks."""
    asked = visit.ask("mechanic")
    slug, chinese, english, mechanic, title, said, more = _BEGUN.get(asked, _BEGUN["unlock"])
    here = today(visit.world)
    until = here + dt.timedelta(days=28)
    return _EDITOR.show(visit, _FIRST % (
        slug, chinese, english, mechanic, title, said, here.isoformat(), until.isoformat(), more
    ))  # fmt: skip


def _show_editor(visit: Visit) -> Response:
    """Show the editor with a campaign in use."""
    opened = open_referral(visit.world, visit.brand_id, visit.path("referral"))
    return _EDITOR.show(visit, opened.campaign.source, opened.campaign.slug, opened.version)


def _check(visit: Visit) -> Response:
    """Show what a draft would do."""
    return _EDITOR.check(visit)


def _apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def _remove(visit: Visit) -> Response:
    """Take a campaign out of use."""
    slug = visit.path("referral")
    remove_referral(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "referral_removed", slug)
    return go("/referrals", removed=slug)


def _again(visit: Visit) -> Response:
    """Try rewards that could not be given once more."""
    slug = visit.path("referral")
    open_referral(visit.world, visit.brand_id, slug)
    n_tried = try_rewards_again(visit.world, visit.brand_id, slug)
    user = visit.me.user.user_id
    record_action(visit.world, visit.brand_id, user, "referral_rewards_tried", slug)
    return go(f"/referrals/{slug}", tried=str(n_tried))


def _show_reviews(visit: Visit) -> Response:
    """Show the friends who wait for a decision, with what speaks against each."""
    return page(
        visit, "pages/referral_reviews.html", section=_SECTION,
        rows=list_reviews(visit.world, visit.brand_id), signals_from=signals_from,
        done=visit.ask("done"),
    )  # fmt: skip


def _decide(visit: Visit) -> Response:
    """Let a friend count, or not."""
    decision = visit.form.get("decision", "")
    if decision not in {"accept", "refuse"}:
        return go("/referrals/reviews")
    try:
        ids = bytes.fromhex(visit.path("invite")), bytes.fromhex(visit.path("friend"))
    except ValueError as fault:
        raise NotFound("friend", visit.path("friend")[:80]) from fault
    try:
        decide_friend(
            visit.world,
            visit.brand_id,
            *ids,
            visit.me.user.email,
            visit.form.get("note", ""),
            is_good=decision == "accept",
        )
    except Conflict:
        return go("/referrals/reviews", done="late")
    user = visit.me.user.user_id
    record_action(visit.world, visit.brand_id, user, f"friend_{decision}", visit.path("friend"))
    return go("/referrals/reviews", done=decision)


def _look(_world: World, _brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft would do."""
    found = parse_referral(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"campaign": found}


def _rate(found: Rate) -> str:
    """Return a figure with two digits; a dash where there is none."""
    return "–" if found.value is None else f"{found.value:.2f}"


def _between(found: Rate) -> str:
    """Return the interval of a figure; "" where it has none."""
    if found.low is None or found.high is None:
        return ""
    return f"{found.low:.2f} – {found.high:.2f}"


def _money(currency: str, found: Rate) -> str:
    """Return a cost with its currency."""
    return "–" if found.value is None else f"{found.value:,.2f} {currency}"


_EDITOR: Final = PlanEditor(
    KIND, "/referrals", _SECTION, "", _look, "partials/referral_looked.html"
)
_ONE: Final = "/referrals/{referral}"
_door = partial(Door, permission="rewards.write", methods=("POST",))

REFERRAL_DOORS: Final = (
    Door("/referrals", _show_list, "rewards.read"),
    Door("/referrals/new", _show_new, "rewards.write"),
    _door("/referrals/check", _check),
    _door("/referrals/apply", _apply),
    Door("/referrals/reviews", _show_reviews, "rewards.read"),
    _door("/referrals/reviews/{invite}/{friend}", _decide),
    Door(_ONE, _show, "rewards.read"),
    Door(f"{_ONE}/edit", _show_editor, "rewards.write"),
    _door(f"{_ONE}/remove", _remove),
    _door(f"{_ONE}/rewards", _again),
)
