"""Notices: what concerns the user who looks, who is told of what, and the groups' robots."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from huiliu.governance.notices import DEPARTMENTS, KINDS, body_of, title_of
from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.texts import LOCALES
from huiliu.messages.robots import ROBOTS
from huiliu.services.house_notices import (
    list_notices,
    list_robots,
    list_rules,
    read_all,
    read_notice,
    remove_robot,
    save_robot,
    save_rule,
    switch_robot,
    try_robot,
)
from huiliu.web.doors import Door, Visit
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page

__all__ = ["NOTICE_DOORS"]

_SETTINGS: Final = "/notices/settings"
_BLANK: Final[dict[str, Any]] = {"name": "", "service": "", "language": "", "kinds": ()}
_ROBOT_FIELDS: Final = ("name", "service", "url", "secret", "language")


def show_list(visit: Visit) -> Response:
    """Show what concerns the user, newest first."""
    kind, is_unread = visit.ask("kind"), visit.ask("show") == "unread"
    rows, before = list_notices(
        visit.world, visit.me.user, kind=kind if kind in KINDS else "", is_unread=is_unread,
        before=read_number(visit.ask("before")),
    )  # fmt: skip
    return page(
        visit, "pages/notices.html", section="notices", rows=rows, next=before, kind=kind,
        is_unread=is_unread, title_of=title_of, body_of=body_of,
        filtered={"kind": kind, "show": visit.ask("show")},
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one notice; whoever sees it has read it."""
    number = read_number(visit.path("notice"))
    if number is None:
        raise NotFound("notice", visit.path("notice"))
    notice, deliveries = read_notice(visit.world, visit.me.user, number)
    return page(
        visit, "pages/notice.html", section="notices", notice=notice, deliveries=deliveries,
        title=title_of(notice.kind, notice.facts), body=body_of(notice.kind, notice.facts),
    )  # fmt: skip


def mark(visit: Visit) -> Response:
    """Note that the user read all."""
    read_all(visit.world, visit.me.user)
    return go("/notices")


def show_settings(visit: Visit) -> Response:
    """Show who is told of what, and the robots."""
    return _settings(visit)


def put_rule(visit: Visit) -> Response:
    """Choose who is told of a kind."""
    form = visit.form
    given = {
        "kind": visit.path("kind"),
        "departments": [one for one in DEPARTMENTS if form.get(f"department.{one}")],
        "email": bool(form.get("email")),
        "robots": bool(form.get("robots")),
    }
    try:
        save_rule(visit.world, visit.brand_id, given, visit.me.user.user_id)
    except BadInput as fault:
        return _settings(visit, fault)
    return go(_SETTINGS, did="rule_saved")


def put_robot(visit: Visit) -> Response:
    """Set a robot up, or say what is wrong; what was typed stays, but for the secret."""
    form = visit.form
    given: dict[str, Any] = {
        name: form.get(name, "").strip()
        for name in ("name", "service", "url", "secret", "language")
    }
    given["kinds"] = [one for one in KINDS if form.get(f"kind.{one}")]
    try:
        save_robot(visit.world, visit.brand_id, given, visit.me.user.user_id)
    except BadInput as fault:
        return _settings(visit, fault, given)
    return go(_SETTINGS, did="robot_saved")


def test(visit: Visit) -> Response:
    """Let a robot say that it is tried."""
    name = visit.path("robot")
    is_taken, words = try_robot(visit.world, visit.brand_id, name)
    return go(_SETTINGS, did="robot_took" if is_taken else "robot_refused", robot=name, said=words)


def switch(visit: Visit) -> Response:
    """Let a robot rest, or speak again."""
    state = visit.form.get("state", "")
    switch_robot(visit.world, visit.brand_id, visit.path("robot"), state, visit.me.user.user_id)
    return go(_SETTINGS, did="robot_saved")


def remove(visit: Visit) -> Response:
    """Forget a robot."""
    remove_robot(visit.world, visit.brand_id, visit.path("robot"), visit.me.user.user_id)
    return go(_SETTINGS, did="robot_removed")


def _settings(
    visit: Visit, fault: BadInput | None = None, given: dict[str, Any] | None = None
) -> Response:
    """Show the settings, with what is wrong."""
    problems = [(one.path, one.text, 0) for one in fault.problems] if fault else []
    did = visit.ask("did")
    known = {"rule_saved", "robot_saved", "robot_removed", "robot_took", "robot_refused"}
    return page(
        visit, "pages/notice_settings.html", 422 if fault else 200, section="notices",
        rules=list_rules(visit.world, visit.brand_id), departments=DEPARTMENTS, kinds=list(KINDS),
        robots=list_robots(visit.world, visit.brand_id), services=list(ROBOTS), locales=LOCALES,
        problems=problems, given=_BLANK | (given or {}), did=did if did in known else "",
        robot=visit.ask("robot"), said=visit.ask("said"),
    )  # fmt: skip


_ROBOT: Final = "/notices/robots/{robot}"

NOTICE_DOORS: Final = (
    Door("/notices", show_list, "overview.read"),
    Door("/notices/read", mark, "overview.read", ("POST",)),
    Door(_SETTINGS, show_settings, "channels.write"),
    Door("/notices/rules/{kind}", put_rule, "channels.write", ("POST",)),
    Door("/notices/robots", put_robot, "channels.write", ("POST",)),
    Door(f"{_ROBOT}/test", test, "channels.write", ("POST",)),
    Door(f"{_ROBOT}/state", switch, "channels.write", ("POST",)),
    Door(f"{_ROBOT}/remove", remove, "channels.write", ("POST",)),
    Door("/notices/{notice}", show, "overview.read"),
)
