"""Journey runs, their tokens and the trace of their steps; and segment memberships."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

__all__ = ["RunRow", "RunStore", "StepRow", "TokenRow"]


class RunRow(msgspec.Struct, frozen=True, gc=False):
    """One passage of one profile through one pinned journey version."""

    brand_id: int
    run_id: bytes
    journey: str
    version: int
    profile_id: int
    #: The value of the journey's key property, or "" where it has none.
    key: str
    entered_at: int
    #: active, exited, goal, ended or aborted.
    state: str
    #: Reason code of the end, or "".
    reason: str
    #: JSON of the entry event's name, time and properties: what templates may use.
    entry: bytes
    #: When it ended, or 0.
    ended_at: int = 0


class TokenRow(msgspec.Struct, frozen=True, gc=False):
    """Where a run stands."""

    brand_id: int
    run_id: bytes
    node: str
    #: From 1, raised by each way back: (node, visit) never comes twice in one run.
    visit: int
    #: When the token wants to move.
    due_at: int
    #: JSON state private to the node.
    memory: bytes
    #: JSON object of what nodes left for later ones, or b"".
    carried: bytes = b""
    #: The log's position after what woke it, or began it, since its last step; 0 = time alone did.
    since: int = 0


class StepRow(msgspec.Struct, frozen=True, gc=False):
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
    #: What the step was told from outside, so that it can be evaluated again; b"" = nothing.
    inputs: bytes = b""


class RunStore(Protocol):
    """Runs, tokens, steps and memberships, inside one transaction."""

    def start(self, runs: Sequence[RunRow], tokens: Sequence[TokenRow]) -> list[bytes]:
        """Insert runs that do not exist yet, with their tokens; return the run ids inserted.

        A run of the same id, or an active one of the same journey, profile and key, is left as it
        is: re-entry is decided here, by the database.
        """
        ...

    def active(self, brand_id: int, profiles: Collection[int]) -> list[RunRow]:
        """Return the active runs of the profiles."""
        ...

    def entered_since(
        self, brand_id: int, journey: str, rows: Sequence[tuple[int, str, int]]
    ) -> set[tuple[int, str]]:
        """Return which (profile_id, key) of (profile_id, key, since) entered at or after since."""
        ...

    def entered_by(
        self, brand_id: int, journey: str, key: str, profiles: Collection[int]
    ) -> set[int]:
        """Return which present profiles have a run of a key, under any id that they had."""
        ...

    def claim_due(self, now: int, limit: int) -> list[tuple[RunRow, TokenRow]]:
        """Lock and return tokens due at `now`, with their runs; skips those locked elsewhere."""
        ...

    def lock(self, brand_id: int, runs: Collection[bytes]) -> dict[bytes, str]:
        """Lock the tokens of the runs in id order; return run id -> node of those that stand.

        Whoever moves one of them meanwhile is waited for, so its facts and its token are seen.
        """
        ...

    def wake(self, brand_id: int, runs: Sequence[tuple[bytes, int, int]]) -> None:
        """Make tokens due: (run_id, at, position after what wakes it); nobody is made to wait."""
        ...

    def quotas(
        self, brand_id: int, rows: Collection[tuple[str, str, str]]
    ) -> dict[tuple[str, str, str], int]:
        """Lock the quotas of (journey, node, period), in order, and return how much was given."""
        ...

    def give(self, brand_id: int, rows: Mapping[tuple[str, str, str], int]) -> None:
        """Add to what was given of quotas that this transaction holds."""
        ...

    def has_active(self, brand_id: int, journey: str, before: int) -> bool:
        """Say whether a run that entered at or before an instant is under way."""
        ...

    def abort(self, brand_id: int, journey: str, before: int, limit: int, at: int) -> list[RunRow]:
        """End active runs that entered at or before an instant as `aborted`; return them."""
        ...

    def move(self, tokens: Sequence[TokenRow]) -> None:
        """Write where the tokens stand now."""
        ...

    def finish(self, brand_id: int, ends: Sequence[tuple[bytes, str, str, int]]) -> set[bytes]:
        """End runs: (run_id, state, reason, at); their tokens vanish.

        Returns the runs that this ended: one that another worker ended meanwhile is not among
        them, and stays as that worker left it.
        """
        ...

    def record_steps(self, steps: Sequence[StepRow]) -> None:
        """Append to the trace."""
        ...

    def history(self, brand_id: int, profiles: Collection[int], limit: int) -> list[RunRow]:
        """Return the runs of profiles, whatever became of them, newest first."""
        ...

    def steps(
        self, brand_id: int, profiles: Collection[int], runs: Collection[bytes]
    ) -> list[StepRow]:
        """Return what runs did under any id of their profiles, oldest first."""
        ...

    def versions_in_flight(self, brand_id: int) -> set[tuple[str, int]]:
        """Return the (journey, version) of all active runs."""
        ...

    def counts(self, brand_id: int) -> dict[str, dict[str, int]]:
        """Return journey -> {state: how many runs}."""
        ...

    def hold(self, brand_id: int, journey: str, *, on: bool) -> int:
        """Stop or release the tokens of a journey; return how many there were."""
        ...

    def stand_still(self) -> None:
        """Let nobody else move runs until this transaction ends; wait for those who do.

        Taken before anything else, so that all they wrote is older than what is read after.
        """
        ...

    def settle(self) -> None:
        """Wait until the analyst can read every step; called while nobody writes any.

        Raises:
            Unavailable: a transaction that began before the last step does not end.
        """
        ...

    def move_along(self) -> None:
        """Move runs beside others who do, unless somebody wants them to stand still."""
        ...

    def lateness(self, now: int) -> int:
        """Return how long the oldest due token has waited, in microseconds; 0 if none is due."""
        ...
