"""Entries of the ledger as people look for them: of one person, or by what they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiliu.ports.points import EntryFilter, EntryRow
from huiliu.ports.world import World

__all__ = ["StatementPage", "statement"]


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Some entries, newest first."""

    rows: Sequence[EntryRow]
    #: Where the next page begins; None = there is none.
    after: tuple[int, bytes] | None


def statement(world: World, brand_id: int, wanted: EntryFilter, limit: int) -> StatementPage:
    """Return entries of people, whichever ids they had then, or of everybody."""
    with world.store.transaction(brand_id) as tx:
        if wanted.profile_ids:
            present = tx.people.present(brand_id, wanted.profile_ids)
            people = {present.get(one, one) for one in wanted.profile_ids}
            histories = tx.people.histories(brand_id, people)
            ids = people.union(*(histories.get(one, ()) for one in people))
            wanted = replace(wanted, profile_ids=tuple(ids))
        rows = tx.points.entries(brand_id, wanted, limit + 1)
    after = (rows[limit - 1].booked_at, rows[limit - 1].entry) if len(rows) > limit else None
    return StatementPage(rows[:limit], after)
