"""The house itself: channel accounts, users, what they did, and whether everything runs."""

from __future__ import annotations

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.texts import text
from huiliu.services.add_user import ROLES, NewUser, add_user
from huiliu.services.list_actions import list_actions, record_action
from huiliu.services.overview import live
from huiliu.web.doors import Visit
from huiliu.web.paging import number_mark, read_number
from huiliu.web.rendering import go, page

__all__ = ["make_user", "show_actions", "show_health", "show_users"]


def show_users(visit: Visit) -> Response:
    """Show who may sign in."""
    return _users(visit)


def make_user(visit: Visit) -> Response:
    """Let another person sign in."""
    form = visit.form
    new = NewUser(
        form.get("email", ""), form.get("name", ""), form.get("password", ""),
        form.get("role", ""), visit.locale,
    )  # fmt: skip
    try:
        made = add_user(visit.world, visit.brand_id, new)
    except BadInput as fault:
        problems = [(p.path, p.text, 0) for p in fault.problems]
        return _users(visit, 422, problems=problems, given=form)
    except Conflict:
        taken = [("email", text("console.users.taken"), 0)]
        return _users(visit, 409, problems=taken, given=form)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, "user_added", str(made.user_id)
    )
    return go("/users")


def show_actions(visit: Visit) -> Response:
    """Show what users did."""
    found = list_actions(visit.world, visit.brand_id, read_number(visit.ask("before")))
    return page(
        visit, "pages/actions.html", section="actions", found=found, older=number_mark(found.next)
    )


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
        **(shown | facts),
    )  # fmt: skip
