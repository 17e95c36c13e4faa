"""Refunds, repurchases, retention and message results are what a plain loop counts."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.integration.metrics.test_metrics import cells, day, frame
from tests.integration.tags.shop import NOW, Happening, Shop, opened

from huiliu.kernel.times import DAY, HOUR

_LAST = day(frame().until - 1)
_FIRST = day(frame().since)
_TODAY = day(NOW)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop with a year of visits, orders, refunds, messages, coupons and points."""
    with opened(sorted(_happenings(), key=lambda one: one.at)) as made:
        yield made


def _happenings() -> Iterator[Happening]:
    """Tell of what sixty people did, was sent and was given back."""
    draw = random.Random(11)
    start = frame().since - 200 * DAY
    order = 0
    for who in range(1, 61):
        began = start + draw.randrange(300) * DAY
        at = began
        while at < NOW - DAY:
            yield Happening(who, "Product Viewed", at, {}, draw.choice(["app", "wechat"]))
            if draw.random() < 0.4:
                order += 1
                yield from _order(draw, who, f"o{order}", at + HOUR)
            at += draw.choice([DAY // 3, DAY, 5 * DAY, 20 * DAY, 70 * DAY]) + draw.randrange(HOUR)
    for nth in range(600):
        at = frame().since - 10 * DAY + nth * 5 * HOUR
        who = draw.randrange(1, 61)
        told = {"message_id": f"m{nth}", "channel": ("sms", "email")[nth % 2], "journey": "care"}
        yield Happening(who, "Message Sent", at, told, told["channel"], "internal")
        if nth % 3 == 0:
            machine = {"machine": nth % 5 == 0}
            yield Happening(who, "Message Opened", at + HOUR, told | machine, told["channel"],
                            "internal")  # fmt: skip
        if nth % 5 == 0:
            machine = {"machine": nth % 25 == 0}
            yield Happening(who, "Message Clicked", at + 2 * HOUR, told | machine,
                            told["channel"], "internal")  # fmt: skip
        if nth % 10 == 0:
            # Within the same second, on another channel: the later row is the last touch.
            again = {"message_id": f"t{nth}", "channel": "push", "machine": False}
            yield Happening(who, "Message Sent", at - HOUR, again, "push", "internal")
            yield Happening(who, "Message Clicked", at + 2 * HOUR, again, "push", "internal")


def _order(draw: random.Random, who: int, order: str, at: int) -> Iterator[Happening]:
    """Tell of one order and what became of it."""
    total = draw.randrange(50, 500)
    said = {"order_id": order, "total": total, "currency": "CNY", "channel": "app"}
    yield Happening(who, "Order Created", at, said)
    if draw.random() < 0.1:
        return
    yield Happening(who, "Order Paid", at + HOUR, said)
    if draw.random() < 0.8:
        yield Happening(who, "Order Shipped", at + DAY, {"order_id": order})
    fate = draw.random()
    if fate < 0.15:
        part = {"order_id": order, "refund": total // 3, "is_partial": True}
        yield Happening(who, "Order Refunded", at + 3 * DAY, part)
    if fate < 0.1:
        yield Happening(who, "Order Refunded", at + 50 * DAY, {"order_id": order})
    elif fate > 0.95:
        yield Happening(who, "Order Cancelled", at + 2 * DAY, {"order_id": order})


def _said(shop: Shop, name: str) -> dict[str, Happening]:
    """Return order -> the first event of a name."""
    found: dict[str, Happening] = {}
    for one in shop.happenings:
        if one.name == name:
            found.setdefault(one.properties["order_id"], one)
    return found


def _days(found: dict[tuple[int, str], tuple[float, float]]) -> dict[int, tuple[float, float]]:
    """Return the days of all channels together."""
    return {at: cell for (at, _), cell in found.items()}


def _inside(days: dict[int, list[float]]) -> dict[int, tuple[float, float]]:
    """Return sums and counts of the days of the span."""
    return {at: (round(sum(one), 6), len(one)) for at, one in days.items() if _FIRST <= at <= _LAST}


def test_money_placed_paid_and_kept_are_three_figures(shop: Shop) -> None:
    """Nothing is given back twice, and each booking stands on its own day."""
    placed, paid, kept = (defaultdict[int, list[float]](list) for _ in range(3))
    for one in _said(shop, "Order Created").values():
        placed[day(one.at)].append(one.properties["total"])
    left: dict[str, float] = {}
    for one in shop.happenings:
        if one.name == "Order Paid":
            paid[day(one.at)].append(one.properties["total"])
            kept[day(one.at)].append(one.properties["total"])
            left[one.properties["order_id"]] = one.properties["total"]
        elif one.name in {"Order Refunded", "Order Cancelled"}:
            whole = left[one.properties["order_id"]]
            back = one.properties.get("refund", whole)
            left[one.properties["order_id"]] -= back
            kept[day(one.at)].append(-back)

    assert _days(cells(shop, "gmv_placed", frame())) == _inside(placed)
    assert _days(cells(shop, "gmv_paid", frame())) == _inside(paid)
    assert _days(cells(shop, "net_revenue", frame())) == _inside(kept)
    assert any(top < 0 for top, _ in _inside(kept).values()) or len(kept) > len(paid) // 2


def test_goods_that_came_back_are_counted_of_the_orders_shipped(shop: Shop) -> None:
    """Within thirty days of the shipping, in part too, and only of days whose thirty are over."""
    shipped = _said(shop, "Order Shipped")
    came_back = {
        one.properties["order_id"] for one in shop.happenings
        if one.name in {"Order Refunded", "Order Cancelled"}
        and one.properties["order_id"] in shipped
        and 0 <= one.at - shipped[one.properties["order_id"]].at <= 30 * DAY
    }  # fmt: skip
    wanted: defaultdict[int, list[float]] = defaultdict(list)
    for order, one in shipped.items():
        if day(one.at) + 30 < _TODAY:
            wanted[day(one.at)].append(float(order in came_back))

    assert 0 < len(came_back) < len(shipped)
    assert _days(cells(shop, "goods_return_rate", frame())) == _inside(wanted)


def _buying_days(shop: Shop) -> dict[int, dict[int, float]]:
    """Return person -> day of buying -> what was paid on it."""
    found: dict[int, dict[int, float]] = {}
    for who, orders in shop.orders().items():
        mine = found.setdefault(who, {})
        for one in orders:
            mine[day(one.paid_at)] = mine.get(day(one.paid_at), 0.0) + one.total
    return found


def test_repurchases_are_told_by_both_definitions_and_by_their_cycle(shop: Shop) -> None:
    """By buyer over ninety days, by coming back within thirty, and as days between two."""
    people = _buying_days(shop)
    repeat, per_buyer = {}, {}
    for at in range(_FIRST, _LAST + 1):
        counts = [sum(1 for one in days if at - 90 < one <= at) for days in people.values()]
        buyers = sum(1 for n in counts if n)
        if buyers:
            repeat[at] = (sum(1 for n in counts if n > 1), buyers)
        month = [
            [paid for one, paid in days.items() if at - 30 < one <= at] for days in people.values()
        ]
        if any(month):
            per_buyer[at] = (round(sum(map(sum, month)), 6), sum(1 for one in month if one))
    again, cycle = (defaultdict[int, list[float]](list) for _ in range(2))
    for days in people.values():
        ordered = sorted(days)
        for nth, one in enumerate(ordered):
            later = ordered[nth + 1] if nth + 1 < len(ordered) else 10**9
            if one + 30 < _TODAY:
                again[one].append(float(later - one <= 30))
            if nth:
                cycle[one].append(float(one - ordered[nth - 1]))

    assert _days(cells(shop, "repeat_buyer_rate", frame())) == repeat
    assert _days(cells(shop, "revenue_per_buyer", frame())) == per_buyer
    assert _days(cells(shop, "period_repurchase_rate", frame())) == _inside(again)
    assert _days(cells(shop, "repurchase_cycle", frame())) == _inside(cycle)


def test_lifetime_value_is_all_that_was_ever_paid_over_all_who_paid(shop: Shop) -> None:
    """Also on days on which nobody bought."""
    people = _buying_days(shop)
    wanted = {}
    for at in range(_FIRST, _LAST + 1):
        paid = [[v for one, v in days.items() if one <= at] for days in people.values()]
        if any(paid):
            wanted[at] = (round(sum(map(sum, paid)), 6), sum(1 for one in paid if one))

    assert _days(cells(shop, "ltv", frame())) == wanted


def test_who_comes_again_is_told_once_the_days_for_it_are_over(shop: Shop) -> None:
    """Visitors within a week, new people on the seventh and the thirtieth day."""
    seen: dict[int, set[int]] = {}
    for who, rows in shop.events().items():
        days = {day(one.at) for one in rows if one.kind != "internal"}
        if days:
            seen[who] = days
    visits: defaultdict[int, list[float]] = defaultdict(list)
    for days in seen.values():
        for one in days:
            if one + 7 < _TODAY:
                visits[one].append(float(any(one < other <= one + 7 for other in days)))
    assert _days(cells(shop, "return_visit_rate", frame())) == _inside(visits)
    for after in (7, 30):
        stayed: defaultdict[int, list[float]] = defaultdict(list)
        for days in seen.values():
            first = min(days)
            if first + after < _TODAY:
                stayed[first].append(float(first + after in days))
        found = _days(cells(shop, f"retention_{after}", frame(since=frame().since - 200 * DAY)))
        assert found
        assert found == {
            at: (sum(one), len(one)) for at, one in stayed.items() if at <= _LAST
        }  # fmt: skip


def test_machines_open_and_follow_nothing_and_an_order_answers_one_message(shop: Shop) -> None:
    """The last message before an order has it; what came after the span takes its own away."""
    sent = {
        one.properties["message_id"]: (one.profile_id, one.at, one.channel)
        for one in shop.happenings if one.name == "Message Sent"
    }  # fmt: skip
    acted: dict[str, set[str]] = defaultdict(set)
    for one in shop.happenings:
        if one.name in {"Message Opened", "Message Clicked"} and not one.properties["machine"]:
            acted[one.name].add(one.properties["message_id"])
    sold = set()
    for who, orders in shop.orders().items():
        for order in orders:
            near = [
                (at, name) for name, (whose, at, _) in sent.items()
                if whose == who and 0 <= order.paid_at - at <= 7 * DAY
            ]  # fmt: skip
            sold |= {max(near)[1]} if near else set()
    wanted = {"open_rate": acted["Message Opened"], "click_rate": acted["Message Clicked"],
              "message_conversion": sold}  # fmt: skip
    short = frame(until=frame().since + 60 * DAY, channels=("sms",))
    mine = {
        name for name, (_, at, channel) in sent.items()
        if short.since <= at < short.until and channel == "sms"
    }  # fmt: skip

    for name, good in wanted.items():
        found = cells(shop, name, short)
        assert sum(bottom for _, bottom in found.values()) == len(mine), name
        assert 0 < sum(top for top, _ in found.values()) == len(mine & good), name
    counts = {"messages_opened": "open_rate", "messages_clicked": "click_rate",
              "messages_converted": "message_conversion"}  # fmt: skip
    for name, rate in counts.items():
        assert sum(top for top, _ in cells(shop, name, short).values()) == len(mine & wanted[rate])
    opened_or_clicked = mine & (wanted["open_rate"] | wanted["click_rate"])
    found = cells(shop, "click_to_open_rate", short)
    assert sum(bottom for _, bottom in found.values()) == len(opened_or_clicked)


def test_a_sale_is_credited_to_the_last_message_that_was_followed(shop: Shop) -> None:
    """In thirty days before it; else to the last one opened in a day; else to its own channel."""
    touches = [
        (one.profile_id, one.at, nth, one.name == "Message Clicked", one.channel)
        for nth, one in enumerate(shop.happenings)
        if one.name in {"Message Opened", "Message Clicked"} and not one.properties["machine"]
    ]
    wanted: defaultdict[str, float] = defaultdict(float)
    for who, orders in shop.orders().items():
        for order in orders:
            if not frame().since <= order.paid_at < frame().until:
                continue
            near = [
                (is_click, at, nth, channel) for whose, at, nth, is_click, channel in touches
                if whose == who and 0 <= order.paid_at - at <= (30 if is_click else 1) * DAY
            ]  # fmt: skip
            wanted[max(near)[3] if near else order.channel or ""] += order.total  # type: ignore[index] # a message has a channel

    found: defaultdict[str, float] = defaultdict(float)
    for (_, channel), (top, _) in cells(shop, "roas", replace(frame(), by_channel=True)).items():
        found[channel] += top
    assert {one: round(value, 6) for one, value in found.items()} == {
        one: round(value, 6) for one, value in wanted.items()
    }
    assert {"app", "sms", "email", "push"} <= found.keys()
