"""The projector turns the log into people, exactly once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.integration.people import (
    BRAND,
    NOW,
    event,
    identifier,
    identify,
    log,
    person,
    project_all,
    traits,
)

from huiliu.kernel.errors import Unavailable
from huiliu.kernel.events import Kind
from huiliu.ports.runs import RunRow, TokenRow
from huiliu.ports.world import World
from huiliu.services.backfill import backfill_facts
from huiliu.services.live import live
from huiliu.services.project import project
from huiliu.services.unmerge import unmerge
from huiliu.stores.log import PostgresLog


def test_an_identify_and_a_track_become_one_person_with_traits(world: World):
    """Both events belong to one profile, which holds the traits and the times."""
    log(
        world,
        identify("user_id:ada", "email:ada", city="上海", at=NOW - 10),
        event("user_id:ada", name="Order Paid", properties={"total": 3}, at=NOW),
    )

    project_all(world)

    ada = person(world, "user_id:ada")
    assert ada
    assert person(world, "email:ada") == ada
    assert traits(world, ada) == {"city": "上海"}
    with world.store.system() as tx:
        row = tx.people.profiles(BRAND, [ada])[ada]
        assert (row.first_seen_at, row.last_seen_at) == (NOW - 10, NOW)
        assert tx.log.read_profiles(0, 0, 10) == {0: ada, 1: ada}


def test_a_merge_is_logged_and_the_older_profile_stays(world: World):
    """Two people turn out to be one: `$merge` is in the log and the map leads to the elder."""
    log(world, event("anonymous_id:phone"), event("user_id:ada"))
    project_all(world)
    guest, ada = person(world, "anonymous_id:phone"), person(world, "user_id:ada")
    assert guest != ada

    log(world, event("user_id:ada", "anonymous_id:phone"))
    project_all(world)

    assert person(world, "user_id:ada") == person(world, "anonymous_id:phone") == guest
    with world.store.system() as tx:
        last = tx.log.read(0, 3, 10)[0]
        assert last.name == "$merge"
        assert tx.people.histories(BRAND, [guest]) == {guest: [guest, ada]}
        assert tx.log.read_profiles(0, 0, 9)[1] == ada  # its history keeps the id it came with


def test_an_older_event_that_arrives_later_does_not_overwrite(world: World):
    """Traits are the latest by event time; ties go to the later position."""
    log(world, identify("user_id:ada", city="上海", at=NOW))
    project_all(world)
    log(world, identify("user_id:ada", city="北京", size="S", at=NOW - 5))
    log(world, identify("user_id:ada", size="M", at=NOW - 5))
    project_all(world)

    assert traits(world, person(world, "user_id:ada")) == {"city": "上海", "size": "M"}


def test_a_removed_trait_stays_removed_when_an_older_event_arrives(world: World):
    """Null and `$unset` remove; what was set before that does not come back."""
    log(world, identify("user_id:ada", city="上海", size="S", level=1, at=NOW))
    log(world, identify("user_id:ada", **{"city": None, "$unset": ["size"]}, at=NOW + 1))
    project_all(world)
    log(world, identify("user_id:ada", city="广州", size="L", at=NOW - 1))
    project_all(world)

    assert traits(world, person(world, "user_id:ada")) == {"level": 1}


def test_zone_and_language_come_from_traits_or_the_context(world: World):
    """A device's context counts while it is news; a zone that does not exist never counts."""
    context = {"timezone": "Asia/Shanghai", "locale": "zh-CN"}
    log(world, event("user_id:ada", context=context, at=NOW))
    log(world, event("user_id:bo", context={"timezone": "Mars/Base"}))
    project_all(world)
    ada, bo = person(world, "user_id:ada"), person(world, "user_id:bo")
    assert traits(world, ada) == {"zone": "Asia/Shanghai", "locale": "zh-CN"}
    assert traits(world, bo) == {}

    log(world, identify("user_id:ada", timezone="Europe/Paris", at=NOW + 1))
    log(world, event("user_id:ada", context=context, at=NOW - 100))
    project_all(world)
    assert traits(world, ada)["zone"] == "Europe/Paris"

    log(world, event("user_id:ada", context=context, at=NOW + 2))
    project_all(world)
    assert traits(world, ada)["zone"] == "Asia/Shanghai"


def test_a_group_call_names_the_group_and_leaves_its_traits_to_it(world: World):
    """The traits of a group call describe the group, not the person."""
    told = {"city": "成都"}
    log(world, event("user_id:ada", name="$group", kind=Kind.GROUP, groupId="club-7", traits=told))
    project_all(world)

    assert traits(world, person(world, "user_id:ada")) == {"group_id": "club-7"}


def test_consents_are_a_ledger_and_the_latest_by_event_time_counts(world: World):
    """A withdrawal that arrives late, but happened later, stands; all rows are kept."""
    granted = {"channel": "sms", "text_version": "7"}
    log(
        world,
        event("user_id:ada", name="Consent Withdrawn", properties={"channel": "sms"}, at=NOW + 2),
        event("user_id:ada", name="Consent Granted", properties=granted, at=NOW + 1),
    )
    project_all(world)

    ada = person(world, "user_id:ada")
    with world.store.system() as tx:
        assert tx.people.consents(BRAND, [ada]) == {ada: {("sms", "marketing"): "withdrawn"}}
        rows = tx.people.consent_history(BRAND, ada)
    assert [(row.state, row.method, row.text_version) for row in rows] == [
        ("withdrawn", "api", ""),
        ("granted", "api", "7"),
    ]


