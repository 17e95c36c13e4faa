"""Pushes of WeChat and WeCom: opened as an independent library seals them, refused otherwise."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from huiliu.channels.sealed_push import Push, open_push
from huiliu.channels.wechat_push import take_push
from huiliu.channels.wechat_xml import read_xml, write_xml
from huiliu.kernel.times import SECOND
from huiliu.messages.article import Article, article_of, pictures_of, with_pictures
from huiliu.ports.channel import Callback, CallbackAnswer, ChannelAccount

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()[:43]
CONFIG = {"token": "secret", "aes_key": KEY, "app_id": "wx0123456789abcdef", "app": "tea"}
ACCOUNT = ChannelAccount(1, "wechat", "main", CONFIG, provider="wechat")
NOW = 1_800_000_000 * SECOND
ORACLE = WeChatCrypto("secret", KEY, "wx0123456789abcdef")


def push(plain: str) -> Callback:
    """Return a push as the library writes one."""
    sealed = read_xml(ORACLE.encrypt_message(plain, "n1", str(NOW // SECOND)).encode())
    assert sealed is not None
    query = urlencode({
        "msg_signature": sealed["MsgSignature"], "timestamp": sealed["TimeStamp"],
        "nonce": sealed["Nonce"], "encrypt_type": "aes",
    })  # fmt: skip
    body = write_xml({"ToUserName": "gh_1", "Encrypt": sealed["Encrypt"]})
    return Callback("POST", f"https://huiliu.example/callbacks/x?{query}", {}, body)


def opened(plain: str) -> Push:
    """Return what is read of a push."""
    found = open_push(ACCOUNT, push(plain), NOW, "wx0123456789abcdef")
    assert isinstance(found, Push)
    return found


def content_of(answer: bytes) -> str:
    """Return the words of an answer, as the library opens it."""
    outside = read_xml(answer)
    assert outside is not None
    plain = ORACLE.decrypt_message(
        outside, outside["MsgSignature"], outside["TimeStamp"], outside["Nonce"]
    )
    inside = read_xml(plain if isinstance(plain, bytes) else plain.encode())
    assert inside is not None
    return str(inside["Content"])


@pytest.mark.parametrize("written", ["klingon", "zlib_codec", "rot13", "gbk"])
def test_a_letter_set_that_nobody_knows_is_refused(written: str) -> None:
    """Whoever found the address gets a refusal, not a fault of ours."""
    body = f'<?xml version="1.0" encoding="{written}"?><xml><Encrypt>x</Encrypt></xml>'

    asked = f"https://huiliu.example/callbacks/x?timestamp={NOW // SECOND}&nonce=n"
    answer = take_push(ACCOUNT, Callback("POST", asked, {}, body.encode()), NOW)

    assert (read_xml(body.encode()), answer.status) == (None, 403)


def test_what_an_independent_library_seals_is_opened() -> None:
    """Signature, cipher and app id agree with it."""
    found = opened("<xml><MsgType>text</MsgType><Content><![CDATA[你好 <b>]]></Content></xml>")
    assert found.values == {"MsgType": "text", "Content": "你好 <b>"}


def test_an_independent_library_opens_what_we_answer() -> None:
    """A passive answer is decrypted and its signature accepted."""
    said = (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>oAda</FromUserName>"
        "<CreateTime>1800000000</CreateTime><MsgType>text</MsgType><Content>hi</Content>"
        "<MsgId>1</MsgId></xml>"
    )
    answer = take_push(ACCOUNT, push(said), NOW)
    assert answer.write is not None
    assert content_of(answer.write("好的 ]]> 再见")) == "好的 ]]> 再见"


def test_a_long_answer_is_cut_at_a_whole_character() -> None:
    """2,048 bytes and no half letter."""
    said = "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>"
    write = take_push(ACCOUNT, push(said), NOW).write
    assert write is not None
    assert content_of(write("茶" * 1_000)) == "茶" * 682


def test_who_and_what_make_an_event_one() -> None:
    """The same push has the same message id, another second or key another."""
    base = "<xml><FromUserName>oAda</FromUserName><MsgType>event</MsgType><Event>CLICK</Event>"

    def number(at: int, key: str) -> object:
        said = f"{base}<CreateTime>{at}</CreateTime><EventKey>{key}</EventKey></xml>"
        return take_push(ACCOUNT, push(said), NOW).events[0]["messageId"]

    assert number(1, "a") == number(1, "a")
    assert len({number(1, "a"), number(2, "a"), number(1, "b")}) == 3


def test_what_mini_programs_push_as_json_is_read_alike() -> None:
    """Numbers are words; a mini-program takes no answer in words."""
    mini = ChannelAccount(1, "mini_program", "mini", CONFIG, provider="wechat_mini")
    said = (
        '{"FromUserName": "oAda", "CreateTime": 1800000000, "MsgType": "event", '
        '"Event": "user_enter_tempsession", "SessionFrom": "product-7"}'
    )
    answer = take_push(mini, push(said), NOW)
    assert answer.write is None
    assert answer.events[0]["properties"] == {
        "channel": "mini_program", "app": "tea", "source": "product-7",
    }  # fmt: skip


@pytest.mark.parametrize("config", [{}, {"token": ""}, {**CONFIG, "aes_key": "short"}])
def test_an_account_without_its_secrets_opens_nothing(config: dict[str, str]) -> None:
    """Nothing is taken as proved by an empty token."""
    account = ChannelAccount(1, "wechat", "main", config, provider="wechat")
    found = open_push(account, push("<xml></xml>"), NOW, "wx0123456789abcdef")
    assert found == CallbackAnswer(403)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """XML from anybody never raises."""
    found = read_xml(body)
    assert found is None or isinstance(found, dict)


@given(st.text(max_size=200))
def test_whatever_is_written_reads_back(words: str) -> None:
    """Marks and signs of XML are data; only what XML cannot hold is left out."""
    found = read_xml(write_xml({"Content": words}))
    assert found is not None
    kept = words.replace("\r\n", "\n").replace("\r", "\n")
    lost = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
    assert found["Content"] == kept.translate(lost)


def test_an_article_is_read_with_all_that_would_be_refused() -> None:
    """Title, cover, script and an open picture: each told, nothing sent."""
    parts = {
        "type": "service", "title": "长" * 65, "html": '<script></script><img src="http://x/y.png">',
    }  # fmt: skip
    found = article_of(parts)
    assert isinstance(found, tuple)
    assert [one.path for one in found] == ["title", "type", "image", "html", "html"]


def test_pictures_of_an_article_are_replaced_once_each() -> None:
    """Those that lie with the platform stay as they are."""
    html = (
        '<img alt="a" src="https://i.example/1.png"><img src=\'https://i.example/1.png\'>'
        '<img src="https://mmbiz.qpic.cn/x">'
    )
    good = article_of({"type": "article", "title": "t", "html": html, "image": "https://i/c.png"})
    assert isinstance(good, Article)
    assert pictures_of(html) == ("https://i.example/1.png",)
    changed = with_pictures(html, {"https://i.example/1.png": "http://mmbiz.qpic.cn/1"})
    assert changed.count("http://mmbiz.qpic.cn/1") == 2
