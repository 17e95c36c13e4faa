"""An e-mail as the bytes that go over the wire: what letters share is built once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from typing import Final

from huiliu.kernel.ids import show_id
from huiliu.kernel.times import as_datetime
from huiliu.messages.dkim import Fields, Signer, canonical_body

__all__ = ["Letter", "Sender", "compose", "is_address", "on_the_wire", "read_sender"]

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
#: Parts with this before their name are files.
_FILE: Final = "file:"
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]")
_PLAIN: Final = re.compile(r"[\x20-\x7e\t\r\n]*")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an account's letters come from."""

    #: The address alone.
    address: str
    #: The headers that all its letters share.
    fields: Fields
    #: The domain of its message ids.
    domain: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter before it is signed: lines ended with CRLF, no dots doubled."""

    fields: Fields
    body: bytes


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
    fields = [(b"From", shown.encode("ascii")), (b"MIME-Version", b"1.0")]
    if reply_to:
        fields.append((b"Reply-To", reply_to.encode("ascii")))
    return Sender(address, tuple(fields), address.rpartition("@")[2].lower())


def compose(  # noqa: PLR0913, PLR0917 - each is another noun
    sender: Sender,
    message_id: bytes,
    at: int,
    to: str,
    parts: Mapping[str, str],
    unsubscribe_url: str = "",
    unsubscribe_to: str = "",
    reply_to: str = "",
) -> Letter:
    """Return a whole letter.

    Args:
        sender: who it comes from.
        message_id: 16 bytes; becomes the Message-ID, so a repeat can be recognised.
        at: the instant of the Date header.
        to: an address for which `is_address` holds.
        parts: `subject` and `text`, `html` where there is one, and `file:NAME` for every CSV file
            that goes with it.
        unsubscribe_url: its one-click address, "" for letters that need none.
        unsubscribe_to: the mail address that ends it as well, where such mail is read.
        reply_to: where answers to this very letter go; "" = as the sender says.
    """
    shown = show_id(message_id)
    fields = [
        *sender.fields,
        (b"To", to.encode("ascii")),
        (b"Subject", _unstructured(parts.get("subject", "")).encode("ascii")),
        (b"Date", _date(at // 1_000_000)),
        (b"Message-ID", f"<{shown}@{sender.domain}>".encode("ascii")),
    ]
    if reply_to:
        fields.append((b"Reply-To", reply_to.encode("ascii")))
    if unsubscribe_url:
        # Source: RFC 8058 section 3.1: the https address first, the other for older readers.
        ways = [unsubscribe_url, *([f"mailto:{unsubscribe_to}"] if unsubscribe_to else [])]
        written = ",\r\n ".join(f"<{way}>" for way in ways)
        fields += [
            (b"List-Unsubscribe", written.encode("ascii")),
            (b"List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
        ]
    files = [
        (name.removeprefix(_FILE), one) for name, one in parts.items() if name.startswith(_FILE)
    ]
    about, body = _words(parts, f"hl_{shown}".encode())
    if not files:
        return Letter((*fields, *about), body)
    border = f"hf_{shown}".encode()
    fields.append((b"Content-Type", b'multipart/mixed; boundary="%b"' % border))
    pieces = [b"--%b\r\n" % border, _written(about), b"\r\n", body, b"\r\n"]
    for name, content in files:
        headers, encoded = _file(name, content)
        pieces += [b"--%b\r\n" % border, _written(headers), b"\r\n", encoded, b"\r\n"]
    return Letter(fields, b"".join([*pieces, b"--%b--\r\n" % border]))


def _words(parts: Mapping[str, str], border: bytes) -> tuple[Fields, bytes]:
    """Return the headers and content of a letter's words: text, or text and HTML side by side."""
    about, text = _body("plain", parts.get("text", ""))
    if "html" not in parts:
        return about, text
    pieces: list[bytes] = []
    for headers, content in ((about, text), _body("html", parts["html"])):
        pieces += [b"--%b\r\n" % border, _written(headers), b"\r\n", content, b"\r\n"]
    both = ((b"Content-Type", b'multipart/alternative; boundary="%b"' % border),)
    return both, b"".join([*pieces, b"--%b--\r\n" % border])


def _file(name: str, content: str) -> tuple[Fields, bytes]:
    """Return the headers and content of a file; its name is plain ASCII."""
    safe = _NO_NAME.sub("-", name).encode("ascii")
    return (
        (b"Content-Type", b'text/csv; charset=utf-8; name="%b"' % safe),
        (b"Content-Disposition", b'attachment; filename="%b"' % safe),
        (b"Content-Transfer-Encoding", b"base64"),
    ), base64.encodebytes(content.encode()).replace(b"\n", b"\r\n")


def on_the_wire(letter: Letter, signers: Sequence[Signer] = (), at: int = 0) -> bytes:
    """Return a letter as SMTP carries it, signed, dots at line starts doubled.

    Args:
        letter: what was composed.
        signers: the keys of its sending domain; each signs.
        at: the instant of the signatures.
    """
    signatures: list[tuple[bytes, bytes]] = []
    if signers:
        body_hash = hashlib.sha256(canonical_body(letter.body)).digest()
        second = at // 1_000_000
        signatures = [signer.sign(letter.fields, body_hash, second) for signer in signers]
    written = _written([*signatures, *letter.fields]) + b"\r\n" + letter.body
    # Source: RFC 5321 section 4.5.2.
    return written.replace(b"\r\n.", b"\r\n..") if b"\r\n." in written else written


def _written(fields: Fields) -> bytes:
    """Return headers as they go over the wire, each line ended."""
    return b"".join([b"%b: %b\r\n" % field for field in fields])


def _body(subtype: str, written: str) -> tuple[Fields, bytes]:
    """Return one part's headers and content: as it is where it is plain ASCII, else base64."""
    if _PLAIN.fullmatch(written):
        lines = written.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if max(map(len, lines)) <= _MAX_LINE:
            end = "" if written.endswith(("\n", "\r")) else "\r\n"
            about = (b"Content-Type", f"text/{subtype}; charset=us-ascii".encode())
            return (about,), ("\r\n".join(lines) + end).encode("ascii")
    encoded = base64.encodebytes(written.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    about = (b"Content-Type", f"text/{subtype}; charset=utf-8".encode())
    return (about, (b"Content-Transfer-Encoding", b"base64")), encoded


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
def _date(second: int) -> bytes:
    """Return a Date header; a batch shares its second."""
    return format_datetime(as_datetime(second * 1_000_000)).encode("ascii")
