"""An invite as it stands: what it needs, who came, what people get for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports.invites import FriendRow, InviteRow, RewardRow
from huiliu.ports.world import World
from huiliu.rewards.fraud import signals_from
from huiliu.rewards.referral import Referral
from huiliu.services.referrals import campaign_in, version_in
from huiliu.services.share_links import share_url

__all__ = ["InviteView", "ReviewView", "friend_json", "invite_json", "list_reviews", "see_invite"]

_MOST_REVIEWS = 200


@dataclass(frozen=True, slots=True)
class InviteView:
    """One invite and all that belongs to it."""

    row: InviteRow
    campaign: Referral
    friends: Sequence[FriendRow]
    rewards: Sequence[RewardRow]
    #: What its owner shares.
    url: str

    @property
    def n_pending(self) -> int:
        """Return how many friends are still looked at."""
        return sum(one.state in {"waiting", "review"} for one in self.friends)

    @property
    def n_came(self) -> int:
        """Return how many friends came and are not refused."""
        return sum(one.state != "refused" for one in self.friends)

    @property
    def n_missing(self) -> int:
        """Return how many friends it still takes."""
        return max(0, self.row.needs - self.row.n_counted)

    def rewards_of(self, person: bytes) -> list[RewardRow]:
        """Return what one person gets."""
        return [one for one in self.rewards if one.person == person]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One friend who waits for a decision."""

    row: FriendRow
    campaign: Referral


def see_invite(world: World, brand_id: int, invite_id: bytes) -> InviteView:
    """Return an invite as it stands; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.invites.invite(brand_id, invite_id)
        campaign = version_in(tx, brand_id, row.campaign, row.version)
        return InviteView(
            row, campaign, tx.invites.friends(brand_id, invite_id),
            tx.invites.rewards(brand_id, invite_id), share_url(world, row.code),
        )  # fmt: skip


def list_reviews(world: World, brand_id: int) -> list[ReviewView]:
    """Return the friends who wait for a decision, the longest waiting first."""
    with world.store.transaction(brand_id) as tx:
        return [
            ReviewView(one, campaign_in(tx, brand_id, one.campaign).campaign)
            for one in tx.invites.reviews(brand_id, _MOST_REVIEWS)
        ]


def invite_json(view: InviteView) -> dict[str, object]:
    """Return an invite for servers; nothing in it is personal."""
    row = view.row
    return {
        "invite": show_id(row.invite_id), "campaign": row.campaign, "mechanic": row.mechanic,
        "state": row.state, "profile": show_profile_id(row.profile_id) if row.profile_id else None,
        "needs": row.needs, "counted": row.n_counted, "pending": view.n_pending,
        "missing": view.n_missing, "url": view.url, "opened_at": show_instant(row.opened_at),
        "closes_at": show_instant(row.closes_at),
        "friends": [friend_json(one) for one in view.friends],
        "rewards": [_reward_json(one) for one in view.rewards],
    }  # fmt: skip


def friend_json(row: FriendRow) -> dict[str, object]:
    """Return a friend for servers, with what speaks against them and how much."""
    return {
        "invite": show_id(row.invite_id), "friend": show_id(row.friend), "campaign": row.campaign,
        "profile": show_profile_id(row.profile_id) if row.profile_id else None,
        "inviter": show_profile_id(row.inviter) if row.inviter else None,
        "state": row.state, "reason": row.reason or None, "new": row.is_new, "score": row.score,
        "signals": [
            {"signal": one.name, "points": one.points, "n": one.n}
            for one in signals_from(row.signals)
        ],
        "accepted_at": show_instant(row.accepted_at),
        "ordered_at": show_instant(row.paid_at) if row.paid_at else None,
        "decided_at": show_instant(row.decided_at) if row.decided_at else None,
        "decided_by": row.decided_by or None, "note": row.note or None,
    }  # fmt: skip


def _reward_json(row: RewardRow) -> dict[str, object]:
    """Return a reward for servers."""
    return {
        "role": row.role, "coupon": row.coupon or None,
        "points": str(row.points) if row.points else None, "state": row.state,
        "reason": row.reason or None,
        "code": row.given if row.coupon and row.given else None,
        "for": show_id(row.for_friend) if row.for_friend else None,
    }  # fmt: skip
