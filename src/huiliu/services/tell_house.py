"""Carries notices out of the console: to robots of groups, and by letter to users.

A notice is written once; here its deliveries are queued, each under a key of its own, and sent by
claim and lease. A robot that may have been reached is tried again: a warning that comes twice is
better than none. A letter that may have gone is never sent again.
"""

from __future__ import annotations

from typing import Final

from huiliu.governance.notices import body_of, title_of
from huiliu.kernel.texts import render, text
from huiliu.kernel.times import DAY, HOUR, MINUTE, SECOND
from huiliu.messages.robots import ROBOTS, Fate, Post
from huiliu.ports.accounts import User
from huiliu.ports.channel import Answer, AnswerState
from huiliu.ports.notices import Delivery, NewDelivery, Notice, NoticeRule, RobotRow
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.house_people import concerned
from huiliu.services.notify import notify
from huiliu.services.report_letters import report_letter
from huiliu.services.system_mail import Letter, house_account, send_letter

__all__ = [
    "default_rule",
    "forget_notices",
    "post_notices",
    "robot_post",
    "send_house_mail",
    "spread_notices",
    "told",
]

#: One that tells that a robot is mute is not told to robots.
_OF_ROBOTS: Final = "robot_failed"
_TIMEOUT_S: Final = 10.0
#: Longer than the slowest mail server is waited for.
_LEASE: Final = 10 * MINUTE
_SHORTEST: Final = 10 * SECOND
_LONGEST: Final = HOUR
#: After this nobody wants to hear it any more.
_PATIENCE: Final = DAY
_KEPT: Final = 400 * DAY
_LONGEST_WORDS: Final = 200


def default_rule(brand_id: int, kind: str) -> NoticeRule:
    """Return who is told how where nobody chose: as the sender says, by every way there is."""
    return NoticeRule(brand_id, kind, (), by_email=True, by_robot=True, changed_at=0)


def spread_notices(world: World, limit: int) -> int:
    """Queue the deliveries of fresh notices; return how many notices."""
    now = world.clock.now()
    with world.store.system() as tx:
        fresh = tx.notices.take_fresh(limit)
        for notice in fresh:
            tx.notices.queue(notice.brand_id, _deliveries(tx, world, notice), now)
        if fresh:
            tx.notices.mark_spread(fresh, now)
    return len(fresh)


def _deliveries(tx: Tx, world: World, notice: Notice) -> list[NewDelivery]:
    """Return what goes out of a notice."""
    brand_id = notice.brand_id
    rule = tx.notices.rules(brand_id).get(notice.kind) or default_rule(brand_id, notice.kind)
    found = []
    if rule.by_robot and notice.kind != _OF_ROBOTS:
        found += [
            _new(notice, "robot", robot.name)
            for robot in tx.notices.robots(brand_id)
            if robot.state == "live" and (not robot.kinds or notice.kind in robot.kinds)
        ]
    if rule.by_email and house_account(tx, world, brand_id) is not None:
        users = concerned(tx, brand_id, rule.departments or notice.departments)
        found += [_new(notice, "email", str(user.user_id)) for user in users]
    return found


def _new(notice: Notice, way: str, target: str) -> NewDelivery:
    """Return one delivery of a notice."""
    return NewDelivery(f"notice/{notice.notice_id}/{way}/{target}", way, target, notice.notice_id)


# -- robots ------------------------------------------------------------------------------------


def robot_post(world: World, notice: Notice, locale: str) -> Post:
    """Return what a robot says of a notice."""
    return Post(
        render(title_of(notice.kind, notice.facts), locale),
        render(body_of(notice.kind, notice.facts), locale),
        f"{world.public_url}{notice.address}",
        render(text("notices.open"), locale),
    )


def post_notices(world: World, limit: int) -> int:
    """Let robots tell what is due; return how much was settled."""
    now = world.clock.now()
    with world.store.system() as tx:
        tx.notices.lapse(now)
        claimed = tx.notices.claim("robot", now, now + _LEASE, limit)
        known = {
            one.delivery_id: (tx.notices.get(one.brand_id, one.notice_id), robot)
            for one in claimed
            if (robot := _robot(tx, one)) is not None
        }
    going = [one for one in claimed if one.delivery_id in known]
    calls = [_call(world, *known[one.delivery_id], now) for one in going]
    answers = dict(zip((one.delivery_id for one in going), world.outbound.call(calls), strict=True))
    with world.store.system() as tx:
        for one in claimed:
            if one.delivery_id not in known:
                tx.notices.finish(one, "failed", "the robot is gone or paused", now)
                continue
            _settle_robot(tx, world, one, known[one.delivery_id][1], answers[one.delivery_id])
    return len(claimed)


def _robot(tx: Tx, delivery: Delivery) -> RobotRow | None:
    """Return the robot of a delivery, if it is there and may speak."""
    for robot in tx.notices.robots(delivery.brand_id):
        if robot.name == delivery.target and robot.state == "live":
            return robot
    return None


