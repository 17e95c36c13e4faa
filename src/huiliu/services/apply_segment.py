"""Makes a segment live: its document, its facts, its members and theirs who ask for it.

The long part, facts of a whole log and answers about a whole population, is done while everything
goes on. The projector stands still only for what came meanwhile: the facts and the people of the
log's tail, and the writing of memberships.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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

__all__ = [
    "Applied",
    "PreparedSegments",
    "Redefined",
    "apply_segment",
    "lock_for_segments",
    "prepare_segments",
    "put_segments",
    "redefine",
]

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
    """Segments as they would be, and the live ones that ask for them as they would be then."""

    segments: tuple[Segment, ...]
    dependents: tuple[Segment, ...]
    #: What the brand's documents were when this was read.
    stamp: int
    #: Canonical names of events whose facts are kept already.
    kept: frozenset[str]
    #: All that is asked for already.
    asked: Mentions

    @property
    def every(self) -> tuple[Segment, ...]:
        """Return the segments and their dependents."""
        return (*self.segments, *self.dependents)

    @property
    def mentions(self) -> Mentions:
        """Return all that the definitions ask for."""
        return reduce(or_, (one.condition.mentions for one in self.every), Mentions())


@dataclass(frozen=True, slots=True)
class PreparedSegments:
    """What was found out and filled while everything went on."""

    planned: Redefined
    ahead: Ahead
    #: The offset up to which touches are kept.
    touched: int
    filling: Filling


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
        prepared = prepare_segments(world, brand_id, (segment,))
        try:
            done = _apply(world, brand_id, prepared, by)
        except BaseException:
            give_up(world, brand_id, prepared.filling)
            raise
        if done is not None:
            tell_all_news(world)
            return done
        # Somebody changed a document: the definitions are read again.
        segment = read_segment(world, brand_id, source)
    raise Conflict(f"segment {segment.slug}", "documents at rest", "documents that change")


def redefine(world: World, brand_id: int, segments: Sequence[Segment]) -> Redefined:
    """Return segments with the live ones that ask for them, as they would be after applying."""
    with world.store.system() as tx:
        stamp = tx.documents.stamp(brand_id)
        known = live(tx, world, brand_id)
        own = {one.slug: one.source() for one in segments}
        around = surroundings(tx, world, brand_id, own)
        asking = {slug for one in own for slug in used_by(known.segments, one)} - set(own)
        dependents = tuple(_read_again(known.segments[slug], around) for slug in sorted(asking))
    return Redefined(tuple(segments), dependents, stamp, known.event_names, known.asked)


def prepare_segments(
    world: World, brand_id: int, segments: Sequence[Segment], more: Collection[str] = ()
) -> PreparedSegments:
    """Find out who belongs to segments and fill facts, while everything goes on.

    Args:
        world: the instance.
        brand_id: whose segments.
        segments: as they would be; each read with the others.
        more: canonical names of events that other documents ask for that go live with them.
    """
    planned = redefine(world, brand_id, segments)
    names = (planned.mentions.events | frozenset(more)) - planned.kept
    ahead = backfill_ahead(world, brand_id, names)
    touched = touches_ahead(world, brand_id, planned.mentions, planned.asked)
    return PreparedSegments(
        planned, ahead, touched, prepare_filling(world, brand_id, planned.every)
    )


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


def _apply(world: World, brand_id: int, prepared: PreparedSegments, by: str) -> Applied | None:
    """Make the definition live in one transaction; None when the documents have changed."""
    with world.store.system() as tx:
        lock_for_segments(tx, prepared)
        if tx.documents.stamp(brand_id) != prepared.planned.stamp:
            return None
        return put_segments(tx, world, brand_id, prepared, by)[0]


def lock_for_segments(tx: Tx, prepared: PreparedSegments) -> None:
    """Let the projector, and where it matters the journeys, stand still until the end."""
    if prepared.planned.mentions.journeys:
        # In the order in which `advance` takes them.
        tx.runs.stand_still()
        tx.log.cursor(CONSUMER)
        tx.runs.settle()
    tx.log.cursor(CONSUMER)


def put_segments(
    tx: Tx, world: World, brand_id: int, prepared: PreparedSegments, by: str
) -> list[Applied]:
    """Store segments and write their members, inside a transaction that holds the locks."""
    planned, now = prepared.planned, world.clock.now()
    stored = [
        tx.documents.put(Document(brand_id, "segment", one.slug, 0, "live", one.source(), now, by))
        for one in planned.segments
    ]
    # Whatever else names the segments must still be readable, or nothing was written.
    live(tx, world, brand_id)
    names = planned.mentions.events - planned.kept
    # What the projector passed since the facts were filled ahead.
    backfill_facts(tx, brand_id, names, first=prepared.ahead.reached)
    backfill_further(tx, world, brand_id, planned.mentions, planned.asked, prepared.touched)
    moved = fill(tx, world, brand_id, prepared.filling, now)
    counts = {one.segment.slug: (len(one.enters), len(one.leaves)) for one in moved}
    own = {one.slug for one in planned.segments}
    others = {slug: count for slug, count in counts.items() if slug not in own}
    return [
        Applied(one, document.version, filled.n_members, *counts[one.slug], others)
        for one, document, filled in zip(planned.segments, stored, moved, strict=False)
    ]
