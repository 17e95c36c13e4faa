"""Every platform, held to the same promises over real HTTP against its fake."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.shops.shopping import MINUTE, Street, street

from huiliu.fakes.shops import FAKE_SHOPS
from huiliu.ports.world import World
from huiliu.services.connect_shop import test_shop as ask_who
from huiliu.sources.shops import PLATFORMS
from huiliu.stores.clock import SimulatedClock


@pytest.fixture(params=sorted(FAKE_SHOPS))
def shop(
    world: World, clock: SimulatedClock, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Street]:
    """Give a street with one connected fake of each platform."""
    with street(world, clock, tmp_path, request.param) as found:
        yield found


def test_every_platform_has_a_fake() -> None:
    """No platform can be offered that nobody tries."""
    assert set(FAKE_SHOPS) == set(PLATFORMS)


def test_the_shop_says_who_it_is(shop: Street) -> None:
    """An operator sees at once whether the fields are right."""
    assert ask_who(shop.world, shop.key)


def test_notices_in_any_order_and_polls_tell_the_true_history_once(shop: Street) -> None:
    """Lost, repeated, reordered and stale notices with polls lead to what really happened."""
    chance = random.Random(20261122)
    for _ in range(3):
        shop.deliver(shop.wander(chance, 12))
        shop.follow()
        if chance.random() < 0.5:
            shop.poll()
    shop.later(6 * MINUTE)
    shop.poll()
    shop.follow()

    told = shop.told()
    assert shop.known() == shop.must()
    assert {order: len(names) for order, names in told.items()} == {
        order: len(set(names)) for order, names in told.items()
    }
    assert shop.view.backlog == 0


def test_a_forged_notice_is_refused_and_counted(shop: Street) -> None:
    """Whoever does not hold the secret cannot make the shop be looked at."""
    if not PLATFORMS[shop.fake.name].has_queue:
        shop.fake.order()
        forged = [shop.fake.forge(one) for one in shop.fake.take()]
        statuses = shop.deliver(forged)

        assert forged
        assert all(status >= 400 for status in statuses)
        assert shop.view.n_refused == len(forged)
        assert shop.follow() == 0


def test_a_replayed_notice_is_followed_once(shop: Street) -> None:
    """The same delivery ten times is thanked for ten times and looked at once."""
    if not PLATFORMS[shop.fake.name].has_queue:
        shop.fake.order()
        [first, *_] = shop.fake.take()
        statuses = shop.deliver([first] * 10)

        assert set(statuses) == {200}
        assert (shop.count("taken"), shop.count("repeated")) == (1, 9)
        assert shop.follow() == 1
        assert len(shop.told()) == 1


def test_too_many_requests_make_the_shop_rest_and_lose_nothing(shop: Street) -> None:
    """A quota is waited for; the page says so meanwhile."""
    shop.fake.order()
    shop.deliver(shop.fake.take())
    shop.fake.busy = 1_000
    shop.follow()
    shop.poll()
    resting = shop.view

    shop.fake.busy = 0
    shop.later(15 * MINUTE)
    shop.poll()
    shop.follow()

    assert resting.state.fault == "busy"
    assert resting.state.rests_until > 0
    assert shop.known() == shop.must()
    assert shop.view.state.fault == ""


def test_an_outage_loses_nothing(shop: Street) -> None:
    """What happened while the platform was down is told when it is back."""
    shop.fake.order()
    shop.deliver(shop.fake.take())
    shop.fake.down = 1_000
    shop.follow()
    shop.poll()
    fault = shop.view.state.fault

    shop.fake.down = 0
    shop.later(15 * MINUTE)
    shop.poll()
    shop.follow()

    assert fault == "down"
    assert shop.known() == shop.must()


def test_a_window_of_many_pages_is_read_to_its_end(shop: Street) -> None:
    """Three pages of orders are all found, though orders change while they are read."""
    shop.fake.page_size = 5
    for number in range(12):
        shop.later(MINUTE // 6)
        shop.fake.order(buyer=number + 1)
    shop.fake.take()
    shop.later(6 * MINUTE)
    shop.poll()

    assert set(shop.told()) == set(shop.must())


def test_a_token_that_ends_is_renewed_once_and_loses_nothing(shop: Street) -> None:
    """Also one that ends before its time; a token that renews is often good once only."""
    if not PLATFORMS[shop.fake.name].is_due(shop.view.state.connection, shop.clock.now()):
        return
    for _ in range(3):
        shop.fake.order()
        shop.deliver(shop.fake.take())
        shop.fake.expired = 1
        shop.follow()
        shop.poll()
        shop.follow()
        shop.later(6 * MINUTE)

    assert shop.view.state.fault == ""
    assert shop.known() == shop.must()


def test_what_a_worker_had_taken_when_it_died_is_followed_by_the_next(shop: Street) -> None:
    """Notices are lent, not given away; the events of a look and its end are one."""
    shop.fake.order()
    shop.deliver(shop.fake.take())
    shop.pull()
    with shop.world.store.system() as tx:
        now = shop.clock.now()
        claimed = tx.shops.claim_notices(shop.key, now, 10, now + 2 * MINUTE)
    assert claimed
    assert shop.follow() == 0

    shop.later(3 * MINUTE)

    assert shop.follow() == len(claimed)
    assert shop.known() == shop.must()
