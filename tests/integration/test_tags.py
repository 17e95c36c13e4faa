"""Tags in operation: computed in order, written by diff, carried to whoever asks, once each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from msgspec import Raw
from tests.integration.people import BRAND, NOW, event, identify, log, person
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, InUse, NotFound, Unavailable
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR, show_instant
from huiliu.ports.world import World
from huiliu.services.apply_segment import apply_segment
from huiliu.services.apply_tag import apply_tag, apply_tags, read_tag, shipped
from huiliu.services.audience import members
from huiliu.services.compute_tag import compute_tag, find_tag
from huiliu.services.look_at_tags import list_tags, show_tag, spread
from huiliu.services.refresh_tags import refresh_due, refresh_tags
from huiliu.services.remove_tag import remove_tag
from huiliu.stores.clock import SimulatedClock


def tag(slug: str, value: object, type_: str = "number", **more: object) -> str:
    """Return a tag's YAML."""
    return dump({
        "huiliu": 1, "kind": "tag", "slug": slug, "name": {"en": slug},
        "definition": {"en": f"What {slug} means."}, "category": "purchase", "owner": "crm",
        "type": type_, **more, "value": value,
    })  # fmt: skip


def segment(slug: str, where: object) -> str:
    """Return a segment's YAML."""
    return dump(
        {"huiliu": 1, "kind": "segment", "slug": slug, "name": {"en": slug}, "where": where}
    )


ORDERS = tag("paid-orders", {"count": {"of": "purchases"}})
SPENT = tag("spent", {"sum": {"of": "purchases", "property": "total"}})


def happens(world: World, *events: NewEvent) -> None:
    """Let events happen, and everybody see them."""
    log(world, *events)
    settle(world)


def bought(who: str, order: str, total: float, at: int = NOW) -> NewEvent:
    """Return the event of a paid order."""
    return event(
        f"user_id:{who}", name="Order Paid", at=at,
        properties={"order_id": order, "total": total, "currency": "CNY"},
    )  # fmt: skip


def stored(world: World, slug: str) -> dict[object, object]:
    """Return the values of a tag that the warehouse holds, by person."""
    found = rows(world, f"select profile_id, value from tags where tag = '{slug}'")
    return {one["profile_id"]: float(bytes(cast("Raw", one["value"]))) for one in found}


def carried(world: World, slug: str) -> dict[int, object]:
    """Return the values of a tag that the store holds, by person."""
    with world.store.system() as tx:
        found = tx.connection.execute(  # type: ignore[attr-defined] # the test looks behind the port
            "select profile_id, value from tag_values where tag = %s", (slug,)
        ).fetchall()
    return dict(found)


def changes(world: World, slug: str) -> int:
    """Return how many changes the history of a tag holds."""
    [found] = rows(world, f"select count(*) as n from facts.tag_values where tag = '{slug}'")
    n = found["n"]
    assert isinstance(n, int)
    return n