def _call(world: World, notice: Notice, robot: RobotRow, now: int) -> HttpCall:
    """Return the call that tells a notice to a robot."""
    kind = ROBOTS[robot.service]
    asked = kind.request(robot.url, robot.secret, robot_post(world, notice, robot.locale), now)
    headers = {"content-type": "application/json; charset=utf-8"}
    return HttpCall(asked.url, "POST", headers, asked.body, _TIMEOUT_S, 4_096)


def told(robot: RobotRow, answer: HttpAnswer) -> tuple[Fate, str]:
    """Return what an answer means and says; what never came is later again."""
    if answer.reach is Reach.REFUSED:
        return Fate.REFUSED, answer.cause[:_LONGEST_WORDS]
    if answer.reach is not Reach.ANSWERED:
        return Fate.LATER, answer.cause[:_LONGEST_WORDS]
    kind = ROBOTS[robot.service]
    return kind.fate(answer.status, answer.body), kind.words(answer.status, answer.body)


def _settle_robot(
    tx: Tx, world: World, delivery: Delivery, robot: RobotRow, answer: HttpAnswer
) -> None:
    """Write what became of a robot's post, and tell once a day that it is mute."""
    now = world.clock.now()
    fate, words = told(robot, answer)
    if fate is Fate.LATER and now - delivery.queued_at < _PATIENCE:
        tx.notices.finish(delivery, "waiting", words, now, now + _pause(delivery))
        tx.notices.robot_did(robot.brand_id, robot.name, now, words)
        return
    is_taken = fate is Fate.TAKEN
    tx.notices.finish(delivery, "sent" if is_taken else "failed", words, now)
    tx.notices.robot_did(robot.brand_id, robot.name, now, "" if is_taken else words)
    if not is_taken:
        notify(
            tx, world, robot.brand_id, _OF_ROBOTS, {"robot": robot.name, "cause": words},
            address="/notices/settings", key=f"robot/{robot.name}/{now // DAY}",
        )  # fmt: skip


def _pause(delivery: Delivery) -> int:
    """Return how long a delivery rests after a try that did not succeed."""
    return min(_SHORTEST << min(max(delivery.n_tries - 1, 0), 20), _LONGEST)


# -- letters -----------------------------------------------------------------------------------


def send_house_mail(world: World, limit: int) -> int:
    """Send letters to users that are due: notices and scheduled reports; return how many."""
    now = world.clock.now()
    with world.store.system() as tx:
        tx.notices.lapse(now)
        claimed = tx.notices.claim("email", now, now + _LEASE, limit)
    for one in claimed:
        _send(world, one)
    return len(claimed)


def _send(world: World, delivery: Delivery) -> None:
    """Send one letter and write what became of it."""
    with world.store.system() as tx:
        user = tx.accounts.user(int(delivery.target))
        account = house_account(tx, world, delivery.brand_id)
        letter = None
        if user is not None and user.brand_id == delivery.brand_id:
            letter = _letter(tx, world, delivery, user)
    if user is None or letter is None or account is None:
        said = "no e-mail account" if account is None else "nobody to write to"
        answer = Answer(b"", AnswerState.REJECTED, (), said)
    else:
        answer = send_letter(world, account, user, letter)
    now = world.clock.now()
    state, due = _after(delivery, answer.state, now)
    with world.store.system() as tx:
        tx.notices.finish(delivery, state, answer.response[:_LONGEST_WORDS], now, due)


def _after(delivery: Delivery, state: AnswerState, now: int) -> tuple[str, int]:
    """Return the state of a letter after an answer, and when it is tried again."""
    if state is AnswerState.ACCEPTED:
        return "sent", 0
    if state is AnswerState.UNKNOWN:
        return "unknown", 0
    again = state in {AnswerState.THROTTLED, AnswerState.RETRY, AnswerState.PAUSE}
    if again and now - delivery.queued_at < _PATIENCE:
        return "waiting", now + _pause(delivery)
    return "failed", 0


def _letter(tx: Tx, world: World, delivery: Delivery, user: User) -> Letter | None:
    """Return the letter of a delivery in the user's language."""
    if delivery.schedule:
        return report_letter(tx, world, delivery, user.locale)
    notice = tx.notices.get(delivery.brand_id, delivery.notice_id)
    return notice_letter(world, notice, user.locale)


def notice_letter(world: World, notice: Notice, locale: str) -> Letter:
    """Return a notice as a letter."""
    post = robot_post(world, notice, locale)
    return Letter(
        f"notice/{notice.notice_id}", post.title, tuple(post.body.splitlines()), post.link,
        post.more, render(text("notices.letter_foot"), locale),
    )  # fmt: skip


def forget_notices(world: World, limit: int) -> int:
    """Drop notices that nobody looks up any more."""
    with world.store.system() as tx:
        return tx.notices.forget(world.clock.now() - _KEPT, limit)
