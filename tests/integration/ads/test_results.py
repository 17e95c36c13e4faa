"""Platforms are told of orders once, campaigns are changed once, and what they cost is written."""

from __future__ import annotations

import json

import pytest
from tests.integration.ads.advertising import PLATFORMS, at_platform, buyer, catch_up, say
from tests.integration.outbox import did
from tests.integration.people import BRAND, NOW, project_all

from huiliu.channels.http import HttpOutbound
from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.world import World
from huiliu.services.ad_audiences import transfers
from huiliu.services.ad_control import confirm, controls, pause_campaign, propose
from huiliu.services.ad_convert import ad_conversions, convert_ads
from huiliu.services.ad_spend import ad_spend, fetch_spend, fetch_spend_due, import_spend
from huiliu.stores.clock import SimulatedClock

CLICKS = {
    "ocean_engine": "clickid", "kuaishou": "ksadcallback", "tencent_ads": "gdt_vid",
    "meta": "fbclid", "google_ads": "gclid", "tiktok": "ttclid",
}  # fmt: skip


def paid(world: World, profile: int, order: str = "o1", at: int = NOW) -> None:
    """Log and project a paid order of 259 yuan."""
    did(world, profile, "Order Paid", at, order_id=order, total=259, currency="CNY")
    project_all(world)


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_platform_is_told_of_an_order_once(
    world: World, clock: SimulatedClock, name: str
) -> None:
    """With the click that led to it; the order told twice is one conversion."""
    with at_platform(world, name, conversions="on") as (lent, fake):
        profile = buyer(lent)
        did(lent, profile, "Product Viewed", NOW - MINUTE, **{CLICKS[name]: "click-1"})
        paid(lent, profile)
        paid(lent, profile)
        catch_up(lent, clock)
        assert len(fake.conversions) == 1
        assert "click-1" in json.dumps(list(fake.conversions.values()))
        (told,) = transfers(lent, BRAND)
    assert (told.action, told.profile_id) == ("converted", profile)
    assert "click" in told.kinds


def test_orders_of_who_did_not_agree_are_not_told(world: World, clock: SimulatedClock) -> None:
    """And it is written down why, for each."""
    with at_platform(world, "meta", conversions="on") as (lent, fake):
        paid(lent, buyer(lent, agrees=False))
        refused = buyer(lent, "+8613900139000")
        paid(lent, refused, "o2")
        say(lent, refused, "Consent Withdrawn", at=NOW + MINUTE)
        catch_up(lent, clock)
        assert fake.conversions == {}
        seen = ad_conversions(lent, BRAND, "main")
    assert seen.counts == {("skipped", "no_consent"): 1, ("skipped", "withdrawn"): 1}


def test_an_order_that_is_too_old_for_meta_does_not_fail_the_others(
    world: World, clock: SimulatedClock
) -> None:
    """One event older than seven days would fail the whole request there."""
    with at_platform(world, "meta", conversions="on") as (lent, fake):
        profile = buyer(lent)
        paid(lent, profile, "old", NOW - 8 * DAY)
        paid(lent, profile, "new")
        catch_up(lent, clock)
        assert len(fake.conversions) == 1
        seen = ad_conversions(lent, BRAND, "main")
    assert seen.counts == {("sent", ""): 1, ("skipped", "too_old"): 1}


