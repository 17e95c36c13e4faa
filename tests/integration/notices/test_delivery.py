"""Notices leave the console: robots until they answer, letters once and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.conftest import BRAND
from tests.integration.outbox import Recorder, with_providers

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.providers.robots import FakeRobots
from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.robots import ROBOTS
from huiliu.ports.accounts import User
from huiliu.ports.channel import AnswerState
from huiliu.ports.notices import Delivery, NoticeRule, RobotRow
from huiliu.ports.world import World
from huiliu.services.notify import notify
from huiliu.services.tell_house import post_notices, send_house_mail, spread_notices
from huiliu.stores.clock import SimulatedClock

_FACTS = {"report": "funnel", "schedule": "weekly", "cause": "EngineFailed"}


@pytest.fixture
def robots(clock: SimulatedClock) -> Iterator[FakeRobots]:
    """Run the three kinds of robots."""
    with FakeRobots(now=clock.now) as running:
        yield running


@pytest.fixture
def outside(world: World, robots: FakeRobots) -> Iterator[World]:
    """Give a world that may call the robots, with one of each kind set up."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    with world.store.transaction(BRAND) as tx:
        for service, kind in ROBOTS.items():
            secret = robots.config["secret"] if kind.takes_secret else ""
            url = robots.config[service]
            locale = "en" if service == "feishu" else "zh-CN"
            tx.notices.put_robot(
                RobotRow(BRAND, service, service, url, secret, locale, (), "live", 1)
            )
    try:
        yield replace(world, outbound=outbound)
    finally:
        outbound.close()


def told(world: World, key: str = "k") -> None:
    """Tell the house of something, and queue what leaves."""
    with world.store.transaction(BRAND) as tx:
        notify(tx, world, BRAND, "report_failed", _FACTS, key=key, address="/report-schedules/w")
    assert spread_notices(world, 10) == 1
    assert spread_notices(world, 10) == 0


def states(world: World) -> dict[str, str]:
    """Return target -> state of the newest notice's deliveries."""
    with world.store.transaction(BRAND) as tx:
        notice = tx.notices.page(BRAND, 1, None, 1)[0]
        found = tx.notices.deliveries(BRAND, notice.notice_id)
    return {one.target: one.state for one in found}


def test_each_robot_tells_a_notice_in_its_group_s_language(
    outside: World, robots: FakeRobots
) -> None:
    """Signatures hold, words are those of the catalogue, and the link leads to the page."""
    told(outside)

    assert post_notices(outside, 10) == 3
    assert post_notices(outside, 10) == 0
    words = dict(robots.posts)
    assert words.keys() == ROBOTS.keys()
    assert "Scheduled report not made: funnel" in words["feishu"]
    assert "定时报表未生成：funnel" in words["wecom"]
    assert "https://huiliu.example/report-schedules/w" in words["dingtalk"]
    assert set(states(outside).values()) == {"sent"}


def test_a_busy_robot_is_tried_again_and_one_that_refuses_is_told_of(
    outside: World, robots: FakeRobots, clock: SimulatedClock
) -> None:
    """What is too much now goes later; a wrong secret is a notice of its own, once a day."""
    with outside.store.transaction(BRAND) as tx:
        tx.notices.put_robot(replace_secret(tx.notices.robot(BRAND, "feishu")))
        tx.notices.remove_robot(BRAND, "dingtalk")
    robots.most_a_minute = 0
    told(outside)
    post_notices(outside, 10)
    assert states(outside) == {"wecom": "waiting", "feishu": "waiting"}

    robots.most_a_minute = 20
    clock.advance(HOUR)
    post_notices(outside, 10)
    with outside.store.transaction(BRAND) as tx:
        found = {one.name: one.last_error for one in tx.notices.robots(BRAND)}
        kinds = [one.kind for one in tx.notices.page(BRAND, 1, None, 10)]

    assert [name for name, _ in robots.posts] == ["wecom"]
    assert found["wecom"] == ""
    assert found["feishu"].startswith("19021")
    assert kinds == ["robot_failed", "report_failed"]


def replace_secret(robot: RobotRow) -> RobotRow:
    """Return a robot with a secret that is not its own."""
    return RobotRow(
        robot.brand_id, robot.name, robot.service, robot.url, "wrong", robot.locale, (), "live", 2
    )


