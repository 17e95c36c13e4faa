"""How far roll-outs had come at a time that is over: why a journey did not begin for somebody."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from huiliu.planning.rollout import KIND, Stage, parsed_rollout
from huiliu.ports.store import Tx

__all__ = ["PastStages"]

_MOST: Final = 1_000
#: After these a journey reaches everybody.
_OVER: Final = ("done", "removed")


class PastStages:
    """The roll-outs of a brand, those that were taken out of use included."""

    def __init__(self, tx: Tx, brand_id: int) -> None:
        """Read what became of them."""
        self._rollouts = [
            (parsed_rollout(one.source), tx.rollouts.moves(brand_id, one.slug, _MOST))
            for one in tx.documents.all(brand_id, KIND)
        ]

    def had(self, journey: str, ids: Collection[int], at: int) -> bool:
        """Say whether a journey could begin for a person at an instant.

        Args:
            journey: its slug.
            ids: every id that the person has had; which of them it was then is not known any more.
            at: the instant.
        """
        for rollout, moves in self._rollouts:
            if journey not in rollout.journeys or rollout.outside == "wait":
                continue
            last = next((one for one in moves if one.at <= at), None)
            if last is None or last.what in _OVER:
                continue
            stage = rollout.fits(Stage(last.tier, last.percent))
            if not any(rollout.lets_in(stage, one) for one in ids):
                return False
        return True
