"""RFM, cycles, stages and tiers say what plain Python says of the same shop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.integration.tags.shop import NOW, ZONE, Happening, Order, Shop, draw_shop, opened, tag

from huiliu.kernel.times import DAY, HOUR, as_datetime

MERGED = {3: 4, 7: 8, 11: 12}
EARLIER = NOW - 60 * DAY


@pytest.fixture(scope="module", params=[11, 12, 13])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Lend a random shop of more people."""
    with opened(draw_shop(request.param, 150), MERGED) as found:
        yield found


def day(at: int) -> int:
    """Return the brand's day of an instant, as a number."""
    return as_datetime(at).astimezone(ZoneInfo(ZONE)).date().toordinal()


def in_yuan(orders: Sequence[Order]) -> list[Order]:
    """Return the orders in the brand's currency."""
    return [one for one in orders if one.currency in {"CNY", None}]


def q(values: Sequence[float], share: float) -> float:
    """Return a quantile, by another hand."""
    return round(float(np.quantile(values, share)), 6)


def purchase_days(orders: Sequence[Order]) -> list[int]:
    """Return the distinct days on which somebody bought."""
    return sorted({day(one.paid_at) for one in orders})


def gaps(days: Sequence[int]) -> list[int]:
    """Return the days between days."""
    return [later - one for one, later in pairwise(days)]


@pytest.mark.parametrize("at", [None, EARLIER])
def test_rfm_scores_are_quintiles_by_value(shop: Shop, at: int | None):
    """Recency is best when low; each score counts the cut points that lie below the value."""
    figures = {}
    for who, orders in shop.orders(at).items():
        if mine := in_yuan(orders):
            silent = day(NOW) - day(mine[-1].paid_at)
            figures[who] = (silent, len(mine), round(sum(one.total for one in mine), 6))
    cuts = [
        [q([one[nth] for one in figures.values()], share / 5) for share in (1, 2, 3, 4)]
        for nth in range(3)
    ]
    want = {
        who: (
            5 - sum(r > cut for cut in cuts[0]),
            1 + sum(f > cut for cut in cuts[1]),
            1 + sum(m > cut for cut in cuts[2]),
        )
        for who, (r, f, m) in figures.items()
    }
    for nth, name in enumerate(("recency", "frequency", "monetary")):
        found, published = shop.computed(tag("number", {"rfm": {"give": name}}), at)
        assert found == {who: scores[nth] for who, scores in want.items()}
        assert published == {f"{'rfm'[nth]}_cuts": pytest.approx(cuts[nth])}
    cells = shop.compute(tag("text", {"rfm": {"give": "cell"}}), at)
    assert cells == {who: "".join(map(str, scores)) for who, scores in want.items()}


def test_every_pair_of_scores_has_a_group(shop: Shop):
    """Groups cover all cells, and the best and the lost are what they are called."""
    cells = shop.compute(tag("text", {"rfm": {"give": "cell"}}))
    groups = shop.compute(tag("text", {"rfm": {"give": "group"}}))

    assert set(groups) == set(cells)
    by_pair = {cells[who][:2]: group for who, group in groups.items()}
    assert by_pair["55"] == "champions"
    assert by_pair["11"] == "lost"


def test_the_cycle_is_the_median_gap_of_days(shop: Shop):
    """Two orders of one day are one purchase; who bought once has no cycle, but waits."""
    found, published = shop.computed(tag("number", {"repurchase_cycle": {}}))

    days = {who: purchase_days(orders) for who, orders in shop.orders().items()}
    assert found == {who: median(gaps(one)) for who, one in days.items() if len(one) > 1}
    every = [gap for one in days.values() for gap in gaps(one)]
    assert published["median"] == q(every, 0.5)
    assert published["p75"] == q(every, 0.75)
    assert (published["n_gaps"], published["n_waiting"]) == (len(every), len(days))
    waits = [day(NOW) - one[-1] for one in days.values()]
    # By another hand: the first time at which fewer than half are still to return.
    for time in sorted(set(every)):
        left = 1.0
        for before in sorted({gap for gap in every if gap <= time}):
            watched = sum(gap >= before for gap in every) + sum(wait >= before for wait in waits)
            left *= 1 - every.count(before) / watched
        if left <= 0.5:
            assert published["kaplan_meier_median"] == time
            break
    else:
        assert "kaplan_meier_median" not in published

    least = tag("number", {"repurchase_cycle": {"least_gaps": 3}})
    assert set(shop.compute(least)) == {who for who, one in days.items() if len(one) > 3}


