"""Notices as the people of the house read them, who is told of what, and the groups' robots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import structs

from huiliu.governance.notices import DEPARTMENTS, KINDS
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import LOCALES, render, text
from huiliu.messages.robots import ROBOTS, Fate, Post
from huiliu.ports.accounts import User
from huiliu.ports.console import Action
from huiliu.ports.notices import Delivery, Notice, NoticeRule, RobotRow
from huiliu.ports.outbound import HttpCall
from huiliu.ports.world import World
from huiliu.services.house_people import concerned, eyes_of
from huiliu.services.tell_house import default_rule, told

__all__ = [
    "RobotView",
    "RuleView",
    "list_notices",
    "list_robots",
    "list_rules",
    "n_unread",
    "read_all",
    "read_notice",
    "remove_robot",
    "save_robot",
    "save_rule",
    "switch_robot",
    "try_robot",
]

_SHOWN: Final = 50
#: More are said to be "99+".
MOST_COUNTED: Final = 100
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST_URL: Final = 1_000
_LONGEST_SECRET: Final = 200
_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class RuleView:
    """Who is told of a kind, and how."""

    rule: NoticeRule
    #: Whom its sender tells where the rule names nobody; () = everybody.
    usual: tuple[str, ...]
    #: How many users get a letter.
    n_letters: int


@dataclass(frozen=True, slots=True)
class RobotView:
    """A robot without what lets one post to its group."""

    name: str
    service: str
    host: str
    has_secret: bool
    locale: str
    kinds: tuple[str, ...]
    state: str
    last_ok_at: int
    last_error: str
    last_error_at: int


def list_notices(
    world: World, user: User, *, kind: str = "", is_unread: bool = False, before: int | None = None
) -> tuple[list[Notice], int | None]:
    """Return a page of what concerns a user, newest first, and where the next one begins."""
    with world.store.transaction(user.brand_id) as tx:
        found = tx.notices.page(
            user.brand_id, user.user_id, eyes_of(user), _SHOWN + 1, before, kind,
            is_unread=is_unread,
        )  # fmt: skip
    shown = found[:_SHOWN]
    return shown, shown[-1].notice_id if len(found) > _SHOWN else None


def n_unread(world: World, user: User) -> int:
    """Return how many notices a user has not read; counted no further than a hundred."""
    with world.store.transaction(user.brand_id) as tx:
        return tx.notices.n_unread(user.brand_id, user.user_id, eyes_of(user), MOST_COUNTED)


def read_notice(world: World, user: User, notice_id: int) -> tuple[Notice, Sequence[Delivery]]:
    """Return a notice and what went out of it, and note that the user read it; raise NotFound."""
    eyes = eyes_of(user)
    with world.store.transaction(user.brand_id) as tx:
        found = tx.notices.get(user.brand_id, notice_id)
        if eyes is not None and found.departments and not set(eyes) & set(found.departments):
            raise NotFound("notice", str(notice_id))
        tx.notices.mark_read(user.brand_id, user.user_id, [notice_id], world.clock.now())
        return found, tx.notices.deliveries(user.brand_id, notice_id)


def read_all(world: World, user: User) -> int:
    """Note that a user read all that concerns them; return how many were new."""
    with world.store.transaction(user.brand_id) as tx:
        return tx.notices.mark_all_read(
            user.brand_id, user.user_id, eyes_of(user), world.clock.now()
        )


# -- who is told ---------------------------------------------------------------------------------


def list_rules(world: World, brand_id: int) -> list[RuleView]:
    """Return who is told of each kind."""
    with world.store.transaction(brand_id) as tx:
        chosen = tx.notices.rules(brand_id)
        found = []
        for kind, usual in KINDS.items():
            rule = chosen.get(kind) or default_rule(brand_id, kind)
            people = concerned(tx, brand_id, rule.departments or usual) if rule.by_email else []
            found.append(RuleView(rule, usual, len(people)))
    return found


def save_rule(world: World, brand_id: int, given: Mapping[str, Any], user_id: int) -> NoticeRule:
    """Choose who is told of a kind, and how.

    Args:
        world: the instance.
        brand_id: whose house.
        given: kind, departments (a list), email and robots (whether letters and robots tell it).
        user_id: who does it; 0 = nobody in person.

    Raises:
        BadInput: with everything that is wrong.
    """
    problems = []
    kind, departments = given.get("kind"), given.get("departments", [])
    if not isinstance(kind, str) or kind not in KINDS:
        said = text("plans.want_choice", choices=", ".join(KINDS))
        problems.append(Problem("kind", said))
    if not isinstance(departments, list) or not all(one in DEPARTMENTS for one in departments):
        said = text("plans.want_choices", choices=", ".join(DEPARTMENTS))
        problems.append(Problem("departments", said))
    ways = {name: given.get(name, True) for name in ("email", "robots")}
    problems += [
        Problem(name, text("notices.want_flag")) for name, one in ways.items()
        if not isinstance(one, bool)
    ]  # fmt: skip
    if problems:
        raise BadInput(tuple(problems))
    now = world.clock.now()
    ordered = tuple(one for one in DEPARTMENTS if one in departments)
    rule = NoticeRule(brand_id, str(kind), ordered, ways["email"], ways["robots"], now)
    with world.store.transaction(brand_id) as tx:
        tx.notices.put_rule(rule)
        tx.console.record_action(Action(brand_id, now, user_id, "notice_rule_saved", rule.kind))
    return rule


# -- robots --------------------------------------------------------------------------------------


def list_robots(world: World, brand_id: int) -> list[RobotView]:
    """Return the robots, by name."""
    with world.store.transaction(brand_id) as tx:
        return [_view(one) for one in tx.notices.robots(brand_id)]


def save_robot(world: World, brand_id: int, given: Mapping[str, Any], user_id: int) -> RobotView:
    """Set a robot up, or change it; an address or secret that is left empty stays as it was.

    Args:
        world: the instance.
        brand_id: whose group.
        given: name, service, url, secret, language, kinds (a list; none = all).
        user_id: who does it; 0 = nobody in person.

    Raises:
        BadInput: with everything that is wrong.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        name = str(given.get("name") or "")
        before = next((one for one in tx.notices.robots(brand_id) if one.name == name), None)
        robot = _read_robot(world, brand_id, given, before)
        tx.notices.put_robot(structs.replace(robot, changed_at=now))
        tx.console.record_action(Action(brand_id, now, user_id, "notice_robot_saved", name))
    return _view(robot)


