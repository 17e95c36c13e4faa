"""Journey runs, tokens and steps in PostgreSQL: whole batches, few statements, one lock order.

Whoever moves or ends a run holds its token's row first. So an advancing worker and a projector
that ends runs never wait for each other in a circle, and a run is ended or moved, never both.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import Unavailable
from huiliu.ports.messages import HELD
from huiliu.ports.runs import RunRow, StepRow, TokenRow
from huiliu.stores.arrays import bigints, byteas, integers, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresRuns"]

#: How long `settle` waits, and how often it looks.
_PATIENCE_S: Final = 60.0
_LOOK_S: Final = 0.005

_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER: Final = b"\xff\xff"
#: A field of no bytes.
_EMPTY: Final = bytes(4)


class PostgresRuns:
    """Runs, tokens and steps, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def start(self, runs: Sequence[RunRow], tokens: Sequence[TokenRow]) -> list[bytes]:
        """Insert runs that do not exist yet, with their tokens; return the run ids inserted."""
        if not runs:
            return []
        rows = self._connection.cursor(binary=True).execute(
            query("runs", "start"),
            {
                "brand": smallints([run.brand_id for run in runs]),
                "run": byteas([run.run_id for run in runs]),
                "journey": texts([run.journey for run in runs]),
                "version": integers([run.version for run in runs]),
                "profile": bigints([run.profile_id for run in runs]),
                "key": texts([run.key for run in runs]),
                "entered": bigints([run.entered_at for run in runs]),
                "state": texts([run.state for run in runs]),
                "reason": texts([run.reason for run in runs]),
                "ended": bigints([run.ended_at for run in runs]),
                "entry": byteas([run.entry for run in runs]),
                "token_brand": smallints([token.brand_id for token in tokens]),
                "token_run": byteas([token.run_id for token in tokens]),
                "node": texts([token.node for token in tokens]),
                "visit": integers([token.visit for token in tokens]),
                "due": bigints([token.due_at for token in tokens]),
                "memory": byteas([token.memory for token in tokens]),
                "carried": byteas([token.carried for token in tokens]),
                "since": bigints([token.since for token in tokens]),
            },
        )
        return [row[0] for row in rows]

    def active(self, brand_id: int, profiles: Collection[int]) -> list[RunRow]:
        """Return the active runs of the profiles."""
        if not profiles:
            return []
        cursor = self._connection.cursor(binary=True)
        found = cursor.execute(query("runs", "active"), (brand_id, bigints(profiles)))
        return [RunRow(*row) for row in found.fetchall()]

    def entered_since(
        self, brand_id: int, journey: str, rows: Sequence[tuple[int, str, int]]
    ) -> set[tuple[int, str]]:
        """Return which (profile_id, key) of (profile_id, key, since) entered at or after since."""
        found = self._connection.execute(
            query("runs", "entered_since"),
            {
                "brand": brand_id,
                "journey": journey,
                "profile": bigints([row[0] for row in rows]),
                "key": texts([row[1] for row in rows]),
                "since": bigints([row[2] for row in rows]),
            },
        )
        return {(row[0], row[1]) for row in found}

    def entered_by(
        self, brand_id: int, journey: str, key: str, profiles: Collection[int]
    ) -> set[int]:
        """Return which present profiles have a run of a key, under any id that they had."""
        rows = self._connection.execute(
            query("runs", "entered_by"),
            {"brand": brand_id, "journey": journey, "key": key, "profiles": bigints(profiles)},
        )
        return {profile for (profile,) in rows}

    def claim_due(self, now: int, limit: int) -> list[tuple[RunRow, TokenRow]]:
        """Lock and return tokens due at `now`, with their runs; skips those locked elsewhere."""
        cursor = self._connection.cursor(binary=True)
        rows = cursor.execute(query("runs", "claim_due"), (now, limit)).fetchall()
        return [
            (
                RunRow(
                    row[0], row[1], row[8], row[9], row[10], row[11], row[12], row[13], row[14],
                    row[15], row[16],
                ),
                TokenRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]),
            )
            for row in rows
        ]  # fmt: skip

    def lock(self, brand_id: int, runs: Collection[bytes]) -> dict[bytes, str]:
        """Lock the tokens of the runs in id order; return run id -> node of those that stand."""
        if not runs:
            return {}
        cursor = self._connection.cursor(binary=True)
        return dict(cursor.execute(query("runs", "lock"), (brand_id, byteas(runs))).fetchall())

    def wake(self, brand_id: int, runs: Sequence[tuple[bytes, int, int]]) -> None:
        """Make tokens due: (run_id, at, position after what wakes it); nobody is made to wait."""
        if runs:
            self._connection.execute(
                query("runs", "wake"),
                {
                    "brand": brand_id, "held": HELD,
                    "runs": byteas([run[0] for run in runs]),
                    "at": bigints([run[1] for run in runs]),
                    "since": bigints([run[2] for run in runs]),
                },
            )  # fmt: skip

    def quotas(
        self, brand_id: int, rows: Collection[tuple[str, str, str]]
    ) -> dict[tuple[str, str, str], int]:
        """Lock the quotas of (journey, node, period), in order, and return how much was given."""
        if not rows:
            return {}
        values = _quota_columns(brand_id, sorted(rows))
        self._connection.execute(query("runs", "make_quotas"), values)
        found = self._connection.execute(query("runs", "lock_quotas"), values)
        return {(row[0], row[1], row[2]): row[3] for row in found}

    def give(self, brand_id: int, rows: Mapping[tuple[str, str, str], int]) -> None:
        """Add to what was given of quotas that this transaction holds."""
        if rows:
            values = _quota_columns(brand_id, rows) | {"amount": bigints(rows.values())}
            self._connection.execute(query("runs", "give"), values)

    def has_active(self, brand_id: int, journey: str, before: int) -> bool:
        """Say whether a run that entered at or before an instant is under way."""
        row = self._connection.execute(
            query("runs", "has_active"), (brand_id, journey, before)
        ).fetchone()
        return bool(row and row[0])

    def abort(self, brand_id: int, journey: str, before: int, limit: int, at: int) -> list[RunRow]:
        """End active runs that entered at or before an instant as `aborted`; return them."""
        rows = self._connection.cursor(binary=True).execute(
            query("runs", "abort"),
            {"brand": brand_id, "journey": journey, "before": before, "limit": limit, "at": at},
        )
        aborted = [RunRow(*row) for row in rows]
        self._withdraw_tasks(brand_id, [run.run_id for run in aborted])
        return aborted

    def move(self, tokens: Sequence[TokenRow]) -> None:
        """Write where the tokens stand now."""
        if tokens:
            self._connection.execute(
                query("runs", "move"),
                (
                    smallints([token.brand_id for token in tokens]),
                    byteas([token.run_id for token in tokens]),
                    texts([token.node for token in tokens]),
                    integers([token.visit for token in tokens]),
                    bigints([token.due_at for token in tokens]),
                    byteas([token.memory for token in tokens]),
                    byteas([token.carried for token in tokens]),
                ),
            )

    def finish(self, brand_id: int, ends: Sequence[tuple[bytes, str, str, int]]) -> set[bytes]:
        """End runs: (run_id, state, reason, at); return those that this ended."""
        if not ends:
            return set()
        # The tokens first: that is the lock order of everyone who touches runs.
        self._connection.execute(
            query("runs", "remove_tokens"), (brand_id, byteas([end[0] for end in ends]))
        )
        ended = self._connection.execute(
            query("runs", "finish"),
            (
                byteas([end[0] for end in ends]),
                texts([end[1] for end in ends]),
                texts([end[2] for end in ends]),
                bigints([end[3] for end in ends]),
                brand_id,
            ),
            binary=True,
        )
        found = {row[0] for row in ended.fetchall()}
        self._withdraw_tasks(brand_id, found)
        return found

    def _withdraw_tasks(self, brand_id: int, runs: Collection[bytes]) -> None:
        """Take open tasks of runs that are over off the staff's list."""
        if runs:
            self._connection.execute(query("runs", "withdraw_tasks"), (brand_id, byteas(runs)))

    def record_steps(self, steps: Sequence[StepRow]) -> None:
        """Append to the trace."""
        if not steps:
            return
        with self._connection.cursor().copy(query("runs", "record_steps")) as copy:
            copy.write(_copied(steps))

    def history(self, brand_id: int, profiles: Collection[int], limit: int) -> list[RunRow]:
        """Return the runs of profiles, whatever became of them, newest first."""
        cursor = self._connection.cursor(binary=True)
        return [
            RunRow(*row)
            for row in cursor.execute(query("runs", "history"), (brand_id, list(profiles), limit))
        ]

    def steps(
        self, brand_id: int, profiles: Collection[int], runs: Collection[bytes]
    ) -> list[StepRow]:
        """Return what runs did under any id of their profiles, oldest first."""
        cursor = self._connection.cursor(binary=True)
        values = (brand_id, list(profiles), list(runs))
        return [StepRow(*row) for row in cursor.execute(query("runs", "steps"), values)]

    def versions_in_flight(self, brand_id: int) -> set[tuple[str, int]]:
        """Return the (journey, version) of all active runs."""
        rows = self._connection.execute(query("runs", "versions_in_flight"), (brand_id,))
        return {(row[0], row[1]) for row in rows}

    def counts(self, brand_id: int) -> dict[str, dict[str, int]]:
        """Return journey -> {state: how many runs}."""
        found: dict[str, dict[str, int]] = {}
        for journey, state, n_runs in self._connection.execute(
            query("runs", "counts"), (brand_id,)
        ):
            found.setdefault(journey, {})[state] = n_runs
        return found

    def hold(self, brand_id: int, journey: str, *, on: bool) -> int:
        """Stop or release the tokens of a journey; return how many there were."""
        changed = self._connection.execute(
            query("runs", "hold" if on else "release"),
            {"brand": brand_id, "journey": journey, "held": HELD},
        )
        return changed.rowcount

    def stand_still(self) -> None:
        """Let nobody else move runs until this transaction ends; wait for those who do.

        Taken before anything else, so that all they wrote is older than what is read after.
        """
        self._connection.execute(query("runs", "stand_still"))

    def settle(self) -> None:
        """Wait until the analyst can read every step; called while nobody writes any.

        Raises:
            Unavailable: a transaction that began before the last step does not end.
        """
        deadline = time.monotonic() + _PATIENCE_S
        while self._connection.execute(query("runs", "is_settled")).fetchone() == (False,):
            if time.monotonic() > deadline:
                raise Unavailable("PostgreSQL", "a transaction stays open for too long")
            time.sleep(_LOOK_S)

    def move_along(self) -> None:
        """Move runs beside others who do, unless somebody wants them to stand still."""
        self._connection.execute(query("runs", "move_along"))

    def lateness(self, now: int) -> int:
        """Return how long the oldest due token has waited, in microseconds; 0 if none is due."""
        found = self._connection.execute(query("runs", "lateness"), {"now": now}).fetchone()
        return int(found[0]) if found else 0


