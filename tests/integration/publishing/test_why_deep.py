"""Why: what a rule saw, whether deciding again says the same, what would have changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest
from tests.integration.journeys import order_event, rows
from tests.integration.people import BRAND, NOW, identify, log, person, project_all

from huiliu.cli.why_told import why_lines
from huiliu.kernel.documents import dump
from huiliu.kernel.events import Flag
from huiliu.kernel.texts import LOCALES, Text, render
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.publish import publish
from huiliu.services.tell_why import why_json
from huiliu.services.why import Why, look_into
from huiliu.stores.clock import SimulatedClock

_NUMBERS = count()


def care(ways: Sequence[Mapping[str, object]], **more: object) -> str:
    """Return a journey that waits two days and parts people."""
    return dump(
        {
            "huiliu": 1, "kind": "journey", "slug": "care",
            "name": {"en": f"Care {next(_NUMBERS)}"},
            "entry": {"event": "Order Paid", "key": "order_id", **more},
            "exit_when": [{"event": "Order Shipped"}],
            "nodes": {
                "wait": {"type": "wait", "for": "2d", "next": "ask"},
                "ask": {"type": "branch", "ways": ways, "else": "plain"},
                "gold": {"type": "exit", "reason": "gold"},
                "plain": {"type": "exit", "reason": "plain"},
            },
        }
    )  # fmt: skip


LOYAL: list[dict[str, object]] = [{"when": {"did": "Order Paid", "at_least": 3}, "next": "gold"}]


def lived(world: World, clock: SimulatedClock, source: str, *traits: str) -> Why:
    """Let ada pay twice, wait, and be parted; return why."""
    publish(world, BRAND, source, "test")
    log(world, identify("user_id:ada", **_pairs(traits)),
        order_event("Order Paid", "o1"), order_event("Order Paid", "o2"))  # fmt: skip
    project_all(world)
    clock.set(NOW + 2 * DAY)
    while advance(world):
        pass
    return look_into(world, BRAND, person(world, "user_id:ada"))


def _pairs(traits: Sequence[str]) -> dict[str, Any]:
    """Return `city=上海` as a trait."""
    return dict(one.split("=") for one in traits)


def told(found: Why, step: int, locale: str = "en") -> str:
    """Return the nearest change of a step of the first run in words."""
    decisions = found.runs[0].decisions
    assert decisions is not None
    near = decisions.steps[step].nearest
    assert near is not None
    return render(near.sentence(), locale)


def test_a_rule_says_what_it_saw_and_one_more_order_would_have_changed_it(
    world: World, clock: SimulatedClock
) -> None:
    """The branch counted two orders, three were asked for: one more is the nearest change."""
    found = lived(world, clock, care(LOYAL))

    decisions = found.runs[0].decisions
    assert decisions is not None
    assert [step.what for step in found.runs[0].steps] == ["entered", "waited", "branched", "ended"]
    assert decisions.outcome == "same"
    (rule,) = decisions.steps[2].rules
    assert not rule.holds
    assert "Order Paid" in render(rule.sentence, "en")
    assert told(found, 2) == ("Had Order Paid happened 1 time(s) more, ask would have led to gold")
    assert "gold" in told(found, 2, "zh-CN")


def test_the_nearest_change_of_a_trait_is_its_value(world: World, clock: SimulatedClock) -> None:
    """A text that is compared might have been the other one."""
    ways = [{"when": {"trait": "city", "is": "上海"}, "next": "gold"}]

    found = lived(world, clock, care(ways), "city=北京")

    assert told(found, 2) == "Had city been 上海 instead of 北京, ask would have led to gold"


def test_a_number_is_moved_no_further_than_it_needs(world: World, clock: SimulatedClock) -> None:
    """Of several values that would do the nearest one is told."""
    publish(
        world, BRAND, care([{"when": {"trait": "points", "at_least": 100}, "next": "gold"}]), "test"
    )
    log(world, identify("user_id:ada", points=90), order_event("Order Paid", "o1"))
    project_all(world)
    clock.set(NOW + 2 * DAY)
    while advance(world):
        pass

    found = look_into(world, BRAND, person(world, "user_id:ada"))

    assert told(found, 2) == "Had points been 100 instead of 90, ask would have led to gold"


def test_what_is_stored_is_not_what_is_decided_again_when_it_was_changed(
    world: World, clock: SimulatedClock
) -> None:
    """A trace that does not follow from what was known is found out."""
    lived(world, clock, care(LOYAL))
    with world.store.system() as tx:
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            'update journey_steps set details = \'{"way":0,"to":"gold"}\' where what = \'branched\''
        )

    found = look_into(world, BRAND, person(world, "user_id:ada"))

    decisions = found.runs[0].decisions
    assert decisions is not None
    assert decisions.outcome == "other"


def test_later_facts_change_nothing_of_what_was_decided(
    world: World, clock: SimulatedClock
) -> None:
    """Deciding again is told what was known then, not what is known now."""
    lived(world, clock, care(LOYAL), "city=北京")
    for nth in range(5):
        log(world, order_event("Order Paid", f"later-{nth}"))
    project_all(world)

    found = look_into(world, BRAND, person(world, "user_id:ada"), journey="care")

    ended = [run for run in found.runs if run.run.ended_at]
    assert {run.decisions.outcome for run in ended if run.decisions} == {"same"}


def test_runs_that_an_event_ended_are_decided_again_too(world: World) -> None:
    """The exit event, and one that had settled the order before."""
    publish(world, BRAND, care(LOYAL), "test")
    log(world, order_event("Order Paid", "o1"), order_event("Order Shipped", "o2", at=NOW - HOUR))
    project_all(world)
    log(world, order_event("Order Shipped", "o1"), order_event("Order Paid", "o2"))
    project_all(world)

    found = look_into(world, BRAND, person(world, "user_id:ada"))

    assert rows(world, "select key, reason from journey_runs order by key") == [
        ("o1", "Order Shipped"), ("o2", "already"),
    ]  # fmt: skip
    assert [run.decisions.outcome for run in found.runs if run.decisions] == ["same", "same"]


def test_every_reason_for_not_entering_is_told_with_what_was_nearest(
    world: World, clock: SimulatedClock
) -> None:
    """Where, key, age, history and re-entry."""
    log(world, order_event("Order Paid", "before", at=NOW - HOUR))
    project_all(world)
    publish(world, BRAND, care(LOYAL, where=[{"property": "total", "at_least": 100}]), "test")
    log(
        world,
        order_event("Order Paid", "small", total=10),
        order_event("Order Paid", "", total=200),
        order_event("Order Paid", "late", at=NOW - 3 * HOUR, received=NOW, total=200),
        order_event("Order Paid", "old", flags=Flag.HISTORICAL, total=200),
        order_event("Order Paid", "good", total=200),
    )
    project_all(world)
    log(world, order_event("Order Paid", "good", at=NOW, received=NOW + 1, total=200))
    project_all(world)
    clock.set(NOW + DAY)

    found = look_into(world, BRAND, person(world, "user_id:ada"), journey="care")

    assert [one.reason for one in found.not_entered] == [
        "active", "historical", "too_old", "no_key", "where", "not_live",
    ]  # fmt: skip
    near = {one.reason: render(one.nearest, "en") for one in found.not_entered if one.nearest}
    assert near["where"] == "Had total been 100, it would have entered"
    assert near["no_key"] == "Had the event had order_id, it would have entered"
    for one in found.not_entered:
        for locale in LOCALES:
            assert not render(one.said, locale).startswith("journeys.")


def test_what_else_went_on_at_the_moment_is_told(world: World, clock: SimulatedClock) -> None:
    """Other runs with the node at which they stood, and how much of the cap was used."""
    lived(world, clock, care(LOYAL))

    then = look_into(world, BRAND, person(world, "user_id:ada"), NOW + DAY)

    assert then.beside is not None
    stood = {(one.run.key, one.node) for one in then.beside.runs}
    assert stood == {("o1", "wait"), ("o2", "wait")}
    assert (then.beside.used, then.beside.cap) == (0, 4)
    assert len(then.runs) == 2


@pytest.mark.parametrize("locale", LOCALES)
def test_the_whole_story_can_be_told_in_both_languages(
    world: World, clock: SimulatedClock, locale: str
) -> None:
    """Every line has its words, and all of it is data too."""
    found = lived(world, clock, care(LOYAL))

    lines = [render(line, locale) if isinstance(line, Text) else line for line in why_lines(found)]
    story = why_json(found, locale)

    assert not [line for line in lines if line.startswith(("why.", "nearest."))]
    runs: Any = story["runs"]
    run = runs[0]
    assert run["verified"] == "same"
    assert run["steps"][2]["nearest"][locale]
