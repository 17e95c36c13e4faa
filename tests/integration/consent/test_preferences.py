"""The preference centre: what people choose counts for the next message, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.consent.asking import ledger, link_in, put_permission, state
from tests.integration.console.visiting import Visitor, visitor
from tests.integration.outbox import (
    HELLO,
    Recorder,
    did,
    internal_events,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import project_all, traits

from huiliu.kernel.times import DAY, SECOND
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.stores.clock import SimulatedClock

LINKED = HELLO.replace("{{ unsubscribe_url }}", "{{ unsubscribe_url }} {{ preferences_url }}")
SALES = LINKED.replace("slug: hello", "slug: sale\ntopic: sales")
SHIPPED = LINKED.replace("slug: hello", "slug: ship").replace("class: marketing", "class: service")
PICKED = LINKED.replace("{{ person.name }}", "{{ person.name }} {{ person.city }}")
ENGLISH = {"accept-language": "en"}
#: What the page sends when nothing is changed.
ALL = {
    "channel.email": "1", "topic.sales": "1", "topic.news": "1", "frequency": "all", "pause": "0",
    "personal": "1",
}  # fmt: skip


@pytest.fixture
def email() -> Recorder:
    """Record what is sent."""
    return Recorder()


@pytest.fixture
def shop(world: World, email: Recorder) -> World:
    """Wire a brand with two topics."""
    for source in (LINKED, SALES, SHIPPED):
        put_template(world, source)
    put_permission(world)
    return with_providers(world, email)


@pytest.fixture
def browser(shop: World, tmp_path: Path) -> Visitor:
    """Come without any cookie."""
    return visitor(shop, tmp_path)


def link(shop: World, email: Recorder, person: int) -> str:
    """Send a person a message and return the path of its link."""
    queue(shop, person)
    dispatch(shop)
    return link_in(email, "p")


def reason(shop: World, person: int, template: str) -> str:
    """Send a person a message and return why it did not go, or ""."""
    project_all(shop)
    sent = queue(shop, person, template)
    dispatch(shop)
    return message(shop, sent).reason


def test_looking_changes_nothing_and_saving_the_same_neither(
    shop: World, email: Recorder, browser: Visitor
):
    """No event but those of the message."""
    li = someone(shop)
    path = link(shop, email, li)
    before = len(internal_events(shop))

    shown = browser.get(path, headers=ENGLISH)
    browser.post(path, data=ALL)

    assert "Your choices" in shown.text
    assert "Sunny" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert "set-cookie" not in shown.headers
    assert len(internal_events(shop)) == before


def test_a_topic_that_is_refused_stops_its_messages_and_no_others(
    shop: World, email: Recorder, browser: Visitor
):
    """Sales are refused; the newsletter comes; so does the parcel."""
    li = someone(shop)
    path = link(shop, email, li)

    browser.post(path, data={**ALL, "topic.sales": ""})

    assert reason(shop, li, "sale") == "topic_refused"
    assert reason(shop, li, "hello") == ""
    assert reason(shop, li, "ship") == ""
    assert traits(shop, li)["refused_topics"] == ["sales"]
    assert ("Preference Set", {"source": "preference_centre", "refused_topics": ["sales"]}) in (
        internal_events(shop)
    )


def test_a_topic_that_is_wanted_again_comes_again(
    shop: World, email: Recorder, browser: Visitor, clock: SimulatedClock
):
    """The last word counts."""
    li = someone(shop)
    path = link(shop, email, li)
    browser.post(path, data={**ALL, "topic.sales": ""})
    clock.advance(SECOND)
    project_all(shop)

    browser.post(path, data=ALL)

    assert reason(shop, li, "sale") == ""


def test_who_wants_one_a_week_gets_one_a_week(
    shop: World, email: Recorder, browser: Visitor, clock: SimulatedClock
):
    """Counted over what was sent, whatever the brand's own caps are; service does not count."""
    li = someone(shop)
    path = link(shop, email, li)
    browser.post(path, data={**ALL, "frequency": "weekly"})

    assert reason(shop, li, "hello") == "frequency_chosen"
    assert reason(shop, li, "ship") == ""
    clock.advance(7 * DAY + SECOND)
    assert reason(shop, li, "hello") == ""


def test_who_wants_one_a_month_is_left_alone_for_30_days(
    shop: World, email: Recorder, browser: Visitor, clock: SimulatedClock
):
    """Further back than the brand's own caps look."""
    li = someone(shop)
    browser.post(link(shop, email, li), data={**ALL, "frequency": "monthly"})

    clock.advance(20 * DAY)
    assert reason(shop, li, "hello") == "frequency_chosen"
    clock.advance(10 * DAY + SECOND)
    assert reason(shop, li, "hello") == ""


