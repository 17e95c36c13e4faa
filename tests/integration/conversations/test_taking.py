"""What people write: kept sealed, once, in the conversation of whoever wrote it."""

from __future__ import annotations

from tests.integration.conversations.desk_case import (
    account_of,
    conversation,
    lines,
    owner,
    send_all,
    text_in,
    with_desk,
)
from tests.integration.outbox import someone
from tests.integration.people import BRAND, NOW, project_all

from huiliu.kernel.times import MINUTE
from huiliu.ports.world import World
from huiliu.services.conversations import Said, take
from huiliu.services.converse import By, answer
from huiliu.stores.clock import SimulatedClock

PHONE = "+8613800138000"


def test_a_stranger_who_writes_is_a_person_with_an_open_conversation(world: World):
    """Nobody has to be known before they write, and the number is where they can be answered."""
    shop, _ = with_desk(world)

    text_in(shop, PHONE, "我的快递到哪里了")

    li = owner(shop, PHONE)
    assert li
    row = conversation(shop, li)
    assert row is not None
    assert (row.state, row.channel, row.account, row.unanswered_since) == (
        "open", "sms", "main", NOW,
    )  # fmt: skip
    assert [(one.kind, words) for one, words in lines(shop, li)] == [("in", "我的快递到哪里了")]
    with shop.store.system() as tx:
        assert "phone" in tx.people.profiles(BRAND, [li])[li].traits


def test_a_message_that_is_brought_twice_is_one(world: World):
    """By the provider's id of it."""
    shop, _ = with_desk(world)

    for _ in range(3):
        text_in(shop, PHONE, "在吗", "mo-7")
    text_in(shop, PHONE, "在吗", "mo-8")

    assert len(lines(shop, owner(shop, PHONE))) == 2


def test_no_word_of_a_person_stands_outside_the_vault(world: World):
    """Neither in tables nor in the log."""
    shop, _ = with_desk(world)

    text_in(shop, PHONE, "我住在幸福路八号")

    with shop.store.system() as tx:
        bodies = b"".join(one.body for one in tx.log.read(0, 0, 1_000))
        rows = tx.connection.execute(  # type: ignore[attr-defined] # the store's own
            "select conversation_lines::text from conversation_lines"
        ).fetchall()
    assert "幸福路" not in bodies.decode()
    assert "幸福路" not in str(rows)
    assert lines(shop, owner(shop, PHONE))[0][1] == "我住在幸福路八号"


def test_a_word_that_ends_marketing_is_obeyed_and_asks_nobody(world: World):
    """It stands in the conversation, closed."""
    shop, _ = with_desk(world)
    li = someone(shop, phone=PHONE, consents=("sms",))

    text_in(shop, PHONE, "退订")

    row = conversation(shop, li)
    assert row is not None
    assert (row.state, row.unanswered_since) == ("closed", 0)
    with shop.store.system() as tx:
        consents = tx.people.consents(BRAND, [li], NOW)[li]
    assert consents["sms", "marketing"] == "withdrawn"


def test_a_keyword_is_answered_by_itself_once_in_ten_minutes(
    world: World, clock: SimulatedClock
):  # fmt: skip
    """Through the outbox, as a service message; the conversation stays closed."""
    shop, sms = with_desk(world)
    li = someone(shop, phone=PHONE)

    text_in(shop, PHONE, "请问营业时间？", "a")
    text_in(shop, PHONE, "营业时间", "b")
    send_all(shop)

    assert [one.parts["text"] for one in sms.sent] == ["每天九点到二十一点"]
    assert [one.kind for one, _ in lines(shop, li)].count("out") == 1
    row = conversation(shop, li)
    assert row is not None
    assert row.state == "closed"
    clock.set(NOW + 11 * MINUTE)
    text_in(shop, PHONE, "营业时间", "c")
    send_all(shop)
    assert len(sms.sent) == 2


def test_who_brings_words_may_answer_at_once(world: World):
    """A passive answer is given in the same breath, noted, and never sent besides."""
    shop, recorder = with_desk(world, "wechat")
    said = Said(BRAND, "wechat", "main", "转人工", "m1", address="oLiLei", passive=True)

    first, again = take(shop, said), take(shop, said)
    project_all(shop)
    send_all(shop)

    assert first == again
    assert (first.answer, first.keyword, first.opens) == ("马上为您转接", "human", True)
    li = owner(shop, "oLiLei", "wechat")
    assert [(one.kind, words) for one, words in lines(shop, li)] == [
        ("in", "转人工"), ("out", "马上为您转接"),
    ]  # fmt: skip
    assert recorder.sent == []
    row = conversation(shop, li)
    assert row is not None
    assert row.state == "open"


def test_a_refusal_in_wechat_is_obeyed_and_answered_at_once(world: World):
    """Consent comes before keywords, whatever the desk says."""
    shop, _ = with_desk(world, "wechat")

    taken = take(shop, Said(BRAND, "wechat", "main", "退订", "m1", address="oLi", passive=True))

    assert taken.meaning == "stop"
    assert taken.answer.startswith("已为您退订")
    assert not taken.opens


def test_a_picture_opens_a_conversation_without_words(world: World):
    """Somebody has to look."""
    shop, _ = with_desk(world, "wechat")

    take(shop, Said(BRAND, "wechat", "main", message_id="m1", address="oLi", what="image"))
    project_all(shop)

    ((line, words),) = lines(shop, owner(shop, "oLi", "wechat"))
    assert (line.what, words) == ("image", "")


def test_a_known_person_needs_no_address(world: World):
    """What an app's signed token says is enough, and two people never share a conversation."""
    shop, _ = with_desk(world, "inapp")
    li, han = someone(shop), someone(shop)

    take(shop, Said(BRAND, "inapp", words="你好", message_id="1", profile_id=li))
    take(shop, Said(BRAND, "inapp", words="你好", message_id="1", profile_id=han))
    project_all(shop)

    assert [words for _, words in lines(shop, li)] == ["你好"]
    assert [words for _, words in lines(shop, han)] == ["你好"]


def test_an_answer_in_the_app_has_a_heading(world: World):
    """Every part that its channel needs, whoever answers."""
    shop, inapp = with_desk(world, "inapp")
    li = someone(shop)
    take(shop, Said(BRAND, "inapp", words="营业时间", message_id="1", profile_id=li))
    project_all(shop)
    answer(shop, BRAND, li, "还有别的问题吗", By(0, "cli"))
    send_all(shop)

    assert [(one.parts["title"], one.parts["text"]) for one in inapp.sent] == [
        ("客服回复", "每天九点到二十一点"), ("客服回复", "还有别的问题吗"),
    ]  # fmt: skip


def test_an_address_that_names_nobody_is_not_taken(world: World):
    """The name of a sender is no number of a person."""
    shop, _ = with_desk(world)

    taken = take(shop, Said(BRAND, "sms", "main", "余额提醒", "m", address="SHOP"))

    assert not taken.is_taken
    assert account_of(shop).name == "main"
