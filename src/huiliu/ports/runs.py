"""Journey runs, their tokens and the trace of their steps; and segment memberships."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["RunRow", "RunStore", "StepRow", "TokenRow"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One passage of one profile through one pinned journey version."""

    brand_id: int
    run_id: bytes
    journey: str
    version: int
    profile_id: int
    #: The value of the journey's key property, or "" where it has none.
    key: str
    entered_at: int
    #: active, exited, goal or ended.
    state: str
    #: Reason code of the end, or "".
    reason: str
    #: JSON of the entry event's name, time and properties: what templates may use.
    entry: bytes


@dataclass(frozen=True, slots=True)
class TokenRow:
    """Where a run stands."""

    brand_id: int
    run_id: bytes
    node: str
    #: How often this node was visited, from 1.
    visit: int
    #: When the token wants to move; 0 = at once.
    due_at: int
    #: JSON state private to the node.
    memory: bytes


@dataclass(frozen=True, slots=True)
class StepRow:
    """One thing a run did, for `why` and the counts on the canvas; append-only."""

    brand_id: int
    run_id: bytes
    journey: str
    version: int
    profile_id: int
    node: str
    visit: int
    at: int
    #: entered, waited, branched, sent, exited, goal, refused ...
    what: str
    #: JSON: which branch and why, message id, reason code.
    details: bytes


class RunStore(Protocol):
    """Runs, tokens, steps and memberships, inside one transaction."""

    def start(self, runs: Sequence[RunRow], tokens: Sequence[TokenRow]) -> list[bytes]:
        """Insert runs that do not exist yet, with their tokens; return the run ids inserted."""
        ...

    def active(self, brand_id: int, profiles: Collection[int]) -> list[RunRow]:
        """Return the active runs of the profiles."""
        ...

    def claim_due(
        self, now: int, limit: int, brand_id: int | None = None
    ) -> list[tuple[RunRow, TokenRow]]:
        """Lock and return tokens due at `now`, with their runs; skips those locked elsewhere."""
        ...

    def wake(self, brand_id: int, runs: Collection[bytes], at: int) -> None:
        """Make the tokens of the runs due at `at` if they were to wait longer."""
        ...

    def move(self, tokens: Sequence[TokenRow]) -> None:
        """Write where the tokens stand now."""
        ...

    def finish(self, brand_id: int, ends: Sequence[tuple[bytes, str, str, int]]) -> None:
        """End runs: (run_id, state, reason, at); their tokens vanish."""
        ...

    def record_steps(self, steps: Sequence[StepRow]) -> None:
        """Append to the trace."""
        ...

    def lateness(self, now: int) -> int:
        """Return how long the oldest due token has waited, in microseconds; 0 if none is due."""
        ...
