"""The decisions of one run: what each rule saw, whether it holds again, and what was nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

from huiliu.conditions import Condition
from huiliu.conditions.explain import Part
from huiliu.conditions.explain import explain as explain_condition
from huiliu.journeys import Journey, parsed, read_entry
from huiliu.journeys.nearest import Nearest, nearest
from huiliu.journeys.replaying import Again, Asked, Replay, replay
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.facts import EventFact
from huiliu.kernel.texts import text
from huiliu.ports.runs import RunRow, StepRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import surroundings

__all__ = ["Decided", "Decisions", "decisions_of"]

_DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Decided:
    """One stored step, looked into."""

    again: Again
    #: What was asked about the person, each with its answer then.
    rules: Sequence[Part]
    #: None = nothing near would have changed it, or it cannot be told.
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """One run, looked into step by step, in the order of its trace."""

    steps: Sequence[Decided]
    #: same, other or unknown: the worst of the steps.
    outcome: str


def decisions_of(
    tx: Tx, world: World, brand_id: int, run: RunRow, steps: Sequence[StepRow]
) -> Decisions:
    """Return the decisions of a run.

    Args:
        tx: reads what is stored.
        world: the instance.
        brand_id: whose journey.
        run: the run.
        steps: its whole trace, oldest first.
    """
    versions = _versions(tx, world, brand_id, run, steps)
    known = _events(tx, brand_id, run, versions)
    again = replay(versions, run, read_entry(run.entry), steps, known)
    return Decisions([_decided(again, nth, step) for nth, step in enumerate(steps)], again.outcome)


def _versions(
    tx: Tx, world: World, brand_id: int, run: RunRow, steps: Sequence[StepRow]
) -> Mapping[int, Journey]:
    """Return every version that the run was in, as far as it can be read."""
    around = surroundings(tx, world, brand_id)
    found = {}
    for number in {run.version, *(step.version for step in steps)}:
        try:
            source = tx.documents.version(brand_id, "journey", run.journey, number).source
            found[number] = parsed(source, around)
        except (NotFound, BadInput):
            continue
    return found


def _events(
    tx: Tx, brand_id: int, run: RunRow, versions: Mapping[int, Journey]
) -> Mapping[int, EventFact]:
    """Return the events that the run may have been told of, by position."""
    names = frozenset().union(*(journey.fact_events for journey in versions.values()))
    present = tx.people.present(brand_id, [run.profile_id]).get(run.profile_id, run.profile_id)
    ids = tx.people.histories(brand_id, [present]).get(present, [present])
    found = tx.people.event_facts(brand_id, ids, sorted(names), 0)
    return {
        fact.position: fact
        for by_name in found.values()
        for facts in by_name.values()
        for fact in facts
    }


def _decided(again: Replay, nth: int, step: StepRow) -> Decided:
    """Return one step, looked into."""
    asked = again.decisions.get(nth)
    outcome = again.steps[nth] if nth < len(again.steps) else Again("unknown")
    if asked is None or outcome.outcome != "same":
        return Decided(outcome, (), None)
    return Decided(outcome, tuple(_rules(asked, step)), nearest(asked, step))


def _rules(asked: Asked, step: StepRow) -> Iterator[Part]:
    """Yield what was asked at a step, each with its answer and what it saw."""
    now = asked.moment.now
    if step.what == "exited":
        conditions = [one for _, one in asked.journey.exit_conditions]
    else:
        node = asked.journey.nodes.get(step.node)
        conditions = list(_conditions(node)) if node is not None else []
    for one in conditions:
        yield explain_condition(one, asked.facts, now)
    node = asked.journey.nodes.get(step.node)
    quota = node.quota if node is not None else None
    if quota is not None:
        left = asked.moment.room.get(step.node, 0)
        said = text("why.room", n=left, most=quota.limit)
        yield Part(said, left > 0, None, (), ())


def _conditions(value: object, depth: int = 0) -> Iterator[Condition]:
    """Yield the conditions that a node holds, in the order in which they are written."""
    if depth > _DEEPEST:
        return
    if all(hasattr(value, name) for name in ("holds", "among", "look", "mentions")):
        yield value  # type: ignore[misc] # what can do all this is a condition
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _conditions(one, depth + 1)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _conditions(getattr(value, field.name), depth + 1)
