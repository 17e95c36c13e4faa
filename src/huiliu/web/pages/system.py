"""The house itself: channel accounts, users, what they did, and whether everything runs."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.errors import BadInput, Conflict, NotFound
from huiliu.kernel.texts import text
from huiliu.services.add_user import ROLES, NewUser, add_user
from huiliu.services.departments import set_department
from huiliu.services.list_actions import list_actions
from huiliu.services.overview import live
from huiliu.services.verify_actions import verify_actions
from huiliu.web.doors import Visit
from huiliu.web.paging import number_mark, read_number
from huiliu.web.rendering import go, page

__all__ = ["make_user", "put_department", "show_actions", "show_health", "show_users"]

#: So many actions are looked at whenever the list is shown; the whole chain takes longer.
_NEWEST = 1_000


def show_users(visit: Visit) -> Response:
    """Show who may sign in."""
    return _users(visit)


def make_user(visit: Visit) -> Response:
    """Let another person sign in."""
    form = visit.form
    new = NewUser(
        form.get("email", ""), form.get("name", ""), form.get("password", ""),
        form.get("role", ""), visit.locale, form.get("department", ""),
    )  # fmt: skip
    try:
        add_user(visit.world, visit.brand_id, new, visit.me.user.user_id)
    except BadInput as fault:
        problems = [(p.path, p.text, 0) for p in fault.problems]
        return _users(visit, 422, problems=problems, given=form)
    except Conflict:
        taken = [("email", text("console.users.taken"), 0)]
        return _users(visit, 409, problems=taken, given=form)
    return go("/users")


def put_department(visit: Visit) -> Response:
    """Say for which department a user speaks."""
    number = read_number(visit.path("user"))
    if number is None:
        raise NotFound("user", visit.path("user"))
    set_department(
        visit.world, visit.brand_id, number, visit.form.get("department", ""),
        visit.me.user.user_id,
    )  # fmt: skip
    return go("/users", saved=1)


def show_actions(visit: Visit) -> Response:
    """Show what users did, and whether the list of it is as it was written."""
    is_whole = visit.ask("verify") == "all"
    newest = 0 if is_whole else _NEWEST
    chain = verify_actions(visit.world, visit.brand_id, newest=newest)
    found = list_actions(visit.world, visit.brand_id, read_number(visit.ask("before")))
    return page(
        visit, "pages/actions.html", section="actions", found=found,
        older=number_mark(found.next), chain=chain,
        is_whole=is_whole or chain.n <= _NEWEST, newest=_NEWEST,
    )  # fmt: skip


def show_health(visit: Visit) -> Response:
    """Show how far behind the instance is, part by part."""
    return page(
        visit, "pages/health.html", section="health", live=live(visit.world, visit.brand_id)
    )


def _users(visit: Visit, status: int = 200, **facts: object) -> Response:
    """Show the users' page."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        users = tx.accounts.users(visit.brand_id)
    shown: dict[str, object] = {"problems": (), "given": {}}
    return page(
        visit, "pages/users.html", status, section="users", users=users, roles=ROLES,
        departments=DEPARTMENTS, saved=visit.ask("saved"), **(shown | facts),
    )  # fmt: skip
