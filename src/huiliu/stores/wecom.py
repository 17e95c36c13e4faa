"""The state of WeCom in PostgreSQL: greetings that are due, and what employees were asked."""

from __future__ import annotations

from typing import Any

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.wecom_store import Greeting, WecomJob
from huiliu.stores.queries import query

__all__ = ["PostgresWecom"]


class PostgresWecom:
    """Greetings and jobs, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def greet(self, greeting: Greeting) -> bool:
        """Note that somebody may be greeted; say whether that is new."""
        return bool(self._run("greet", structs.asdict(greeting)).rowcount)

    def greetings(self, now: int, limit: int) -> list[Greeting]:
        """Take those who wait, of every brand."""
        rows = self._run("greetings", {"now": now, "limit": limit})
        return [Greeting(**dict(zip(Greeting.__struct_fields__, row, strict=True))) for row in rows]

    def greeted(self, greeting: Greeting) -> None:
        """Write what became of a greeting."""
        self._run("greeted", structs.asdict(greeting))

    def greeting_counts(self, brand_id: int, since: int) -> dict[str, int]:
        """Return state -> how many since an instant."""
        return {str(row[0]): int(row[1]) for row in self._run("greeting_counts", (brand_id, since))}

    def add_job(self, job: WecomJob) -> None:
        """Note what employees were asked."""
        self._run("add_job", _values(job))

    def jobs(self, brand_id: int, limit: int) -> list[WecomJob]:
        """Return jobs, newest first."""
        return [_job(row) for row in self._run("jobs", (brand_id, limit))]

    def job(self, brand_id: int, account: str, job: str) -> WecomJob:
        """Lock and return a job; raise NotFound."""
        row = self._run("job", (brand_id, account, job)).fetchone()
        if row is None:
            raise NotFound("WeCom job", job)
        return _job(row)

    def due(self, now: int, until: int, limit: int) -> list[WecomJob]:
        """Take jobs that are to be looked at."""
        values = {"now": now, "until": until, "limit": limit}
        return [_job(row) for row in self._run("due", values)]

    def put_job(self, job: WecomJob) -> None:
        """Write how a job stands."""
        self._run("put_job", _values(job))

    def had(self, brand_id: int, profile_id: int, since: int) -> int:
        """Return how many messages somebody had on the channel since an instant."""
        values = {"brand_id": brand_id, "profile_id": profile_id, "since": since}
        row = self._run("had", values).fetchone()
        return 0 if row is None else int(row[0])

    def _run(self, name: str, values: Any) -> Any:  # psycopg's parameters and cursor
        """Execute a named query."""
        return self._connection.execute(query("wecom", name), values)


def _values(job: WecomJob) -> dict[str, Any]:
    """Return a job's values; tuples are arrays."""
    return structs.asdict(job) | {"reminded": list(job.reminded)}


def _job(row: TupleRow) -> WecomJob:
    """Return a job of a row."""
    values = dict(zip(WecomJob.__struct_fields__, row, strict=True))
    return WecomJob(**{**values, "reminded": tuple(values["reminded"])})
