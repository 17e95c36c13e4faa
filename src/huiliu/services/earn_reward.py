"""What a filled-in form earns: a code that all get, or a coupon of a pool, shown at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from huiliu.forms import Reward
from huiliu.kernel.errors import Refused
from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import digest
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.form_tokens import spent_key
from huiliu.services.form_visitors import Guest
from huiliu.services.issue_coupon import issue
from huiliu.services.issue_unnamed import issue_unnamed
from huiliu.services.live import live

__all__ = ["earn", "earned"]

_CHANNEL = "form"


def earn(
    tx: Tx, world: World, brand_id: int, reward: Reward | None, guest: Guest, challenge: str
) -> tuple[Reward | None, Sequence[NewEvent]]:
    """Return the reward with its code, and what the log is told; None where nothing is left.

    The same page sent twice earns the same code. Who has a profile already gets the coupon in their
    name; a newcomer gets a code that whoever holds it may use: that they come once, the form keeps.
    """
    if reward is None or not reward.coupon:
        return reward, ()
    now, key = world.clock.now(), _key(challenge)
    try:
        if guest.profile_id:
            issued = issue(
                tx, world, brand_id, reward.coupon, guest.profile_id, key, now, channel=_CHANNEL
            )
        else:
            issued = issue_unnamed(tx, world, brand_id, reward.coupon, key, now, _CHANNEL)
    except Refused:
        return None, ()
    return replace(reward, code=issued.code), issued.events


def earned(
    tx: Tx, world: World, brand_id: int, reward: Reward | None, challenge: str
) -> Reward | None:
    """Return the reward that a page earned when it was sent before; nothing is issued."""
    if reward is None or not reward.coupon:
        return reward
    pool = live(tx, world, brand_id).shelf.coupons.get(reward.coupon)
    if pool is not None and pool.code:
        return replace(reward, code=pool.code)
    key = digest("issue", brand_id, reward.coupon, _key(challenge))
    row = tx.rewards.code_of_key(brand_id, reward.coupon, key)
    return None if row is None else replace(reward, code=row.code)


def _key(challenge: str) -> str:
    """Return by what one page's coupon is known again."""
    return f"form:{spent_key(challenge).hex()}"
