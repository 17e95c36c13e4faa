"""What a group's robot is: how a notice becomes one request to it, and what its answer means."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

__all__ = ["Fate", "Post", "Request", "Robot", "cut", "encode", "fate_of", "said_of"]

_LONGEST_WORDS: Final = 200


class Fate(StrEnum):
    """What an answer means."""

    TAKEN = "taken"
    #: Too much at once, or a fault of the other side: later again.
    LATER = "later"
    #: The address, the secret or the words are refused: again changes nothing.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Post:
    """What a robot says."""

    title: str
    body: str
    #: Where more is shown; "" = nowhere.
    link: str
    #: The words of the link.
    more: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    url: str
    body: bytes


class Robot(Protocol):
    """A kind of robot."""

    @property
    def name(self) -> str:
        """The word that settings use."""
        ...

    @property
    def takes_secret(self) -> bool:
        """Say whether it can be told to check signatures."""
        ...

    def request(self, url: str, secret: str, post: Post, now: int) -> Request:
        """Return what is to be posted.

        Args:
            url: the address that the group showed, with its token.
            secret: what signs; "" = it checks no signature.
            post: what it says.
            now: the instant of the signature.
        """
        ...

    def fate(self, status: int, body: bytes) -> Fate:
        """Return what an answer means."""
        ...

    def words(self, status: int, body: bytes) -> str:
        """Return the answer in its own words, for an operator."""
        ...


def encode(body: dict[str, Any]) -> bytes:
    """Return a body as it goes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def cut(words: str, most_bytes: int) -> str:
    """Return words that are no longer than a number of bytes, never half a letter."""
    raw = words.encode()
    if len(raw) <= most_bytes:
        return words
    return raw[: most_bytes - 3].decode("utf-8", "ignore") + "…"


def _answer(body: bytes) -> dict[str, Any]:
    """Return an answer's object; {} where it is none."""
    try:
        found: object = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def fate_of(status: int, body: bytes, code: str, later: Collection[int]) -> Fate:
    """Return what an answer means whose field `code` is 0 where all is well."""
    if status == 429 or status >= 500:
        return Fate.LATER
    found = _answer(body).get(code)
    if status == 200 and found == 0:
        return Fate.TAKEN
    return Fate.LATER if found in later else Fate.REFUSED


def said_of(status: int, body: bytes, code: str, words: str) -> str:
    """Return an answer's own code and words; they never repeat the address."""
    found = _answer(body)
    if code not in found:
        return f"HTTP {status}"
    return f"{found[code]} {found.get(words, '')}".strip()[:_LONGEST_WORDS]
