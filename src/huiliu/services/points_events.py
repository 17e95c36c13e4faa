"""What becomes of points, as Huiliu's own events: the same entry is the same event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.ports.points import EntryRow
from huiliu.rewards.ledger import Wallet
from huiliu.rewards.points import Kind
from huiliu.services.message_events import internal_event

__all__ = ["entry_events"]

_NAMES: Final[Mapping[str, str]] = {
    Kind.EARN: "Points Earned",
    Kind.BURN: "Points Burned",
    Kind.GIVE_BACK: "Points Given Back",
    Kind.CLAW_BACK: "Points Clawed Back",
    Kind.TRANSFER: "Points Sent",
    Kind.ADJUST: "Points Adjusted",
    Kind.MATURE: "Points Matured",
    Kind.EXPIRE: "Points Expired",
    Kind.FOLD: "Points Merged",
    Kind.UNFOLD: "Points Merged",
}
#: What the other person of an entry is told.
_OTHERS: Final[Mapping[str, str]] = {
    Kind.TRANSFER: "Points Received",
    Kind.FOLD: "Points Merged",
    Kind.UNFOLD: "Points Merged",
}


def entry_events(brand_id: int, row: EntryRow, other: Wallet | None, now: int) -> list[NewEvent]:
    """Return what is told of an entry; nothing where nothing was moved."""
    if row.refused or not row.amount:
        return []
    said: dict[str, Value] = {
        "entry": show_id(row.entry), "amount": float(row.amount),
        "available": float(row.available), "pending": float(row.pending),
        "channel": row.channel or None, "reason": row.reason or None,
        "order_id": row.order_id or None,
    }  # fmt: skip
    told: list[NewEvent] = []
    # A profile that was merged away is nobody's any more: nothing is told of it.
    if row.kind != Kind.FOLD:
        told.append(internal_event(
            brand_id, row.profile_id, _NAMES[row.kind], said, now, row.entry
        ))  # fmt: skip
    if other is not None and row.kind in _OTHERS:
        got = said | {"available": float(other.available), "pending": float(other.pending)}
        name = _OTHERS[row.kind]
        told.append(internal_event(brand_id, row.other, name, got, now, row.entry, "other"))
    return told
