"""Reads what mail servers send back: bounces, complaints, answers of machines.

Bounces are delivery status notifications (RFC 3464) or, from old servers, plain words; complaints
are ARF (RFC 5965). All of it comes from strangers: what is read is bounded, and nothing of it is
kept but codes and a server's words without addresses.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Final

from huiliu.messages.mail_codes import Failure, enhanced, failure_of, without_addresses
from huiliu.messages.mime import is_address

__all__ = ["MailReport", "read_report"]

#: Parts, and parts within parts, that a report may have; a real one has three.
_MOST_BORDERS: Final = 20
_BORDER: Final = re.compile(rb"boundary\s*=", re.IGNORECASE)
#: So much of a bounce in plain words is looked at.
_WORDS: Final = 8_192
#: A message id of ours, as the letter's headers that come back hold it.
_OUR_ID: Final = re.compile(r"<([0-9a-f]{32})@([a-z0-9.-]{1,253})>", re.IGNORECASE)
_HEADER_NAMES: Final = ("Message-ID", "In-Reply-To", "References", "Original-Message-ID")
_RECIPIENTS: Final = ("Original-Recipient", "Final-Recipient")
_COMPLAINED_OF: Final = ("Original-Rcpt-To",)
_AUTOMATIC: Final = frozenset({"auto-replied", "auto-generated", "auto-notified"})
_DSN_ACTIONS: Final = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_FEEDBACK: Final = frozenset({"abuse", "fraud", "virus", "other", "not-spam", "opt-out"})


@dataclass(frozen=True, slots=True)
class MailReport:
    """What a letter that came in says of one that went out."""

    #: failed, delayed, delivered, complaint, automatic, or other for what people write.
    kind: str
    #: Of a failure, why.
    failure: Failure | None = None
    #: The enhanced code, `5.1.1`, or "" where none was given; of a complaint its type.
    code: str = ""
    #: The server's words without addresses.
    response: str = ""
    #: Ids of ours that it quotes, each with the domain beside it; the best first.
    quoted: tuple[tuple[bytes, str], ...] = ()
    #: The address that it is about, as it is written there; never kept.
    about: str = field(default="", repr=False)


def read_report(content: bytes, *, is_from_nobody: bool) -> MailReport:
    """Return what a letter that came in reports.

    Args:
        content: the letter as it came.
        is_from_nobody: the envelope's sender is empty, as a bounce's must be.
    """
    if len(_BORDER.findall(content)) > _MOST_BORDERS:
        return MailReport("other")
    try:
        letter = email.message_from_bytes(content, policy=email.policy.compat32)
        return _read(letter, is_from_nobody)
    except (RecursionError, LookupError, ValueError, email.errors.MessageError, AttributeError):
        # The library has its ways to stumble over what was made to be stumbled over.
        return MailReport("other")


def _read(letter: Message, is_from_nobody: bool) -> MailReport:
    """Return what a parsed letter reports."""
    kind = str(letter.get_param("report-type") or "").lower()
    quoted = tuple(dict.fromkeys(_quoted(letter)))
    if kind == "feedback-report":
        told = _first(letter, "message/feedback-report")
        return replace(_complaint(told, quoted), about=_address(told, _COMPLAINED_OF))
    status = _first(letter, "message/delivery-status")
    if kind == "delivery-status" or status is not None:
        return replace(_notification(status, letter, quoted), about=_address(status, _RECIPIENTS))
    automatic = re.split(r"[;(\s]", str(letter.get("Auto-Submitted") or "").strip().lower())[0]
    # Exim and qmail send plain words from nobody; so does an absent person's answer, which says so.
    if is_from_nobody and automatic != "auto-replied":
        words = _plain_words(letter)
        if enhanced(words) or re.search(r"(?<!\d)[45]\d\d[ -]", words) or _names_failure(letter):
            return _failed("", words, quoted)
    if is_from_nobody or automatic in _AUTOMATIC or letter.get("X-Autoreply"):
        return MailReport("automatic", quoted=quoted)
    return MailReport("other", quoted=quoted)


def _address(part: Message | None, names: tuple[str, ...]) -> str:
    """Return the address that a report is about: the one that was written to, before forwarding."""
    for name in names:
        for block in _blocks(part):
            written = str(block.get(name) or "").rpartition(";")[2].strip().strip("<>")
            if is_address(written):
                return written
    return ""


def _complaint(part: Message | None, quoted: tuple[tuple[bytes, str], ...]) -> MailReport:
    """Return a complaint; "this is no spam" is none."""
    types = [block["Feedback-Type"] for block in _blocks(part) if "Feedback-Type" in block]
    said = str(types[0]).strip().lower() if types else "abuse"
    said = said if said in _FEEDBACK else "other"
    if said == "not-spam":
        return MailReport("other", code=said, quoted=quoted)
    return MailReport("complaint", code=said, quoted=quoted)


def _notification(
    status: Message | None, letter: Message, quoted: tuple[tuple[bytes, str], ...]
) -> MailReport:
    """Return a delivery status notification; of several recipients the worst counts."""
    found: dict[str, tuple[str, str]] = {}
    for block in _blocks(status):
        action = str(block.get("Action") or "").partition("(")[0].strip().lower()
        if action in _DSN_ACTIONS:
            code = str(block.get("Status") or "").strip().partition(" ")[0][:20]
            words = str(block.get("Diagnostic-Code") or "").partition(";")[2].strip()
            found.setdefault(action, (code, words))
    if "failed" in found:
        code, words = found["failed"]
        return _failed(code, words or _plain_words(letter), quoted)
    for action in ("delayed", "delivered"):
        if action in found:
            code, words = found[action]
            return MailReport(action, None, code, without_addresses(words), quoted)
    if found:
        # Handed to a server that reports nothing, or to a list: no news of the mailbox itself.
        return MailReport("automatic", quoted=quoted)
    return _failed("", _plain_words(letter), quoted)


def _failed(code: str, words: str, quoted: tuple[tuple[bytes, str], ...]) -> MailReport:
    """Return a failure with its reason."""
    known = enhanced(code) or enhanced(words)
    shown = ".".join(map(str, known)) if known else ""
    return MailReport("failed", failure_of(code, words), shown, without_addresses(words), quoted)


def _names_failure(letter: Message) -> bool:
    """Say whether a header says that this is a bounce, as Exim's and qmail's do."""
    if letter.get("X-Failed-Recipients"):
        return True
    words = str(letter.get("Subject") or "").lower()
    return any(sign in words for sign in ("undeliver", "delivery fail", "returned mail", "退信"))


def _blocks(part: Message | None) -> list[Mapping[str, str]]:
    """Return the header blocks of a delivery-status or feedback-report part."""
    if part is None:
        return []
    inside = part.get_payload()
    if isinstance(inside, list):
        return [one for one in inside if isinstance(one, Message)]  # type: ignore[misc] # a Message maps names to values
    # The library parses delivery-status into blocks, and leaves others as text.
    text = str(inside).replace("\r\n", "\n")
    return [
        email.message_from_string(block)  # type: ignore[misc] # as above
        for block in re.split(r"\n\s*\n", text.strip())[:_MOST_BORDERS]
    ]


def _first(letter: Message, kind: str) -> Message | None:
    """Return the first part of a kind."""
    return next((part for part in letter.walk() if part.get_content_type() == kind), None)


def _plain_words(letter: Message) -> str:
    """Return the beginning of the first part that is plain text."""
    part = _first(letter, "text/plain")
    if part is None:
        return ""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = str(part.get_content_charset() or "utf-8")
    try:
        return raw[:_WORDS].decode(charset, "replace")
    except LookupError:
        return raw[:_WORDS].decode("utf-8", "replace")


def _quoted(letter: Message) -> Iterator[tuple[bytes, str]]:
    """Yield ids of ours: first of the letter that came back, then of those that are answered."""
    for part in letter.walk():
        if part is letter or part.get_content_maintype() == "multipart":
            continue
        kind = part.get_content_type()
        if kind in {"text/rfc822-headers", "message/rfc822", "message/feedback-report"}:
            inside = part.get_payload()
            texts = inside if isinstance(inside, list) else [inside]
            for text in texts:
                yield from _ids(text)
    for name in ("In-Reply-To", "References"):
        yield from _ids(str(letter.get(name) or "")[:4_096])


def _ids(source: object) -> Iterator[tuple[bytes, str]]:
    """Yield the ids of ours in a letter's headers, or in the text of some."""
    if isinstance(source, Message):
        text = "\n".join(str(source.get(name) or "") for name in _HEADER_NAMES)
    else:
        text = str(source)[:_WORDS]
    for found in _OUR_ID.finditer(text):
        yield bytes.fromhex(found[1]), found[2].lower()
