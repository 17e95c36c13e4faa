"""Runs all cases of a journey: what holds, what does not and why, and what no case ever passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from huiliu.conditions import NOWHERE, Surroundings
from huiliu.journeys.cases.case import Case, Suite
from huiliu.journeys.cases.coverage import Coverage, Watched
from huiliu.journeys.cases.play import PINNED, Stage, play
from huiliu.journeys.cases.verdict import Failure, Told, judge, tell
from huiliu.journeys.journey import Journey
from huiliu.journeys.known import Face
from huiliu.journeys.nodes import Way
from huiliu.journeys.parse import parse
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.segments import Referenced, Segment, parse_segment

__all__ = ["Beside", "Result", "Tested", "named_in", "run_suites"]


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the journey that is tried."""

    #: What documents are read with; segments are found in `segments`.
    around: Surroundings = NOWHERE
    #: Slug -> source.
    journeys: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    #: Template -> its channel and class.
    faces: Mapping[str, Face] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case."""

    #: The slug of the document that it stands in.
    suite: str
    case: Case
    failures: Sequence[Failure]
    #: What happened, in words; only of a case that failed, or where it is asked for.
    told: Sequence[Told]

    @property
    def ok(self) -> bool:
        """Say whether all is as expected."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of all cases of a journey."""

    journey: str
    results: Sequence[Result]
    coverage: float
    missing_nodes: Sequence[str]
    missing_ways: Sequence[tuple[str, Way]]

    @property
    def ok(self) -> bool:
        """Say whether every case holds."""
        return all(result.ok for result in self.results)

    def problems(self) -> tuple[Problem, ...]:
        """Return a problem for each thing that is not as expected, at its line of the tests."""
        return tuple(
            Problem(
                f"{result.suite}: {failure.path}",
                text("cases.failed", name=result.case.name, why=failure.text),
                result.case.line,
            )
            for result in self.results
            for failure in result.failures
        )


def run_suites(
    source: str | bytes, suites: Sequence[Suite], beside: Beside, *, tells: bool = False
) -> Tested:
    """Return what becomes of all cases of a journey.

    Args:
        source: the journey's YAML.
        suites: the documents with its cases.
        beside: what stands beside it.
        tells: whether what happened is told of cases that hold too.

    Raises:
        BadInput: the journey, or a segment or journey that it lives with, cannot be read.
    """
    plain = _journey(source, beside, frozenset())
    coverage = Coverage(plain)
    stages: dict[tuple[frozenset[str], tuple[str, ...]], Stage] = {}
    results = []
    for suite in suites:
        for case in suite.cases:
            _check_names(suite, case, plain)
            key = (case.pinned, case.given.beside)
            if key not in stages:
                stages[key] = _stage(source, beside, *key)
            stage = stages[key]
            watched = Watched.all(stage.journey, coverage, case.given.choose)
            played = play(case, replace(stage, journey=watched))
            failures = judge(case, played, plain.slug)
            told = tell(case, played, stage.journey) if failures or tells else ()
            results.append(Result(suite.slug, case, failures, told))
    return Tested(
        plain.slug, results, coverage.percent, coverage.missing_nodes(), coverage.missing_ways()
    )


def named_in(tree: object) -> frozenset[str]:
    """Return every text in a tree: the documents that it names are among them."""
    if isinstance(tree, str):
        return frozenset((tree,))
    if isinstance(tree, Mapping):
        tree = list(tree.values())
    if not isinstance(tree, list | tuple):
        return frozenset()
    return frozenset().union(*(named_in(each) for each in tree))


def _stage(
    source: str | bytes, beside: Beside, pinned: frozenset[str], others: Sequence[str]
) -> Stage:
    """Return what lives while cases of this kind are played."""
    journey = _journey(source, beside, pinned)
    missing = [slug for slug in others if slug not in beside.journeys]
    if missing:
        raise BadInput(
            tuple(Problem("given.beside", text("cases.no_journey", slug=slug)) for slug in missing)
        )
    living = [_journey(beside.journeys[slug], beside, pinned) for slug in others]
    named = frozenset().union(*(named_in(each.tree()) for each in (journey, *living)))
    segments = [
        _segment(beside, slug, pinned)
        for slug in sorted(beside.segments)
        if slug in named and slug not in pinned
    ]
    return Stage(journey, living, segments, beside.faces)


def _around(beside: Beside, pinned: frozenset[str]) -> Surroundings:
    """Return what documents are read with: a pinned segment is a list that the case fills."""
    found = Referenced(beside.segments)

    def resolve(slug: str) -> Mapping[str, object] | None:
        return {"list": PINNED + slug} if slug in pinned else found(slug)

    return replace(beside.around, resolver=resolve)


def _journey(source: str | bytes, beside: Beside, pinned: frozenset[str]) -> Journey:
    """Return a journey as cases meet it."""
    journey, problems = parse(source, _around(beside, pinned))
    if journey is None:
        raise BadInput(problems)
    return journey


def _segment(beside: Beside, slug: str, pinned: frozenset[str]) -> Segment:
    """Return a segment whose members come and go by its own condition."""
    found = parse_segment(beside.segments[slug], _around(beside, pinned))
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _check_names(suite: Suite, case: Case, journey: Journey) -> None:
    """Refuse a case that names nodes that are not there: it would prove nothing."""
    expected = case.expected
    named = {
        *case.given.choose, *case.given.choose.values(), *expected.visited, *expected.not_visited,
        *expected.called, *expected.tasks, *([expected.stands] if expected.stands else ()),
        *(step.name for step in case.steps if step.deed in {"answer", "task"}),
        *(step.word for step in case.steps if step.deed == "message" and step.word),
        *(mark.node for mark in (*(expected.messages or ()), *expected.sent) if mark.node),
    }  # fmt: skip
    unknown = sorted(name for name in named if name not in journey.nodes and name[0] != "$")
    if unknown:
        raise BadInput(
            tuple(
                Problem(
                    f"{suite.slug}: {case.path}",
                    text("cases.no_node", name=name, journey=journey.slug),
                    case.line,
                )
                for name in unknown
            )
        )
