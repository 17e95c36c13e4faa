"""The public pages of bringing friends: opening, sharing, coming, and what stays unsaid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.forms.filling import fields, proof_of
from tests.integration.friends.bringing import (
    BRAND,
    UNLOCK,
    catch_up,
    known,
    live,
    names,
    opened,
    seen_invite,
)

from huiliu.kernel.times import MINUTE
from huiliu.ports.world import World
from huiliu.services.form_tokens import person_token
from huiliu.services.share_links import share_figures, share_link

PHONE = {"user-agent": "Mozilla/5.0 (Linux; Android 14) Mobile Safari"}


@pytest.fixture
def browser(world: World, tmp_path: Path) -> Visitor:
    """Come to the web application without any cookie, with a campaign live."""
    live(world, UNLOCK)
    return visitor(world, tmp_path)


def send(world: World, browser: Visitor, address: str, **typed: Any) -> httpx.Response:
    """Open a page, wait as long as a person does, and send its form."""
    shown = browser.get(address, headers=PHONE)
    assert shown.status_code == 200
    hidden = fields(shown.text)
    hidden["proof"] = proof_of(hidden["challenge"])
    world.clock.advance(MINUTE)  # type: ignore[attr-defined] # the simulated clock's own
    path = address.partition("?")[0]
    return browser.post(path, data=hidden | typed, headers=PHONE)


def test_a_stranger_opens_an_invite_and_friends_fill_it(world: World, browser: Visitor) -> None:
    """From the campaign's page to the last friend, with numbers only; no code is shown to them."""
    done = send(world, browser, "/i/spring-help", contact="13900000001", device="d1")
    assert done.status_code == 303
    mine = browser.get(done.headers["location"])
    assert mine.status_code == 200
    link = re.search(r'data-share="https://huiliu.example(/s/[0-9A-Za-z]{11})"', mine.text)
    assert link is not None
    for number in (1, 2):
        came = send(world, browser, link[1], contact=f"1380000000{number}", device=f"f{number}")
        assert 'data-became="taken"' in came.text
        catch_up(world)
    again = browser.get(done.headers["location"])
    assert "解锁成功" in again.text
    assert "对应的账户" in again.text
    assert browser.get(link[1]).status_code == 200


def test_who_is_known_types_nothing_and_sees_what_they_earned(
    world: World, browser: Visitor
) -> None:
    """A person's link opens their invite with one press; the page is theirs alone."""
    ada = known(world, "ada")
    me = person_token(world, BRAND, ada.profile_id)
    page = browser.get(f"/i/spring-help?me={me}")
    assert 'name="contact"' not in page.text
    done = send(world, browser, f"/i/spring-help?me={me}", device="d1")
    where = done.headers["location"]
    assert browser.get(where).status_code == 200
    assert browser.get(where.replace("?o=A", "?o=B")).status_code == 404
    card = browser.get(where.replace("/mine?", "/mine/card.png?"))
    assert card.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("wrong", ["contact", "fast", "trap", "proof", "again"])
def test_what_is_no_answer_is_shown_again(world: World, browser: Visitor, wrong: str) -> None:
    """Neither programs nor mistypers open anything; one answer opens one invite."""
    hidden = fields(browser.get("/i/spring-help").text)
    hidden |= {"proof": proof_of(hidden["challenge"]), "contact": "13900000001"}
    if wrong != "fast":
        world.clock.advance(MINUTE)  # type: ignore[attr-defined] # the simulated clock's own
    if wrong == "again":
        assert browser.post("/i/spring-help", data=hidden).status_code == 303
        hidden["contact"] = "13900000002"
    more = {"contact": {"contact": "12"}, "trap": {"website": "x"}, "proof": {"proof": "a"}}
    answer = browser.post("/i/spring-help", data=hidden | more.get(wrong, {}))
    assert answer.status_code == 422
    assert 'id="problems"' in answer.text


def test_visits_are_counted_and_told_and_programs_apart(world: World, browser: Visitor) -> None:
    """A person's visit is one event an hour; a chat's preview is a program's."""
    invite = opened(world, "spring-help", known(world, "ada"))
    for headers in (PHONE, PHONE, {"user-agent": "Slackbot-LinkExpanding"}):
        assert browser.get(f"/s/{invite.code}", headers=headers).status_code == 200
    with world.store.transaction(BRAND) as tx:
        assert tx.shares.campaign_counts(BRAND, "spring-help") == {"visit": 2, "machine": 1}
    assert names(world, seen_invite(world, invite)).count("Share Visited") == 2


def test_a_shared_link_of_something_else_leads_on_with_whose_it_is(
    world: World, browser: Visitor
) -> None:
    """A post's link leads to its page, is made once, and nobody can guess another's."""
    ada = known(world, "ada")
    for _ in range(2):
        with world.store.system() as tx:
            url = share_link(
                tx, world, BRAND, ada.profile_id, "post", "p1", "https://shop.example/p?x=1"
            )
    path = url.removeprefix("https://huiliu.example")
    answer = browser.get(path, headers=PHONE)
    assert answer.status_code == 302
    assert answer.headers["location"] == (
        "https://shop.example/p?x=1&utm_source=share&utm_medium=post&utm_campaign=p1"
    )
    with world.store.transaction(BRAND) as tx:
        found = share_figures(tx, BRAND, "post", "p1")
    assert (found.n_shares, found.n_visits, found.n_machines) == (1, 1, 0)
    assert browser.get("/s/AAAAAAAAAAA").status_code == 404
    with world.store.system() as tx:
        told = [one.name for one in tx.log.read(0, 0, 100)]
    assert (told.count("Share Made"), told.count("Share Visited")) == (1, 1)
