"""An audience as a CSV file: who they are, and the names by which other systems know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.services.external_ids import external_ids

__all__ = ["PROFILE", "people_rows"]

#: The header of the first column.
PROFILE: Final = "profile_id"
_BATCH: Final = 5_000


def people_rows(
    world: World,
    brand_id: int,
    profiles: Sequence[int],
    types: Sequence[IdentifierType],
    *,
    purpose: str,
    user_id: int,
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a CSV of people: the id, then a column for each type asked for.

    Who has several names of one type has several rows, so that each cell can be read back.
    Identifiers that reach a person are written down as revealed, once for every file.
    """
    for start in range(0, len(profiles), _BATCH):
        some = profiles[start : start + _BATCH]
        named: list[dict[int, list[str]]] = []
        for type_ in types:
            held: dict[int, list[str]] = {}
            found = external_ids(
                world, brand_id, some, type_, purpose=purpose, user_id=user_id, record=not start
            )
            for profile, value in found:
                held.setdefault(profile, []).append(value)
            named.append(held)
        for profile in some:
            columns = [held.get(profile, []) for held in named]
            rows = list(zip_longest(*columns, fillvalue="")) or [("",) * len(types)]
            yield from ((show_profile_id(profile), *row) for row in rows)