def stage(days: list[int], everybodys: tuple[float, float]) -> str:
    """Return a life-cycle stage, by the definition."""
    own = gaps(days)
    silent = day(NOW) - days[-1]

    def limit(some: list[int], share: float, other: float) -> float:
        return q(some, share) if len(some) >= 2 else other

    if silent > limit(own, 0.9, everybodys[1]):
        return "lost"
    if silent > limit(own, 0.75, everybodys[0]):
        return "lapsing"
    if own and own[-1] > limit(own[:-1], 0.9, everybodys[1]):
        return "won_back"
    return "new" if day(NOW) - days[0] <= 30 else "active"


@pytest.mark.parametrize("at", [None, EARLIER])
def test_stages_are_measured_in_the_own_rhythm(shop: Shop, at: int | None):
    """Lapsing past the own third quartile, lost past the own ninetieth percentile."""
    days = {who: purchase_days(orders) for who, orders in shop.orders(at).items()}
    every = [gap for one in days.values() for gap in gaps(one)]
    everybodys = (q(every, 0.75), q(every, 0.9))

    found, published = shop.computed(tag("text", {"life_cycle": {}}), at)

    assert (published["lapsing_after"], published["lost_after"]) == everybodys
    assert found == {who: stage(one, everybodys) for who, one in days.items()}
    assert {"lost", "lapsing"} <= set(found.values())


def test_stages_exist_where_nobody_ever_came_back():
    """Then nobody's rhythm is known: ninety and a hundred and eighty days stand for it."""
    bought = [
        Happening(who, "Order Paid", NOW - ago * DAY, {"order_id": f"o{who}", "total": 1})
        for who, ago in enumerate((10, 60, 100, 200), 1)
    ]
    with opened(bought) as shop:
        found = shop.compute(tag("text", {"life_cycle": {}}))
    assert found == {1: "new", 2: "active", 3: "lapsing", 4: "lost"}


def tiers_of(shop: Shop, at: int | None) -> dict[int, str]:
    """Return what each person's behaviour points to, by the definition."""
    orders = {who: mine for who, rows in shop.orders(at).items() if (mine := in_yuan(rows))}
    off, full = {}, {}
    for who, rows in orders.items():
        whole = sum(one.total + one.discount for one in rows)
        off[who] = round(sum(one.discount for one in rows) / whole, 6)
        untouched = sum(one.total for one in rows if not one.discount and not one.has_coupon)
        full[who] = round(untouched / sum(one.total for one in rows), 6)
    off_cut, full_cut = q(list(off.values()), 2 / 3), q(list(full.values()), 2 / 3)
    reads = shop.events("Article Read", at=at)
    scenes = shop.events("Live Viewed", "Scene Viewed", at=at)
    found = {}
    for who, rows in orders.items():
        n_reads = sum(row.at > NOW - 90 * DAY for row in reads.get(who, []))
        n_soon = sum(
            any(one.paid_at - 7 * DAY <= row.at <= one.paid_at for row in scenes.get(who, []))
            for one in rows
        )
        if off[who] >= off_cut and off[who] > 0 and len(rows) >= 2:
            found[who] = "price-sensitive"
        elif full[who] >= full_cut and full[who] > 0 and n_reads >= 2:
            found[who] = "quality-seeking"
        elif n_soon * 2 >= len(rows):
            found[who] = "scenario-driven"
    return found


