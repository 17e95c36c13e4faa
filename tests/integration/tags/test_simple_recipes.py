"""Counts, sums and picks say what plain Python says of the same shop, merged people included."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from tests.integration.tags.shop import NOW, ZONE, Happening, Order, Shop, draw_shop, opened, tag

from huiliu.kernel.times import DAY, as_datetime

MERGED = {3: 4, 7: 8, 11: 12}
#: As of an instant at which a part of the log was not known yet.
EARLIER = NOW - 100 * DAY


@pytest.fixture(scope="module", params=[1, 2, 3])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Lend a random shop."""
    with opened(draw_shop(request.param), MERGED) as found:
        yield found


def folded(
    orders: dict[int, list[Order]], fold: Callable[[list[Order]], object]
) -> dict[int, object]:
    """Return what a fold says of each person's orders, where it says anything."""
    found = {who: fold(rows) for who, rows in orders.items()}
    return {who: value for who, value in found.items() if value is not None}


def day(at: int) -> dt.date:
    """Return the brand's date of an instant."""
    return as_datetime(at).astimezone(ZoneInfo(ZONE)).date()


def in_yuan(orders: list[Order]) -> list[Order]:
    """Return the orders in the brand's currency."""
    return [one for one in orders if one.currency in {"CNY", None}]


@pytest.mark.parametrize("at", [None, EARLIER])
def test_counting_takes_standing_orders_only(shop: Shop, at: int | None):
    """Unpaid, cancelled and refunded orders are no purchases; two payments are one."""
    found = shop.compute(tag("number", {"count": {"of": "purchases"}}), at)

    assert found == folded(shop.orders(at), len)
    assert found


@pytest.mark.parametrize(
    ("recipe", "fold"),
    [("sum", sum), ("average", fmean), ("min", min), ("max", max)],
)
def test_numbers_are_folded_within_the_brands_currency(
    shop: Shop, recipe: str, fold: Callable[[list[float]], float]
):
    """Orders in other currencies are left out, and their number is published."""
    made = tag("number", {recipe: {"of": "purchases", "property": "total"}})

    found, published = shop.computed(made)

    orders = shop.orders()
    want = folded(
        orders,
        lambda rows: (
            round(fold([one.total for one in in_yuan(rows)]), 6) if in_yuan(rows) else None
        ),
    )
    assert found == pytest.approx(want, abs=1e-6)
    n_others = sum(one.currency == "USD" for rows in orders.values() for one in rows)
    assert published["other_currencies"] == n_others
    assert n_others


def test_windows_are_open_at_their_old_end(shop: Shop):
    """An event counts for exactly the window's length, then no longer."""
    name = {"event": "Product Viewed"}
    for within in (30, 90):
        found = shop.compute(tag("number", {"count": {**name, "within": f"{within}d"}}))
        want = {
            who: sum(row.at > NOW - within * DAY for row in rows)
            for who, rows in shop.events("Product Viewed").items()
        }
        assert found == {who: n for who, n in want.items() if n}


def test_fixed_windows_hold_their_first_instant_only(shop: Shop):
    """`since` is inside, `before` is outside."""
    moments = sorted(row.at for rows in shop.events("Article Read").values() for row in rows)
    since, before = (as_datetime(moments[n]).isoformat() for n in (5, 20))
    made = tag("number", {"count": {"event": "Article Read", "since": since, "before": before}})

    want = Counter(
        who
        for who, rows in shop.events("Article Read").items()
        for row in rows
        if moments[5] <= row.at < moments[20]
    )
    assert shop.compute(made) == dict(want)


def test_filters_test_columns_as_they_test_properties(shop: Shop):
    """A purchase's channel and total, and an event's property, are filtered alike."""
    where = [{"property": "channel", "in": ["pos", "app"]}, {"property": "total", "above": 20}]
    found = shop.compute(tag("number", {"count": {"of": "purchases", "where": where}}))
    want = folded(
        shop.orders(),
        lambda rows: sum(one.channel in {"pos", "app"} and one.total > 20 for one in rows) or None,
    )
    assert found == want

    where = [{"property": "vip", "is": True}]
    found = shop.compute(tag("number", {"count": {"event": "Live Viewed", "where": where}}))
    views = shop.events("Live Viewed")
    want = {who: sum(row.properties.get("vip") is True for row in rows)
            for who, rows in views.items()}  # fmt: skip
    assert found == {who: n for who, n in want.items() if n}


@pytest.mark.parametrize("recipe", ["first", "last"])
def test_the_first_and_last_row_are_picked_by_time_then_id(shop: Shop, recipe: str):
    """A row without the property is passed over."""
    end = 0 if recipe == "first" else -1

    def pick(rows: list[Order]) -> object:
        named = [one for one in rows if one.channel is not None]
        return named[end].channel if named else None

    made = tag("text", {recipe: {"of": "purchases", "property": "channel"}})
    assert shop.compute(made) == folded(shop.orders(), pick)

    made = tag("moment", {recipe: {"of": "purchases", "property": "paid_at"}})
    want = folded(shop.orders(), lambda rows: as_datetime(rows[end].paid_at).replace(tzinfo=None))
    assert shop.compute(made) == want


def test_days_since_count_midnights_of_the_brands_zone(shop: Shop):
    """Yesterday evening is one day ago in the morning."""
    made = tag("number", {"days_since": {"of": "purchases"}})
    want = folded(shop.orders(), lambda rows: (day(NOW) - day(rows[-1].paid_at)).days)
    assert shop.compute(made) == want

    made = tag("number", {"days_since": {"of": "purchases", "which": "first"}})
    want = folded(shop.orders(), lambda rows: (day(NOW) - day(rows[0].paid_at)).days)
    assert shop.compute(made) == want


