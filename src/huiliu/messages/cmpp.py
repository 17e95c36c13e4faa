"""CMPP 2.0 and 3.0 on the wire: packets to bytes and back.

Fields as in the protocol's document, checked byte by byte against packets of an independent
implementation (tests/unit/messages/test_cmpp.py).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

__all__ = [
    "Command",
    "Connect",
    "ConnectAnswer",
    "Deliver",
    "Frame",
    "Malformed",
    "Report",
    "Splitter",
    "Submit",
    "authenticator",
    "connect_answer",
    "frame",
    "gateway_authenticator",
    "read_result",
    "result",
    "version_of",
]

#: Version on the wire -> the layout that it means. 0x21 is spoken by gateways of the 2.0 kind.
V2: Final = 0x20
V3: Final = 0x30
_HEADER: Final = struct.Struct(">III")
_LONGEST: Final = 64 * 1024
_NUMBER: Final = struct.Struct(">Q")


class Malformed(Exception):
    """Bytes that are no CMPP packet: the connection cannot be read any further."""


class Command(IntEnum):
    """What a packet asks for; an answer is the same with the highest bit set."""

    CONNECT = 1
    TERMINATE = 2
    SUBMIT = 4
    DELIVER = 5
    ACTIVE_TEST = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet, its body unread."""

    #: A `Command`, or any other number that a gateway may send.
    command: int
    is_answer: bool
    sequence: int
    body: bytes


class Splitter:
    """Cuts a stream of bytes into packets."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take bytes and yield the packets that are complete; raise Malformed."""
        self._held += data
        while len(self._held) >= _HEADER.size:
            length, command, sequence = _HEADER.unpack_from(self._held)
            if not _HEADER.size <= length <= _LONGEST:
                raise Malformed(f"a packet of {length} bytes")
            if len(self._held) < length:
                return
            body = bytes(self._held[_HEADER.size : length])
            del self._held[:length]
            yield Frame(command & 0x7FFF_FFFF, bool(command >> 31), sequence, body)


def frame(command: int, sequence: int, body: bytes = b"", *, is_answer: bool = False) -> bytes:
    """Return a packet."""
    written = command | (0x8000_0000 if is_answer else 0)
    return _HEADER.pack(_HEADER.size + len(body), written, sequence) + body


def version_of(version: int) -> int:
    """Return which of the two layouts a version means."""
    return V3 if version >= V3 else V2


def authenticator(source: str, secret: str, timestamp: int) -> bytes:
    """Return what proves that we are the source: MD5 over both, nine zeros between, and time."""
    said = source.encode() + bytes(9) + secret.encode() + f"{timestamp:010d}".encode()
    return hashlib.md5(said, usedforsecurity=False).digest()


