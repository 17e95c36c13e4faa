"""Coupons that journeys ask for: issued in the transaction that moves the runs, and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.kernel.times import show_instant
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.issue_coupon import Issued, issue_many
from huiliu.services.message_events import internal_event
from huiliu.services.offer_trials import pools_met

__all__ = ["ANSWERED", "Asked", "give_coupons"]

ANSWERED: Final = "Coupon Answered"


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that stands at a node and asks for a coupon."""

    #: The pool.
    coupon: str
    profile_id: int
    run_id: bytes
    node: str
    visit: int
    #: Run, node, visit ...: tells this question from all others.
    place: Sequence[object]

    @property
    def wanted(self) -> tuple[str, int, str]:
        """Return pool, person, and by what the same question gets the same code."""
        return self.coupon, self.profile_id, f"journey:{digest('issue', *self.place).hex()}"


def give_coupons(
    tx: Tx, world: World, brand_id: int, asked: Sequence[Asked], now: int
) -> list[NewEvent]:
    """Issue what runs ask for, and return what the log is told, an answer for each of them."""
    # Of a pool that an experiment is about, each person gets the one of their arm.
    pools, events = pools_met(
        tx, world, brand_id, [(one.coupon, one.profile_id) for one in asked], now
    )
    wanted = [(pool, *one.wanted[1:]) for pool, one in zip(pools, asked, strict=True)]
    issued = issue_many(tx, world, brand_id, wanted, now)
    events += [event for one in issued for event in one.events]
    for one, done in zip(asked, issued, strict=True):
        told: dict[str, Value] = {
            "run": show_id(one.run_id), "node": one.node, "visit": one.visit, "coupon": one.coupon,
        }  # fmt: skip
        told |= _answer(done)
        events.append(
            internal_event(brand_id, one.profile_id, ANSWERED, told, now, "coupon", *one.place)
        )
    return events


def _answer(done: Issued) -> dict[str, Value]:
    """Return what a journey carries of a coupon, or why there is none."""
    if done.refused:
        return {"ok": False, "reason": done.refused}
    until = show_instant(done.expires_at) if done.expires_at else None
    return {"ok": True, "code": done.code, "expires_at": until}
