"""What the console's pages count and list: reads only, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from huiliu.ports.log import RefusedEvent
from huiliu.ports.messages import MessageRow
from huiliu.ports.people import ProfileRow

__all__ = ["Action", "ActionLink", "ConsoleStore", "MessageFilter", "NodeCount", "PersonAt"]


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages a list shows; an empty field asks nothing."""

    statuses: tuple[str, ...] = ()
    channel: str = ""
    reason: str = ""
    journey: str = ""
    node: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class NodeCount:
    """What became of the runs of a journey that reached a node."""

    node: str
    #: Went on from it, or ended at it as drawn.
    n_passed: int
    n_waiting: int
    #: Where a branch sent them: node -> how many.
    ways: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonAt:
    """One person who stands at a node of a journey."""

    run_id: bytes
    profile_id: int
    version: int
    key: str
    entered_at: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user did which others may ask about later."""

    brand_id: int
    at: int
    user_id: int
    #: Catalogue key behind `actions.`, such as `key_created`.
    what: str
    #: What it was done to: an id or a slug, never a personal value.
    subject: str


@dataclass(frozen=True, slots=True)
class ActionLink:
    """One action as it stands in its brand's chain."""

    nth: int
    brand_id: int
    at: int
    user_id: int
    what: str
    subject: str
    prev: bytes
    row_hash: bytes


class ConsoleStore(Protocol):
    """Counts and lists, inside one transaction; and the ledger of users' actions."""

    def message_counts(self, brand_id: int, since: int) -> list[tuple[str, str, str, int]]:
        """Return (channel, status, reason, n) of messages queued since an instant."""
        ...

    def messages_by_day(
        self, brand_id: int, since: int, zone: str
    ) -> list[tuple[dt.date, str, int]]:
        """Return (local day, channel, n) of messages sent since an instant."""
        ...

    def messages(
        self,
        brand_id: int,
        chosen: MessageFilter,
        limit: int,
        before: tuple[int, bytes] | None = None,
    ) -> list[MessageRow]:
        """Return messages, newest first, older than (queued_at, message_id)."""
        ...

    def message(self, brand_id: int, message_id: bytes) -> MessageRow:
        """Return one message; raise NotFound."""
        ...

    def n_open_messages(self, brand_id: int) -> int:
        """Return the outbox depth: messages queued or being sent."""
        ...

    def people(
        self, brand_id: int, limit: int, before: tuple[int, int] | None = None
    ) -> list[ProfileRow]:
        """Return people, last seen first, older than (last_seen_at, profile_id)."""
        ...

    def n_people(self, brand_id: int) -> int:
        """Return how many present people there are."""
        ...

    def run_counts(self, brand_id: int) -> dict[str, dict[str, int]]:
        """Return journey -> state or reason of the end -> how many runs."""
        ...

    def node_counts(self, brand_id: int, journey: str, version: int = 0) -> list[NodeCount]:
        """Return what passed each node of a journey's version; 0 = of all its versions."""
        ...

    def version_runs(self, brand_id: int, journey: str) -> dict[int, dict[str, int]]:
        """Return version -> state of the run -> how many runs began with that version."""
        ...

    def message_counts_at(
        self, brand_id: int, journey: str, version: int = 0
    ) -> list[tuple[str, str, int]]:
        """Return (node, status, n) of the messages that a journey's nodes asked for."""
        ...

    def message_counts_by_template(
        self, brand_id: int, journey: str
    ) -> list[tuple[str, str, str, int]]:
        """Return (node, template, status, n) of the messages of a journey."""
        ...

    def people_at(
        self, brand_id: int, journey: str, node: str, limit: int, after: bytes = b""
    ) -> list[PersonAt]:
        """Return who waits at a node now, by run id, after a run."""
        ...

    def segment_counts(self, brand_id: int) -> dict[str, int]:
        """Return segment -> how many members it has now."""
        ...

    def members(
        self, brand_id: int, segment: str, limit: int, before: tuple[int, int] | None = None
    ) -> list[tuple[int, int]]:
        """Return (since_at, profile_id) of members, newest first, older than the pair."""
        ...

    def refused(
        self, brand_id: int, reason: str, limit: int, before: int | None = None
    ) -> list[tuple[int, RefusedEvent]]:
        """Return (id, refused event), newest first; all reasons when it is empty."""
        ...

    def refused_event(self, brand_id: int, refused_id: int) -> RefusedEvent:
        """Return one refused event; raise NotFound."""
        ...

    def refused_counts(self, brand_id: int, since: int) -> dict[str, int]:
        """Return reason -> how many events were refused since an instant."""
        ...

    def first_offset_since(self, since: int) -> int:
        """Return the offset of the first event received since an instant, else the log's head."""
        ...

    def cursors(self) -> Sequence[tuple[str, int, int]]:
        """Return (consumer, next offset, when it last moved) of everyone who reads the log."""
        ...

    def record_action(self, action: Action) -> None:
        """Write down what a user did, chained to what was done before.

        The brand's chain is held to the end of the transaction, so this is best done last in it.
        """
        ...

    def action_head(self, brand_id: int) -> tuple[int, bytes]:
        """Return (how many actions there are, the hash of the last)."""
        ...

    def action_links(self, brand_id: int, after: int, limit: int) -> list[ActionLink]:
        """Return actions with their hashes, by their place, after one."""
        ...

    def has_action_hash(self, brand_id: int, row_hash: bytes) -> bool:
        """Say whether an action with this hash stands in the chain."""
        ...

    def actions(
        self, brand_id: int, limit: int, before: int | None = None
    ) -> list[tuple[int, Action]]:
        """Return (id, action), newest first."""
        ...
