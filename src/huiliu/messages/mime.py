"""An e-mail as the bytes that go over the wire: what letters share is built once."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from typing import Final

from huiliu.kernel.ids import show_id
from huiliu.kernel.times import as_datetime

__all__ = ["Sender", "compose", "is_address", "read_sender"]

# What may stand between the angle brackets of SMTP and in a header without quoting.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
#: An encoded word is at most 75 characters; 12 of them frame it. Source: RFC 2047 section 2.
_WORD_BYTES: Final = 45
#: A line is at most 998 characters without its end. Source: RFC 5322 section 2.1.1.
_MAX_LINE: Final = 998
_PLAIN: Final = re.compile(r"[\x20-\x7e\t\r\n]*")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an account's letters come from."""

    #: The address alone.
    address: str
    #: The headers that all its letters share, each line ended.
    headers: bytes
    #: The domain of its message ids.
    domain: str


def is_address(written: str) -> bool:
    """Say whether an address can stand in SMTP and headers as it is: ASCII, nothing to quote."""
    return len(written) <= 254 and _ADDRESS.fullmatch(written) is not None


def read_sender(written: str, reply_to: str = "") -> Sender | None:
    """Return the sender of `Brand <hello@brand.example>`, or None when it is not written so."""
    found = getaddresses([written])
    if len(found) != 1 or _CONTROL.search(written):
        return None
    name, address = found[0]
    if not is_address(address) or (reply_to and not is_address(reply_to)):
        return None
    name = name.strip()
    shown = f"{_phrase(name)} <{address}>" if name else address
    lines = [f"From: {shown}", *([f"Reply-To: {reply_to}"] if reply_to else []),
             "MIME-Version: 1.0"]  # fmt: skip
    headers = "".join(f"{line}\r\n" for line in lines).encode("ascii")
    return Sender(address, headers, address.rpartition("@")[2])


def compose(
    sender: Sender,
    message_id: bytes,
    at: int,
    to: str,
    parts: Mapping[str, str],
    unsubscribe_url: str = "",
) -> bytes:
    """Return a whole letter, lines ended with CRLF and dots at line starts doubled for SMTP.

    Args:
        sender: who it comes from.
        message_id: 16 bytes; becomes the Message-ID, so a repeat can be recognised.
        at: the instant of the Date header.
        to: an address for which `is_address` holds.
        parts: `subject` and `text`, and `html` where there is one.
        unsubscribe_url: its one-click address, "" for letters that need none.
    """
    shown = show_id(message_id)
    head = (
        f"To: {to}\r\nSubject: {_unstructured(parts.get('subject', ''))}\r\n"
        f"Date: {_date(at // 1_000_000)}\r\nMessage-ID: <{shown}@{sender.domain}>\r\n"
    )
    if unsubscribe_url:
        # Source: RFC 8058 section 3.1.
        head += (
            f"List-Unsubscribe: <{unsubscribe_url}>\r\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        )
    top = sender.headers + head.encode("ascii")
    text = _body("plain", parts.get("text", ""))
    if "html" not in parts:
        return _stuffed(top + text)
    border = f"hl_{shown}".encode()
    return _stuffed(
        b'%bContent-Type: multipart/alternative; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b\r\n%b'
        b"\r\n--%b--\r\n"
        % (top, border, border, text, border, _body("html", parts["html"]), border)
    )


def _body(subtype: str, written: str) -> bytes:
    """Return one part with its own headers: as it is where it is plain ASCII, else base64."""
    if _PLAIN.fullmatch(written):
        lines = written.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if max(map(len, lines)) <= _MAX_LINE:
            head = f"Content-Type: text/{subtype}; charset=us-ascii\r\n\r\n"
            end = "" if written.endswith(("\n", "\r")) else "\r\n"
            return (head + "\r\n".join(lines) + end).encode("ascii")
    encoded = base64.encodebytes(written.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return (
        b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%b"
        % (subtype.encode(), encoded)
    )


def _stuffed(letter: bytes) -> bytes:
    """Return the letter with dots at line starts doubled. Source: RFC 5321 section 4.5.2."""
    return letter.replace(b"\r\n.", b"\r\n..") if b"\r\n." in letter else letter


def _unstructured(written: str) -> str:
    """Return a header's text on one logical line: nothing in it can begin another header."""
    plain = _CONTROL.sub(" ", written)
    if plain.isascii() and "=?" not in plain and len(plain) <= _MAX_LINE - 20:
        return plain
    return _encoded(plain)


def _phrase(name: str) -> str:
    """Return a display name, quoted or encoded where it has to be."""
    if name.isascii() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return _encoded(name)


def _encoded(written: str) -> str:
    """Return RFC 2047 encoded words that never cut a character in two."""
    words: list[str] = []
    chunk = b""
    for letter in written:
        raw = letter.encode("utf-8", "replace")
        if len(chunk) + len(raw) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += raw
    return "\r\n ".join([*words, _word(chunk)])


def _word(chunk: bytes) -> str:
    """Return one encoded word."""
    return f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?="


@lru_cache(maxsize=16)
def _date(second: int) -> str:
    """Return a Date header; a batch shares its second."""
    return format_datetime(as_datetime(second * 1_000_000))
