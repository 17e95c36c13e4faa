"""What is kept of a decision: its documents, and what those who decide are told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from huiliu.journeys.carrying import InFlight
from huiliu.kernel.texts import Text, text

__all__ = [
    "Evidence",
    "FindingSaid",
    "Kept",
    "Said",
    "Weighed",
    "about_of",
    "digest_of",
    "kept_documents",
    "read_documents",
    "read_evidence",
    "read_said",
    "said",
    "written",
]

_encode: Final = msgspec.json.Encoder(order="sorted").encode


class Said(msgspec.Struct, frozen=True):
    """A text as it is kept: it is said in the language of whoever reads it later."""

    key: str
    arguments: dict[str, Any] = {}

    def text(self) -> Text:
        """Return the text."""
        return text(self.key, **{name: _again(value) for name, value in self.arguments.items()})


class Kept(msgspec.Struct, frozen=True):
    """One document of a decision."""

    kind: str
    slug: str
    source: str
    #: The newest version that its author saw; 0 = there was none.
    base: int
    #: False = it goes live already; it stands here because it was given with the others.
    is_new: bool
    #: What is to become of people in older versions of a journey.
    way: str = "pin"
    moves: dict[str, str] = {}
    restart: list[str] = []
    where: str = ""

    @property
    def in_flight(self) -> InFlight:
        """Return what is to become of people in flight."""
        return InFlight(self.way, self.moves, frozenset(self.restart))


class FindingSaid(msgspec.Struct, frozen=True):
    """What a rule has to say about a document without keeping it back."""

    #: warn or hint.
    severity: str
    path: str
    said: Said


class FactorSaid(msgspec.Struct, frozen=True):
    """One factor of the risk."""

    name: str
    score: int
    said: Said


class Weighed(msgspec.Struct, frozen=True):
    """What was found out about one document."""

    kind: str
    slug: str
    risk: str
    score: int
    factors: list[FactorSaid]
    #: The class that its kind has at the least; "" = it had no say.
    floor: str = ""
    #: nobody, counted, everybody or unknown.
    reach: str = "unknown"
    people: int = 0
    #: At the most; None = it sends none by itself.
    messages: int | None = None
    #: At the most, in major units; None = it cannot be told.
    cost: float | None = None
    #: Cases of tests that hold; they are run again before it goes live.
    n_cases: int = 0
    #: A backtest over the last weeks; 0 = there is none of its kind.
    backtest: int = 0
    findings: list[FindingSaid] = []


class Evidence(msgspec.Struct, frozen=True):
    """What those who decide are told."""

    risk: str
    #: People of the brand when it was asked.
    everybody: int
    currency: str
    #: When it was looked at.
    at: int
    documents: list[Weighed]


def said(found: Text) -> Said:
    """Return a text as it is kept."""
    return Said(found.key, {name: _plain(value) for name, value in found.arguments.items()})


def read_said(kept: bytes) -> Text | None:
    """Return a kept text; None where there is none."""
    return msgspec.json.decode(kept, type=Said).text() if kept else None


def written(value: msgspec.Struct | Sequence[msgspec.Struct]) -> bytes:
    """Return data as it is kept: the same data, the same bytes."""
    return _encode(value)


def kept_documents(kept: Sequence[Kept]) -> bytes:
    """Return documents as they are kept."""
    return _encode(list(kept))


def read_documents(kept: bytes) -> list[Kept]:
    """Return kept documents."""
    return msgspec.json.decode(kept, type=list[Kept])


def read_evidence(kept: bytes) -> Evidence:
    """Return kept evidence."""
    return msgspec.json.decode(kept, type=Evidence)


def about_of(kept: Sequence[Kept]) -> bytes:
    """Return what two decisions about the same documents have in common, whatever these say."""
    names = sorted(f"{one.kind}/{one.slug}" for one in kept)
    return hashlib.sha256("\n".join(names).encode()).digest()


def digest_of(kept: Sequence[Kept]) -> bytes:
    """Return what a vote is about: every word of the documents, and what they follow."""
    # In which file it stood is nothing that it says.
    plain = [msgspec.structs.replace(one, where="") for one in kept]
    return hashlib.sha256(_encode(sorted(plain, key=lambda one: (one.kind, one.slug)))).digest()


def _plain(value: object) -> object:
    """Return an argument of a text as JSON can hold it."""
    if isinstance(value, Text):
        return {"text": msgspec.to_builtins(said(value))}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {"words": {str(name): str(word) for name, word in value.items()}}
    return str(value)


def _again(value: object) -> object:
    """Return an argument of a kept text as it was."""
    if isinstance(value, dict) and isinstance(value.get("text"), dict):
        return msgspec.convert(value["text"], Said).text()
    if isinstance(value, dict) and "words" in value:
        return value["words"]
    return value
