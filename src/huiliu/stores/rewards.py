"""Coupons and promotions in PostgreSQL: every limit is kept by one conditional statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import structs
from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from huiliu.kernel.ids import digest
from huiliu.ports.rewards import CodeJob, CodeRow, CounterKey, RedemptionPart, RedemptionRow
from huiliu.rewards.limits import Claim
from huiliu.stores.arrays import bigints, integers, texts
from huiliu.stores.queries import query

__all__ = ["PostgresRewards"]

_LOCK_BYTES: Final = 8


class PostgresRewards:
    """Coupons and promotions, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def claim(self, brand_id: int, claims: Sequence[Claim]) -> list[Claim]:
        """Take all of these, or nothing; return those that find nothing left."""
        if not claims:
            return []
        run = self._connection.execute
        # In one round trip: others may wait for these counters until the commit.
        with self._connection.pipeline():
            run(query("rewards", "mark_claims"))
            rows = run(
                query("rewards", "claim"),
                {
                    "brand": brand_id, "scopes": texts([one.scope for one in claims]),
                    "slugs": texts([one.slug for one in claims]),
                    "whats": texts([one.what for one in claims]),
                    "members": texts([one.member for one in claims]),
                    "ns": bigints([one.n for one in claims]),
                    "caps": bigints([one.cap for one in claims]),
                },
            )  # fmt: skip
        taken = set(rows.fetchall())
        refused = [one for one in claims if one.key not in taken]
        if refused:
            # What was taken of other limits by the same statement is given up with it.
            run(query("rewards", "undo_claims"))
        run(query("rewards", "forget_claims_mark"))
        return refused

    def used(self, brand_id: int, keys: Collection[CounterKey]) -> dict[CounterKey, int]:
        """Return how much of limits is used; who never used any is absent."""
        if not keys:
            return {}
        scopes, slugs, whats, members = zip(*keys, strict=True)
        rows = self._connection.execute(
            query("rewards", "used"),
            {
                "brand": brand_id, "scopes": texts(scopes), "slugs": texts(slugs),
                "whats": texts(whats), "members": texts(members),
            },
        )  # fmt: skip
        return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}

    def open_order(self, brand_id: int, order_id: str) -> RedemptionRow | None:
        """Return what became of an order; nobody else decides about it until the end."""
        # Two statements: the row is to be read as it stands once the lock is had.
        with self._connection.pipeline():
            self._lock("redemption", brand_id, order_id)
            found = self._connection.execute(query("rewards", "redemption"), (brand_id, order_id))
        return _redemption(found.fetchone())

    def look(self, brand_id: int, order_id: str) -> RedemptionRow | None:
        """Return the same without a lock."""
        found = self._connection.execute(query("rewards", "look"), (brand_id, order_id))
        return _redemption(found.fetchone())

    def put_redemption(
        self,
        brand_id: int,
        row: RedemptionRow,
        parts: Sequence[RedemptionPart] | None,
        *,
        is_new: bool = False,
        own: Collection[str] = (),
    ) -> None:
        """Write what becomes of an order; without parts those that it has stay."""
        run = self._connection.execute
        with self._connection.pipeline():
            if own:
                values = {
                    "brand": brand_id, "codes": list(own), "now": row.changed_at,
                    "who": row.profile_id,
                }  # fmt: skip
                run(query("rewards", "mark_used"), values)
            run(query("rewards", "put_redemption"), structs.asdict(row) | {"brand": brand_id})
            if parts is not None and not is_new:
                run(query("rewards", "drop_parts"), (brand_id, row.order_id))
            if parts:
                self._put_parts(brand_id, row.order_id, parts)

    def _put_parts(self, brand_id: int, order_id: str, parts: Sequence[RedemptionPart]) -> None:
        """Write what an order took."""
        self._connection.execute(
            query("rewards", "put_parts"),
            {
                "brand": brand_id, "order": order_id,
                "promotions": texts([one.promotion for one in parts]),
                "versions": integers([one.version for one in parts]),
                "coupons": texts([one.coupon for one in parts]),
                "codes": texts([one.code for one in parts]),
                "discounts": bigints([one.discount for one in parts]),
            },
        )  # fmt: skip

    def parts(self, brand_id: int, order_id: str) -> list[RedemptionPart]:
        """Return what an order took."""
        rows = self._connection.execute(query("rewards", "parts"), (brand_id, order_id))
        return [RedemptionPart(*row) for row in rows]

    def due(self, now: int, limit: int, brand_id: int = 0) -> list[tuple[int, RedemptionRow]]:
        """Return reservations that ran out, locked, each with its brand; others' are left out."""
        values = {"now": now, "limit": limit, "brand": brand_id}
        rows = self._connection.execute(query("rewards", "due"), values)
        return [(row[0], RedemptionRow(*row[1:])) for row in rows]

    def codes(self, brand_id: int, codes: Collection[str]) -> dict[str, CodeRow]:
        """Return own codes as they stand."""
        if not codes:
            return {}
        rows = self._connection.execute(query("rewards", "codes"), (brand_id, list(codes)))
        return {row[0]: CodeRow(*row) for row in rows}

    def code_of_key(self, brand_id: int, coupon: str, key: bytes) -> CodeRow | None:
        """Return the code that was issued under a key."""
        found = self._connection.execute(
            query("rewards", "code_of_key"), (brand_id, coupon, key)
        ).fetchone()
        return None if found is None else CodeRow(*found)

    def lock_issue(self, brand_id: int, coupon: str, key: bytes) -> None:
        """Let nobody else issue under a key until the end of the transaction."""
        self._lock("issue", brand_id, coupon, key)

    def issue_free(  # noqa: PLR0913 - whose, which, to whom, under what, when and until
        self,
        brand_id: int,
        coupon: str,
        *,
        profile_id: int | None,
        key: bytes | None,
        now: int,
        expires_at: int,
        channel: str,
    ) -> str:
        """Issue a code that lies in the pool; "" = there is none."""
        values = {
            "brand": brand_id, "coupon": coupon, "profile": profile_id, "key": key, "now": now,
            "expires": expires_at, "channel": channel,
        }  # fmt: skip
        found = self._connection.execute(query("rewards", "issue_free"), values).fetchone()
        return "" if found is None else str(found[0])

    def put_code(self, brand_id: int, row: CodeRow, key: bytes | None) -> bool:
        """Write a code that was made when it was issued; False = there is such a code already."""
        values = (
            brand_id, row.code, row.coupon, row.job_id, row.profile_id, key, row.issued_at,
            row.expires_at, row.channel,
        )  # fmt: skip
        return self._connection.execute(query("rewards", "put_code"), values).rowcount == 1

    def void(self, brand_id: int, codes: Collection[str]) -> int:
        """Withdraw codes; return how many stood."""
        return self._connection.execute(query("rewards", "void"), (brand_id, list(codes))).rowcount

    def open_job(self, brand_id: int, coupon: str, n_wanted: int, now: int, by: str) -> CodeJob:
        """Write down that codes are to be made."""
        values = (brand_id, coupon, n_wanted, now, by)
        found = self._connection.execute(query("rewards", "open_job"), values).fetchone()
        assert found is not None
        return CodeJob(*found)

    def job(self, brand_id: int, job_id: int, *, lock: bool = False) -> CodeJob | None:
        """Return a job."""
        name = "lock_job" if lock else "job"
        found = self._connection.execute(query("rewards", name), (brand_id, job_id)).fetchone()
        return None if found is None else CodeJob(*found)

    def jobs(self, brand_id: int, coupon: str = "") -> list[CodeJob]:
        """Return jobs, the newest first."""
        values = {"brand": brand_id, "coupon": coupon}
        return [CodeJob(*row) for row in self._connection.execute(query("rewards", "jobs"), values)]

    def put_codes(self, brand_id: int, coupon: str, job_id: int, codes: Sequence[str]) -> int:
        """Put codes into a pool and move their job on; return how many were new."""
        fresh = sorted(set(codes))
        while fresh:
            try:
                with self._connection.transaction():
                    self._copy_codes(brand_id, coupon, job_id, fresh)
            except UniqueViolation:
                rows = self._connection.execute(
                    query("rewards", "known_codes"), (brand_id, fresh)
                ).fetchall()
                known = {row[0] for row in rows}
                fresh = [code for code in fresh if code not in known]
            else:
                break
        self._connection.execute(query("rewards", "move_job"), (len(fresh), brand_id, job_id))
        return len(fresh)

    def _copy_codes(self, brand_id: int, coupon: str, job_id: int, codes: Sequence[str]) -> None:
        """Copy codes in; they hold letters and digits only, so nothing is to be escaped."""
        end = f"\t{coupon}\t{job_id}\t0\t\n"
        with self._connection.cursor().copy(query("rewards", "copy_codes")) as copy:
            copy.write("".join([f"{brand_id}\t{code}{end}" for code in codes]))

    def end_job(self, brand_id: int, job_id: int, now: int) -> None:
        """Note that a job is done."""
        self._connection.execute(query("rewards", "end_job"), (now, brand_id, job_id))

    def stream_codes(self, brand_id: int, job_id: int, size: int) -> Iterable[list[str]]:
        """Yield a job's codes in order, so many at once."""
        after = ""
        while True:
            values = {"brand": brand_id, "job": job_id, "after": after, "size": size}
            rows = self._connection.execute(query("rewards", "stream_codes"), values).fetchall()
            if not rows:
                return
            yield [row[0] for row in rows]
            after = rows[-1][0]

    def export_once(self, brand_id: int, job_id: int, now: int) -> bool:
        """Note that a job's codes are handed out as a file; False = they were before."""
        values = (now, brand_id, job_id)
        return self._connection.execute(query("rewards", "export_once"), values).rowcount == 1

    def count_codes(self, brand_id: int) -> Mapping[str, tuple[int, int]]:
        """Return coupon -> (codes, codes that lie in the pool)."""
        rows = self._connection.execute(query("rewards", "count_codes"), (brand_id,))
        return {row[0]: (row[1], row[2]) for row in rows}

    def _lock(self, *what: str | int | bytes) -> None:
        """Take a lock of the transaction that is no row's."""
        number = int.from_bytes(digest(*what)[:_LOCK_BYTES], "big", signed=True)
        self._connection.execute(query("rewards", "lock"), (number,))


def _redemption(found: TupleRow | None) -> RedemptionRow | None:
    """Return an order's row."""
    return None if found is None else RedemptionRow(*found)
