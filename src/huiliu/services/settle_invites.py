"""Decides about friends who came: scored once they are met, counted, held for a person, refused.

Every friend is one transaction under the lock of their invite, so an invite is completed once and
what it earns is written once, however many friends and workers there are.
"""

from __future__ import annotations

from typing import Final

from msgspec import structs

from huiliu.kernel.errors import Conflict
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.times import DAY, MINUTE, SECOND
from huiliu.ports.invites import FriendRow, InviteRow, RewardRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.fraud import Evidence, Signal, score_of, signals
from huiliu.rewards.referral import Gift, Referral
from huiliu.services.invite_people import person_key
from huiliu.services.message_events import internal_event
from huiliu.services.referrals import version_in

__all__ = ["decide_friend", "end_invites", "settle_invites"]

#: Whom the projector has not met after so long it will not meet.
_PATIENCE: Final = DAY
#: How many invitations a ring may be long.
_RING: Final = 5
_LONGEST_NOTE: Final = 500


def settle_invites(world: World, limit: int = 200) -> int:
    """Look at the friends whose time has come; return at how many."""
    with world.store.system() as tx:
        due = tx.invites.due_friends(world.clock.now(), limit)
    for brand_id, invite_id, friend in due:
        with world.store.system() as tx:
            _Settling.begin(tx, world, brand_id, invite_id, friend).look()
    return len(due)


def end_invites(world: World, limit: int = 200) -> int:
    """End invites whose time is up; return how many."""
    now = world.clock.now()
    with world.store.system() as tx:
        overdue = tx.invites.overdue(now, limit)
    n_ended = 0
    for brand_id, invite_id in overdue:
        with world.store.system() as tx:
            row = tx.invites.lock(brand_id, invite_id)
            waits = any(one.state in {"waiting", "review"}
                        for one in tx.invites.friends(brand_id, invite_id))  # fmt: skip
            if row.state != "open" or row.closes_at > now or waits:
                continue
            state = "failed" if row.needs else "over"
            tx.invites.change(structs.replace(row, state=state, ended_at=now))
            if state == "failed" and row.profile_id:
                said = _said(row) | {"came": row.n_counted, "needs": row.needs}
                tx.log.append([internal_event(
                    brand_id, row.profile_id, "Invite Failed", said, now, invite_id
                )])  # fmt: skip
            n_ended += 1
    return n_ended


def decide_friend(  # noqa: PLR0913 - about whom, what, by whom and why
    world: World,
    brand_id: int,
    invite_id: bytes,
    friend: bytes,
    by: str,
    note: str,
    *,
    is_good: bool,
) -> FriendRow:
    """Let a friend count who waited for a decision, or not; return how they stand now.

    Raises:
        NotFound: there is no such friend.
        Conflict: nobody has to decide about them any more.
    """
    with world.store.system() as tx:
        settling = _Settling.begin(tx, world, brand_id, invite_id, friend)
        if settling.row.state != "review":
            raise Conflict("friend", "review", settling.row.state)
        now = world.clock.now()
        settling.row = structs.replace(
            settling.row, decided_at=now, decided_by=by, note=note[:_LONGEST_NOTE]
        )
        if is_good:
            settling.pass_()
        else:
            settling.refuse("review")
        settling.end()
        return settling.row


