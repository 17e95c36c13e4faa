"""Whom roll-outs let through now: asked when a journey begins for a person and when it sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from huiliu.kernel.times import HOUR, Instant
from huiliu.messages.policy import Hold, Refuse
from huiliu.planning.rollout import Rollout, Stage
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.rollouts import RolloutRow
from huiliu.ports.store import Tx

__all__ = ["DONE", "HELD", "NOT_ROLLED_OUT", "Stages", "by_journey", "open_stages", "stage_of"]

NOT_ROLLED_OUT: Final = "not_rolled_out"
ROLLOUT_HELD: Final = "rollout_held"
CHECKING: Final = "checking"
HELD: Final = "held"
DONE: Final = "done"
#: What waits is looked at so often, should nobody wake it before.
_AGAIN: Final = 6 * HOUR
#: A roll-out that was published this moment: nobody gets anything yet.
_FIRST: Final = Stage(0, 0.0)


class Stages:
    """How far the roll-outs of one brand's journeys have come."""

    def __init__(
        self, rollouts: Mapping[str, Sequence[Rollout]], rows: Mapping[str, RolloutRow], now: int
    ) -> None:
        """Hold the roll-outs of each journey, and how far each has come."""
        self._rollouts = rollouts
        self._rows = rows
        self._now = now

    def __bool__(self) -> bool:
        """Say whether any journey is being rolled out."""
        return bool(self._rollouts)

    def lets_in(self, journey: str, profile_id: int) -> bool:
        """Say whether a journey may begin for a person; where messages wait, it may."""
        return all(
            rollout.outside == "wait" or rollout.lets_in(stage, profile_id)
            for rollout, stage, _ in self._of(journey)
        )

    def verdict(self, queued: QueuedMessage, profile_id: int) -> Hold | Refuse | None:
        """Return what becomes of a message for somebody outside; None = nothing speaks against it.

        Args:
            queued: the message.
            profile_id: of the present profile.
        """
        for rollout, stage, row in self._of(queued.journey):
            if not rollout.has(stage, queued.channel, profile_id):
                if rollout.outside == "wait":
                    return self._wait(queued, NOT_ROLLED_OUT)
                return Refuse(NOT_ROLLED_OUT)
            if row is not None and row.state == HELD and rollout.when_failed == "hold":
                return self._wait(queued, ROLLOUT_HELD)
        return None

    def _wait(self, queued: QueuedMessage, reason: str) -> Hold | Refuse:
        """Return that a message waits, unless it would be too late then anyway."""
        until = Instant(self._now + _AGAIN)
        if queued.expires_at and until > queued.expires_at:
            until = Instant(queued.expires_at)
        return Hold(until, reason) if until > self._now else Refuse(reason)

    def _of(self, journey: str) -> Iterable[tuple[Rollout, Stage, RolloutRow | None]]:
        """Yield the roll-outs of a journey that are under way, and their stages."""
        for rollout in self._rollouts.get(journey, ()):
            row = self._rows.get(rollout.slug)
            if row is None or row.state != DONE:
                yield rollout, rollout.fits(stage_of(row)), row


def stage_of(row: RolloutRow | None) -> Stage:
    """Return the stage at which a roll-out stands."""
    return _FIRST if row is None else Stage(row.tier, row.percent)


def by_journey(rollouts: Iterable[Rollout]) -> Mapping[str, Sequence[Rollout]]:
    """Return journey -> the roll-outs that it is a part of."""
    found: dict[str, list[Rollout]] = {}
    for one in rollouts:
        for journey in one.journeys:
            found.setdefault(journey, []).append(one)
    return found


def open_stages(
    tx: Tx, brand_id: int, rollouts: Mapping[str, Sequence[Rollout]], now: int
) -> Stages:
    """Return how far a brand's roll-outs have come; nothing is read where there are none."""
    return Stages(rollouts, tx.rollouts.all(brand_id) if rollouts else {}, now)
