"""What journeys and Huiliu itself ask of the staff: tasks, each done with one of its outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["TaskRow", "TaskStore"]


class TaskRow(msgspec.Struct, frozen=True, gc=False):
    """One task."""

    brand_id: int
    #: 16 bytes, made of run, node and visit.
    task_id: bytes
    profile_id: int
    journey: str
    run_id: bytes
    node: str
    visit: int
    title: str
    #: Whom it is for, in the brand's own word; "" = anyone.
    assignee: str
    outcomes: tuple[str, ...]
    opened_at: int
    #: 0 = no date.
    due_at: int
    #: "" = it is open, `withdrawn` = the run that asked for it is over.
    outcome: str = ""
    note: str = ""
    done_at: int = 0
    done_by: str = ""
    #: What Huiliu itself asks for: a text of the catalogues and its arguments, as JSON; "" = the
    #: title says it.
    said: str = ""
    #: The page of the console that it is about; "" = the person's and the journey's.
    link: str = ""


class TaskStore(Protocol):
    """Tasks, inside one transaction."""

    def open(self, tasks: Sequence[TaskRow]) -> int:
        """Open tasks; an id that is there changes nothing. Return how many."""
        ...

    def list(
        self,
        brand_id: int,
        *,
        is_open: bool,
        assignee: str,
        limit: int,
        before: tuple[int, bytes] | None = None,
    ) -> list[TaskRow]:
        """Return open or done tasks, newest first.

        Args:
            brand_id: whose.
            is_open: open ones, or those that are done.
            assignee: for whom; "" = for whomever.
            limit: how many at most.
            before: when the last one seen was opened, and its id; None = from the newest.
        """
        ...

    def lock(self, brand_id: int, task_id: bytes) -> TaskRow:
        """Lock one task; raise NotFound."""
        ...

    def done(self, task: TaskRow) -> None:
        """Write the outcome of a task that this transaction holds."""
        ...

    def counts(self, brand_id: int) -> dict[str, int]:
        """Return assignee -> how many tasks are open."""
        ...
