"""Staff answer through the outbox, once; who is being helped gets no marketing meanwhile."""

from __future__ import annotations

from typing import Final

import pytest
from tests.integration.conversations.desk_case import (
    conversation,
    lines,
    owner,
    send_all,
    text_in,
    with_desk,
)
from tests.integration.outbox import message, put_template, queue, same_person, someone
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.errors import BadInput, NotFound
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.ports.conversations import ConversationFilter
from huiliu.ports.world import World
from huiliu.services.close_silent import close_silent
from huiliu.services.converse import By, answer, assign, note, set_state, settle_dispute
from huiliu.services.inbox import list_conversations, open_thread
from huiliu.stores.clock import SimulatedClock

PHONE: Final = "+8613800138000"
ME: Final = By(0, "cli")
OFFER: Final = """\
huiliu: 1
kind: template
slug: offer
name: {en: Offer}
channel: sms
class: marketing
locales:
  zh-CN:
    text: "【小店】新品上市，拒收请回复R"
"""
NEWS: Final = (
    OFFER.replace("offer", "news")
    .replace("class: marketing", "class: service")
    .replace("新品上市，拒收请回复R", "您的订单已发货")
)


def test_an_answer_goes_out_once_and_the_turn_is_theirs(world: World, clock: SimulatedClock):
    """Whoever presses the button twice says it once; whoever answers looks after it."""
    shop, sms = with_desk(world)
    text_in(shop, PHONE, "在吗")
    li = owner(shop, PHONE)
    clock.set(NOW + 5 * MINUTE)

    first = answer(shop, BRAND, li, "在的，请讲", ME, key="k1")
    again = answer(shop, BRAND, li, "在的，请讲", ME, key="k1")
    send_all(shop)
    project_all(shop)

    assert first == again
    assert [(one.address, one.parts["text"]) for one in sms.sent] == [(PHONE, "在的，请讲")]
    row = conversation(shop, li)
    assert row is not None
    assert (row.state, row.unanswered_since, row.answered_at) == ("waiting", 0, clock.now())
    thread = open_thread(shop, BRAND, li, None)
    assert [(one.row.kind, one.words, one.status) for one in thread.lines] == [
        ("in", "在吗", ""), ("out", "在的，请讲", "sent"),
    ]  # fmt: skip


def test_the_outbox_holds_no_word_of_an_answer(world: World):
    """It stands in the vault and is put in when it is sent."""
    shop, _ = with_desk(world)
    text_in(shop, PHONE, "在吗")
    li = owner(shop, PHONE)

    answer(shop, BRAND, li, "您的地址是幸福路八号吗", ME)

    with shop.store.system() as tx:
        found = tx.connection.execute(  # type: ignore[attr-defined] # the store's own
            "select messages::text, convert_from(inputs, 'utf8') from messages"
        ).fetchall()
        bodies = b"".join(one.body for one in tx.log.read(0, 0, 1_000)).decode()
    assert "幸福路" not in str(found) + bodies


def test_an_answer_reaches_who_refused_marketing_and_is_said_as_it_was_typed(
    world: World,
):  # fmt: skip
    """They asked; and what staff type is no template."""
    shop, sms = with_desk(world)
    text_in(shop, PHONE, "退订", "1")
    text_in(shop, PHONE, "我的快递呢", "2")

    answer(shop, BRAND, owner(shop, PHONE), "单号 {A1} & <b>50%</b>", ME)
    send_all(shop)

    assert [one.parts["text"] for one in sms.sent] == ["单号 {A1} & <b>50%</b>"]


@pytest.mark.parametrize(
    ("words", "channel", "where"),
    [("  ", "", "text"), ("长" * 2_001, "", "text"), ("好", "email", "channel"),
     ("好", "push", "channel")],
)  # fmt: skip
def test_what_cannot_be_said_is_told_before_it_is_queued(
    world: World, words: str, channel: str, where: str
):
    """Nobody is answered where they never wrote."""
    shop, _ = with_desk(world, "sms", "email")
    text_in(shop, PHONE, "在吗")

    with pytest.raises(BadInput) as told:
        answer(shop, BRAND, owner(shop, PHONE), words, ME, channel=channel)

    assert [one.path for one in told.value.problems] == [where]


def test_who_never_wrote_has_no_conversation(world: World):
    """Nothing is begun with people who did not ask."""
    shop, _ = with_desk(world)

    with pytest.raises(NotFound):
        answer(shop, BRAND, someone(shop), "您好", ME)


