"""Moves roll-outs along: looks at their gates, lets more people in, or holds and asks for help.

The warehouse is asked with nothing locked; what is decided is written under the row's lock, and
only if nobody moved the roll-out meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, EngineFailed, NotFound, Problem, Unavailable
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.metrics import Frame
from huiliu.planning.gates import Gate, Reading, Verdict, judge_all, judge_gate
from huiliu.planning.rollout import KIND, Rollout, Stage, Tier, parsed_rollout
from huiliu.ports.rollouts import Move, ReadingRow, RolloutRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.own_tasks import open_own_task
from huiliu.services.stages import CHECKING, DONE, HELD, stage_of

__all__ = [
    "RolloutView",
    "hold_rollout",
    "list_rollouts",
    "look_now",
    "move_rollout",
    "remove_rollout",
    "resume_rollout",
    "roll_out",
    "show_rollout",
]

RUNNING: Final = "running"
#: Gates are looked at so often.
_EVERY: Final = 15 * MINUTE
#: Whoever looks has so long until another process may.
_LEASE: Final = 5 * MINUTE
#: What just left has had no time to come back.
_SETTLES: Final = HOUR
_DUE: Final = 2 * DAY
_MOVES: Final = 200


@dataclass(frozen=True, slots=True)
class RolloutView:
    """One roll-out and how far it has come."""

    rollout: Rollout
    version: int
    row: RolloutRow
    moves: Sequence[Move] = ()

    @property
    def stage(self) -> Stage:
        """Return the stage as this version of the document has it."""
        return self.rollout.fits(stage_of(self.row))

    @property
    def tier(self) -> Tier:
        """Return the tier that is under way."""
        return self.rollout.tiers[self.stage.tier]


def roll_out(world: World, limit: int = 1) -> int:
    """Look at up to `limit` roll-outs that are due; return how many were."""
    done = 0
    with world.store.system() as tx:
        now = world.clock.now()
        for brand_id, slug in tx.rollouts.adoptable():
            _begin(tx, brand_id, slug, now)
    for _ in range(limit):
        with world.store.system() as tx:
            now = world.clock.now()
            row = tx.rollouts.claim(now, now + _LEASE)
            rollout = _in_use(tx, row.brand_id, row.slug) if row is not None else None
        if row is None:
            break
        done += 1
        if rollout is not None:
            _look(world, rollout, row)
    return done


def look_now(world: World, brand_id: int, slug: str) -> RolloutView:
    """Look at the gates of one roll-out at once, and return how it stands then.

    Raises:
        NotFound: there is no such roll-out in use.
    """
    view = show_rollout(world, brand_id, slug)
    if view.row.state in {CHECKING, RUNNING}:
        _look(world, view.rollout, view.row)
    return show_rollout(world, brand_id, slug)


def list_rollouts(world: World, brand_id: int) -> list[RolloutView]:
    """Return every roll-out in use, by slug."""
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        rows = tx.rollouts.all(brand_id)
        return [
            RolloutView(parsed_rollout(one.source), one.version,
                        rows.get(one.slug) or _first(brand_id, one.slug, now))
            for one in tx.documents.all(brand_id, KIND)
            if one.state == "live"
        ]  # fmt: skip


def show_rollout(world: World, brand_id: int, slug: str) -> RolloutView:
    """Return one roll-out in use with what became of it; raise NotFound."""
    now = world.clock.now()
    with world.store.system() as tx:
        document = tx.documents.latest(brand_id, KIND, slug)
        if document.state == "archived":
            raise NotFound(KIND, slug)
        _begin(tx, brand_id, slug, now)
        row = tx.rollouts.lock(brand_id, slug)
        assert row is not None
        moves = tx.rollouts.moves(brand_id, slug, _MOVES)
    return RolloutView(parsed_rollout(document.source), document.version, row, moves)


def hold_rollout(world: World, brand_id: int, slug: str, by: str, note: str = "") -> RolloutView:
    """Hold a roll-out by hand; raise NotFound, Conflict (it is held or done)."""
    return _by_hand(world, brand_id, slug, by, note, "held")


def resume_rollout(world: World, brand_id: int, slug: str, by: str, note: str = "") -> RolloutView:
    """Let a held roll-out go on where it stood; raise NotFound, Conflict (it is not held)."""
    return _by_hand(world, brand_id, slug, by, note, "resumed")


def move_rollout(
    world: World, brand_id: int, slug: str, stage: Stage, by: str, note: str
) -> RolloutView:
    """Set a roll-out to a stage, forwards or back; a held one goes on from there.

    Raises:
        NotFound: there is no such roll-out in use.
        BadInput: it has no such stage, or nobody says why.
    """
    view = show_rollout(world, brand_id, slug)
    problems = []
    if not 0 <= stage.tier < len(view.rollout.tiers):
        most = len(view.rollout.tiers)
        problems.append(Problem("tier", text("rollouts.no_tier", most=most)))
    if stage.percent not in {0.0, *view.rollout.steps}:
        steps = ", ".join(f"{one:g}" for one in (0.0, *view.rollout.steps))
        problems.append(Problem("percent", text("rollouts.no_step", steps=steps)))
    if not note.strip():
        problems.append(Problem("note", text("rollouts.no_note")))
    if problems:
        raise BadInput(tuple(problems))
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.rollouts.lock(brand_id, slug)
        assert row is not None
        moved = _at(row, stage, now)
        tx.rollouts.put(moved)
        tx.rollouts.note(_move(moved, "set", now, by, note))
        tx.rollouts.wake(brand_id, view.rollout.journeys, now)
    return show_rollout(world, brand_id, slug)


def remove_rollout(world: World, brand_id: int, slug: str, by: str) -> None:
    """Take a roll-out out of use: its journeys reach everybody from now on; raise NotFound."""
    view = show_rollout(world, brand_id, slug)
    now = world.clock.now()
    with world.store.system() as tx:
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        row = tx.rollouts.lock(brand_id, slug)
        assert row is not None
        tx.rollouts.forget(brand_id, slug)
        tx.rollouts.note(_move(row, "removed", now, by))
        tx.rollouts.wake(brand_id, view.rollout.journeys, now)


def _by_hand(world: World, brand_id: int, slug: str, by: str, note: str, what: str) -> RolloutView:
    """Hold a roll-out, or let it go on."""
    view = show_rollout(world, brand_id, slug)
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.rollouts.lock(brand_id, slug)
        assert row is not None
        is_open = row.state in {CHECKING, RUNNING}
        if is_open != (what == "held"):
            wanted = "checking or running" if what == "held" else "held"
            raise Conflict(f"rollout {slug}", wanted, row.state)
        # What was counted before is what it was held for: it is counted anew.
        moved = structs.replace(row, state=HELD) if is_open else _at(row, stage_of(row), now)
        tx.rollouts.put(moved)
        tx.rollouts.note(_move(moved, what, now, by, note))
        tx.rollouts.wake(brand_id, view.rollout.journeys, now)
    return show_rollout(world, brand_id, slug)


def _begin(tx: Tx, brand_id: int, slug: str, now: int) -> None:
    """Begin a roll-out that was published and has not begun."""
    row = _first(brand_id, slug, now)
    if tx.rollouts.begin([row]):
        tx.rollouts.note(_move(row, "began", now))


def _first(brand_id: int, slug: str, now: int) -> RolloutRow:
    """Return a roll-out that begins: at gate 0 of its first tier."""
    return RolloutRow(brand_id, slug, CHECKING, 0, 0.0, now, now)


def _in_use(tx: Tx, brand_id: int, slug: str) -> Rollout | None:
    """Return the roll-out of a row; one that was taken out of use is over."""
    document = tx.documents.latest(brand_id, KIND, slug)
    if document.state != "archived":
        return parsed_rollout(document.source)
    tx.rollouts.forget(brand_id, slug)
    return None


def _look(world: World, rollout: Rollout, row: RolloutRow) -> None:
    """Look at the gates of a stage and do what they say."""
    stage = rollout.fits(stage_of(row))
    try:
        readings = [_read(world, rollout, stage, row, gate) for gate in rollout.asked(stage)]
        fault = ""
    except (Unavailable, EngineFailed) as away:
        # Nobody goes on blindly, and nobody is stopped because the warehouse is away.
        readings, fault = [], type(away).__name__
    now = world.clock.now()
    with world.store.system() as tx:
        held = tx.rollouts.lock(row.brand_id, row.slug)
        if held is None or (held.state, stage_of(held), held.since) != (
            row.state, stage_of(row), row.since
        ):  # fmt: skip
            return
        if fault:
            tx.rollouts.put(structs.replace(held, fault=fault, due_at=now + _EVERY))
            return
        told = tuple(_row_of(one) for one in readings)
        seen = structs.replace(held, readings=told, looked_at=now, fault="", due_at=now + _EVERY)
        verdict = judge_all(readings, is_first=stage.percent == 0)
        _decide(tx, rollout, stage, seen, verdict, now)


def _decide(
    tx: Tx, rollout: Rollout, stage: Stage, seen: RolloutRow, verdict: Verdict, now: int
) -> None:
    """Let more people in, hold, or wait; asked for help where it waits too long."""
    ask = partial(_ask, tx, rollout, seen, now)
    if verdict is Verdict.FAILED and stage.percent > 0:
        if rollout.when_failed == "hold":
            seen = structs.replace(seen, state=HELD, told_at=now)
            tx.rollouts.note(_move(seen, "held", now))
        ask("rollouts.task.failed")
        tx.rollouts.put(structs.replace(seen, told_at=now))
        return
    is_long_enough = stage.percent == 0 or now - seen.since >= rollout.stage
    if verdict is Verdict.PASSED and is_long_enough:
        _go_on(tx, rollout, stage, seen, now)
        return
    if verdict is not Verdict.PASSED and now - seen.since >= rollout.patience and not seen.told_at:
        ask("rollouts.task.waits")
        seen = structs.replace(seen, told_at=now)
    tx.rollouts.put(seen)


def _go_on(tx: Tx, rollout: Rollout, stage: Stage, seen: RolloutRow, now: int) -> None:
    """Let the next people in, or end a roll-out that has everybody."""
    following = rollout.after(stage)
    if following is None:
        moved = structs.replace(seen, state=DONE)
    else:
        moved = structs.replace(_at(seen, following, now), readings=seen.readings)
    tx.rollouts.put(moved)
    tx.rollouts.note(_move(moved, "done" if following is None else "passed", now))
    tx.rollouts.wake(seen.brand_id, rollout.journeys, now)


def _ask(tx: Tx, rollout: Rollout, seen: RolloutRow, now: int, key: str) -> None:
    """Ask somebody to look."""
    said = text(key, slug=rollout.slug, percent=f"{seen.percent:g}",
                tier=rollout.tiers[min(seen.tier, len(rollout.tiers) - 1)].name,
                gates=", ".join(one.metric for one in seen.readings
                                if one.verdict != Verdict.PASSED) or "-")  # fmt: skip
    open_own_task(
        tx, seen.brand_id, said, f"/rollouts/{rollout.slug}", "rollout", rollout.slug, seen.since,
        key, now=now, due_at=now + _DUE, assignee=rollout.owner,
    )  # fmt: skip


def _read(world: World, rollout: Rollout, stage: Stage, row: RolloutRow, gate: Gate) -> Reading:
    """Return what one gate's metric shows now."""
    now = world.clock.now()
    tier = rollout.tiers[stage.tier]
    is_own = gate in rollout.gates and stage.percent > 0
    until, since = now + 1, now + 1 - gate.within
    channels = tier.sources
    if gate.metric.of_messages:
        mine = (one for one in world.channels if rollout.tier_of(one) == stage.tier)
        channels, until = tier.channels or tuple(mine), now - _SETTLES
        # Of the stage's own messages: what was sent before it proves nothing about it.
        since = max(since, row.since) if is_own else since
    frame = Frame(
        world.warehouse.population(row.brand_id), world.zone, now, since, max(until, since),
        channels, journeys=rollout.journeys if is_own else (),
    )  # fmt: skip
    rows = world.warehouse.run(gate.metric.read(frame)).to_pylist()
    top = sum(one["top"] for one in rows)
    return judge_gate(gate, top, sum(one["bottom"] for one in rows))


def _row_of(reading: Reading) -> ReadingRow:
    """Return a reading as it is kept."""
    gate = reading.gate
    bound = "at_least" if gate.is_least else "at_most"
    return ReadingRow(
        gate.metric.name, bound, gate.bound, reading.value, reading.n, reading.verdict.value
    )


def _at(row: RolloutRow, stage: Stage, now: int) -> RolloutRow:
    """Return a row that stands at a stage from now on."""
    return structs.replace(
        row, state=RUNNING if stage.percent > 0 else CHECKING, tier=stage.tier,
        percent=stage.percent, since=now, due_at=now + _EVERY, readings=(), told_at=0, fault="",
    )  # fmt: skip


def _move(row: RolloutRow, what: str, now: int, by: str = "", note: str = "") -> Move:
    """Return what is written down of a move."""
    return Move(
        row.brand_id, row.slug, now, what, row.tier, row.percent, by, note.strip()[:500],
        row.readings,
    )  # fmt: skip
