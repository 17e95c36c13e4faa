"""Fills segments: whole populations are asked while everything goes on, the tail under a lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from huiliu.conditions import Mentions, compile_condition, first_expiries
from huiliu.kernel.facts import Facts
from huiliu.kernel.times import from_datetime
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Segment
from huiliu.services.live import live
from huiliu.services.population import population
from huiliu.services.project import CONSUMER

__all__ = ["Answer", "Filling", "Moved", "ask_everybody", "fill", "give_up", "prepare_filling"]

_CATCH_UP_S: Final = 600.0
#: People of the log's tail that are looked at together.
_BATCH: Final = 5_000
#: Rows that one transaction writes ahead.
_PIECE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Who meets one segment's condition, and when time may change that first."""

    segment: Segment
    belongs: set[int]
    #: profile_id -> an instant before which time alone cannot change the answer.
    due: dict[int, int]


@dataclass(frozen=True, slots=True)
class Filling:
    """Answers about everybody, right for the log up to an offset."""

    offset: int
    #: When it was asked: since then people are members.
    at: int
    answers: tuple[Answer, ...]
    #: Segments that were not live, so that their members could be written already.
    ahead: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moved:
    """What filling one segment changed."""

    segment: Segment
    n_members: int
    enters: Sequence[int]
    leaves: Sequence[int]


def prepare_filling(world: World, brand_id: int, segments: Iterable[Segment]) -> Filling:
    """Ask the warehouse who belongs to segments; nobody waits meanwhile.

    Timers are written at once, as an early one does no harm, and the members of segments that
    are not live, as nobody asks for those.
    """
    with world.store.system() as tx:
        offset = tx.log.peek_cursor(CONSUMER)
        known = live(tx, world, brand_id).segments
    world.warehouse.catch_up(_CATCH_UP_S, offset)
    at = world.clock.now()
    answers = ask_everybody(world, brand_id, segments)
    ahead = frozenset(one.segment.slug for one in answers if one.segment.slug not in known)
    for one in answers:
        _write_ahead(world, brand_id, one, at, is_new=one.segment.slug in ahead)
    return Filling(offset, at, answers, ahead)


def give_up(world: World, brand_id: int, filling: Filling) -> None:
    """Remove the members of segments that did not become live after all."""
    with world.store.system() as tx:
        for slug in filling.ahead - set(live(tx, world, brand_id).segments):
            tx.segments.forget_segment(brand_id, slug)


def fill(tx: Tx, world: World, brand_id: int, filling: Filling, now: int) -> list[Moved]:
    """Write the memberships as they should be, in the order of the answers, and the timers.

    The projector stands still until the end of the transaction. Whom the log's tail touched since
    the answers were asked for is looked at here. Facts that move without the log, such as tags,
    have no tail to look at: segments that ask for those are asked again.
    """
    past = tx.log.cursor(CONSUMER)
    moving = [one.segment for one in filling.answers if _moves_without_log(one.segment)]
    if moving:
        world.warehouse.catch_up(_CATCH_UP_S, past)
    anew = {one.segment.slug: one for one in ask_everybody(world, brand_id, moving)}
    still = [one for one in filling.answers if one.segment.slug not in anew]
    touched: Mapping[int, Sequence[int]] = {}
    if past > filling.offset and still:
        touched = _touched(tx, brand_id, filling.offset, past)
        _look_at_tail(tx, brand_id, still, touched, now)
    moved = []
    for one in filling.answers:
        answer = anew.get(one.segment.slug, one)
        moved.append(_write(tx, brand_id, answer, filling))
        # The others were set ahead; those that are due by now may have been taken already.
        tx.segments.set_timers(brand_id, {
            profile: due for profile, due in answer.due.items()
            if due <= now or profile in touched or answer is not one
        })  # fmt: skip
    return moved


def ask_everybody(world: World, brand_id: int, segments: Iterable[Segment]) -> tuple[Answer, ...]:
    """Return who belongs to each segment at this moment, and when time may change it."""
    now, found = world.clock.now(), []
    for segment in segments:
        tables = population(world, brand_id, segment.condition.mentions)
        met = world.warehouse.run(compile_condition(segment.condition, tables, now))
        belongs = set(met["profile_id"].to_pylist())
        found.append(Answer(segment, belongs, _due(world, brand_id, segment, now)))
    return tuple(found)