def told(world: World) -> list[tuple[object, object]]:
    """Return what the log says of memberships, in its order."""
    found = rows(
        world,
        "select event, profile_id from events"
        " where kind = 'internal' and event in ('Segment Entered', 'Segment Exited')"
        " order by position",
    )
    return [(one["event"], one["profile_id"]) for one in found]


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse and three people, of whom two bought."""
    with with_warehouse(world, tmp_path) as opened:
        happens(
            opened, bought("ada", "o1", 10.5), bought("ada", "o2", 20), bought("ben", "o3", 7),
            identify("user_id:cat", city="上海"),
        )  # fmt: skip
        yield opened


def test_a_tag_is_computed_stored_and_says_how_fresh_it_is(asked: World) -> None:
    """Applied, it is due; computed, it is due again after its period."""
    apply_tag(asked, BRAND, SPENT, "test")

    assert refresh_due(asked) == 1
    assert refresh_due(asked) == 0

    ada, ben = person(asked, "user_id:ada"), person(asked, "user_id:ben")
    assert stored(asked, "spent") == {ada: 30.5, ben: 7.0}
    [row] = list_tags(asked, BRAND)
    assert (row.state.n_values, row.state.n_changed, row.state.fault) == (2, 2, "")
    assert row.state.computed_at == NOW
    assert row.state.due_at == NOW + DAY
    assert row.coverage == pytest.approx(2 / 3)
    assert not row.overdue


def test_only_what_changed_goes_into_the_history(asked: World, clock: SimulatedClock) -> None:
    """A refresh that finds nothing new writes nothing; one order writes one change."""
    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    clock.set(NOW + DAY)

    [same] = refresh_tags(asked, BRAND)
    happens(asked, bought("ben", "o4", 3))
    [other] = refresh_tags(asked, BRAND)

    assert (same.n_values, same.n_changed) == (2, 0)
    assert (other.n_values, other.n_changed) == (2, 1)
    assert changes(asked, "spent") == 3


def test_a_value_that_is_gone_is_cleared(asked: World) -> None:
    """Ben's only order is taken back: he has no such tag any more, and the history says so."""
    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    happens(asked, event("user_id:ben", name="Order Refunded", properties={"order_id": "o3"}))

    [done] = refresh_tags(asked, BRAND)

    assert (done.n_values, done.n_changed) == (1, 1)
    assert stored(asked, "spent") == {person(asked, "user_id:ada"): 30.5}
    assert changes(asked, "spent") == 3


def test_a_segment_of_a_tag_follows_its_refreshes_once_each(asked: World) -> None:
    """Memberships move with the carried value; a second refresh says nothing twice."""
    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("big", {"tag": "spent", "at_least": 10}), "test")
    settle(asked)
    ada, ben = person(asked, "user_id:ada"), person(asked, "user_id:ben")
    assert {who for who, _ in members(asked, BRAND, "big", 10)} == {ada}
    happens(asked, bought("ben", "o4", 5))

    refresh_tags(asked, BRAND)
    refresh_tags(asked, BRAND)

    settle(asked)
    assert {who for who, _ in members(asked, BRAND, "big", 10)} == {ada, ben}
    assert told(asked) == [("Segment Entered", ada), ("Segment Entered", ben)]
    assert carried(asked, "spent") == {ada: 30.5, ben: 12}


def test_values_that_nobody_asks_for_stay_in_the_warehouse(asked: World) -> None:
    """Only tags of live segments and journeys are carried; removed ones are let go again."""
    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    assert carried(asked, "spent") == {}
    apply_segment(asked, BRAND, segment("big", {"tag": "spent", "at_least": 10}), "test")
    assert len(carried(asked, "spent")) == 2

    from huiliu.services.remove_segment import remove_segment

    remove_segment(asked, BRAND, "big")
    refresh_tags(asked, BRAND)

    assert carried(asked, "spent") == {}


