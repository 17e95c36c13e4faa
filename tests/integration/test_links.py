"""Links of messages: they lead where the template said, and tell who opened them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.outbox import (
    Recorder,
    did,
    internal_events,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import NOW, project_all

from huiliu.kernel.ids import show_id
from huiliu.kernel.times import DAY, MINUTE, SECOND
from huiliu.ports.world import Tracking, World
from huiliu.services.dispatch import dispatch
from huiliu.services.links import forget_links
from huiliu.stores.clock import SimulatedClock
from huiliu.web.pages import links

SHOP = "https://shop.example/cream?sku=9&utm=x"
MAIL = f"""\
huiliu: 1
kind: template
slug: mail
name: {{en: Mail}}
channel: email
class: service
locales:
  en:
    subject: Hello
    text: "Look: [{SHOP}][1]. Bye"
    html: '<html><body><a href="{SHOP.replace("&", "&amp;")}">Look</a></body></html>'
"""
SHORT = f"""\
huiliu: 1
kind: template
slug: short
name: {{en: Short}}
channel: sms
class: service
locales:
  en:
    text: "看这里{SHOP}，谢谢"
"""
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"}


@pytest.fixture
def email() -> Recorder:
    """Keep what is sent by e-mail."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """A brand that sends e-mail and SMS."""
    made = with_providers(world, email, Recorder("sms"))
    put_template(made, MAIL)
    put_template(made, SHORT)
    return made


@pytest.fixture
def phone(shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Someone with a phone in their hand."""
    # Nobody is kept waiting for the count; here it is waited for, however busy the machine is.
    monkeypatch.setattr(links, "_PATIENCE_S", 60.0)
    return visitor(shop, tmp_path)


def told(world: World, name: str) -> list[Mapping[str, object]]:
    """Return the properties of the log's events of a name."""
    return [properties for found, properties in internal_events(world) if found == name]


def links_of(sink: Recorder) -> list[str]:
    """Return the paths of all of our own links in the last message."""
    parts = " ".join(sink.sent[-1].parts.values())
    return re.findall(r"https://huiliu\.example(/[ro]/\w+(?:\.gif)?)", parts)


def test_a_link_of_an_email_leads_where_the_template_said_and_is_counted(
    shop: World, email: Recorder, phone: Visitor, clock: SimulatedClock
):
    """Text and markup lead to the same place; the event says whose message and which link."""
    sent = queue(shop, someone(shop), "mail")
    dispatch(shop)
    in_text, in_markup, picture = links_of(email)
    clock.advance(MINUTE)

    answer = phone.get(in_text, headers=PHONE)

    assert in_text == in_markup
    assert SHOP not in " ".join(email.sent[-1].parts.values())
    assert (answer.status_code, answer.headers["location"]) == (302, SHOP)
    assert answer.headers["cache-control"] == "no-store, private"
    (click,) = told(shop, "Message Clicked")
    assert (click["message_id"], click["machine"]) == (show_id(sent), False)
    assert click["link"] == SHOP
    assert phone.get(picture, headers=PHONE).headers["content-type"] == "image/gif"
    assert [one["machine"] for one in told(shop, "Message Opened")] == [False]


def test_a_link_of_an_sms_is_short_and_each_persons_own(shop: World, phone: Visitor):
    """Letters are paid for; two people never share a link, and one keeps theirs."""
    sms = shop.providers["sms"]
    assert isinstance(sms, Recorder)
    for number in ("13800000001", "13800000002"):
        queue(shop, someone(shop, phone=number), "short")
    dispatch(shop)
    codes = [re.search(r"/r/(\w+)", one.parts["text"]) for one in sms.sent]

    found = {code[1] for code in codes if code is not None}

    assert {len(code) for code in found} == {11}
    assert len(found) == 2
    assert all(one.parts["text"].endswith("，谢谢") for one in sms.sent)
    assert all(phone.get(f"/r/{code}").headers["location"] == SHOP for code in found)
    assert len({click["message_id"] for click in told(shop, "Message Clicked")}) == 2


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"user-agent": "Slackbot-LinkExpanding 1.0"}, "scanner"),
        ({"user-agent": ""}, "scanner"),
        ({**PHONE, "sec-purpose": "prefetch;prerender"}, "prefetch"),
        ({**PHONE, "x-purpose": "preview"}, "prefetch"),
    ],
)
def test_what_a_machine_opens_is_marked_and_still_leads_on(
    shop: World, email: Recorder, phone: Visitor, clock: SimulatedClock,
    headers: dict[str, str], why: str,
):  # fmt: skip
    """A preview is no interest, but the page behind it must be seen."""
    queue(shop, someone(shop), "mail")
    dispatch(shop)
    clock.advance(MINUTE)

    answer = phone.get(links_of(email)[0], headers=headers)

    assert answer.status_code == 302
    (click,) = told(shop, "Message Clicked")
    assert (click["machine"], click["machine_reason"]) == (True, why)


