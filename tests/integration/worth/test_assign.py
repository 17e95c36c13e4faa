"""An arm is drawn once: nothing that happens later moves anybody who is in."""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all

from huiliu.kernel.bodies import read_body
from huiliu.kernel.times import HOUR
from huiliu.ports.assignments import Assigned
from huiliu.ports.world import World
from huiliu.services.assign import ASSIGNED, Drawn, assign, assigned
from huiliu.services.unmerge import unmerge

SCOPE = "experiment:words"


def always(arm: str) -> Callable[[int], Drawn]:
    """Return a draw that always ends the same."""
    return lambda _profile: Drawn(arm, 0.5)


def draw(world: World, profile: int, arm: str, at: int = NOW) -> str:
    """Ask for one person's arm, where a new one would get `arm`."""
    with world.store.system() as tx:
        return assign(tx, BRAND, SCOPE, [profile], always(arm), at)[profile].arm


def two(world: World) -> tuple[int, int]:
    """Return two people."""
    log(world, identify("anonymous_id:a"), identify("user_id:ada"))
    project_all(world)
    return person(world, "anonymous_id:a"), person(world, "user_id:ada")


def test_who_was_asked_keeps_the_arm_and_the_log_is_told_once(world: World) -> None:
    """A second question, with other shares, changes nothing and tells nothing."""
    one, _ = two(world)
    assert draw(world, one, "control") == "control"
    assert draw(world, one, "new", NOW + HOUR) == "control"
    with world.store.system() as tx:
        assert assigned(tx, BRAND, [SCOPE], [one]) == {(SCOPE, one): Assigned("control", NOW, 0.5)}
        told = [each for each in tx.log.read(0, 0, 100) if each.name == ASSIGNED]
        assert tx.assignments.counts(BRAND) == {SCOPE: {"control": 1}}
    assert [read_body(each.body).properties for each in told] == [
        {"scope": SCOPE, "arm": "control", "propensity": 0.5}
    ]


def test_of_two_who_are_one_the_earlier_arm_counts_until_they_are_two_again(world: World) -> None:
    """A merge keeps the earliest arm; taking it back gives each their own."""
    guest, ada = two(world)
    assert draw(world, ada, "new") == "new"
    assert draw(world, guest, "control", NOW + HOUR) == "control"
    log(world, event("user_id:ada", "anonymous_id:a"))
    project_all(world)
    present = person(world, "user_id:ada")
    assert draw(world, present, "third", NOW + 2 * HOUR) == "new"

    unmerge(world, BRAND, present)
    assert draw(world, person(world, "user_id:ada"), "third") == "new"
    assert draw(world, person(world, "anonymous_id:a"), "third") == "control"


def test_another_brand_sees_nothing_of_it(world: World) -> None:
    """Arms are read and written within one brand."""
    one, _ = two(world)
    draw(world, one, "control")
    with world.store.transaction(2) as tx:
        assert assigned(tx, 2, [SCOPE], [one]) == {}
        assert tx.assignments.counts(2) == {}
