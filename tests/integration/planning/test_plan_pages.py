"""Targets, channel cards, roll-outs and metrics in the console and for servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.journeys import order_event, put_journey
from tests.integration.outbox import HELLO, Recorder, put_template, with_providers
from tests.integration.people import BRAND, NOW, event, log
from tests.integration.planning.test_roll_out import CARE, ROLLOUT
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.channel_cards import assess_channels, note_reviews
from huiliu.services.create_key import create_key
from huiliu.services.staff_tasks import list_tasks
from huiliu.stores.clock import SimulatedClock

TARGET = """\
huiliu: 1
kind: target
slug: app-orders
name: {zh-CN: 订单, en: More orders}
metric: orders
channels: [app]
baseline: {from: 2026-10-01, until: 2026-10-31}
goal: +20%
from: 2026-11-01
until: 2026-11-30
owner: ada
because: The season decides the year.
"""
CARD = """\
huiliu: 1
kind: channel_card
slug: app
name: {zh-CN: APP, en: Our APP}
channel: app
role: core
objective: conversion
features: [payment, logistics, membership, coupons]
size: 9000
steps: 9
cost: {amount: 0.01, currency: CNY}
consent: opt_in
evidence: {grade: tried, source: own figures, checked: 2026-11-01}
"""
WATCHED = """\
huiliu: 1
kind: channel_card
slug: new-place
name: {en: A new place}
channel: new-place
state: watched
role: seeding
objective: exposure
owner: ada
trial: {budget: {amount: 3000, currency: CNY}, until: 2027-01-15, question: Do they come back?}
"""


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a shop that sold two orders a day for two months, after a look at them."""
    with with_warehouse(world, tmp_path) as opened:
        wired = with_providers(opened, Recorder())
        put_template(wired, HELLO)
        put_journey(wired, CARE)
        events = []
        for nth in range(120):
            at = NOW - nth * DAY // 2 - HOUR
            who = f"u{nth % 40}"
            seen = event(f"user_id:{who}", at=at - 2 * HOUR, context={"channel": "app"})
            paid = order_event("Order Paid", f"o{nth}", who=who, at=at, total=100,
                               currency="CNY", channel="app")  # fmt: skip
            events += [seen, paid]
        log(wired, *events)
        settle(wired)
        yield wired


class Api:
    """Calls with a key."""

    def __init__(self, world: World, folder: Path) -> None:
        """Make a key."""
        self._client = visitor(world, folder)
        self._key = create_key(world, BRAND, "test", "api")[1]

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer's data."""
        answer = self._client.request(method, path, json=body, auth=(self._key, ""))
        return answer.json() | {"status": answer.status_code}


def post(client: Visitor, path: str, **typed: str) -> Any:
    """Send a form of the console and return the answer."""
    return client.post(path, data={"csrf": token(client, "/people?lang=en"), **typed})


def test_a_target_is_written_looked_at_and_taken_out_of_use(shop: World, tmp_path: Path) -> None:
    """In the console, with its faults while it is written; a server reads the same figures."""
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)

    assert "No targets yet" in client.get("/targets").text
    draft = client.get("/targets/new").text
    assert "new_customers" in draft
    faulty = post(client, "/targets/check", source=TARGET.replace("orders\nch", "magic\nch"))
    assert "Choose one of" in faulty.text
    assert "metric" in faulty.text
    looked = post(client, "/targets/check", source=TARGET).text
    assert "The season decides the year." in looked
    wrong = post(client, "/targets/apply", source=TARGET.replace("+20%", "-20%"))
    assert wrong.status_code == 422
    done = post(client, "/targets/apply", source=TARGET)
    assert done.headers["location"] == "/targets/app-orders?applied=1"
    assert post(client, "/targets/apply", source=TARGET + "note: x\n").status_code == 409

    told = api("GET", "/v1/targets/app-orders")["outlook"]
    assert told["baseline"] == 60.0
    assert told["goal"] == pytest.approx(72.0)
    assert told["so_far"] == 42.0
    # Two a day for ten more days: 62 at the end, never 72.
    assert told["expected"] == pytest.approx(60, abs=1)
    assert told["probability"] < 0.05
    assert told["stand"] == "off_track"
    shown = client.get("/targets/app-orders").text
    for words in ("off track", "Achievable", "42", "72"):
        assert words in shown
    assert "More orders" in client.get("/targets").text
    assert post(client, "/targets/app-orders/remove").status_code == 303
    assert client.get("/targets/app-orders").status_code == 404
    assert api("GET", "/v1/targets")["targets"] == []


def test_channels_are_compared_by_what_was_measured(shop: World, tmp_path: Path) -> None:
    """What was typed in stands beside it; what nobody measured is what was typed in."""
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)

    assert "app" in api("GET", "/v1/channel-cards")["without_card"]
    assert post(client, "/channel-cards/apply", source=CARD).status_code == 303
    assert post(client, "/channel-cards/apply", source=WATCHED).status_code == 303
    told = api("GET", "/v1/channel-cards")
    [card] = told["used"]
    assert told["without_card"] == []
    facts = card["facts"]
    assert facts["size"] == {"value": 40.0, "origin": "measured", "n": 40, "entered": 9000.0}
    assert facts["activity"]["value"] == 1.0
    assert facts["hours"]["value"] > 2
    assert facts["steps"]["origin"] == "measured"
    assert facts["gmv"]["value"] == 12_000
    assert facts["cost"] == {"value": 0.01, "origin": "entered", "n": None, "entered": 0.01}
    assert 0 < card["score"] <= 100
    assert sum(one["weight"] for one in card["points"]) == pytest.approx(1)
    assert [one["slug"] for one in told["watched"]] == ["new-place"]
    page = client.get("/channel-cards").text
    for words in ("Our APP", "A new place", "Do they come back?", "measured, 40"):
        assert words in page
    assert "typed in: 9000" in client.get("/channel-cards/app").text
    assert client.get("/channel-cards/new?state=watched").status_code == 200
    assert post(client, "/channel-cards/app/remove").status_code == 303
    assert client.get("/channel-cards/app").status_code == 404


