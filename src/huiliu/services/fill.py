"""Lets the audience of an occasion in: chunk by chunk, in id order, stepped as they enter.

A chunk goes in the transaction that lets its people in. So whoever takes up where another was
killed goes on at the very next person, and nobody enters twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import structs

from huiliu.journeys import HELD_OUT, Journey, Stepped, first_token
from huiliu.journeys.step import EntryEvent
from huiliu.kernel.ids import run_ids
from huiliu.ports.log import PROJECTOR
from huiliu.ports.occasions import Chunk, OccasionRow
from huiliu.ports.runs import RunRow, StepRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.advance import look_again
from huiliu.services.hold_out import HoldOuts
from huiliu.services.live import Live, Running, live
from huiliu.services.moves import Moves
from huiliu.services.stages import open_stages
from huiliu.services.turn_away import turn_away

__all__ = ["OCCASION", "fill"]

#: The name of the event that begins the runs of an occasion.
OCCASION: Final = "Occasion"


def fill(world: World, limit: int = 1) -> int:
    """Let in up to `limit` chunks of people; return how many people were looked at."""
    done = 0
    for _ in range(limit):
        n_people = _fill_one(world)
        if not n_people:
            break
        done += n_people
    return done


def _fill_one(world: World) -> int:
    """Let in one chunk; return how many people were in it."""
    with world.store.system() as tx:
        tx.runs.move_along()
        chunk = tx.occasions.take_chunk(world.clock.now())
        if chunk is None:
            return 0
        brand_id = chunk.occasion.brand_id
        known = live(tx, world, brand_id)
        running = known.journeys[chunk.occasion.journey]
        if _may_rest(running.journey) or known.listening.journeys:
            # Nobody's events may take effect while a run begins that could wait for them.
            tx.log.cursor(PROJECTOR)
        now = world.clock.now()
        position = tx.log.peek_cursor(PROJECTOR)
        moves = Moves(tx, world, brand_id, known, now, position)
        entered = _enter(tx, moves, running, chunk)
        produced = turn_away(tx, world, moves)
        produced += moves.write()
        produced += look_again(tx, world, known, brand_id, entered)
        tx.occasions.drop_chunk(chunk, len(entered), now)
        tx.log.append(produced)
        return len(chunk.profiles)


def _may_rest(journey: Journey) -> bool:
    """Say whether a run may stay, so that an event may concern it."""
    return bool(journey.holdout) or any(node.takes_time for node in journey.nodes.values())


def _enter(tx: Tx, moves: Moves, running: Running, chunk: Chunk) -> list[RunRow]:
    """Begin and step the runs of a chunk's people; return those that began."""
    journey, occasion, now = running.journey, chunk.occasion, moves.now
    entry, key = _entry(occasion), occasion.occasion
    run_id = run_ids(occasion.brand_id, journey.slug, key, 0)
    stages = open_stages(tx, occasion.brand_id, moves.known.rollouts, now)
    rows = [
        RunRow(
            occasion.brand_id, run_id(profile), journey.slug, running.version, profile, key, now,
            "active", "", entry,
        )
        for profile in _people(tx, occasion, chunk.profiles)
        if stages.lets_in(journey.slug, profile)
    ]  # fmt: skip
    known = moves.known
    holdouts = HoldOuts(tx, occasion.brand_id, known.holdouts, known.around.zone, now)
    holdouts.read_entries((journey, row.profile_id) for row in rows)
    moves.read([(row, journey.start) for row in rows])
    stepped: dict[bytes, Stepped] = {}
    for row in rows:
        held_out = holdouts.keeps_out(journey, row.profile_id)
        token = first_token(journey, now, held_out=held_out)
        stepped[row.run_id] = found = moves.step(row, token, moves.position)
        moves.take(row, found)
    moves.events += holdouts.write()
    return _write(tx, moves, rows, stepped)


def _write(
    tx: Tx, moves: Moves, rows: Sequence[RunRow], stepped: Mapping[bytes, Stepped]
) -> list[RunRow]:
    """Write runs as they stand after their first steps; return those that were not there."""
    ended = [_as_stepped(row, stepped[row.run_id], moves.now) for row in rows]
    tokens = [
        TokenRow(row.brand_id, row.run_id, new.node, new.visit, new.due_at, new.memory, new.carried)
        for row in rows
        if (new := stepped[row.run_id].token) is not None
    ]
    begun = set(tx.runs.start(ended, tokens))
    entered = []
    for row in rows:
        if row.run_id not in begun:
            moves.give_back(row, stepped[row.run_id])
            continue
        entered.append(row)
        node = _first(moves.known, row, stepped[row.run_id])
        details: dict[str, object] = {"event": OCCASION, "key": row.key}
        if moves.known.versions[row.journey, row.version].holdout:
            details["held_out"] = node == HELD_OUT
        moves.steps.append(
            StepRow(
                row.brand_id, row.run_id, row.journey, row.version, row.profile_id, node, 1,
                moves.now, "entered", msgspec.json.encode(details),
            )
        )  # fmt: skip
        moves.note(row, stepped[row.run_id])
    return entered


def _first(known: Live, row: RunRow, stepped: Stepped) -> str:
    """Return the node at which a run began."""
    if stepped.token is not None and stepped.token.node == HELD_OUT:
        return HELD_OUT
    return known.versions[row.journey, row.version].start


def _as_stepped(row: RunRow, stepped: Stepped, now: int) -> RunRow:
    """Return the run as it stands after its first steps."""
    finish = stepped.finish
    if finish is None:
        return row
    return structs.replace(row, state=finish.state, reason=finish.reason, ended_at=now)


def _people(tx: Tx, occasion: OccasionRow, profiles: Sequence[int]) -> list[int]:
    """Return who the people of a chunk are now, without those who entered under another id."""
    present = tx.people.present(occasion.brand_id, profiles)
    people = sorted({present.get(profile, profile) for profile in profiles})
    merged = {
        profile: ids
        for profile, ids in tx.people.histories(occasion.brand_id, people).items()
        if len(ids) > 1
    }
    if not merged:
        return people
    entered = tx.runs.entered_by(
        occasion.brand_id, occasion.journey, occasion.occasion, sorted(merged)
    )
    return [profile for profile in people if profile not in entered]


def _entry(occasion: OccasionRow) -> bytes:
    """Return what the runs of an occasion keep of what began them; the same for all."""
    properties = {"occasion": occasion.occasion, "journey": occasion.journey}
    return msgspec.json.encode(EntryEvent(OCCASION, occasion.at, properties))
