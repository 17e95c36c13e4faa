"""What journeys asked the staff to do: which tasks there are, and how one is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.ports.tasks import TaskRow
from huiliu.ports.world import World
from huiliu.services.journey_events import TASK_DONE, answer_event

__all__ = ["PAGE", "TaskPage", "finish_task", "list_tasks", "page_tasks", "read_task_id"]

PAGE: Final = 200
_LONGEST_NOTE: Final = 2_000
#: The one outcome of a task that no run waits for.
_DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class TaskPage:
    """A page of tasks."""

    rows: Sequence[TaskRow]
    #: Where the next page begins; None = there is none.
    next: tuple[int, bytes] | None
    #: Assignee -> how many tasks are open for them.
    counts: Mapping[str, int]


def list_tasks(
    world: World, brand_id: int, *, is_open: bool = True, assignee: str = "", limit: int = PAGE
) -> Sequence[TaskRow]:
    """Return open or done tasks, newest first; "" = for whomever."""
    with world.store.transaction(brand_id) as tx:
        return tx.tasks.list(brand_id, is_open=is_open, assignee=assignee, limit=limit)


def page_tasks(
    world: World,
    brand_id: int,
    *,
    is_open: bool,
    assignee: str = "",
    before: tuple[int, bytes] | None = None,
    limit: int = PAGE,
) -> TaskPage:
    """Return a page of open or done tasks, newest first, and how many are open for whom.

    Args:
        world: the instance.
        brand_id: whose.
        is_open: open ones, or those that are done.
        assignee: for whom; "" = for whomever.
        before: where the page before ended.
        limit: how many are shown.
    """
    with world.store.transaction(brand_id) as tx:
        found = tx.tasks.list(
            brand_id, is_open=is_open, assignee=assignee, limit=limit + 1, before=before
        )
        counts = tx.tasks.counts(brand_id)
    rows = found[:limit]
    more = (rows[-1].opened_at, rows[-1].task_id) if len(found) > limit else None
    return TaskPage(rows, more, counts)


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
        if not task.profile_id:
            # Huiliu itself asked, so there is no run to tell.
            return done
        told = {"task": show_id(task_id), "outcome": outcome, "by": by}
        tx.log.append([
            answer_event(
                TASK_DONE, brand_id, task.profile_id, task.run_id, task.node, task.visit, told,
                now, task_id,
            )
        ])  # fmt: skip
    return done
