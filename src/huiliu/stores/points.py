"""The ledger of points in PostgreSQL: wallets locked in order, everything written in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from huiliu.kernel.errors import Conflict
from huiliu.ports.points import CloseRow, EntryFilter, EntryRow, Held
from huiliu.rewards.ledger import Leg, Lot, OrderSums, Wallet
from huiliu.rewards.points import Account
from huiliu.stores.arrays import bigints, byteas, smallints, texts
from huiliu.stores.queries import query

__all__ = ["PostgresPoints"]

_END_OF_TIME: Final = 1 << 62
#: Entries of a day that are read at once.
_BATCH: Final = 2_000
_LAST_ENTRY: Final = b"\xff" * 17
#: The field of `OrderSums` that each kind of entry adds to.
_SUMS: Final = {
    "earn": "earned", "claw_back": "clawed", "burn": "burned", "give_back": "given_back",
}  # fmt: skip


class PostgresPoints:
    """Points, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def hold(
        self,
        brand_id: int,
        profiles: Collection[int],
        whole: Collection[int],
        entries: Collection[bytes],
        now: int,
    ) -> Held:
        """Lock wallets in the order of their ids, making those that are missing."""
        ordered = bigints(sorted(set(profiles)))
        run = self._connection.execute
        # Each statement sees what was committed until it began: those after the lock see it all.
        with self._connection.pipeline():
            run(query("points", "enter_day"), (brand_id,))
            run(query("points", "make_wallets"), {"brand": brand_id, "profiles": ordered})
            wallets = run(query("points", "lock_wallets"), (brand_id, ordered))
            closed = run(query("points", "closed_until"), (brand_id,))
            moved = run(query("people", "present"), (brand_id, ordered))
            answered = run(
                query("points", "answered"), {"brand": brand_id, "entries": byteas(list(entries))}
            )
            given = {
                "brand": brand_id, "profiles": ordered, "whole": bigints(sorted(set(whole))),
                "now": now,
            }  # fmt: skip
            lots = run(query("points", "lots"), given)
        held = {row[0]: Wallet(*row) for row in wallets}
        for row in lots:
            held[row[2]].lots.append(_lot(row))
        [(closed_until,)] = closed.fetchall()
        return Held(
            held, {row[0]: EntryRow(*row) for row in answered}, closed_until,
            {came: now_is for came, now_is in moved if came != now_is},
        )  # fmt: skip

    def order_sums(
        self, brand_id: int, orders: Collection[tuple[int, str]], histories: Mapping[int, int]
    ) -> dict[tuple[int, str], OrderSums]:
        """Return what was booked under orders, by person; histories: earlier id -> present one."""
        found = {order: OrderSums() for order in orders}
        if not found:
            return found
        people = {profile for profile, _ in orders} | set(histories)
        given = (brand_id, bigints(sorted(people)), texts(sorted({order for _, order in orders})))
        rows = self._connection.execute(query("points", "order_sums"), given)
        for profile, order_id, kind, asked, expires_at, is_whole in rows:
            sums = found.get((histories.get(profile, profile), order_id))
            if sums is None:
                continue
            setattr(sums, _SUMS[kind], getattr(sums, _SUMS[kind]) + asked)
            sums.is_undone = sums.is_undone or (is_whole and kind == "claw_back")
            if kind == "burn" and expires_at:
                sums.expires_at = min(sums.expires_at or _END_OF_TIME, expires_at)
        return found

    def write(
        self,
        brand_id: int,
        wallets: Collection[Wallet],
        entries: Sequence[tuple[EntryRow, Sequence[Leg]]],
        lots: Sequence[Lot],
    ) -> None:
        """Write entries with their legs, lots, and wallets as they are now."""
        run = self._connection.execute
        try:
            with self._connection.pipeline():
                run(query("points", "put_entries"), _entries(brand_id, [e for e, _ in entries]))
                run(query("points", "put_legs"), _legs(brand_id, entries))
                if lots:
                    run(query("points", "put_lots"), _lots(brand_id, lots))
                if wallets:
                    run(query("points", "set_wallets"), _wallets(brand_id, wallets))
        except UniqueViolation as fault:
            raise Conflict("points", "a new entry", "the same key of another person") from fault

    def look(self, brand_id: int, profiles: Collection[int]) -> dict[int, Wallet]:
        """Return wallets with their open lots, without a lock."""
        ordered = bigints(sorted(set(profiles)))
        run = self._connection.execute
        rows = run(query("points", "look"), (brand_id, ordered))
        found = {row[0]: Wallet(*row) for row in rows}
        given = {"brand": brand_id, "profiles": ordered, "whole": ordered, "now": 0}
        for row in run(query("points", "lots"), given):
            if row[2] in found:
                found[row[2]].lots.append(_lot(row))
        return found

    def due(self, now: int, limit: int) -> list[tuple[int, int]]:
        """Return (brand, profile) of people who have lots that mature or end until now."""
        rows = self._connection.execute(query("points", "due"), {"now": now, "limit": limit})
        return [(brand_id, profile_id) for brand_id, profile_id in rows]

    def people_of_orders(
        self, brand_id: int, orders: Collection[str]
    ) -> dict[str, tuple[list[int], Decimal]]:
        """Return who earned or burned points under orders, by their ids then, and their totals."""
        given = (brand_id, texts(sorted(orders)))
        rows = self._connection.execute(query("points", "people_of"), given)
        return {order_id: (people, worth) for order_id, people, worth in rows}

    def times(
        self, brand_id: int, profiles: Collection[int], reason: str, since: int, until: int
    ) -> int:
        """Return how often a rule gave points for what people did in [since, until)."""
        given = (brand_id, bigints(sorted(profiles)), reason, since, until)
        [(n,)] = self._connection.execute(query("points", "times"), given).fetchall()
        return int(n)

    def has_any(self, brand_id: int) -> bool:
        """Say whether anybody ever had points."""
        return self._connection.execute(query("points", "has_any"), (brand_id,)).rowcount > 0

    def entries(self, brand_id: int, wanted: EntryFilter, limit: int) -> list[EntryRow]:
        """Return entries, newest first."""
        before = wanted.before or (_END_OF_TIME, _LAST_ENTRY)
        given = {
            "brand": brand_id, "profiles": bigints(list(wanted.profile_ids)),
            "any_profile": not wanted.profile_ids, "kinds": texts(list(wanted.kinds)),
            "any_kind": not wanted.kinds, "channel": wanted.channel, "reason": wanted.reason,
            "order_id": wanted.order_id, "has_refused": wanted.has_refused,
            "since": wanted.since, "until": wanted.until or _END_OF_TIME,
            "before_at": before[0], "before_entry": before[1], "limit": limit,
        }  # fmt: skip
        return [
            EntryRow(*row) for row in self._connection.execute(query("points", "entries"), given)
        ]

    def legs(self, brand_id: int, entries: Collection[bytes]) -> dict[bytes, list[Leg]]:
        """Return the legs of entries."""
        found: dict[bytes, list[Leg]] = {}
        rows = self._connection.execute(query("points", "legs"), (brand_id, byteas(list(entries))))
        for entry, account, profile_id, amount, lot, lot_nth in rows:
            of = None if lot is None else (lot, lot_nth)
            found.setdefault(entry, []).append(Leg(Account(account), profile_id, amount, of))
        return found

    def begin_close(self, brand_id: int) -> None:
        """Wait for all who are booking, and let nobody begin until the transaction ends."""
        self._connection.execute(query("points", "begin_close"), (brand_id,))

    def put_close(self, brand_id: int, row: CloseRow) -> None:
        """Begin to close a day: what is booked from now on belongs to a later one."""
        given = (
            brand_id, row.day, row.until, row.n_entries, row.n_legs, row.totals, row.before,
            row.hash, row.closed_at, row.by,
        )  # fmt: skip
        self._connection.execute(query("points", "put_close"), given)

    def finish_close(self, brand_id: int, row: CloseRow) -> None:
        """Write a day's hash; one that has one keeps it."""
        given = {
            "brand": brand_id, "day": row.day, "n_entries": row.n_entries, "n_legs": row.n_legs,
            "totals": row.totals, "before": row.before, "hash": row.hash,
        }  # fmt: skip
        self._connection.execute(query("points", "finish_close"), given)

    def closes(self, brand_id: int, limit: int) -> list[CloseRow]:
        """Return days, newest first; the newest may have no hash yet."""
        rows = self._connection.execute(query("points", "closes"), (brand_id, limit))
        return [CloseRow(*row) for row in rows]

    def day_lines(self, brand_id: int, since: int, until: int) -> Iterator[tuple[str, int]]:
        """Yield each entry booked in [since, until) with its legs as a line, and their number."""
        # A day may be larger than memory.
        with self._connection.cursor(name="points_day") as cursor:
            cursor.itersize = _BATCH
            yield from cursor.execute(query("points", "day_lines"), (brand_id, since, until))

    def day_sums(self, brand_id: int, since: int, until: int) -> list[tuple[str, Decimal]]:
        """Return what was booked on each account in [since, until)."""
        rows = self._connection.execute(query("points", "day_sums"), (brand_id, since, until))
        return [(account, amount) for account, amount in rows]

    def faults(self, brand_id: int) -> list[tuple[str, str]]:
        """Return (entries, wallets or lots; which) of what does not add up, at most a hundred."""
        rows = self._connection.execute(query("points", "faults"), {"brand": brand_id})
        return [(what, which) for what, which in rows]


