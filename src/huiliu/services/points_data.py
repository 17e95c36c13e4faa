"""Points as data: what servers and commands are answered."""

from __future__ import annotations

from decimal import Decimal

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports.points import CloseRow, EntryRow
from huiliu.rewards.points import Posted
from huiliu.services.points_balance import Balance

__all__ = ["balance_json", "close_json", "entry_json", "number", "posted_json"]


def posted_json(done: Posted) -> dict[str, object]:
    """Return what became of a wish."""
    return {
        "entry": done.entry, "amount": number(done.amount), "available": number(done.available),
        "pending": number(done.pending),
    }  # fmt: skip


def balance_json(profile_id: int, found: Balance) -> dict[str, object]:
    """Return what somebody has."""
    return {
        "profile": show_profile_id(profile_id),
        "available": number(found.available),
        "pending": number(found.pending),
        "expiring": [
            {"at": show_instant(at), "amount": number(amount)} for at, amount in found.expiring
        ],
        "maturing": [
            {"at": show_instant(at), "amount": number(amount)} for at, amount in found.maturing
        ],
        "debt": number(found.debt),
    }


def entry_json(row: EntryRow) -> dict[str, object]:
    """Return an entry."""
    return {
        "entry": show_id(row.entry), "kind": row.kind, "profile": show_profile_id(row.profile_id),
        "other": show_profile_id(row.other) if row.other else None,
        "asked": number(row.asked), "amount": number(row.amount), "channel": row.channel,
        "reason": row.reason, "order_id": row.order_id, "at": show_instant(row.at),
        "booked_at": show_instant(row.booked_at), "by": row.by or None,
        "refused": row.refused or None, "available": number(row.available),
        "pending": number(row.pending),
    }  # fmt: skip


def close_json(row: CloseRow) -> dict[str, object]:
    """Return a closed day."""
    return {
        "day": row.day, "entries": row.n_entries, "legs": row.n_legs, "hash": row.hash.hex(),
        "before": row.before.hex(), "closed_at": show_instant(row.closed_at),
        "by": row.by or None,
    }  # fmt: skip


def number(amount: Decimal) -> float:
    """Return points as a number of JSON: two digits are exact up to ten thousand billions."""
    return float(amount)