def gateway_authenticator(status: bytes, ours: bytes, secret: str) -> bytes:
    """Return what proves that the gateway knows the secret too."""
    return hashlib.md5(status + ours + secret.encode(), usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class Connect:
    """Who connects."""

    source: str
    proof: bytes
    version: int
    #: MMDDhhmmss as a number.
    timestamp: int

    def body(self) -> bytes:
        """Return the packet's body."""
        return _text(self.source, 6) + self.proof + struct.pack(">BI", self.version, self.timestamp)

    @classmethod
    def read(cls, body: bytes) -> Connect:
        """Return what a body says; raise Malformed."""
        cut = _Cut(body)
        return cls(cut.text(6), cut.take(16), cut.number(1), cut.number(4))


@dataclass(frozen=True, slots=True)
class ConnectAnswer:
    """Whether the gateway lets us in: 0 = yes."""

    status: int
    #: The status as it was written: it is part of the proof.
    raw_status: bytes
    proof: bytes
    version: int

    @classmethod
    def read(cls, body: bytes) -> ConnectAnswer:
        """Return what a body says; the layout shows in its length; raise Malformed."""
        cut = _Cut(body)
        raw = cut.take(4 if len(body) >= 21 else 1)
        return cls(int.from_bytes(raw, "big"), raw, cut.take(16), cut.number(1))


def connect_answer(status: int, ours: bytes, secret: str, version: int) -> bytes:
    """Return the body of a gateway's answer to a connect."""
    raw = status.to_bytes(4 if version_of(version) == V3 else 1, "big")
    return raw + gateway_authenticator(raw, ours, secret) + bytes((version,))


@dataclass(frozen=True, slots=True)
class Submit:
    """One part of a message to one number."""

    to: str
    content: bytes
    #: 0 ASCII, 8 UCS-2, 15 GB 18030.
    coding: int
    #: Our enterprise code, and the number that the message shows.
    source: str
    source_number: str
    service: str = ""
    total: int = 1
    number: int = 1
    wants_report: bool = True
    has_header: bool = False
    #: Who pays: 0 receiver, 1 sender, 2 the provider, 3 the number named.
    fee_user: int = 2
    fee_type: str = "01"
    fee_code: str = "000000"
    fee_number: str = ""
    level: int = 0
    #: YYMMDDhhmmsstnnp; "" = the gateway's own rule.
    valid_until: str = ""

    def body(self, version: int) -> bytes:
        """Return the packet's body in one of the layouts."""
        if len(self.content) > 255:
            raise ValueError("a part of more than 255 octets")
        is_new = version_of(version) == V3
        wide = 32 if is_new else 21
        kind = b"\0" if is_new else b""
        return b"".join((
            bytes(8), bytes((self.total, self.number, int(self.wants_report), self.level)),
            _text(self.service, 10), bytes((self.fee_user,)), _text(self.fee_number, wide), kind,
            bytes((0, int(self.has_header), self.coding)), _text(self.source, 6),
            _text(self.fee_type, 2), _text(self.fee_code, 6), _text(self.valid_until, 17),
            bytes(17), _text(self.source_number, 21), b"\x01", _text(self.to, wide), kind,
            bytes((len(self.content),)), self.content, bytes(20 if is_new else 8),
        ))  # fmt: skip

    @classmethod
    def read(cls, body: bytes, version: int) -> Submit:
        """Return what a body says; raise Malformed. Of several receivers only the first is read."""
        is_new = version_of(version) == V3
        wide = 32 if is_new else 21
        cut = _Cut(body)
        cut.take(8)
        total, number, report, level = (cut.number(1) for _ in range(4))
        service, fee_user, fee_number = cut.text(10), cut.number(1), cut.text(wide)
        cut.take(1 if is_new else 0)
        _, header, coding = (cut.number(1) for _ in range(3))
        source, fee_type, fee_code = cut.text(6), cut.text(2), cut.text(6)
        valid_until, _, source_number = cut.text(17), cut.take(17), cut.text(21)
        receivers = [cut.text(wide) for _ in range(cut.number(1))]
        cut.take(1 if is_new else 0)
        content = cut.take(cut.number(1))
        if not receivers:
            raise Malformed("no receiver")
        return cls(
            receivers[0], content, coding, source, source_number, service, total, number,
            bool(report), bool(header), fee_user, fee_type, fee_code, fee_number, level,
            valid_until,
        )  # fmt: skip


def result(message_id: int, status: int, version: int) -> bytes:
    """Return the body of an answer to a submit or a deliver."""
    return _NUMBER.pack(message_id) + status.to_bytes(4 if version_of(version) == V3 else 1, "big")


def read_result(body: bytes) -> tuple[int, int]:
    """Return (message id, status) of an answer to a submit or a deliver; raise Malformed."""
    if len(body) < 9:
        raise Malformed("a short answer")
    return _NUMBER.unpack_from(body)[0], int.from_bytes(body[8:12], "big")


@dataclass(frozen=True, slots=True)
class Deliver:
    """What a gateway brings: a phone's message, or a report on one of ours."""

    message_id: int
    #: The number of ours that it was sent to.
    to: str
    sender: str
    content: bytes
    coding: int
    is_report: bool
    has_header: bool = False
    service: str = ""

    def body(self, version: int) -> bytes:
        """Return the packet's body in one of the layouts."""
        is_new = version_of(version) == V3
        return b"".join((
            _NUMBER.pack(self.message_id), _text(self.to, 21), _text(self.service, 10),
            bytes((0, int(self.has_header), self.coding)),
            _text(self.sender, 32 if is_new else 21), b"\0" if is_new else b"",
            bytes((int(self.is_report), len(self.content))), self.content,
            bytes(20 if is_new else 8),
        ))  # fmt: skip

    @classmethod
    def read(cls, body: bytes, version: int) -> Deliver:
        """Return what a body says; raise Malformed."""
        is_new = version_of(version) == V3
        cut = _Cut(body)
        message_id, to, service = cut.number(8), cut.text(21), cut.text(10)
        _, header, coding = (cut.number(1) for _ in range(3))
        sender = cut.text(32 if is_new else 21)
        cut.take(1 if is_new else 0)
        report = cut.number(1)
        content = cut.take(cut.number(1))
        return cls(message_id, to, sender, content, coding, bool(report), bool(header), service)


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report: what became of one part."""

    message_id: int
    #: DELIVRD, UNDELIV, MK:0001 ...
    state: str
    #: YYMMDDhhmm in the gateway's time.
    submitted: str
    done: str
    to: str
    sequence: int = 0

    def content(self, version: int) -> bytes:
        """Return the content in one of the layouts."""
        wide = 32 if version_of(version) == V3 else 21
        return b"".join((
            _NUMBER.pack(self.message_id), _text(self.state, 7), _text(self.submitted, 10),
            _text(self.done, 10), _text(self.to, wide), struct.pack(">I", self.sequence),
        ))  # fmt: skip

    @classmethod
    def read(cls, content: bytes) -> Report:
        """Return what a content says; some gateways of 3.0 write the old width; raise Malformed."""
        cut = _Cut(content)
        message_id, state = cut.number(8), cut.text(7)
        submitted, done = cut.text(10), cut.text(10)
        to = cut.text(32 if len(content) >= 71 else 21)
        return cls(message_id, state, submitted, done, to)


class _Cut:
    """Takes fields off a body, one after the other."""

    def __init__(self, body: bytes) -> None:
        """Begin at the first byte."""
        self._body = body
        self._at = 0

    def take(self, n: int) -> bytes:
        """Return the next bytes; raise Malformed when there are not so many."""
        taken = self._body[self._at : self._at + n]
        if len(taken) < n:
            raise Malformed("a body that ends too soon")
        self._at += n
        return taken

    def text(self, n: int) -> str:
        """Return the next field of text, up to its first zero."""
        return self.take(n).partition(b"\0")[0].decode("latin-1").strip()

    def number(self, n: int) -> int:
        """Return the next number."""
        return int.from_bytes(self.take(n), "big")


def _text(written: str, width: int) -> bytes:
    """Return a field of text, filled with zeros."""
    found = written.encode("latin-1", "replace")
    if len(found) > width:
        raise ValueError(f"{written!r} is longer than {width} octets")
    return found.ljust(width, b"\0")
