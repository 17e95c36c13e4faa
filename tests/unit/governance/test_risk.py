"""The class of a change: what each factor adds, where the classes begin, and who decides then."""

from __future__ import annotations

import pytest

from huiliu.governance.approvals import parse_approvals, parsed_approvals
from huiliu.governance.risk import Bounds, Novelty, Reach, Risk, highest, weigh
from huiliu.kernel.documents import dump
from huiliu.kernel.times import DAY

BOUNDS = Bounds(some_people=0.05, many_people=0.3, few=100, some_cost=1_000, much_cost=20_000)


def risk(
    people: int = 0,
    *,
    reach: Reach = Reach.COUNTED,
    cost: float | None = 0.0,
    novelty: Novelty = Novelty.LIKE,
    floor: str = "low",
) -> Risk:
    """Return the risk of a change in a brand of ten thousand people."""
    return weigh(reach, people, 10_000, cost=cost, novelty=novelty, bounds=BOUNDS, floor=floor)


@pytest.mark.parametrize(
    ("people", "score"), [(0, 1), (99, 1), (499, 1), (500, 2), (2_999, 2), (3_000, 3), (9_000, 3)]
)
def test_the_audience_weighs_by_its_share(people: int, score: int) -> None:
    """From a twentieth on it is some, from three in ten many."""
    assert risk(people).factors[0].score == score


def test_few_people_are_few_whatever_share_they_are() -> None:
    """A brand of a hundred people may try things on half of them."""
    found = weigh(Reach.COUNTED, 50, 100, cost=0.0, novelty=Novelty.LIKE, bounds=BOUNDS)
    assert found.factors[0].score == 1


def test_rules_for_everybody_weigh_most_even_before_there_is_anybody() -> None:
    """Whoever comes later is meant too."""
    found = weigh(Reach.EVERYBODY, 0, 0, cost=0.0, novelty=Novelty.LIKE, bounds=BOUNDS)

    assert (found.factors[0].score, found.risk) == (3, "medium")


@pytest.mark.parametrize(
    ("cost", "score"), [(0.0, 1), (999.99, 1), (1_000, 2), (19_999, 2), (20_000, 3), (None, 2)]
)
def test_cost_weighs_by_the_bounds(cost: float | None, score: int) -> None:
    """What cannot be told is neither nothing nor much."""
    assert risk(5_000, cost=cost).factors[1].score == score


def test_an_unknown_price_for_a_handful_is_no_matter() -> None:
    """Fewer people than `few` cannot cost much by messages."""
    assert risk(99, cost=None).factors[1].score == 1


@pytest.mark.parametrize(
    ("people", "cost", "novelty", "expected"),
    [
        (100, 0.0, Novelty.NEW, ("low", 3)),
        (500, 0.0, Novelty.LIKE, ("medium", 4)),
        (3_000, 0.0, Novelty.NEW, ("medium", 9)),
        (500, 1_000.0, Novelty.NEW, ("high", 12)),
        (3_000, 20_000.0, Novelty.NEW, ("high", 27)),
        (3_000, 0.0, Novelty.KNOWN, ("low", 3)),
    ],
)
def test_the_classes_begin_where_they_are_documented(
    people: int, cost: float, novelty: Novelty, expected: tuple[str, int]
) -> None:
    """Low up to 3, medium up to 9, high from 12."""
    found = risk(people, cost=cost, novelty=novelty)

    assert (found.risk, found.score) == expected


def test_a_kind_may_have_a_class_at_the_least() -> None:
    """A floor lifts and never lowers; it is told where it had a say."""
    assert (risk(0, floor="high").risk, risk(0, floor="high").floor) == ("high", "high")
    high = risk(5_000, cost=50_000, novelty=Novelty.NEW, floor="medium")
    assert (high.risk, high.floor) == ("high", "")
    assert highest(["low", "high", "medium"]) == "high"
    assert highest([]) == "low"


def rules(**more: object) -> str:
    """Return a document with this in it."""
    head = {"huiliu": 1, "kind": "approvals", "slug": "default", "name": {"en": "A"}}
    return dump({**head, **more})


def test_what_is_left_out_has_its_documented_value() -> None:
    """One yes of three for the middle class, two of four for the highest, three and seven days."""
    found = parsed_approvals(rules())

    assert found.panel("low") is None
    medium, high = found.panel("medium"), found.panel("high")
    assert medium is not None
    assert high is not None
    assert (medium.need, medium.departments, medium.expires) == (
        1, ("marketing", "operations", "legal"), 3 * DAY
    )  # fmt: skip
    assert (high.need, len(high.departments), high.expires) == (2, 4, 7 * DAY)
    assert found.bounds == Bounds()


def test_switched_off_nobody_has_to_decide() -> None:
    """The document stays, with what it says."""
    assert parsed_approvals(rules(enabled=False)).panel("high") is None


def test_whoever_changes_the_rules_needs_the_most() -> None:
    """Whatever the document says of its own kind."""
    found = parsed_approvals(rules(at_least={"policy": "high"}))

    assert (found.floor("approvals"), found.floor("policy"), found.floor("tag")) == (
        "high", "high", "low"
    )  # fmt: skip


def test_every_problem_is_told_with_its_path() -> None:
    """Not the first only."""
    found = parse_approvals(
        rules(
            enabled="yes", audience={"some": 50, "many": 5}, cost={"some": 9, "much": 1},
            medium={"departments": ["sales"], "need": 9},
            high={"departments": ["legal"], "need": 2}, at_least={"policy": "low"}, more=1,
        )
    )  # fmt: skip

    assert isinstance(found, tuple)
    assert {one.path for one in found} == {
        "enabled", "audience.many", "cost.much", "medium.departments", "medium.need", "high.need",
        "at_least.policy", "more",
    }  # fmt: skip
    assert isinstance(parse_approvals(rules().replace("default", "other")), tuple)
