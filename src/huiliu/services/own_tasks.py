"""What Huiliu itself asks of the staff: told in each reader's language, about nobody."""

from __future__ import annotations

import msgspec

from huiliu.kernel.ids import digest
from huiliu.kernel.texts import LOCALES, Text, render
from huiliu.ports.store import Tx
from huiliu.ports.tasks import TaskRow

__all__ = ["open_own_task", "said_of"]


class _Said(msgspec.Struct, frozen=True):
    """A text as it is kept."""

    key: str
    arguments: dict[str, str | int]


def open_own_task(  # noqa: PLR0913 - what, where it leads, when, for whom, by when
    tx: Tx,
    brand_id: int,
    said: Text,
    link: str,
    *key: object,
    now: int,
    due_at: int = 0,
    assignee: str = "",
) -> int:
    """Open a task that no journey asked for; the same key is the same task. Return how many.

    Args:
        tx: of the system, or of the brand.
        brand_id: whose staff.
        said: what is to be done; its arguments are words and whole numbers.
        link: the page of the console that it is about.
        key: what makes it this task: asked for again, nothing is opened.
        now: when.
        due_at: by when; 0 = no date.
        assignee: for whom; "" = anyone.
    """
    plain = {
        name: one if isinstance(one, int) else str(one) for name, one in said.arguments.items()
    }
    kept = msgspec.json.encode(_Said(said.key, plain)).decode()
    number = digest("own task", brand_id, *key)
    title = render(said, LOCALES[-1])
    return tx.tasks.open([
        TaskRow(
            brand_id, number, 0, "", number, "", 0, title, assignee, (), now, due_at, said=kept,
            link=link,
        )
    ])  # fmt: skip


def said_of(task: TaskRow) -> Text | str:
    """Return a task's title: a text where Huiliu itself asks, else as it was written."""
    if not task.said:
        return task.title
    found = msgspec.json.decode(task.said, type=_Said)
    return Text(found.key, found.arguments)
