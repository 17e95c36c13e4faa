"""Closes incidents of campaigns that are over: nothing of them will ever be as usual again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, TypeAlias

from huiliu.governance.guard_document import ADS
from huiliu.kernel.errors import NotFound
from huiliu.ports.guard import IncidentMove, IncidentRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.guard_decide import close
from huiliu.services.moves import STOPPED

__all__ = ["QUIET_DAYS", "Key", "close_ended"]

#: (kind, metric, channel, campaign) of a series.
Key: TypeAlias = tuple[str, str, str, str]
#: A campaign of which nothing happened on so many days is over.
QUIET_DAYS: Final = 7
_CAMPAIGN: Final = "campaign"
_OVER: Final = frozenset({STOPPED, "archived"})


def close_ended(
    world: World,
    brand_id: int,
    guard: str,
    alive: Collection[Key],
    watched: Collection[tuple[str, str]],
) -> None:
    """Close the incidents of campaigns that were stopped, or of which nothing happens any more.

    What is paused has no traffic because it is paused: only stopping ends that by itself.

    Args:
        world: the instance.
        brand_id: whose incidents.
        guard: whose look this was.
        alive: the campaigns of which something happened lately.
        watched: (kind, metric) of the series that the guard has read.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        for row in tx.guard.recent(brand_id, guard, now):
            key = row.kind, row.metric, row.channel, row.campaign
            is_quiet = row.state == "open" and key[:2] in watched and key not in alive
            is_own = row.kind in {_CAMPAIGN, ADS} and not row.is_over
            if is_own and (is_quiet or _is_stopped(tx, row)):
                close(tx, row, "resolved", now)
                tx.guard.note(brand_id, row.incident_id, IncidentMove(now, "ended"))


def _is_stopped(tx: Tx, row: IncidentRow) -> bool:
    """Say whether the journey of an incident was ended for good."""
    if row.kind != _CAMPAIGN:
        return False
    try:
        return tx.documents.latest(row.brand_id, "journey", row.campaign).state in _OVER
    except NotFound:
        return False
