"""Closes days of the ledger: a hash over the day's entries and the hash of the day before.

What was closed can be checked by anybody who keeps one hash: an entry that was changed, left out or
put in later makes every hash from its day on another one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import msgspec

from huiliu.kernel.errors import Conflict
from huiliu.kernel.times import MINUTE, as_instant, local_datetime
from huiliu.ports.points import CloseRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["Finding", "close_due", "close_points", "list_closes", "verify_points"]

#: A day is closed by itself so long after its end.
_WAITS: Final = 10 * MINUTE
_FIRST: Final = bytes(32)
_MOST_LISTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the ledger that is not as it was, or does not add up."""

    #: The day from which on hashes differ, or "".
    day: str
    #: hash, chain, count, entries, wallets, lots.
    what: str
    #: What is concerned.
    details: str


def close_points(world: World, brand_id: int, day: dt.date, by: str = "") -> CloseRow:
    """Close a day that is over, with all before it that are not, and return it.

    Raises:
        Conflict: it is not over, or it is closed already.
    """
    until = _end_of(day, world.zone)
    if until > world.clock.now():
        raise Conflict("points", "a day that is over", day.isoformat())
    with world.store.system() as tx:
        # Whoever books from now on, books into a later day; who has begun has ended.
        tx.points.begin_close(brand_id)
        last = tx.points.closes(brand_id, 1)
        if last and last[0].hash and last[0].day >= day.isoformat():
            raise Conflict("points", "a day that is not closed", day.isoformat())
        if not last or last[0].hash:
            tx.points.put_close(brand_id, CloseRow(
                day.isoformat(), until, 0, 0, "{}", b"", b"", world.clock.now(), by
            ))  # fmt: skip
    closed = _finish(world, brand_id)
    # One that died half-way was finished first.
    return closed if closed.day >= day.isoformat() else close_points(world, brand_id, day, by)


def close_due(world: World, _limit: int) -> int:
    """Close yesterday of every brand that has points; return how many days were closed."""
    now = world.clock.now()
    day = local_datetime(now - _WAITS, world.zone).date() - dt.timedelta(days=1)
    with world.store.system() as tx:
        due = [
            brand_id for brand_id in tx.documents.brands()
            if tx.points.has_any(brand_id) and _is_open(tx, brand_id, day)
        ]  # fmt: skip
    for brand_id in due:
        close_points(world, brand_id, day)
    return len(due)


def list_closes(world: World, brand_id: int) -> Sequence[CloseRow]:
    """Return the closed days, newest first."""
    with world.store.transaction(brand_id) as tx:
        return [one for one in tx.points.closes(brand_id, _MOST_LISTED) if one.hash]


def verify_points(world: World, brand_id: int) -> list[Finding]:
    """Read the whole ledger again; return everything that is not as it was or adds up wrongly."""
    found: list[Finding] = []
    with world.store.system() as tx:
        before, since = _FIRST, 0
        totals: dict[str, Decimal] = {}
        for row in reversed(tx.points.closes(brand_id, 1 << 30)):
            if not row.hash:
                continue
            if row.before != before:
                found.append(Finding(row.day, "chain", row.before.hex()))
            again = _hashed(tx, brand_id, row, since, before, totals)
            if again.hash != row.hash:
                found.append(Finding(row.day, "hash", again.hash.hex()))
            before, since = row.hash, row.until
        for what, details in tx.points.faults(brand_id):
            found.append(Finding("", what, details))
    return found


def _is_open(tx: Tx, brand_id: int, day: dt.date) -> bool:
    """Say whether a day is not closed yet."""
    last = tx.points.closes(brand_id, 1)
    return not last or not last[0].hash or last[0].day < day.isoformat()


def _finish(world: World, brand_id: int) -> CloseRow:
    """Hash the day that was begun to be closed, and return it."""
    with world.store.system() as tx:
        rows = tx.points.closes(brand_id, 2)
        row, earlier = rows[0], rows[1] if len(rows) > 1 else None
        if row.hash:
            # Another one finished it.
            return row
        before = earlier.hash if earlier else _FIRST
        totals = _totals(earlier.totals) if earlier else {}
        done = _hashed(tx, brand_id, row, earlier.until if earlier else 0, before, totals)
        tx.points.finish_close(brand_id, done)
        return done


def _hashed(
    tx: Tx, brand_id: int, row: CloseRow, since: int, before: bytes, totals: dict[str, Decimal]
) -> CloseRow:
    """Return a day with its hash; `totals` go on to the day's end."""
    hasher = hashlib.blake2b(digest_size=32)
    hasher.update(before + f"{brand_id}\n{row.day}\n{row.until}\n".encode())
    n_entries = n_legs = 0
    for line, legs in tx.points.day_lines(brand_id, since, row.until):
        hasher.update(line.encode() + b"\n")
        n_entries, n_legs = n_entries + 1, n_legs + legs
    for account, amount in tx.points.day_sums(brand_id, since, row.until):
        totals[account] = totals.get(account, Decimal(0)) + amount
    told = msgspec.json.encode({name: str(totals[name]) for name in sorted(totals)})
    hasher.update(told)
    return CloseRow(
        row.day, row.until, n_entries, n_legs, told.decode(), before, hasher.digest(),
        row.closed_at, row.by,
    )  # fmt: skip


def _totals(written: str) -> dict[str, Decimal]:
    """Return the sums at the end of the day before."""
    found: Mapping[str, str] = msgspec.json.decode(written)
    return {name: Decimal(amount) for name, amount in found.items()}


def _end_of(day: dt.date, zone: str) -> int:
    """Return the instant at which a day ends where the brand is."""
    return int(as_instant((day + dt.timedelta(days=1)).isoformat(), zone) or 0)
