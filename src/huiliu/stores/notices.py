"""Notices in PostgreSQL: the robots' addresses and secrets sealed with the instance key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from huiliu.kernel.errors import NotFound
from huiliu.ports.notices import Delivery, Fact, NewDelivery, Notice, NoticeRule, RobotRow
from huiliu.ports.vault import Secrets
from huiliu.stores.queries import query

__all__ = ["PostgresNotices"]

_PURPOSE: Final = "notice robot"


class PostgresNotices:
    """Notices, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Work on an open transaction."""
        self._connection = connection
        self._secrets = secrets

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
        row = self._connection.execute(
            query("notices", "add"),
            {"brand": brand_id, "kind": kind, "key": key, "facts": Jsonb(dict(facts)),
             "address": address, "departments": list(departments), "at": at},
        ).fetchone()  # fmt: skip
        return row[0] if row else 0

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
        rows = self._connection.execute(
            query("notices", "page"),
            {**_whose(brand_id, user_id, departments), "before": before, "kind": kind,
             "unread": is_unread, "limit": limit},
        )  # fmt: skip
        return [_notice(row) for row in rows]

    def get(self, brand_id: int, notice_id: int) -> Notice:
        """Return one; raise NotFound."""
        row = self._connection.execute(
            query("notices", "get"), (brand_id, notice_id)
        ).fetchone()  # fmt: skip
        if row is None:
            raise NotFound("notice", str(notice_id))
        return _notice(row)

    def n_unread(
        self, brand_id: int, user_id: int, departments: Sequence[str] | None, most: int
    ) -> int:
        """Return how many a user has not read, counted no further than `most`."""
        row = self._connection.execute(
            query("notices", "n_unread"), {**_whose(brand_id, user_id, departments), "most": most}
        ).fetchone()
        return row[0] if row else 0

    def mark_read(self, brand_id: int, user_id: int, notice_ids: Sequence[int], at: int) -> int:
        """Note that a user read notices; return how many were new to them."""
        return self._connection.execute(
            query("notices", "mark_read"),
            {"brand": brand_id, "user": user_id, "ids": list(notice_ids), "at": at},
        ).rowcount

    def mark_all_read(
        self, brand_id: int, user_id: int, departments: Sequence[str] | None, at: int
    ) -> int:
        """Note that a user read every notice for the departments; return how many were new."""
        return self._connection.execute(
            query("notices", "mark_all_read"),
            {**_whose(brand_id, user_id, departments), "at": at},
        ).rowcount

    def forget(self, before: int, limit: int) -> int:
        """Drop notices that are older than an instant, with what went out of them."""
        row = self._connection.execute(
            query("notices", "forget"), {"before": before, "limit": limit}
        ).fetchone()
        return row[0] if row else 0

    def take_fresh(self, limit: int) -> list[Notice]:
        """Lock and return notices of which nothing was sent yet, oldest first."""
        rows = self._connection.execute(query("notices", "take_fresh"), (limit,))
        return [_notice(row) for row in rows]

    def mark_spread(self, notices: Sequence[Notice], at: int) -> None:
        """Note that the deliveries of notices are queued."""
        self._connection.execute(
            query("notices", "mark_spread"),
            {"at": at, "brands": [one.brand_id for one in notices],
             "ids": [one.notice_id for one in notices]},
        )  # fmt: skip

    def rules(self, brand_id: int) -> dict[str, NoticeRule]:
        """Return kind -> who is told how, where somebody chose it."""
        rows = self._connection.execute(query("notices", "rules"), (brand_id,))
        return {row[1]: NoticeRule(row[0], row[1], tuple(row[2]), *row[3:]) for row in rows}

    def put_rule(self, rule: NoticeRule) -> None:
        """Store or replace who is told of a kind."""
        values = (rule.brand_id, rule.kind, list(rule.departments), rule.by_email, rule.by_robot,
                  rule.changed_at)  # fmt: skip
        self._connection.execute(query("notices", "put_rule"), values)

    def robots(self, brand_id: int) -> list[RobotRow]:
        """Return all robots, by name."""
        return self._robots(brand_id, "")

    def robot(self, brand_id: int, name: str) -> RobotRow:
        """Return one; raise NotFound."""
        found = self._robots(brand_id, name) if name else []
        if not found:
            raise NotFound("robot", name)
        return found[0]

    def put_robot(self, robot: RobotRow) -> None:
        """Store or replace a robot."""
        plain = msgspec.json.encode({"url": robot.url, "secret": robot.secret})
        values = (robot.brand_id, robot.name, robot.service, self._secrets.seal(plain, _PURPOSE),
                  robot.locale, list(robot.kinds), robot.state, robot.changed_at)  # fmt: skip
        self._connection.execute(query("notices", "put_robot"), values)

    def robot_did(self, brand_id: int, name: str, at: int, error: str) -> None:
        """Note how a robot fared last; "" = well."""
        self._connection.execute(
            query("notices", "robot_did"),
            {"brand": brand_id, "name": name, "at": at, "error": error},
        )

    def remove_robot(self, brand_id: int, name: str) -> None:
        """Forget a robot; raise NotFound."""
        done = self._connection.execute(query("notices", "remove_robot"), (brand_id, name))
        if not done.rowcount:
            raise NotFound("robot", name)

    def queue(self, brand_id: int, deliveries: Sequence[NewDelivery], at: int) -> int:
        """Queue what is to go out; what has a known key is left out. Return how many are new."""
        return self._connection.execute(
            query("notices", "queue"),
            {"brand": brand_id, "at": at,
             "keys": [one.key for one in deliveries],
             "ways": [one.way for one in deliveries],
             "targets": [one.target for one in deliveries],
             "notices": [one.notice_id for one in deliveries],
             "schedules": [one.schedule for one in deliveries],
             "runs": [one.run_at for one in deliveries]},
        ).rowcount  # fmt: skip

    def lapse(self, now: int) -> int:
        """Settle what a vanished worker held: letters are unknown, robots try again."""
        return self._connection.execute(query("notices", "lapse"), {"now": now}).rowcount

    def claim(self, way: str, now: int, until: int, limit: int) -> list[Delivery]:
        """Return deliveries of one way that are due, and nobody else's until an instant."""
        rows = self._connection.execute(
            query("notices", "claim"), {"way": way, "now": now, "until": until, "limit": limit}
        )
        return [Delivery(*row) for row in rows]

    def finish(self, delivery: Delivery, state: str, said: str, at: int, due_at: int = 0) -> bool:
        """Write what became of a claimed delivery; False = it was settled meanwhile."""
        done = self._connection.execute(
            query("notices", "finish"),
            {"state": state, "said": said, "done": 0 if state == "waiting" else at, "due": due_at,
             "brand": delivery.brand_id, "id": delivery.delivery_id, "tries": delivery.n_tries},
        )  # fmt: skip
        return done.rowcount > 0

    def deliveries(
        self, brand_id: int, notice_id: int = 0, schedule: str = "", limit: int = 200
    ) -> list[Delivery]:
        """Return the deliveries of a notice or a schedule, newest first."""
        rows = self._connection.execute(
            query("notices", "deliveries"),
            {"brand": brand_id, "notice": notice_id, "schedule": schedule, "limit": limit},
        )
        return [Delivery(*row) for row in rows]

    def _robots(self, brand_id: int, name: str) -> list[RobotRow]:
        """Return one robot or all."""
        rows = self._connection.execute(
            query("notices", "robots"), {"brand": brand_id, "name": name}
        )
        found = []
        for brand, called, service, sealed, locale, kinds, *rest in rows:
            plain = msgspec.json.decode(self._secrets.unseal(sealed, _PURPOSE), type=dict[str, str])
            found.append(RobotRow(brand, called, service, plain["url"], plain["secret"], locale,
                                  tuple(kinds), *rest))  # fmt: skip
        return found


def _whose(brand_id: int, user_id: int, departments: Sequence[str] | None) -> dict[str, Any]:
    """Return the values that say whose notices are meant."""
    return {"brand": brand_id, "user": user_id, "all": departments is None,
            "departments": list(departments or ())}  # fmt: skip


def _notice(row: TupleRow) -> Notice:
    """Return one row."""
    brand_id, notice_id, kind, facts, address, departments, at, is_read = row
    return Notice(brand_id, notice_id, kind, facts, address, tuple(departments), at, is_read)