def test_a_withdrawal_that_names_no_channel_withdraws_from_all(world: World):
    """In doubt no one is disturbed; a grant that names none is listed and grants nothing."""
    log(world, event("user_id:ada", name="Consent Granted", properties={"channel": "email"}))
    log(world, event("user_id:ada", name="Consent Withdrawn", properties={}))
    log(world, event("user_id:ada", name="Consent Granted", properties={}))
    while project(world):
        pass

    ada = person(world, "user_id:ada")
    with world.store.system() as tx:
        assert set(tx.people.consents(BRAND, [ada])[ada].values()) == {"withdrawn"}
        assert [each.reason for each in tx.log.refused(BRAND, 9)] == ["project.consent"]


def test_a_one_click_withdrawal_is_an_event_of_huiliu_itself(world: World):
    """Internal consent events name the profile in their body."""
    log(world, event("user_id:ada"))
    project_all(world)
    ada = person(world, "user_id:ada")
    body = {"channel": "email", "purpose": "marketing", "method": "one_click"}
    log(
        world,
        event(
            name="Consent Withdrawn", kind=Kind.INTERNAL, profile_id=ada, properties=body
        ),
    )  # fmt: skip
    project_all(world)

    with world.store.system() as tx:
        assert tx.people.consents(BRAND, [ada])[ada] == {("email", "marketing"): "withdrawn"}


def test_one_bad_event_never_stops_the_rest(world: World):
    """It is kept with its reason; what came before and after is projected."""
    bad = event("user_id:bad", raw=b"[]")
    # Passes every reader until PostgreSQL's jsonb refuses the character.
    worse = identify("user_id:worse", city="\x00")
    log(world, *(event(f"user_id:{n}") for n in range(20)), bad, event(), worse)
    log(world, *(event(f"user_id:{n}") for n in range(20, 30)))
    while project(world, 8):
        pass

    assert all(person(world, f"user_id:{n}") for n in range(30))
    with world.store.system() as tx:
        reasons = sorted(each.reason for each in tx.log.refused(BRAND, 99))
        assert reasons == ["project.bad_body", "project.failed", "project.nobody"]
        assert tx.log.peek_cursor("projector") == tx.log.head()


