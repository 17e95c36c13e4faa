"""HTTP to other people's servers: one guarded way out that every use case shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

__all__ = ["CLOSED", "Closed", "HttpAnswer", "HttpCall", "Outbound", "Reach"]


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request to a server that somebody entered; what is in it is never logged."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    #: From looking the name up to the answer's last byte.
    timeout_s: float = 10.0
    #: Bytes of the answer's body that are kept; what is longer is cut off.
    longest: int = 1 << 20


class Reach(StrEnum):
    """How far a call got."""

    #: There is a status, whichever.
    ANSWERED = "answered"
    #: It was not let out: a private address, a host that is not allowed, no http(s) URL.
    REFUSED = "refused"
    #: Nothing was sent: no such name, no connection, no trust in the certificate.
    UNREACHED = "unreached"
    #: It may have arrived: the connection ended or time ran out before the answer was complete.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What became of a call."""

    reach: Reach
    #: 0 unless answered. A redirect (3xx) is an answer: it is never followed.
    status: int = 0
    #: Names in lower case.
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    #: Why there is no answer, for an operator; without anything of the request but the host.
    cause: str = ""

    @property
    def is_taken(self) -> bool:
        """Say whether the server took it: a status from 200 to 299."""
        return self.reach is Reach.ANSWERED and 200 <= self.status < 300


class Outbound(Protocol):
    """The way out: allowed hosts only, private addresses only if the operator named their host."""

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Make all calls at once, few to one host at a time; an answer to each, in their order.

        Never raises for what a server or an address does.
        """
        ...

    def problem(self, url: str) -> str:
        """Say why a URL can never be called, "" = it may be; asks no name server."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Closed:
    """No way out: rehearsals, backtests and tests reach nobody."""

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Refuse every call."""
        return [HttpAnswer(Reach.REFUSED, cause="nothing goes out of here") for _ in calls]

    def problem(self, url: str) -> str:
        """Find nothing wrong: whether a URL is good is not asked here."""
        del url
        return ""

    def close(self) -> None:
        """Hold nothing."""


CLOSED: Final = Closed()
