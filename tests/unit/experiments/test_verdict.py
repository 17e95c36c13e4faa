"""What is said of an experiment, and who wins: nothing without proof, nobody past a guard."""

from __future__ import annotations

import pytest

from huiliu.experiments.adaptive import compare_weighted, expected_people
from huiliu.experiments.plan import Plan, parse_experiment
from huiliu.experiments.read_out import Arm, corrected_together, read_out
from huiliu.experiments.verdict import MetricLine, judge, winner_of
from huiliu.kernel.texts import render
from huiliu.statistics.welch import Sample

SOURCE = """\
huiliu: 1
kind: experiment
slug: words
name: {en: Words}
hypothesis: Fresh words sell more
arms: [{name: control}, {name: new}]
goals: [bought]
guards: [opted_out]
sample: 20000
"""


def plan(more: str = "") -> Plan:
    """Return an experiment."""
    found = parse_experiment(SOURCE + more)
    assert isinstance(found, Plan), found
    return found


def line(
    metric: str, control: int, new: int, n: int = 10_000, *, guard: bool = False
) -> MetricLine:
    """Return a share of both arms."""
    arms = [Arm("words", name, metric, Sample(n, hits, hits))
            for name, hits in (("control", control), ("new", new))]  # fmt: skip
    return MetricLine(metric, "guard" if guard else "goal", read_out(arms), is_first=not guard)


def lines(goal: tuple[int, int], guard: tuple[int, int] = (50, 50)) -> list[MetricLine]:
    """Return a goal and a guard."""
    return [line("bought", *goal), line("opted_out", *guard, guard=True)]


@pytest.mark.parametrize(
    ("goal", "guard", "srm", "kind", "winner"),
    [
        ((500, 800), (50, 50), 0.5, "better", "new"),
        ((500, 800), (50, 400), 0.5, "guarded", ""),
        ((500, 800), (50, 50), 0.0001, "blocked", ""),
        ((800, 500), (50, 50), 0.5, "worse", ""),
        ((500, 520), (50, 50), 0.5, "unclear", ""),
        ((500, 500), (50, 50), 0.5, "unclear", ""),
        ((5, 40), (1, 1), 0.5, "few", ""),
    ],
)
def test_what_can_be_said(
    goal: tuple[int, int], guard: tuple[int, int], srm: float, kind: str, winner: str
) -> None:
    """Blocked, few, better, past a guard, worse, and what cannot be told."""
    found = lines(goal, guard)
    assert judge(found, srm, 20_000).kind == kind
    assert winner_of(plan(), found, srm, None) == winner
    assert judge([], 1.0, 0).kind == "none"


def test_what_cannot_be_told_yet_says_how_many_more() -> None:
    """500 of 10,000 against 540: some 30,000 more people an arm, in both languages."""
    said = judge(lines((500, 540)), 0.5, 20_000).text
    assert "more people per arm" in render(said, "en")
    assert "每组还需要" in render(said, "zh-CN")


def test_who_waits_for_the_planned_look_wins_at_that_look_alone() -> None:
    """However clear it is before; and by the p of that look, not of this one."""
    waits = plan("winner: {rule: roll_out, proof: planned}\n")
    found = lines((500, 800))
    assert winner_of(waits, found, 0.5, None) == ""
    assert winner_of(waits, found, 0.5, {"new": 0.2}) == ""
    assert winner_of(waits, found, 0.5, {"new": 0.01}) == "new"


def test_further_goals_are_corrected_for_being_several() -> None:
    """A difference that stands alone falls among twenty questions that show nothing."""
    single = [*read_out(_arms("clicked", 500, 630))]
    assert MetricLine("clicked", "goal", single).stand(single[0]) == "better"
    many = [single[0], *(read_out(_arms("clicked", 500, 500))[0] for _ in range(60))]
    among = corrected_together(many)
    assert MetricLine("clicked", "goal", among).stand(among[0]) == "unclear"


def _arms(metric: str, control: int, new: int) -> list[Arm]:
    """Return both arms of 10,000 people."""
    return [Arm("words", name, metric, Sample(10_000, hits, hits))
            for name, hits in (("control", control), ("new", new))]  # fmt: skip


def test_with_constant_shares_the_weighed_mean_is_the_plain_one() -> None:
    """Half and half, as an A/B test; and people are expected where they were let in."""
    cells = {("control", 0): Sample(500, 50, 50), ("new", 0): Sample(500, 80, 80)}
    chances = {0: {"control": 0.5, "new": 0.5}}
    [found] = compare_weighted(("words", "bought"), cells, chances, ("control", "new"),
                               expected=1_000, alpha=0.05)  # fmt: skip
    assert found.control.sample.mean == pytest.approx(0.1)
    assert found.variant.sample.mean == pytest.approx(0.16)
    assert found.difference.value == pytest.approx(0.06)
    assert found.relative.value == pytest.approx(0.6)
    assert found.srm_p == pytest.approx(1.0)


def test_a_mean_over_changing_shares_is_weighed_by_the_chance() -> None:
    """A good day that the new arm had nearly for itself says nothing of the arm."""
    chances = {0: {"control": 0.5, "new": 0.5}, 1: {"control": 0.1, "new": 0.9}}
    cells = {
        ("control", 0): Sample(500, 50, 50), ("new", 0): Sample(500, 50, 50),
        # A day on which everybody buys twice as much.
        ("control", 1): Sample(100, 20, 20), ("new", 1): Sample(900, 180, 180),
    }  # fmt: skip
    [found] = compare_weighted(("words", "bought"), cells, chances, ("control", "new"),
                               expected=2_000, alpha=0.05)  # fmt: skip
    plain = 230 / 1_400 - 70 / 600
    assert plain > 0.04
    assert found.difference.value == pytest.approx(0.0)
    assert not found.is_significant
    assert expected_people(cells, chances, ["control", "new"]) == {"control": 600, "new": 1_400}
    assert found.srm_p == pytest.approx(1.0)
