"""Takes group-buy orders that a server sends: all of a request or nothing, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.errors import BadInput
from huiliu.kernel.ids import digest
from huiliu.ports.sources import Record
from huiliu.ports.world import World
from huiliu.services.ingest import accept

__all__ = ["take_group_orders"]

#: Under this name an import of the same orders keeps its ledger, so either of them is the other.
_SOURCE: Final = "group_buy"


def take_group_orders(
    world: World, brand_id: int, records: Sequence[Record]
) -> Mapping[str, int]:  # fmt: skip
    """Load what orders became; return how many events are new and how many were known.

    Raises:
        BadInput: some of it cannot be used; then none is taken.
    """
    by_key = {digest(one.key): one for one in records}
    with world.store.system() as tx:
        new = tx.imports.record(brand_id, _SOURCE, by_key.keys())
        fresh = [one for key, one in by_key.items() if key in new]
        accepted = accept(
            tx, world, brand_id, [one.message for one in fresh],
            received_at=world.clock.now(), historical=False,
        )  # fmt: skip
        if accepted.problems:
            raise BadInput(tuple(problem for _, problem in accepted.problems))
    return {"events": accepted.n_new, "known": len(records) - accepted.n_new}
