"""Many histories of every platform, with quotas, expiry, small pages, losses, repeats, disorder."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.integration.shops.shopping import MINUTE, street

from huiliu.fakes.shops import FAKE_SHOPS
from huiliu.ports.world import World
from huiliu.sources.shops import PLATFORMS
from huiliu.stores.clock import SimulatedClock

pytestmark = pytest.mark.trial


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("platform", sorted(FAKE_SHOPS))
def test_whatever_becomes_of_notices_the_true_history_is_told_once(
    world: World, clock: SimulatedClock, tmp_path: Path, platform: str, seed: int
) -> None:
    """The events in the end are those of what happened, none twice."""
    with street(world, clock, tmp_path, platform) as shop:
        chance = random.Random(seed)
        shop.fake.page_size = 4
        renews = PLATFORMS[platform].is_due(shop.view.state.connection, clock.now())
        for _ in range(6):
            shop.deliver(shop.wander(chance, 15))
            shop.fake.busy = 2 if chance.random() < 0.3 else 0
            shop.fake.expired = 1 if renews and chance.random() < 0.2 else shop.fake.expired
            shop.follow()
            if chance.random() < 0.4:
                shop.poll()
        shop.fake.busy = 0
        for _ in range(2):
            shop.later(20 * MINUTE)
            shop.poll()
            shop.follow()

        assert shop.known() == shop.must()
        assert all(len(names) == len(set(names)) for names in shop.told().values())