def test_a_refresh_that_died_goes_on_where_it_stopped(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first batch of a carrying: the next try enters the rest, nobody twice."""
    from huiliu.services import carry_tags

    apply_tag(asked, BRAND, SPENT, "test")
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("big", {"tag": "spent", "at_least": 100}), "test")
    settle(asked)
    everyone = [f"p{n}" for n in range(7)]
    happens(asked, *(bought(who, f"x-{who}", 100) for who in everyone))
    monkeypatch.setattr(carry_tags, "_BATCH", 3)
    carry, calls = carry_tags._carry, []

    def dying(*given: object) -> int | None:
        """Work once, then end as a killed process does: in the middle, without a word."""
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return carry(*given)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(carry_tags, "_carry", dying)
    with pytest.raises(KeyboardInterrupt):
        refresh_tags(asked, BRAND)
    settle(asked)
    assert len(told(asked)) == 3
    assert list_tags(asked, BRAND)[0].state.n_values == 2

    monkeypatch.setattr(carry_tags, "_carry", carry)
    refresh_tags(asked, BRAND)
    settle(asked)

    people = {person(asked, f"user_id:{who}") for who in everyone}
    assert sorted(told(asked)) == sorted(("Segment Entered", who) for who in people)
    assert {who for who, _ in members(asked, BRAND, "big", 10)} == people


def test_tags_that_read_tags_are_computed_after_them(asked: World) -> None:
    """One refresh: the reader sees the new values, whatever the names' order."""
    formula = {"tags": {"money": "spent", "n": "paid-orders"}, "formula": "money / n"}
    sources = (tag("average", {"expression": formula}), SPENT, ORDERS)
    apply_tags(asked, BRAND, [read_tag(asked, BRAND, one) for one in sources], "test")

    done = refresh_tags(asked, BRAND)

    assert [one.fault for one in done] == ["", "", ""]
    assert done[-1].slug == "average"
    assert stored(asked, "average")[person(asked, "user_id:ada")] == 15.25


def test_tags_in_a_circle_are_refused_with_the_way_round(asked: World) -> None:
    """Each is fine alone; together they never end."""
    apply_tag(asked, BRAND, SPENT, "test")
    apply_tag(
        asked, BRAND, tag("b", {"expression": {"tags": {"x": "spent"}, "formula": "x + 1"}}), "test"
    )

    with pytest.raises(BadInput) as raised:
        apply_tag(
            asked,
            BRAND,
            tag("spent", {"expression": {"tags": {"x": "b"}, "formula": "x + 1"}}),
            "test",
        )

    [problem] = raised.value.problems
    assert problem.text.key == "tags.circle"
    assert "spent" in str(problem.text.arguments["path"])


def test_a_tag_in_use_cannot_be_removed(asked: World) -> None:
    """A segment or another tag that reads it is named; after them it goes, with its values."""
    apply_tag(asked, BRAND, SPENT, "test")
    apply_tag(
        asked, BRAND, tag("b", {"expression": {"tags": {"x": "spent"}, "formula": "x + 1"}}), "test"
    )
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("big", {"tag": "b", "at_least": 10}), "test")

    with pytest.raises(InUse) as first:
        remove_tag(asked, BRAND, "spent")
    with pytest.raises(InUse) as second:
        remove_tag(asked, BRAND, "b")
    assert (first.value.users, second.value.users) == ("tag b", "segment big")

    from huiliu.services.remove_segment import remove_segment

    remove_segment(asked, BRAND, "big")
    assert remove_tag(asked, BRAND, "b") == 2
    assert stored(asked, "b") == {}
    with pytest.raises(NotFound):
        remove_tag(asked, BRAND, "b")
    assert [row.tag.slug for row in list_tags(asked, BRAND)] == ["spent"]


def test_computing_stores_nothing_and_knows_every_moment(asked: World) -> None:
    """As of an instant only what its replay had met counts, for the tag and those it reads."""
    from huiliu.kernel.events import Flag

    happens(
        asked,
        event("user_id:cat", name="Order Paid", at=NOW - 10 * DAY, flags=Flag.HISTORICAL,
              properties={"order_id": "h1", "total": 5, "currency": "CNY"}),
        event("user_id:cat", name="Order Paid", at=NOW - 2 * DAY, flags=Flag.HISTORICAL,
              properties={"order_id": "h2", "total": 7, "currency": "CNY"}),
    )  # fmt: skip
    settle(asked)
    cat = person(asked, "user_id:cat")
    spent = read_tag(asked, BRAND, SPENT)
    apply_tag(asked, BRAND, SPENT, "test")
    doubled = read_tag(
        asked, BRAND, tag("b", {"expression": {"tags": {"x": "spent"}, "formula": "x * 2"}})
    )

    assert compute_tag(asked, BRAND, spent).values[cat] == 12
    assert compute_tag(asked, BRAND, spent, NOW - 5 * DAY).values == {cat: 5}
    assert compute_tag(asked, BRAND, spent, NOW - 11 * DAY).values == {}
    assert compute_tag(asked, BRAND, doubled, NOW - 5 * DAY).values == {cat: 10}
    assert stored(asked, "spent") == {}


