"""Campaigns whose time came too early for somebody: late, or missed and counted, never silent."""

from __future__ import annotations

import pytest
from tests.integration.journeys import rows
from tests.integration.people import BRAND
from tests.integration.test_campaigns import channel, draft, fans, shop, work

from huiliu.kernel.times import HOUR, as_instant
from huiliu.ports.world import World
from huiliu.services.campaigns import (
    campaign_progress,
    create_campaign,
    pause_campaign,
    resume_campaign,
)
from huiliu.services.schedule import schedule
from huiliu.stores.clock import SimulatedClock

__all__ = ["channel", "shop"]


@pytest.mark.parametrize(
    ("published", "n_sent", "missed"),
    [
        # Tokyo's ten o'clock is an hour ago, New York's is to come.
        ("2026-11-23T02:00:00Z", 3, []),
        # Seven hours after Tokyo's, six hours after the brand's.
        ("2026-11-23T08:00:00Z", 1, [(2,)]),
        # Everywhere it is over.
        ("2026-11-24T08:00:00Z", 0, []),
    ],
)
def test_who_lives_where_the_hour_has_passed_gets_it_late_or_is_counted(
    shop: World, clock: SimulatedClock, published: str, n_sent: int, missed: list[tuple[int]]
) -> None:
    """A campaign that is published during its day goes where it is not too late; none is silent."""
    fans(shop, 2, zone="Asia/Tokyo")
    fans(shop, 1)
    clock.set(as_instant(published) or 0)
    create_campaign(shop, BRAND, draft(when={"once": "2026-11-23T10:00"}, zone="person"), "test")
    work(shop)

    progress = campaign_progress(shop, BRAND, "sale")
    assert rows(shop, "select count(*) from messages") == [(n_sent,)]
    assert progress.n_audience == n_sent
    assert rows(
        shop, "select n_audience from journey_occasions where state = 'missed' and n_audience > 0"
    ) == missed  # fmt: skip


@pytest.mark.parametrize(("paused_for", "state", "n_sent"), [(5, "filled", 1), (7, "missed", 0)])
def test_an_occasion_that_comes_during_a_pause_is_not_made_up_for_days_later(
    shop: World, clock: SimulatedClock, paused_for: int, state: str, n_sent: int
) -> None:
    """It was due and had no audience yet: resumed in time it lets people in, later it is missed."""
    fans(shop, 1)
    create_campaign(shop, BRAND, draft(when={"once": "2026-11-22T13:00"}), "test")
    clock.set(as_instant("2026-11-22T05:00:00Z") or 0)
    schedule(shop, 0)
    pause_campaign(shop, BRAND, "sale")
    work(shop)
    clock.set((as_instant("2026-11-22T05:00:00Z") or 0) + paused_for * HOUR)
    resume_campaign(shop, BRAND, "sale")
    work(shop)

    assert rows(shop, "select state from journey_occasions") == [(state,)]
    assert rows(shop, "select count(*) from messages") == [(n_sent,)]
