"""An official account end to end: what is pushed is proved, told once, answered, and joined up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.integration.ground.standing import Ground, ground
from tests.integration.people import BRAND, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.channels.wechat_xml import read_xml
from huiliu.fakes.providers import Push
from huiliu.fakes.providers.wechat import FakeWechat
from huiliu.fakes.providers.wechat_ground import open_sealed, sealed_push
from huiliu.kernel.times import DAY, HOUR, SECOND
from huiliu.messages.wechat_crypto import sign
from huiliu.ports.world import World
from huiliu.reports.scan_codes import CodeCounts
from huiliu.services.channel_accounts import add_account
from huiliu.services.code_results import code_results
from huiliu.services.menus import publish_menu
from huiliu.services.platform_lookups import look_people_up
from huiliu.services.publish import publish
from huiliu.services.scan_codes import NewCode, make_code
from huiliu.stores.clock import SimulatedClock

ADA = "oAda0123456789abcdefghijklmn"
MENU = """\
huiliu: 1
kind: menu
slug: main
name: {zh-CN: 主菜单}
account: main
greeting: 欢迎来到青山茶铺
buttons:
  - {name: 积分, key: points, answer: 您的积分在会员页}
  - {name: 商城, url: "https://tea.example/shop"}
"""
DESK = """\
huiliu: 1
kind: desk
slug: default
name: {zh-CN: 客服}
keywords:
  - {id: hours, words: [营业时间], match: contains, text: {zh-CN: 每天九点到二十一点}}
"""


@pytest.fixture
def wechat(clock: SimulatedClock) -> Iterator[FakeWechat]:
    """Run a fake WeChat."""
    with FakeWechat(now=clock.now) as running:
        yield running


@pytest.fixture
def shop(
    world: World, clock: SimulatedClock, wechat: FakeWechat, tmp_path: Path
) -> Iterator[Ground]:
    """Stand on it."""
    with ground(world, clock, wechat, tmp_path, "wechat") as opened:
        yield opened


def said(wechat: FakeWechat, body: bytes) -> str:
    """Return the words of a passive answer, checked as WeChat checks it."""
    outside = read_xml(body)
    assert outside is not None
    config = wechat.config
    proof = sign(config["token"], outside["TimeStamp"], outside["Nonce"], outside["Encrypt"])
    assert proof == outside["MsgSignature"]
    inside = read_xml(open_sealed(outside["Encrypt"], config["aes_key"]))
    assert inside is not None
    assert inside["MsgType"] == "text"
    assert inside["ToUserName"] == ADA
    return str(inside["Content"])


def living(shop: Ground) -> int:
    """Return how many contact points of Ada live."""
    me = shop.who("wechat_openid", ADA)
    with shop.world.store.system() as tx:
        return len(tx.contacts.of_people(BRAND, "wechat", [me]).get(me, []))


def test_the_address_is_verified(shop: Ground, wechat: FakeWechat, clock: SimulatedClock) -> None:
    """The echo comes back for the right signature only, and only while it is fresh."""
    path, at = urlsplit(wechat.callback_url).path, str(clock.now() // SECOND)
    good = sign(wechat.config["token"], at, "n")
    asked = f"{path}?timestamp={at}&nonce=n&echostr=4711&signature="
    answer = shop.http.get(asked + good)
    assert (answer.status_code, answer.content) == (200, b"4711")
    assert shop.http.get(asked + good[::-1]).status_code == 403
    clock.advance(2 * HOUR)
    assert shop.http.get(asked + good).status_code == 403


def test_a_follower_is_greeted_known_and_gone(shop: Ground, wechat: FakeWechat) -> None:
    """Follow: greeting, event, contact point, unionid; unfollow: the contact point ends."""
    publish_menu(shop.world, BRAND, MENU, "test")
    body = shop.told(wechat.ground.happen(ADA, "subscribe"))
    assert said(wechat, body) == "欢迎来到青山茶铺"
    assert living(shop) == 1
    assert look_people_up(shop.world, 10) == 1
    project_all(shop.world)
    assert shop.who("wechat_unionid", f"union-{ADA}") == shop.who("wechat_openid", ADA)
    assert shop.told(wechat.ground.happen(ADA, "unsubscribe")) == b"success"
    assert living(shop) == 0
    names = shop.events()
    assert [names.count(one) for one in ("WeChat Followed", "WeChat Unfollowed")] == [1, 1]


def test_what_comes_three_times_is_told_once(shop: Ground, wechat: FakeWechat) -> None:
    """WeChat repeats what it thinks is unanswered: one event, the same answer each time."""
    publish(shop.world, BRAND, DESK, "test", kind="desk")
    push = wechat.ground.write(ADA, "请问营业时间是？")
    answers = [shop.told(push) for _ in range(3)]
    assert [said(wechat, one) for one in answers] == ["每天九点到二十一点"] * 3
    follow = wechat.ground.happen(ADA, "SCAN", "shelf-1")
    assert [shop.told(follow) for _ in range(3)] == [b"success"] * 3
    names = shop.events()
    assert [names.count(one) for one in ("WeChat Message Received", "WeChat Scanned")] == [1, 1]


def test_what_a_person_wrote_is_nowhere_in_the_log(shop: Ground, wechat: FakeWechat) -> None:
    """Words and openid are the vault's: no event holds them."""
    shop.told(wechat.ground.write(ADA, "我的电话是十三个八"))
    with shop.world.store.system() as tx:
        bodies = [bytes(one.body) for one in tx.log.read(0, 0, 1_000)]
    assert bodies
    assert not any(ADA.encode() in one or "电话".encode() in one for one in bodies)