def _lot(row: Sequence[Any]) -> Lot:
    """Return a lot as it is stored."""
    return Lot((row[0], row[1]), *row[2:])


def _numbers(amounts: Iterable[Decimal]) -> object:
    """Return amounts as an array of texts: PostgreSQL reads them exactly, and it is sent fast."""
    return texts(list(map(str, amounts)))


def _entries(brand_id: int, rows: Sequence[EntryRow]) -> dict[str, object]:
    """Return entries as columns."""
    return {
        "brand": brand_id,
        "entry": byteas([row.entry for row in rows]),
        "kind": texts([row.kind for row in rows]),
        "profile_id": bigints([row.profile_id for row in rows]),
        "other": bigints([row.other for row in rows]),
        "asked": _numbers(row.asked for row in rows),
        "amount": _numbers(row.amount for row in rows),
        "channel": texts([row.channel for row in rows]),
        "reason": texts([row.reason for row in rows]),
        "order_id": texts([row.order_id for row in rows]),
        "at": bigints([row.at for row in rows]),
        "booked_at": bigints([row.booked_at for row in rows]),
        "by": texts([row.by for row in rows]),
        "body": byteas([row.body for row in rows]),
        "refused": texts([row.refused for row in rows]),
        "available": _numbers(row.available for row in rows),
        "pending": _numbers(row.pending for row in rows),
        "expires_at": bigints([row.expires_at for row in rows]),
        "is_whole": smallints([int(row.is_whole) for row in rows]),
        "worth": _numbers(row.worth for row in rows),
    }


