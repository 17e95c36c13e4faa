"""Moves the runs that are due: claim, read facts, step, write; one transaction a batch.

The token's row lock is the claim, so a crash before the commit leaves everything as it was, and
workers beside each other never take the same run. Time ends where the projector stands: a timer
never overtakes an event that has been accepted, so no one is asked to pay after paying.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from huiliu.conditions import Mentions
from huiliu.journeys import Token
from huiliu.kernel.events import NewEvent
from huiliu.ports.log import PROJECTOR
from huiliu.ports.runs import RunRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import Live, live
from huiliu.services.moves import Moves
from huiliu.services.track import retrack

__all__ = ["advance", "horizon", "look_again"]

_BATCH = 2_000


def advance(world: World, limit: int = _BATCH) -> int:
    """Move up to `limit` due runs as far as they go now and return how many; 0 = none is due."""
    with world.store.system() as tx:
        # Whoever makes a segment live that asks for journeys waits for this transaction's end.
        tx.runs.move_along()
        if _is_asked_for(tx, world):
            # Segments are looked at with every step, so the projector waits, as with `expire`.
            tx.log.cursor(PROJECTOR)
        now = horizon(tx, world)
        claimed = tx.runs.claim_due(now, limit)
        if not claimed:
            return 0
        # After the claim: an event that concerns one of these runs waits for its lock, so what
        # stands before this position was seen, and what comes behind it will wake who waits.
        position = tx.log.peek_cursor(PROJECTOR)
        by_brand: dict[int, list[tuple[RunRow, TokenRow]]] = defaultdict(list)
        for run, token in claimed:
            by_brand[run.brand_id].append((run, token))
        produced: list[NewEvent] = []
        # In one order: the rows of quotas are locked on the way, and workers go beside each other.
        for brand_id, of_brand in sorted(by_brand.items()):
            known = live(tx, world, brand_id)
            moves = Moves(tx, world, brand_id, known, now, position)
            produced += _move(moves, of_brand)
            produced += look_again(tx, world, known, brand_id, [run for run, _ in of_brand])
        tx.log.append(produced)
        return len(claimed)


def _move(moves: Moves, claimed: Sequence[tuple[RunRow, TokenRow]]) -> list[NewEvent]:
    """Step every run and write all of it; return the events that follow."""
    moves.read([(run, row.node) for run, row in claimed])
    for run, row in claimed:
        token = Token(row.node, row.visit, row.due_at, row.memory, row.carried)
        # Who was woken takes up where the event stood: what came after it may wake it again.
        woken = row.since
        stepped = moves.step(run, token, woken or moves.position)
        moves.take(run, stepped)
        moves.note(run, stepped, looks_again=bool(woken) and woken < moves.position)
    moves.tx.runs.move(moves.tokens)
    moves.tx.runs.finish(moves.brand_id, moves.ends)
    return moves.write()


def look_again(
    tx: Tx, world: World, known: Live, brand_id: int, runs: Sequence[RunRow]
) -> list[NewEvent]:
    """Look at segments that ask for the journeys of runs that moved; return what follows."""
    asked = known.listening.journeys
    moved = {run.profile_id for run in runs if run.journey in asked}
    if not moved:
        return []
    mentions = Mentions(journeys=frozenset(run.journey for run in runs))
    return retrack(tx, world, brand_id, moved, mentions, world.clock.now())


def _is_asked_for(tx: Tx, world: World) -> bool:
    """Say whether a live segment of any brand asks who is in a journey."""
    return any(live(tx, world, brand).listening.journeys for brand in tx.documents.brands())


def horizon(tx: Tx, world: World) -> int:
    """Return how far timers may go: the present, or just before the first event not projected."""
    now = world.clock.now()
    waiting = tx.log.read(0, tx.log.peek_cursor(PROJECTOR), 1)
    return min(now, waiting[0].received_at - 1) if waiting else now
