"""The channel guard pauses what fell by itself, and nothing where all fell or nothing is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.ads.advertising import at_platform
from tests.integration.guarded import GUARD, Weeks
from tests.integration.journeys import order_event
from tests.integration.outbox import (
    HELLO,
    Recorder,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.advertising.people import Spend
from huiliu.kernel.errors import BadInput, Conflict, Unavailable
from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.policy import rules_from
from huiliu.ports.guard import IncidentRow
from huiliu.ports.world import World
from huiliu.services.ad_control import controls
from huiliu.services.dispatch import dispatch
from huiliu.services.guard_watch import look_at_guard, watch_guards
from huiliu.services.incidents import (
    guard_status,
    override_incident,
    resume_incident,
    show_incident,
)
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock

FREE = rules_from(1_000, "00:00", "00:00")
WELL = {"email": 0.95, "sms": 0.95, "push": 0.95}


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a shop with a warehouse that sends by e-mail."""
    with with_warehouse(world, tmp_path) as opened:
        wired = with_providers(opened, Recorder(), rules=FREE)
        put_template(wired, HELLO)
        yield wired


def weeks_before(world: World, last: int = 2) -> Weeks:
    """Return days in which everything was well, up to some days ago."""
    weeks = Weeks(world)
    for ago in range(12, last, -1):
        weeks.day(ago, WELL)
    return weeks


def fall(weeks: Weeks, channels: dict[str, float]) -> None:
    """Let channels fall for two days, and let the warehouse see it all."""
    for ago in (2, 1):
        weeks.day(ago, WELL | channels)
    weeks.settle()


def incidents(world: World) -> list[IncidentRow]:
    """Return the open incidents."""
    return list(guard_status(world, BRAND).open)


def test_a_channel_that_falls_by_itself_is_paused_in_the_same_look(shop: World) -> None:
    """What crossed is paused when the look ends; messages wait; people are told."""
    weeks = weeks_before(shop)
    fall(weeks, {"email": 0.4})
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    assert watch_guards(shop) == 1
    assert watch_guards(shop) == 0

    (row,) = incidents(shop)
    assert (row.kind, row.metric, row.channel, row.state) == (
        "channel",
        "deliver",
        "email",
        "paused",
    )
    assert row.change < -0.3
    held = queue(shop, someone(shop))
    dispatch(shop)
    assert message(shop, held).reason == "guard_paused"
    with shop.store.transaction(BRAND) as tx:
        told = {one.kind for one in tx.notices.page(BRAND, 0, None, 50)}
    assert "incident_paused" in told


def test_where_everything_falls_together_nothing_is_paused(shop: World) -> None:
    """Tracking, season or prices: one incident of measurement, and messages go."""
    weeks = weeks_before(shop)
    fall(weeks, dict.fromkeys(WELL, 0.4))
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    watch_guards(shop)

    assert {one.kind for one in incidents(shop)} == {"measurement"}
    assert guard_status(shop, BRAND).pauses == []


def test_quiet_weeks_open_nothing(shop: World) -> None:
    """And each series says how long its traffic needs to tell a fall of 5 % from noise."""
    weeks = weeks_before(shop, 0)
    weeks.settle()
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    look = look_at_guard(shop, BRAND, "watch")

    assert incidents(shop) == []
    mine = [one for one in look.readings if one.kind == "channel" and one.metric == "deliver"]
    assert {one.channel for one in mine} == set(WELL)
    assert {one.verdict for one in mine} == {"ok"}
    assert all(one.days_to_tell is not None and one.days_to_tell > 0 for one in mine)


@pytest.mark.parametrize(
    ("only", "scope"),
    [
        ({"template": "news"}, {"template": "news"}),
        ({"account": "spare"}, {"account": "spare"}),
    ],
)
def test_a_pause_is_as_narrow_as_the_cause(
    shop: World, only: dict[str, str], scope: dict[str, str]
) -> None:
    """One template or one supplier is at fault: that is paused, the rest of the channel goes."""
    weeks = weeks_before(shop)
    for ago in (2, 1):
        weeks.day(ago, {"sms": 0.95, "push": 0.95})
        weeks.day(ago, {"email": 0.1}, only=only)
    weeks.settle()
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    watch_guards(shop)

    (row,) = incidents(shop)
    (pause,) = guard_status(shop, BRAND).pauses
    assert row.suspects[0].step == "deliver"
    assert {name: pause.scope[name] for name in scope} == scope
    assert pause.scope["channel"] == "email"


