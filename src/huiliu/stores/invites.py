"""Invites, the friends who came by them, and what both get for it, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import structs
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import show_id
from huiliu.ports.invites import FriendRow, InviterFigures, InviteRow, RewardRow
from huiliu.rewards.fraud import BURST_WINDOW
from huiliu.stores.queries import query

__all__ = ["PostgresInvites"]


class PostgresInvites:
    """Invites, inside one transaction."""

    def __init__(self, connection: Connection[TupleRow]) -> None:
        """Work on an open transaction."""
        self._connection = connection

    def open(self, row: InviteRow) -> bool:
        """Write a new invite; False = it is there already."""
        done = self._connection.execute(query("invites", "open"), structs.asdict(row))
        return done.rowcount == 1

    def invite(self, brand_id: int, invite_id: bytes) -> InviteRow:
        """Return one invite; raise NotFound."""
        return self._invite("invite", brand_id, invite_id)

    def lock(self, brand_id: int, invite_id: bytes) -> InviteRow:
        """Return one invite, which stays as it is until the transaction ends; raise NotFound."""
        return self._invite("lock", brand_id, invite_id)

    def change(self, row: InviteRow) -> None:
        """Write a locked invite back."""
        self._connection.execute(query("invites", "change"), structs.asdict(row))

    def of_owner(self, brand_id: int, campaign: str, owners: Collection[bytes]) -> list[InviteRow]:
        """Return the invites of a person by the keys of their identifiers, newest first."""
        given = (brand_id, campaign, sorted(owners))
        rows = self._connection.execute(query("invites", "of_owner"), given)
        return [InviteRow(*row) for row in rows]

    def recent(self, brand_id: int, campaign: str, limit: int) -> list[InviteRow]:
        """Return the newest invites of a campaign."""
        rows = self._connection.execute(query("invites", "recent"), (brand_id, campaign, limit))
        return [InviteRow(*row) for row in rows]

    def states(self, brand_id: int, campaign: str) -> Mapping[str, int]:
        """Return state -> how many invites of a campaign."""
        rows = self._connection.execute(query("invites", "states"), (brand_id, campaign))
        return dict(rows)

    def overdue(self, now: int, limit: int) -> list[tuple[int, bytes]]:
        """Return open invites whose time is up and of whose friends none is still looked at."""
        rows = self._connection.execute(query("invites", "overdue"), (now, limit))
        return [(brand_id, bytes(invite_id)) for brand_id, invite_id in rows]

    def claim(self, brand_id: int, campaign: str, what: str, key: bytes, most: int) -> bool:
        """Count one use more of something; False = it was used so often already."""
        given = (brand_id, campaign, what, key, most)
        return self._connection.execute(query("invites", "claim"), given).fetchone() is not None

    def join(self, row: FriendRow) -> bool:
        """Write a new friend; False = they came by this invite before."""
        return self._connection.execute(query("invites", "join"), _friend(row)).rowcount == 1

    def friends(self, brand_id: int, invite_id: bytes) -> list[FriendRow]:
        """Return the friends of an invite, in the order in which they came."""
        rows = self._connection.execute(query("invites", "friends"), (brand_id, invite_id))
        return [FriendRow(*row) for row in rows]

    def friend(self, brand_id: int, invite_id: bytes, friend: bytes) -> FriendRow:
        """Return one friend; raise NotFound."""
        given = (brand_id, invite_id, friend)
        row = self._connection.execute(query("invites", "friend"), given).fetchone()
        if row is None:
            raise NotFound("friend", show_id(friend))
        return FriendRow(*row)

    def change_friend(self, row: FriendRow) -> None:
        """Write a friend of a locked invite back."""
        self._connection.execute(query("invites", "change_friend"), _friend(row))

    def due_friends(self, now: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (brand, invite, friend) of whom to look at now, the longest waiting first."""
        rows = self._connection.execute(query("invites", "due_friends"), (now, limit))
        return [(brand_id, bytes(invite), bytes(friend)) for brand_id, invite, friend in rows]

    def reviews(self, brand_id: int, limit: int) -> list[FriendRow]:
        """Return the friends who wait for a person's decision, the longest waiting first."""
        rows = self._connection.execute(query("invites", "reviews"), (brand_id, limit))
        return [FriendRow(*row) for row in rows]

    def friend_states(self, brand_id: int, campaign: str) -> Mapping[tuple[str, str], int]:
        """Return (state, reason) -> how many friends of a campaign."""
        rows = self._connection.execute(query("invites", "friend_states"), (brand_id, campaign))
        return {(state, reason): n for state, reason, n in rows}

    def n_of_device(self, brand_id: int, campaign: str, device: bytes, but: bytes) -> int:
        """Return how many friends of a campaign came from a device, without one of them."""
        given = (brand_id, campaign, device, but)
        return self._number("n_of_device", given)

    def met(self, brand_id: int, invite_id: bytes, friend: bytes) -> tuple[int, int]:
        """Return friends of the inviter (from this one's address, in the ten minutes before)."""
        given = (BURST_WINDOW, brand_id, invite_id, friend)
        row = self._connection.execute(query("invites", "met"), given).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def ring(self, brand_id: int, friend: int, inviter: int, most: int) -> int:
        """Return how many invitations lead from a friend back to the inviter; 0 = none."""
        given = {"brand": brand_id, "friend": friend, "inviter": inviter, "most": most}
        return self._number("ring", given)

    def buyers(self, brand_id: int, profiles: Collection[int]) -> list[FriendRow]:
        """Return the friends among these profiles whose order matters."""
        given = (brand_id, sorted(profiles))
        rows = self._connection.execute(query("invites", "buyers"), given)
        return [FriendRow(*row) for row in rows]

    def is_empty(self) -> bool:
        """Say whether nobody ever came by an invite, in any brand."""
        return bool(self._number("is_empty", ()))

    def reward(self, row: RewardRow) -> bool:
        """Write down what somebody gets; False = it is written already."""
        done = self._connection.execute(query("invites", "reward"), structs.asdict(row))
        return done.rowcount == 1

    def due_rewards(self, now: int, limit: int) -> list[RewardRow]:
        """Return locked rewards that are to be given now; those that others hold are left out."""
        rows = self._connection.execute(query("invites", "due_rewards"), (now, limit))
        return [RewardRow(*row) for row in rows]

    def change_reward(self, row: RewardRow) -> None:
        """Write a locked reward back."""
        self._connection.execute(query("invites", "change_reward"), structs.asdict(row))

    def rewards(self, brand_id: int, invite_id: bytes) -> list[RewardRow]:
        """Return what people get for an invite."""
        rows = self._connection.execute(query("invites", "rewards"), (brand_id, invite_id))
        return [RewardRow(*row) for row in rows]

    def reward_states(self, brand_id: int, campaign: str) -> Mapping[tuple[str, str, str], int]:
        """Return (role, state, reason) -> how many rewards of a campaign."""
        rows = self._connection.execute(query("invites", "reward_states"), (brand_id, campaign))
        return {(role, state, reason): n for role, state, reason, n in rows}

    def try_again(self, brand_id: int, campaign: str, now: int) -> int:
        """Try rewards of a campaign that were refused once more; return how many."""
        given = {"brand": brand_id, "campaign": campaign, "now": now}
        return self._connection.execute(query("invites", "try_again"), given).rowcount

    def figures(self, brand_id: int, campaign: str) -> Sequence[InviterFigures]:
        """Return what each inviter of a campaign brought, those who brought nobody too."""
        given = {"brand": brand_id, "campaign": campaign}
        rows = self._connection.execute(query("invites", "figures"), given)
        return [InviterFigures(*row) for row in rows]

    def forget(self, before: int, limit: int) -> int:
        """Forget devices and addresses of invites that ended before an instant."""
        return self._connection.execute(query("invites", "forget"), (before, limit)).rowcount

    def _invite(self, name: str, brand_id: int, invite_id: bytes) -> InviteRow:
        """Return one invite by a query; raise NotFound."""
        row = self._connection.execute(query("invites", name), (brand_id, invite_id)).fetchone()
        if row is None:
            raise NotFound("invite", show_id(invite_id))
        return InviteRow(*row)

    def _number(self, name: str, given: Sequence[object] | Mapping[str, object]) -> int:
        """Return the one number that a query finds."""
        row = self._connection.execute(query("invites", name), given).fetchone()
        return int(row[0]) if row else 0


def _friend(row: FriendRow) -> dict[str, Any]:
    """Return a friend as the queries take it."""
    return structs.asdict(row) | {"signals": Jsonb(dict(row.signals))}