def _quota_columns(brand_id: int, rows: Collection[tuple[str, str, str]]) -> dict[str, object]:
    """Return the names of quotas as columns."""
    return {
        "brand": brand_id,
        "journey": texts([row[0] for row in rows]),
        "node": texts([row[1] for row in rows]),
        "period": texts([row[2] for row in rows]),
    }


def _copied(steps: Iterable[StepRow]) -> bytes:
    """Return the steps in PostgreSQL's binary COPY format.

    Few journeys, nodes and words stand in many rows, so each of their combinations is laid out
    once: an eighth of the time of writing row by row.
    """
    layouts: dict[tuple[str, str, str], tuple[struct.Struct, bytes, bytes, bytes]] = {}
    parts = [_COPY_HEADER]
    for step in steps:
        words = (step.journey, step.node, step.what)
        layout = layouts.get(words)
        if layout is None:
            layout = layouts[words] = _layout(*words)
        packed, journey, node, what = layout
        details, inputs = step.details, step.inputs
        parts += (
            packed.pack(
                11, 2, step.brand_id, 16, step.run_id, len(journey), journey, 4, step.version,
                8, step.profile_id, len(node), node, 4, step.visit, 8, step.at, len(what), what,
                len(details),
            ),
            details,
            len(inputs).to_bytes(4) + inputs if inputs else _EMPTY,
        )  # fmt: skip
    parts.append(_COPY_TRAILER)
    return b"".join(parts)


def _layout(journey: str, node: str, what: str) -> tuple[struct.Struct, bytes, bytes, bytes]:
    """Return how a row with these words is laid out up to its details, and the words as bytes."""
    raw = journey.encode(), node.encode(), what.encode()
    n_journey, n_node, n_what = map(len, raw)
    laid = f"!h ih i16s i{n_journey}s ii iq i{n_node}s ii iq i{n_what}s i"
    return struct.Struct(laid), *raw
