"""What reaching people cost, and what each channel was worth for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.console.visiting import signed_in, token
from tests.integration.journeys import order_event
from tests.integration.people import BRAND, NOW, event, identify, log, person
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.metrics import METRICS
from huiliu.ports.ad_results import MediaRow
from huiliu.ports.world import World
from huiliu.services.asked_figures import asked_figures
from huiliu.services.channel_worth import channel_worth
from huiliu.services.costs import costs, message_price, message_prices
from huiliu.services.create_key import create_key
from huiliu.services.figures import frame_of, read_days, read_figures, today
from huiliu.services.media_costs import forget_media, import_media, list_media
from huiliu.services.message_events import internal_event
from huiliu.services.publish import publish

CARD = """\
huiliu: 1
kind: costs
slug: default
name: {zh-CN: 成本价目, en: What things cost}
currency: CNY
margin: 0.5
messages:
  - {channel: sms, price: 0.05}
  - {channel: sms, price: 0.04, from: 2026-11-20}
  - {channel: sms, account: dear, price: 0.10}
  - {channel: sms, country: US, price: 0.30}
"""
POINTS = """\
huiliu: 1
kind: points
slug: default
name: {en: Points}
value: {amount: 0.01, currency: CNY}
earn: [{id: buy, on: Order Paid, points: 1}]
"""
MEDIA = """\
日期,渠道,活动,花费,币种
2026-11-20,douyin,双十一,"1,000.50",
2026/11/21,douyin,,500,CNY
2026-11-21,tiktok,spark,20,USD
"""
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 22)


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a brand that sent SMS and e-mail, sold for it, and gave coupons and points."""
    with with_warehouse(world, tmp_path) as opened:
        publish(opened, BRAND, CARD, "ada")
        publish(opened, BRAND, POINTS, "ada")
        log(opened, identify("user_id:eve", country="US"), identify("user_id:ada", city="x"))
        settle(opened)
        ada, eve = person(opened, "user_id:ada"), person(opened, "user_id:eve")

        def told(who: int, name: str, at: int, *key: object, **said: object) -> NewEvent:
            """Return one of Huiliu's own events."""
            return internal_event(BRAND, who, name, said, at, name, *key)  # type: ignore[arg-type] # JSON values

        old, new = NOW - 10 * DAY, NOW - DAY
        sms = {"channel": "sms", "journey": "care"}
        log(
            opened,
            told(ada, "Message Sent", old, 1, message_id="m1", account="plain", **sms),
            told(ada, "Message Sent", new, 2, message_id="m2", account="plain", **sms),
            told(ada, "Message Unknown", new, 3, message_id="m3", account="dear", **sms),
            # Its end is told later: it is one message.
            told(ada, "Message Sent", new + HOUR, 3, message_id="m3", account="dear", **sms),
            told(eve, "Message Sent", new, 4, message_id="m4", account="plain", **sms),
            told(eve, "Message Sent", new, 5, message_id="m5", channel="email", account="x"),
            told(ada, "Message Clicked", new + HOUR, 2, message_id="m2", **sms),
            order_event(
                "Order Paid",
                "o1",
                who="ada",
                at=new + 2 * HOUR,
                total=90,
                discount=10,
                currency="CNY",
                channel="app",
            ),
            told(
                ada,
                "Coupon Redeemed",
                new + HOUR,
                6,
                order_id="o1",
                discount=10.0,
                currency="CNY",
                channel="app",
            ),
            told(ada, "Coupon Redeemed", new, 7, order_id="lost", discount=99.0, currency="CNY"),
            told(ada, "Points Burned", new + HOUR, 8, order_id="o1", amount=200.0, channel="app"),
            told(eve, "Points Burned", new + HOUR, 9, amount=50.0, channel="wechat"),
            order_event(
                "Order Paid", "o2", who="bob", at=new, total=60, currency="CNY", channel="douyin"
            ),
            event("user_id:bob", name="Product Viewed", at=new),
        )
        settle(opened)
        yield opened


def test_each_message_has_the_price_that_held_for_it(shop: World) -> None:
    """Of its day, its account and its person's country; what nobody prices is said."""
    found = costs(shop, BRAND, FIRST, LAST).by_channel

    # One before the price fell, one after it, one of a dear account, one to America.
    assert found["sms"].messages == pytest.approx(0.05 + 0.04 + 0.10 + 0.30)
    assert found["email"].messages == 0
    assert found["email"].n_unpriced == 1
    with shop.store.transaction(BRAND) as tx:
        assert str(message_price(tx, BRAND, "sms").amount) == "0.04"  # type: ignore[union-attr] # it has one
        assert message_price(tx, BRAND, "email") is None
        assert message_prices(tx, BRAND, "CNY") == {"sms": 0.3}
        assert message_prices(tx, BRAND, "USD") == {}


def test_discounts_and_points_cost_the_channel_that_the_order_is_credited_to(shop: World) -> None:
    """A code of an order that was never paid costs nothing; others their own channel."""
    found = costs(shop, BRAND, FIRST, LAST).by_channel

    assert found["sms"].coupons == 10
    assert found["sms"].points == pytest.approx(2.0)
    assert found["wechat"].points == pytest.approx(0.5)
    assert "app" not in found
    of_journey = costs(shop, BRAND, FIRST, LAST, journeys=["care"]).total
    assert of_journey.total == pytest.approx(0.49 + 10 + 2)


