"""Menus of official accounts: which are shown, what they look like on a phone, and an editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, Overtaken, PlatformFailed, Problem
from huiliu.messages.menu import Menu, parse_menu
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_official import accounts_of
from huiliu.services.menus import list_menus, publish_menu, remove_menu, show_menu
from huiliu.web.doors import Visit
from huiliu.web.paging import read_number
from huiliu.web.platform_problems import problem_of
from huiliu.web.rendering import go, page

__all__ = ["check", "drop", "save", "show", "show_editor", "show_new"]

_FIRST: Final = """\
huiliu: 1
kind: menu
slug: main
name: {{zh-CN: 主菜单, en: Main menu}}
account: {account}
greeting: 欢迎关注
buttons:
  - {{name: 商城, url: "https://"}}
  - name: 会员
    buttons:
      - {{name: 我的积分, key: points, answer: 回复“积分”查看您的积分}}
"""


def show(visit: Visit) -> Response:
    """Show every menu, as phones show it."""
    return _list(visit)


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a menu."""
    accounts = accounts_of(visit.world, visit.brand_id, "wechat")
    return _editor(visit, _FIRST.format(account=accounts[0] if accounts else "main"), "")


def show_editor(visit: Visit) -> Response:
    """Show the editor with a menu in use."""
    row = show_menu(visit.world, visit.brand_id, visit.path("slug"))
    return _editor(visit, row.document.source, row.menu.slug, row.document.version)


def check(visit: Visit) -> Response:
    """Show what was written as a phone would, or what is wrong with it."""
    return page(visit, "partials/menu_looked.html", **_looked(visit.form.get("source", "")))


def save(visit: Visit) -> Response:
    """Make a menu live and show it at its account; what was written stays where it is refused."""
    source = visit.form.get("source", "").replace("\r\n", "\n")
    slug = visit.form.get("was", "")
    seen = read_number(visit.form.get("version", "")) or 0
    try:
        done, refused = publish_menu(
            visit.world, visit.brand_id, source, visit.me.user.email,
            expects=seen if slug else None,
        )  # fmt: skip
    except BadInput as fault:
        return _editor(visit, source, slug, seen, 422, fault.problems)
    except Overtaken as fault:
        problems = [Problem("", one) for one in fault.changes]
        return _editor(visit, source, slug, fault.versions[1], 409, problems)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "menu_published", done.slug)
    return go("/official/menus", done="refused" if refused else "shown")


def drop(visit: Visit) -> Response:
    """Take a menu away."""
    slug = visit.path("slug")
    try:
        remove_menu(visit.world, visit.brand_id, slug)
    except (PlatformFailed, Conflict) as fault:
        return _list(visit, 409, [problem_of(fault)])
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "menu_removed", slug)
    return go("/official/menus", done="removed")


def _list(visit: Visit, status: int = 200, problems: object = ()) -> Response:
    """Show the list."""
    return page(
        visit, "pages/official_menus.html", status, section="official", tab="menus",
        rows=list_menus(visit.world, visit.brand_id), problems=problems, done=visit.ask("done"),
    )  # fmt: skip


def _editor(
    visit: Visit,
    source: str,
    slug: str,
    version: int = 0,
    status: int = 200,
    problems: Sequence[Problem] = (),
) -> Response:
    """Show the editor."""
    return page(
        visit, "pages/official_menu_edit.html", status, section="official", tab="menus",
        slug=slug, version=version, source=source,
        told=[(one.path, one.text, one.line) for one in problems], **_looked(source),
    )  # fmt: skip


def _looked(source: str) -> dict[str, object]:
    """Return what the panel beside the editor shows."""
    found = parse_menu(source)
    if isinstance(found, Menu):
        return {"menu": found, "problems": ()}
    return {"menu": None, "problems": [(one.path, one.text, one.line) for one in found]}
