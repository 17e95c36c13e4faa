"""An order takes what it may, once, and gives it back, once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.integration.people import BRAND, event, log, person, project_all
from tests.integration.rewards.coupons import basket, coupon, promotion, put

from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.world import World
from huiliu.services import price_basket
from huiliu.services.draft_reward import draft_promotion
from huiliu.services.expire_reservations import expire_reservations
from huiliu.services.issue_coupon import issue_many, issue_one
from huiliu.services.make_codes import import_codes, make_codes
from huiliu.services.price_basket import price
from huiliu.services.priced import price_once
from huiliu.services.redeem_coupon import (
    NotRedeemed,
    OrderAsked,
    confirm,
    redeem,
    reserve,
    roll_back,
)
from huiliu.stores.clock import SimulatedClock


def _people(world: World, *names: str) -> list[int]:
    """Return people who were seen."""
    log(world, *(event(f"user_id:{name}") for name in names))
    project_all(world)
    return [person(world, f"user_id:{name}") for name in names]


def _used(world: World, *key: str) -> int:
    """Return how much of a limit is used."""
    scope, slug, what, member = key
    with world.store.system() as tx:
        found = tx.rewards.used(BRAND, [(scope, slug, what, member)])
    return sum(found.values())


def _events(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Return Huiliu's own events on coupons and promotions, in order."""
    with world.store.system() as tx:
        found = [(one.name, json.loads(one.body)) for one in tx.log.read(0, 0, 1_000)]
    return [one for one in found if one[0].startswith(("Coupon ", "Promotion "))]


@pytest.mark.parametrize("n_clients", [50])
def test_as_many_orders_are_redeemed_as_the_limit_says(world: World, n_clients: int) -> None:
    """Whatever the rush, a limit of 20 is 20 redemptions, and a budget is never passed."""
    put(
        world,
        promotion(more="limits: {total: 20}\nbudget: 700\n"),
        coupon(),
    )

    def one(nth: int) -> str:
        """Redeem an order of its own."""
        try:
            redeem(world, BRAND, OrderAsked(f"o-{nth}", basket(), None, ("HELLO40",)))
        except NotRedeemed as fault:
            return fault.reason
        return "redeemed"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(n_clients)))

    assert found.count("redeemed") == 17
    assert set(found) == {"redeemed", "budget"}
    assert _used(world, "promotion", "forty-off", "total", "") == 17
    assert _used(world, "promotion", "forty-off", "budget", "") == 17 * 4_000


def test_one_order_asked_for_by_many_at_once_is_redeemed_once(world: World) -> None:
    """A retry storm takes one of the limit."""
    put(world, promotion(more="limits: {total: 5}\n"), coupon())
    asked = OrderAsked("o-1", basket(), None, ("HELLO40",))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: redeem(world, BRAND, asked).is_new, range(20)))

    assert found.count(True) == 1
    assert _used(world, "promotion", "forty-off", "total", "") == 1


def test_an_own_code_is_used_once_by_whom_it_was_issued_to(world: World) -> None:
    """Somebody else's code, and a used one, are refused; rolled back it can be used again."""
    ada, bo = _people(world, "a", "b")
    put(world, promotion(), coupon(more="codes: {prefix: W}\nissue: {per_person: 1}\n"))
    issued = issue_one(world, BRAND, "hello", ada, "k-1")
    again = issue_one(world, BRAND, "hello", ada, "k-1")

    assert issued.code.startswith("W")
    assert (again.code, again.is_new) == (issued.code, False)
    with pytest.raises(Exception, match="issue_person"):
        issue_one(world, BRAND, "hello", ada, "k-2")
    with pytest.raises(NotRedeemed, match="code_not_yours"):
        redeem(world, BRAND, OrderAsked("o-1", basket(), bo, (issued.code,)))
    assert redeem(world, BRAND, OrderAsked("o-2", basket(), ada, (issued.code,))).is_new
    with pytest.raises(NotRedeemed, match="code_used"):
        redeem(world, BRAND, OrderAsked("o-3", basket(), ada, (issued.code,)))
    assert roll_back(world, BRAND, "o-2", "ada", "").is_new
    assert not roll_back(world, BRAND, "o-2", "ada", "").is_new
    assert redeem(world, BRAND, OrderAsked("o-3", basket(), ada, (issued.code,))).is_new
    assert [name for name, _ in _events(world)] == [
        "Coupon Issued", "Coupon Redeemed", "Coupon Rolled Back", "Coupon Redeemed",
    ]  # fmt: skip