def test_marketing_waits_while_a_conversation_is_open_and_goes_when_it_is_closed(
    world: World, clock: SimulatedClock
):
    """News of orders goes all the while."""
    shop, sms = with_desk(world)
    put_template(shop, OFFER)
    put_template(shop, NEWS)
    li = someone(shop, phone=PHONE, consents=("sms",))
    text_in(shop, PHONE, "我的快递呢")
    offer, news = queue(shop, li, "offer"), queue(shop, li, "news", message_class="service")

    send_all(shop)

    found = message(shop, offer)
    assert (found.status, found.reason) == ("queued", "conversation_open")
    assert message(shop, news).status == "sent"
    set_state(shop, BRAND, li, "closed", ME)
    clock.set(NOW + MINUTE)
    send_all(shop)
    assert message(shop, offer).status == "sent"
    assert len(sms.sent) == 2


def test_marketing_waits_a_day_at_most_after_they_last_wrote(world: World, clock: SimulatedClock):
    """Whoever forgets to close a conversation silences nobody for ever."""
    shop, _ = with_desk(world)
    put_template(shop, OFFER)
    li = someone(shop, phone=PHONE, consents=("sms",))
    text_in(shop, PHONE, "在吗")
    clock.set(NOW + DAY + MINUTE)

    offer = queue(shop, li, "offer")
    send_all(shop)

    assert message(shop, offer).status == "sent"


def test_what_expires_while_somebody_is_helped_is_never_sent(world: World):
    """And the reason is the conversation."""
    shop, _ = with_desk(world)
    put_template(shop, OFFER)
    li = someone(shop, phone=PHONE, consents=("sms",))
    text_in(shop, PHONE, "在吗")

    offer = queue(shop, li, "offer", expires_at=NOW + 5 * MINUTE)
    send_all(shop)

    found = message(shop, offer)
    assert (found.status, found.reason) == ("not_sent", "conversation_open")


def test_a_dispute_holds_marketing_until_it_is_settled(world: World, clock: SimulatedClock):
    """As the shop tells it, or as staff say where the shop does not."""
    from tests.integration.outbox import did

    shop, _ = with_desk(world)
    put_template(shop, OFFER)
    li = someone(shop, phone=PHONE, consents=("sms",))
    han = someone(shop, phone="+8613800138001", consents=("sms",))
    did(shop, li, "Dispute Opened", order_id="A1", dispute_id="D1")
    did(shop, han, "Dispute Opened", order_id="A2")
    project_all(shop)
    waiting = [queue(shop, one, "offer") for one in (li, han)]
    send_all(shop)
    assert [message(shop, one).reason for one in waiting] == ["dispute_open"] * 2

    did(shop, li, "Dispute Resolved", order_id="A1", dispute_id="D1")
    text_in(shop, "+8613800138001", "纠纷怎么处理")
    (dispute,) = open_thread(shop, BRAND, han, None).disputes
    settle_dispute(shop, BRAND, han, dispute.dispute_id, ME)
    set_state(shop, BRAND, han, "closed", ME)
    clock.set(NOW + MINUTE)
    send_all(shop)

    assert [message(shop, one).status for one in waiting] == ["sent", "sent"]


def test_an_end_that_is_told_before_its_beginning_ends_it(world: World):
    """Shops tell in any order."""
    from tests.integration.outbox import did

    shop, _ = with_desk(world)
    li = someone(shop)
    did(shop, li, "Dispute Resolved", at=NOW + HOUR, order_id="A1")
    did(shop, li, "Dispute Opened", at=NOW, order_id="A1")
    project_all(shop)

    with shop.store.system() as tx:
        assert tx.conversations.disputes(BRAND, li) == []


@pytest.mark.parametrize(
    ("opened", "ended"),
    [
        ({"dispute_id": "D1", "order_id": "A1"}, {"order_id": "A1"}),
        ({"order_id": "A1"}, {"dispute_id": "D1", "order_id": "A1"}),
    ],
)
@pytest.mark.parametrize("is_in_order", [True, False])
def test_a_dispute_ends_by_its_order_where_only_one_side_names_it(
    world: World, opened: dict[str, str], ended: dict[str, str], is_in_order: bool
):
    """Another dispute of the same order, named by itself, goes on where the end names one."""
    from tests.integration.outbox import did

    shop, _ = with_desk(world)
    li = someone(shop)
    told = [("Dispute Opened", NOW, opened), ("Dispute Resolved", NOW + HOUR, ended)]
    for name, at, more in told if is_in_order else reversed(told):
        did(shop, li, name, at=at, **more)
        project_all(shop)
    did(shop, li, "Dispute Opened", at=NOW + 2 * HOUR, dispute_id="D2", order_id="A1")
    project_all(shop)

    with shop.store.system() as tx:
        (left,) = tx.conversations.disputes(BRAND, li)
    assert left.opened_at == NOW + 2 * HOUR


