"""The inbox in the console and behind a key: who may see it, and what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.console.visiting import Visitor, signed_in, token, visitor
from tests.integration.conversations.desk_case import (
    conversation,
    owner,
    send_all,
    text_in,
    with_desk,
)
from tests.integration.people import BRAND

from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.create_key import create_key

PHONE = "+8613800138000"


def form(client: Visitor, page: str, path: str, **fields: str) -> httpx.Response:
    """Send a form as a page would, with its token."""
    return client.post(path, data={"csrf": token(client, page), **fields})


@pytest.fixture
def shop(world: World) -> World:
    """Have one person who waits for an answer."""
    made, _ = with_desk(world, "sms", "email")
    text_in(made, PHONE, "我的快递到哪里了")
    return made


def test_customer_service_reads_answers_and_closes(shop: World, tmp_path: Path):
    """With its own role; the page shows the words, the wait and the ready replies."""
    client = signed_in(shop, tmp_path, "service")
    li = owner(shop, PHONE)
    mine = f"/conversations/{show_profile_id(li)}"

    listed, opened = client.get("/conversations"), client.get(mine)
    answered = form(client, mine, f"{mine}/answers", text="已发出", channel="sms", once="a1")
    again = form(client, mine, f"{mine}/answers", text="已发出", channel="sms", once="a1")
    noted = form(client, mine, f"{mine}/notes", text="催单客户", once="a2")
    closed = form(client, mine, f"{mine}/state?whose=me", to="closed")
    send_all(shop)

    assert "我的快递到哪里了" in listed.text
    assert "Please look at the size table" in opened.text
    assert [one.status_code for one in (answered, again, noted, closed)] == [303] * 4
    assert closed.headers["location"] == f"{mine}?whose=me"
    part = client.get(f"{mine}/thread").text
    assert part.count("已发出") == 1
    assert "催单客户" in part
    row = conversation(shop, li)
    assert row is not None
    assert row.state == "closed"
    assert row.assignee > 0


def test_what_cannot_be_sent_stays_in_the_field(shop: World, tmp_path: Path):
    """With the reason, so that nothing has to be typed again."""
    client = signed_in(shop, tmp_path, "service")
    mine = f"/conversations/{show_profile_id(owner(shop, PHONE))}"

    refused = form(client, mine, f"{mine}/answers", text="写好的话", channel="email", once="x")

    assert refused.status_code == 422
    assert "写好的话" in refused.text


@pytest.mark.parametrize("role", ["marketer", "viewer"])
def test_whoever_is_not_of_customer_service_reads_no_word(
    shop: World, tmp_path: Path, role: str
):  # fmt: skip
    """Neither the list nor a thread; how people are answered they may see."""
    client = signed_in(shop, tmp_path, role)
    mine = f"/conversations/{show_profile_id(owner(shop, PHONE))}"

    asked = [client.get(path).status_code for path in ("/conversations", mine, f"{mine}/thread")]

    assert asked == [403] * 3
    assert client.get("/desk").status_code == 200


def test_that_a_conversation_was_read_is_written_down(shop: World, tmp_path: Path):
    """Once for the page, not for each look at what is new."""
    client = signed_in(shop, tmp_path, "service")
    mine = f"/conversations/{show_profile_id(owner(shop, PHONE))}"

    for path in (mine, f"{mine}/thread", f"{mine}/thread", "/conversations/latest"):
        assert client.get(path).status_code == 200

    with shop.store.system() as tx:
        done = [one.what for _, one in tx.console.actions(BRAND, 20, None)]
    assert done.count("conversation_read") == 1


def test_the_desk_is_set_by_its_form_and_its_words_stay(shop: World, tmp_path: Path):
    """What the form shows is what it writes; a wrong row is told with its place."""
    client = signed_in(shop, tmp_path, "admin")
    fields = {
        "answer_within": "10m", "close_after": "", "hold.conversation": "0", "hold.dispute": "7d",
        "quick.0.id": "size", "quick.0.zh-CN": "请看尺码表", "quick.0.en": "",
        "keyword.0.id": "hours", "keyword.0.words": "营业时间，几点开门",
        "keyword.0.match": "contains",
        "keyword.0.zh-CN": "九点", "keyword.0.on.sms": "1",
        "as": "form",
    }  # fmt: skip

    saved = form(client, "/desk", "/desk", **fields)
    wrong = form(client, "/desk", "/desk", **{**fields, "keyword.0.words": "退订"})

    assert saved.status_code == 303
    assert wrong.status_code == 422
    assert "keywords[0].words" in wrong.text
    shown = client.get("/desk").text
    assert "营业时间, 几点开门" in shown
    assert "hold_marketing" in shown


def call(world: World, folder: Path, method: str, path: str, **body: Any) -> httpx.Response:
    """Ask the API with a key."""
    _, key = create_key(world, BRAND, f"k{world.clock.now()}{path}", "api")
    given = {"json": body} if method != "GET" else {}
    return visitor(world, folder).request(method, path, auth=(key, ""), **given)


def test_servers_do_all_that_the_inbox_does(shop: World, tmp_path: Path):
    """List, read, answer, note, assign, move, and bring in words of channels of their own."""
    from huiliu.services.add_user import NewUser, add_user

    mila = add_user(shop, BRAND, NewUser("mila@shop.example", "Mila", "correct horse", "service"))
    li = owner(shop, PHONE)
    mine = f"/v1/conversations/{show_profile_id(li)}"

    heard = call(
        shop, tmp_path, "POST", "/v1/conversations/heard", channel="sms", address=PHONE,
        text="营业时间", message_id="own-1", passive=True,
    )  # fmt: skip
    send_all(shop)
    listed = call(shop, tmp_path, "GET", "/v1/conversations").json()
    answered = call(shop, tmp_path, "POST", f"{mine}/answers", text="已发出", key="k")
    again = call(shop, tmp_path, "POST", f"{mine}/answers", text="已发出", key="k")
    noted = call(shop, tmp_path, "POST", f"{mine}/notes", text="备注")
    given = call(shop, tmp_path, "PUT", f"{mine}/assignee", user_id=mila.user_id)
    moved = call(shop, tmp_path, "PUT", f"{mine}/state", state="closed")
    send_all(shop)
    thread = call(shop, tmp_path, "GET", mine).json()

    assert heard.json()["answer"] == "每天九点到二十一点"
    assert listed["counts"]["unanswered"] == 1
    assert "快递" not in str(listed)
    assert answered.json() == again.json()
    assert [one.status_code for one in (noted, given, moved)] == [200] * 3
    assert [one["text"] for one in thread["lines"] if one["kind"] == "in"] == [
        "我的快递到哪里了", "营业时间",
    ]  # fmt: skip
    assert (thread["state"], thread["assignee"]) == ("closed", mila.user_id)
    assert thread["lines"][0]["at"].startswith("2026-11-22")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "heard", {"channel": "pigeon", "message_id": "1", "address": "x"}, 422),
        ("POST", "heard", {"channel": "sms", "message_id": "1", "what": "smell"}, 422),
        ("POST", "heard", {"channel": "sms", "message_id": "1", "address": "SHOP"}, 422),
        ("POST", "heard", {"channel": "sms", "message_id": "1", "profile_id": "p_7"}, 422),
        ("PUT", "{li}/state", {"state": "lost"}, 422),
        ("PUT", "{li}/assignee", {"user_id": "mila"}, 422),
        ("PUT", "{li}/assignee", {"user_id": 77}, 404),
        ("POST", "{li}/answers", {"text": ""}, 422),
        ("POST", "nobody/answers", {"text": "x"}, 404),
        ("POST", "{li}/disputes/zz/settle", {}, 404),
        ("GET", "?state=lost", {}, 422),
    ],
)
def test_wrong_calls_are_told_what_is_wrong(
    shop: World, tmp_path: Path, method: str, path: str, body: dict[str, Any], status: int
):
    """And change nothing."""
    li = show_profile_id(owner(shop, PHONE))
    base = "/v1/conversations" if path.startswith("?") else "/v1/conversations/"

    told = call(shop, tmp_path, method, base + path.replace("{li}", li), **body)

    assert told.status_code == status, told.text
