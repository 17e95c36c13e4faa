"""Notices to the people of the house, who read them, and how they go out besides the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

__all__ = [
    "DELIVERY_STATES",
    "Delivery",
    "Fact",
    "NewDelivery",
    "Notice",
    "NoticeRule",
    "NoticeStore",
    "RobotRow",
]

Fact = str | int | float

#: waiting -> sending -> sent, failed (given up), or unknown (it may have gone; never sent again).
DELIVERY_STATES: Final = ("waiting", "sending", "sent", "failed", "unknown")


class Notice(msgspec.Struct, frozen=True):
    """One thing that somebody should know."""

    brand_id: int
    notice_id: int
    kind: str
    facts: Mapping[str, Fact]
    #: The page that shows it.
    address: str
    #: Whom it is for; () = everybody.
    departments: tuple[str, ...]
    at: int
    #: Whether the user who asks has read it.
    is_read: bool = False


class NoticeRule(msgspec.Struct, frozen=True):
    """Who is told of one kind, and how."""

    brand_id: int
    kind: str
    #: () = as its sender says.
    departments: tuple[str, ...]
    by_email: bool
    #: Names of robots; robots choose their kinds themselves where none is named.
    by_robot: bool
    changed_at: int


class RobotRow(msgspec.Struct, frozen=True):
    """A group's robot; its address and secret are unsealed here and never shown."""

    brand_id: int
    name: str
    #: wecom, dingtalk or feishu.
    service: str
    url: str
    secret: str
    #: The language it writes in.
    locale: str
    #: What it tells; () = every kind.
    kinds: tuple[str, ...]
    #: live or paused.
    state: str
    changed_at: int
    last_ok_at: int = 0
    last_error: str = ""
    last_error_at: int = 0


class NewDelivery(msgspec.Struct, frozen=True):
    """Something that is to go out once."""

    #: The same key is never sent twice.
    key: str
    #: email or robot.
    way: str
    #: A user's id or a robot's name.
    target: str
    #: 0 = it is no notice.
    notice_id: int = 0
    #: The schedule and the instant of a report; "" = it is none.
    schedule: str = ""
    run_at: int = 0


class Delivery(msgspec.Struct, frozen=True):
    """One thing on its way out."""

    brand_id: int
    delivery_id: int
    way: str
    target: str
    notice_id: int
    schedule: str
    run_at: int
    state: str
    queued_at: int
    due_at: int
    n_tries: int
    #: What the other side said last; without addresses.
    said: str
    done_at: int


class NoticeStore(Protocol):
    """Notices and their deliveries, inside one transaction."""

    def add(  # noqa: PLR0913, PLR0917 - the columns of a notice
        self,
        brand_id: int,
        kind: str,
        key: str,
        facts: Mapping[str, Fact],
        address: str,
        departments: Sequence[str],
        at: int,
    ) -> int:
        """Write a notice and return its id; 0 = there is one with this key."""
        ...

    def page(  # noqa: PLR0913 - what a list may be narrowed by
        self,
        brand_id: int,
        user_id: int,
        departments: Sequence[str] | None,
        limit: int,
        before: int | None = None,
        kind: str = "",
        *,
        is_unread: bool = False,
    ) -> list[Notice]:
        """Return notices for the departments, newest first; None = for all."""
        ...

    def get(self, brand_id: int, notice_id: int) -> Notice:
        """Return one; raise NotFound."""
        ...

    def n_unread(
        self, brand_id: int, user_id: int, departments: Sequence[str] | None, most: int
    ) -> int:
        """Return how many a user has not read, counted no further than `most`."""
        ...

    def mark_read(self, brand_id: int, user_id: int, notice_ids: Sequence[int], at: int) -> int:
        """Note that a user read notices; return how many were new to them."""
        ...

    def mark_all_read(
        self, brand_id: int, user_id: int, departments: Sequence[str] | None, at: int
    ) -> int:
        """Note that a user read every notice for the departments; return how many were new."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Drop notices that are older than an instant, with what went out of them."""
        ...

    def take_fresh(self, limit: int) -> list[Notice]:
        """Lock and return notices of which nothing was sent yet, oldest first."""
        ...

    def mark_spread(self, notices: Sequence[Notice], at: int) -> None:
        """Note that the deliveries of notices are queued."""
        ...

    def rules(self, brand_id: int) -> dict[str, NoticeRule]:
        """Return kind -> who is told how, where somebody chose it."""
        ...

    def put_rule(self, rule: NoticeRule) -> None:
        """Store or replace who is told of a kind."""
        ...

    def robots(self, brand_id: int) -> list[RobotRow]:
        """Return all robots, by name."""
        ...

    def robot(self, brand_id: int, name: str) -> RobotRow:
        """Return one; raise NotFound."""
        ...

    def put_robot(self, robot: RobotRow) -> None:
        """Store or replace a robot."""
        ...

    def robot_did(self, brand_id: int, name: str, at: int, error: str) -> None:
        """Note how a robot fared last; "" = well."""
        ...

    def remove_robot(self, brand_id: int, name: str) -> None:
        """Forget a robot; raise NotFound."""
        ...

    def queue(self, brand_id: int, deliveries: Sequence[NewDelivery], at: int) -> int:
        """Queue what is to go out; what has a known key is left out. Return how many are new."""
        ...

    def lapse(self, now: int) -> int:
        """Settle what a vanished worker held: letters are unknown, robots try again."""
        ...

    def claim(self, way: str, now: int, until: int, limit: int) -> list[Delivery]:
        """Return deliveries of one way that are due, and nobody else's until an instant."""
        ...

    def finish(self, delivery: Delivery, state: str, said: str, at: int, due_at: int = 0) -> bool:
        """Write what became of a claimed delivery; False = it was settled meanwhile."""
        ...

    def deliveries(
        self, brand_id: int, notice_id: int = 0, schedule: str = "", limit: int = 200
    ) -> list[Delivery]:
        """Return the deliveries of a notice or a schedule, newest first."""
        ...
