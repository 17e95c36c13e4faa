"""Levels of members: what counts raises at once, a period's end lowers, each gift is given once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.integration.people import BRAND, event, log, person, project_all

from huiliu.kernel.bodies import read_body
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services.look_at_tiers import membership, recount_tiers, show_tiers
from huiliu.services.member_tiers import follow_tiers, tier_of
from huiliu.services.points_balance import balance
from huiliu.services.publish import publish
from huiliu.services.take_group_orders import take_group_orders
from huiliu.sources.group_buy_sent import read_sent
from huiliu.stores.clock import SimulatedClock

LADDER = """\
huiliu: 1
kind: tiers
slug: members
name: {zh-CN: 会员等级, en: Members}
measure: spend
currency: CNY
window: 365d
period: 180d
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
      - {on: entry, coupon: nowhere}
feeds:
  - id: group-buyer
    name: {zh-CN: 团购, en: Group buys}
    event: Order Paid
    where: [{property: source, is: group_buy}]
    counts: 0.5
    points: 20
    most: 2
    in: 30d
  - id: leader
    name: {zh-CN: 团长, en: Leaders}
    event: Group Order Led
    points: 5.5
"""


@pytest.fixture(autouse=True)
def ladder(world: World) -> None:
    """Make the ladder live."""
    publish(world, BRAND, LADDER, "test", kind="tiers")


def _order(world: World, who: str, order: str, total: float, **more: object) -> None:
    """Tell the log of a payment, and let everything follow."""
    said = {"order_id": order, "total": total, "currency": "CNY", **more}
    log(world, event(who, name="Order Paid", properties=said))
    _follow(world)


def _follow(world: World) -> None:
    """Project and follow until there is nothing to do."""
    for _ in range(3):
        project_all(world)
        while follow_tiers(world, 2):
            pass


def _level(world: World, who: str) -> str:
    """Return the level on which somebody stands; "" = none."""
    with world.store.system() as tx:
        found = tier_of(tx, BRAND, person(world, who))
    return found.tier if found else ""


def _points(world: World, who: str) -> Decimal:
    """Return what somebody can spend."""
    with world.store.system() as tx:
        return balance(tx, world, BRAND, person(world, who)).available


def _events(world: World, name: str) -> list[dict[str, object]]:
    """Return the properties of the events of a name."""
    with world.store.system() as tx:
        found = tx.log.read(0, 0, 10_000)
    return [read_body(one.body).properties for one in found if one.name == name]


def test_spending_raises_at_once_gives_its_welcome_once_and_tells_of_it(world: World) -> None:
    """Up on the order that reaches the floor; the points of the welcome are there."""
    _order(world, "user_id:ada", "A1", 600)
    assert _level(world, "user_id:ada") == "silver"

    _order(world, "user_id:ada", "A2", 400)

    assert _level(world, "user_id:ada") == "gold"
    assert _points(world, "user_id:ada") == Decimal(100)
    told = [(one["from"], one["tier"], one["direction"]) for one in _events(world, "Tier Changed")]
    assert told == [(None, "silver", "up"), ("silver", "gold", "up")]
    assert [one["value"] for one in _events(world, "Tag Set")] == ["silver", "gold"]
    with world.store.system() as tx:
        found = tier_of(tx, BRAND, person(world, "user_id:ada"))
    assert found is not None
    assert found.multiplier == Decimal("1.5")


def test_a_coupon_that_cannot_be_given_is_written_down_and_keeps_nothing_else_back(
    world: World,
) -> None:
    """An unknown pool refuses with its reason; the points came all the same."""
    _order(world, "user_id:ada", "A1", 1_000)

    gifts = membership(world, BRAND, person(world, "user_id:ada")).gifts

    refused = {one.coupon: one.refused for one in gifts if one.name == "gold"}
    assert refused[""] == ""
    assert refused["nowhere"]
    assert _points(world, "user_id:ada") == Decimal(100)


def test_the_same_order_told_twice_counts_once_and_a_refund_counts_it_no_more(
    world: World, clock: SimulatedClock
) -> None:
    """Two sources may tell one order; whoever sends it back falls when the period ends."""
    _order(world, "user_id:ada", "A1", 1_000)
    _order(world, "user_id:ada", "A1", 1_000)
    counted = membership(world, BRAND, person(world, "user_id:ada")).steps[0].measured
    assert counted == 100_000

    log(world, event("user_id:ada", name="Order Refunded", properties={"order_id": "A1"}))
    _follow(world)
    assert _level(world, "user_id:ada") == "gold"

    clock.advance(180 * DAY)
    _follow(world)

    assert _level(world, "user_id:ada") == "silver"
    assert _events(world, "Tier Changed")[-1]["direction"] == "down"
    # Whoever climbs again is not welcomed again.
    _order(world, "user_id:ada", "A3", 1_000)
    assert _level(world, "user_id:ada") == "gold"
    assert _points(world, "user_id:ada") == Decimal(100)


def test_a_part_of_an_order_that_came_back_leaves_the_rest(world: World) -> None:
    """A partial refund takes its own amount."""
    _order(world, "user_id:ada", "A1", 900)
    said = {"order_id": "A1", "refund": 200.5, "currency": "CNY", "is_partial": True}
    log(world, event("user_id:ada", name="Order Refunded", properties=said))
    _follow(world)

    assert membership(world, BRAND, person(world, "user_id:ada")).steps[0].measured == 69_950


def test_group_buy_orders_feed_membership_of_buyer_and_leader_by_rule(world: World) -> None:
    """Half of the amount counts, points come at most twice, and the leader gets theirs."""
    order = {
        "buyer_id": "ada", "leader_id": "lead", "pickup_point": "海珠一号店", "total": "100",
        "paid_at": "2026-11-22T03:00:00Z",
    }  # fmt: skip
    orders = [order | {"order_id": f"G{nth}"} for nth in range(3)]

    done = take_group_orders(world, BRAND, read_sent(orders))
    again = take_group_orders(world, BRAND, read_sent(orders))
    _follow(world)

    assert (done["events"], again["events"], again["known"]) == (6, 0, 6)
    rows = show_tiers(world, BRAND, "members")
    assert rows.n_people == 1
    with world.store.system() as tx:
        [state] = tx.tiers.people(BRAND, "members", "silver", 5)
        buyer = balance(tx, world, BRAND, state.profile_id)
        gifts = tx.tiers.gifts_of(BRAND, [state.profile_id], 10)
    assert state.measured == 15_000
    assert buyer.available == Decimal(40)
    assert sorted(one.refused for one in gifts) == ["", "", "limit_person"]
    led = [one["amount"] for one in _events(world, "Points Earned")]
    assert led.count(5.5) == 3


def test_two_members_who_are_one_person_keep_the_higher_level(world: World) -> None:
    """After a merge all that counts counts together, and nobody loses a level."""
    _order(world, "user_id:ada", "A1", 1_000)
    _order(world, "phone:13800138000", "B1", 10)
    gold = person(world, "user_id:ada")

    log(world, event("user_id:ada", "phone:13800138000", name="$identify"))
    _follow(world)

    present = person(world, "phone:13800138000")
    assert person(world, "user_id:ada") == present
    assert _level(world, "phone:13800138000") == "gold"
    with world.store.system() as tx:
        states = tx.tiers.states_of(BRAND, [gold, present])
    assert [one.profile_id for _, one in states] == [present]
    assert states[0][1].measured == 101_000


def test_counting_anew_changes_nobody_who_was_counted_right(world: World) -> None:
    """The log is read from its beginning; levels, gifts and points stay as they were."""
    _order(world, "user_id:ada", "A1", 1_000)
    before = membership(world, BRAND, person(world, "user_id:ada"))

    recount_tiers(world, BRAND, "members")
    _follow(world)

    after = membership(world, BRAND, person(world, "user_id:ada"))
    assert after.steps[0].measured == before.steps[0].measured
    assert after.gifts == before.gifts
    assert _points(world, "user_id:ada") == Decimal(100)
    assert len(_events(world, "Tier Changed")) == 1
