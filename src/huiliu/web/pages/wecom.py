"""WeCom: codes by which people add employees, what employees were asked to send, and groups."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, NotFound, PlatformFailed
from huiliu.kernel.times import DAY
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_official import accounts_of
from huiliu.services.scan_codes import NewCode, end_code, list_codes, make_code
from huiliu.services.wecom_jobs import (
    MOST_REMINDERS,
    ask_groups,
    cancel_job,
    list_groups,
    list_jobs,
    remind,
)
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.platform_problems import problem_of
from huiliu.web.rendering import go, page

__all__ = [
    "add_code",
    "ask",
    "cancel",
    "drop_code",
    "remind_staff",
    "show_codes",
    "show_groups",
    "show_jobs",
]

_BETWEEN: Final = re.compile(r"[\s,，、;；]+")
_SHOWN_FOR: Final = 7 * DAY


def show_codes(visit: Visit) -> Response:
    """Show every code and the form of another."""
    return _codes(visit)


def add_code(visit: Visit) -> Response:
    """Have a code made."""
    form = visit.form
    users = tuple(one for one in _BETWEEN.split(form.get("users", "")) if one)
    new = NewCode(
        "wecom", form.get("account", ""), form.get("scene", "").strip(), form.get("name", ""),
        form.get("campaign", ""), form.get("store", ""), form.get("answer", "").strip(), users,
    )  # fmt: skip
    try:
        made = make_code(visit.world, visit.brand_id, new, visit.me.user.email)
    except BadInput as fault:
        return _codes(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    except (PlatformFailed, Conflict) as fault:
        return _codes(visit, 409, [problem_of(fault)])
    _note(visit, "code_made", made.scene)
    return go("/wecom", done="made")


def drop_code(visit: Visit) -> Response:
    """Take a code back."""
    number = read_number(visit.path("code"))
    if number is None:
        raise NotFound("code", visit.path("code"))
    try:
        end_code(visit.world, visit.brand_id, number)
    except PlatformFailed as fault:
        return _codes(visit, 409, [problem_of(fault)])
    _note(visit, "code_ended", str(number))
    return go("/wecom", done="ended")


def show_jobs(visit: Visit) -> Response:
    """Show what employees were asked to send."""
    return _jobs(visit)


def remind_staff(visit: Visit) -> Response:
    """Remind the employees who have not sent yet."""
    account, job = visit.path("account"), visit.path("job")
    try:
        remind(visit.world, visit.brand_id, account, job)
    except (PlatformFailed, Conflict) as fault:
        return _jobs(visit, 409, [problem_of(fault)])
    _note(visit, "wecom_reminded", job)
    return go("/wecom/jobs", done="reminded")


def cancel(visit: Visit) -> Response:
    """Take back what is not sent yet."""
    account, job = visit.path("account"), visit.path("job")
    try:
        cancel_job(visit.world, visit.brand_id, account, job)
    except (PlatformFailed, Conflict) as fault:
        return _jobs(visit, 409, [problem_of(fault)])
    _note(visit, "wecom_cancelled", job)
    return go("/wecom/jobs", done="cancelled")


def show_groups(visit: Visit) -> Response:
    """Show the groups of customers and the form of a message into them."""
    return _groups(visit)


def ask(visit: Visit) -> Response:
    """Ask the owner of groups to send a message into them."""
    form = visit.form
    chats = [one for one in _BETWEEN.split(form.get("chats", "")) if one]
    try:
        made = ask_groups(
            visit.world, visit.brand_id, form.get("account", ""), owner=form.get("owner", ""),
            chats=chats, template=form.get("template", "").strip(), by=visit.me.user.email,
        )  # fmt: skip
    except BadInput as fault:
        return _groups(visit, 422, [(one.path, one.text, 0) for one in fault.problems])
    except (PlatformFailed, Conflict) as fault:
        return _groups(visit, 409, [problem_of(fault)])
    _note(visit, "wecom_groups_asked", made.title)
    return go("/wecom/jobs", done="asked")


def _codes(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of codes with what was typed so far."""
    rows = list_codes(visit.world, visit.brand_id, "wecom")
    with visit.world.store.transaction(visit.brand_id) as tx:
        since = visit.world.clock.now() - _SHOWN_FOR
        greeted = tx.wecom.greeting_counts(visit.brand_id, since)
    return page(
        visit, "pages/wecom_codes.html", status, section="wecom", tab="codes",
        rows=[one for one in rows if not one.ended_at], greeted=greeted,
        accounts=accounts_of(visit.world, visit.brand_id, "wecom"), typed=visit.form,
        problems=problems, done=visit.ask("done"),
    )  # fmt: skip


def _jobs(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of jobs."""
    return page(
        visit, "pages/wecom_jobs.html", status, section="wecom", tab="jobs",
        rows=list_jobs(visit.world, visit.brand_id), problems=problems, done=visit.ask("done"),
        most=MOST_REMINDERS, day_ago=visit.world.clock.now() - DAY,
    )  # fmt: skip


def _groups(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the page of groups; the platform is asked only where somebody wants to see them."""
    accounts = accounts_of(visit.world, visit.brand_id, "wecom")
    chosen = visit.ask("account")
    rows, told = [], problems
    if chosen in accounts:
        try:
            rows = list_groups(visit.world, visit.brand_id, chosen)
        except PlatformFailed as fault:
            told = [problem_of(fault)]
    return page(
        visit, "pages/wecom_groups.html", status, section="wecom", tab="groups", rows=rows,
        accounts=accounts, chosen=chosen, typed=visit.form, problems=told,
    )  # fmt: skip


def _note(visit: Visit, what: str, subject: str) -> None:
    """Write down what the visitor did."""
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, what, subject)
