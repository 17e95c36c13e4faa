"""What people write by mail, in the ways of many programs: their own words, nothing they quote."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiliu.messages.mail_addresses import answer_address, bounce_address, is_ours, read_target
from huiliu.messages.mail_words import own_words, read_letter

WORDS = "我的快递到哪里了？\n谢谢"


def letter(body: str = WORDS, html: str = "", **headers: str) -> bytes:
    """Return a letter as a mail program writes it."""
    made = EmailMessage()
    for name, value in ({"From": "李雷 <li@shop.example>", "Subject": "快递"} | headers).items():
        made[name.replace("_", "-")] = value
    if body:
        made.set_content(body)
    if html and body:
        made.add_alternative(html, subtype="html")
    elif html:
        made.set_content(html, subtype="html")
    return made.as_bytes(policy=email.policy.SMTP)


def test_a_letter_says_who_wrote_what_about_what() -> None:
    """In whatever way its headers and body are written."""
    found = read_letter(letter())

    assert found is not None
    assert (found.sender, found.title, found.words) == ("li@shop.example", "快递", WORDS)
    assert found.n_files == 0
    assert not found.is_bulk


@pytest.mark.parametrize(
    "quote",
    [
        "On Sun, Nov 22, 2026 at 12:00 PM Brand <hi@brand.example> wrote:\n> Your order\n> is sent",
        "On Sunday, 22 November 2026,\nBrand <hi@brand.example> wrote:\n\n> Your order",
        "-----Original Message-----\nFrom: Brand\nSent: Sunday\nTo: Li\n\nYour order is sent",
        "------------------ 原始邮件 ------------------\n发件人: Brand\n您的订单已发货",
        "在 2026-11-22 12:00:00，Brand <hi@brand.example> 写道：\n> 您的订单已发货",
        "Brand <hi@brand.example> 于2026年11月22日周日 12:00写道：\n\n> 您的订单已发货",
        "发件人: Brand\n发送时间: 2026年11月22日\n收件人: 李雷\n\n您的订单已发货",
        "________________________________\nFrom: Brand\n\nYour order is sent",
        "Am So., 22. Nov. 2026 um 12:00 Uhr schrieb Brand <hi@brand.example>:\n> Ihre Bestellung",
        "> 您的订单已发货\n> 单号 1",
        "发自我的iPhone",
        "Sent from my Galaxy",
        "-- \n李雷\n小店采购部",
    ],
)  # fmt: skip
def test_what_is_quoted_and_what_programs_add_is_left_out(quote: str) -> None:
    """Only the words above it are theirs."""
    assert own_words(f"{WORDS}\n\n{quote}\n") == WORDS


def test_who_writes_below_the_quote_is_heard_too() -> None:
    """Nothing that somebody wrote is lost because of where it stands."""
    written = "On Sun, Nov 22, 2026 at 12:00 PM Brand <hi@b.example> wrote:\n> Sent?\n\nNot yet!"

    assert "Not yet!" in own_words(written)


def test_a_letter_in_html_only_is_read_without_its_markup() -> None:
    """Scripts, quotes and comments of it are no words."""
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>还没有<b>收到</b></p>"
        "<p>1 &lt; 2<br>请查</p><script>alert(1)</script><!-- c -->"
        "<blockquote>您的订单</blockquote>"
    )
    found = read_letter(letter("", html))

    assert found is not None
    assert found.words == "还没有收到\n1 < 2\n请查"


def test_chinese_in_its_old_encodings_is_read() -> None:
    """What calls itself gb2312 holds more characters than it knows."""
    raw = (
        b"From: li@shop.example\r\nSubject: =?gb2312?B?v+y13Q==?=\r\n"
        b"Content-Type: text/plain; charset=gb2312\r\n\r\n"
    ) + "朱镕基的快递".encode("gb18030")
    found = read_letter(raw)

    assert found is not None
    assert (found.title, found.words) == ("快递", "朱镕基的快递")


def test_files_are_counted_and_lists_are_told_from_people() -> None:
    """A newsletter that answers by itself opens no conversation."""
    made = EmailMessage()
    made["From"] = "li@shop.example"
    made["List-Id"] = "news.example"
    made.set_content("x")
    made.add_attachment(b"12", maintype="image", subtype="png", filename="a.png")
    found = read_letter(made.as_bytes())

    assert found is not None
    assert (found.n_files, found.is_bulk) == (1, True)


def test_a_letter_is_the_same_letter_by_its_id() -> None:
    """Servers bring one twice."""
    one, two = (read_letter(letter(Message_ID=f"<{name}@x.example>")) for name in ("a", "b"))
    again = read_letter(letter(Message_ID="<a@x.example>"))

    assert one is not None
    assert two is not None
    assert again is not None
    assert one.letter_id == again.letter_id != two.letter_id


@given(st.binary(max_size=400))
def test_whatever_strangers_bring_is_read_or_refused(raw: bytes) -> None:
    """Nothing that is made to break the reader breaks it."""
    for content in (raw, b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + raw):
        found = read_letter(content)
        assert found is None or len(found.words) <= 10_000


def test_an_answers_address_is_no_return_path() -> None:
    """Each proves one thing: who sees the one cannot make the other."""
    key, number = b"k" * 16, bytes(range(16))
    answer = read_target(answer_address(number, "b.example", key).partition("@")[0])
    bounce = read_target(bounce_address(number, "b.example", key).partition("@")[0])

    assert answer is not None
    assert bounce is not None
    assert is_ours(answer, key)
    assert is_ours(bounce, key)
    forged = read_target("r" + bounce_address(number, "b.example", key).partition("@")[0][1:])
    assert forged is not None
    assert not is_ours(forged, key)
    assert not is_ours(answer, b"o" * 16)