def _due(world: World, brand_id: int, segment: Segment, now: int) -> dict[int, int]:
    """Return profile_id -> when time may change the answer first."""
    due: dict[int, int] = {}
    tables = world.warehouse.population(brand_id)
    for window, first in first_expiries(segment.condition, tables, now):
        rows = world.warehouse.run(first)
        _earliest(due, rows["profile_id"].to_pylist(), rows["first"].to_pylist(), window)
    for timed in segment.condition.mentions.timed:
        rows = world.warehouse.run(timed.dues(tables, now))
        _earliest(due, rows["profile_id"].to_pylist(), rows["due"].to_pylist(), 0)
    return due


def _earliest(
    due: dict[int, int], profiles: Sequence[int], moments: Sequence[datetime], later: int
) -> None:
    """Move instants forward to the earliest that is known of each profile."""
    for profile, moment in zip(profiles, moments, strict=True):
        at = from_datetime(moment.replace(tzinfo=UTC)) + later
        due[profile] = min(at, due.get(profile, at))


def _moves_without_log(segment: Segment) -> bool:
    """Say whether a condition asks for facts that change beside the log."""
    asked = segment.condition.mentions
    return bool(asked.tags or asked.tops or asked.journeys or asked.identifiers)


def _touched(tx: Tx, brand_id: int, first: int, past: int) -> dict[int, list[int]]:
    """Return whom events in [first, past) are of: present profile -> every id it came with.

    A merge is carried out with the event that caused it, so both are among its person's ids; the
    two whom an unmerge parted are kept apart from then on.
    """
    seen = set(tx.log.read_profiles(0, first, past - 1).values())
    present = set(tx.people.present(brand_id, seen).values())
    for pair in tx.people.apart(brand_id, present):
        present.update(pair)
    return tx.people.histories(brand_id, present)


def _look_at_tail(
    tx: Tx,
    brand_id: int,
    answers: Sequence[Answer],
    touched: Mapping[int, Sequence[int]],
    now: int,
) -> None:
    """Replace the answers about people whose facts the log's tail changed."""
    asked = Mentions()
    for one in answers:
        asked |= one.segment.condition.mentions
        for ids in touched.values():
            one.belongs.difference_update(ids)
    people = sorted(touched)
    for start in range(0, len(people), _BATCH):
        some = people[start : start + _BATCH]
        facts = tx.people.facts_of(brand_id, some, asked, now)
        for one in answers:
            _look(one, facts.values(), now)


def _look(answer: Answer, facts: Collection[Facts], now: int) -> None:
    """Add to an answer who belongs, and when time may change that."""
    for each in facts:
        holds, change = answer.segment.condition.look(each, now)
        if holds:
            answer.belongs.add(each.profile_id)
        if change is not None:
            due = answer.due.get(each.profile_id, change)
            answer.due[each.profile_id] = min(change, due)


def _write_ahead(world: World, brand_id: int, answer: Answer, at: int, *, is_new: bool) -> None:
    """Write timers, and the members of a segment that is not live, in pieces."""
    slug, due = answer.segment.slug, list(answer.due.items())
    for start in range(0, len(due), _PIECE):
        with world.store.system() as tx:
            tx.segments.set_timers(brand_id, dict(due[start : start + _PIECE]))
    if not is_new:
        return
    with world.store.system() as tx:
        # What one that died had written.
        tx.segments.forget_segment(brand_id, slug)
    people = sorted(answer.belongs)
    for start in range(0, len(people), _PIECE):
        with world.store.system() as tx:
            some = [(slug, profile) for profile in people[start : start + _PIECE]]
            tx.segments.enter(brand_id, some, at)


def _write(tx: Tx, brand_id: int, answer: Answer, filling: Filling) -> Moved:
    """Write one segment's memberships; return what changed.

    Timers of an older definition stay: they only have somebody looked at too early.
    """
    slug = answer.segment.slug
    members = tx.segments.member_ids(brand_id, slug)
    enters = sorted(answer.belongs - members)
    leaves = sorted(members - answer.belongs)
    tx.segments.enter(brand_id, [(slug, profile) for profile in enters], filling.at)
    tx.segments.leave(brand_id, [(slug, profile) for profile in leaves])
    if slug in filling.ahead:
        tx.segments.keep_fill(brand_id, slug, filling.at)
        return Moved(answer.segment, len(answer.belongs), sorted(answer.belongs), ())
    tx.segments.keep_news(brand_id, slug, enters, leaves, filling.at)
    return Moved(answer.segment, len(answer.belongs), enters, leaves)
