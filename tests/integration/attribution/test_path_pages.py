"""Attribution, funnels, paths and advice in the console, for servers and from commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.people import BRAND, NOW, event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.events import Kind
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.world import World
from huiliu.services.advice import advise
from huiliu.services.create_key import create_key
from huiliu.services.figures import today
from huiliu.services.hold_touches import attributed

FUNNEL = """\
huiliu: 1
kind: funnel
slug: checkout
name: {zh-CN: 下单, en: Checkout}
window: 2d
steps:
  - event: Product Viewed
    where: [{property: category, is: shoes}]
  - {event: Order Paid, name: {zh-CN: 付款, en: Money}}
by: [channel]
"""
WAYS = ("/attribution/models", "/funnels/purchase/steps?by=channel", "/funnels/message/steps",
        "/funnels/six-stages/steps", "/paths/ways", "/paths/ways?of=channels", "/paths/waits",
        "/paths/advice")  # fmt: skip


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a shop in which who comes by the APP puts in the cart far more often than on the web."""
    with with_warehouse(world, tmp_path) as opened:
        events = []
        for nth in range(160):
            who, channel = f"user_id:u{nth}", ("app", "web")[nth % 2]
            at = NOW - 10 * DAY + nth * 20 * MINUTE
            there: dict[str, Any] = {"context": {"channel": channel}}
            said = {"category": "shoes"}
            events.append(event(who, at=at, name="Product Viewed", properties=said, **there))
            if nth % 4 == 0:
                told = {"message_id": f"m{nth}", "channel": "email", "journey": "cart"}
                for name, late in (("Message Sent", 0), ("Message Clicked", HOUR)):
                    events.append(event(who, at=at + late, name=name, kind=Kind.INTERNAL,
                                        properties=told))  # fmt: skip
            if (nth % 2 == 0 and nth % 10) or nth % 20 == 1:
                at += 2 * HOUR
                events.append(event(who, at=at, name="Product Added", **there))
                about = {"order_id": f"o{nth}", "total": 100, "currency": "CNY"}
                for name in ("Order Created", "Order Paid"):
                    at += MINUTE
                    events.append(event(who, at=at, name=name, properties=about, **there))
        log(opened, *events)
        settle(opened)
        yield opened


def test_pages_come_at_once_and_their_figures_after_them(shop: World, tmp_path: Path) -> None:
    """In both languages; days that are none are told, and a warehouse that is away is no error."""
    client = signed_in(shop, tmp_path, "viewer")
    for path in ("/attribution", "/funnels", "/funnels/purchase", "/paths"):
        for locale in ("en", "zh-CN"):
            assert client.get(f"{path}?lang={locale}").status_code == 200
    assert client.get("/attribution?from=never").status_code == 422
    assert client.get("/funnels/purchase?by=moon").status_code == 422
    assert client.get("/funnels/nothing").status_code == 404
    for path in WAYS:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "notice-warn" not in answer.text, path
    assert "E-mail" in client.get("/attribution/models?by=conversions").text


def test_models_and_a_single_figure_tell_of_the_same_touches(shop: World, tmp_path: Path) -> None:
    """Every model adds up to the orders that any touch led to; the API says what the page says."""
    found = api(shop, tmp_path, "GET", "/v1/attribution?direct=skip")
    n = 64 + 8
    assert found["conversions"] == n
    assert found["untouched"]["conversions"] == 0
    for model, by in found["models"].items():
        assert sum(one["conversions"] for one in by.values()) == pytest.approx(n), model
        for one in by.values():
            low, high = one["conversions_interval"]
            assert low <= one["conversions"] <= high
    here = today(shop)
    told = attributed(shop, BRAND, here.replace(day=1), here, channel="email", journey="cart")
    assert told == (found["models"]["last"]["email"]["conversions"], told[0] * 100.0)
    assert attributed(shop, BRAND, here.replace(day=1), here, journey="other") == (0, 0.0)
    assert found["measured"]["email"]["why_not"]["en"]
    assert api(shop, tmp_path, "GET", "/v1/attribution?direct=perhaps")["status"] == 422


