"""Refused events: why they were refused, and what they held for those who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.kernel.times import DAY
from huiliu.ports import Action, RefusedEvent, World
from huiliu.ports.log import REFUSED_PURPOSE

__all__ = ["RefusedPage", "list_refused", "unseal_refused"]

_PER_PAGE = 50
_COUNTED_FOR = 30 * DAY


@dataclass(frozen=True, slots=True)
class RefusedPage:
    """One page of refused events, newest first."""

    #: (id, event).
    rows: Sequence[tuple[int, RefusedEvent]]
    #: Reason -> how many in the last 30 days.
    counts: Mapping[str, int]
    #: Key id -> its name.
    keys: Mapping[int, str]
    next: int | None


def list_refused(
    world: World, brand_id: int, reason: str = "", before: int | None = None
) -> RefusedPage:
    """Return refused events of one reason, or of all."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.console.refused(brand_id, reason, _PER_PAGE + 1, before)
        counts = tx.console.refused_counts(brand_id, world.clock.now() - _COUNTED_FOR)
        keys = {key.key_id: key.name for key in tx.accounts.keys(brand_id)}
    shown = rows[:_PER_PAGE]
    return RefusedPage(shown, counts, keys, shown[-1][0] if len(rows) > _PER_PAGE else None)


def unseal_refused(
    world: World, brand_id: int, refused_id: int, user_id: int
) -> tuple[RefusedEvent, bytes]:
    """Return a refused event and its body as it came, and write down who looked.

    Raises:
        NotFound: there is no such event.
    """
    with world.store.transaction(brand_id) as tx:
        event = tx.console.refused_event(brand_id, refused_id)
        tx.console.record_action(
            Action(brand_id, world.clock.now(), user_id, "refused_unsealed", str(refused_id))
        )
    return event, world.secrets.unseal(event.sealed, REFUSED_PURPOSE)
