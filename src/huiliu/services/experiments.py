"""Experiments as people steer them: listed, shown, begun, ended, taken out of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.experiments.plan import KIND, parsed_experiment
from huiliu.experiments.standing import ENDED, ROLLED_OUT, RUNNING
from huiliu.kernel.errors import BadInput, Conflict, Problem, Refused
from huiliu.kernel.texts import text
from huiliu.ports.experiments import BatchRow, ExperimentMove, ExperimentRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.experiment_results import Standpoint, standpoint_of
from huiliu.services.propose import approvals_in_force

__all__ = [
    "ExperimentView",
    "list_experiments",
    "remove_experiment",
    "roll_out_arm",
    "rolled_out",
    "show_experiment",
    "start_experiment",
    "stop_experiment",
]

_MOVES: Final = 200


@dataclass(frozen=True, slots=True)
class ExperimentView:
    """One experiment, how it stands, and what became of it."""

    stands: Standpoint
    #: The latest first.
    moves: Sequence[ExperimentMove] = ()

    @property
    def slug(self) -> str:
        """Return its name for ever."""
        return self.stands.plan.slug


def list_experiments(world: World, brand_id: int) -> list[Standpoint]:
    """Return every experiment in use, those that run first, then by slug."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.experiments.all(brand_id)
        found = [
            Standpoint(parsed_experiment(one.source), one.version, rows.get(one.slug))
            for one in tx.documents.all(brand_id, KIND)
            if one.state == "live"
        ]
    return sorted(found, key=lambda one: (one.state != RUNNING, one.plan.slug))


def show_experiment(world: World, brand_id: int, slug: str) -> ExperimentView:
    """Return one experiment in use; raise NotFound."""
    with world.store.system() as tx:
        return _view(tx, brand_id, slug)


def start_experiment(
    world: World, brand_id: int, slug: str, by: str, note: str = ""
) -> ExperimentView:
    """Begin an experiment: from now on each person who meets it gets an arm for good.

    Raises:
        NotFound: there is no such experiment in use.
        Conflict: it has begun already.
    """
    with world.store.system() as tx:
        now = world.clock.now()
        stands = standpoint_of(tx, brand_id, slug)
        row = ExperimentRow(
            brand_id, slug, RUNNING, now, 0, 0, now, dict(stands.plan.shares), "", now
        )
        # Who is stepping now sees it waiting still.
        tx.experiments.lock(brand_id, slug)
        if not tx.experiments.begin(row):
            raise Conflict(f"experiment {slug}", "waiting", stands.state)
        if stands.plan.is_adaptive:
            nothing = dict.fromkeys(row.shares, (0, 0))
            tx.experiments.add_batch(BatchRow(brand_id, slug, 0, now, row.shares, nothing, 0))
        tx.experiments.note(ExperimentMove(brand_id, slug, now, "started", by, note))
        return _view(tx, brand_id, slug)


def stop_experiment(
    world: World, brand_id: int, slug: str, by: str, note: str = ""
) -> ExperimentView:
    """End an experiment: nobody new gets into it; who is in keeps their arm.

    Raises:
        NotFound: there is no such experiment in use.
        Conflict: it does not run.
    """
    with world.store.system() as tx:
        now = world.clock.now()
        row = _running(tx, brand_id, slug)
        tx.experiments.put(structs.replace(row, state=ENDED, ended_at=now))
        tx.experiments.note(ExperimentMove(brand_id, slug, now, "stopped", by, note))
        return _view(tx, brand_id, slug)


def roll_out_arm(
    world: World, brand_id: int, slug: str, arm: str, by: str, note: str
) -> ExperimentView:
    """Give everybody one arm from now on, by hand; who does it says why.

    Where departments decide together, they have decided about the arms and about what makes one
    the winner: the winner may be rolled out, and the control, which ends what is new. Another arm
    is a change that nobody was asked about.

    Raises:
        NotFound: there is no such experiment in use.
        BadInput: it has no such arm, or nobody says why.
        Conflict: it was never begun, or was rolled out already.
        Refused: departments decide together, and it is neither the winner nor the control.
    """
    with world.store.system() as tx:
        now = world.clock.now()
        stands = standpoint_of(tx, brand_id, slug)
        problems = []
        if stands.plan.arm(arm) is None:
            known = ", ".join(stands.plan.shares)
            problems.append(Problem("arm", text("plans.want_choice", choices=known)))
        if not note.strip():
            problems.append(Problem("note", text("rollouts.no_note")))
        if problems:
            raise BadInput(tuple(problems))
        row = tx.experiments.lock(brand_id, slug)
        if row is None or row.state == ROLLED_OUT:
            raise Conflict(f"experiment {slug}", "running or ended", stands.state)
        if arm not in {stands.plan.control, row.winner} and approvals_in_force(tx, brand_id):
            raise Refused("arm_undecided")
        tx.experiments.put(rolled_out(row, arm, now))
        said = f"{arm}: {note}"
        tx.experiments.note(ExperimentMove(brand_id, slug, now, "rolled_out", by, said))
        return _view(tx, brand_id, slug)


def rolled_out(row: ExperimentRow, arm: str, now: int) -> ExperimentRow:
    """Return an experiment of which everybody gets one arm from now on."""
    return structs.replace(row, state=ROLLED_OUT, winner=arm, ended_at=row.ended_at or now)


def remove_experiment(world: World, brand_id: int, slug: str, by: str) -> None:
    """Take an experiment out of use: where it was met, all is as if there had been none.

    Raises:
        NotFound: there is no such experiment in use.
    """
    with world.store.system() as tx:
        now = world.clock.now()
        standpoint_of(tx, brand_id, slug)
        row = tx.experiments.lock(brand_id, slug)
        if row is not None and row.state == RUNNING:
            tx.experiments.put(structs.replace(row, state=ENDED, ended_at=now))
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        tx.experiments.note(ExperimentMove(brand_id, slug, now, "removed", by))


def _view(tx: Tx, brand_id: int, slug: str) -> ExperimentView:
    """Return one experiment with its moves."""
    stands = standpoint_of(tx, brand_id, slug)
    return ExperimentView(stands, tx.experiments.moves(brand_id, slug, _MOVES))


def _running(tx: Tx, brand_id: int, slug: str) -> ExperimentRow:
    """Lock an experiment that runs; raise NotFound, Conflict."""
    stands = standpoint_of(tx, brand_id, slug)
    row = tx.experiments.lock(brand_id, slug)
    if row is None or row.state != RUNNING:
        raise Conflict(f"experiment {slug}", RUNNING, stands.state)
    return row
