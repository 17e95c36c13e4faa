"""Counts and lists for the console, read from PostgreSQL a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.console import Action, ActionLink, MessageFilter, NodeCount, PersonAt
from huiliu.ports.log import RefusedEvent
from huiliu.ports.messages import MessageRow, QueuedMessage
from huiliu.ports.people import ProfileRow
from huiliu.stores.queries import query

__all__ = ["PostgresConsole"]

#: Above every instant and id: where the first page starts.
_END = (1 << 63) - 1
_N_QUEUED = len(QueuedMessage.__struct_fields__)


class PostgresConsole:
    """The ConsoleStore of one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on the open transaction's connection."""
        self._connection = connection

    def message_counts(self, brand_id: int, since: int) -> list[tuple[str, str, str, int]]:
        """Return (channel, status, reason, n) of messages queued since an instant."""
        rows = self._rows("message_counts", brand_id=brand_id, since=since)
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def messages_by_day(
        self, brand_id: int, since: int, zone: str
    ) -> list[tuple[dt.date, str, int]]:
        """Return (local day, channel, n) of messages sent since an instant."""
        rows = self._rows("messages_by_day", brand_id=brand_id, since=since, zone=zone)
        return [(row[0], row[1], row[2]) for row in rows]

    def messages(
        self,
        brand_id: int,
        chosen: MessageFilter,
        limit: int,
        before: tuple[int, bytes] | None = None,
    ) -> list[MessageRow]:
        """Return messages, newest first, older than (queued_at, message_id)."""
        before_at, before_id = before or (_END, b"")
        rows = self._rows(
            "messages", brand_id=brand_id, limit=limit, before_at=before_at, before_id=before_id,
            **(asdict(chosen) | {"statuses": list(chosen.statuses)}),
        )  # fmt: skip
        return [_message(row) for row in rows]

    def message(self, brand_id: int, message_id: bytes) -> MessageRow:
        """Return one message; raise NotFound."""
        rows = self._rows("message", brand_id=brand_id, message_id=message_id)
        if not rows:
            raise NotFound("message", message_id.hex())
        return _message(rows[0])

    def n_open_messages(self, brand_id: int) -> int:
        """Return the outbox depth: messages queued or being sent."""
        return self._number("n_open_messages", brand_id=brand_id)

    def people(
        self, brand_id: int, limit: int, before: tuple[int, int] | None = None
    ) -> list[ProfileRow]:
        """Return people, last seen first, older than (last_seen_at, profile_id)."""
        before_at, before_id = before or (_END, _END)
        rows = self._rows(
            "people", brand_id=brand_id, limit=limit, before_at=before_at, before_id=before_id
        )
        return [
            ProfileRow(
                row[0], row[1], row[2], row[3], {k: (v[0], v[1], v[2]) for k, v in row[4].items()}
            )
            for row in rows
        ]

    def n_people(self, brand_id: int) -> int:
        """Return how many present people there are."""
        return self._number("n_people", brand_id=brand_id)

    def run_counts(self, brand_id: int) -> dict[str, dict[str, int]]:
        """Return journey -> state of the run -> how many runs."""
        found: dict[str, dict[str, int]] = {}
        for journey, state, n in self._rows("run_counts", brand_id=brand_id):
            found.setdefault(journey, {})[state] = n
        return found

    def node_counts(self, brand_id: int, journey: str, version: int = 0) -> list[NodeCount]:
        """Return what passed each node of a journey's version; 0 = of all its versions."""
        asked = {"brand_id": brand_id, "journey": journey, "version": version}
        passed: dict[str, int] = {}
        ways: dict[str, dict[str, int]] = {}
        for node, leads_to, n in self._rows("node_steps", **asked):
            passed[node] = passed.get(node, 0) + n
            if leads_to:
                ways.setdefault(node, {})[leads_to] = n
        waits = {row[0]: row[1] for row in self._rows("node_waits", **asked)}
        return [
            NodeCount(node, passed.get(node, 0), waits.get(node, 0), ways.get(node, {}))
            for node in sorted(passed.keys() | waits.keys())
        ]

    def version_runs(self, brand_id: int, journey: str) -> dict[int, dict[str, int]]:
        """Return version -> state of the run -> how many runs began with that version."""
        found: dict[int, dict[str, int]] = {}
        for version, state, n in self._rows("version_runs", brand_id=brand_id, journey=journey):
            found.setdefault(version, {})[state] = n
        return found

    def message_counts_at(
        self, brand_id: int, journey: str, version: int = 0
    ) -> list[tuple[str, str, int]]:
        """Return (node, status, n) of the messages that a journey's nodes asked for."""
        rows = self._rows("message_counts_at", brand_id=brand_id, journey=journey, version=version)
        return [(row[0], row[1], row[2]) for row in rows]

    def message_counts_by_template(
        self, brand_id: int, journey: str
    ) -> list[tuple[str, str, str, int]]:
        """Return (node, template, status, n) of the messages of a journey."""
        rows = self._rows("message_counts_by_template", brand_id=brand_id, journey=journey)
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def people_at(
        self, brand_id: int, journey: str, node: str, limit: int, after: bytes = b""
    ) -> list[PersonAt]:
        """Return who waits at a node now, by run id, after a run."""
        rows = self._rows(
            "people_at", brand_id=brand_id, journey=journey, node=node, limit=limit, after=after
        )
        return [PersonAt(*row) for row in rows]

    def segment_counts(self, brand_id: int) -> dict[str, int]:
        """Return segment -> how many members it has now."""
        return {row[0]: row[1] for row in self._rows("segment_counts", brand_id=brand_id)}

    def members(
        self, brand_id: int, segment: str, limit: int, before: tuple[int, int] | None = None
    ) -> list[tuple[int, int]]:
        """Return (since_at, profile_id) of members, newest first, older than the pair."""
        before_at, before_id = before or (_END, _END)
        rows = self._rows(
            "members", brand_id=brand_id, segment=segment, limit=limit, before_at=before_at,
            before_id=before_id,
        )  # fmt: skip
        return [(row[0], row[1]) for row in rows]

    def refused(
        self, brand_id: int, reason: str, limit: int, before: int | None = None
    ) -> list[tuple[int, RefusedEvent]]:
        """Return (id, refused event), newest first; all reasons when it is empty."""
        rows = self._rows(
            "refused", brand_id=brand_id, reason=reason, limit=limit, before=before or _END
        )
        return [(row[0], RefusedEvent(*row[1:])) for row in rows]

    def refused_event(self, brand_id: int, refused_id: int) -> RefusedEvent:
        """Return one refused event; raise NotFound."""
        rows = self._rows("refused_event", brand_id=brand_id, refused_id=refused_id)
        if not rows:
            raise NotFound("refused event", str(refused_id))
        return RefusedEvent(*rows[0])

    def refused_counts(self, brand_id: int, since: int) -> dict[str, int]:
        """Return reason -> how many events were refused since an instant."""
        return {r[0]: r[1] for r in self._rows("refused_counts", brand_id=brand_id, since=since)}

    def first_offset_since(self, since: int) -> int:
        """Return the offset of the first event received since an instant, else the log's head.

        Offsets rise with the time of receipt, so some 30 looks at the index find it; counting
        would read every row.
        """
        low, high = 0, self._number("head")
        while low < high:
            middle = (low + high) // 2
            found = self._rows("received_at", at=middle)
            if found and found[0][0] < since:
                low = middle + 1
            else:
                high = middle
        return low

    def cursors(self) -> Sequence[tuple[str, int, int]]:
        """Return (consumer, next offset, when it last moved) of everyone who reads the log."""
        return [(row[0], row[1], row[2]) for row in self._rows("cursors")]

    def record_action(self, action: Action) -> None:
        """Write down what a user did, chained to what was done before."""
        self._connection.execute(query("console", "record_action"), asdict(action))

    def action_head(self, brand_id: int) -> tuple[int, bytes]:
        """Return (how many actions there are, the hash of the last)."""
        rows = self._rows("action_head", brand_id=brand_id)
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else (0, b"")

    def action_links(self, brand_id: int, after: int, limit: int) -> list[ActionLink]:
        """Return actions with their hashes, by their place, after one."""
        rows = self._rows("action_links", brand_id=brand_id, after=after, limit=limit)
        return [ActionLink(*row) for row in rows]

    def has_action_hash(self, brand_id: int, row_hash: bytes) -> bool:
        """Say whether an action with this hash stands in the chain."""
        return bool(self._rows("has_action_hash", brand_id=brand_id, row_hash=row_hash))

    def actions(
        self, brand_id: int, limit: int, before: int | None = None
    ) -> list[tuple[int, Action]]:
        """Return (id, action), newest first."""
        rows = self._rows("actions", brand_id=brand_id, limit=limit, before=before or _END)
        return [(row[0], Action(*row[1:])) for row in rows]

    def _rows(self, name: str, **values: object) -> list[TupleRow]:
        """Return the rows of a named query."""
        return self._connection.execute(query("console", name), values).fetchall()

    def _number(self, name: str, **values: object) -> int:
        """Return the one number of a named query; 0 where there is no row."""
        rows = self._rows(name, **values)
        return int(rows[0][0]) if rows else 0


def _message(row: TupleRow) -> MessageRow:
    """Return a message from the columns in the order of its nouns."""
    return MessageRow(QueuedMessage(*row[:_N_QUEUED]), *row[_N_QUEUED:])