def _read_robot(
    world: World, brand_id: int, given: Mapping[str, Any], before: RobotRow | None
) -> RobotRow:
    """Return the robot that was described; raise BadInput with everything that is wrong."""
    problems: list[Problem] = []

    def word(name: str, default: str, most: int) -> str:
        """Return a text."""
        found = given.get(name) or default
        if not isinstance(found, str) or len(found) > most:
            problems.append(Problem(name, text("plans.want_word", most=most)))
            return default
        return found.strip()

    name = word("name", "", 40)
    if not _NAME.fullmatch(name):
        problems.append(Problem("name", text("notices.robot_name")))
    service = word("service", before.service if before else "", 40)
    locale = word("language", before.locale if before else LOCALES[0], 10)
    url = word("url", before.url if before else "", _LONGEST_URL)
    secret = word("secret", before.secret if before else "", _LONGEST_SECRET)
    kinds = given.get("kinds", list(before.kinds) if before else [])
    if not isinstance(kinds, list) or not all(str(one) in KINDS for one in kinds):
        problems.append(Problem("kinds", text("plans.want_choices", choices=", ".join(KINDS))))
        kinds = []
    problems += _way_problems(world, service, locale, url, secret)
    if problems:
        raise BadInput(tuple(problems))
    state = before.state if before else "live"
    return RobotRow(brand_id, name, service, url, secret, locale, tuple(kinds), state, 0)


def _way_problems(world: World, service: str, locale: str, url: str, secret: str) -> list[Problem]:
    """Return what is wrong with a robot's service, language, address and secret."""
    problems: list[Problem] = []
    for field, value, known in (("service", service, tuple(ROBOTS)), ("language", locale, LOCALES)):
        if value not in known:
            said = text("plans.want_choice", choices=", ".join(known))
            problems.append(Problem(field, said))
    if not url:
        problems.append(Problem("url", text("notices.robot_url")))
    elif fault := world.outbound.problem(url):
        problems.append(Problem("url", text("destinations.bad_url", details=fault)))
    if secret and service in ROBOTS and not ROBOTS[service].takes_secret:
        problems.append(Problem("secret", text("notices.no_secret")))
    return problems


def switch_robot(world: World, brand_id: int, name: str, state: str, user_id: int) -> RobotView:
    """Let a robot rest or speak again; raise NotFound, or BadInput for another state."""
    if state not in {"live", "paused"}:
        raise BadInput((Problem("state", text("plans.want_choice", choices="live, paused")),))
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        robot = structs.replace(tx.notices.robot(brand_id, name), state=state, changed_at=now)
        tx.notices.put_robot(robot)
        tx.console.record_action(Action(brand_id, now, user_id, f"notice_robot_{state}", name))
    return _view(robot)


def remove_robot(world: World, brand_id: int, name: str, user_id: int) -> None:
    """Forget a robot; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.notices.remove_robot(brand_id, name)
        action = Action(brand_id, world.clock.now(), user_id, "notice_robot_removed", name)
        tx.console.record_action(action)


def try_robot(world: World, brand_id: int, name: str) -> tuple[bool, str]:
    """Let a robot say that it is tried; return whether its group took it, and what was answered.

    Raises:
        NotFound: there is none.
    """
    with world.store.transaction(brand_id) as tx:
        robot = tx.notices.robot(brand_id, name)
    now = world.clock.now()
    post = Post(
        render(text("notices.test.title"), robot.locale),
        render(text("notices.test", robot=name), robot.locale),
        f"{world.public_url}/notices", render(text("notices.open"), robot.locale),
    )  # fmt: skip
    asked = ROBOTS[robot.service].request(robot.url, robot.secret, post, now)
    headers = {"content-type": "application/json; charset=utf-8"}
    call = HttpCall(asked.url, "POST", headers, asked.body, _TIMEOUT_S, 4_096)
    fate, words = told(robot, world.outbound.call([call])[0])
    is_taken = fate is Fate.TAKEN
    with world.store.transaction(brand_id) as tx:
        tx.notices.robot_did(brand_id, name, now, "" if is_taken else words)
    return is_taken, words


def _view(robot: RobotRow) -> RobotView:
    """Return a robot as it is shown."""
    host = robot.url.partition("//")[2].partition("/")[0]
    return RobotView(
        robot.name, robot.service, host, bool(robot.secret), robot.locale, robot.kinds,
        robot.state, robot.last_ok_at, robot.last_error, robot.last_error_at,
    )  # fmt: skip