def test_codes_and_buttons_are_answered_at_once(shop: Ground, wechat: FakeWechat) -> None:
    """A code's own words come before the greeting; a button says what the menu says."""
    publish_menu(shop.world, BRAND, MENU, "test")
    code = NewCode("wechat", "main", "hz-1", "杭州店", "spring", "hz", "到店礼请出示此页", days=7)
    make_code(shop.world, BRAND, code, "test")
    followed = wechat.ground.happen(ADA, "subscribe", "qrscene_hz-1")
    assert said(wechat, shop.told(followed)) == "到店礼请出示此页"
    assert said(wechat, shop.told(wechat.ground.happen(ADA, "SCAN", "hz-1"))) == "到店礼请出示此页"
    assert (
        said(wechat, shop.told(wechat.ground.happen(ADA, "CLICK", "points"))) == "您的积分在会员页"
    )
    assert shop.told(wechat.ground.happen(ADA, "VIEW", "https://tea.example/")) == b"success"


@pytest.mark.parametrize("what", ["signature", "body", "token", "key", "owner", "old", "plain"])
def test_a_forged_push_changes_nothing(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock, what: str
) -> None:
    """Another signature, cipher, token, key, account or hour, or no cipher at all: 403."""
    config, now = wechat.config, clock.now()
    plain = b"<xml><FromUserName>oX</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>"
    keys = {
        "token": ("other", config["aes_key"], config["app_id"]),
        "key": (config["token"], config["aes_key"][::-1], config["app_id"]),
        "owner": (config["token"], config["aes_key"], "wx9999999999999999"),
    }
    given = keys.get(what, (config["token"], config["aes_key"], config["app_id"]))
    push = sealed_push(wechat.callback_url, plain, *given, now - DAY if what == "old" else now)
    body, query = push.body, urlsplit(push.url).query
    if what == "signature":
        query = re.sub(r"msg_signature=\w+", f"msg_signature={'0' * 40}", query)
    elif what == "body":
        at = body.index(b"<Encrypt><![CDATA[") + 30
        body = body[:at] + (b"B" if body[at : at + 1] == b"A" else b"A") + body[at + 1 :]
    elif what == "plain":
        body = plain
    assert shop.hand_over(push, body=body, query=query)[0] == 403
    assert shop.events() == []


def test_plain_pushes_are_taken_where_the_operator_said_so(
    shop: Ground, wechat: FakeWechat, clock: SimulatedClock
) -> None:
    """`plain_callbacks: yes` takes them, still only with WeChat's signature."""
    add_account(
        shop.world, BRAND, "wechat", "main", {**wechat.config, "plain_callbacks": "yes"}, "wechat"
    )
    at = str(clock.now() // SECOND)
    plain = (
        f"<xml><FromUserName>{ADA}</FromUserName><CreateTime>{at}</CreateTime>"
        "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>points</EventKey></xml>"
    ).encode()
    good = sign(wechat.config["token"], at, "n")
    push = Push(f"{wechat.callback_url}?timestamp={at}&nonce=n&signature={good}", plain, {})
    assert shop.hand_over(push, query=f"timestamp={at}&nonce=n&signature={good[::-1]}")[0] == 403
    assert shop.told(push) == b"success"
    assert "WeChat Menu Clicked" in shop.events()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"<xml></xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
        b"<a>" * 50 + b"</a>" * 50,
    ],
)
def test_whatever_else_is_posted_is_refused(shop: Ground, wechat: FakeWechat, body: bytes) -> None:
    """Nothing is a push but what is sealed; nothing makes us fall over."""
    push = wechat.ground.write(ADA, "x")
    answer = shop.http.post(
        f"{urlsplit(push.url).path}?{urlsplit(push.url).query}", content=body
    )  # fmt: skip
    assert answer.status_code == 403


def test_people_without_a_unionid_stay_as_they_are(shop: Ground, wechat: FakeWechat) -> None:
    """Nothing is invented; who left meanwhile loses the contact point; the platform's no waits."""
    who = "oNobody0123456789abcdenounion"
    shop.told(wechat.ground.happen(who, "subscribe"))
    gone = "oGone0123456789abcdefghijleft"
    shop.told(wechat.ground.happen(gone, "subscribe"))
    wechat.ground.faults["/cgi-bin/user/info/batchget"] = -1
    assert look_people_up(shop.world, 10) == 0
    assert look_people_up(shop.world, 10) == 0
    shop.world.clock.advance(5 * 60 * SECOND)  # type: ignore[attr-defined] # the test's clock
    assert look_people_up(shop.world, 10) == 2
    project_all(shop.world)
    left = shop.who("wechat_openid", gone)
    with shop.world.store.system() as tx:
        assert tx.contacts.of_people(BRAND, "wechat", [left]) == {}
        stays = shop.who("wechat_openid", who)
        assert len(tx.contacts.of_people(BRAND, "wechat", [stays])[stays]) == 1


def test_what_a_code_brought_is_counted_by_people(
    shop: Ground, wechat: FakeWechat, tmp_path: Path
) -> None:
    """Two scans of one person are one; only who followed by it is new; repeats count once."""
    code = NewCode("wechat", "main", "hz-1", "杭州店", days=7)
    make_code(shop.world, BRAND, code, "test")
    followed = wechat.ground.happen(ADA, "subscribe", "qrscene_hz-1")
    for push in (followed, followed, wechat.ground.happen(ADA, "SCAN", "hz-1")):
        shop.told(push)
    shop.told(wechat.ground.happen("oBob0123456789abcdefghijklmn", "SCAN", "hz-1"))
    shop.told(wechat.ground.happen("oBob0123456789abcdefghijklmn", "SCAN", "other"))
    with with_warehouse(shop.world, tmp_path) as counted:
        settle(counted)
        (row,) = code_results(counted, BRAND, "wechat")
    assert (row.code.scene, row.counts) == ("hz-1", CodeCounts(3, 2, 1))