def test_media_is_taken_in_once_and_no_money_is_exchanged(shop: World) -> None:
    """The same file again changes nothing, a corrected one what it corrects."""
    first = import_media(shop, BRAND, MEDIA.encode("gb18030"), "ada")
    again = import_media(shop, BRAND, MEDIA.encode(), "ada")
    fixed = import_media(shop, BRAND, MEDIA.replace(",500,", ",400,").encode(), "bob")

    assert (first.n_new, first.n_changed, first.n_same) == (3, 0, 0)
    assert (again.n_new, again.n_changed, again.n_same) == (0, 0, 3)
    assert (fixed.n_new, fixed.n_changed, fixed.n_same) == (0, 1, 2)
    found = costs(shop, BRAND, FIRST, LAST)
    assert found.by_channel["douyin"].media == pytest.approx(1400.50)
    assert found.left_out == {"USD": 20.0}
    assert list_media(shop, BRAND, FIRST, LAST)[0] == MediaRow(
        "2026-11-21", "douyin", "", "CNY", 40000, "", "bob"
    )
    forget_media(shop, BRAND, dt.date(2026, 11, 20), "douyin", "双十一", "CNY")
    assert costs(shop, BRAND, FIRST, LAST).by_channel["douyin"].media == 400


def test_a_table_with_faults_is_refused_with_all_of_them(shop: World) -> None:
    """Each with its line, and nothing of it is taken in."""
    bad = "day,channel,cost\n2026-11-20,douyin,10\nsoon,Dou Yin!,-3\n2026-02-30,app,x\n"
    with pytest.raises(BadInput) as found:
        import_media(shop, BRAND, bad.encode(), "ada")

    assert [(one.path, one.line) for one in found.value.problems] == [
        ("day", 3), ("channel", 3), ("cost", 3), ("day", 4), ("cost", 4),
    ]  # fmt: skip
    assert list_media(shop, BRAND, FIRST, LAST) == []
    with pytest.raises(BadInput):
        import_media(shop, BRAND, b"day,price\n2026-11-20,3\n", "ada")


def test_what_a_channel_was_worth_is_told_with_what_it_cost(shop: World) -> None:
    """Attributed, with costs by kind; of channels that cost nothing no return is told."""
    import_media(shop, BRAND, MEDIA.encode(), "ada")
    found = channel_worth(shop, BRAND, FIRST, LAST)
    rows = {row.channel: row for row in found.rows}

    sms = rows["sms"]
    assert (sms.sent, sms.clicked, sms.converted) == (4, 1, 1)
    assert (sms.orders, sms.buyers, sms.new_buyers, sms.revenue) == (1, 1, 1, 90.0)
    spent = 0.49 + 10 + 2
    assert sms.costs.total == pytest.approx(spent)
    assert sms.roas == pytest.approx(90 / spent)
    # The coupon is put back before half is taken off for the goods: it is among the costs.
    assert sms.roi == pytest.approx((100 * 0.5 - spent) / spent)
    assert sms.cac == pytest.approx(spent)
    assert rows["douyin"].revenue == 60.0
    assert rows["douyin"].roas == pytest.approx(60 / 1500.5)
    assert rows["email"].roas is None
    assert found.total.orders == 2
    assert found.total.revenue == 150.0
    # No holdout was kept, and that is said instead of a figure.
    assert sms.incremental is not None
    assert sms.incremental.why_not is not None
    assert sms.attributed_over_incremental is None


def test_the_metrics_of_worth_are_those_of_the_channels(shop: World) -> None:
    """ROAS, ROI, CAC and costs by metric are what the channels' table says."""
    import_media(shop, BRAND, MEDIA.encode(), "ada")
    worth = channel_worth(shop, BRAND, FIRST, LAST)
    days = {"from": FIRST.isoformat(), "until": LAST.isoformat()}
    found = {
        name: read_figures(shop, BRAND, asked_figures(days, name, today(shop)))
        for name in ("roas", "roi", "cac", "total_cost", "coupon_cost", "points_burnt", "open_rate")
    }

    for row in worth.rows:
        assert found["roas"].of_channel(row.channel) == pytest.approx(row.roas)
        assert found["roi"].of_channel(row.channel) == pytest.approx(row.roi)
    assert found["roas"].total == pytest.approx(worth.total.roas)
    assert found["cac"].total == pytest.approx(worth.total.cac)
    assert found["total_cost"].total == pytest.approx(worth.total.costs.total)
    assert found["coupon_cost"].total == pytest.approx(109.0)
    assert found["points_burnt"].total == pytest.approx(250.0)
    # A rate is never told without its interval, and nothing else has one.
    assert found["open_rate"].interval == pytest.approx((0.0, 0.434), abs=0.001)
    assert found["roas"].interval is None
    assert found["roas"].n == 2