@pytest.mark.parametrize("at", [None, EARLIER])
def test_tiers_follow_their_definition(shop: Shop, at: int | None):
    """Who fits several tiers is in the first of them."""
    found, published = shop.computed(tag("text", {"tier": {}}), at)

    assert found == tiers_of(shop, at)
    assert 0 < published["discount_share_from"] < 1


def test_all_three_tiers_occur_and_their_ties_go_to_the_first():
    """A bargain hunter who also watches before buying is a bargain hunter."""

    def bought(who: int, nth: int, **more: object) -> Happening:
        properties = {"order_id": f"{who}-{nth}", "total": 50, **more}
        return Happening(who, "Order Paid", NOW - (10 + nth) * DAY, properties)

    def did(who: int, name: str, ago: int) -> Happening:
        return Happening(who, name, NOW - ago)

    events = [
        bought(1, 1, discount=20), bought(1, 2, discount=20), did(1, "Live Viewed", 13 * DAY),
        bought(2, 1), did(2, "Article Read", 3 * DAY), did(2, "Article Read", 4 * DAY),
        bought(3, 1, coupon="X"), did(3, "Scene Viewed", 18 * DAY),
        bought(4, 1, coupon="X"), did(4, "Scene Viewed", 18 * DAY + HOUR),
        bought(5, 1, discount=20), bought(6, 1, coupon="X"),
    ]  # fmt: skip
    with opened(events) as shop:
        found = shop.compute(tag("text", {"tier": {}}))
    assert found == {1: "price-sensitive", 2: "quality-seeking", 3: "scenario-driven"}


def test_a_steady_tag_changes_when_the_new_value_held_twice():
    """The first value stands at once; a new one, or none, waits for the second refresh."""
    steady = tag("text", {"steady": {"tag": "flicker", "own": "calm"}}, slug="calm")
    told = ["a", "b", "a", "b", "b", None, "b", None, None, "a"]
    want = ["a", "a", "a", "a", "b", "b", "b", "b", None, "a"]
    stood: dict[int, object] = {}
    history: list[tuple[int, object, int]] = []
    found = []
    with opened([Happening(1, "App Opened", NOW)]) as shop:
        for nth, value in enumerate(told):
            at = NOW + nth * DAY
            if not history or history[-1][1] != value:
                history.append((1, value, at))
            shop.tags = {"flicker": {1: value} if value else {}, "calm": stood}
            shop.changes = history
            stood = shop.compute(steady, now=at)
            found.append(stood.get(1))
    assert found == want


def test_days_are_those_of_the_brands_zone():
    """Half past midnight in Shanghai is still yesterday in UTC."""
    late = int(dt.datetime(2026, 11, 20, 16, 30, tzinfo=dt.UTC).timestamp()) * 1_000_000
    events = [Happening(1, "Order Paid", at, {"order_id": str(at)}) for at in (late, late - HOUR)]
    with opened(events) as shop:
        assert shop.compute(tag("number", {"repurchase_cycle": {}})) == {1: 1.0}
        shop.zone = "UTC"
        assert shop.compute(tag("number", {"repurchase_cycle": {}})) == {}


def test_a_survey_gives_its_last_answer():
    """Answers of other surveys, other questions and other types are passed over."""

    def answer(who: int, ago: int, answer: object, question: str = "skin") -> Happening:
        properties = {"survey": "s1", "question": question, "answer": answer}
        return Happening(who, "Survey Answered", NOW - ago * DAY, properties)

    events = [
        answer(1, 5, "oily"), answer(1, 3, "dry"), answer(1, 1, 7), answer(1, 0, "x", "age"),
        answer(2, 2, "mixed"),
        replace(answer(3, 1, "dry"), properties={"survey": "s2", "question": "skin",
                                                 "answer": "dry"}),
    ]  # fmt: skip
    made = {"survey": {"survey": "s1", "question": "skin"}}
    with opened(events) as small:
        assert small.compute(tag("text", made)) == {1: "dry", 2: "mixed"}
        assert small.compute(tag("number", made)) == {1: 7.0}
