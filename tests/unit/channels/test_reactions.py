"""Every answer of a provider has one meaning, and no answer keeps an address."""

from __future__ import annotations

import pytest

from huiliu.channels.smpp_reactions import Report, canonical_id, plain_text, read_report
from huiliu.channels.smpp_reactions import reaction as smpp
from huiliu.channels.smtp_reactions import Stage, reaction, said
from huiliu.ports.channel import AnswerState as Means


@pytest.mark.parametrize(
    ("stage", "code", "words", "means"),
    [
        (Stage.DATA, 250, "2.0.0 Ok: queued", Means.ACCEPTED),
        (Stage.RCPT, 550, "5.1.1 No such user", Means.SUPPRESS),
        (Stage.RCPT, 550, "mailbox unavailable", Means.SUPPRESS),
        (Stage.DATA, 550, "refused as spam", Means.REJECTED),
        (Stage.RCPT, 550, "5.7.1 blocked", Means.REJECTED),
        (Stage.RCPT, 552, "5.2.2 mailbox full", Means.RETRY),
        (Stage.RCPT, 450, "4.2.1 receiving too quickly", Means.RETRY),
        (Stage.RCPT, 451, "4.7.1 greylisted", Means.RETRY),
        (Stage.RCPT, 421, "4.7.0 try again later", Means.THROTTLED),
        (Stage.CONNECT, 421, "busy", Means.THROTTLED),
        (Stage.MAIL, 451, "later", Means.THROTTLED),
        (Stage.MAIL, 550, "5.7.1 sender not allowed", Means.PAUSE),
        (Stage.DATA, 550, "5.7.26 unauthenticated", Means.PAUSE),
        (Stage.SIGN_IN, 535, "5.7.8 bad password", Means.PAUSE),
        (Stage.SIGN_IN, 454, "4.7.0 later", Means.THROTTLED),
    ],
)
def test_an_smtp_reply_has_one_meaning(stage: Stage, code: int, words: str, means: Means):
    """By stage, code and enhanced code."""
    assert reaction(stage, code, words) is means


def test_no_address_is_kept_of_a_reply():
    """Servers like to repeat whom they refuse."""
    kept = said(550, "5.1.1 <li@shop.example>: Recipient\nli@shop.example unknown")

    assert kept == "550 5.1.1 <<address>>: Recipient <address> unknown"


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (0x00, Means.ACCEPTED), (0x58, Means.THROTTLED), (0x14, Means.THROTTLED),
        (0x08, Means.RETRY), (0x45, Means.RETRY), (0x0B, Means.SUPPRESS), (0x0E, Means.PAUSE),
        (0x0A, Means.REJECTED), (0x400, Means.REJECTED),
    ],
)  # fmt: skip
def test_an_smpp_status_has_one_meaning(status: int, means: Means):
    """What the table does not know is a refusal of this message only."""
    assert smpp(status) is means


@pytest.mark.parametrize(
    ("content", "tlv", "state", "expected"),
    [
        ("id:1A sub:001 stat:DELIVRD err:000 text:id:9", None, None,
         Report("1A", "delivered", "DELIVRD 000")),
        ("id:7 stat:UNDELIV err:0A1 text:", None, None, Report("7", "failed", "UNDELIV 0A1")),
        ("id:7 stat:ENROUTE err:000", None, None, Report("7", "", "ENROUTE 000")),
        ("", "44", 2, Report("44", "delivered", "DELIVRD")),
        ("ID:7 STAT:EXPIRED ERR:1", None, None, Report("7", "expired", "EXPIRED 1")),
        ("hello", None, None, None),
    ],
)  # fmt: skip
def test_a_receipt_is_read_from_its_text_or_its_parameters(
    content: str, tlv: str | None, state: int | None, expected: Report | None
):
    """Either is enough; the message's own text after `text:` is not read."""
    assert read_report(content, tlv, state) == expected


def test_ids_written_in_two_ways_are_the_same_id():
    """The answer in hexadecimal, the receipt in decimal, or the other way round, zeros or not."""
    assert canonical_id("1A", "hex-decimal", is_receipt=False) == canonical_id(
        "0026", "hex-decimal", is_receipt=True
    )
    assert canonical_id("26", "decimal-hex", is_receipt=False) == canonical_id(
        "1a", "decimal-hex", is_receipt=True
    )
    assert canonical_id("0x", "same", is_receipt=True) == "0x"
    assert canonical_id("abc-1", "hex-decimal", is_receipt=False) == "abc-1"


def test_replies_are_read_in_the_three_codings():
    """Default alphabet, Latin-1 and UCS-2."""
    assert plain_text(b"STOP", 0) == "STOP"
    assert plain_text(b"\xe9", 3) == "é"
    assert plain_text("退订".encode("utf-16-be"), 8) == "退订"