def test_without_the_warehouse_there_is_no_verdict_and_nothing_is_paused(
    shop: World, clock: SimulatedClock
) -> None:
    """It is said since when nothing can be seen; what was paused before stays paused."""

    class Away:
        """A warehouse that does not answer."""

        def catch_up(self, timeout_s: float, offset: int | None = None) -> None:
            raise Unavailable("warehouse", "gone")

    weeks = weeks_before(shop)
    fall(weeks, {"email": 0.4})
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    away = replace(shop, warehouse=Away())  # type: ignore[arg-type] # all that is asked of it
    watch_guards(away)
    clock.advance(HOUR)
    watch_guards(away)

    ((_, look),) = guard_status(shop, BRAND).guards
    assert look is not None
    assert (look.fault, look.looked_at, incidents(shop)) == ("Unavailable", 0, [])
    with shop.store.transaction(BRAND) as tx:
        assert {one.kind for one in tx.notices.page(BRAND, 0, None, 50)} == {"guard_blind"}
    clock.advance(HOUR)
    watch_guards(shop)
    assert [one.state for one in incidents(shop)] == ["paused"]


def test_a_pause_ends_step_by_step_as_what_goes_again_does_well(
    shop: World, clock: SimulatedClock
) -> None:
    """10 %, 50 %, all; each step is seen to be well before the next."""
    weeks = weeks_before(shop)
    fall(weeks, {"email": 0.4})
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    watch_guards(shop)
    (row,) = incidents(shop)
    resume_incident(shop, BRAND, row.incident_id, "ada", "mended")
    steps = []
    for _ in range(3):
        steps += [one.percent for one in guard_status(shop, BRAND).pauses]
        clock.advance(DAY + 3 * HOUR)
        weeks.day(0, WELL, n=60)
        weeks.settle()
        watch_guards(shop)

    view = show_incident(shop, BRAND, row.incident_id)
    assert steps == [10.0, 50.0]
    assert view.row.state == "resolved"
    assert [one.what for one in view.moves] == [
        "opened", "paused", "ramp", "passed", "passed", "resolved",
    ]  # fmt: skip
    with pytest.raises(Conflict):
        resume_incident(shop, BRAND, row.incident_id, "ada")


def test_a_ramp_that_shows_the_fall_again_is_paused_again(
    shop: World, clock: SimulatedClock
) -> None:
    """Nobody gets messages until somebody tries anew."""
    weeks = weeks_before(shop)
    fall(weeks, {"email": 0.4})
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    watch_guards(shop)
    (row,) = incidents(shop)
    resume_incident(shop, BRAND, row.incident_id, "ada")
    clock.advance(DAY + 3 * HOUR)
    weeks.day(0, WELL | {"email": 0.4}, n=60)
    weeks.settle()
    watch_guards(shop)

    view = show_incident(shop, BRAND, row.incident_id)
    assert view.row.state == "paused"
    assert view.moves[-1].what == "failed"
    assert [one.percent for one in view.pauses] == [0.0]


def test_an_override_ends_the_pause_with_its_reason_and_is_not_undone(
    shop: World, clock: SimulatedClock
) -> None:
    """Who overrides says why; the same fall pauses nothing again."""
    weeks = weeks_before(shop)
    fall(weeks, {"email": 0.4})
    publish(shop, BRAND, GUARD, "ada", kind="guard")
    watch_guards(shop)
    (row,) = incidents(shop)
    with pytest.raises(BadInput):
        override_incident(shop, BRAND, row.incident_id, "ada", " ")
    view = override_incident(shop, BRAND, row.incident_id, "ada", "the provider reports late")
    clock.advance(HOUR)
    watch_guards(shop)

    assert (view.row.state, view.moves[-1].note) == ("overridden", "the provider reports late")
    assert incidents(shop) == []
    held = queue(shop, someone(shop))
    dispatch(shop)
    assert message(shop, held).status == "sent"