def test_a_silent_conversation_ends_by_itself_and_an_unanswered_one_never(
    world: World, clock: SimulatedClock
):
    """Two days after our answer; who waits for us goes on waiting."""
    shop, _ = with_desk(world)
    text_in(shop, PHONE, "在吗")
    text_in(shop, "+8613800138001", "在吗", "mo-2")
    li, han = owner(shop, PHONE), owner(shop, "+8613800138001")
    answer(shop, BRAND, li, "在的", ME)
    clock.set(NOW + 2 * DAY + MINUTE)

    assert close_silent(shop) == 1
    assert close_silent(shop) == 0

    states = [row.state for one in (li, han) if (row := conversation(shop, one))]
    assert states == ["closed", "open"]


def test_who_writes_again_is_heard_again(world: World, clock: SimulatedClock):
    """A closed conversation opens, with the same colleague."""
    shop, _ = with_desk(world)
    text_in(shop, PHONE, "在吗", "1")
    li = owner(shop, PHONE)
    set_state(shop, BRAND, li, "closed", ME)
    clock.set(NOW + HOUR)

    text_in(shop, PHONE, "还有一个问题", "2")

    row = conversation(shop, li)
    assert row is not None
    assert (row.state, row.unanswered_since, row.opened_at) == ("open", NOW + HOUR, NOW + HOUR)


def test_who_waits_longest_comes_first_and_pages_miss_nobody(world: World, clock: SimulatedClock):
    """Behind them those who wait for nothing, the latest first."""
    shop, _ = with_desk(world)
    people = []
    for number in range(5):
        clock.set(NOW + number * MINUTE)
        phone = f"+861380013900{number}"
        text_in(shop, phone, f"第{number}位", f"m{number}")
        people.append(owner(shop, phone))
    answer(shop, BRAND, people[0], "好", ME)
    clock.set(NOW + 32 * MINUTE)

    seen, before = [], None
    while True:
        found = list_conversations(shop, BRAND, ConversationFilter(), before=before, limit=2)
        seen += [one.row.profile_id for one in found.rows]
        before = found.next
        if before is None:
            break

    assert seen == [*people[1:], people[0]]
    assert (found.counts.unanswered, found.counts.overdue, found.counts.waiting) == (4, 2, 1)
    assert found.counts.oldest == NOW + MINUTE


def test_two_people_who_turn_out_to_be_one_have_one_conversation(world: World):
    """With everything that was said with either, and the longer wait."""
    shop, _ = with_desk(world)
    li = someone(shop, phone=PHONE)
    han = someone(shop, phone="+8613800138001", known_as=IdentifierType.ANONYMOUS_ID)
    text_in(shop, PHONE, "在吗", "1")
    answer(shop, BRAND, li, "在的", ME)
    text_in(shop, "+8613800138001", "我的快递呢", "2")

    one = same_person(shop, li, han)

    row = conversation(shop, one)
    assert row is not None
    assert (row.state, row.unanswered_since) == ("open", NOW)
    assert sorted(words for _, words in lines(shop, one)) == ["在吗", "在的", "我的快递呢"]
    listed = list_conversations(shop, BRAND, ConversationFilter())
    assert [each.row.profile_id for each in listed.rows] == [one]


def test_notes_are_for_staff_only_and_hand_overs_are_seen(world: World):
    """A note sends nothing and answers nobody."""
    shop, sms = with_desk(world)
    text_in(shop, PHONE, "在吗")
    li = owner(shop, PHONE)

    note(shop, BRAND, li, "老顾客，注意语气", ME)
    send_all(shop)
    with pytest.raises(NotFound):
        assign(shop, BRAND, li, 99, ME)

    assert sms.sent == []
    row = conversation(shop, li)
    assert row is not None
    assert row.unanswered_since == NOW
    kinds = {one.row.kind for one in open_thread(shop, BRAND, li, None).lines}
    assert kinds == {"in", "note"}
