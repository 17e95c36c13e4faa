"""Paths of real events are those of a plain loop over the same events, and so are their sums."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

import pytest
from tests.integration.tags.shop import BRAND, NOW, ZONE, Happening, Shop, draw_shop, opened

from huiliu.attribution.models import MODELS, attribute
from huiliu.attribution.path import Path
from huiliu.attribution.sums import ascribe, ask_moves, ask_rules, ask_sets, read_sums
from huiliu.attribution.touches import MOST, Touches, purchases_of, touch_rows
from huiliu.kernel.events import ORDER_EVENTS
from huiliu.kernel.times import DAY, MINUTE
from huiliu.metrics import Frame
from huiliu.warehouses.populations import population

_UNTIL = NOW
_SINCE = NOW - 90 * DAY
_REACH = {"click": 30 * DAY, "view": DAY, "visit": 30 * DAY}
#: (at, channel, kind)
Touch = tuple[int, str, str]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop in which people also look at messages, click on them and come by addresses."""
    with opened([*draw_shop(11, 40), *_more()]) as made:
        yield made


def _more() -> Iterator[Happening]:
    """Tell of what people did with messages, and of pages that they opened from somewhere."""
    dice = random.Random(5)
    for _ in range(900):
        who, at = dice.randrange(1, 41), NOW - dice.randrange(150 * DAY // MINUTE) * MINUTE
        name = dice.choice(
            ["Message Opened", "Message Clicked", "QR Scanned", "$page", "Message Sent"]
        )
        if name == "$page":
            search = dice.choice(["?utm_source=Douyin", "?a=1&utm_source=search", "?a=1", ""])
            yield Happening(who, name, at, {"search": search}, "web", "page")
            continue
        channel = dice.choice(["sms", "email"])
        said: dict[str, Any] = {"channel": channel, "journey": dice.choice(["cart", "care"])}
        if dice.random() < 0.2:
            said["machine"] = True
        yield Happening(who, name, at, said, channel, "internal")
        if name == "Message Clicked" and dice.random() < 0.7:
            # What follows at once belongs to the click.
            yield Happening(who, "Product Viewed", at + 3 * MINUTE, {}, "app")


def frame() -> Frame:
    """Return what is asked."""
    return Frame(population(BRAND, None), ZONE, NOW, _SINCE, _UNTIL, currency="CNY")


def touch(one: Happening) -> Touch | None:
    """Return the touch that an event is, by the rules."""
    if one.properties.get("machine"):
        return None
    if one.name == "QR Scanned":
        return one.at, "qr", "click"
    if one.name in {"Message Clicked", "Message Opened"}:
        kind = "click" if one.name == "Message Clicked" else "view"
        return one.at, one.channel or "", kind
    if one.kind == "internal" or one.channel in {None, "server"} or one.name in ORDER_EVENTS:
        return None
    _, found, source = str(one.properties.get("search", "")).partition("utm_source=")
    return (one.at, source.lower(), "click") if found else (one.at, str(one.channel), "visit")


def walk(shop: Shop, *, keeps_direct: bool) -> list[tuple[tuple[str, ...], list[int], int, float]]:
    """Return every path: its channels, when they were touched, orders and value."""
    found = []
    events, orders = shop.events(), shop.orders()
    for who in events.keys() | orders.keys():
        bought: dict[int, list[float]] = defaultdict(list)
        for order in orders.get(who, []):
            if order.currency in {None, "CNY"} and _SINCE - 30 * DAY <= order.paid_at < _UNTIL:
                bought[order.paid_at].append(order.total)
        touches = [made for one in events.get(who, []) if (made := touch(one))]
        touches = [one for one in touches if _SINCE - 30 * DAY <= one[0] < _UNTIL]
        last = max((one[0] for one in touches), default=0)
        before = 0
        for at in [*sorted(bought), None]:
            mine = [one for one in touches if before < one[0] and (at is None or one[0] <= at)]
            end = last if at is None else at
            path = trimmed(mine, touches, end, keeps_direct=keeps_direct)
            if path and _SINCE <= end < _UNTIL:
                values = bought.get(at or 0, [])
                names = tuple(one[1] for one in path)
                found.append((names, [end - one[0] for one in path], len(values), sum(values)))
            before = at or before
    return found


def trimmed(mine: list[Touch], every: list[Touch], end: int, *, keeps_direct: bool) -> list[Touch]:
    """Return the touches of a path that count."""
    clicks = [one[0] for one in every if one[2] == "click"]
    kept = [
        one for one in mine
        if end - one[0] <= _REACH[one[2]]
        and not (one[2] == "visit" and any(0 <= one[0] - at <= 30 * MINUTE for at in clicks))
    ]  # fmt: skip
    if not keeps_direct and any(one[2] != "visit" for one in kept):
        kept = [one for one in kept if one[2] != "visit"]
    kept.sort(key=lambda one: one[0])
    return [list(run)[-1] for _, run in groupby(kept, key=lambda one: one[1])][-MOST:]


def summed(shop: Shop, *, keeps_direct: bool) -> tuple[Any, list[dict[str, Any]]]:
    """Return the sums that the engine tells, and its touches."""
    purchases = shop.keep(purchases_of(frame()))
    held = shop.keep(touch_rows(Touches(frame(), purchases, keeps_direct=keeps_direct)))
    rows = [shop.run(ask(held)).to_pylist() for ask in (ask_rules, ask_moves, ask_sets)]
    return read_sums(*rows), shop.run(held.order_by("profile_id", "path", "nth")).to_pylist()


@pytest.mark.parametrize("keeps_direct", [True, False])
def test_paths_and_every_model_are_those_of_a_plain_loop(shop: Shop, *, keeps_direct: bool) -> None:
    """Windows, repeats, visits after a click, machines, refunds and other money included."""
    wanted = walk(shop, keeps_direct=keeps_direct)
    found, rows = summed(shop, keeps_direct=keeps_direct)
    told = [
        (tuple(row["channel"] for row in path), path[0]["orders"])
        for path in (list(run) for _, run in groupby(
            rows, key=lambda row: (row["profile_id"], row["path"])))
    ]  # fmt: skip
    assert sorted(told) == sorted((names, n) for names, _, n, _ in wanted)
    assert any(n for _, n in told)
    assert any(not n for _, n in told)
    assert {"sms", "email", "qr", "douyin", "search", "app"} <= set(found.moves.channels())

    paths = [Path(names, n, value, float(n == 0)) for names, _, n, value in wanted]
    channels = found.moves.channels()
    for value in (False, True):
        plain = attribute(paths, value=value)
        told_by = ascribe(found, channels, value=value)
        for model in MODELS:
            if model == "time_decay":
                continue
            assert told_by[model] == pytest.approx(plain[model], abs=1e-6), model
        decay: dict[str, float] = dict.fromkeys(channels, 0.0)
        for names, ago, n, worth in wanted:
            weights = [0.5 ** (one // 1_000_000 / (7 * 86_400)) for one in ago]
            for name, weight in zip(names, weights, strict=True):
                decay[name] += weight / sum(weights) * (worth if value else n)
        assert told_by["time_decay"] == pytest.approx(decay, abs=1e-6)


def test_a_touch_after_a_purchase_belongs_to_the_next_one(shop: Shop) -> None:
    """The touches of one person are in one path each, in their order."""
    _, rows = summed(shop, keeps_direct=True)
    for one, after in pairwise(rows):
        if one["profile_id"] == after["profile_id"]:
            assert one["at"] <= after["at"]