def test_the_literal_rule_reports_and_pauses_only_where_it_is_told_to(shop: World) -> None:
    """More than 5 % below the mean, as the sentence stands."""
    weeks = weeks_before(shop)
    fall(weeks, {"email": 0.85})
    publish(shop, BRAND, f"{GUARD}mode: literal\n", "ada", kind="guard")
    watch_guards(shop)
    assert {(one.channel, one.state) for one in incidents(shop)} == {("email", "open")}

    publish(shop, BRAND, GUARD.replace("watch", "second") + "mode: literal\nthen: pause\n", "ada",
            kind="guard")  # fmt: skip
    look_at_guard(shop, BRAND, "second")
    assert {one.guard for one in incidents(shop) if one.state == "paused"} == {"second"}


def test_a_campaign_of_ads_that_falls_is_paused_at_its_platform(
    world: World, tmp_path: Path
) -> None:
    """By what the platform counts, settled days only; resuming lets it run again."""
    with (
        with_warehouse(world, tmp_path) as opened,
        at_platform(opened, "ocean_engine") as (shop, fake),
    ):
        today = dt.date(2026, 11, 22)
        rows = [
            Spend((today - dt.timedelta(days=ago)).isoformat(), campaign, campaign, "CNY", 100,
                  clicks=500, conversions=5 if campaign == "1001" and ago <= 5 else 50)
            for ago in range(3, 24)
            for campaign in ("1001", "1002", "1003")
        ]  # fmt: skip
        with shop.store.transaction(BRAND) as tx:
            tx.ad_results.put_spend(BRAND, "main", rows, "file", shop.clock.now())
        publish(shop, BRAND, GUARD.replace("deliver", "ads"), "ada", kind="guard")
        watch_guards(shop)

        (row,) = incidents(shop)
        assert (row.kind, row.campaign, row.state) == ("ads", "main/1001", "paused")
        assert not fake.campaigns["1001"]["on"]
        assert {one.object_id for one in controls(shop, BRAND)} == {"1001"}
        resume_incident(shop, BRAND, row.incident_id, "ada", "a new creative")
        assert [one["on"] for one in fake.campaigns.values()] == [True]
        assert [one.what for one in show_incident(shop, BRAND, row.incident_id).moves] == [
            "opened", "paused", "ads_paused", "ads_resumed", "ads_answered",
        ]  # fmt: skip


def test_where_fewer_visitors_pay_what_brings_them_is_paused(shop: World) -> None:
    """The document says which messages bring people to a channel; stock is named as the cause."""
    events = []
    for ago in range(14, 0, -1):
        for channel in ("app", "web", "douyin"):
            for nth in range(60):
                name, at = f"{channel}{nth}", shop.clock.now() - ago * DAY - HOUR
                is_short = nth % 3 > 0
                seen = {"product_id": f"s{nth % 3}", "stock": 1 if is_short else 90, "price": 9}
                events.append(event(f"user_id:{name}", name="Product Viewed", at=at,
                                    context={"channel": channel}, properties=seen))  # fmt: skip
                falls = channel == "app" and ago <= 2 and is_short
                if nth % 5 and not falls:
                    bought = [{"product_id": seen["product_id"], "price": 9, "quantity": 1}]
                    events.append(order_event(
                        "Order Paid", f"{name}-{ago}", who=name, at=at + HOUR // 2, total=9,
                        currency="CNY", channel=channel, products=bought,
                    ))  # fmt: skip
    log(shop, *events)
    settle(shop)
    source = GUARD.replace("[deliver]", "[visits]") + "delivers: {app: [email, push]}\n"
    publish(shop, BRAND, source, "ada", kind="guard")
    watch_guards(shop)

    (row,) = incidents(shop)
    assert (row.kind, row.channel, row.state) == ("visits", "app", "paused")
    assert row.suspects[0].where["stock"] == "low"
    assert [one.scope for one in guard_status(shop, BRAND).pauses] == [
        {"channel": "email"}, {"channel": "push"},
    ]  # fmt: skip
