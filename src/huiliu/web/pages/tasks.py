"""What journeys ask of the staff: open and done tasks, and how one ended."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict
from huiliu.services.list_actions import record_action
from huiliu.services.staff_tasks import finish_task, page_tasks, read_task_id
from huiliu.web.doors import Visit
from huiliu.web.paging import message_mark, read_message
from huiliu.web.rendering import go, page

__all__ = ["finish", "show_list"]

_SHOWN: Final = 50


def show_list(visit: Visit) -> Response:
    """Show a page of tasks, open ones unless it is asked for those that are done."""
    return _list(visit, visit.ask("state"), visit.ask("assignee"), visit.ask("before"))


def finish(visit: Visit) -> Response:
    """Write down how a task ended, or say why it cannot end so."""
    form = visit.form
    try:
        done = finish_task(
            visit.world, visit.brand_id, read_task_id(visit.path("task")), form.get("outcome", ""),
            visit.me.user.name, form.get("note", "").strip(),
        )  # fmt: skip
    except Conflict:
        return _list(visit, "", form.get("assignee", ""), "", 409)
    except BadInput as fault:
        said = [(one.path, one.text, one.line) for one in fault.problems]
        return _list(visit, "", form.get("assignee", ""), "", 422, said)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "task_done", done.title)
    return go("/tasks", assignee=form.get("assignee", ""), finished=1)


def _list(
    visit: Visit, state: str, assignee: str, before: str, status: int = 200, problems: object = ()
) -> Response:
    """Show a page of tasks."""
    is_open = state != "done"
    found = page_tasks(
        visit.world, visit.brand_id, is_open=is_open, assignee=assignee,
        before=read_message(before), limit=_SHOWN,
    )  # fmt: skip
    return page(
        visit, "pages/tasks.html", status, section="tasks", found=found, is_open=is_open,
        assignee=assignee, older=message_mark(found.next), problems=problems,
        is_overtaken=status == 409, is_finished=bool(visit.ask("finished")),
        now=visit.world.clock.now(), n_open=sum(found.counts.values()),
    )  # fmt: skip
