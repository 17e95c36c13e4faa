"""What journeys asked the staff to do: which tasks there are, and how one is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.ports.tasks import TaskRow
from huiliu.ports.world import World
from huiliu.services.journey_events import TASK_DONE, answer_event

__all__ = ["PAGE", "finish_task", "list_tasks", "read_task_id"]

PAGE: Final = 200
_LONGEST_NOTE: Final = 2_000
#: The one outcome of a task that no run waits for.
_DONE: Final = "done"


def list_tasks(
    world: World, brand_id: int, *, is_open: bool = True, assignee: str = "", limit: int = PAGE
) -> Sequence[TaskRow]:
    """Return open or done tasks, newest first; "" = for whomever."""
    with world.store.transaction(brand_id) as tx:
        return tx.tasks.list(brand_id, is_open=is_open, assignee=assignee, limit=limit)


def read_task_id(shown: str) -> bytes:
    """Return the id of a task as it was shown.

    Raises:
        NotFound: it is no such id.
    """
    try:
        return bytes.fromhex(shown)
    except ValueError as fault:
        raise NotFound("task", shown) from fault


def finish_task(
    world: World, brand_id: int, task_id: bytes, outcome: str, by: str, note: str = ""
) -> TaskRow:
    """Write down how a task ended, and tell the run that waits for it.

    Raises:
        NotFound: there is no such task.
        Conflict: it is done already.
        BadInput: the task has no such outcome.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        task = tx.tasks.lock(brand_id, task_id)
        if task.outcome:
            raise Conflict(f"task {show_id(task_id)}", "open", task.outcome)
        known = task.outcomes or (_DONE,)
        if outcome not in known:
            said = text("tasks.no_outcome", known=", ".join(known))
            raise BadInput((Problem("outcome", said),))
        done = structs.replace(
            task, outcome=outcome, note=note[:_LONGEST_NOTE], done_at=now, done_by=by
        )
        tx.tasks.done(done)
        told = {"task": show_id(task_id), "outcome": outcome, "by": by}
        tx.log.append([
            answer_event(
                TASK_DONE, brand_id, task.profile_id, task.run_id, task.node, task.visit, told,
                now, task_id,
            )
        ])  # fmt: skip
    return done