def test_one_conversion_that_is_refused_does_not_hold_up_the_rest(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused batch is halved until the one that is meant is found."""
    with at_platform(world, "tiktok", conversions="on") as (lent, fake):
        profile = buyer(lent)
        for n in range(5):
            paid(lent, profile, f"o{n}")
        track = fake._track  # type: ignore[attr-defined] # the fake's own

        def picky(given: dict[str, object]) -> object:
            bad = "o3" in json.dumps(given)
            return track({"event_source_id": "", "data": []} if bad else given)

        monkeypatch.setattr(fake, "_track", picky)
        catch_up(lent, clock)
        assert len(fake.conversions) == 4
        seen = ad_conversions(lent, BRAND, "main")
    assert seen.counts == {("sent", ""): 4, ("refused", "40002"): 1}


def test_a_lost_answer_is_never_told_again_where_twice_counts_twice(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kuaishou counts a callback as often as it is called."""
    with at_platform(world, "kuaishou", conversions="on") as (lent, fake):
        profile = buyer(lent)
        did(lent, profile, "Product Viewed", NOW - MINUTE, ksadcallback="click-1")
        paid(lent, profile)
        call = HttpOutbound.call

        def dies(outbound: HttpOutbound, calls: object) -> object:
            call(outbound, calls)  # type: ignore[arg-type] # handed on as it came
            raise RuntimeError

        with monkeypatch.context() as patched:
            patched.setattr(HttpOutbound, "call", dies)
            with pytest.raises(RuntimeError):
                catch_up(lent, clock)
        assert len(fake.conversions) == 1
        while convert_ads(lent):
            pass
        assert len(fake.conversions) == 1
        assert ad_conversions(lent, BRAND, "main").counts == {("unknown", ""): 1}


@pytest.mark.parametrize("name", PLATFORMS)
def test_campaigns_are_paused_and_budgeted_at_every_platform(world: World, name: str) -> None:
    """First proposed, then done, once; the log says by whom and why."""
    with at_platform(world, name) as (lent, fake):
        paused = pause_campaign(lent, BRAND, "main", "1001", reason="conversion fell", by="guard")
        assert (paused.state, fake.campaigns["1001"]["on"]) == ("done", False)
        asked = propose(lent, BRAND, "main", "1001", "budget", amount="600", by="user:1")
        assert fake.campaigns["1001"]["budget"] == 0
        assert confirm(lent, BRAND, asked.control_id).state == "done"
        assert fake.campaigns["1001"]["budget"] == 600
        with pytest.raises(Conflict):
            confirm(lent, BRAND, asked.control_id)
        resumed = propose(lent, BRAND, "main", "1001", "resume")
        assert confirm(lent, BRAND, resumed.control_id).state == "done"
        assert fake.campaigns["1001"]["on"]
        found = [(one.action, one.by, one.state) for one in controls(lent, BRAND)]
    assert sorted(found) == [
        ("budget", "user:1", "done"), ("pause", "guard", "done"), ("resume", "", "done"),
    ]  # fmt: skip


def test_a_proposal_goes_stale_and_a_wrong_one_is_refused(
    world: World, clock: SimulatedClock
) -> None:
    """Ten minutes later somebody has to ask again."""
    with at_platform(world, "kuaishou") as (lent, fake):
        asked = propose(lent, BRAND, "main", "1001", "pause")
        clock.advance(11 * MINUTE)
        with pytest.raises(Conflict):
            confirm(lent, BRAND, asked.control_id)
        assert fake.campaigns["1001"]["on"]
        with pytest.raises(BadInput) as caught:
            propose(lent, BRAND, "main", "../x", "budget", amount="499")
        assert [one.path for one in caught.value.problems] == ["campaign", "amount"]
        failed = pause_campaign(lent, BRAND, "main", "404", reason="", by="")
        assert (failed.state, failed.answer) == ("failed", "400002 campaign_id")


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_campaigns_cost_is_asked_of_every_platform(world: World, name: str) -> None:
    """In whole minor units; asked again it is written over, never added."""
    with at_platform(world, name) as (lent, fake):
        fake.costs = [("2026-11-21", "1001", "Double 11", "123.45", 1000, 50, 3)]
        assert fetch_spend(lent, BRAND, "main") == 1
        assert fetch_spend(lent, BRAND, "main") == 1
        seen = ad_spend(lent, BRAND)
    (total,) = seen.totals
    assert (total.cost, total.impressions, total.clicks) == (12345, 1000, 50)
    assert seen.rows[0][1].name == "Double 11"


def test_costs_come_from_a_file_too_and_are_asked_for_by_themselves(
    world: World, clock: SimulatedClock
) -> None:
    """A file's row is corrected by what the platform says later."""
    with at_platform(world, "ocean_engine") as (lent, fake):
        file = "日期,项目ID,消耗,展示数\n2026-11-21,1001,100.00,900\n".encode("gb18030")
        assert import_spend(lent, BRAND, "main", file) == 1
        with pytest.raises(BadInput):
            import_spend(lent, BRAND, "main", b"day,cost\nsoon,much\n")
        fake.costs = [("2026-11-21", "1001", "D11", "120.00", 1000, 50, 3)]
        clock.advance(MINUTE)
        assert fetch_spend_due(lent) == 1
        assert fetch_spend_due(lent) == 0
        assert [one.cost for one in ad_spend(lent, BRAND).totals] == [12000]
