"""Experiments in the product: who gets what, what is read of it, and what follows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from msgspec import structs
from tests.integration.decisions.deciding import decide_together
from tests.integration.journeys import rows
from tests.integration.people import BRAND, NOW, event, log, person
from tests.integration.warehouses import settle, with_warehouse
from tests.integration.worth.trying import EXPERIMENT, buy, meet, put_experiment, put_welcome

from huiliu.kernel.errors import Conflict, Refused
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.assign import assigned
from huiliu.services.experiment_results import results
from huiliu.services.experiments import (
    roll_out_arm,
    show_experiment,
    start_experiment,
    stop_experiment,
)
from huiliu.services.follow_experiments import look_at_experiment
from huiliu.stores.clock import SimulatedClock

SCOPE = "experiment:words"


def arms(world: World, people: list[str]) -> dict[str, str]:
    """Return person -> the arm that they were given."""
    profiles = {person(world, f"user_id:{one}"): one for one in people}
    with world.store.system() as tx:
        found = assigned(tx, BRAND, [SCOPE], list(profiles))
    return {profiles[profile]: one.arm for (_, profile), one in found.items()}


def told(world: World, name: str) -> Counter[str]:
    """Return variant -> how many events of a name tell of it."""
    with world.store.system() as tx:
        events = [one for one in tx.log.read(0, 0, 100_000) if one.name == name]
    return Counter(one.name for one in events)


def test_before_it_begins_all_get_the_control_and_after_it_people_keep_their_arm(
    world: World, clock: SimulatedClock
) -> None:
    """Waiting: control, nobody in. Running: an arm each, kept when shares change or it ends."""
    put_welcome(world)
    put_experiment(world)
    early = [f"early{nth}" for nth in range(20)]
    meet(world, early)
    assert told(world, "Plain Words") == {"Plain Words": 20}
    assert arms(world, early) == {}

    start_experiment(world, BRAND, "words", "ada@example.com")
    people = [f"p{nth}" for nth in range(60)]
    meet(world, people)
    first = arms(world, people)
    assert set(first.values()) == {"control", "new"}
    assert len(first) == 60
    put_experiment(world, EXPERIMENT.replace(
        "- {name: control}\n  - {name: new}",
        "- {name: control, share: 1%}\n  - {name: new, share: 99%}"))  # fmt: skip
    clock.set(NOW + HOUR)
    meet(world, people, NOW + HOUR)
    assert arms(world, people) == first

    stop_experiment(world, BRAND, "words", "ada@example.com")
    clock.set(NOW + 2 * HOUR)
    meet(world, [*people, "late"], NOW + 2 * HOUR)
    assert arms(world, [*people, "late"]) == first
    n_new = sum(arm == "new" for arm in first.values())
    assert told(world, "Fresh Words") == {"Fresh Words": 3 * n_new}
    with pytest.raises(Conflict):
        start_experiment(world, BRAND, "words", "ada@example.com")


def test_what_each_arm_brought_is_read_and_the_winner_rolled_out_once(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """Buyers of both arms are counted from their first meeting; the rule gives all the winner."""
    put_welcome(world)
    put_experiment(world, EXPERIMENT + "winner: {rule: roll_out}\n")
    start_experiment(world, BRAND, "words", "ada@example.com")
    people = [f"p{nth}" for nth in range(600)]
    meet(world, people)
    given = arms(world, people)
    old = [one for one in people if given[one] == "control"]
    new = [one for one in people if given[one] == "new"]
    clock.set(NOW + DAY)
    buy(world, old[: len(old) // 5] + new[: len(new) // 2])
    log(world, event("user_id:stranger", name="Order Paid", properties={"order_id": "x"}))
    with with_warehouse(world, tmp_path) as lent:
        settle(lent)
        found = results(lent, BRAND, "words")
        assert {one.name: one.n for one in found.arms} == {"control": len(old), "new": len(new)}
        goal = found.lines[0].comparisons[0]
        assert goal.control.sample.total == len(old) // 5
        assert goal.variant.sample.total == len(new) // 2
        assert (found.said.kind, found.said.arm) == ("better", "new")
        assert found.planned_look is None
        assert found.series
        look_at_experiment(lent, BRAND, "words")
        look_at_experiment(lent, BRAND, "words")
    view = show_experiment(world, BRAND, "words")
    assert [one.what for one in view.moves] == ["rolled_out", "decided", "started"]
    assert (view.stands.state, view.stands.row and view.stands.row.winner) == ("rolled_out", "new")
    assert sorted(rows(world, "select kind from notices")) == [
        ("experiment_decided",), ("experiment_rolled_out",),
    ]  # fmt: skip
    before = told(world, "Fresh Words")["Fresh Words"]
    meet(world, ["later1", "later2", *old[:3]], NOW + DAY)
    assert told(world, "Fresh Words")["Fresh Words"] == before + 5
    with pytest.raises(Conflict):
        roll_out_arm(world, BRAND, "words", "control", "ada@example.com", "no")


def test_thompson_sets_shares_anew_and_writes_down_every_chance(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """The better arm gets more, none less than a twentieth; read by the logged chances."""
    put_welcome(world)
    put_experiment(world, EXPERIMENT + "mode: thompson\nbatch: 6h\n")
    start_experiment(world, BRAND, "words", "ada@example.com")
    first = [f"p{nth}" for nth in range(300)]
    meet(world, first)
    given = arms(world, first)
    buy(world, [one for nth, one in enumerate(first) if given[one] == "new" and nth % 2], NOW)
    with with_warehouse(world, tmp_path) as lent:
        settle(lent)
        look_at_experiment(lent, BRAND, "words")
        assert [one.batch for one in show_experiment(world, BRAND, "words").stands.batches] == [0]
        clock.set(NOW + 6 * HOUR)
        look_at_experiment(lent, BRAND, "words")
        stands = show_experiment(world, BRAND, "words").stands
        assert stands.row is not None
        assert [one.batch for one in stands.batches] == [0, 1]
        newest = stands.batches[1]
        assert newest.counts["control"][0] == 0
        assert newest.shares == {"control": pytest.approx(0.05), "new": pytest.approx(0.95)}
        assert stands.row.shares == newest.shares
        second = [f"q{nth}" for nth in range(200)]
        meet(world, second, NOW + 6 * HOUR)
        later = arms(world, second)
        assert sum(arm == "control" for arm in later.values()) < 30
        assert arms(world, first) == given
        settle(lent)
        found = results(lent, BRAND, "words")
    assert found.people == 500
    assert not found.is_blocked
    [compared] = found.lines[0].comparisons
    n_new = sum(arm == "new" for arm in given.values())
    n_bought = found.arms[1].total
    assert 0 < n_bought < n_new
    # Everybody of the first batch had one chance in two; nobody of the second bought.
    assert compared.variant.sample.mean == pytest.approx(n_bought / 0.5 / 500)


def test_where_departments_decide_only_the_winner_or_the_control_is_rolled_out(
    world: World,
) -> None:
    """What they agreed to names what makes a winner; stopping and going back are always free."""
    put_welcome(world)
    put_experiment(world)
    decide_together(world)
    start_experiment(world, BRAND, "words", "ada@example.com")

    with pytest.raises(Refused, match="arm_undecided"):
        roll_out_arm(world, BRAND, "words", "new", "ada@example.com", "I like it")
    stop_experiment(world, BRAND, "words", "ada@example.com")
    with world.store.system() as tx:
        row = tx.experiments.lock(BRAND, "words")
        assert row is not None
        assert row.state == "ended"
        tx.experiments.put(structs.replace(row, winner="new"))

    view = roll_out_arm(world, BRAND, "words", "new", "ada@example.com", "it won")
    assert view.stands.state == "rolled_out"


def test_going_back_to_the_control_asks_nobody(world: World) -> None:
    """It ends what is new, as stopping does."""
    put_welcome(world)
    put_experiment(world)
    decide_together(world)
    start_experiment(world, BRAND, "words", "ada@example.com")

    view = roll_out_arm(world, BRAND, "words", "control", "ada@example.com", "it annoys people")

    assert view.stands.row is not None
    assert (view.stands.state, view.stands.row.winner) == ("rolled_out", "control")
