"""Experiments in the console and for servers: foreseen, begun, read, and blocked when they lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.console.visiting import signed_in
from tests.integration.people import BRAND, NOW, identify, log, person
from tests.integration.planning.test_plan_pages import Api, post
from tests.integration.warehouses import settle, with_warehouse
from tests.integration.worth.trying import EXPERIMENT, buy, meet, put_experiment, put_welcome

from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.world import World
from huiliu.services.experiments import start_experiment
from huiliu.services.follow_experiments import look_at_experiment
from huiliu.services.message_events import internal_event
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a shop with a journey in which an experiment can be met."""
    with with_warehouse(world, tmp_path) as lent:
        put_welcome(lent)
        yield lent


def test_an_experiment_is_foreseen_published_and_begun(shop: World, tmp_path: Path) -> None:
    """It says what this traffic could show; what has begun cannot be changed any more."""
    earlier = [f"e{nth}" for nth in range(60)]
    meet(shop, earlier, NOW - 2 * DAY)
    buy(shop, earlier[:12], NOW - DAY)
    settle(shop)
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)
    assert "No experiments yet" in client.get("/experiments").text
    assert "hypothesis" in client.get("/experiments/new").text
    faulty = post(client, "/experiments/check", source=EXPERIMENT.replace("bought", "luck")).text
    assert "list of some of these" in faulty
    looked = post(client, "/experiments/check", source=EXPERIMENT).text
    assert "60 people who passed this place" in looked
    assert "20.00%" in looked
    told = api("POST", "/v1/experiments/forecast", {"source": EXPERIMENT})
    assert (told["n"], told["basis"], told["mean"]) == (60, "node", pytest.approx(0.2))
    # 1,000 people in two arms, p = 0.2: 2.8 standard errors of a difference.
    assert told["least_effect"] == pytest.approx(0.3575, abs=0.002)
    lost = EXPERIMENT.replace("slug: words", "slug: nowhere")
    assert "no journey has an experiment node" in post(
        client, "/experiments/apply", source=lost).text  # fmt: skip
    assert post(client, "/experiments/apply", source=EXPERIMENT).status_code == 303
    assert "What this traffic could show" in client.get("/experiments/words").text

    assert post(client, "/experiments/words/act/start").status_code == 303
    assert post(client, "/experiments/words/act/start").status_code == 409
    changed = EXPERIMENT.replace("goals: [bought]", "goals: [clicked]")
    refused = api("POST", "/v1/experiments", {"source": changed})
    assert refused["status"] == 422
    assert "has begun" in str(refused)


def test_what_it_says_is_read_and_an_arm_rolled_out(
    shop: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """No interval of one look at any look; who gives everybody an arm says why."""
    put_experiment(shop)
    start_experiment(shop, BRAND, "words", "ada@example.com")
    people = [f"p{nth}" for nth in range(400)]
    meet(shop, people)
    clock.set(NOW + HOUR)
    buy(shop, people[::3], NOW + HOUR)
    clock.set(NOW + DAY)
    settle(shop)
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)
    told = api("GET", "/v1/experiments/words/results")
    [goal, guard] = told["metrics"]
    assert told["people"] == sum(one["n"] for one in told["arms"]) == 400
    assert (goal["role"], guard["metric"], guard["role"]) == ("goal", "opted_out", "guard")
    [compared] = goal["comparisons"]
    assert compared["stand"] == "unclear"
    assert compared["more_needed"] is None or compared["more_needed"] > 0
    assert "ci_fixed" not in compared
    shown = client.get("/experiments/words").text
    assert "Intervals hold at every look" in shown
    assert "A fixed interval is right at one look only" in shown

    wrong = api("POST", "/v1/experiments/words/roll-out", {"arm": "best", "note": ""})
    assert wrong["status"] == 422
    done = api("POST", "/v1/experiments/words/roll-out", {"arm": "new", "note": "we like it"})
    assert (done["state"], done["winner"]) == ("rolled_out", "new")
    [row] = api("GET", "/v1/experiments")["experiments"]
    assert row["state"] == "rolled_out"
    assert post(client, "/experiments/words/remove").status_code == 303
    assert client.get("/experiments/words").status_code == 404
    again = api("POST", "/v1/experiments", {"source": EXPERIMENT})
    assert again["status"] == 422
    assert "another slug" in str(again)


def test_arms_that_are_not_as_planned_block_the_read_out(shop: World, tmp_path: Path) -> None:
    """Nobody sees a comparison, people are told once, and nobody wins."""
    put_experiment(shop, EXPERIMENT + "winner: {rule: roll_out}\n")
    start_experiment(shop, BRAND, "words", "ada@example.com")
    log(shop, *(identify(f"user_id:s{nth}") for nth in range(150)))
    settle(shop)
    log(shop, *(
        internal_event(
            BRAND, person(shop, f"user_id:s{nth}"), "Experiment Viewed",
            {"experiment": "words", "variant": "new" if nth % 3 else "control", "batch": 0,
             "propensity": 0.5}, NOW, nth,
        )
        for nth in range(150)
    ))  # fmt: skip
    buy(shop, [f"s{nth}" for nth in range(150) if nth % 3], NOW)
    settle(shop)
    look_at_experiment(shop, BRAND, "words")
    look_at_experiment(shop, BRAND, "words")
    client, api = signed_in(shop, tmp_path), Api(shop, tmp_path)
    told = api("GET", "/v1/experiments/words/results")
    assert told["srm_blocked"]
    assert told["verdict"]["kind"] == "blocked"
    assert [one["comparisons"] for one in told["metrics"]] == [[], []]
    assert api("GET", "/v1/experiments/words")["winner"] is None
    assert [one["what"] for one in api("GET", "/v1/experiments/words")["moves"]] == [
        "srm", "started",
    ]  # fmt: skip
    shown = client.get("/experiments/words").text
    assert "The read-out is blocked" in shown
    assert "What each arm brought" not in shown
