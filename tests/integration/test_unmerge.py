"""Unmerge gives back exactly what came with each profile."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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

from huiliu.kernel.errors import NotFound
from huiliu.kernel.events import Kind
from huiliu.ports.world import World
from huiliu.services.timeline import timeline
from huiliu.services.unmerge import unmerge


def _offsets(world: World, profile_id: int) -> set[int]:
    """Return which events are a person's."""
    with world.store.system() as tx:
        history = tx.people.histories(BRAND, [profile_id])[profile_id]
        return {each.offset for each in tx.people.events(BRAND, history, None, 100)}


def _everything(world: World, profile_id: int) -> tuple[object, ...]:
    """Return all that the store knows of one person, but for the events."""
    with world.store.system() as tx:
        row = tx.people.profiles(BRAND, [profile_id])[profile_id]
        history = tx.people.histories(BRAND, [profile_id])[profile_id]
        facts = tx.people.facts(BRAND, [profile_id], ["Order Paid"], 0)[profile_id]
        return (
            row, history, facts, tx.people.identities(BRAND, profile_id),
            tx.people.consent_history(BRAND, profile_id),
        )  # fmt: skip


def _two(world: World) -> tuple[int, int]:
    """Log a guest and a member with traits, orders and consents; return the two."""
    log(
        world,
        identify("anonymous_id:a", city="上海", size="S", at=NOW - 90),
        identify("user_id:ada", "email:ada", city="北京", at=NOW - 80),
        event("anonymous_id:a", name="Order Paid", properties={"total": 1}, at=NOW - 70),
        event("user_id:ada", name="Order Paid", properties={"total": 2}, at=NOW - 60),
        event("user_id:ada", name="Consent Granted", properties={"channel": "email"}),
        event("anonymous_id:a", name="Consent Withdrawn", properties={"channel": "email"}),
    )
    project_all(world)
    return person(world, "anonymous_id:a"), person(world, "user_id:ada")


def test_both_histories_are_kept_through_a_merge(world: World):
    """The survivor shows all of both: traits by event time, consents, events."""
    guest, ada = _two(world)

    log(world, event("user_id:ada", "anonymous_id:a"))
    project_all(world)

    assert person(world, "email:ada") == guest
    assert traits(world, guest) == {"city": "北京", "size": "S"}
    with world.store.system() as tx:
        assert tx.people.profiles(BRAND, [ada]) == {}
        assert tx.people.consents(BRAND, [guest])[guest] == {("email", "marketing"): "withdrawn"}
        assert len(tx.people.consent_history(BRAND, guest)) == 2
    assert [each.event.offset for each in timeline(world, BRAND, ada).happened] == [
        7, 6, 5, 4, 3, 2, 1, 0,
    ]  # fmt: skip


def test_unmerge_gives_everything_back(world: World):
    """Apart from the event that merged them, both are as they were."""
    guest, ada = _two(world)
    before = _everything(world, guest), _everything(world, ada)
    offsets = _offsets(world, guest), _offsets(world, ada)
    log(world, event("user_id:ada", "anonymous_id:a", at=NOW - 75))
    project_all(world)

    found = unmerge(world, BRAND, guest)

    project_all(world)
    assert (found.restored, found.left) == (ada, guest)
    assert (_everything(world, guest), _everything(world, ada)) == before
    # The merging event and `$unmerge` are Ada's now; `$merge` stays with who survived it.
    assert (_offsets(world, guest), _offsets(world, ada)) == (offsets[0] | {7}, offsets[1] | {6, 8})
    assert person(world, "user_id:ada") == ada
    assert person(world, "anonymous_id:a") == guest


def test_events_after_the_merge_go_back_too(world: World):
    """What arrived while they were one goes to whose identifier it carried."""
    guest, ada = _two(world)
    log(world, event("user_id:ada", "anonymous_id:a"))
    project_all(world)
    log(
        world,
        identify("email:ada", level="gold", at=NOW + 1),
        identify("anonymous_id:a", level="none", at=NOW + 2),
        event("email:ada", "phone:1", name="Order Paid", at=NOW + 3),
    )
    project_all(world)
    assert traits(world, guest)["level"] == "none"

    unmerge(world, BRAND, ada)

    assert traits(world, ada) == {"city": "北京", "level": "gold"}
    assert traits(world, guest) == {"city": "上海", "size": "S", "level": "none"}
    assert person(world, "phone:1") == ada


def test_the_same_evidence_does_not_merge_them_again(world: World):
    """It is listed instead, once, however often it comes."""
    guest, ada = _two(world)
    log(world, event("user_id:ada", "anonymous_id:a"))
    project_all(world)
    unmerge(world, BRAND, ada)

    for _ in range(3):
        log(world, event("user_id:ada", "anonymous_id:a"))
        project_all(world)

    assert person(world, "anonymous_id:a") == guest
    with world.store.system() as tx:
        [conflict] = tx.people.conflicts(BRAND, 10)
    assert (conflict.profile_id, conflict.other, conflict.n_seen) == (ada, guest, 3)
    assert conflict.limit_type is None
    assert conflict.identifier == identifier("anonymous_id:a")