def test_a_reservation_gives_its_share_back_when_its_time_is_over(
    world: World, clock: SimulatedClock
) -> None:
    """It holds the last one for a while; then somebody else may have it, and a late one is told."""
    put(world, promotion(more="limits: {total: 1}\n"), coupon())
    held = OrderAsked("o-1", basket(), None, ("HELLO40",))
    other = OrderAsked("o-2", basket(), None, ("HELLO40",))
    assert reserve(world, BRAND, held, ttl=5 * MINUTE).state == "reserved"
    assert not reserve(world, BRAND, held, ttl=5 * MINUTE).is_new
    with pytest.raises(NotRedeemed, match="limit_total"):
        redeem(world, BRAND, other)

    clock.advance(6 * MINUTE)

    assert redeem(world, BRAND, other).is_new
    with pytest.raises(NotRedeemed, match="order_expired"):
        confirm(world, BRAND, "o-1")
    assert expire_reservations(world, 10) == 0
    assert _used(world, "promotion", "forty-off", "total", "") == 1


def test_a_reservation_is_redeemed_as_it_was_priced(world: World) -> None:
    """What was promised is kept, whatever was published meanwhile, and is taken once."""
    put(world, promotion(more="limits: {total: 9}\n"), coupon())
    asked = OrderAsked("o-1", basket(), None, ("HELLO40",))
    reserve(world, BRAND, asked)
    put(
        world,
        promotion(more="limits: {total: 9}\npriority: 3\n").replace("amount: 40", "amount: 5"),
    )

    done = redeem(world, BRAND, asked)

    assert (done.state, done.discount, done.is_new) == ("redeemed", 4_000, True)
    assert not confirm(world, BRAND, "o-1").is_new
    assert _used(world, "promotion", "forty-off", "total", "") == 1


def test_a_reservation_asked_for_again_with_another_basket_holds_what_that_takes(
    world: World,
) -> None:
    """The budget is held for the present basket only."""
    put(
        world,
        promotion(more="budget: 60\n").replace(
            "steps: [{spend: 300", "repeat: true, steps: [{spend: 100"
        ),
        coupon(),
    )
    small = basket(lines=[{"sku": "A", "quantity": 1, "unit_price": 10_000}])
    reserve(world, BRAND, OrderAsked("o-1", small, None, ("HELLO40",)))
    assert _used(world, "promotion", "forty-off", "budget", "") == 4_000

    with pytest.raises(NotRedeemed, match="budget"):
        reserve(world, BRAND, OrderAsked("o-1", basket(), None, ("HELLO40",)))
    assert _used(world, "promotion", "forty-off", "budget", "") == 4_000

    reserve(world, BRAND, OrderAsked("o-1", small, None, ()))
    assert _used(world, "promotion", "forty-off", "budget", "") == 0


def test_promotions_ask_what_people_are_and_what_the_catalogue_says(world: World) -> None:
    """A condition is answered from the person's facts; who is nobody gets the reason."""
    ada, bo = _people(world, "a", "b")
    log(world, event("user_id:a", name="Order Paid", properties={"order_id": "1"}))
    project_all(world)
    put(
        world,
        promotion("buyers", "who: {did: Order Paid, at_least: 1}\n", by="everyone"),
    )

    assert price(world, BRAND, basket(), ada).discount == 4_000
    refused = [price(world, BRAND, basket(), who).refused[0].reason for who in (bo, None)]
    assert refused == ["who", "person"]


def test_codes_are_made_in_one_job_that_can_go_on(world: World) -> None:
    """As many as were asked for, all different; those of another tool come in once."""
    put(world, promotion(), coupon(more="codes: {prefix: N, mint: false, bound: false}\n"))
    job = make_codes(world, BRAND, "hello", 1_234, "ada")
    with world.store.system() as tx:
        made = [code for some in tx.rewards.stream_codes(BRAND, job.job_id, 500) for code in some]
        assert tx.rewards.count_codes(BRAND) == {"hello": (1_234, 1_234)}

    assert (job.n_made, len(set(made)), job.done_at > 0) == (1_234, 1_234, True)
    imported, bad = import_codes(world, BRAND, "hello", ["abc-123", "ABC123", "?", made[0]], "ada")
    assert (imported.n_made, bad) == (1, [(3, "?")])
    assert redeem(world, BRAND, OrderAsked("o-1", basket(), None, ("abc 123",))).is_new
    with pytest.raises(NotRedeemed, match="code_used"):
        redeem(world, BRAND, OrderAsked("o-2", basket(), None, ("ABC123",)))


