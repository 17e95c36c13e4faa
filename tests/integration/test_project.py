"""The projector turns the log into people, exactly once."""

from __future__ import annotations

from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all, traits

from huiliu.ports.world import World


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
