"""Memberships that follow addresses, channels, devices, journeys and tags are exact at any moment.

After every step the members that were kept incrementally are who the warehouse says they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
from tests.integration.journeys import put_journey
from tests.integration.people import BRAND, NOW, event, identifier, identify, log, person
from tests.integration.test_segments import applied, condition, members, told
from tests.integration.warehouses import settle, with_warehouse

from huiliu.conditions import Mentions
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.tags import TagWriting
from huiliu.ports.world import World
from huiliu.services import audience
from huiliu.services.advance import advance
from huiliu.services.apply_journey import apply_journey
from huiliu.services.carry_tags import carry_tag
from huiliu.services.cut_tags import cut
from huiliu.services.expire import expire
from huiliu.services.live import live
from huiliu.services.suppress import restore, suppress
from huiliu.services.unmerge import unmerge
from huiliu.stores.clock import SimulatedClock

CARE = """huiliu: 1
kind: journey
slug: care
name: {en: Care, zh-CN: 关怀}
entry: {event: Order Paid, key: order_id}
exit_when: [{event: Order Shipped}]
nodes:
  patience: {type: wait, for: 3d, next: longer}
  longer: {type: wait, for: 2d, next: done}
  done: {type: exit}
"""


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse and the channels that consents may name."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def exactly(world: World, slug: str, where: object) -> set[int]:
    """Return a segment's members, after seeing that the warehouse names the same people."""
    settle(world)
    found = members(world, slug)
    assert set(audience.who(world, BRAND, condition(where))) == found
    return found


def came(*written: str, at: int = NOW, channel: str | None = None, **parts: object) -> NewEvent:
    """Return an event whose context tells a channel or a device."""
    context = dict(parts) | ({"channel": channel} if channel else {})
    return event(*written, name="App Opened", at=at, context=context)


def agreed(*written: str, channel: str = "email", at: int = NOW) -> NewEvent:
    """Return an event by which a person agrees to marketing."""
    return event(
        *written, name="Consent Granted", at=at,
        properties={"channel": channel, "purpose": "marketing"},
    )  # fmt: skip


def set_tag(
    world: World, slug: str, values: Mapping[int, object], at: int, ttl: int | None = None
) -> None:
    """Write a tag's values as a refresh does, and carry them."""
    rows = pa.table({
        "profile_id": pa.array(list(values), pa.int64()),
        "value": pa.array([float(str(one)) for one in values.values()], pa.float64()),
    })  # fmt: skip
    with world.store.system() as tx:
        tx.tags.schedule(BRAND, slug, at + DAY)
    held = world.warehouse.keep("brought", rows)
    writing = TagWriting(BRAND, slug, "number", at, ttl, at + DAY if ttl else 0)
    world.warehouse.write_tag(writing, world.warehouse.keep_values("stored", writing, held))
    carry_tag(world, BRAND, slug)
    cut(world, BRAND, slug, at)


def test_reach_follows_addresses_consents_and_suppressions(asked: World):
    """An address, a yes, a dead address, one that came back: each moves the person once."""
    where = {"reachable": "email"}
    applied(asked, "reach", where)
    log(asked, identify("user_id:ada", "email:ada"))
    assert exactly(asked, "reach", where) == set()
    ada = person(asked, "user_id:ada")

    log(asked, agreed("user_id:ada"))
    assert exactly(asked, "reach", where) == {ada}

    key = identifier("email:ada").key
    with asked.store.system() as tx:
        tx.log.append(suppress(tx, BRAND, [key], "address_dead", NOW))
    assert exactly(asked, "reach", where) == set()

    with asked.store.system() as tx:
        tx.log.append(restore(tx, BRAND, [key], "address_dead", NOW))
    assert exactly(asked, "reach", where) == {ada}
    assert [row[0] for row in told(asked)] == [
        "Segment Entered", "Segment Exited", "Segment Entered",
    ]  # fmt: skip


def test_an_address_that_was_dead_before_anybody_had_it_reaches_nobody(asked: World):
    """The list is of addresses, so whoever gets one later is no more reachable by it."""
    where = {"all": [{"reachable": "sms", "for": "service"}]}
    applied(asked, "reach", where)
    with asked.store.system() as tx:
        tx.log.append(suppress(tx, BRAND, [identifier("phone:1").key], "address_dead", NOW))
    log(asked, identify("user_id:ada", "phone:1"), identify("user_id:ben", "phone:2"))

    assert exactly(asked, "reach", where) == {person(asked, "user_id:ben")}