def test_all_channels_together_and_each_are_what_they_are_when_asked_alone(shop: World) -> None:
    """A page asks for both at once, so that an engine puts their rows together once."""
    import_media(shop, BRAND, MEDIA.encode(), "ada")
    days = {"from": FIRST.isoformat(), "until": LAST.isoformat(), "currency": "CNY"}
    frame = frame_of(shop, BRAND, FIRST, LAST, currency="CNY")

    # One of each kind: orders, trailing days, people who come again, messages, costs, touches.
    for name in ("net_revenue", "repeat_buyer_rate", "conversion", "message_conversion", "roi",
                 "attributed_share"):  # fmt: skip
        metric = METRICS[name]
        found = read_figures(shop, BRAND, asked_figures(days, name, today(shop)))

        assert found.days == read_days(shop, metric, frame)[""], name
        assert found.by_channel == read_days(shop, metric, frame, by_channel=True), name


def test_a_metric_is_shown_with_its_definition_and_its_interval(
    shop: World, tmp_path: Path
) -> None:
    """In the console and for servers, in the same words."""
    client = signed_in(shop, tmp_path)
    listed = client.get("/figures").text
    shown = client.get("/figures/open_rate?from=2026-11-01&until=2026-11-22").text
    key = create_key(shop, BRAND, "test", "api")[1]
    told = client.get("/v1/metrics/open_rate?from=2026-11-01&until=2026-11-22", auth=(key, ""))
    catalogue = client.get("/v1/metrics", auth=(key, "")).json()["metrics"]

    assert "Return-visit rate (7 days)" in listed
    assert "Σ (Messages of the day that were opened)" in shown
    assert "95% interval 0.0% to 43.4%" in shown
    assert told.json()["interval"] == pytest.approx([0.0, 0.434], abs=0.001)
    told_of = next(one for one in catalogue if one["metric"] == "retention_30")
    assert told_of["denominator"]["zh-CN"] == "当天新增人数"
    assert told_of["settles_after_days"] == 30


def test_costs_are_seen_and_changed_in_the_console_and_by_servers(
    shop: World, tmp_path: Path
) -> None:
    """The price card, a table of media spend, and what channels were worth, for both alike."""
    client, key = signed_in(shop, tmp_path), create_key(shop, BRAND, "test", "api")[1]
    csrf = token(client, "/people?lang=en")
    days = "from=2026-11-01&until=2026-11-22"

    assert "Gross margin 50.0%" in client.get(f"/costs?{days}").text
    sent = client.post("/costs/media", data={"csrf": csrf}, files={"file": MEDIA.encode()})
    assert sent.headers["location"] == "/costs?new=3&changed=0&same=0"
    assert "1,000.50 CNY" in client.get(f"/costs?{days}").text
    table = client.get(f"/costs/table?{days}").text
    assert "cannot tell" in table
    assert "20 USD is not in these figures" in table
    bad = client.post("/costs/media", data={"csrf": csrf}, files={"file": b"day,cost\nx,1\n"})
    assert bad.status_code == 422
    assert "lacks columns: channel" in bad.text
    row = {"csrf": csrf, "day": "2026-11-21", "channel": "tiktok", "campaign": "spark"}
    assert client.post("/costs/media/remove", data=row | {"currency": "USD"}).status_code == 303
    assert client.get("/costs?from=soon").status_code == 422

    def api(method: str, path: str, **body: object) -> Any:
        """Return what a server is answered."""
        return client.request(method, path, auth=(key, ""), json=body).json()

    told = api("GET", f"/v1/channel-worth?{days}")
    sms = next(one for one in told["channels"] if one["channel"] == "sms")
    assert sms["costs"]["coupons"] == 10
    assert sms["incremental"]["known"] is False
    assert [one["day"] for one in api("GET", f"/v1/costs/media?{days}")["media"]] == [
        "2026-11-21", "2026-11-20",
    ]  # fmt: skip
    assert api("POST", "/v1/costs/media", csv=MEDIA) == {"new": 1, "changed": 0, "same": 2}
    gone = "day=2026-11-21&channel=tiktok&campaign=spark&currency=USD"
    assert api("DELETE", f"/v1/costs/media?{gone}") == {"removed": True}
    assert api("PUT", "/v1/costs/card", source=CARD.replace("0.5\n", "0.6\n"))["version"] == 2
    assert api("GET", "/v1/costs/card")["margin"] == 0.6
    draft = {"csrf": csrf, "source": CARD.replace("margin: 0.5", "margin: 7")}
    assert "margin" in client.post("/costs/card/check", data=draft).text
    assert client.post("/costs/card/apply", data=draft).status_code == 422
    assert "price: 0.04" in client.get("/costs/card").text


def test_a_viewer_sees_costs_and_changes_none(shop: World, tmp_path: Path) -> None:
    """The page opens; forms are refused."""
    client = signed_in(shop, tmp_path, "viewer")
    csrf = token(client, "/people?lang=en")

    assert client.get("/costs").status_code == 200
    assert client.get("/costs/card").status_code == 403
    sent = client.post("/costs/media", data={"csrf": csrf}, files={"file": MEDIA.encode()})
    assert sent.status_code == 403
