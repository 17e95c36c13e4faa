"""Makes a segment live: its document, its facts, its members and theirs who ask for it.

The long part, facts of a whole log and answers about a whole population, is done while everything
goes on. The projector stands still only for what came meanwhile: the facts and the people of the
log's tail, and the writing of memberships.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from huiliu.conditions import Mentions, Surroundings
from huiliu.kernel.errors import BadInput, Conflict, Problem
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Segment, parse_segment, used_by
from huiliu.services.audience import read_segment
from huiliu.services.backfill import Ahead, backfill_ahead, backfill_facts
from huiliu.services.backfill_further import backfill_further, touches_ahead
from huiliu.services.fill_segment import Filling, fill, give_up, prepare_filling
from huiliu.services.live import live, surroundings
from huiliu.services.project import CONSUMER
from huiliu.services.tell_news import tell_all_news

__all__ = ["Applied", "Redefined", "apply_segment", "redefine"]

#: How often the preparation is done again because somebody changed a document meanwhile.
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a segment did."""

    segment: Segment
    version: int
    n_members: int
    n_entered: int
    n_left: int
    #: Segments that ask for this one -> how many entered and left them.
    dependents: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Redefined:
    """A segment as it would be, and the live ones that ask for it as they would be then."""

    segment: Segment
    dependents: tuple[Segment, ...]
    #: What the brand's documents were when this was read.
    stamp: int
    #: Canonical names of events whose facts are kept already.
    kept: frozenset[str]
    #: All that is asked for already.
    asked: Mentions

    @property
    def every(self) -> tuple[Segment, ...]:
        """Return the segment and its dependents."""
        return (self.segment, *self.dependents)

    @property
    def mentions(self) -> Mentions:
        """Return all that the definitions ask for."""
        return reduce(or_, (one.condition.mentions for one in self.every))


def apply_segment(world: World, brand_id: int, source: str | bytes, by: str) -> Applied:
    """Store a segment, let in whoever meets it now, and let out whoever no longer does.

    Segments that ask for it are filled again in the same transaction. Entries and exits that a
    definition causes trigger nothing live.

    Raises:
        BadInput: with every problem, its path and line.
        Conflict: the brand's documents kept changing meanwhile.
    """
    segment = read_segment(world, brand_id, source)
    for _ in range(_TRIES):
        planned = redefine(world, brand_id, segment)
        names = _mentioned(planned) - planned.kept
        ahead = backfill_ahead(world, brand_id, names)
        touched = touches_ahead(world, brand_id, planned.mentions, planned.asked)
        filling = prepare_filling(world, brand_id, planned.every)
        try:
            done = _apply(world, brand_id, planned, ahead, touched, filling, by)
        except BaseException:
            give_up(world, brand_id, filling)
            raise
        if done is not None:
            tell_all_news(world)
            return done
        # Somebody changed a document: the definitions are read again.
        segment = read_segment(world, brand_id, source)
    raise Conflict(f"segment {segment.slug}", "documents at rest", "documents that change")


def redefine(world: World, brand_id: int, segment: Segment) -> Redefined:
    """Return a segment with the live ones that ask for it, as they would be after applying it."""
    with world.store.system() as tx:
        stamp = tx.documents.stamp(brand_id)
        known = live(tx, world, brand_id)
        around = surroundings(tx, world, brand_id, {segment.slug: segment.source()})
        dependents = tuple(
            _read_again(known.segments[slug], around)
            for slug in used_by(known.segments, segment.slug)
        )
    return Redefined(segment, dependents, stamp, known.event_names, known.asked)


def _read_again(dependent: Segment, around: Surroundings) -> Segment:
    """Return a segment that asks for the changed one, as it would be.

    Raises:
        BadInput: it could no longer be used; its problems, under its name.
    """
    found = parse_segment(dependent.source(), around)
    if isinstance(found, tuple):
        raise BadInput(
            tuple(Problem(f"{dependent.slug} {one.path}", one.text, one.line) for one in found)
        )
    return found


def _mentioned(planned: Redefined) -> frozenset[str]:
    """Return the canonical names of all events that the definitions ask for."""
    return planned.mentions.events


def _apply(  # noqa: PLR0913, PLR0917 - what was prepared, piece by piece
    world: World, brand_id: int, planned: Redefined, ahead: Ahead, touched: int, filling: Filling,
    by: str,
) -> Applied | None:  # fmt: skip
    """Make the definition live in one transaction; None when the documents have changed."""
    segment, now = planned.segment, world.clock.now()
    with world.store.system() as tx:
        if planned.mentions.journeys:
            # In the order in which `advance` takes them.
            tx.runs.stand_still()
            tx.log.cursor(CONSUMER)
            tx.runs.settle()
        tx.log.cursor(CONSUMER)
        if tx.documents.stamp(brand_id) != planned.stamp:
            return None
        stored = tx.documents.put(
            Document(brand_id, "segment", segment.slug, 0, "live", segment.source(), now, by)
        )
        # Whatever else names the segment must still be readable, or nothing was written.
        live(tx, world, brand_id)
        _facts(tx, brand_id, planned, ahead)
        backfill_further(tx, world, brand_id, planned.mentions, planned.asked, touched)
        moved = fill(tx, world, brand_id, filling, now)
    counts = {one.segment.slug: (len(one.enters), len(one.leaves)) for one in moved}
    n_entered, n_left = counts.pop(segment.slug)
    return Applied(segment, stored.version, moved[0].n_members, n_entered, n_left, counts)


def _facts(tx: Tx, brand_id: int, planned: Redefined, ahead: Ahead) -> None:
    """Keep the facts of what the projector passed since they were filled ahead."""
    backfill_facts(tx, brand_id, _mentioned(planned) - planned.kept, first=ahead.reached)
