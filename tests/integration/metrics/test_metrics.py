"""Every metric counts what a plain loop over the same events counts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import ibis
import pytest
from tests.integration.tags.shop import BRAND, NOW, ZONE, Happening, Shop, draw_shop, opened

from huiliu.kernel.times import DAY, HOUR, as_datetime, from_datetime
from huiliu.metrics import METRICS, Adds, Frame, Unit
from huiliu.metrics.purchases import told_of_orders
from huiliu.warehouses.populations import population

_EPOCH = dt.date(1970, 1, 1)
#: Whole days by the clocks of the zone.
_UNTIL = from_datetime(dt.datetime(2026, 11, 22, tzinfo=ZoneInfo(ZONE)))
_SINCE = _UNTIL - 120 * DAY
Cells = dict[tuple[int, str], tuple[float, float]]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop with a year of orders, acts, messages and what became of them."""
    with opened([*draw_shop(7), *_messages()]) as made:
        yield made


def _messages() -> Iterable[Happening]:
    """Tell of messages of two journeys on two channels, one an hour."""
    for nth in range(240):
        at = _UNTIL - 5 * DAY + nth * HOUR // 4
        said = {
            "message_id": f"m{nth}", "channel": ("sms", "email")[nth % 2],
            "journey": ("care", "cart")[nth % 3 == 0],
        }  # fmt: skip
        channel = said["channel"]
        yield Happening(nth % 50 + 1, "Message Sent", at, said, channel, "internal")
        for name, every in (
            ("Message Delivered", 2), ("Message Failed", 7), ("Message Clicked", 11),
            ("Message Complained", 60), ("Consent Withdrawn", 40),
        ):  # fmt: skip
            if nth % every == 0:
                told = said if name != "Consent Withdrawn" else {"message_id": f"m{nth}"}
                # Some of it only long after the span is over.
                yield Happening(nth % 50 + 1, name, at + nth % 9 * DAY, told, channel, "internal")


def frame(**how: object) -> Frame:
    """Return what is asked, unless a test says otherwise."""
    plain = Frame(population(BRAND, None), ZONE, NOW, _SINCE, _UNTIL, currency="CNY")
    return replace(plain, **how)  # type: ignore[arg-type] # a test names the fields


def cells(shop: Shop, name: str, asked: Frame) -> Cells:
    """Return (day, channel) -> top and bottom, as the warehouse counts."""
    rows = shop.run(METRICS[name].read(asked)).to_pylist()
    found = {(row["day"], row["channel"]): (row["top"], row["bottom"]) for row in rows}
    assert len(found) == len(rows)
    return {key: (round(top, 6), bottom) for key, (top, bottom) in found.items()}


def day(at: int) -> int:
    """Return the day that clocks in the zone show."""
    return (as_datetime(at).astimezone(ZoneInfo(ZONE)).date() - _EPOCH).days


def by_cell(rows: Iterable[tuple[int, str | None, float]], *, by_channel: bool) -> Cells:
    """Return (day, channel) -> what is added up, and how many rows it was."""
    found: dict[tuple[int, str], list[float]] = defaultdict(list)
    for at, channel, value in rows:
        if _SINCE <= at < _UNTIL:
            found[day(at), (channel or "") if by_channel else ""].append(value)
    return {key: (round(sum(values), 6), len(values)) for key, values in found.items()}


def paid(shop: Shop) -> list[list[tuple[int, str, str | None, float]]]:
    """Return (paid_at, order, channel, total) of each person's orders in yuan, in their order."""
    return [
        sorted(
            (one.paid_at, one.order_id, one.channel, one.total)
            for one in orders
            if one.currency in {None, "CNY"}
        )
        for orders in shop.orders().values()
    ]


