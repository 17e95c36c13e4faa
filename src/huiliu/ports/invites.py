"""Invites, the friends who came by them, and what both get for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

__all__ = ["FriendRow", "InviteRow", "InviteStore", "InviterFigures", "RewardRow"]


class InviteRow(msgspec.Struct, frozen=True, gc=False):
    """What one person opened in a campaign so that friends come."""

    brand_id: int
    invite_id: bytes
    campaign: str
    #: Of the campaign's document.
    version: int
    mechanic: str
    #: Key of an identifier of the person.
    owner: bytes
    #: The same person; 0 = the projector has not met them yet.
    profile_id: int
    #: Friends who complete it; 0 = each counts.
    needs: int
    #: open, done, over (its time is up, nothing was at stake) or failed.
    state: str
    n_taken: int
    n_counted: int
    device: bytes | None
    address: bytes | None
    code: str
    opened_at: int
    closes_at: int
    #: 0 = it is open.
    ended_at: int


class FriendRow(msgspec.Struct, frozen=True, gc=False):
    """One friend who came by an invite."""

    brand_id: int
    invite_id: bytes
    friend: bytes
    campaign: str
    profile_id: int
    #: Profile of who invited; 0 = not met yet.
    inviter: int
    #: waiting (for the projector), review (for a person), ordering, counted or refused.
    state: str
    reason: str
    is_new: bool
    is_proved: bool
    score: int
    #: Signal -> what was counted.
    signals: Mapping[str, int]
    device: bytes | None
    address: bytes | None
    #: Microseconds on the page; None = a server told it.
    took: int | None
    is_machine: bool
    accepted_at: int
    due_at: int
    paid_at: int
    order_key: bytes | None
    decided_at: int
    decided_by: str
    note: str


class RewardRow(msgspec.Struct, frozen=True, gc=False):
    """What one person gets for one thing."""

    brand_id: int
    invite_id: bytes
    person: bytes
    #: Which friend earned it; b"" = the whole invite.
    for_friend: bytes
    campaign: str
    #: inviter or friend.
    role: str
    #: Slug; "" = points.
    coupon: str
    points: Decimal
    #: Minor units, as the campaign reckons.
    worth: int
    #: "" = nobody said what it is worth.
    currency: str
    #: due, given or refused.
    state: str
    reason: str
    #: The coupon's code, the entry of the points.
    given: str
    due_at: int
    made_at: int
    given_at: int


class InviterFigures(msgspec.Struct, frozen=True, gc=False):
    """What one person's invites of a campaign brought."""

    n_invites: int
    n_friends: int
    #: People whom the brand did not know, and who count.
    n_new: int
    #: Of them, who ordered.
    n_customers: int
    #: Minor units by currency, of rewards that were given.
    worth: Mapping[str, int]


class InviteStore(Protocol):
    """Invites, inside one transaction."""

    def open(self, row: InviteRow) -> bool:
        """Write a new invite; False = it is there already."""
        ...

    def invite(self, brand_id: int, invite_id: bytes) -> InviteRow:
        """Return one invite; raise NotFound."""
        ...

    def lock(self, brand_id: int, invite_id: bytes) -> InviteRow:
        """Return one invite, which stays as it is until the transaction ends; raise NotFound."""
        ...

    def change(self, row: InviteRow) -> None:
        """Write a locked invite back."""
        ...

    def of_owner(self, brand_id: int, campaign: str, owners: Collection[bytes]) -> list[InviteRow]:
        """Return the invites of a person by the keys of their identifiers, newest first."""
        ...

    def recent(self, brand_id: int, campaign: str, limit: int) -> list[InviteRow]:
        """Return the newest invites of a campaign."""
        ...

    def states(self, brand_id: int, campaign: str) -> Mapping[str, int]:
        """Return state -> how many invites of a campaign."""
        ...

    def overdue(self, now: int, limit: int) -> list[tuple[int, bytes]]:
        """Return open invites whose time is up and of whose friends none is still looked at."""
        ...

    def claim(self, brand_id: int, campaign: str, what: str, key: bytes, most: int) -> bool:
        """Count one use more of something; False = it was used so often already."""
        ...

    def join(self, row: FriendRow) -> bool:
        """Write a new friend; False = they came by this invite before."""
        ...

    def friends(self, brand_id: int, invite_id: bytes) -> list[FriendRow]:
        """Return the friends of an invite, in the order in which they came."""
        ...

    def friend(self, brand_id: int, invite_id: bytes, friend: bytes) -> FriendRow:
        """Return one friend; raise NotFound."""
        ...

    def change_friend(self, row: FriendRow) -> None:
        """Write a friend of a locked invite back."""
        ...

    def due_friends(self, now: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (brand, invite, friend) of whom to look at now, the longest waiting first."""
        ...

    def reviews(self, brand_id: int, limit: int) -> list[FriendRow]:
        """Return the friends who wait for a person's decision, the longest waiting first."""
        ...

    def friend_states(self, brand_id: int, campaign: str) -> Mapping[tuple[str, str], int]:
        """Return (state, reason) -> how many friends of a campaign."""
        ...

    def n_of_device(self, brand_id: int, campaign: str, device: bytes, but: bytes) -> int:
        """Return how many friends of a campaign came from a device, without one of them."""
        ...

    def met(self, brand_id: int, invite_id: bytes, friend: bytes) -> tuple[int, int]:
        """Return friends of the inviter (from this one's address, in the ten minutes before)."""
        ...

    def ring(self, brand_id: int, friend: int, inviter: int, most: int) -> int:
        """Return how many invitations lead from a friend back to the inviter; 0 = none."""
        ...

    def buyers(self, brand_id: int, profiles: Collection[int]) -> list[FriendRow]:
        """Return the friends among these profiles whose order matters."""
        ...

    def is_empty(self) -> bool:
        """Say whether nobody ever came by an invite, in any brand."""
        ...

    def reward(self, row: RewardRow) -> bool:
        """Write down what somebody gets; False = it is written already."""
        ...

    def due_rewards(self, now: int, limit: int) -> list[RewardRow]:
        """Return locked rewards that are to be given now; those that others hold are left out."""
        ...

    def change_reward(self, row: RewardRow) -> None:
        """Write a locked reward back."""
        ...

    def rewards(self, brand_id: int, invite_id: bytes) -> list[RewardRow]:
        """Return what people get for an invite."""
        ...

    def reward_states(self, brand_id: int, campaign: str) -> Mapping[tuple[str, str, str], int]:
        """Return (role, state, reason) -> how many rewards of a campaign."""
        ...

    def try_again(self, brand_id: int, campaign: str, now: int) -> int:
        """Try rewards of a campaign that were refused once more; return how many."""
        ...

    def figures(self, brand_id: int, campaign: str) -> Sequence[InviterFigures]:
        """Return what each inviter of a campaign brought, those who brought nobody too."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Forget devices and addresses of invites that ended before an instant."""
        ...