def test_a_chain_of_merges_comes_apart_link_by_link(world: World):
    """A middle profile takes with it what had been merged into it, and no more."""
    log(world, *(event(f"device_token:{n}") for n in range(4)))
    project_all(world)
    zero, one, two, three = (person(world, f"device_token:{n}") for n in range(4))
    log(world, event("device_token:2", "device_token:3"))
    log(world, event("device_token:1", "device_token:2"))
    log(world, event("device_token:0", "device_token:1"))
    project_all(world)
    assert {person(world, f"device_token:{n}") for n in range(4)} == {zero}

    assert unmerge(world, BRAND, one).ids == (one, two, three)
    assert [person(world, f"device_token:{n}") for n in range(4)] == [zero, one, one, one]

    assert unmerge(world, BRAND, one).restored == two
    assert [person(world, f"device_token:{n}") for n in range(4)] == [zero, one, two, two]


def test_what_was_never_merged_cannot_be_unmerged(world: World):
    """It is said so, and nothing changes."""
    guest, _ = _two(world)

    with pytest.raises(NotFound):
        unmerge(world, BRAND, guest)
    with pytest.raises(NotFound):
        unmerge(world, BRAND, 12345)


def test_sealed_values_follow_their_identifiers(world: World):
    """A subject key belongs to the present profile, and goes back with its identifier."""
    mail = identifier("email:ada").key
    log(world, event("anonymous_id:a"), identify("email:ada"))
    with world.store.system() as tx:
        key = tx.vault.subject_keys(BRAND, [mail], create=True)[mail]
        sealed = world.secrets.seal_with(key, b"ada@example.com")
        tx.vault.put(BRAND, [(mail, mail, "email", sealed)])
        tx.vault.adopt(BRAND, {mail: 0})
    project_all(world)
    guest, ada = person(world, "anonymous_id:a"), person(world, "email:ada")
    with world.store.system() as tx:
        tx.vault.adopt(BRAND, {mail: ada})

    log(world, event("email:ada", "anonymous_id:a"))
    project_all(world)
    with world.store.system() as tx:
        assert tx.vault.reveal(BRAND, {guest: [mail]}) == {(guest, mail): "ada@example.com"}

    unmerge(world, BRAND, ada)
    with world.store.system() as tx:
        assert tx.vault.reveal(BRAND, {guest: [mail], ada: [mail]}) == {
            (ada, mail): "ada@example.com"
        }


def test_memberships_are_what_the_log_last_said_of_each(world: World):
    """A merged profile's segments move with it and come back with it."""
    guest, ada = _two(world)
    for who, segment in ((guest, "window-shoppers"), (ada, "members")):
        properties = {"segment": segment}
        log(
            world,
            event(
                name="Segment Entered", kind=Kind.INTERNAL, profile_id=who, properties=properties
            ),
        )  # fmt: skip
        with world.store.system() as tx:
            tx.segments.enter(BRAND, [(segment, who)], NOW)
    log(world, event("user_id:ada", "anonymous_id:a"))
    project_all(world)

    unmerge(world, BRAND, ada)

    with world.store.system() as tx:
        found = tx.segments.of_profiles(BRAND, [guest, ada])
    assert found == {guest: {"window-shoppers"}, ada: {"members"}}


_worlds = count()
_NAMES = st.sampled_from([f"anonymous_id:{n}" for n in range(4)] + ["email:0", "email:1"])
_STEPS = st.lists(
    st.tuples(_NAMES, st.sampled_from(["city", "size"]), st.integers(0, 3), st.integers(0, 50)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(_STEPS)
def test_whatever_was_logged_unmerge_restores_it(world: World, steps):
    """Traits, times, identifiers and events of both are those of a world without the merge."""
    salt = next(_worlds)  # each example has people of its own in the one database
    merged, apart = f"{salt}-merged", f"{salt}-apart"
    left, right = "device_token:left", "wechat_openid:right"

    def people(world_name: str) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for each in (left, right):
            who = person(world, f"{each}-{world_name}")
            with world.store.system() as tx:
                row = tx.people.profiles(BRAND, [who])[who]
            found.append((
                row.first_seen_at, row.last_seen_at,
                {name: dated[:2] for name, dated in row.traits.items()},
            ))  # fmt: skip
        return found

    for world_name in (merged, apart):
        log(
            world,
            event(f"{left}-{world_name}", at=NOW - 100),
            event(f"{right}-{world_name}", at=NOW - 100),
        )
        project_all(world)
        if world_name == merged:
            log(world, event(f"{right}-{merged}", f"{left}-{merged}", at=NOW - 100))
        sides = [left if name.startswith("anonymous") else right for name, *_ in steps]
        log(world, *(
            identify(f"{side}-{world_name}", f"{name}-{world_name}", at=NOW + at, **{trait: value})
            for side, (name, trait, value, at) in zip(sides, steps, strict=True)
        ))  # fmt: skip
        project_all(world)

    unmerge(world, BRAND, person(world, f"{left}-{merged}"))

    assert people(merged) == people(apart)
