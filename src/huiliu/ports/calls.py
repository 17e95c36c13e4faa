"""Webhooks that journeys call: their outbox, the ledger of attempts, and what goes with each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["CallAttempt", "CallResult", "CallRow", "CallStore"]


class CallRow(msgspec.Struct, frozen=True, gc=False):
    """One call and what became of it."""

    brand_id: int
    #: 16 bytes, made of run, node and visit: the idempotency key of every attempt.
    call_id: bytes
    profile_id: int
    journey: str
    run_id: bytes
    node: str
    visit: int
    method: str
    url: str
    #: JSON; b"" sends none.
    body: bytes
    queued_at: int
    #: No attempt begins after this.
    give_up_at: int
    not_before: int
    #: waiting, calling, answered, failed, given_up (no attempt in time) or withdrawn.
    status: str = "waiting"
    #: Number of the attempt: raised by each claim.
    fence: int = 0
    #: HTTP status of the last answer; 0 = none.
    code: int = 0
    #: Why it failed or is tried again, or "".
    reason: str = ""


class CallAttempt(msgspec.Struct, frozen=True, gc=False):
    """One try to reach a server; written before it is called."""

    brand_id: int
    call_id: bytes
    #: From 1.
    number: int
    started_at: int
    finished_at: int = 0
    #: started, or how far it got: answered, refused, unreached or unknown.
    reach: str = "started"
    code: int = 0
    #: Why there was no answer, for an operator.
    cause: str = ""


class CallResult(msgspec.Struct, frozen=True, gc=False):
    """What an attempt led to."""

    attempt: CallAttempt
    #: waiting (to be tried again), answered or failed.
    status: str
    reason: str
    not_before: int


class CallStore(Protocol):
    """Calls, inside one transaction."""

    def queue(self, calls: Sequence[CallRow]) -> int:
        """Put calls into the outbox; an id that is there changes nothing. Return how many."""
        ...

    def claim(self, now: int, limit: int, lease_until: int) -> list[CallRow]:
        """Take calls that may begin, with the fence of this attempt; skips those locked.

        Calls of a journey that is paused or stopped may not, nor those whose time is over.
        """
        ...

    def give_up(self, now: int, limit: int) -> int:
        """Make no call any more whose time is over; return how many those are."""
        ...

    def withdraw(self, brand_id: int, journey: str, before: int, limit: int, now: int) -> int:
        """Make no call any more that a journey asked for until an instant; return how many."""
        ...

    def start(self, attempts: Sequence[CallAttempt]) -> None:
        """Write attempts before their servers are called."""
        ...

    def finish(self, results: Sequence[CallResult]) -> set[tuple[int, bytes]]:
        """Write what came of attempts; return (brand_id, call_id) of the calls that moved.

        A call moves only if no newer attempt took over.
        """
        ...

    def recover(self, now: int, limit: int) -> int:
        """Let calls whose caller vanished wait again: their key makes a repeat harmless."""
        ...

    def recent(self, brand_id: int, limit: int, status: str = "") -> list[CallRow]:
        """Return calls, newest first."""
        ...

    def of_run(self, brand_id: int, run_id: bytes) -> list[CallRow]:
        """Return the calls of one run, oldest first."""
        ...

    def attempts(self, brand_id: int, calls: Collection[bytes]) -> list[CallAttempt]:
        """Return the attempts of calls, oldest first."""
        ...

    def put_headers(self, brand_id: int, host: str, headers: Mapping[str, str], at: int) -> None:
        """Keep what is sent with every call to a host, sealed; no headers = nothing."""
        ...

    def headers(self, brand_id: int) -> dict[str, dict[str, str]]:
        """Return host -> what is sent with every call to it."""
        ...
