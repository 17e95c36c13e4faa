"""What people write back, by language and number, and what they are answered."""

from __future__ import annotations

import pytest
from tests.integration.consent.asking import ledger, put_permission, state
from tests.integration.outbox import (
    HELLO,
    TEXT,
    Recorder,
    internal_events,
    message,
    put_template,
    queue,
    someone,
    with_providers,
)
from tests.integration.people import BRAND, project_all

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.channel import Receipt
from huiliu.ports.world import World
from huiliu.services.dispatch import dispatch
from huiliu.services.receive import receive
from huiliu.stores.clock import SimulatedClock

OFFER = """\
huiliu: 1
kind: template
slug: offer
name: {en: Offer}
channel: sms
class: marketing
locales:
  zh-CN: {text: "【晴日】周末上新，欢迎选购 Sunny: new things. Reply STOP to end. 拒收请回复R"}
"""
FOREIGN = "+6591234567"
CHINESE = "+8613800000001"
OTHER = "+8613912345679"


@pytest.fixture
def sms() -> Recorder:
    """Record what is sent."""
    return Recorder("sms")


@pytest.fixture
def shop(world: World, sms: Recorder) -> World:
    """Wire a brand whose number has words of its own."""
    put_template(world, OFFER)
    put_template(world, TEXT)
    put_template(world, HELLO)
    put_permission(world)
    return with_providers(world, sms)


def write(shop: World, sms: Recorder, number: str, words: str) -> None:
    """Let somebody write back, and send what is answered."""
    sms.waiting.append(Receipt("sms", "main", "", "reply", words, number))
    receive(shop)
    project_all(shop)
    dispatch(shop)


def test_stop_to_a_number_abroad_ends_everything_and_is_confirmed_once(
    shop: World, sms: Recorder, clock: SimulatedClock
):
    """The one text that is allowed goes at once; after it not even news of an order."""
    li = someone(shop, phone=FOREIGN, consents=("sms",))
    write(shop, sms, FOREIGN, "Stop")
    write(shop, sms, FOREIGN, "STOP")

    assert len(sms.sent) == 1
    assert "START" in sms.sent[0].parts["text"]
    assert state(shop, li, "sms") == "withdrawn"
    news = queue(shop, li, "text")
    dispatch(shop)
    assert message(shop, news).reason == "suppressed"


def test_a_refusal_in_china_ends_marketing_only_and_is_not_answered(
    shop: World, sms: Recorder, clock: SimulatedClock
):
    """Parcels go on; nobody pays for a text that nobody expects."""
    li = someone(shop, phone=CHINESE, consents=("sms",))
    write(shop, sms, CHINESE, "退订")

    assert sms.sent == []
    news, offer = queue(shop, li, "text"), queue(shop, li, "offer")
    dispatch(shop)
    dispatch(shop)
    assert message(shop, news).status == "sent"
    assert message(shop, offer).reason == "consent_withdrawn"


def test_help_is_answered_in_the_language_of_the_person(
    shop: World, sms: Recorder, clock: SimulatedClock
):
    """Brand and contact stand in it; the same question in the same hour is answered once."""
    someone(shop, phone=CHINESE, consents=())
    someone(shop, phone=FOREIGN, consents=())
    write(shop, sms, CHINESE, "帮助")
    write(shop, sms, CHINESE, "帮助")
    write(shop, sms, FOREIGN, "help!")

    assert ["晴日" in one.parts["text"] for one in sms.sent] == [True, False]
    assert "Sunny" in sms.sent[1].parts["text"]
    assert all("help@sunny.example" in one.parts["text"] for one in sms.sent)


def test_a_number_knows_words_of_its_own(shop: World, sms: Recorder):
    """`basta` ends it here; `hours` asks for help."""
    li = someone(shop, phone=FOREIGN, consents=("sms",))
    write(shop, sms, FOREIGN, "hours?")
    assert "Sunny" in sms.sent[-1].parts["text"]

    write(shop, sms, FOREIGN, "Basta!")

    assert state(shop, li, "sms") == "withdrawn"


def test_start_lifts_what_stop_ended(shop: World, sms: Recorder, clock: SimulatedClock):
    """Both the consent and the number."""
    li = someone(shop, phone=FOREIGN, consents=("sms",))
    write(shop, sms, FOREIGN, "STOP")
    clock.advance(MINUTE)
    write(shop, sms, FOREIGN, "start")

    offer = queue(shop, li, "offer")
    dispatch(shop)

    assert message(shop, offer).status == "sent"
    assert [row.method for row in ledger(shop, li)[1:]] == ["keyword", "keyword"]


def test_a_bare_letter_counts_for_72_hours_after_marketing(
    shop: World, sms: Recorder, clock: SimulatedClock
):
    """An R to an offer is a refusal; days later it is a slip."""
    li = someone(shop, phone=CHINESE, consents=("sms",))
    queue(shop, li, "offer")
    dispatch(shop)
    clock.advance(73 * HOUR)
    write(shop, sms, CHINESE, "R")
    assert state(shop, li, "sms") == "granted"

    han = someone(shop, phone=OTHER, consents=("sms",))
    queue(shop, han, "offer")
    dispatch(shop)
    clock.advance(HOUR)
    write(shop, sms, OTHER, "R")
    assert state(shop, han, "sms") == "withdrawn"


def test_a_text_that_may_be_a_refusal_is_for_the_staff(shop: World, sms: Recorder):
    """No word of it is kept; a task says where to read it."""
    li = someone(shop, phone=FOREIGN, consents=("sms",))
    write(shop, sms, FOREIGN, "could you stop writing to my husband")

    with shop.store.system() as tx:
        (task,) = tx.tasks.list(BRAND, is_open=True, assignee="", limit=5)
    assert task.link == f"/conversations/{show_profile_id(li)}"
    assert "husband" not in str(task) + str(internal_events(shop))
    assert state(shop, li, "sms") == "granted"


def test_an_answer_that_cannot_go_at_once_does_not_go_at_all(
    shop: World, sms: Recorder, clock: SimulatedClock
):
    """Source: 47 CFR 64.1200(a)(12): within five minutes."""
    someone(shop, phone=FOREIGN, consents=("sms",))
    sms.waiting.append(Receipt("sms", "main", "", "reply", "STOP", FOREIGN))
    receive(shop)
    clock.advance(6 * MINUTE)
    project_all(shop)
    dispatch(shop)

    assert sms.sent == []
