"""Memberships are exact at every moment: as events come, as time passes, as people merge."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.conditions import Condition, parse
from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput
from huiliu.kernel.events import Flag
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services import audience
from huiliu.services.apply_segment import Applied, apply_segment
from huiliu.services.expire import expire
from huiliu.services.unmerge import unmerge
from huiliu.stores.clock import SimulatedClock

#: One of every kind: present and absent, counted, rolling, fixed, nested, filtered.
DEFINITIONS: dict[str, dict[str, object]] = {
    "in-shanghai": {"trait": "city", "is": "上海"},
    "elsewhere": {"trait": "city", "is_not": "上海"},
    "bought": {"did": "Order Paid"},
    "bought-twice-lately": {"did": "Order Paid", "at_least": 2, "within": "2d"},
    "quiet": {"did_not": "Product Viewed", "within": "1d"},
    "looked-not-bought": {
        "all": [{"did": "Product Viewed", "within": "3d"}, {"did_not": "Order Completed"}]
    },
    "one-big-order": {
        "did": "Order Paid", "exactly": 1, "within": "3d",
        "where": [{"property": "total", "above": 50}],
    },
    "either": {
        "any": [
            {"not": {"trait": "city", "set": True}},
            {"did": "Product Viewed", "at_most": 1, "within": "12h"},
        ]
    },
    "early": {"did": "Product Viewed", "before": "2026-11-22T05:00:00Z"},
}  # fmt: skip


def document(slug: str, where: object) -> str:
    """Return a segment's YAML."""
    return dump(
        {"huiliu": 1, "kind": "segment", "slug": slug, "name": {"en": slug}, "where": where}
    )


def applied(world: World, slug: str, where: object) -> Applied:
    """Make a segment live, the log projected first."""
    project_all(world)
    return apply_segment(world, BRAND, document(slug, where), "test")


def condition(where: object) -> Condition:
    """Return a condition that is known to be good."""
    found = parse(where, "where")
    assert not isinstance(found, tuple)
    return found


def members(world: World, slug: str) -> set[int]:
    """Return who is in a segment."""
    return {profile for profile, _ in audience.members(world, BRAND, slug, 10_000)}


def told(world: World) -> list[tuple[object, ...]]:
    """Return what the log says of memberships, in its order."""
    found = rows(
        world,
        "select event, properties->>'segment' as segment, profile_id from events"
        " where kind = 'internal' and event like 'Segment %' order by position",
    )
    return [tuple(one.values()) for one in found]


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def test_a_new_segment_holds_everybody_who_meets_it_already(asked: World):
    """First members come from the whole log, and their entries trigger nothing."""
    log(asked, identify("user_id:ada", city="上海"), identify("user_id:ben", city="北京"))

    done = applied(asked, "in-shanghai", DEFINITIONS["in-shanghai"])

    ada = person(asked, "user_id:ada")
    assert (done.version, done.n_members, done.n_entered, done.n_left) == (1, 1, 1, 0)
    assert members(asked, "in-shanghai") == {ada}
    settle(asked)
    assert told(asked) == [("Segment Entered", "in-shanghai", ada)]
    with asked.store.system() as tx:
        assert tx.log.read(0, 2, 10)[0].flags == Flag.HISTORICAL


def test_applying_the_same_definition_again_changes_nothing(asked: World):
    """Nobody enters twice."""
    log(asked, identify("user_id:ada", city="上海"))
    applied(asked, "in-shanghai", DEFINITIONS["in-shanghai"])

    again = applied(asked, "in-shanghai", DEFINITIONS["in-shanghai"])

    assert (again.version, again.n_members, again.n_entered, again.n_left) == (1, 1, 0, 0)


def test_a_changed_definition_lets_in_and_lets_out(asked: World):
    """Who meets only the old one leaves, who meets only the new one enters."""
    log(asked, identify("user_id:ada", city="上海"), identify("user_id:ben", city="北京"))
    applied(asked, "s", {"trait": "city", "is": "上海"})

    done = applied(asked, "s", {"trait": "city", "is": "北京"})

    assert (done.version, done.n_members, done.n_entered, done.n_left) == (2, 1, 1, 1)
    assert members(asked, "s") == {person(asked, "user_id:ben")}