def test_a_pool_of_made_codes_issues_each_to_one_person(world: World) -> None:
    """Many who ask at once get different codes, and the one too many gets none."""
    people = _people(world, *(f"u{n}" for n in range(12)))
    put(world, promotion(), coupon(more="codes: {mint: false}\nlasts: 7d\n"))
    make_codes(world, BRAND, "hello", 10, "ada")

    def one(person: int) -> str:
        """Issue to one."""
        try:
            return issue_one(world, BRAND, "hello", person, f"k-{person}").code
        except Exception as fault:  # noqa: BLE001 - the reason is what is looked at
            return str(fault)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(one, people))

    assert len(set(found) - {"no_codes"}) == 10
    assert found.count("no_codes") == 2


def test_a_code_that_was_issued_ends_with_its_own_time(world: World, clock: SimulatedClock) -> None:
    """Seven days after it was issued it is no good any more."""
    [ada] = _people(world, "a")
    put(world, promotion(), coupon(more="lasts: 7d\n"))
    code = issue_one(world, BRAND, "hello", ada, "k").code
    clock.advance(7 * DAY)

    with pytest.raises(NotRedeemed, match="code_expired"):
        redeem(world, BRAND, OrderAsked("o-1", basket(), ada, (code,)))


def test_further_codes_of_an_order_come_to_those_it_has(world: World) -> None:
    """A second code with the same basket counts besides the first; both are given back together."""
    put(
        world,
        promotion(more="limits: {total: 5}\n"),
        promotion("ten-off", "priority: 1\n").replace("300, amount: 40", "200, amount: 10"),
        coupon(),
        coupon("more", "code: TEN10\n", "ten-off"),
    )
    redeem(world, BRAND, OrderAsked("o-1", basket(), None, ("HELLO40",)))
    both = redeem(world, BRAND, OrderAsked("o-1", basket(), None, ("TEN10",)))

    assert both.discount == 5_000
    assert _used(world, "promotion", "forty-off", "total", "") == 1
    roll_back(world, BRAND, "o-1", "ada", "")
    assert _used(world, "promotion", "forty-off", "total", "") == 0


def test_a_pool_needs_its_promotion_and_a_code_of_its_own(world: World) -> None:
    """A coupon cannot go live without what it unlocks, nor with another pool's code."""
    from huiliu.kernel.errors import BadInput

    with pytest.raises(BadInput) as nothing:
        put(world, coupon())
    put(world, promotion(), promotion("all", by="everyone"), coupon())
    with pytest.raises(BadInput) as taken:
        put(world, coupon("other"))
    with pytest.raises(BadInput) as open_to_all:
        put(world, coupon("third", "code: THIRD\n", "all"))

    paths = [[one.path for one in fault.value.problems] for fault in (nothing, taken, open_to_all)]
    assert paths == [["promotion"], ["code"], ["promotion"]]


def test_a_pool_without_codes_keeps_nothing_of_what_it_may_issue(world: World) -> None:
    """Who issues to many in one transaction goes on; only coupons that people got are counted."""
    people = _people(world, "a", "b", "c")
    put(world, promotion(), coupon(more="codes: {mint: false}\nissue: {total: 9}\n"))
    make_codes(world, BRAND, "hello", 2, "ada")

    with world.store.system() as tx:
        wanted = [("hello", one, f"k-{one}") for one in people]
        found = issue_many(tx, world, BRAND, wanted, world.clock.now())
        tx.log.append([event for one in found for event in one.events])

    assert [one.refused for one in found].count("no_codes") == 1
    assert _used(world, "coupon", "hello", "issued", "") == 2


def test_what_is_tried_with_drafts_is_not_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promotions that are made up for one trial come never again: none of them stays in memory."""
    put(world, promotion(by="everyone"))
    draft = draft_promotion(world, BRAND, promotion("draft", by="everyone"))
    remembered: list[str] = []

    def noted(*given: Any) -> Any:
        remembered.extend(given[1].promotions)
        return price_once(*given)

    monkeypatch.setattr(price_basket, "price_once", noted)

    assert price(world, BRAND, basket(), drafts=[draft]).discount == 8_000
    assert price(world, BRAND, basket()).discount == 4_000
    assert remembered == ["forty-off"]