def test_a_second_address_reaches_where_the_first_is_dead(asked: World):
    """One address that may be written to is enough, also one that a merge brought."""
    where = {"reachable": "sms", "for": "service"}
    applied(asked, "reach", where)
    log(asked, identify("user_id:ada", "phone:1"), identify("anonymous_id:x", "phone:2"))
    settle(asked)
    with asked.store.system() as tx:
        tx.log.append(suppress(tx, BRAND, [identifier("phone:1").key], "address_dead", NOW))
    x = person(asked, "anonymous_id:x")
    assert exactly(asked, "reach", where) == {x}

    log(asked, event("user_id:ada", "anonymous_id:x"))
    ada = person(asked, "user_id:ada")
    assert exactly(asked, "reach", where) == {ada}

    unmerge(asked, BRAND, x)
    assert exactly(asked, "reach", where) == {x}


def test_reach_as_of_a_moment_knows_what_was_known_then(asked: World, clock: SimulatedClock):
    """Before the address was dead it could be reached, whatever the list says today."""
    log(asked, identify("user_id:ada", "email:ada"), agreed("user_id:ada"))
    clock.set(NOW + HOUR)
    with asked.store.system() as tx:
        key = identifier("email:ada").key
        tx.log.append(suppress(tx, BRAND, [key], "address_dead", NOW + HOUR))
    settle(asked)

    where = condition({"reachable": "email"})
    assert audience.who(asked, BRAND, where, NOW) == [person(asked, "user_id:ada")]
    assert audience.who(asked, BRAND, where, NOW + HOUR) == []
    assert audience.who(asked, BRAND, where, NOW - 1) == []


def test_first_and_last_channel_follow_event_time(asked: World):
    """A late event can become the first; the last is the latest by its own time."""
    first, last = {"first_channel": "douyin"}, {"last_channel": {"in": ["app", "wechat"]}}
    applied(asked, "first", first)
    applied(asked, "last", last)
    log(asked, came("user_id:ada", at=NOW - HOUR, channel="app"))
    ada = person_of(asked, "user_id:ada")
    assert (exactly(asked, "first", first), exactly(asked, "last", last)) == (set(), {ada})

    log(asked, came("user_id:ada", at=NOW - 2 * HOUR, channel="douyin"))
    assert (exactly(asked, "first", first), exactly(asked, "last", last)) == ({ada}, {ada})

    log(asked, came("user_id:ada", at=NOW, channel="store"), event("user_id:ada"))
    assert (exactly(asked, "first", first), exactly(asked, "last", last)) == ({ada}, set())


def test_touches_are_folded_by_a_merge_and_given_back(asked: World):
    """The earliest channel of both is the first; taken apart, each has its own again."""
    where = {"first_channel": {"is_not": "douyin"}}
    log(asked, came("user_id:ada", at=NOW - DAY, channel="app"))
    log(asked, came("anonymous_id:x", at=NOW - 2 * DAY, channel="douyin"))
    # Applied after the events: what was told before is filled in from the warehouse.
    applied(asked, "first", where)
    ada, x = person_of(asked, "user_id:ada"), person_of(asked, "anonymous_id:x")
    assert exactly(asked, "first", where) == {ada}

    log(asked, event("user_id:ada", "anonymous_id:x"))
    assert exactly(asked, "first", where) == set()

    unmerge(asked, BRAND, x)
    assert exactly(asked, "first", where) == {ada}


def test_the_device_is_that_of_the_last_event_that_told_one(asked: World, clock: SimulatedClock):
    """An event without a device says nothing of it; as of an earlier moment it was the other."""
    where = {"device": "os", "is": "iOS"}
    applied(asked, "apple", where)
    log(asked, came("user_id:ada", at=NOW - HOUR, os={"name": "iOS"}, device={"type": "ios"}))
    ada = person_of(asked, "user_id:ada")
    log(asked, came("user_id:ada", at=NOW - HOUR + 1, channel="app"))
    assert exactly(asked, "apple", where) == {ada}

    clock.set(NOW + HOUR)
    later = came("user_id:ada", at=NOW + HOUR, os={"name": "Android"})
    log(asked, msgspec.structs.replace(later, received_at=NOW + HOUR))
    assert exactly(asked, "apple", where) == set()
    assert audience.who(asked, BRAND, condition(where), NOW) == [ada]
    assert audience.who(asked, BRAND, condition({"device": "type", "not_set": True})) == [ada]


