"""The programme of points in force: read once for each change of a brand's documents."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.programme import KIND, Programme, parsed_programme

__all__ = ["programme"]

_KEPT: Final = 64
_found: OrderedDict[tuple[int, int], Programme] = OrderedDict()
_lock = Lock()


def programme(tx: Tx, world: World, brand_id: int) -> Programme:  # noqa: ARG001 - as its like are called
    """Return how a brand's points work, as its document says; without one nothing earns any."""
    # The stamp is a hash of all that was ever written: the same stamp, the same documents.
    key = (brand_id, tx.documents.stamp(brand_id))
    with _lock:
        found = _found.get(key)
    if found is None:
        found = _read(tx, brand_id)
        with _lock:
            _found[key] = found
            while len(_found) > _KEPT:
                _found.popitem(last=False)
    return found


def _read(tx: Tx, brand_id: int) -> Programme:
    """Read the document in use."""
    for document in tx.documents.all(brand_id, KIND):
        if document.state == "live":
            return parsed_programme(document.source)
    return Programme()