class _Settling:
    """One friend being decided about, under the lock of their invite."""

    def __init__(
        self, tx: Tx, world: World, invite: InviteRow, row: FriendRow, campaign: Referral
    ) -> None:
        """Begin; the invite is locked."""
        self.row = row
        self._tx = tx
        self._world = world
        self._invite = invite
        self._campaign = campaign
        self._now = world.clock.now()
        self._events: list[NewEvent] = []

    @classmethod
    def begin(
        cls, tx: Tx, world: World, brand_id: int, invite_id: bytes, friend: bytes
    ) -> _Settling:
        """Lock the invite and read its friend."""
        invite = tx.invites.lock(brand_id, invite_id)
        row = tx.invites.friend(brand_id, invite_id, friend)
        campaign = version_in(tx, brand_id, invite.campaign, invite.version)
        return cls(tx, world, invite, row, campaign)

    def look(self) -> None:
        """Do what is due for a friend, if another worker has not done it."""
        if not 0 < self.row.due_at <= self._now:
            return
        if self.row.state == "waiting":
            self._meet()
        elif self.row.state == "ordering" and self.row.paid_at:
            self._count()
        else:
            self.row = structs.replace(self.row, due_at=0)
        self.end()

    def end(self) -> None:
        """Write all of it; the log last."""
        self._tx.invites.change_friend(self.row)
        self._tx.invites.change(self._invite)
        if self._events:
            self._tx.log.append(self._events)

    def refuse(self, reason: str) -> None:
        """Let a friend not count; their seat in a group is free again."""
        self.row = structs.replace(
            self.row, state="refused", reason=reason, due_at=0,
            decided_at=self.row.decided_at or self._now,
        )  # fmt: skip
        self._invite = structs.replace(self._invite, n_taken=max(0, self._invite.n_taken - 1))

    def pass_(self) -> None:
        """Let a friend count: at once, or with their first order."""
        if self._campaign.mechanic == "referral":
            paid = self.row.paid_at
            self.row = structs.replace(
                self.row, state="ordering", due_at=paid + self._campaign.hold if paid else 0
            )
            self._earn(self._campaign.friend, "friend")
            return
        self._count()

    def _meet(self) -> None:
        """Find out who came, score them, and go on."""
        row, brand_id = self.row, self.row.brand_id
        found = self._tx.people.resolve(brand_id, [row.friend, self._invite.owner])
        me, inviter = found.get(row.friend, 0), found.get(self._invite.owner, 0)
        if not me or not inviter:
            waited = self._now - row.accepted_at
            if waited > _PATIENCE:
                self.refuse("unknown")
            else:
                later = self._now + min(MINUTE, max(SECOND, waited // 4))
                self.row = structs.replace(row, due_at=later)
            return
        was_counted = bool(row.profile_id)
        self.row = row = structs.replace(row, profile_id=me, inviter=inviter)
        self._invite = structs.replace(self._invite, profile_id=inviter)
        if me == inviter:
            self.refuse("own_invite")
            return
        key = person_key(brand_id, me)
        if not was_counted and not self._tx.invites.claim(brand_id, row.campaign, "friend", key, 1):
            self.refuse("came_before")
            return
        first_seen = self._tx.people.standing(brand_id, [me])[me][0]
        is_new = first_seen >= self._invite.opened_at
        seen = self._signals(me, inviter)
        self.row = structs.replace(
            row, is_new=is_new, score=score_of(seen), due_at=0,
            signals={one.name: one.n for one in seen},
        )  # fmt: skip
        if self._campaign.friends == "new" and not is_new:
            self.refuse("not_new")
        elif self.row.score >= self._campaign.review_from:
            self.row = structs.replace(self.row, state="review")
        else:
            self.pass_()

    def _signals(self, me: int, inviter: int) -> tuple[Signal, ...]:
        """Return what speaks against a friend."""
        row, invite, ask = self.row, self._invite, self._tx.invites
        n_address, n_lately = ask.met(row.brand_id, row.invite_id, row.friend)
        n_device = 0
        if row.device:
            n_device = ask.n_of_device(row.brand_id, row.campaign, row.device, row.friend)
        return signals(Evidence(
            is_inviters_device=bool(row.device) and row.device == invite.device,
            n_same_device=n_device,
            is_inviters_address=bool(row.address) and row.address == invite.address,
            n_same_address=n_address if row.address else 0,
            took=row.took, n_lately=n_lately,
            ring=ask.ring(row.brand_id, me, inviter, _RING),
            is_machine=row.is_machine, has_device=bool(row.device), is_proved=row.is_proved,
            is_server=row.took is None,
        ))  # fmt: skip

    def _count(self) -> None:
        """Let a friend count, and complete the invite where that was the last one."""
        invite, campaign = self._invite, self._campaign
        self.row = structs.replace(
            self.row, state="counted", due_at=0, decided_at=self.row.decided_at or self._now
        )
        self._invite = invite = structs.replace(invite, n_counted=invite.n_counted + 1)
        if campaign.mechanic == "referral":
            self._earn(campaign.inviter, "inviter", self.row.friend)
            return
        if campaign.mechanic == "unlock":
            self._earn(campaign.friend, "friend")
        if invite.state == "open" and invite.n_counted >= invite.needs:
            self._complete()

    def _complete(self) -> None:
        """End an invite that has all its friends."""
        self._invite = structs.replace(self._invite, state="done", ended_at=self._now)
        self._earn(self._campaign.inviter, "inviter")
        if self._campaign.mechanic == "group":
            for one in self._tx.invites.friends(self.row.brand_id, self.row.invite_id):
                if one.state == "counted" or one.friend == self.row.friend:
                    self._earn(self._campaign.friend, "friend", friend=one.friend)
        said = _said(self._invite) | {"came": self._invite.n_counted}
        self._events.append(internal_event(
            self.row.brand_id, self._invite.profile_id, "Invite Completed", said, self._now,
            self.row.invite_id,
        ))  # fmt: skip

    def _earn(
        self, gift: Gift | None, role: str, for_friend: bytes = b"", *, friend: bytes = b""
    ) -> None:
        """Write down what somebody gets, within the campaign's limit for those who invite."""
        if gift is None:
            return
        invite, brand_id, state, reason = self._invite, self.row.brand_id, "due", ""
        person = invite.owner
        if role == "friend":
            person = for_friend = friend or self.row.friend
        elif not self._tx.invites.claim(
            brand_id, invite.campaign, "rewards", person_key(brand_id, invite.profile_id),
            self._campaign.limits.rewards,
        ):  # fmt: skip
            state, reason = "refused", "limit"
        worth = gift.worth
        self._tx.invites.reward(RewardRow(
            brand_id=brand_id, invite_id=invite.invite_id, person=person, for_friend=for_friend,
            campaign=invite.campaign, role=role, coupon=gift.coupon, points=gift.points,
            worth=worth.minor if worth else 0, currency=worth.currency if worth else "",
            state=state, reason=reason, given="", due_at=self._now if state == "due" else 0,
            made_at=self._now, given_at=0,
        ))  # fmt: skip


def _said(invite: InviteRow) -> dict[str, Value]:
    """Return what every event says of its invite."""
    return {
        "campaign": invite.campaign, "campaign_version": invite.version,
        "mechanic": invite.mechanic, "invite": show_id(invite.invite_id),
        "inviter": show_profile_id(invite.profile_id),
    }  # fmt: skip
