"""Leaving takes one POST without a cookie; looking, and anything forged, changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.outbox import (
    HELLO,
    PAY,
    Recorder,
    did,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import project_all

from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a shop."""
    put_template(world, HELLO)
    put_template(world, PAY)
    return with_providers(world, email)


@pytest.fixture
def browser(shop: World, tmp_path: Path) -> Visitor:
    """Come to the web application without any cookie."""
    return visitor(shop, tmp_path)


def link(shop: World, email: Recorder, person: int) -> str:
    """Send a person a message and return the path of its one-click link."""
    queue(shop, person)
    dispatch(shop)
    return email.sent[-1].unsubscribe_url.removeprefix("https://huiliu.example")


def test_looking_at_the_page_withdraws_nothing(shop: World, email: Recorder, browser: Visitor):
    """Mail scanners follow links with GET and HEAD."""
    li = someone(shop)
    path = link(shop, email, li)

    shown = browser.get(path)
    browser.request("HEAD", path)
    project_all(shop)
    queue(shop, li)
    dispatch(shop)

    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert len(email.sent) == 2


def test_one_post_without_cookies_ends_marketing_at_once_and_nothing_else(
    shop: World, email: Recorder, browser: Visitor
):
    """200, no redirect; the next marketing message is refused, news of an order still comes."""
    li = someone(shop)
    path = link(shop, email, li)

    done = browser.post(path, data=ONE_CLICK)

    assert done.status_code == 200
    assert "set-cookie" not in done.headers
    late = queue(shop, li)
    dispatch(shop)
    assert message(shop, late).status == "queued"  # what was said is not read yet: nothing goes
    project_all(shop)
    dispatch(shop)
    assert message(shop, late).reason == "consent_withdrawn"
    queue(shop, li, "pay")
    dispatch(shop)
    assert email.sent[-1].message_class == "service"


def test_a_form_and_a_mail_program_mean_the_same(shop: World, email: Recorder, browser: Visitor):
    """multipart/form-data and urlencoded bodies both count."""
    path = link(shop, email, someone(shop))

    sent = browser.post(path, files={"List-Unsubscribe": (None, "One-Click")})

    assert sent.status_code == 200


def test_who_agrees_again_can_leave_again_by_the_same_link(
    shop: World, email: Recorder, browser: Visitor
):
    """A second click is a second withdrawal."""
    li = someone(shop)
    path = link(shop, email, li)
    browser.post(path, data=ONE_CLICK)
    shop.clock.advance(1_000_000)  # type: ignore[attr-defined] # the simulated clock
    did(shop, li, "Consent Granted", at=shop.clock.now(), channel="email", purpose="marketing")
    shop.clock.advance(1_000_000)  # type: ignore[attr-defined] # same

    browser.post(path, data=ONE_CLICK)
    project_all(shop)
    late = queue(shop, li)
    dispatch(shop)

    assert message(shop, late).reason == "consent_withdrawn"


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=No", b"x=1"])
def test_a_post_that_says_something_else_is_refused(
    shop: World, email: Recorder, browser: Visitor, body: bytes
):
    """Only the words of RFC 8058 count."""
    path = link(shop, email, someone(shop))

    assert browser.post(path, content=body).status_code == 400
    assert browser.post(path, content=b"x" * 10_000).status_code == 413


def test_a_link_that_was_changed_opens_nothing(shop: World, email: Recorder, browser: Visitor):
    """One letter off is a stranger's link."""
    path = link(shop, email, someone(shop))
    token = path.removeprefix("/u/")
    forged = ["/u/" + token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
              for at in (0, 10, 30, 46)]  # fmt: skip

    for each in (*forged, "/u/x", "/u/" + "A" * 47, "/u/汇"):
        assert browser.get(each).status_code == 404
        assert browser.post(each, data=ONE_CLICK).status_code == 404


def test_the_page_speaks_the_readers_language(shop: World, email: Recorder, browser: Visitor):
    """By the browser's wish, or by the link at its top."""
    path = link(shop, email, someone(shop))

    chinese = browser.get(path, headers={"accept-language": "zh-CN"}).text
    english = browser.get(f"{path}?lang=en", headers={"accept-language": "zh-CN"}).text

    assert "确认退订" in chinese
    assert "Unsubscribe" in english
    assert re.search(r'name="viewport"', english)
