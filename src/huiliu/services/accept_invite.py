"""Takes a friend who comes by an invite: each limit is a claim, all of them or none."""

from __future__ import annotations

from msgspec import structs

from huiliu.kernel.errors import Refused
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.ports.invites import FriendRow, InviteRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.referral import Referral
from huiliu.services.invite_people import Caller, Came, keys_of, tell
from huiliu.services.referrals import version_in

__all__ = ["accept_invite"]


def accept_invite(
    world: World, brand_id: int, invite_id: bytes, caller: Caller, came: Came
) -> FriendRow:
    """Write a friend down; whether they count is decided once the projector has met them.

    Raises:
        NotFound: there is no such invite.
        Refused: invite_over, invite_full, own_invite, came_before, device_limit, address_limit.
        BadInput: what was typed cannot be kept.
    """
    with world.store.system() as tx:
        invite = tx.invites.lock(brand_id, invite_id)
        campaign = version_in(tx, brand_id, invite.campaign, invite.version)
        _check(tx, world, invite, caller)
        _claim(tx, world, campaign, brand_id, caller, came)
        row = _row(world, invite, caller, came)
        if not tx.invites.join(row):
            raise Refused("came_before")
        tx.invites.change(structs.replace(invite, n_taken=invite.n_taken + 1))
        said: dict[str, Value] = {
            "campaign": invite.campaign, "campaign_version": invite.version,
            "mechanic": invite.mechanic, "invite": show_id(invite_id), "share": invite.code,
        }  # fmt: skip
        key = digest("invite friend", invite_id, caller.key)
        tell(tx, world, brand_id, caller, [("Invite Accepted", said, key)])
    return row


def _check(tx: Tx, world: World, invite: InviteRow, caller: Caller) -> None:
    """Refuse who cannot come by this invite as it stands; its row is locked."""
    if invite.state != "open" or invite.closes_at <= world.clock.now():
        raise Refused("invite_full" if invite.state == "done" else "invite_over")
    is_owner = caller.profile_id and caller.profile_id == invite.profile_id
    if is_owner or invite.owner in keys_of(tx, invite.brand_id, caller):
        raise Refused("own_invite")
    if invite.mechanic == "group" and invite.n_taken >= invite.needs:
        raise Refused("invite_full")


def _claim(
    tx: Tx, world: World, campaign: Referral, brand_id: int, caller: Caller, came: Came
) -> None:
    """Count the person, the device and the address; what is refused rolls back all of it."""
    slug, limits = campaign.slug, campaign.limits
    claims = [
        ("friend", caller.use_key(brand_id), 1, "came_before"),
        ("device", came.device_key(world, brand_id, slug), limits.per_device, "device_limit"),
        ("address", came.address_key(world, brand_id, slug), limits.per_address, "address_limit"),
    ]
    for what, key, most, reason in claims:
        if key is not None and not tx.invites.claim(brand_id, slug, what, key, most):
            raise Refused(reason)


def _row(world: World, invite: InviteRow, caller: Caller, came: Came) -> FriendRow:
    """Return a friend who waits for the projector."""
    now, brand_id, slug = world.clock.now(), invite.brand_id, invite.campaign
    return FriendRow(
        brand_id=brand_id, invite_id=invite.invite_id, friend=caller.key, campaign=slug,
        profile_id=caller.profile_id, inviter=invite.profile_id, state="waiting", reason="",
        is_new=False, is_proved=caller.is_proved, score=0, signals={},
        device=came.device_key(world, brand_id, slug),
        address=came.address_key(world, brand_id, slug), took=came.took,
        is_machine=came.is_machine, accepted_at=now, due_at=now, paid_at=0, order_key=None,
        decided_at=0, decided_by="", note="",
    )  # fmt: skip