def test_a_value_runs_out_with_its_time_to_live_and_is_renewed_before(
    asked: World, clock: SimulatedClock
) -> None:
    """Refreshed daily it never runs out; left alone it is out after its time, on the instant."""
    apply_tag(asked, BRAND, tag("paid-orders", {"count": {"of": "purchases"}}, ttl="5d"), "test")
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("buyers", {"tag": "paid-orders", "at_least": 1}), "test")
    from huiliu.services.expire import expire

    for day in range(1, 8):
        clock.set(NOW + day * DAY)
        refresh_due(asked)
        while expire(asked):
            pass
        assert len(members(asked, BRAND, "buyers", 10)) == 2, day
    last = max(
        one["expires_at"]
        for one in rows(asked, "select expires_at from tags")  # type: ignore[type-var]
    )

    clock.set(NOW + 30 * DAY)
    while expire(asked):
        pass

    assert members(asked, BRAND, "buyers", 10) == []
    assert str(last) > show_instant(NOW + 8 * DAY)


def test_one_broken_tag_does_not_stop_the_others(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is kept with the tag and it is tried again soon."""
    from huiliu.services.compute_tags import Kitchen

    apply_tag(asked, BRAND, SPENT, "test")
    apply_tag(asked, BRAND, ORDERS, "test")
    cook = Kitchen.cook

    def broken(self: Kitchen, one: object) -> object:
        """Fail for one tag."""
        if getattr(one, "slug", "") == "paid-orders":
            raise ZeroDivisionError("no people")
        return cook(self, one)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(Kitchen, "cook", broken)

    assert refresh_due(asked) == 2

    rows_ = {row.tag.slug: row for row in list_tags(asked, BRAND)}
    assert rows_["paid-orders"].state.fault == "ZeroDivisionError: no people"
    assert rows_["paid-orders"].overdue
    assert rows_["paid-orders"].state.due_at < NOW + HOUR
    assert rows_["spent"].state.fault == ""


def test_only_one_process_computes_a_brands_tags(asked: World) -> None:
    """Whoever comes second is told, or does nothing when nobody asked."""
    apply_tag(asked, BRAND, SPENT, "test")

    with asked.store.system() as other:
        assert other.tags.alone(BRAND)
        assert refresh_due(asked) == 0
        with pytest.raises(Unavailable):
            refresh_tags(asked, BRAND)

    assert refresh_due(asked) == 1


def test_the_whole_library_computes(asked: World) -> None:
    """Every shipped tag is applied and computed without a fault, in one refresh."""
    apply_tags(asked, BRAND, list(shipped(asked, BRAND).values()), "test")

    done = refresh_tags(asked, BRAND)

    assert [(one.slug, one.fault) for one in done if one.fault] == []
    for row in list_tags(asked, BRAND):
        spread(asked, BRAND, row.tag.slug)


def test_a_tag_of_the_library_can_be_computed_without_applying_it(asked: World) -> None:
    """`tag compute revenue` answers in a new instance."""
    found = compute_tag(asked, BRAND, find_tag(asked, BRAND, "revenue"))

    assert found.values[person(asked, "user_id:ada")] == 30.5
    with pytest.raises(NotFound):
        find_tag(asked, BRAND, "no-such-tag")


def test_a_tag_says_what_it_hangs_on_and_what_hangs_on_it(asked: World) -> None:
    """Lineage in both directions, and how the values are spread."""
    apply_tag(asked, BRAND, SPENT, "test")
    apply_tag(
        asked, BRAND, tag("b", {"expression": {"tags": {"x": "spent"}, "formula": "x + 1"}}), "test"
    )
    refresh_tags(asked, BRAND)
    apply_segment(asked, BRAND, segment("big", {"tag": "spent", "at_least": 10}), "test")

    page = show_tag(asked, BRAND, "spent")
    found = spread(asked, BRAND, "spent")

    assert [(one.kind, one.slug) for one in page.users] == [("segment", "big"), ("tag", "b")]
    assert "Order Paid" in page.events
    assert show_tag(asked, BRAND, "b").reads == {"spent": {"en": "spent"}}
    assert [(bar.label, bar.n) for bar in found.bars] == [("7", 1), ("30.5", 1)]
    assert found.facts["median"] == 18.75