def test_a_rest_ends_by_itself(
    shop: World, email: Recorder, browser: Visitor, clock: SimulatedClock
):
    """Nothing for a week, then again; the page says until when."""
    li = someone(shop)
    path = link(shop, email, li)
    browser.post(path, data={**ALL, "pause": "7"})

    assert reason(shop, li, "hello") == "paused_by_person"
    assert "Resting until 2026-11-29" in browser.get(path, headers=ENGLISH).text
    clock.advance(7 * DAY)
    assert reason(shop, li, "hello") == ""


def test_one_button_ends_all_marketing(shop: World, email: Recorder, browser: Visitor):
    """Whatever else is ticked; news of orders come."""
    li = someone(shop, phone="+8613800000001", consents=("email", "sms"))
    path = link(shop, email, li)

    done = browser.post(path, data={**ALL, "channel.sms": "1", "all": "off"}, headers=ENGLISH)

    assert "no more marketing" in done.text
    assert reason(shop, li, "hello") == "consent_withdrawn"
    assert reason(shop, li, "ship") == ""
    assert (state(shop, li), state(shop, li, "sms")) == ("withdrawn", "withdrawn")
    assert {row.method for row in ledger(shop, li)[2:]} == {"preference_centre"}


def test_a_link_proves_its_own_mailbox_and_no_other_channel(
    shop: World, email: Recorder, browser: Visitor
):
    """Coming back by e-mail counts at once; a number is asked by SMS where the brand says so."""
    put_permission(
        shop,
        "huiliu: 1\nkind: permission\nslug: default\nname: {en: P}\ndouble_opt_in: {sms: ['*']}\n",
    )
    li = someone(shop, phone="+8613800000001")
    path = link(shop, email, li)
    choice = {"frequency": "all", "pause": "0", "personal": "1"}
    browser.post(path, data=choice)
    project_all(shop)
    assert state(shop, li) == "withdrawn"

    shop.clock.advance(SECOND)  # type: ignore[attr-defined] # the simulated clock
    shown = browser.post(
        path, data={**choice, "channel.email": "1", "channel.sms": "1"}, headers=ENGLISH
    )
    project_all(shop)

    assert state(shop, li) == "granted"
    assert state(shop, li, "sms") == ""
    assert "please confirm it there" in shown.text
    assert reason(shop, li, "hello") == ""  # the address is off the list again


def test_who_objects_to_profiling_gets_the_same_as_everybody(
    shop: World, email: Recorder, browser: Visitor
):
    """Names stay; what was found out about a person is not in the message."""
    put_template(shop, PICKED)
    li = someone(shop, city="Berlin")
    path = link(shop, email, li)
    assert "Berlin" in email.sent[-1].parts["subject"]

    browser.post(path, data={**ALL, "personal": ""})
    assert reason(shop, li, "hello") == ""

    assert "Berlin" not in email.sent[-1].parts["subject"]
    assert "李雷" in email.sent[-1].parts["subject"]
    assert state(shop, li, purpose="profiling") == "withdrawn"


def test_a_neutral_variant_is_what_an_objector_gets(shop: World, email: Recorder, browser: Visitor):
    """The template's own words for everybody."""
    put_template(
        shop,
        PICKED
        + "neutral:\n  locales:\n    zh-CN: {subject: 大家好, text: '一样 {{ unsubscribe_url }}'}\n"
        "    en: {subject: Hello all, text: 'Same {{ unsubscribe_url }}'}\n",
    )
    li = someone(shop, city="Berlin")
    did(shop, li, "Consent Withdrawn", at=shop.clock.now(), purpose="profiling")

    assert reason(shop, li, "hello") == ""

    assert email.sent[-1].parts["subject"] == "大家好"


@pytest.mark.parametrize(
    ("field", "value"), [("topic.x", "1"), ("frequency", "hourly"), ("pause", "12")]
)
def test_what_cannot_be_chosen_is_refused(
    shop: World, email: Recorder, browser: Visitor, field: str, value: str
):
    """Nothing is written."""
    li = someone(shop)
    path = link(shop, email, li)
    before = len(internal_events(shop))

    assert browser.post(path, data={**ALL, field: value}).status_code == 422
    assert len(internal_events(shop)) == before


def test_a_forged_link_and_too_many_visits_are_turned_away(
    shop: World, email: Recorder, browser: Visitor
):
    """404 for a stranger's link; 429 for who tries many."""
    path = link(shop, email, someone(shop))

    assert browser.get(path[:-2] + "xx").status_code == 404
    answers = {browser.get("/p/guess").status_code for _ in range(125)}
    assert answers == {404, 429}
