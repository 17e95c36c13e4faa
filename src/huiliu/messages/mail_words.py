"""Reads what a person writes by mail: who, about what, and their own words without what they quote.

A letter comes from a stranger: what is read is bounded, and what cannot be read is left out.
"""

from __future__ import annotations

import email
import email.errors
import email.header
import email.policy
import hashlib
import html
import re
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parseaddr
from typing import Final

from huiliu.messages.mime import is_address

__all__ = ["Letter", "own_words", "read_letter"]

_MOST_BORDERS: Final = 20
_BORDER: Final = re.compile(rb"boundary\s*=", re.IGNORECASE)
_MOST_PARTS: Final = 50
_LONGEST: Final = 10_000
#: So much of a part is looked at.
_LONGEST_PART: Final = 200_000
#: Where what somebody answers begins, in the words of mail programs.
_QUOTES: Final = re.compile(
    r"(?im)^[ \t]*(?:"
    r"-{2,}[ \t]*(?:original message|forwarded message|原始邮件|原始郵件|回复的原邮件)[ \t]*-{2,}"
    r"|on [^\n]{5,200}(?:\n[^\n]{0,200})?wrote:[ \t]*$"
    r"|(?:am|le|el|il) [^\n]{5,200}(?:schrieb|a écrit|escribió|ha scritto)[^\n]{0,80}:[ \t]*$"
    r"|(?:在|于)[^\n]{4,120}(?:写道|寫道)[:：][ \t]*$"
    r"|[^\n]{0,120}(?:于|於)\s?\d{4}[^\n]{4,120}(?:写道|寫道)[:：][ \t]*$"
    r"|(?:from|发件人|寄件者|von|de)[:：][^\n]{3,200}\n(?:[^\n]{0,200}\n){0,3}?"
    r"(?:sent|date|发送时间|日期|gesendet|to|收件人|envoyé)[:：]"
    r"|_{20,}[ \t]*$"
    r")"
)
_QUOTED_LINE: Final = re.compile(r"^[ \t]*>")
#: A mail program's own line below the words.
_SIGN: Final = re.compile(
    r"(?im)^(?:-- ?$|sent from my [^\n]{2,40}$"
    r"|发自我的[^\n]{1,30}$|从[^\n]{1,20}发送$|来自[^\n]{1,20}邮箱$)"
)
_DROPPED: Final = re.compile(
    r"(?is)<(script|style|head|title|blockquote|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)"
)
_BREAK: Final = re.compile(r"(?i)<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]{0,200}>")
_TAG: Final = re.compile(r"<[^>]{0,2000}>")
_BLANK: Final = re.compile(r"[ \t\u00a0]+")
_GAPS: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody wrote."""

    #: Whose address the letter says that it comes from; "" = it says none that can be.
    sender: str = field(repr=False)
    title: str = field(repr=False)
    #: Their own words.
    words: str = field(repr=False)
    #: The same for the same letter.
    letter_id: str
    #: Pictures and files that came with it.
    n_files: int
    #: A list or a machine sent it.
    is_bulk: bool


def read_letter(content: bytes) -> Letter | None:
    """Return what a person wrote; None where it cannot be read."""
    if len(_BORDER.findall(content)) > _MOST_BORDERS:
        return None
    try:
        letter = email.message_from_bytes(content, policy=email.policy.compat32)
        return _read(letter, content)
    except (RecursionError, LookupError, ValueError, email.errors.MessageError, AttributeError):
        # The library has its ways to stumble over what was made to be stumbled over.
        return None


def _read(letter: Message, content: bytes) -> Letter:
    """Return what a parsed letter says."""
    sender = parseaddr(_header(letter, "From"))[1].strip()
    number = str(letter.get("Message-ID") or "").strip()[:300]
    plain, rich, n_files = "", "", 0
    for at, part in enumerate(letter.walk()):
        if at >= _MOST_PARTS or part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            n_files += 1
        elif kind == "text/plain" and not plain:
            plain = _text(part)
        elif kind == "text/html" and not rich:
            rich = _text(part)
    words = own_words(plain if plain.strip() else _from_html(rich))
    precedence = str(letter.get("Precedence") or "").strip().lower()
    return Letter(
        sender if is_address(sender) else "",
        " ".join(_header(letter, "Subject").split())[:300],
        words[:_LONGEST],
        hashlib.blake2b((number or "").encode() or content, digest_size=16).hexdigest(),
        n_files,
        precedence in {"bulk", "list", "junk"} or letter.get("List-Id") is not None,
    )


def own_words(written: str) -> str:
    """Return what somebody wrote themselves: no quotes of what they answer, no program's line."""
    plain = written.replace("\r\n", "\n").replace("\r", "\n")
    cut = _QUOTES.search(plain)
    own = plain[: cut.start()] if cut is not None else plain
    own = "\n".join(line for line in own.split("\n") if not _QUOTED_LINE.match(line))
    sign = _SIGN.search(own)
    if sign is not None:
        own = own[: sign.start()]
    found = _GAPS.sub("\n\n", "\n".join(_BLANK.sub(" ", line).rstrip() for line in own.split("\n")))
    # Who writes below what they quote wrote something all the same.
    return found.strip() or (_GAPS.sub("\n\n", plain).strip() if cut is not None else "")


def _header(letter: Message, name: str) -> str:
    """Return a header's text, decoded."""
    raw = str(letter.get(name) or "")[:2_000]
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (UnicodeDecodeError, LookupError, ValueError, email.errors.HeaderParseError):
        return raw


def _text(part: Message) -> str:
    """Return a part's text; characters that cannot be read are marked."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    # What calls itself gb2312 is written in its larger sister.
    name = "gb18030" if charset.lower() in {"gb2312", "gbk"} else charset
    try:
        return raw[:_LONGEST_PART].decode(name, "replace").replace("\x00", "")
    except LookupError:
        return raw[:_LONGEST_PART].decode("utf-8", "replace").replace("\x00", "")


def _from_html(written: str) -> str:
    """Return the words of HTML; nothing of it is ever shown as HTML."""
    plain = _BREAK.sub("\n", _DROPPED.sub(" ", written))
    return html.unescape(_TAG.sub("", plain)).replace("\x00", "")
