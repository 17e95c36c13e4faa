"""Ten thousand tills at once, against limits, budgets and time: seeded, long."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.people import BRAND
from tests.integration.rewards.coupons import basket, coupon, promotion, put

from huiliu.kernel.times import MINUTE
from huiliu.ports.world import World
from huiliu.services.expire_reservations import expire_reservations
from huiliu.services.redeem_coupon import (
    NotRedeemed,
    OrderAsked,
    confirm,
    redeem,
    reserve,
    roll_back,
)
from huiliu.stores.clock import SimulatedClock


def _used(world: World, what: str) -> int:
    """Return how much of a limit of the promotion is used."""
    with world.store.system() as tx:
        found = tx.rewards.used(BRAND, [("promotion", "forty-off", what, "")])
    return sum(found.values())


@pytest.mark.trial
def test_ten_thousand_claims_on_five_hundred_units_redeem_five_hundred(world: World) -> None:
    """Not one more, not one less, and everybody else is told."""
    put(world, promotion(more="limits: {total: 500}\n"), coupon())

    def one(nth: int) -> str:
        """Redeem an order of its own."""
        try:
            redeem(world, BRAND, OrderAsked(f"o-{nth}", basket(), None, ("HELLO40",)))
        except NotRedeemed as fault:
            return fault.reason
        return "redeemed"

    with ThreadPoolExecutor(16) as pool:
        found = Counter(pool.map(one, range(10_000)))

    assert found == {"redeemed": 500, "limit_total": 9_500}
    assert _used(world, "total") == 500


@pytest.mark.trial
def test_random_sequences_of_everything_keep_counters_equal_to_orders(
    world: World, clock: SimulatedClock
) -> None:
    """Reserve, redeem, confirm, roll back and let run out, in any order, from many at once."""
    put(world, promotion(more="limits: {total: 60}\nbudget: 2200\n"), coupon())

    def one(nth: int) -> None:
        """Do something to one of a hundred orders."""
        dice = random.Random(nth)
        order = f"o-{dice.randrange(100)}"
        small = basket(lines=[{"sku": "A", "quantity": dice.choice((3, 4)), "unit_price": 10_000}])
        asked = OrderAsked(order, small, None, ("HELLO40",))
        act = dice.choice((
            lambda: reserve(world, BRAND, asked, ttl=MINUTE),
            lambda: redeem(world, BRAND, asked),
            lambda: confirm(world, BRAND, order),
            lambda: roll_back(world, BRAND, order, "trial", ""),
            lambda: expire_reservations(world, 5),
            lambda: clock.advance(10_000_000),
        ))  # fmt: skip
        try:
            act()
        except NotRedeemed:
            return

    for first in range(0, 3_000, 500):
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(one, range(first, first + 500)))
        with world.store.system() as tx:
            rows = [tx.rewards.look(BRAND, f"o-{nth}") for nth in range(100)]
        held = [one for one in rows if one is not None and one.state in {"reserved", "redeemed"}]
        assert _used(world, "total") == len(held) <= 60
        assert _used(world, "budget") == sum(one.discount for one in held) <= 220_000
