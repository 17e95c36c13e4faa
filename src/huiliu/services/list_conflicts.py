"""Lists merges that were refused, so that a person can decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.ports.people import ConflictRow
from huiliu.ports.world import World
from huiliu.services.show_profile import mask

__all__ = ["Conflict", "list_conflicts"]

_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Conflict:
    """A refused merge with the identifier that would have caused it, masked."""

    row: ConflictRow
    #: "" where the vault holds no value.
    masked: str


def list_conflicts(
    world: World, brand_id: int, profile_id: int | None = None, limit: int = _LIMIT
) -> Sequence[Conflict]:
    """Return refused merges, latest first, of one profile or of all."""
    with world.store.transaction(brand_id) as tx:
        asked = profile_id
        if profile_id is not None:
            asked = tx.people.present(brand_id, [profile_id])[profile_id]
        rows = tx.people.conflicts(brand_id, limit, asked)
        holders = {each for row in rows for each in (row.profile_id, row.other) if each}
        now = tx.people.present(brand_id, holders)
        keys = {row.identifier.key for row in rows}
        clear = tx.vault.reveal(brand_id, dict.fromkeys(now.values(), keys)) if rows else {}
    found = []
    for row in rows:
        # As the event wrote it; either of the two may have been erased.
        written = [
            clear.get((now.get(each, 0), row.identifier.key), "")
            for each in (row.profile_id, row.other)
        ]
        found.append(Conflict(row, mask(written[0] or written[1])))
    return found
