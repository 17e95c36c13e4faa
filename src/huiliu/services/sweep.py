"""Pausing, resuming and stopping journeys: a word at once, then every run and message behind it.

The word is a document's state and takes effect with its commit: who is about to hand a message
over looks at it. What a journey has under way may be a million rows; those follow in pieces.
"""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import Conflict
from huiliu.ports.log import PROJECTOR
from huiliu.ports.occasions import Sweep
from huiliu.ports.runs import StepRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.advance import look_again
from huiliu.services.journey_events import ended_event
from huiliu.services.live import live
from huiliu.services.message_events import message_event
from huiliu.services.moves import STOPPED

__all__ = ["CANCELLED", "PARKED", "change_state", "stop_journey", "sweep"]

_KIND: Final = "journey"
#: Why the messages of a stopped journey are never sent, and why those of a paused one wait.
CANCELLED: Final = "journey_stopped"
PARKED: Final = "journey_paused"


def change_state(tx: Tx, world: World, brand_id: int, slug: str, state: str) -> int:
    """Pause a journey or let it run on; return how many runs are under way.

    A paused journey begins no run, moves none and sends nothing; what ends a run still ends it.

    Raises:
        NotFound: there is no such journey.
        Conflict: it was stopped, and what it had under way is still being ended.
    """
    if slug in tx.occasions.stops(brand_id):
        raise Conflict(slug, state, STOPPED)
    tx.documents.set_state(brand_id, _KIND, slug, state)
    word = "pause" if state == "paused" else "resume"
    tx.occasions.ask(Sweep(brand_id, slug, word, world.clock.now()))
    return tx.runs.hold(brand_id, slug, on=state == "paused")


def stop_journey(world: World, brand_id: int, slug: str) -> int:
    """End all that a journey has under way, for good; return how many people were still to enter.

    From the commit on nothing of it is handed over any more: runs end as `aborted` and messages
    that wait are cancelled by `sweep`.

    Raises:
        NotFound: there is no such journey.
    """
    with world.store.system() as tx:
        tx.documents.set_state(brand_id, _KIND, slug, STOPPED)
        n_to_come = tx.occasions.stop(brand_id, slug, world.clock.now())
        # Whoever let people in has committed: what they began is older than this.
        tx.occasions.ask(Sweep(brand_id, slug, "stop", world.clock.now()))
        return n_to_come


def sweep(world: World, limit: int = 2_000) -> int:
    """Carry a stop, a pause or a resumption through for some runs and messages; 0 = all is done."""
    with world.store.system() as tx:
        tx.runs.move_along()
        asked = tx.occasions.next_sweep()
        if asked is None:
            return 0
        if asked.what == "stop":
            done = _stop(tx, world, asked, limit)
        else:
            on = asked.what == "pause"
            done = tx.messages.park(asked.brand_id, asked.journey, limit, on=on)
        if done < 0:
            return 0
        if not done:
            tx.occasions.swept(asked)
        return done or 1


def _stop(tx: Tx, world: World, asked: Sweep, limit: int) -> int:
    """End some runs and cancel some messages; return how many, -1 = others hold the rest."""
    brand_id, slug = asked.brand_id, asked.journey
    now = world.clock.now()
    known = live(tx, world, brand_id)
    if known.listening.journeys:
        tx.log.cursor(PROJECTOR)
    ended = tx.runs.abort(brand_id, slug, asked.at, limit, now)
    withdrawn = tx.calls.withdraw(brand_id, slug, asked.at, limit, now)
    tx.runs.record_steps([
        StepRow(
            brand_id, run.run_id, slug, run.version, run.profile_id, "", 1, now, "aborted",
            b'{"reason":"stopped"}',
        )
        for run in ended
    ])  # fmt: skip
    cancelled = tx.messages.cancel(brand_id, slug, asked.at, limit, CANCELLED, now)
    told = [message_event(row, "not_sent", now, reason=CANCELLED) for row in cancelled]
    told += [
        event for run in ended if (event := ended_event(run, "aborted", STOPPED, now)) is not None
    ]
    told += look_again(tx, world, known, brand_id, ended)
    tx.log.append(told)
    done = len(ended) + len(cancelled) + withdrawn
    if not done and tx.runs.has_active(brand_id, slug, asked.at):
        return -1
    return done