@pytest.mark.parametrize("by_channel", [False, True])
def test_sales_are_counted_as_a_loop_over_the_orders_counts_them(
    shop: Shop, *, by_channel: bool
) -> None:
    """GMV, orders, average order value, new customers, repurchases and those who came back."""
    people = paid(shop)
    pairs = [(mine[:nth], one) for mine in people for nth, one in enumerate(mine)]
    asked = frame(by_channel=by_channel)

    gmv = by_cell([(at, ch, total) for _, (at, _, ch, total) in pairs], by_channel=by_channel)
    assert cells(shop, "gmv", asked) == gmv
    assert cells(shop, "aov", asked) == gmv
    assert cells(shop, "orders", asked) == {key: (n, n) for key, (_, n) in gmv.items()}
    first = [(at, ch, 1) for before, (at, _, ch, _) in pairs if not before]
    assert cells(shop, "new_customers", asked) == by_cell(first, by_channel=by_channel)
    again = [
        (at, ch, float(bool(before) and day(before[-1][0]) < day(at)))
        for before, (at, _, ch, _) in pairs
    ]
    assert cells(shop, "repurchase_rate", asked) == by_cell(again, by_channel=by_channel)
    back = [
        (at, ch, 1) for before, (at, _, ch, _) in pairs if before and at - before[-1][0] >= 90 * DAY
    ]
    assert back
    assert cells(shop, "reactivated", asked) == by_cell(back, by_channel=by_channel)


def test_people_who_were_there_are_counted_once_a_day(shop: Shop) -> None:
    """Also where they did much, and on several channels."""
    seen: dict[int, set[int]] = defaultdict(set)
    bought: dict[int, set[int]] = defaultdict(set)
    for who, rows in shop.events().items():
        for one in rows:
            if one.kind != "internal" and one.channel != "server" and _SINCE <= one.at < _UNTIL:
                seen[day(one.at)].add(who)
    for who, orders in shop.orders().items():
        for order in orders:
            if order.currency in {None, "CNY"} and _SINCE <= order.paid_at < _UNTIL:
                bought[day(order.paid_at)].add(who)

    assert {one[0]: top for one, (top, _) in cells(shop, "active_people", frame()).items()} == {
        at: len(who) for at, who in seen.items()
    }
    assert {one[0]: top for one, (top, _) in cells(shop, "buyers", frame()).items()} == {
        at: len(who) for at, who in bought.items()
    }
    assert {one[0]: both for one, both in cells(shop, "conversion", frame()).items()} == {
        at: (len(who & bought[at]), len(who)) for at, who in seen.items()
    }


def test_a_month_of_active_people_counts_each_person_once(shop: Shop) -> None:
    """Of the 30 days that end with a day, whatever was done in them and however often."""
    seen: dict[int, set[int]] = defaultdict(set)
    for who, rows in shop.events().items():
        for one in rows:
            if one.kind != "internal" and one.channel != "server":
                seen[day(one.at)].add(who)
    first, last = day(_SINCE), day(_UNTIL - 1)
    wanted = {
        at: len(set().union(*(seen[at - back] for back in range(30))))
        for at in range(first, last + 1)
    }

    found = {key[0]: top for key, (top, _) in cells(shop, "monthly_active", frame()).items()}

    assert found == {at: n for at, n in wanted.items() if n}


def test_what_messages_led_to_is_counted_on_the_day_they_left(shop: Shop) -> None:
    """However much later it was told; a message of another journey is not among them."""
    for name, every in (("click_rate", 11), ("complaint_rate", 60), ("opt_out_rate", 40)):
        found = cells(shop, name, frame(by_channel=True))
        assert sum(bottom for _, bottom in found.values()) == 240
        assert sum(top for top, _ in found.values()) == len(range(0, 240, every)), name
    known = [nth for nth in range(240) if not nth % 2 or not nth % 7]
    receipts = cells(shop, "receipt_rate", frame())
    assert sum(top for top, _ in receipts.values()) == len(known)
    delivered = cells(shop, "delivery_rate", frame(channels=("sms",), journeys=("cart",)))
    mine = [nth for nth in known if not nth % 2 and not nth % 3]
    assert sum(bottom for _, bottom in delivered.values()) == len(mine)
    assert sum(top for top, _ in delivered.values()) == len(mine)


