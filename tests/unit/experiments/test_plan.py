"""Experiments are read with all their faults; a person's arm follows from them and the hash."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec import structs

from huiliu.experiments.forecast import forecast
from huiliu.experiments.plan import Plan, parse_experiment
from huiliu.experiments.standing import ENDED, ROLLED_OUT, RUNNING, WAITING, Standing

EXPERIMENT = """\
huiliu: 1
kind: experiment
slug: words
name: {en: Words}
hypothesis: Fresh words sell more
arms:
  - {name: control, share: 60%}
  - {name: new, share: 20%}
  - {name: newer, share: 20%}
goals: [bought, revenue]
guards: [opted_out]
window: 7d
sample: 20000
"""


def plan(source: str = EXPERIMENT) -> Plan:
    """Return an experiment."""
    found = parse_experiment(source)
    assert isinstance(found, Plan), found
    return found


def test_what_it_says_is_read_and_written_again() -> None:
    """Arms, outcomes, times; each comparison has its part of the error."""
    found = plan()
    assert found.control == "control"
    assert dict(found.shares) == {"control": 0.6, "new": 0.2, "newer": 0.2}
    assert found.metrics == ("bought", "revenue", "opted_out")
    assert found.alpha == 0.025
    assert (found.met, found.salt) == ("words", "experiment words")
    assert plan(found.source) == found
    send = plan(EXPERIMENT + "where: {journey: spring, node: send}\n")
    assert (send.met, send.salt) == ("spring send", "variant spring send")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("mode: guess\n", "mode"),
        ("where: {coupon: a, journey: b}\n", "where"),
        ("where: {journey: b}\n", "where.node"),
        ("where: {promotions: false}\n", "where"),
        ("winner: {rule: always}\n", "winner.rule"),
        ("covariate: 5m\n", "covariate"),
        ("luck: 1\n", "luck"),
    ],
)
def test_every_fault_is_told_with_its_path(more: str, path: str) -> None:
    """One fault a document, each where it stands."""
    found = parse_experiment(EXPERIMENT + more)
    assert isinstance(found, tuple)
    assert path in {one.path for one in found}


def test_several_faults_are_told_at_once() -> None:
    """Shares that are no whole, outcomes twice, no end, arms twice."""
    found = parse_experiment(
        EXPERIMENT.replace("60%", "50%").replace("name: newer", "name: new")
        .replace("[opted_out]", "[bought]").replace("sample: 20000\n", "")
    )  # fmt: skip
    assert isinstance(found, tuple)
    assert {one.path for one in found} == {"arms", "arms[2].name", "guards", "sample"}
    little = EXPERIMENT.replace("20%}\n", "38%}\n", 1).replace(
        "newer, share: 20%", "newer, share: 2%"
    )
    thompson = parse_experiment(
        little.replace("[bought, revenue]", "[revenue]") + "mode: thompson\n"
    )
    assert isinstance(thompson, tuple)
    assert {one.path for one in thompson} == {"goals", "arms"}


def standing(state: str = RUNNING) -> Standing:
    """Return how an experiment stands for somebody who was given nothing."""
    return Standing("words", state, dict(plan().shares), "experiment words")


def test_people_fall_into_the_arms_by_their_shares_and_always_the_same() -> None:
    """Of 20,000 people, within four standard errors; the draw is written with its chance."""
    running = standing()
    drawn = [running.draw(nth) for nth in range(20_000)]
    counts = Counter(one.arm for one in drawn)
    assert abs(counts["control"] - 12_000) < 280
    assert abs(counts["new"] - 4_000) < 227
    assert drawn[:100] == [running.draw(nth) for nth in range(100)]
    assert {(one.arm, one.propensity) for one in drawn} == {
        ("control", 0.6), ("new", 0.2), ("newer", 0.2),
    }  # fmt: skip
    assert all(one.is_in and one.is_new for one in drawn)


def test_what_was_given_stays_whatever_the_shares_are() -> None:
    """Until everybody gets the winner; who comes after the end gets the control, and is not in."""
    given = structs.replace(standing(), given="newer", shares={"control": 1.0, "newer": 0.0})
    assert (given.draw(1).arm, given.draw(1).is_new) == ("newer", False)
    assert structs.replace(given, state=ENDED).draw(1).arm == "newer"
    late = standing(ENDED).draw(1)
    assert (late.arm, late.is_in) == ("control", False)
    assert standing(WAITING).draw(7).arm == "control"
    assert not standing(WAITING).draw(7).is_in
    out = structs.replace(given, state=ROLLED_OUT, winner="new").draw(1)
    assert (out.arm, out.is_in) == ("new", False)


def test_what_traffic_can_show_is_said_before_it_begins() -> None:
    """At 3 % and 10,000 people an arm: the textbook's numbers; nothing known promises nothing."""
    found = forecast("bought", daily=1_000, n=28_000, mean=0.03, variance=0.03 * 0.97,
                     shares=[0.5, 0.5], people=20_000, alpha=0.05)  # fmt: skip
    assert found.least == pytest.approx(0.2253, abs=0.0005)
    tenth = found.efforts[2]
    # n = 2 (1.96 + 0.8416)^2 p (1 - p) / d^2 in each of two arms.
    assert tenth.people == pytest.approx(101_514, abs=1)
    assert tenth.people_anytime > tenth.people * 0.5
    assert tenth.days == 102
    assert found.days == 20
    nothing = forecast("bought", daily=0, n=0, mean=0, variance=0, shares=[0.5, 0.5],
                       people=100, alpha=0.05)  # fmt: skip
    assert not nothing.is_known
    assert nothing.days is None
