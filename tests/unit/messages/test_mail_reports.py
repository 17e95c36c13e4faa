"""Bounces and complaints are understood, whoever wrote them; nothing of a person is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.messages.mail_codes import Failure, failure_of, without_addresses
from huiliu.messages.mail_reports import read_report

OURS = "00112233445566778899aabbccddeeff"
DSN = """\
From: MAILER-DAEMON@mx.example
To: b+x@bounce.brand.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

This is the mail system. Your letter to li@shop.example came back.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 22 Nov 2026 12:00:00 +0800

Final-Recipient: rfc822; li@shop.example
Original-Recipient: rfc822;li.lei@shop.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--B
Content-Type: {kind}

From: hi@brand.example
To: li@shop.example
Message-ID: <{ours}@brand.example>

--B--
"""
ARF = """\
From: feedback@isp.example
To: fbl@bounce.brand.example
Subject: FW: sale
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {type}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <li@shop.example>

--B
Content-Type: message/rfc822

From: hi@brand.example
To: li@shop.example
Message-ID: <{ours}@brand.example>
Subject: sale

buy
--B--
"""


def dsn(action: str = "failed", status: str = "5.1.1", words: str = "550 5.1.1 No such user",
        kind: str = "text/rfc822-headers") -> bytes:  # fmt: skip
    """Return a delivery status notification."""
    written = DSN.format(action=action, status=status, words=words, kind=kind, ours=OURS)
    return written.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_notification_names_the_letter_the_reason_and_whom(kind: str):
    """The id that it quotes, the code, the address before forwarding; words without addresses."""
    found = read_report(
        dsn(words="550 5.1.1 <li@shop.example>: unknown", kind=kind), is_from_nobody=True
    )

    assert (found.kind, found.failure, found.code) == ("failed", Failure.HARD, "5.1.1")
    assert found.response == "550 5.1.1 <<address>>: unknown"
    assert found.quoted == ((bytes.fromhex(OURS), "brand.example"),)
    assert found.about == "li.lei@shop.example"
    assert "shop.example" not in repr(found)


@pytest.mark.parametrize(
    ("action", "kind"),
    [("failed", "failed"), ("delayed", "delayed"), ("delivered", "delivered"),
     ("relayed", "automatic"), ("expanded", "automatic"), ("FAILED (gave up)", "failed")],
)  # fmt: skip
def test_only_what_failed_is_a_failure(action: str, kind: str):
    """A server that goes on trying has not given up."""
    assert read_report(dsn(action, "4.4.1", "try later"), is_from_nobody=True).kind == kind


@pytest.mark.parametrize(
    ("status", "words", "failure"),
    [
        ("5.1.1", "", Failure.HARD),
        ("5.1.10", "", Failure.HARD),
        ("5.2.1", "disabled", Failure.HARD),
        ("5.2.2", "", Failure.SOFT),
        ("4.4.7", "expired", Failure.SOFT),
        ("4.1.1", "no such user", Failure.SOFT),
        ("5.7.1", "blocked for spam", Failure.BLOCKED),
        ("5.7.26", "unauthenticated", Failure.BLOCKED),
        ("5.7.1", "Recipient address unknown", Failure.HARD),
        ("5.0.0", "550 5.1.1 user unknown", Failure.HARD),
        ("5.0.0", "mailbox is full", Failure.SOFT),
        ("5.1.0", "mail refused by policy", Failure.BLOCKED),
        ("", "550 Requested action not taken", Failure.HARD),
        ("", "550 User has no mailbox quota exceeded", Failure.SOFT),
        ("", "554 DT:SPM 163 mx", Failure.BLOCKED),
        ("", "550 用户不存在", Failure.HARD),
        ("", "552 邮箱已满", Failure.SOFT),
        ("", "it went wrong", Failure.SOFT),
        ("", "host 10.5.1.1 said something", Failure.SOFT),
    ],
)  # fmt: skip
def test_a_reason_is_read_from_code_and_words(status: str, words: str, failure: Failure):
    """By the code where it is telling, else by the words; in doubt it may be there tomorrow."""
    assert failure_of(status, words) is failure


def test_a_bounce_in_plain_words_is_one():
    """As qmail and old gateways write it."""
    plain = (
        b"From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n\r\n"
        b"Hi. This is the qmail-send program.\r\n<li@shop.example>:\r\n"
        b"550 5.1.1 sorry, no mailbox here by that name\r\n\r\n--- Below this line is a copy\r\n"
    )

    found = read_report(plain, is_from_nobody=True)

    assert (found.kind, found.failure) == ("failed", Failure.HARD)
    assert read_report(plain, is_from_nobody=False).kind == "other"


def test_an_absent_person_is_no_bounce():
    """A vacation notice says that the mailbox is there."""
    away = (
        b"From: li@shop.example\r\nAuto-Submitted: auto-replied (vacation)\r\n"
        b"Subject: Out of office\r\n\r\nBack on 5.1.1 2027, call 550 1234\r\n"
    )

    assert read_report(away, is_from_nobody=True).kind == "automatic"
    assert read_report(away, is_from_nobody=False).kind == "automatic"


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [("abuse", "complaint", "abuse"), ("fraud", "complaint", "fraud"),
     ("nonsense", "complaint", "other"), ("not-spam", "other", "not-spam")],
)  # fmt: skip
def test_a_complaint_names_the_letter(said: str, kind: str, code: str):
    """Its type counts: "this is no spam" is the opposite."""
    raw = ARF.format(type=said, ours=OURS).replace("\n", "\r\n").encode()

    found = read_report(raw, is_from_nobody=False)

    assert (found.kind, found.code) == (kind, code)
    assert found.quoted == ((bytes.fromhex(OURS), "brand.example"),)
    assert found.about == "li@shop.example"


def _nested(depth: int) -> bytes:
    """Return parts within parts within parts."""
    inside = b"x"
    for n in range(depth):
        inside = (
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n%b\r\n--%d--\r\n'
            % (n, n, inside, n)
        )  # fmt: skip
    return inside


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\r\n", b"\xff\xfe\x00", b":" * 5_000, b"a:b\r\n" * 5_000, _nested(15), _nested(400),
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing",
        b"Content-Type: message/delivery-status\r\n\r\n\r\n\r\nAction: failed\r\n\r\n",
        b"Content-Type: text/plain; charset=zip\r\nSubject: undeliverable\r\n\r\n550 x",
        b"Content-Type: message/rfc822\r\n\r\n" * 200,
        b'Content-Type: multipart/report; report-type*0=\xe4; boundary=""\r\n\r\n--\r\n',
        b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n=\x00=",
        dsn().replace(b"Action: failed", b"Action: \xff\xff"),
        dsn().replace(b"smtp; 550", b"=?utf-8?b?////?= ; " + b"a" * 50_000),
    ],
)  # fmt: skip
def test_what_was_made_to_be_stumbled_over_is_read_without_stumbling(raw: bytes):
    """Whatever comes is something, and what is kept of it is short."""
    found = read_report(raw, is_from_nobody=True)

    assert found.kind in {"failed", "automatic", "other"}
    assert len(found.response) <= 300


@settings(deadline=None)
@given(st.binary(max_size=400), st.integers(0, 700))
def test_a_report_with_anything_in_it_is_read(noise: bytes, at: int):
    """Bytes put anywhere into a real one."""
    whole = dsn()

    assert read_report(whole[:at] + noise + whole[at:], is_from_nobody=True).kind


def test_an_id_of_ours_in_the_words_of_a_stranger_is_not_quoted():
    """Only the letter that came back, and what is answered, name a letter."""
    raw = b"Subject: x\r\n\r\n<%b@brand.example>\r\n" % OURS.encode()

    assert read_report(raw, is_from_nobody=False).quoted == ()


def test_words_are_kept_short_and_without_addresses():
    """On one line."""
    kept = without_addresses("550 <li@shop.example>\r\n said\tno " + "x" * 9_000)

    assert kept.startswith("550 <<address>> said no xxx")
    assert len(kept) == 300