def test_distinct_values_are_counted_or_listed(shop: Shop):
    """The list is in the order of letters."""
    named = folded(
        shop.orders(), lambda rows: sorted({one.category for one in rows if one.category}) or None
    )
    counted = tag("number", {"distinct": {"of": "purchases", "property": "category"}})
    listed = tag("list", {"distinct": {"of": "purchases", "property": "category"}})
    assert shop.compute(listed) == named
    assert shop.compute(counted) == {who: len(one) for who, one in named.items()}  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [None, "amount"])
def test_the_most_frequent_value_wins_by_weight_then_age_then_letters(
    shop: Shop, weight: str | None
):
    """Lines are weighed by count or by amount; ties go to the one bought last."""
    recipe = {"of": "lines", "property": "category"}
    made = tag("text", {"most_frequent": recipe | ({"weight": weight} if weight else {})})

    def favourite(rows: list[Order]) -> object:
        weighed: dict[str, float] = defaultdict(float)
        newest: dict[str, int] = {}
        for one in rows:
            if weight and one.currency == "USD":
                continue
            for line in one.lines:
                category = line["category"]
                weighed[category] += line["price"] * line["quantity"] if weight else 1
                newest[category] = max(newest.get(category, 0), one.paid_at)
        if not weighed:
            return None
        best = max(round(one, 6) for one in weighed.values())
        tied = [name for name, one in weighed.items() if round(one, 6) == best]
        latest = max(newest[name] for name in tied)
        return min(name for name in tied if newest[name] == latest)

    assert shop.compute(made) == folded(shop.orders(), favourite)


def test_the_most_frequent_needs_enough_rows(shop: Shop):
    """Names of events and their channel can be weighed too."""
    names = ["Article Read", "Live Viewed"]
    made = tag("text", {"most_frequent": {"event": names, "property": "$event", "at_least": 4}})

    want = {}
    for who, rows in shop.events(*names).items():
        counts = Counter(row.name for row in rows)
        newest = {name: max(row.at for row in rows if row.name == name) for name in counts}
        if counts.total() >= 4:
            want[who] = min(counts, key=lambda name: (-counts[name], -newest[name], name))
    assert shop.compute(made) == want


def test_shares_are_of_a_number_or_of_the_rows(shop: Shop):
    """Who has no whole has no share."""
    made = tag("number", {
        "share": {"of": "purchases", "part": "discount", "whole": "list_total"}
    })  # fmt: skip

    def off(rows: list[Order]) -> float | None:
        mine = in_yuan(rows)
        whole = sum(one.total + one.discount for one in mine)
        return sum(one.discount for one in mine) / whole if whole else None

    assert shop.compute(made) == pytest.approx(folded(shop.orders(), off), abs=1e-6)

    part = {"where": [{"property": "channel", "is": "app"}]}
    made = tag("number", {"share": {"of": "purchases", "part": part}})
    want = folded(shop.orders(), lambda rows: fmean(one.channel == "app" for one in rows))
    assert shop.compute(made) == pytest.approx(want, abs=1e-6)


def test_a_formula_computes_over_other_tags(shop: Shop):
    """A missing tag leaves no value, unless the formula says what stands for it."""
    dice = random.Random(5)
    shop.tags = {
        "paid": {who: dice.randrange(100) for who in range(1, 40)},
        "orders": {who: dice.randrange(3) for who in range(20, 60)},
    }
    named = {"p": "paid", "n": "orders"}
    plain = tag("number", {"expression": {"formula": "p / n + 1", "tags": named}})
    kind = tag("number", {"expression": {"formula": "max(coalesce(n, 0), p)", "tags": named}})

    paid, orders = shop.tags["paid"], shop.tags["orders"]
    want = {who: round(paid[who] / orders[who] + 1, 6) for who in paid if orders.get(who)}
    assert shop.compute(plain) == want
    assert shop.compute(kind) == {who: max(orders.get(who, 0), one) for who, one in paid.items()}


def test_the_first_case_that_holds_gives_the_value(shop: Shop):
    """The conditions are those of segments; who meets none has what `else` says, or nothing."""
    cases = [
        {"if": {"did": "Order Paid", "at_least": 3}, "then": "loyal"},
        {"if": {"did": "Order Paid"}, "then": "buyer"},
    ]
    paid = shop.events("Order Paid")
    everyone = set(shop.events())

    found = shop.compute(tag("text", {"when": {"cases": cases, "else": "visitor"}}))
    assert found == {
        who: "visitor" if who not in paid else "loyal" if len(paid[who]) > 2 else "buyer"
        for who in everyone
    }

    found = shop.compute(tag("text", {"when": {"cases": cases}}))
    assert set(found) == set(paid)


def test_scores_keep_equal_values_together_and_publish_their_cuts():
    """Of very many equal values none is placed by chance."""
    with opened([Happening(1, "App Opened", NOW)]) as shop:
        values = dict.fromkeys(range(1, 61), 1.0) | {who: float(who) for who in range(61, 101)}
        shop.tags = {"n": values}

        found, published = shop.computed(tag("number", {"quantile": {"tag": "n", "scores": 5}}))

        assert published["cuts"] == [1.0, 1.0, 1.0 + 60.0 * 0.4, 80.2]
        assert {found[who] for who in range(1, 61)} == {1}
        assert found == {
            who: 1 + sum(value > cut for cut in published["cuts"]) for who, value in values.items()
        }
        low = shop.compute(tag("number", {"quantile": {"tag": "n", "scores": 5, "best": "low"}}))
        assert low == {who: 6 - score for who, score in found.items()}
