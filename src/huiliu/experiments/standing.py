"""How an experiment stands for one person: which arm they have, or get now.

The draw is by the person and the experiment alone, so the same shares always give the same arm;
what was given before is handed in and stays, whatever became of the shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from huiliu.kernel.buckets import place

__all__ = ["ENDED", "ROLLED_OUT", "RUNNING", "WAITING", "Draw", "Standing"]

#: Published, not begun: everybody gets the control.
WAITING: Final = "waiting"
RUNNING: Final = "running"
#: Nobody is let in any more: who has an arm keeps it, all others get the control.
ENDED: Final = "ended"
#: Everybody gets the winner.
ROLLED_OUT: Final = "rolled_out"

_RANGE: Final = 16**16


class Draw(msgspec.Struct, frozen=True, gc=False):
    """The arm that a person gets."""

    arm: str
    #: Whether this counts: they are in the experiment.
    is_in: bool
    #: How likely this arm was when it was given; 0 = it was given before.
    propensity: float = 0.0
    #: Which shares it was drawn by.
    batch: int = 0
    #: Whether it is given now.
    is_new: bool = False


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """An experiment as one person meets it."""

    slug: str
    #: waiting, running, ended or rolled_out.
    state: str
    #: Arm -> its share of those who come now, the control first.
    shares: dict[str, float]
    salt: str
    #: Of those who are let in now.
    batch: int = 0
    #: What everybody gets; "" = nothing is decided.
    winner: str = ""
    #: What the person was given before; "" = nothing.
    given: str = ""

    @property
    def control(self) -> str:
        """Return the name of the control."""
        return next(iter(self.shares))

    def draw(self, profile_id: int) -> Draw:
        """Return the arm of a person."""
        if self.state == ROLLED_OUT and self.winner:
            return Draw(self.winner, is_in=False)
        if self.state == WAITING:
            return Draw(self.control, is_in=False)
        if self.given:
            return Draw(self.given, is_in=True)
        if self.state != RUNNING:
            return Draw(self.control, is_in=False)
        arm = _pick(self.salt, profile_id, self.shares)
        return Draw(arm, is_in=True, propensity=self.shares[arm], batch=self.batch, is_new=True)


def _pick(salt: str, profile_id: int, shares: Mapping[str, float]) -> str:
    """Return the arm on whose part of the line from 0 to 1 a person stands."""
    at, whole = int(place(salt, profile_id), 16) / _RANGE, sum(shares.values())
    reached = 0.0
    arm = ""
    for arm, share in shares.items():
        reached += share / whole
        if at < reached:
            return arm
    return arm  # what rounding leaves belongs to the last