def test_a_watched_channel_is_looked_at_once_a_quarter(
    shop: World, tmp_path: Path, clock: SimulatedClock
) -> None:
    """Not in the quarter in which it was written; once its trial is over that is what is asked."""
    client = signed_in(shop, tmp_path)
    assert post(client, "/channel-cards/apply", source=WATCHED).status_code == 303

    def opened() -> int:
        with shop.store.system() as tx:
            return note_reviews(tx, shop, BRAND)

    assert opened() == 0
    clock.advance(42 * DAY)
    assert [opened(), opened()] == [1, 0]
    clock.advance(90 * DAY)
    assert [opened(), opened()] == [1, 0]
    titles = [one.title for one in list_tasks(shop, BRAND)]
    assert "Do they come back?" in titles[0]
    assert titles[0] != titles[1]


def test_a_warehouse_that_is_away_leaves_what_was_typed_in(shop: World) -> None:
    """The page stays useful and says so."""
    from dataclasses import replace

    from huiliu.kernel.errors import Unavailable

    class Away:
        def population(self, brand_id: int, at: int | None = None) -> None:
            raise Unavailable("warehouse", "test")

    found = assess_channels(replace(shop, warehouse=Away()), BRAND)  # type: ignore[arg-type]
    assert found.measured_on is None
    assert found.uncarded == []


def test_a_roll_out_is_led_from_the_console(shop: World, tmp_path: Path) -> None:
    """Published, held with a reason, set to a stage, taken out of use; each is written down."""
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)

    assert "Nothing is being rolled out" in client.get("/rollouts").text
    assert "not_a_step" not in client.get("/rollouts/new").text
    looked = post(client, "/rollouts/check", source=ROLLOUT).text
    assert "data flows" in looked
    assert "at least 90.0%" in looked
    assert post(client, "/rollouts/apply", source=ROLLOUT).status_code == 303
    page = "/rollouts/care-first"
    assert "checking that data flows" in client.get(page).text
    assert post(client, f"{page}/act/hold", note="wait for legal").status_code == 303
    assert post(client, f"{page}/act/hold").status_code == 409
    assert post(client, f"{page}/act/set", stage="0:50").status_code == 422
    assert post(client, f"{page}/act/set", stage="x").status_code == 422
    assert post(client, f"{page}/act/set", stage="0:50", note="legal agreed").status_code == 303
    assert post(client, f"{page}/act/dance").status_code == 404
    shown = client.get(page).text
    for words in ("wait for legal", "legal agreed", "under way"):
        assert words in shown
    told = api("GET", "/v1/rollouts/care-first")
    assert [one["what"] for one in told["moves"]] == ["set", "held", "began"]
    assert told["next"] == {"tier": 0, "percent": 100.0}
    set_back = api("PUT", "/v1/rollouts/care-first/stage", {"percent": 10, "note": "slower"})
    assert set_back["percent"] == 10
    held = api("PUT", "/v1/rollouts/care-first/state", {"state": "held"})
    assert held["state"] == "held"
    assert api("PUT", "/v1/rollouts/care-first/state", {"state": "up"})["status"] == 422
    assert api("PUT", "/v1/rollouts/care-first/state", {"state": "running"})["state"] == "running"
    assert api("POST", "/v1/rollouts/care-first/look")["looked_at"] is not None
    assert "data flows" in client.get(page).text
    assert post(client, f"{page}/remove").headers["location"] == "/rollouts?removed=care-first"
    assert api("GET", "/v1/rollouts/care-first")["status"] == 404


def test_a_metric_is_read_by_day_and_channel(shop: World, tmp_path: Path) -> None:
    """The catalogue, one metric, and what is wrong with what was asked."""
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)

    assert "Repurchase rate" in client.get("/figures").text
    assert "14,000" not in client.get("/figures/gmv").text
    told = api("GET", "/v1/metrics/gmv?from=2026-11-01&until=2026-11-21")
    assert (told["value"], told["n"], told["currency"]) == (4_200.0, 42, "CNY")
    assert told["channels"] == [{"channel": "app", "value": 4_200.0, "n": 42, "interval": None}]
    assert len(told["days"]) == 21
    assert "4,200 CNY" in client.get("/figures/gmv?from=2026-11-01&until=2026-11-21").text
    assert client.get("/figures/gmv?from=soon&until=later").status_code == 422
    wrong = api("GET", "/v1/metrics/gmv?from=2026-11-05&until=2026-11-01")
    assert wrong["status"] == 422
    assert client.get("/figures/magic").status_code == 404
    assert any(one["metric"] == "repurchase_rate" for one in api("GET", "/v1/metrics")["metrics"])


def test_a_viewer_looks_and_changes_nothing(shop: World, tmp_path: Path) -> None:
    """Pages open; editors and buttons do not."""
    client = signed_in(shop, tmp_path, "viewer")

    for path in ("/targets", "/channel-cards", "/rollouts", "/figures"):
        assert client.get(path).status_code == 200
    for path in ("/targets/new", "/channel-cards/new", "/rollouts/new"):
        assert client.get(path).status_code == 403
    assert post(client, "/targets/apply", source=TARGET).status_code == 403
