"""A journey gives a coupon: one code a visit, carried to the message, or the other way without."""

from __future__ import annotations

import msgspec
from tests.integration.journeys import order_event, put_journey
from tests.integration.outbox import PAY, Recorder, did, put_template, someone, with_providers
from tests.integration.people import BRAND, log, project_all

from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.dispatch import dispatch
from huiliu.services.publish import publish

PROMOTION = """huiliu: 1
kind: promotion
slug: thanks
name: {en: Thanks, zh-CN: 谢礼}
currency: CNY
by: code
effect: {kind: fixed, amount: 10}
"""
COUPON = """huiliu: 1
kind: coupon
slug: thanks-codes
name: {en: Thanks, zh-CN: 谢礼券}
promotion: thanks
lasts: 7d
issue: {total: 2}
"""
JOURNEY = """huiliu: 1
kind: journey
slug: buyers
name: {en: Buyers}
entry: {event: Order Paid}
nodes:
  give: {type: issue_coupon, coupon: thanks-codes, next: told, else: none}
  told: {type: emit, event: Thanked, properties: {code: {carried: coupon.code}}, next: end}
  none: {type: emit, event: Unthanked, properties: {why: {carried: coupon.reason}}, next: end}
  end: {type: exit}
"""


def settle(world: World) -> None:
    """Let the log and the runs come to rest."""
    project_all(world)
    world.clock.advance(1_000_000)  # type: ignore[attr-defined] # the simulated clock's own
    while advance(world):
        project_all(world)
        world.clock.advance(1_000_000)  # type: ignore[attr-defined] # the simulated clock's own


def told(world: World, name: str) -> list[dict[str, object]]:
    """Return the properties of every event of a name."""
    with world.store.system() as tx:
        rows = tx.log.read(0, 0, 1_000)
    return [msgspec.json.decode(one.body)["properties"] for one in rows if one.name == name]


def test_each_run_gets_its_own_code_until_the_pool_is_empty(world: World) -> None:
    """Two of three get one, in the log exactly once; the third goes the other way, told why."""
    for source in (PROMOTION, COUPON):
        publish(world, BRAND, source, "test")
    put_journey(world, JOURNEY)
    now = world.clock.now()
    log(world, *(order_event("Order Paid", f"o{n}", who=f"p{n}", at=now, received=now)
                 for n in range(3)))  # fmt: skip
    settle(world)

    codes = [one["code"] for one in told(world, "Thanked")]
    assert len(set(codes)) == 2
    assert [one["why"] for one in told(world, "Unthanked")] == ["issue_limit"]
    assert len(told(world, "Coupon Issued")) == 2
    with world.store.system() as tx:
        assert {one.coupon for one in tx.rewards.codes(BRAND, codes).values()} == {"thanks-codes"}  # type: ignore[arg-type]


def test_a_message_shows_the_code_that_its_run_was_given(world: World) -> None:
    """The template reads what the node left; the code is the person's own."""
    recorder = Recorder()
    wired = with_providers(world, recorder)
    for source in (PROMOTION, COUPON):
        publish(wired, BRAND, source, "test")
    put_template(wired, PAY.replace("{{ event.order_id }}", "{{ carried.coupon.code }}"))
    sending = JOURNEY.replace(
        "{type: emit, event: Thanked, properties: {code: {carried: coupon.code}}, next: end}",
        "{type: send, template: pay, next: end}",
    )
    put_journey(wired, sending)
    buyer = someone(wired)
    did(wired, buyer, "Order Paid", wired.clock.now(), order_id="o1")
    settle(wired)
    while dispatch(wired):
        pass

    (message,) = recorder.sent
    with wired.store.system() as tx:
        (held,) = tx.reward_views.held(BRAND, [buyer], 10)
    assert held.code in message.parts["text"]
