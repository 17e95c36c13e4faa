"""What the builder asks for: words, common values, what is behind a number, how a segment grew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from tests.integration.people import BRAND, NOW, event, identify, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.conditions import Condition, parse
from huiliu.kernel.documents import dump
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services import suggest_values
from huiliu.services.apply_segment import apply_segment
from huiliu.services.chart_segment import chart_segment
from huiliu.services.draft_segment import draft_from_source, draft_from_tree
from huiliu.services.list_vocabulary import list_vocabulary
from huiliu.services.look_at_audience import combine, overlaps, reach, sample_people
from huiliu.services.suggest_values import suggest_property, suggest_trait
from huiliu.stores.clock import SimulatedClock

CITIES = ("上海", "上海", "上海", "北京", "北京", "北京", "北京", "拉萨")


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a brand with eight people, each with a city and an order."""
    with with_warehouse(world, tmp_path) as lent:
        for number, city in enumerate(CITIES):
            user = f"user_id:u{number}"
            log(
                lent,
                identify(user, city=city, vip=number % 2 == 0, email="vlt_" + "a" * 32),
                event(
                    user, name="Order Paid", properties={"total": 100, "pay": "微信", "nth": number}
                ),
            )
        settle(lent)
        yield lent


def condition(tree: object) -> Condition:
    """Return a condition that is known to be right."""
    found = parse(tree, "where")
    assert not isinstance(found, tuple)
    return found


def applied(world: World, slug: str, where: object) -> None:
    """Make a segment live and let the warehouse see it."""
    name = {"en": slug}
    apply_segment(
        world, BRAND, dump({"huiliu": 1, "kind": "segment", "slug": slug, "name": name,
                            "where": where}), "test",
    )  # fmt: skip
    settle(world)


def test_the_vocabulary_knows_what_was_seen_and_what_is_personal(shop: World) -> None:
    """Events with their properties, traits with their types, segments by name."""
    applied(shop, "in-shanghai", {"trait": "city", "is": "上海"})

    found = list_vocabulary(shop, BRAND)

    paid = next(one for one in found.events if one.name == "Order Paid")
    assert {one.name: one.type for one in paid.properties} == {
        "total": "number", "pay": "string", "nth": "number",
    }  # fmt: skip
    assert {one.name: one.is_personal for one in found.traits} == {
        "city": False, "vip": False, "email": True,
    }  # fmt: skip
    assert [one.slug for one in found.documents["segment"]] == ["in-shanghai"]


def test_common_values_are_offered_most_common_first(shop: World) -> None:
    """A value that one or two people have alone is not offered: it could name them."""
    assert suggest_trait(shop, BRAND, ("city",)).values == [("北京", 4), ("上海", 3)]
    assert suggest_trait(shop, BRAND, ("vip",)).values == [(False, 4), (True, 4)]
    assert suggest_property(shop, BRAND, "Order Paid", ("pay",)).values == [("微信", 8)]
    assert suggest_property(shop, BRAND, "Order Paid", ("total",)).values == [(100, 8)]
    assert suggest_property(shop, BRAND, "Order Paid", ("nth",)).values == []