def test_people_enter_and_leave_as_events_come(asked: World):
    """An event touches the segments that mention it, and says so once."""
    applied(asked, "bought", DEFINITIONS["bought"])
    applied(asked, "in-shanghai", DEFINITIONS["in-shanghai"])
    log(asked, event("user_id:ada", name="Order Completed"), identify("user_id:ada", city="上海"))
    project_all(asked)
    ada = person(asked, "user_id:ada")
    assert members(asked, "bought") == {ada}

    log(asked, event("user_id:ada", name="Order Paid"), identify("user_id:ada", city="北京"))
    settle(asked)

    assert members(asked, "in-shanghai") == set()
    assert told(asked) == [
        ("Segment Entered", "bought", ada),
        ("Segment Entered", "in-shanghai", ada),
        ("Segment Exited", "in-shanghai", ada),
    ]


def test_who_did_nothing_yet_enters_segments_of_what_people_did_not_do(asked: World):
    """A person's first event counts for every segment, whatever its name."""
    applied(asked, "quiet", DEFINITIONS["quiet"])
    log(asked, event("user_id:ada", name="Something Else"))
    project_all(asked)
    assert members(asked, "quiet") == {person(asked, "user_id:ada")}


def test_a_window_lets_a_person_go_at_its_instant(asked: World, clock: SimulatedClock):
    """Not a microsecond before the window's length is over, and without any event."""
    applied(asked, "lately", {"did": "Order Paid", "within": "2d"})
    log(asked, event("user_id:ada", name="Order Paid", at=NOW))
    project_all(asked)
    ada = person(asked, "user_id:ada")

    clock.set(NOW + 2 * DAY - 1)
    assert expire(asked) == 0
    assert members(asked, "lately") == {ada}

    clock.set(NOW + 2 * DAY)
    assert expire(asked) == 1
    assert members(asked, "lately") == set()
    assert expire(asked) == 0
    settle(asked)
    assert told(asked) == [("Segment Entered", "lately", ada), ("Segment Exited", "lately", ada)]


def test_first_members_leave_in_time_too(asked: World, clock: SimulatedClock):
    """Timers are set at the first fill, for members and for those who will enter by time."""
    log(asked, event("user_id:ada", name="Order Paid", at=NOW - DAY))
    applied(asked, "lately", {"did": "Order Paid", "within": "2d"})
    applied(asked, "not-lately", {"did_not": "Order Paid", "within": "2d"})
    ada = person(asked, "user_id:ada")
    assert (members(asked, "lately"), members(asked, "not-lately")) == ({ada}, set())

    clock.set(NOW + DAY)
    assert expire(asked) == 1  # one person, looked at for both

    assert (members(asked, "lately"), members(asked, "not-lately")) == (set(), {ada})


def test_historical_events_change_membership_but_trigger_nothing(asked: World):
    """An entry that only the past caused is flagged as the past is."""
    applied(asked, "bought", DEFINITIONS["bought"])
    log(asked, event("user_id:ada", name="Order Paid", flags=Flag.HISTORICAL))
    log(asked, event("user_id:ben", name="Order Paid"))
    settle(asked)
    found = rows(
        asked, "select flags & 1 as f from facts.events where event like 'Segment %' order by 1"
    )
    assert [one["f"] for one in found] == [0, 1]


def test_a_personal_constant_is_compared_as_its_token(asked: World):
    """The stored document does not hold the address, and means the same when read again."""
    source = document("ada", {"trait": "email", "is": "ada@example.com"})
    done = apply_segment(asked, BRAND, source, "test")

    stored = done.segment.source()
    assert "ada@example.com" not in stored
    assert "vlt_" in stored
    assert audience.read_segment(asked, BRAND, stored) == done.segment


def test_looking_inside_a_personal_value_is_refused(asked: World):
    """A token has no inside; the author is told what can be asked."""
    with pytest.raises(BadInput, match=r"where\.contains"):
        audience.read_segment(asked, BRAND, document("s", {"trait": "email", "contains": "@a"}))


def test_a_count_as_of_a_moment_sees_what_was_known_then(asked: World):
    """Historical events are known from their own time, live ones from their receipt."""
    log(
        asked,
        event("user_id:ada", name="Order Paid", at=NOW - 5 * DAY, flags=Flag.HISTORICAL),
        event("user_id:ben", name="Order Paid", at=NOW - HOUR),
        identify("user_id:ada", at=NOW - 2 * DAY, city="上海"),
    )
    settle(asked)
    bought, lately = (
        condition({"did": "Order Paid"}),
        condition({"did": "Order Paid", "within": "1d"}),
    )

    def at(which: Condition, moment: int) -> int:
        return audience.count(asked, BRAND, which, moment)

    assert [at(bought, NOW - 6 * DAY), at(bought, NOW - 5 * DAY), at(bought, NOW)] == [0, 1, 2]
    assert [at(lately, NOW - 5 * DAY), at(lately, NOW - 4 * DAY), at(lately, NOW)] == [1, 0, 1]