def test_segments_follow_a_run_from_node_to_node(asked: World, clock: SimulatedClock):
    """Entering, waiting, going on, ending: each in the transaction in which the run moves."""
    wheres: dict[str, dict[str, object]] = {
        "in": {"journey": "care"},
        "first": {"journey": "care", "node": "patience"},
        "second": {"journey": "care", "node": "longer"},
        "ended": {"journey": "care", "state": "ended"},
        "ever": {"journey": "care", "state": "ever"},
    }
    put_journey(asked, CARE)
    for slug, where in wheres.items():
        applied(asked, slug, where)
    log(asked, event("user_id:ada", name="Order Paid", properties={"order_id": "1"}))
    ada = person_of(asked, "user_id:ada")

    def now_in() -> set[str]:
        """Return the segments that hold Ada, each of them exact."""
        return {slug for slug, where in wheres.items() if exactly(asked, slug, where) == {ada}}

    assert now_in() == {"in", "first", "ever"}
    clock.set(NOW + 3 * DAY)
    assert advance(asked) == 1
    # Before anything is projected: the run and the memberships moved together.
    assert members(asked, "second") == {ada}
    assert now_in() == {"in", "second", "ever"}
    assert audience.who(asked, BRAND, condition(wheres["first"]), NOW) == [ada]
    clock.set(NOW + 5 * DAY)
    assert advance(asked) == 1
    assert now_in() == {"ended", "ever"}
    assert audience.who(asked, BRAND, condition(wheres["ended"]), NOW + 4 * DAY) == []


def test_a_run_that_an_event_ends_ends_memberships_too(asked: World):
    """The projector's batch that ends the run moves the person."""
    put_journey(asked, CARE)
    log(asked, event("user_id:ada", name="Order Paid", properties={"order_id": "1"}))
    settle(asked)
    where = {"journey": "care"}
    # Applied while the run is under way: it is found in the warehouse.
    assert applied(asked, "in", where).n_members == 1
    ada = person_of(asked, "user_id:ada")
    assert exactly(asked, "in", where) == {ada}

    log(asked, event("user_id:ada", name="Order Shipped", properties={"order_id": "1"}))
    assert exactly(asked, "in", where) == set()


def test_runs_go_with_a_merge_and_come_back(asked: World):
    """Of two runs of one key the second is ended by the merge, and the trace says so."""
    put_journey(asked, CARE.replace(", key: order_id", ""))
    wheres: dict[str, dict[str, object]] = {
        "in": {"journey": "care"}, "ended": {"journey": "care", "state": "ended"},
    }  # fmt: skip
    for slug, where in wheres.items():
        applied(asked, slug, where)
    log(asked, event("user_id:ada", name="Order Paid", properties={"order_id": "1"}))
    log(asked, event("anonymous_id:x", name="Order Paid", properties={"order_id": "2"}))
    ada, x = person_of(asked, "user_id:ada"), person_of(asked, "anonymous_id:x")
    assert exactly(asked, "in", wheres["in"]) == {ada, x}

    log(asked, event("user_id:ada", "anonymous_id:x"))
    assert exactly(asked, "in", wheres["in"]) == {ada}
    assert exactly(asked, "ended", wheres["ended"]) == {ada}

    unmerge(asked, BRAND, x)
    assert exactly(asked, "in", wheres["in"]) == {ada}
    assert exactly(asked, "ended", wheres["ended"]) == {x}


def test_segments_follow_a_tag_and_its_time_to_live(asked: World, clock: SimulatedClock):
    """A value lets in at its refresh, another lets out, and one that expires does so at once."""
    log(asked, event("user_id:ada"), event("user_id:ben"))
    ada, ben = person_of(asked, "user_id:ada"), person_of(asked, "user_id:ben")
    set_tag(asked, "orders", {ada: 3, ben: 1}, NOW, ttl=2 * DAY)
    where, absent = {"tag": "orders", "at_least": 2}, {"tag": "orders", "not_set": True}
    assert applied(asked, "loyal", where).n_members == 1
    applied(asked, "unknown", absent)
    assert exactly(asked, "loyal", where) == {ada}

    clock.set(NOW + DAY)
    set_tag(asked, "orders", {ada: 1, ben: 5}, NOW + DAY, ttl=2 * DAY)
    assert exactly(asked, "loyal", where) == {ben}
    assert audience.who(asked, BRAND, condition(where), NOW) == [ada]

    clock.set(NOW + 3 * DAY - 1)
    expire(asked)
    assert exactly(asked, "loyal", where) == {ben}
    assert exactly(asked, "unknown", absent) == set()
    clock.set(NOW + 3 * DAY)
    expire(asked)
    assert exactly(asked, "loyal", where) == set()
    assert exactly(asked, "unknown", absent) == {ada, ben}


