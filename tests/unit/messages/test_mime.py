"""The bytes that go over the wire are a letter that others read as it was meant."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from huiliu.messages.mime import compose, is_address, on_the_wire, read_sender

ID = bytes(range(16))
AT = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z


def letter(parts: dict[str, str], url: str = "", sender: str = "汇流 <hi@brand.example>") -> bytes:
    """Return a composed letter."""
    found = read_sender(sender)
    assert found is not None
    return on_the_wire(compose(found, ID, AT, "li@shop.example", parts, url))


def read(raw: bytes) -> EmailMessage:
    """Return a letter as another program reads it, dots undone."""
    return email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=email.policy.default)


def test_a_letter_of_two_bodies_is_read_back_whole():
    """Sender, subject, both bodies, date and id are what they were."""
    parts = {"subject": "你好" * 60, "text": "您好\n", "html": "<p>您好</p>"}

    found = read(letter(parts, "https://brand.example/u/x"))

    assert str(found["From"]) == "汇流 <hi@brand.example>"
    assert found["Subject"] == "你好" * 60
    assert found["Message-ID"] == f"<{ID.hex()}@brand.example>"
    assert found["Date"].datetime.isoformat() == "2026-01-01T00:00:00+00:00"
    plain, markup = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None
    assert markup is not None
    assert plain.get_content() == "您好\n"
    assert markup.get_content() == "<p>您好</p>"
    assert found.defects == []


def test_one_click_headers_are_those_of_rfc_8058():
    """Both headers, and only where there is an address for them."""
    found = read(letter({"subject": "a", "text": "b"}, "https://brand.example/u/x"))
    assert found["List-Unsubscribe"] == "<https://brand.example/u/x>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    assert "List-Unsubscribe" not in read(letter({"subject": "a", "text": "b"}))


def test_a_dot_alone_on_a_line_does_not_end_the_letter():
    """Dots at line starts are doubled for SMTP, in plain bodies too."""
    raw = letter({"subject": "a", "text": "x\n.\n.y"})

    assert b"\r\n.\r\n" not in raw
    assert read(raw).get_content() == "x\r\n.\r\n.y\r\n"


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb", "é" * 2000, "x" * 5000, "", "=\t="])
def test_lines_are_short_and_end_with_crlf(text: str):
    """No bare line feed, no line beyond what a server must take."""
    raw = letter({"subject": "s", "text": text, "html": text})

    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: victim@x.example", "a\nX: y", "a\u2028Bcc: z", "=?utf-8?q?forged?="]
)
def test_a_subject_cannot_begin_another_header(subject: str):
    """Whatever is in it, there is one subject and no Bcc."""
    found = read(letter({"subject": subject, "text": "b"}))

    assert "Bcc" not in found
    assert "X" not in found
    assert "\n" not in found["Subject"]
    assert found["Subject"].replace(" ", "") == (
        subject.replace("\r\n", "").replace("\n", "").replace("\u2028", "").replace(" ", "")
    )


def test_encoded_words_never_cut_a_character():
    """Each word decodes by itself."""
    raw = letter({"subject": "😀" * 100, "text": "b"}, sender="hi@brand.example")

    words = [word for word in raw.split() if word.startswith(b"=?utf-8?b?")]
    assert len(words) > 1
    assert all(len(word) <= 75 for word in words)
    assert all(set(str(email.header.make_header(email.header.decode_header(word.decode()))))
               == {"😀"} for word in words)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("hi@brand.example", "hi@brand.example"),
        ('"A, B" <hi@brand.example>', "hi@brand.example"),
        ("汇流 <hi@brand.example>", "hi@brand.example"),
        ("nobody", None),
        ("a@b.example\r\nBcc: x", None),
        ("a@b.example, c@d.example", None),
    ],
)
def test_a_sender_is_one_address_with_a_name_or_without(written: str, address: str | None):
    """Anything else is no sender."""
    found = read_sender(written)

    assert (found.address if found else None) == address


def test_a_sender_may_ask_for_replies_elsewhere():
    """Reply-To is an address too."""
    found = read_sender("hi@brand.example", "help@brand.example")
    assert found is not None
    assert (b"Reply-To", b"help@brand.example") in found.fields

    assert read_sender("hi@brand.example", "no address") is None


@pytest.mark.parametrize(
    "written", ["a b@x.example", "a@x.example>", "a@", "@x", "a@x..y", "é@x.example", "a@-x", ""]
)
def test_what_would_need_quoting_is_no_address(written: str):
    """It could end a command of SMTP or a header."""
    assert not is_address(written)
