"""Staff tasks in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id
from huiliu.ports.tasks import TaskRow
from huiliu.stores.queries import query

__all__ = ["PostgresTasks"]

#: After every instant.
_END: Final = (1 << 63) - 1


class PostgresTasks:
    """Tasks, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def open(self, tasks: Sequence[TaskRow]) -> int:
        """Open tasks; an id that is there changes nothing. Return how many."""
        if not tasks:
            return 0
        cursor = self._connection.cursor()
        cursor.executemany(
            query("tasks", "open"),
            [
                (
                    one.brand_id, one.task_id, one.profile_id, one.journey, one.run_id, one.node,
                    one.visit, one.title, one.assignee, list(one.outcomes), one.opened_at,
                    one.due_at, one.said, one.link,
                )
                for one in tasks
            ],
        )  # fmt: skip
        return cursor.rowcount

    def list(
        self,
        brand_id: int,
        *,
        is_open: bool,
        assignee: str,
        limit: int,
        before: tuple[int, bytes] | None = None,
    ) -> list[TaskRow]:
        """Return open or done tasks, newest first; "" = for whomever."""
        at, last = before or (_END, b"")
        rows = self._connection.execute(
            query("tasks", "listed_open" if is_open else "listed_done"),
            {"brand": brand_id, "assignee": assignee, "limit": limit, "at": at, "last": last},
        )
        return [_task(row) for row in rows]

    def lock(self, brand_id: int, task_id: bytes) -> TaskRow:
        """Lock one task; raise NotFound."""
        row = self._connection.execute(query("tasks", "lock"), (brand_id, task_id)).fetchone()
        if row is None:
            raise NotFound("task", show_id(task_id))
        return _task(row)

    def done(self, task: TaskRow) -> None:
        """Write the outcome of a task that this transaction holds."""
        self._connection.execute(
            query("tasks", "done"),
            (task.outcome, task.note, task.done_at, task.done_by, task.brand_id, task.task_id),
        )

    def counts(self, brand_id: int) -> dict[str, int]:
        """Return assignee -> how many tasks are open."""
        return dict(self._connection.execute(query("tasks", "counts"), (brand_id,)).fetchall())


def _task(row: TupleRow) -> TaskRow:
    """Return the task of a row."""
    return structs.replace(TaskRow(*row), outcomes=tuple(row[9]))
