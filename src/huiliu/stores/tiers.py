"""Levels of members in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.tiers import TierFact, TierGift, TierState
from huiliu.stores.queries import query

__all__ = ["PostgresTiers"]


class PostgresTiers:
    """Levels of members, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def add_facts(self, brand_id: int, programme: str, facts: Sequence[TierFact]) -> None:
        """Keep what counts; the same thing again keeps its largest amount."""
        if not facts:
            return
        self._connection.execute(query("tiers", "add_facts"), {
            "brand": brand_id, "programme": programme,
            "profiles": [one.profile_id for one in facts], "refs": [one.ref for one in facts],
            "at": [one.at for one in facts], "paid": [one.paid for one in facts],
            "refunded": [one.refunded for one in facts], "weights": [one.weight for one in facts],
        })  # fmt: skip

    def refund(self, brand_id: int, programme: str, ref: bytes, amount: int) -> list[int]:
        """Take back what counted of one thing, whoever it was for; return whose it was."""
        rows = self._connection.execute(
            query("tiers", "refund"), (amount, brand_id, programme, ref)
        )
        return [profile for (profile,) in rows]

    def measures(
        self, brand_id: int, programme: str, profiles: Collection[int], since: int
    ) -> dict[int, int]:
        """Return what counts of each id since an instant, in the measure's unit."""
        rows = self._connection.execute(
            query("tiers", "measures"), (brand_id, programme, list(profiles), since)
        )
        return dict(rows.fetchall())

    def facts_of(
        self, brand_id: int, programme: str, profiles: Collection[int], limit: int
    ) -> list[TierFact]:
        """Return what counted of some ids, newest first."""
        rows = self._connection.execute(
            query("tiers", "facts_of"), (brand_id, programme, list(profiles), limit)
        )
        return [TierFact(*row) for row in rows]

    def lock(
        self, brand_id: int, programme: str, profiles: Collection[int]
    ) -> dict[int, TierState]:  # fmt: skip
        """Return where some people stand, locked until the transaction ends."""
        rows = self._connection.execute(
            query("tiers", "lock"), (brand_id, programme, list(profiles))
        )
        return {row[0]: TierState(*row) for row in rows}

    def states_of(
        self, brand_id: int, profiles: Collection[int]
    ) -> list[tuple[str, TierState]]:  # fmt: skip
        """Return (programme, state) of some ids."""
        rows = self._connection.execute(query("tiers", "states_of"), (brand_id, list(profiles)))
        return [(row[0], TierState(*row[1:])) for row in rows]

    def put(self, brand_id: int, programme: str, states: Sequence[TierState]) -> None:
        """Write where people stand."""
        if not states:
            return
        self._connection.execute(query("tiers", "put"), {
            "brand": brand_id, "programme": programme,
            "profiles": [one.profile_id for one in states],
            "levels": [one.level for one in states], "since": [one.since for one in states],
            "until": [one.until for one in states], "measured": [one.measured for one in states],
        })  # fmt: skip

    def drop(self, brand_id: int, programme: str, profiles: Collection[int]) -> None:
        """Forget where ids stand that are somebody else now."""
        self._connection.execute(query("tiers", "drop"), (brand_id, programme, list(profiles)))

    def due(self, brand_id: int, programme: str, at: int, limit: int) -> list[int]:
        """Return people whose level ends by an instant, the earliest first."""
        rows = self._connection.execute(query("tiers", "due"), (brand_id, programme, at, limit))
        return [profile for (profile,) in rows]

    def next_due(self, brand_id: int, programme: str) -> int | None:
        """Return when the next level ends; None = nobody has one."""
        found = self._connection.execute(
            query("tiers", "next_due"), (brand_id, programme)
        ).fetchone()
        return found[0] if found else None

    def counts(self, brand_id: int, programme: str) -> Mapping[str, int]:
        """Return level -> how many people stand there."""
        rows = self._connection.execute(query("tiers", "counts"), (brand_id, programme))
        return dict(rows.fetchall())

    def people(
        self, brand_id: int, programme: str, level: str, limit: int
    ) -> list[TierState]:  # fmt: skip
        """Return people of a level, those who count most first."""
        rows = self._connection.execute(
            query("tiers", "people"), (brand_id, programme, level, limit)
        )
        return [TierState(*row) for row in rows]

    def given(
        self, brand_id: int, programme: str, profile_id: int, source: str, name: str, since: int
    ) -> int:
        """Return how often a rule gave a person something since an instant."""
        found = self._connection.execute(
            query("tiers", "given"), (brand_id, programme, profile_id, source, name, since)
        ).fetchone()
        return int(found[0]) if found else 0

    def add_gift(self, brand_id: int, programme: str, gift: TierGift) -> bool:
        """Write down a gift before it is given; False = it was written before."""
        found = self._connection.execute(query("tiers", "add_gift"), (
            brand_id, programme, gift.profile_id, gift.ref, gift.source, gift.name, gift.at,
            gift.points, gift.coupon, gift.code, gift.refused,
        )).fetchone()  # fmt: skip
        return found is not None

    def settle_gift(self, brand_id: int, programme: str, gift: TierGift) -> None:
        """Write what became of a gift."""
        self._connection.execute(
            query("tiers", "settle_gift"),
            (gift.points, gift.code, gift.refused, brand_id, programme, gift.profile_id, gift.ref),
        )

    def gifts_of(self, brand_id: int, profiles: Collection[int], limit: int) -> list[TierGift]:
        """Return what people were given, newest first."""
        rows = self._connection.execute(
            query("tiers", "gifts_of"), (brand_id, list(profiles), limit)
        )
        return [TierGift(*row) for row in rows]

    def forget(self, brand_id: int, programme: str) -> None:
        """Drop what counts, so that the log is read anew; levels and gifts stay."""
        self._connection.execute(query("tiers", "forget"), (brand_id, programme))
