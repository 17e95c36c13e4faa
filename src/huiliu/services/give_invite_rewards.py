"""Gives what invites earned: a coupon's code, or points, each once however often it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import HuiliuError, NotFound, Refused, Unavailable
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.invites import RewardRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.services.issue_coupon import issue
from huiliu.services.message_events import internal_event
from huiliu.services.post_points import post

__all__ = ["give_invite_rewards", "try_rewards_again"]

#: A coupon may have no codes left for a while, or not have begun.
_AGAIN: Final = 10 * MINUTE
_PATIENCE: Final = 7 * DAY
_CHANNEL: Final = "referral"


def give_invite_rewards(world: World, limit: int = 100) -> int:
    """Give what is due, each reward in a transaction of its own; return how many were looked at."""
    for n_done in range(limit):
        try:
            if not _give_next(world):
                return n_done
        except _NotNowError as fault:
            _put_off(world, fault)
    return limit


def try_rewards_again(world: World, brand_id: int, campaign: str) -> int:
    """Try what could not be given once more, as after more codes were made; return how many."""
    with world.store.transaction(brand_id) as tx:
        return tx.invites.try_again(brand_id, campaign, world.clock.now())


class _NotNowError(Exception):
    """A reward cannot be given as things stand; all that was begun for it is rolled back."""

    def __init__(self, row: RewardRow, reason: str) -> None:
        """Remember which, and why."""
        super().__init__(reason)
        self.row = row
        self.reason = reason


def _give_next(world: World) -> bool:
    """Give the reward that has waited longest; False = none is due."""
    now = world.clock.now()
    with world.store.system() as tx:
        rows = tx.invites.due_rewards(now, 1)
        if not rows:
            return False
        row = rows[0]
        profile_id = tx.people.resolve(row.brand_id, [row.person]).get(row.person, 0)
        if not profile_id:
            raise _NotNowError(row, "unknown")
        try:
            given, events = _given(tx, world, row, profile_id)
        except Unavailable:
            raise
        except Refused as fault:
            raise _NotNowError(row, fault.reason) from fault
        except NotFound as fault:
            raise _NotNowError(row, "no_coupon") from fault
        except HuiliuError as fault:
            raise _NotNowError(row, "failed") from fault
        tx.invites.change_reward(structs.replace(
            row, state="given", reason="", given=given, due_at=0, given_at=now
        ))  # fmt: skip
        said: dict[str, Value] = {
            "campaign": row.campaign, "invite": show_id(row.invite_id), "role": row.role,
            "coupon": row.coupon or None, "points": float(row.points) if row.points else None,
        }  # fmt: skip
        told = internal_event(row.brand_id, profile_id, "Invite Rewarded", said, now, *_key(row))
        tx.log.append([*events, told])
    return True


def _given(tx: Tx, world: World, row: RewardRow, profile_id: int) -> tuple[str, Sequence[NewEvent]]:
    """Return what was given, and the events of giving it.

    Raises:
        Refused: it cannot be given now.
    """
    now, key = world.clock.now(), "referral:" + ":".join(str(one) for one in _key(row))
    if row.coupon:
        issued = issue(tx, world, row.brand_id, row.coupon, profile_id, key, now, channel=_CHANNEL)
        return issued.code, issued.events
    asked = Operation(key, Kind.EARN, profile_id, row.points, _CHANNEL, reason="referral")
    posting = post(tx, world, row.brand_id, [asked])
    answer = posting.answers[0]
    if answer.refused:
        raise Refused(answer.refused)
    return answer.entry, posting.events


def _put_off(world: World, fault: _NotNowError) -> None:
    """Write down why a reward waits, or that it is given up."""
    now, row = world.clock.now(), fault.row
    waits = now - row.made_at < _PATIENCE
    with world.store.system() as tx:
        tx.invites.change_reward(structs.replace(
            row, state="due" if waits else "refused", reason=fault.reason,
            due_at=now + _AGAIN if waits else 0,
        ))  # fmt: skip


def _key(row: RewardRow) -> tuple[str, str, str]:
    """Return what makes a reward the same one again."""
    return show_id(row.invite_id), show_id(row.person), show_id(row.for_friend)
