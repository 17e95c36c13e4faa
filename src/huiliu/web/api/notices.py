"""Notices for servers: what was told, who is told of what, and the groups' robots."""

from __future__ import annotations

from typing import Any, Final

from huiliu.governance.notices import body_of, title_of
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import show_instant
from huiliu.ports.accounts import User
from huiliu.ports.notices import Notice
from huiliu.services.house_notices import (
    RobotView,
    RuleView,
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
from huiliu.web.api.calls import Call, route
from huiliu.web.paging import number_mark, read_number

__all__ = ["routes"]


def _server(call: Call) -> User:
    """Return a key as a reader who sees everything and has read nothing."""
    return User(call.brand_id, 0, "", "", "", "admin", LOCALES[0], 0)


def _list(call: Call) -> object:
    """Return a page of notices, newest first."""
    rows, before = list_notices(
        call.world, _server(call), kind=call.ask("kind"), before=read_number(call.ask("before"))
    )
    language = _language(call)
    return {"notices": [_said(one, language) for one in rows], "next": number_mark(before) or None}


def _one(call: Call) -> object:
    """Return a notice and what went out of it."""
    number = read_number(call.path("notice"))
    if number is None:
        raise NotFound("notice", call.path("notice"))
    notice, deliveries = read_notice(call.world, _server(call), number)
    went = [
        {"way": one.way, "to": one.target, "state": one.state, "tries": one.n_tries,
         "said": one.said, "done_at": show_instant(one.done_at) if one.done_at else None}
        for one in deliveries
    ]  # fmt: skip
    return _said(notice, _language(call)) | {"deliveries": went}


def _read(call: Call) -> object:
    """Note that a user, named by the address they sign in with, read everything."""
    email = call.word("user")
    with call.world.store.transaction(call.brand_id) as tx:
        user = tx.accounts.user_by_email(email)
    if user is None or user.brand_id != call.brand_id:
        raise NotFound("user", email)
    return {"user": email, "read": read_all(call.world, user)}


def _rules(call: Call) -> object:
    """Return who is told of each kind."""
    return {"rules": [_rule(one) for one in list_rules(call.world, call.brand_id)]}


def _put_rule(call: Call) -> object:
    """Choose who is told of a kind."""
    given = {**call.body, "kind": call.path("kind")}
    save_rule(call.world, call.brand_id, given, 0)
    found = list_rules(call.world, call.brand_id)
    return next(_rule(one) for one in found if one.rule.kind == given["kind"])


def _robots(call: Call) -> object:
    """Return the robots; addresses and secrets stay sealed."""
    return {"robots": [_robot(one) for one in list_robots(call.world, call.brand_id)]}


def _put_robot(call: Call) -> object:
    """Set a robot up, or change it."""
    given = {**call.body, "name": call.path("robot")}
    return _robot(save_robot(call.world, call.brand_id, given, 0))


def _set_robot(call: Call) -> object:
    """Let a robot rest, or speak again."""
    return _robot(
        switch_robot(call.world, call.brand_id, call.path("robot"), call.word("state"), 0)
    )


def _remove_robot(call: Call) -> object:
    """Forget a robot."""
    remove_robot(call.world, call.brand_id, call.path("robot"), 0)
    return {"robot": call.path("robot"), "removed": True}


def _test_robot(call: Call) -> object:
    """Let a robot say that it is tried."""
    is_taken, words = try_robot(call.world, call.brand_id, call.path("robot"))
    return {"robot": call.path("robot"), "taken": is_taken, "said": words}


def _language(call: Call) -> str:
    """Return the language that is asked for.

    Raises:
        BadInput: there is no such one.
    """
    asked = call.ask("language") or LOCALES[0]
    if asked not in LOCALES:
        said = text("plans.want_choice", choices=", ".join(LOCALES))
        raise BadInput((Problem("language", said),))
    return asked


def _said(notice: Notice, language: str) -> dict[str, Any]:
    """Return a notice as data, with its words."""
    return {
        "id": notice.notice_id,
        "kind": notice.kind,
        "at": show_instant(notice.at),
        "title": render(title_of(notice.kind, notice.facts), language),
        "words": render(body_of(notice.kind, notice.facts), language),
        "facts": dict(notice.facts),
        "departments": list(notice.departments),
        "address": notice.address,
    }


def _rule(one: RuleView) -> dict[str, Any]:
    """Return a rule as data."""
    return {
        "kind": one.rule.kind,
        "departments": list(one.rule.departments),
        "usual_departments": list(one.usual),
        "email": one.rule.by_email,
        "robots": one.rule.by_robot,
        "letters": one.n_letters,
    }


def _robot(one: RobotView) -> dict[str, Any]:
    """Return a robot as data."""
    return {
        "name": one.name,
        "service": one.service,
        "host": one.host,
        "signs": one.has_secret,
        "language": one.locale,
        "kinds": list(one.kinds),
        "state": one.state,
        "last_ok_at": show_instant(one.last_ok_at) if one.last_ok_at else None,
        "last_error": one.last_error or None,
    }


routes: Final = [
    route("GET", "/v1/notices", _list),
    route("POST", "/v1/notices/read", _read),
    route("GET", "/v1/notices/{notice}", _one),
    route("GET", "/v1/notice-rules", _rules),
    route("PUT", "/v1/notice-rules/{kind}", _put_rule),
    route("GET", "/v1/notice-robots", _robots),
    route("PUT", "/v1/notice-robots/{robot}", _put_robot),
    route("DELETE", "/v1/notice-robots/{robot}", _remove_robot),
    route("PUT", "/v1/notice-robots/{robot}/state", _set_robot),
    route("POST", "/v1/notice-robots/{robot}/test", _test_robot),
]
