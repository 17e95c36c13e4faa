"""What quota nodes gave out in virtual time, over all runs of a journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from huiliu.journeys.journey import Journey
from huiliu.journeys.nodes import Quota
from huiliu.journeys.step import Claim
from huiliu.kernel.times import local_datetime

__all__ = ["Quotas"]

_NO_ROOM: Final[Mapping[str, int]] = {}


class Quotas:
    """Counts what was taken in each period."""

    def __init__(self, journeys: Sequence[Journey]) -> None:
        """Have given out nothing."""
        self._of = {
            journey.slug: {
                name: quota
                for name, node in journey.nodes.items()
                if (quota := node.quota) is not None
            }
            for journey in journeys
        }
        self._taken: dict[tuple[str, str, str], int] = {}
        #: Whether any journey gives something out: its people are then not independent.
        self.exist = any(self._of.values())

    def room(self, journey: Journey, now: int) -> Mapping[str, int]:
        """Return node -> how much of its present period is left."""
        quotas = self._of[journey.slug]
        if not quotas:
            return _NO_ROOM
        return {
            name: quota.limit - self._taken.get((journey.slug, name, _period(quota, now)), 0)
            for name, quota in quotas.items()
        }

    def claim(self, journey: Journey, claims: Iterable[Claim], now: int) -> None:
        """Take what a step claimed."""
        for claim in claims:
            quota = self._of[journey.slug][claim.node]
            key = (journey.slug, claim.node, _period(quota, now))
            self._taken[key] = self._taken.get(key, 0) + claim.amount


def _period(quota: Quota, now: int) -> str:
    """Return the day that is counted; "" = all time."""
    return local_datetime(now, quota.zone).date().isoformat() if quota.zone else ""