def test_a_post_whose_answer_was_lost_comes_again(
    outside: World, robots: FakeRobots, clock: SimulatedClock
) -> None:
    """A warning that comes twice is better than none."""
    with outside.store.transaction(BRAND) as tx:
        tx.notices.remove_robot(BRAND, "dingtalk")
        tx.notices.remove_robot(BRAND, "feishu")
    robots.script = ["drop"]
    told(outside)
    post_notices(outside, 10)
    clock.advance(HOUR)
    post_notices(outside, 10)

    assert [name for name, _ in robots.posts] == ["wecom", "wecom"]
    assert states(outside) == {"wecom": "sent"}


def test_addresses_and_secrets_of_robots_are_sealed(outside: World, robots: FakeRobots) -> None:
    """A stolen table posts to no group."""
    with outside.store.system() as tx:
        raw = tx.connection.execute("select sealed from notice_robots").fetchall()  # type: ignore[attr-defined] # the store's own

    secret = robots.config["secret"].encode()
    assert len(raw) == len(ROBOTS)
    assert all(b"http://" not in sealed and secret not in sealed for (sealed,) in raw)


# -- letters -------------------------------------------------------------------------------------


def staffed(world: World, answer: AnswerState = AnswerState.ACCEPTED) -> tuple[World, Recorder]:
    """Return a world with users, an e-mail account and a provider that answers so."""
    recorder = Recorder()
    recorder.answer = answer
    users = [
        ("ada@brand.example", "admin", "", "en"),
        ("bo@brand.example", "marketer", "technology", "zh-CN"),
        ("cy@brand.example", "marketer", "legal", "en"),
    ]
    with world.store.transaction(BRAND) as tx:
        for email, role, department, locale in users:
            tx.accounts.put_user(User(BRAND, 0, email, email[:2], "x", role, locale, 1, department))
    return with_providers(world, recorder), recorder


def test_letters_go_to_the_users_of_the_departments_once_each(world: World) -> None:
    """The kind's departments are told in their languages; nobody else gets a letter."""
    world, recorder = staffed(world)
    told(world)

    while send_house_mail(world, 5):
        pass
    assert [one.address for one in recorder.sent] == ["bo@brand.example"]
    assert recorder.sent[0].parts["subject"] == "定时报表未生成：funnel"
    assert list(states(world).values()) == ["sent"]


def test_who_is_told_follows_the_rule_that_was_chosen(world: World) -> None:
    """A rule names other departments; where nobody is of them administrators are told."""
    world, recorder = staffed(world)
    with world.store.transaction(BRAND) as tx:
        tx.notices.put_rule(NoticeRule(BRAND, "report_failed", ("operations",), True, True, 1))
    told(world)
    send_house_mail(world, 5)

    assert [one.address for one in recorder.sent] == ["ada@brand.example"]


def test_a_letter_that_may_have_gone_is_never_sent_again(
    world: World, clock: SimulatedClock
) -> None:
    """Neither a lost answer nor a worker that vanished with the letter in its hand repeats it."""
    world, recorder = staffed(world, AnswerState.UNKNOWN)
    told(world)
    send_house_mail(world, 5)
    told(world, "k2")
    with world.store.system() as tx:
        held = tx.notices.claim("email", clock.now(), clock.now() + HOUR, 5)
    clock.advance(2 * HOUR)
    send_house_mail(world, 5)
    clock.advance(DAY)
    send_house_mail(world, 5)

    assert (len(held), len(recorder.sent)) == (1, 1)
    assert states(world) == {held[0].target: "unknown"}


def test_who_held_a_letter_too_long_still_writes_that_it_went(
    world: World, clock: SimulatedClock
) -> None:
    """A slow worker's answer is better than not knowing; what another settled stays."""
    world, _ = staffed(world)
    told(world)
    with world.store.system() as tx:
        held: Delivery = tx.notices.claim("email", clock.now(), clock.now() + 1, 5)[0]
        tx.notices.lapse(clock.now() + HOUR)
        first = tx.notices.finish(held, "sent", "", clock.now())
        again = tx.notices.finish(held, "failed", "", clock.now())

    assert (first, again) == (True, False)
    assert states(world) == {held.target: "sent"}


def test_a_mail_server_that_is_away_is_tried_for_a_day(world: World, clock: SimulatedClock) -> None:
    """Then the letter is given up, and says what was answered."""
    world, recorder = staffed(world, AnswerState.THROTTLED)
    told(world)
    send_house_mail(world, 5)
    assert list(states(world).values()) == ["waiting"]
    clock.advance(2 * DAY)
    send_house_mail(world, 5)

    assert list(states(world).values()) == ["failed"]
    assert len(recorder.sent) == 2
