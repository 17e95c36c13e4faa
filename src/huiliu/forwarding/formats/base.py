"""What a format takes and makes: facts ready to leave, and the requests that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from huiliu.kernel.errors import Problem

__all__ = ["Format", "Outgoing", "Parcel"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One fact as it leaves: personal values that the field map names are in the clear."""

    #: What the receiver knows it by.
    id: str
    #: profile.created, profile.changed, profile.merged, profile.erased, tag.changed,
    #: consent.changed, suppression.changed, event, test.
    type: str
    #: The present profile as it is shown, "" = nobody.
    profile: str
    #: When it happened, in microseconds.
    at: int
    #: What names the person to the receiver, under its names.
    names: Mapping[str, Any]
    #: Of a profile all mapped fields; of the rest what it says.
    data: Mapping[str, Any]
    #: Of an event.
    event: str = ""
    kind: str = ""
    #: Identifiers in the clear by type, as far as the map names them.
    identifiers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request that carries some facts."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    #: Places of the facts among those that were to be packed.
    holds: Sequence[int]


class Format(Protocol):
    """One way to be spoken to; a file and a line in the table."""

    @property
    def name(self) -> str:
        """The word that settings use."""
        ...

    @property
    def batch(self) -> int:
        """How many facts one request carries; 0 = it makes no requests."""
        ...

    def problems(self, url: str, secret: str, former_secret: str) -> Sequence[Problem]:
        """Return what is wrong with how it is reached."""
        ...

    def pack(
        self, url: str, secrets: Sequence[str], facts: Sequence[Outgoing], now: int
    ) -> list[Parcel]:
        """Return the requests that carry the facts, in their order."""
        ...