def test_whether_data_flows_is_a_figure_like_any_other(shop: Shop) -> None:
    """Events that arrived, people known by name, orders of which it is known whence they came."""
    own = [one for one in shop.happenings if one.kind != "internal" and _SINCE <= one.at < _UNTIL]
    found = cells(shop, "collected_events", frame())
    assert sum(top for top, _ in found.values()) == len(own)
    assert sum(top for top, _ in cells(shop, "identified_share", frame()).values()) == 0
    shares = cells(shop, "attributed_share", frame())
    assert 0 < sum(top for top, _ in shares.values()) < sum(n for _, n in shares.values())
    firsts = cells(shop, "new_people", replace(frame(), since=0))
    assert sum(top for top, _ in firsts.values()) == len(shop.events(at=None).keys() & _own(shop))


@pytest.mark.parametrize("name", ["new_people", "retention_7", "retention_30"])
def test_who_is_new_is_the_same_whether_it_was_noted_or_is_looked_up(shop: Shop, name: str) -> None:
    """What is noted of each person's first day spares a look at all events, and changes nothing."""
    for since, by_channel in ((0, False), (_UNTIL - 300 * DAY, True), (_SINCE, False)):
        noted = frame(since=since, by_channel=by_channel)
        looked_up = replace(noted, tables=replace(noted.tables, seen=None))

        assert noted.tables.seen is not None
        assert cells(shop, name, noted) == cells(shop, name, looked_up)
    assert cells(shop, name, frame(since=0))


def _own(shop: Shop) -> set[int]:
    """Return who did something before the span was over, messages to them left out."""
    return {one.profile_id for one in shop.happenings if one.kind != "internal" and one.at < _UNTIL}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_keeps_to_its_span_and_its_channels(shop: Shop, name: str) -> None:
    """No day before or after, no other channel, and nothing twice."""
    asked = frame(channels=("app", "sms"), by_channel=True)
    found = cells(shop, name, asked)

    assert all(asked.first_day <= at <= asked.last_day for at, _ in found)
    assert {channel for _, channel in found} <= {"app", "sms"}
    assert all(bottom > 0 for _, bottom in found.values())
    if METRICS[name].unit is Unit.SHARE:
        assert METRICS[name].adds in {Adds.RATIO, Adds.STAND}
        assert all(0 <= top <= bottom for top, bottom in found.values())


def test_a_year_of_metrics_reads_the_same_whichever_days_are_asked_for(shop: Shop) -> None:
    """A week of a span counts as it does alone."""
    week: Mapping[str, Cells] = {
        name: cells(shop, name, frame(since=_UNTIL - 7 * DAY)) for name in METRICS
    }
    whole = {name: cells(shop, name, frame()) for name in METRICS}

    for name, found in week.items():
        assert found == {
            key: value for key, value in whole[name].items() if key[0] >= day(_UNTIL - 7 * DAY)
        }, name


def test_what_orders_say_is_the_same_taken_out_beforehand_and_read_from_events(shop: Shop) -> None:
    """Loading takes it out of the JSON once; engines that do not read it each time."""
    tables = population(BRAND, None)
    names = ("Order Shipped", "Order Out For Delivery", "Order Delivered")
    held = told_of_orders(tables, names)
    read = told_of_orders(replace(tables, order_told=None), names)
    columns = sorted(set(held.columns) & set(read.columns))

    def rows(table: ibis.Table) -> list[tuple[object, ...]]:
        """Return the rows in one order."""
        ordered = table.select(*columns).order_by("position")
        return [tuple(row.values()) for row in shop.run(ordered).to_pylist()]

    assert len(columns) == 13
    assert rows(held) == rows(read)
    assert len(rows(held)) > 100
