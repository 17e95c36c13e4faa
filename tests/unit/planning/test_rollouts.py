"""Roll-outs are read with all their faults; stages are nested, and gates allow for chance."""

from __future__ import annotations

import pytest

from huiliu.metrics import METRICS
from huiliu.planning.gates import DATA_FLOWS, Gate, Verdict, judge_all, judge_gate
from huiliu.planning.rollout import STEPS, Rollout, Stage, parse_rollout

ROLLOUT = """\
huiliu: 1
kind: rollout
slug: spring
name: {en: Spring}
journeys: [cart, care]
tiers:
  - {name: core, channels: [push, wechat]}
  - {name: further}
"""
DELIVERY = Gate(METRICS["delivery_rate"], 0.9, is_least=True, within=1, fewest=50)
COMPLAINTS = Gate(METRICS["complaint_rate"], 0.003, is_least=False, within=1, fewest=50)


def rollout(more: str = "") -> Rollout:
    """Return a roll-out."""
    found = parse_rollout(ROLLOUT + more)
    assert isinstance(found, Rollout), found
    return found


def test_every_fault_is_told_with_its_path() -> None:
    """Steps that fall, tiers that share a channel, gates with two bounds, times too short."""
    found = parse_rollout(
        ROLLOUT.replace("[cart, care]", "[]").replace("- {name: further}", """\
- {name: none}
  - {name: again, channels: [push]}
  - {name: last}""")
        + "steps: [5, 1, 100]\nstage: 5m\ngates: [{metric: gmv, at_least: 1, at_most: 2}]\n"
    )  # fmt: skip

    assert isinstance(found, tuple)
    assert {one.path for one in found} == {
        "journeys", "tiers[1].channels", "tiers[2].channels", "steps", "stage", "gates[0].metric",
        "gates[0]",
    }  # fmt: skip


def test_what_is_left_out_is_the_mission_s_own() -> None:
    """1-5-10-25-50-100 %, and the four flows of data before anything."""
    found = rollout()

    assert found.steps == STEPS
    assert list(STEPS) == [1, 5, 10, 25, 50, 100]
    assert found.data_flows == DATA_FLOWS
    assert [one.metric.name for one in DATA_FLOWS] == [
        "collected_events", "identified_share", "receipt_rate", "attributed_share",
    ]  # fmt: skip
    assert rollout("gates: []\n").gates == ()


def test_a_roll_out_walks_its_tiers_step_by_step() -> None:
    """Each tier begins at gate 0; after the last step of the last there is nothing."""
    found = rollout("steps: [10, 100]\n")
    walked = [Stage(0, 0)]
    while (following := found.after(walked[-1])) is not None:
        walked.append(following)

    assert [(one.tier, one.percent) for one in walked] == [
        (0, 0), (0, 10), (0, 100), (1, 0), (1, 10), (1, 100),
    ]  # fmt: skip
    assert found.fits(Stage(7, 5)) == Stage(1, 100)


def test_the_people_of_a_stage_are_among_those_of_the_next() -> None:
    """About as many as the percentage says, the same on every channel of a tier."""
    found, people = rollout(), range(1, 20_001)
    before: set[int] = set()
    for percent in found.steps:
        now = {one for one in people if found.has(Stage(0, percent), "push", one)}
        assert before <= now
        assert len(now) / len(people) == pytest.approx(percent / 100, abs=0.01)
        assert now == {one for one in people if found.has(Stage(0, percent), "wechat", one)}
        before = now
    assert not any(found.has(Stage(0, 100), "sms", one) for one in people)
    assert all(found.has(Stage(1, 1), "push", one) for one in people)
    assert found.lets_in(Stage(1, 0), 5)
    assert not any(found.lets_in(Stage(0, 0), one) for one in people)


@pytest.mark.parametrize(
    ("gate", "top", "n", "verdict"),
    [
        (DELIVERY, 95, 100, Verdict.PASSED),
        (DELIVERY, 49, 49, Verdict.UNCLEAR),
        (DELIVERY, 80, 100, Verdict.FAILED),
        # 88 of 100 could be 90 % and bad luck.
        (DELIVERY, 88, 100, Verdict.UNCLEAR),
        (DELIVERY, 0, 0, Verdict.UNCLEAR),
        (DELIVERY, 0, 19, Verdict.UNCLEAR),
        (DELIVERY, 0, 20, Verdict.FAILED),
        (COMPLAINTS, 0, 60, Verdict.PASSED),
        # One complaint among the first sixty is no rate yet.
        (COMPLAINTS, 1, 60, Verdict.UNCLEAR),
        (COMPLAINTS, 10, 1_000, Verdict.FAILED),
        (DATA_FLOWS[0], 100, 100, Verdict.PASSED),
        (DATA_FLOWS[0], 99, 99, Verdict.FAILED),
    ],
)
def test_a_gate_fails_only_where_chance_is_no_excuse(
    gate: Gate, top: float, n: float, verdict: Verdict
) -> None:
    """And passes only when enough was seen."""
    assert judge_gate(gate, top, n).verdict is verdict


def test_all_gates_must_pass_and_one_that_fails_is_enough() -> None:
    """At gate 0 nobody got a message yet: what messages tell is asked for later."""
    passed, failed = judge_gate(DELIVERY, 99, 100), judge_gate(DELIVERY, 1, 100)
    nothing, events = judge_gate(DELIVERY, 0, 0), judge_gate(DATA_FLOWS[0], 500, 500)

    assert judge_all([passed, failed, nothing]) is Verdict.FAILED
    assert judge_all([passed, nothing]) is Verdict.UNCLEAR
    assert judge_all([events, nothing], is_first=True) is Verdict.PASSED
    assert judge_all([]) is Verdict.PASSED