def test_a_reaction_that_fails_leaves_the_facts(world: World, monkeypatch: pytest.MonkeyPatch):
    """A broken segment or journey costs its own effects, never what is known of the person."""

    def broken(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr("huiliu.services.project.enter", broken)
    log(world, identify("user_id:ada", city="上海"))
    while project(world):
        pass

    assert traits(world, person(world, "user_id:ada")) == {"city": "上海"}
    with world.store.system() as tx:
        assert [each.reason for each in tx.log.refused(BRAND, 9)] == ["project.reaction_failed"]


def test_a_batch_that_dies_before_its_commit_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """Whenever the process is killed, each event takes effect once."""
    log(world, *(event(f"user_id:{n}", f"phone:{n % 3}") for n in range(30)))
    log(world, event("anonymous_id:a"), event("email:a"), event("email:a", "anonymous_id:a"))
    real = PostgresLog.move_cursor

    def killed(self: PostgresLog, consumer: str, to: int, partition: int = 0) -> None:
        real(self, consumer, to, partition)
        raise Unavailable("the process", "killed")

    for _ in range(3):
        with monkeypatch.context() as patched:
            patched.setattr(PostgresLog, "move_cursor", killed)
            with pytest.raises(Unavailable):
                project(world, 7)
        project(world, 7)
    project_all(world)

    with world.store.system() as tx:
        assert len(tx.log.read_profiles(0, 0, 99)) == tx.log.head() == 34
        assert len(tx.people.recent(BRAND, 99)) == 31
        merged = [each for each in tx.log.read(0, 0, 99) if each.name == "$merge"]
    assert len(merged) == 1


def test_two_projectors_at_once_project_each_event_once(world: World):
    """The cursor's lock lets one work at a time."""
    log(world, *(event(f"user_id:{n % 40}", f"email:{n}") for n in range(400)))

    def work() -> int:
        done = 0
        while n := project(world, 9):
            done += n
        return done

    with ThreadPoolExecutor(4) as pool:
        done = sum(future.result() for future in [pool.submit(work) for _ in range(4)])

    with world.store.system() as tx:
        assert done == tx.log.head() == 400
        assert len(tx.log.read_profiles(0, 0, 999)) == 400
        assert len(tx.people.recent(BRAND, 99)) == 40
        assert len(tx.people.conflicts(BRAND, 999)) == 40 * 5  # ten e-mails each, five allowed


def test_a_shop_counter_phone_leaves_a_thousand_members_apart(world: World):
    """The phone stays with the first; the rest is listed once each, however often they come."""
    log(world, *(event(f"user_id:{n}", "phone:counter") for n in range(1_000)))
    log(world, *(event(f"user_id:{n}", "phone:counter") for n in range(1_000)))
    project_all(world)

    with world.store.system() as tx:
        assert len(tx.people.recent(BRAND, 2_000)) == 1_000
        conflicts = tx.people.conflicts(BRAND, 2_000)
    assert len(conflicts) == 999
    assert {each.n_seen for each in conflicts} == {2}
    assert {each.other for each in conflicts} == {person(world, "user_id:0")}


def test_facts_are_kept_of_what_live_documents_ask_for_and_filled_in_later(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """A new document finds what happened before it, under the canonical name, and once."""
    log(world, event("user_id:ada", name="Order Completed", properties={"total": 3}, at=NOW - 9))
    log(world, event("user_id:ada", name="Order Paid", properties={"total": 4}, at=NOW))
    log(world, event("user_id:ada", name="Product Viewed"))
    project_all(world)
    ada = person(world, "user_id:ada")
    log(world, event("user_id:ada", name="Order Paid", properties={"total": 5}))

    with world.store.system() as tx:
        assert tx.people.facts(BRAND, [ada], ["Order Paid"], 0)[ada].events == {}
        assert backfill_facts(tx, BRAND, ["Order Paid"]) == 2
        names = replace(live(tx, world, BRAND), event_names=frozenset({"Order Paid"}))
    monkeypatch.setattr("huiliu.services.project.live", lambda *_: names)
    project_all(world)
    with world.store.system() as tx:
        assert backfill_facts(tx, BRAND, ["Order Paid"]) == 0
        facts = tx.people.facts(BRAND, [ada], ["Order Paid"], 0)[ada]
        recent = tx.people.facts(BRAND, [ada], ["Order Paid"], NOW)[ada]

    assert [fact.properties["total"] for fact in facts.events["Order Paid"]] == [3, 4, 5]
    assert [fact.properties["total"] for fact in recent.events["Order Paid"]] == [4, 5]


def test_the_tracking_plan_counts_events_properties_and_other_types(world: World):
    """Types are those most seen; null breaks nothing; Huiliu's own events are not in it."""
    log(
        world,
        event("user_id:a", name="Order Paid", properties={"total": 1, "at": "2026-11-22"}),
        event("user_id:a", name="Order Paid", properties={"total": 2.5, "coupon": None}),
        event("user_id:a", name="Order Paid", properties={"total": "much"}, at=NOW + 9),
        identify("user_id:a", vip=True),
    )
    project_all(world)

    with world.store.system() as tx:
        plan = {(e.event, e.property): e for e in tx.plan.entries(BRAND)}
    assert {key: (e.type, e.n_seen, e.n_violations) for key, e in plan.items()} == {
        ("Order Paid", ""): ("object", 3, 0),
        ("Order Paid", "total"): ("number", 3, 1),
        ("Order Paid", "at"): ("date", 1, 0),
        ("Order Paid", "coupon"): ("null", 1, 0),
        ("$identify", ""): ("object", 1, 0),
        ("$identify", "vip"): ("boolean", 1, 0),
    }
    assert (plan["Order Paid", "total"].first_at, plan["Order Paid", "total"].last_at) == (
        NOW, NOW + 9,
    )  # fmt: skip


def test_two_brands_never_share_a_person(world: World):
    """The same identifier in another brand is somebody else."""
    with world.store.system() as tx:
        tx.log.append([event("user_id:ada"), event("user_id:ada", brand_id=2)])
    project_all(world)

    with world.store.system() as tx:
        key = identifier("user_id:ada").key
        one, two = (tx.people.resolve(brand, [key])[key] for brand in (1, 2))
    assert one != two


def test_active_runs_move_with_a_merge_and_a_doubled_one_ends(world: World):
    """Of two active runs of one journey and key the one that began first goes on."""
    log(world, event("anonymous_id:a"), event("user_id:ada"))
    project_all(world)
    guest, ada = person(world, "anonymous_id:a"), person(world, "user_id:ada")

    def run(number: int, who: int, key: str) -> RunRow:
        return RunRow(BRAND, bytes([number] * 16), "care", 1, who, key, NOW + number, "active",
                      "", b"{}")  # fmt: skip

    rows = [run(1, guest, "order-1"), run(2, ada, "order-1"), run(3, ada, "order-2")]
    with world.store.system() as tx:
        tx.runs.start(rows, [TokenRow(BRAND, row.run_id, "wait", 1, NOW, b"") for row in rows])
    log(world, event("user_id:ada", "anonymous_id:a"))
    project_all(world)

    with world.store.system() as tx:
        active = {row.run_id[0]: row.profile_id for row in tx.runs.active(BRAND, [guest, ada])}
    assert active == {1: guest, 3: guest}
    unmerge(world, BRAND, ada)
    with world.store.system() as tx:
        active = {row.run_id[0]: row.profile_id for row in tx.runs.active(BRAND, [guest, ada])}
    assert active == {1: guest, 3: ada}
