"""Follows experiments that run: sets shares anew, freezes the planned look, rolls winners out.

The warehouse is asked with nothing locked; what is decided is written under the experiment's
lock, and only if nobody moved it meanwhile. A look that is made twice changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from huiliu.experiments.plan import Plan
from huiliu.experiments.standing import RUNNING
from huiliu.experiments.verdict import winner_of
from huiliu.kernel.errors import EngineFailed, NotFound, Unavailable
from huiliu.kernel.ids import digest
from huiliu.kernel.times import MINUTE
from huiliu.ports.experiments import BatchRow, ExperimentMove, ExperimentRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.analyse_experiment import comparison_json
from huiliu.services.experiment_results import ExperimentResult, measure, standpoint_of
from huiliu.services.experiments import rolled_out
from huiliu.services.notify import notify
from huiliu.statistics.thompson import thompson_shares

__all__ = ["follow_experiments", "look_at_experiment"]

_EVERY: Final = 15 * MINUTE
#: Whoever looks has so long until another process may.
_LEASE: Final = 5 * MINUTE
_SEED_BYTES: Final = 7


def follow_experiments(world: World, limit: int = 1) -> int:
    """Look at up to `limit` experiments that are due; return how many were."""
    done = 0
    for _ in range(limit):
        with world.store.system() as tx:
            now = world.clock.now()
            row = tx.experiments.claim(now, now + _LEASE)
        if row is None:
            break
        done += 1
        _look(world, row)
    return done


def look_at_experiment(world: World, brand_id: int, slug: str) -> None:
    """Look at one experiment at once, if it runs; raise NotFound."""
    with world.store.system() as tx:
        row = standpoint_of(tx, brand_id, slug).row
    if row is not None and row.state == RUNNING:
        _look(world, row)


def _look(world: World, row: ExperimentRow) -> None:
    """Look at one experiment and do what its plan says."""
    found, fault = None, ""
    try:
        with world.store.system() as tx:
            stands = standpoint_of(tx, row.brand_id, row.slug)
        found = measure(world, row.brand_id, stands)
    except NotFound:
        fault = "NotFound"
    except (Unavailable, EngineFailed) as away:
        # Nobody wins and nobody's share changes because the warehouse is away.
        fault = type(away).__name__
    with world.store.system() as tx:
        now = world.clock.now()
        held = tx.experiments.lock(row.brand_id, row.slug)
        if held is None or (held.state, held.began_at, held.batch) != (
            RUNNING, row.began_at, row.batch
        ):  # fmt: skip
            return
        held = structs.replace(held, due_at=now + _EVERY, fault=fault)
        if found is not None:
            held = _decided(tx, world, structs.replace(held, looked_at=now), found, now)
        tx.experiments.put(held)


def _decided(
    tx: Tx, world: World, row: ExperimentRow, found: ExperimentResult, now: int
) -> ExperimentRow:
    """Return how an experiment stands after a look, everything that follows written."""
    plan = found.plan
    if found.is_blocked:
        # What fell into the arms otherwise than planned decides nothing.
        return _tell(tx, world, row, found, "srm", {"p": f"{found.srm_p:.1g}"})
    if found.sample_done and row.planned is None:
        look = [comparison_json(one) for line in found.lines for one in line.comparisons]
        row = structs.replace(row, planned=look)
        _note(tx, row, "planned", now, f"n = {found.people}")
        row = _tell(tx, world, row, found, "planned", {})
    winner = winner_of(plan, found.lines, found.srm_p, _planned_p(row, plan))
    if winner and winner != row.winner:
        row = structs.replace(row, winner=winner)
        _note(tx, row, "decided", now, winner)
        row = _tell(tx, world, row, found, "decided", {"arm": winner})
    if row.winner and plan.winner == "roll_out":
        row = rolled_out(row, row.winner, now)
        _note(tx, row, "rolled_out", now, row.winner)
        return _tell(tx, world, row, found, "rolled_out", {"arm": row.winner})
    if plan.is_adaptive and now >= row.batch_at + plan.batch:
        counts = _counts(found)
        seed = int.from_bytes(
            digest("thompson", row.brand_id, row.slug, row.began_at, row.batch + 1)[:_SEED_BYTES]
        )
        hits, tries = zip(*counts.values(), strict=True)
        shares = thompson_shares(hits, tries, seed)
        return _with_shares(tx, row, dict(zip(counts, shares, strict=True)), counts, now, seed)
    return row


def _with_shares(
    tx: Tx,
    row: ExperimentRow,
    shares: Mapping[str, float],
    counts: Mapping[str, tuple[int, int]],
    now: int,
    seed: int,
) -> ExperimentRow:
    """Return an experiment that lets people in by new shares; the batch is written down."""
    new = BatchRow(row.brand_id, row.slug, row.batch + 1, now, dict(shares), dict(counts), seed)
    tx.experiments.add_batch(new)
    return structs.replace(row, batch=new.batch, batch_at=now, shares=dict(shares))


def _counts(found: ExperimentResult) -> dict[str, tuple[int, int]]:
    """Return arm -> (successes, people) of the first goal, as they were counted."""
    return {one.name: (min(round(one.total), one.n), one.n) for one in found.arms}


def _planned_p(row: ExperimentRow, plan: Plan) -> Mapping[str, float] | None:
    """Return arm -> corrected p of the first goal at the planned look; None = it has not come."""
    if row.planned is None:
        return None
    return {
        str(one["variant"]): float(one["p_adjusted"])
        for one in row.planned
        if one["metric"] == plan.goals[0] and one["p_adjusted"] is not None
    }


def _note(tx: Tx, row: ExperimentRow, what: str, now: int, note: str) -> None:
    """Write down what became of an experiment."""
    tx.experiments.note(ExperimentMove(row.brand_id, row.slug, now, what, "", note))


def _tell(
    tx: Tx,
    world: World,
    row: ExperimentRow,
    found: ExperimentResult,
    what: str,
    facts: Mapping[str, str],
) -> ExperimentRow:
    """Tell people, once."""
    if what in row.told:
        return row
    if what == "srm":
        _note(tx, row, "srm", world.clock.now(), f"p = {facts['p']}")
    notify(
        tx, world, row.brand_id, f"experiment_{what}",
        {"experiment": row.slug, "people": found.people, **facts},
        address=f"/experiments/{row.slug}", key=f"{row.slug} {row.began_at} {what}",
    )  # fmt: skip
    return structs.replace(row, told=(*row.told, what))
