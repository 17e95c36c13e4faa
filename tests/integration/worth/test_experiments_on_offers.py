"""Experiments on offers: a coupon of one's arm, the promotions of one's arm, sticky and counted."""

from __future__ import annotations

from collections import Counter

from tests.integration.journeys import order_event, put_journey
from tests.integration.people import BRAND, NOW, identify, log, person, project_all
from tests.integration.rewards.coupons import basket, promotion, put
from tests.integration.rewards.test_coupons_in_journeys import COUPON, JOURNEY, PROMOTION
from tests.integration.worth.test_experiments import arms
from tests.integration.worth.trying import put_experiment

from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.experiments import start_experiment
from huiliu.services.price_basket import price
from huiliu.services.publish import publish

FREE_FOR_ALL = "issue: {total: 200}"
HEAD = """\
huiliu: 1
kind: experiment
slug: words
name: {en: Offer}
hypothesis: A bigger offer pays for itself
goals: [revenue]
sample: 1000
"""
POOLS = (
    HEAD
    + """\
where: {coupon: thanks-codes}
arms:
  - {name: small, coupon: thanks-codes}
  - {name: big, coupon: big-codes}
"""
)
PROMOTIONS = (
    HEAD
    + """\
where: {promotions: true}
arms:
  - {name: nothing}
  - {name: forty, promotion: forty-off}
"""
)


def test_a_coupon_comes_from_the_pool_of_the_person_s_arm(world: World) -> None:
    """Half get the other pool's code, told once each; who asks again gets the same pool."""
    big = PROMOTION.replace("slug: thanks", "slug: big").replace("amount: 10", "amount: 30")
    more = COUPON.replace("thanks-codes", "big-codes").replace(
        "promotion: thanks", "promotion: big"
    )
    for source in (PROMOTION, big, COUPON, more):
        publish(world, BRAND, source.replace("issue: {total: 2}", FREE_FOR_ALL), "test")
    put_journey(world, JOURNEY.replace("Order Paid}", "Order Paid, again: after_end}"))
    publish(world, BRAND, POOLS, "test")
    start_experiment(world, BRAND, "words", "ada@example.com")
    people = [f"p{nth}" for nth in range(40)]
    for order in ("first", "second"):
        now = world.clock.now()
        log(world, *(
            order_event("Order Paid", f"{order}-{one}", who=one, at=now, received=now)
            for one in people
        ))  # fmt: skip
        project_all(world)
        for _ in range(4):
            advance(world)
            project_all(world)
            world.clock.advance(1_000_000)  # type: ignore[attr-defined] # the simulated clock's own
    given = arms(world, people)
    assert set(given.values()) == {"small", "big"}
    with world.store.system() as tx:
        events = tx.log.read(0, 0, 10_000)
        names = Counter(one.name for one in events)
        rows = tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "select profile_id, coupon from coupon_codes where profile_id is not null"
        ).fetchall()
    assert names["Experiment Viewed"] == names["Arm Assigned"] == 40
    profiles = {person(world, f"user_id:{one}"): one for one in people}
    assert len(rows) == 80
    pools = {"small": "thanks-codes", "big": "big-codes"}
    assert all(pool == pools[given[profiles[profile]]] for profile, pool in rows)


def test_a_promotion_is_met_by_the_people_of_its_arm_alone(world: World) -> None:
    """Strangers get what the control gets; drafts and other times let nobody in."""
    put(world, promotion(by="everyone"))
    put_experiment(world, PROMOTIONS)
    log(world, *(identify(f"user_id:b{nth}") for nth in range(30)))
    project_all(world)
    people = {f"b{nth}": person(world, f"user_id:b{nth}") for nth in range(30)}
    assert {price(world, BRAND, basket(), one).discount for one in people.values()} == {0}
    start_experiment(world, BRAND, "words", "ada@example.com")
    assert price(world, BRAND, basket(), next(iter(people.values())), at=NOW).discount == 4_000
    assert arms(world, list(people)) == {}
    first = {name: price(world, BRAND, basket(), one).discount for name, one in people.items()}
    again = {name: price(world, BRAND, basket(), one).discount for name, one in people.items()}
    assert first == again
    given = arms(world, list(people))
    assert {given[name] for name, off in first.items() if off == 4_000} == {"forty"}
    assert {given[name] for name, off in first.items() if off == 0} == {"nothing"}
    assert price(world, BRAND, basket()).discount == 0
    with world.store.system() as tx:
        names = Counter(one.name for one in tx.log.read(0, 0, 10_000))
    assert names["Experiment Viewed"] == names["Arm Assigned"] == 30