def test_a_funnel_is_written_counted_and_taken_out_of_use(shop: World, tmp_path: Path) -> None:
    """From the editor, and by servers; what is wrong with it stands beside its line."""
    client = signed_in(shop, tmp_path)
    csrf = token(client, "/people?lang=en")
    faulty = client.post("/funnels/check", data={"csrf": csrf, "source": "huiliu: 1"})
    assert "window" in faulty.text
    good = client.post("/funnels/check", data={"csrf": csrf, "source": FUNNEL})
    assert "Money" in good.text
    made = client.post("/funnels/apply", data={"csrf": csrf, "source": FUNNEL, "version": "0"})
    assert made.headers["location"] == "/funnels/checkout?applied=1"
    assert "Money" in client.get("/funnels/checkout/steps").text

    found = api(shop, tmp_path, "GET", "/v1/funnels/checkout?by=channel")
    assert [one["n"] for one in found["steps"]] == [160, 72]
    assert {value: [one["n"] for one in steps] for value, steps in found["groups"].items()} == {
        "app": [80, 64], "web": [80, 8],
    }  # fmt: skip
    contrast = found["contrasts"][0]
    assert contrast["told"]
    assert abs(contrast["difference"]) == pytest.approx(0.7)
    assert {one["slug"] for one in api(shop, tmp_path, "GET", "/v1/funnels")["funnels"]} == {
        "message", "purchase", "six-stages", "checkout",
    }  # fmt: skip
    again = api(shop, tmp_path, "POST", "/v1/funnels", {"source": FUNNEL})
    assert (again["version"], again["new"]) == (1, False)
    assert client.get("/funnels/checkout/edit").status_code == 200
    gone = client.post("/funnels/checkout/remove", data={"csrf": csrf})
    assert gone.headers["location"] == "/funnels?removed=checkout"
    assert api(shop, tmp_path, "GET", "/v1/funnels/checkout")["status"] == 404
    assert api(shop, tmp_path, "DELETE", "/v1/funnels/checkout")["status"] == 404


def test_paths_and_waits_are_told_to_servers(shop: World, tmp_path: Path) -> None:
    """Visits and paths of touches; how long new people take, with their intervals."""
    found = api(shop, tmp_path, "GET", "/v1/paths")
    assert found["converted"] == 72
    assert any(one["target"] == "Order Paid" for one in found["links"])
    by_channel = api(shop, tmp_path, "GET", "/v1/paths?of=channels")
    assert {one["source"] for one in by_channel["links"]} == {"app", "web", "email"}
    waits = api(shop, tmp_path, "GET", "/v1/paths/waits")["curves"]
    assert set(waits) == {"", "app", "web"}
    assert (waits["app"]["n"], waits["app"]["bought"]) == (80, 64)
    assert waits["app"]["median_days"] < 1 < len(waits["app"]["days"]) + 1
    assert waits["web"]["median_days"] is None


def test_advice_says_what_it_rests_on(shop: World, tmp_path: Path) -> None:
    """A difference that chance would not make is told with its interval; nothing else is."""
    here = today(shop)
    found = advise(shop, BRAND, here.replace(day=1), here)
    step = next(one for one in found if one.rule == "step")
    assert step.verdict == "told"
    assert step.interval is not None
    assert step.interval[1] < 0
    assert step.n == 160
    assert "web" in str(step.said).lower() or "Web" in str(step.said)
    told = api(shop, tmp_path, "GET", "/v1/advice")["advice"]
    assert any(one["rule"] == "wait" and one["verdict"] == "told" for one in told)
    assert all(one["evidence"]["zh-CN"] and one["method"]["en"] and one["href"] for one in told)


def api(world: World, folder: Path, method: str, path: str, body: Any = None) -> Any:
    """Return what a server is told."""
    client: Visitor = visitor(world, folder)
    key = create_key(world, BRAND, "test", "api")[1]
    answer = client.request(method, path, json=body, auth=(key, ""))
    return answer.json() | {"status": answer.status_code}