def test_a_tag_of_two_who_are_one_is_the_younger(asked: World, clock: SimulatedClock):
    """Until the next refresh; taken apart, each has the own value again."""
    log(asked, event("user_id:ada"), event("anonymous_id:x"))
    ada, x = person_of(asked, "user_id:ada"), person_of(asked, "anonymous_id:x")
    set_tag(asked, "orders", {ada: 3, x: 1}, NOW)
    clock.set(NOW + DAY)
    set_tag(asked, "orders", {ada: 3, x: 2}, NOW + DAY)
    where = {"tag": "orders", "at_least": 3}
    applied(asked, "loyal", where)
    assert exactly(asked, "loyal", where) == {ada}

    log(asked, event("user_id:ada", "anonymous_id:x"))
    assert exactly(asked, "loyal", where) == set()

    unmerge(asked, BRAND, x)
    assert exactly(asked, "loyal", where) == {ada}


def test_the_top_n_are_n_and_move_with_the_refresh(asked: World, clock: SimulatedClock):
    """Of two who tie one is in, and a new cut point moves people whose value stood."""
    names = ("ada", "ben", "cyd", "dan")
    log(asked, *(event(f"user_id:{name}") for name in names))
    ada, ben, cyd, dan = (person_of(asked, f"user_id:{name}") for name in names)
    set_tag(asked, "revenue", {ada: 5, ben: 9, cyd: 5, dan: 1}, NOW)
    where = {"top": 2, "by": "revenue"}
    assert applied(asked, "best", where).n_members == 2
    best = {ben, min(ada, cyd)}
    assert exactly(asked, "best", where) == best

    clock.set(NOW + DAY)
    set_tag(asked, "revenue", {ada: 5, ben: 9, cyd: 5, dan: 7}, NOW + DAY)
    assert exactly(asked, "best", where) == {ben, dan}
    assert audience.who(asked, BRAND, condition(where), NOW) == sorted(best)


def test_nothing_that_is_not_mentioned_is_looked_at(asked: World):
    """A segment that asks for one tag is not concerned by another."""
    log(asked, event("user_id:ada"))
    ada = person_of(asked, "user_id:ada")
    set_tag(asked, "orders", {ada: 3}, NOW)
    applied(asked, "loyal", {"tag": "orders", "at_least": 2})
    with asked.store.system() as tx:
        listening = live(tx, asked, BRAND).listening
    assert listening.of_facts(Mentions(tags=frozenset({"revenue"}))) == frozenset()
    assert listening.of_facts(Mentions(tags=frozenset({"orders"}))) == {0}


def person_of(world: World, written: str) -> int:
    """Return whom an identifier belongs to, everything projected first."""
    settle(world)
    return person(world, written)


BRANCHING = """huiliu: 1
kind: journey
slug: branching
name: {en: Branching, zh-CN: 分支}
entry: {event: Order Paid, key: order_id}
nodes:
  which:
    type: branch
    ways:
      - {when: {all: [{did: Order Paid, exactly: 1}, {first_channel: app}]}, next: first}
    else: more
  first: {type: wait, for: 1d, next: done}
  more: {type: wait, for: 1d, next: done}
  done: {type: exit}
"""


def test_a_branch_reads_the_facts_of_the_event_that_began_the_run(asked: World):
    """The order that begins the run is counted, and the channel it came by is known."""
    apply_journey(asked, BRAND, BRANCHING, "test")
    applied(asked, "first", {"journey": "branching", "node": "first"})
    applied(asked, "more", {"journey": "branching", "node": "more"})
    order = event(
        "user_id:ada", name="Order Paid", properties={"order_id": "1"}, context={"channel": "app"}
    )
    log(asked, order)
    settle(asked)
    advance(asked)
    ada = person(asked, "user_id:ada")
    assert (members(asked, "first"), members(asked, "more")) == ({ada}, set())

    log(asked, event("user_id:ada", name="Order Paid", properties={"order_id": "2"}))
    settle(asked)
    advance(asked)
    assert exactly(asked, "more", {"journey": "branching", "node": "more"}) == {ada}