def test_a_click_within_two_seconds_and_apples_proxy_are_machines(
    shop: World, email: Recorder, phone: Visitor, clock: SimulatedClock
):
    """Nobody reads that fast, and Apple fetches every picture."""
    queue(shop, someone(shop), "mail")
    dispatch(shop)
    link, _, picture = links_of(email)
    clock.advance(SECOND)
    phone.get(link, headers=PHONE)
    clock.advance(MINUTE)
    phone.get(picture, headers={"user-agent": "Mozilla/5.0"})

    assert [one["machine_reason"] for one in told(shop, "Message Clicked")] == ["too_fast"]
    assert [one["machine_reason"] for one in told(shop, "Message Opened")] == ["apple_privacy"]


def test_head_leads_on_and_counts_nothing(shop: World, email: Recorder, phone: Visitor):
    """Programs that only look change no figure."""
    queue(shop, someone(shop), "mail")
    dispatch(shop)
    link, _, picture = links_of(email)

    assert phone.request("HEAD", link, headers=PHONE).headers["location"] == SHOP
    assert phone.request("HEAD", picture, headers=PHONE).status_code == 200
    assert told(shop, "Message Clicked") == told(shop, "Message Opened") == []


def test_pressing_again_within_a_minute_counts_once(
    shop: World, email: Recorder, phone: Visitor, clock: SimulatedClock
):
    """A double click is one click; tomorrow's is another."""
    queue(shop, someone(shop), "mail")
    dispatch(shop)
    link = links_of(email)[0]
    clock.advance(MINUTE)
    for _ in range(3):
        phone.get(link, headers=PHONE)
    clock.advance(DAY)
    phone.get(link, headers=PHONE)

    assert len(told(shop, "Message Clicked")) == 2


@pytest.mark.parametrize("change", ["b", "-", "?", "%00", "你", "x" * 100])
def test_a_link_that_we_did_not_make_leads_nowhere(
    shop: World, email: Recorder, phone: Visitor, change: str
):
    """No open redirect: a forged or bent code is not found, and nothing is counted."""
    queue(shop, someone(shop), "mail")
    dispatch(shop)
    link = links_of(email)[0]
    bent = f"/r/{change}{link[4:]}" if change != "?" else "/r/00000000000"

    assert phone.get(bent, headers=PHONE).status_code == 404
    assert phone.get(f"/o/{change}.gif", headers=PHONE).status_code == 404
    assert told(shop, "Message Clicked") == []


def test_who_objects_to_profiling_gets_what_was_written(
    shop: World, email: Recorder, clock: SimulatedClock
):
    """No counted link and no picture for them."""
    profile = someone(shop)
    did(shop, profile, "Consent Withdrawn", purpose="profiling", channel="all")
    queue(shop, profile, "mail")
    project_all(shop)

    dispatch(shop)

    assert links_of(email) == []
    assert SHOP in email.sent[-1].parts["text"]


def test_a_brand_can_switch_counting_off(shop: World, email: Recorder):
    """What was written is what is sent."""
    quiet = dataclasses.replace(shop, tracking=Tracking(links=False, opens=False))
    queue(quiet, someone(quiet), "mail")

    dispatch(quiet)

    assert links_of(email) == []


def test_links_are_forgotten_after_their_time(shop: World, email: Recorder, phone: Visitor):
    """An address made for one person is not kept for ever."""
    queue(shop, someone(shop), "mail")
    dispatch(shop)
    link = links_of(email)[0]

    forget_links(shop, NOW + 401 * DAY)

    assert phone.get(link, headers=PHONE).status_code == 404
