"""Conversations with an ad platform, without any I/O: a generator asks, the shell carries.

A talk yields calls and is sent what the platform answered to each, as long as it answered well.
What was refused never comes back into the talk: the shell reacts to it, the same way for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlencode

import msgspec

__all__ = [
    "Call",
    "File",
    "Reaction",
    "Reply",
    "Talk",
    "Verdict",
    "coded",
    "form_call",
    "get_call",
    "json_call",
    "object_of",
    "read_json",
    "upload_call",
]

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_T = TypeVar("_T")
_LONGEST_WORDS: Final = 300


class Reaction(StrEnum):
    """What an answer means for us: the same words as for messages."""

    OK = "ok"
    #: The token has ended: renew it once, then ask once more.
    REFRESH = "refresh"
    #: Too many calls: the same later.
    THROTTLE = "throttle"
    #: A fault of theirs or of the line: the same later.
    RETRY = "retry"
    #: What we sent is wrong: sent again it would be wrong again.
    REFUSED = "refused"
    #: The account may not: somebody has to look.
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Call:
    """One request; whom it goes to and who asks is added by the shell."""

    path: str
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    body: bytes = b""
    content_type: str = "application/json"
    #: Which of the platform's hosts: `api`, `events` or `token`.
    host: str = "api"
    #: It carries no access token.
    is_open: bool = False

    def target(self, more: Mapping[str, str] = _NOTHING) -> str:
        """Return path and query, with more values added."""
        values = {**self.query, **more}
        return f"{self.path}?{urlencode(values)}" if values else self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; status 0 = nothing did."""

    status: int
    body: bytes = b""
    #: Names in lower case.
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer as the platform's own file reads it."""

    reaction: Reaction
    #: What a good answer holds.
    data: Any = None
    #: The platform's own code and words; never anything that we sent.
    code: str = ""
    words: str = ""

    @property
    def is_ok(self) -> bool:
        """Say whether it was done."""
        return self.reaction is Reaction.OK


#: Yields calls, is sent the data of each good answer, returns what came of it all.
Talk: TypeAlias = Generator[Call, Any, _T]


@dataclass(frozen=True, slots=True)
class File:
    """A file of a multipart form."""

    field: str
    name: str
    content: bytes
    type: str = "text/plain"


def json_call(path: str, body: Mapping[str, object], **more: Any) -> Call:
    """Return a call that carries JSON."""
    return Call(path, body=msgspec.json.encode(body), **more)


def get_call(path: str, query: Mapping[str, object], **more: Any) -> Call:
    """Return a call that asks; structures in its query are written as JSON."""
    written = {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in query.items()
    }
    return Call(path, "GET", written, **more)


def form_call(path: str, fields: Mapping[str, str], **more: Any) -> Call:
    """Return a call that carries a form."""
    body = urlencode(fields).encode()
    return Call(path, body=body, content_type="application/x-www-form-urlencoded", **more)


def upload_call(path: str, fields: Mapping[str, str], file: File) -> Call:
    """Return a call that carries a file: multipart, its boundary made of the content.

    So the same file is the same bytes, and none of its lines can be the boundary.
    """
    boundary = f"huiliu-{hashlib.sha256(file.content).hexdigest()[:32]}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{file.field}"; '
        f'filename="{file.name}"\r\nContent-Type: {file.type}\r\n\r\n'
    )
    body = b"".join([*parts, head.encode(), file.content, f"\r\n--{boundary}--\r\n".encode()])
    return Call(path, body=body, content_type=f"multipart/form-data; boundary={boundary}")


def read_json(reply: Reply) -> Any:  # any JSON
    """Return what a body says; None = it is no JSON."""
    try:
        return msgspec.json.decode(reply.body) if reply.body else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def object_of(value: Any) -> dict[str, Any]:  # any JSON
    """Return an object; {} where it is something else."""
    return value if isinstance(value, dict) else {}


def coded(
    reply: Reply,
    *,
    refresh: Sequence[str] = (),
    throttle: Sequence[str] = (),
    denied: Sequence[str] = (),
    retry: Sequence[str] = (),
) -> Verdict:
    """Read an answer of the shape `{code, message, data}`, where code 0 is well."""
    said = read_json(reply)
    if reply.status == 0 or reply.status >= 500 or not isinstance(said, dict):
        return Verdict(Reaction.RETRY, code=str(reply.status))
    code = str(said.get("code", ""))
    words = str(said.get("message") or said.get("message_cn") or "")[:_LONGEST_WORDS]
    if code == "0":
        return Verdict(Reaction.OK, said.get("data"))
    for codes, reaction in (
        (refresh, Reaction.REFRESH), (throttle, Reaction.THROTTLE), (denied, Reaction.DENIED),
        (retry, Reaction.RETRY),
    ):  # fmt: skip
        if code in codes:
            return Verdict(reaction, None, code, words)
    return Verdict(Reaction.REFUSED, None, code, words)