def _legs(brand_id: int, entries: Sequence[tuple[EntryRow, Sequence[Leg]]]) -> dict[str, object]:
    """Return legs as columns."""
    rows = [(row.entry, nth, leg) for row, legs in entries for nth, leg in enumerate(legs)]
    return {
        "brand": brand_id,
        "entry": byteas([entry for entry, _, _ in rows]),
        "nth": smallints([nth for _, nth, _ in rows]),
        "account": texts([leg.account.value for _, _, leg in rows]),
        "profile_id": bigints([leg.profile_id for _, _, leg in rows]),
        "amount": _numbers(leg.amount for _, _, leg in rows),
        "lot": byteas([leg.lot[0] if leg.lot else b"" for _, _, leg in rows]),
        "lot_nth": smallints([leg.lot[1] if leg.lot else 0 for _, _, leg in rows]),
    }


def _lots(brand_id: int, lots: Sequence[Lot]) -> dict[str, object]:
    """Return lots as columns, each once, in the order of their ids."""
    rows = sorted({lot.id: lot for lot in lots}.values(), key=lambda lot: lot.id)
    return {
        "brand": brand_id,
        "lot": byteas([lot.id[0] for lot in rows]),
        "nth": smallints([lot.id[1] for lot in rows]),
        "profile_id": bigints([lot.profile_id for lot in rows]),
        "came_with": bigints([lot.came_with for lot in rows]),
        "channel": texts([lot.channel for lot in rows]),
        "order_id": texts([lot.order_id for lot in rows]),
        "amount": _numbers(lot.amount for lot in rows),
        "open": _numbers(lot.open for lot in rows),
        "is_pending": smallints([int(lot.is_pending) for lot in rows]),
        "earned_at": bigints([lot.earned_at for lot in rows]),
        "matures_at": bigints([lot.matures_at for lot in rows]),
        "expires_at": bigints([lot.expires_at for lot in rows]),
    }


def _wallets(brand_id: int, wallets: Collection[Wallet]) -> dict[str, object]:
    """Return wallets as columns."""
    return {
        "brand": brand_id,
        "profiles": bigints([wallet.profile_id for wallet in wallets]),
        "available": _numbers(wallet.available for wallet in wallets),
        "pending": _numbers(wallet.pending for wallet in wallets),
        "debt": _numbers(wallet.debt for wallet in wallets),
    }
