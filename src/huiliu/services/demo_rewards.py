"""Gives a demo its rewards: points of what was bought, levels, coupons that are used, posts.

Everything goes through the services that the pages and the API use; the same history of orders
gives the same rewards.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from huiliu.ports.world import World
from huiliu.rewards.basket import Basket, Line
from huiliu.rewards.points import Kind, Operation
from huiliu.services.earn_points import follow_points
from huiliu.services.issue_coupon import issue_one
from huiliu.services.make_post import Sent, make_post
from huiliu.services.member_tiers import follow_tiers
from huiliu.services.moderate_posts import approve_post, refuse_post
from huiliu.services.move_points import move_points
from huiliu.services.points_commit import commit_points
from huiliu.services.project import project
from huiliu.services.redeem_coupon import OrderAsked, redeem, roll_back
from huiliu.simulator.pictures import picture

__all__ = ["give_rewards"]

_BATCH: Final = 2_000
#: How many people get a coupon, and what is done with it: every so many-th.
_MOST_COUPONS: Final = 240
_USED: Final = 3
_UNDONE: Final = 10
_COUPON: Final = "welcome"
_BURNT: Final = Decimal(50)
#: Where points are spent, one after another: most of them in the APP.
_BURNT_IN: Final = ("app", "app", "app", "mini_program", "store")
_WORDS: Final = ("质地很清爽，回购第二次了。", "颜色比图上更好看。", "包装结实，味道淡淡的。",
                 "送妈妈的，她很喜欢。", "用了一周，感觉不错。", "容量比想象的大。")  # fmt: skip


def give_rewards(world: World, brand_id: int) -> None:
    """Let the rewards of a demo happen at the end of its days; the warehouse has caught up."""
    orders = world.warehouse.sql(
        "select order_id, profile_id, total, status from orders "
        "where total is not null order by order_id"
    ).to_pylist()
    _follow(world)
    _coupons(world, brand_id, orders)
    _burn(world, brand_id, [row["profile_id"] for row in orders])
    _posts(world, brand_id, [row for row in orders if row["status"] == "delivered"])
    _follow(world)


def _follow(world: World) -> None:
    """Let those who hear of the log hear of all of it."""
    while project(world, _BATCH) + follow_points(world, _BATCH) + follow_tiers(world, _BATCH):
        pass
    while move_points(world, _BATCH):
        pass


def _coupons(world: World, brand_id: int, orders: Sequence[dict[str, Any]]) -> None:
    """Give coupons to people who bought, and let some of them be used, some of those undone."""
    people = list(dict.fromkeys(row["profile_id"] for row in orders))[:_MOST_COUPONS]
    for number, person in enumerate(people):
        issued = issue_one(world, brand_id, _COUPON, person, f"demo:{number}", "app")
        if number % _USED:
            continue
        line = Line(f"p{number % 40 + 1:03d}", 1 + number % 3, 12_900 + number % 7 * 1_000)
        order = f"DEMO-{number:05d}"
        basket = Basket("CNY", "app", (line,))
        redeem(world, brand_id, OrderAsked(order, basket, person, (issued.code,)))
        if number % (_USED * _UNDONE) == 0:
            roll_back(world, brand_id, order, "demo", "changed_mind")


def _burn(world: World, brand_id: int, buyers: Sequence[int]) -> None:
    """Let every fourth buyer spend points, as far as they have some."""
    people = list(dict.fromkeys(buyers))[::4][:_MOST_COUPONS]
    operations = [
        Operation(
            f"demo:burn:{number}", Kind.BURN, person, _BURNT,
            channel=_BURNT_IN[number % len(_BURNT_IN)], reason="exchange",
        )
        for number, person in enumerate(people)
    ]  # fmt: skip
    if operations:
        commit_points(world, brand_id, operations)


def _posts(world: World, brand_id: int, delivered: Sequence[dict[str, Any]]) -> None:
    """Let six people show what they bought: two are approved, one is refused, the others wait."""
    for number, row in enumerate(delivered[-len(_WORDS) :]):
        sent = Sent([picture(number)], _WORDS[number], consents=number % 3 != 0, locale="zh-CN")
        post = make_post(world, brand_id, row["profile_id"], row["order_id"], sent)
        if number < 2:
            approve_post(world, brand_id, post.post_id, "demo")
        elif number == 2:
            refuse_post(world, brand_id, post.post_id, "demo", "unclear")