def test_values_of_a_property_are_those_of_the_latest_events(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are too many events to look at, old ones are left out, and no others."""
    for number in range(3):
        paid = {"total": 100, "pay": "支付宝", "nth": 100 + number}
        log(shop, event(f"user_id:u{number}", name="Order Paid", properties=paid))
    settle(shop)
    monkeypatch.setattr(suggest_values, "_MOST_EVENTS", 3)

    found = suggest_property(shop, BRAND, "Order Paid", ("pay",)).values

    assert found == [("支付宝", 3)]


def test_personal_values_are_never_offered(shop: World) -> None:
    """Neither under a personal name, nor where the vault holds the values."""
    found = suggest_trait(shop, BRAND, ("email",))

    assert found.is_personal
    assert list(found.values) == []


def test_reach_counts_those_whom_a_channel_can_reach(shop: World) -> None:
    """Nobody here agreed to anything; the whole audience is no reason to write to it."""
    assert reach(shop, BRAND, condition({"did": "Order Paid"}), ["email", "carrier pigeon"]) == {
        "email": 0
    }


def test_overlaps_and_combinations_count_everybody_once(shop: World) -> None:
    """The combinations of sets add up to their union."""
    applied(shop, "in-shanghai", {"trait": "city", "is": "上海"})
    applied(shop, "vips", {"trait": "vip", "is": True})
    everyone = condition({"did": "Order Paid"})

    shared = overlaps(shop, BRAND, everyone, besides="vips")
    rows = combine(shop, BRAND, everyone, ["in-shanghai", "vips"])

    assert [(one.slug, one.n_both, one.n_other) for one in shared] == [("in-shanghai", 3, 3)]
    assert sum(one.n for one in rows) == len(CITIES)
    assert {one.inside: one.n for one in rows} == {
        (True, True, True): 2, (True, True, False): 1,
        (True, False, True): 2, (True, False, False): 3,
    }  # fmt: skip


def test_a_sample_shows_people_of_the_audience_and_stays_the_same(shop: World) -> None:
    """Each of them meets the condition; asking again shows the same ones."""
    beijing = condition({"trait": "city", "is": "北京"})

    first, again = (sample_people(shop, BRAND, beijing) for _ in range(2))

    assert [one.traits["city"][0] for one in first] == ["北京"] * 4
    assert [one.profile_id for one in first] == [one.profile_id for one in again]


def test_the_trend_ends_at_the_size_of_this_moment(shop: World, clock: SimulatedClock) -> None:
    """People enter on one day and leave on another; the days between keep the size."""
    applied(shop, "in-shanghai", {"trait": "city", "is": "上海"})
    clock.advance(2 * DAY)
    log(shop, identify("user_id:u0", city="广州", at=NOW + 2 * DAY))
    settle(shop)

    days = chart_segment(shop, BRAND, "in-shanghai", 4)

    assert [one.n_members for one in days] == [0, 3, 3, 2]
    assert [(one.n_entered, one.n_left) for one in days] == [(0, 0), (3, 0), (0, 0), (0, 1)]


def test_a_draft_is_the_same_document_both_ways(shop: World) -> None:
    """YAML to tree to YAML, with the sentence of either."""
    source = dump({
        "huiliu": 1, "kind": "segment", "slug": "a", "name": {"en": "A"},
        "where": {"all": [{"trait": "city", "is": "上海"}]},
    })  # fmt: skip
    read = draft_from_source(shop, BRAND, source)
    assert read.tree is not None

    written = draft_from_tree(shop, BRAND, read.tree)

    assert (written.source, written.sentence) == (source, read.sentence)


def test_a_draft_tells_its_problems_by_path_and_line(shop: World) -> None:
    """Wrong as a tree, it is wrong at the line where the YAML says it."""
    tree = {
        "huiliu": 1, "kind": "segment", "slug": "a", "name": {"en": "A"},
        "where": {"all": [{"trait": "city", "was": "上海"}, {"did": ""}]},
    }  # fmt: skip

    found = draft_from_tree(shop, BRAND, cast("dict[str, Value]", tree))

    lines = found.source.split("\n")
    assert found.sentence is None
    told = {one.path: lines[one.line - 1].strip() for one in found.problems}
    assert told["where.all[0].was"] == "was: 上海"
    assert told["where.all[1].did"] == '- did: ""'


def test_a_draft_that_is_nested_too_deeply_is_a_problem_not_a_crash(shop: World) -> None:
    """Whatever a browser sends, the answer is a list of problems."""
    tree: dict[str, object] = {"did": "Order Paid"}
    for _ in range(3_000):
        tree = {"not": tree}

    found = draft_from_tree(shop, BRAND, cast("dict[str, Value]", {"where": tree}))

    assert found.problems


def test_nobody_is_in_an_audience_that_nobody_meets(shop: World) -> None:
    """Empty is an answer."""
    nobody = condition({"trait": "city", "is": "无"})

    assert sample_people(shop, BRAND, nobody) == []
    assert overlaps(shop, BRAND, nobody) == []
    assert combine(shop, BRAND, nobody, ["none"]) == []