def check(world: World, now: int) -> None:
    """Compare every segment's members with the oracle and with the warehouse."""
    people = set(world.warehouse.sql("select profile_id from profiles")[0].to_pylist())
    seen = rows(world, "select segment, profile_id from memberships")
    with world.store.system() as tx:
        # Everything the log holds of each person, straight from the log.
        names = ["Order Paid", "Product Viewed"]
        facts = tx.people.facts(BRAND, people, names, 0)
    assert set(facts) == people
    for slug, where in DEFINITIONS.items():
        asked_for = condition(where)
        expected = {one.profile_id for one in facts.values() if asked_for.holds(one, now)}
        assert members(world, slug) == expected, slug
        assert audience.who(world, BRAND, asked_for) == sorted(expected), slug
        assert {one["profile_id"] for one in seen if one["segment"] == slug} == expected, slug


@pytest.mark.parametrize("seed", range(3))
def test_random_histories_agree_with_the_oracle_at_every_step(
    asked: World, clock: SimulatedClock, seed: int
):
    """Events out of order, merges, unmerges and clock moves: three ways give one answer."""
    dice = random.Random(seed)
    for slug, where in DEFINITIONS.items():
        applied(asked, slug, where)
    for _ in range(8):
        log(asked, *(_anything(dice, clock.now()) for _ in range(dice.randint(1, 6))))
        if dice.random() < 0.3:
            project_all(asked)
            _part(asked, dice)
        clock.advance(dice.choice((1, HOUR, 12 * HOUR, DAY)))
        project_all(asked)
        while expire(asked):
            pass
        settle(asked)
        check(asked, clock.now())
    assert len(told(asked)) > 20


def test_entries_and_exits_take_turns(asked: World, clock: SimulatedClock):
    """Who is in never enters and who is out never leaves: each change is said once."""
    dice = random.Random(7)
    for slug, where in DEFINITIONS.items():
        applied(asked, slug, where)
    for _ in range(10):
        at = clock.now() - dice.choice((0, HOUR, 2 * DAY))
        name = dice.choice(("Product Viewed", "Order Paid"))
        who = dice.choice(("user_id:a", "user_id:b"))
        log(asked, event(who, name=name, at=at), identify(who, city=dice.choice(("上海", "北京"))))
        clock.advance(dice.choice((HOUR, DAY)))
        project_all(asked)
        while expire(asked):
            pass
    settle(asked)

    inside: set[tuple[object, ...]] = set()
    changes = told(asked)
    for said, *pair in changes:
        assert (tuple(pair) in inside) == (said == "Segment Exited")
        inside ^= {tuple(pair)}
    assert len(changes) > 20


def _anything(dice: random.Random, now: int):
    """Return one event of one or two identifiers of a few people."""
    who = dice.choice(
        (["user_id:a"], ["user_id:b"], ["anonymous_id:1"], ["anonymous_id:2"], ["user_id:c"],
         ["user_id:a", "anonymous_id:1"], ["user_id:b", "anonymous_id:2"],
         ["user_id:b", "phone:1"], ["phone:1", "anonymous_id:3"])
    )  # fmt: skip
    at = now - dice.choice((0, 0, 1, HOUR, 13 * HOUR, 2 * DAY, 3 * DAY))
    kind = dice.random()
    if kind < 0.2:
        return identify(*who, at=at, city=dice.choice(("上海", "北京", None)))
    name = dice.choice(("Product Viewed", "Product Viewed", "Order Paid", "Order Completed"))
    return event(*who, name=name, at=at, properties={"total": dice.choice((10, 60, "60", None))})


def _part(world: World, dice: random.Random) -> None:
    """Undo one merge, if there is one."""
    with world.store.system() as tx:
        people = {person(world, one) for one in ("user_id:a", "user_id:b")} - {0}
        merged = [one for one in sorted(people) if tx.people.merges(BRAND, one)]
    if merged:
        unmerge(world, BRAND, dice.choice(merged))
