"""Opens a person's invite in a campaign; who has an open one gets that."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.errors import Refused
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.ports.invites import InviteRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.invite_people import Caller, Came, keys_of, tell
from huiliu.services.referrals import OpenReferral, campaign_in
from huiliu.services.share_links import INVITE, put_share, share_code

__all__ = ["open_invite"]

_TRIES: Final = 3


def open_invite(world: World, brand_id: int, slug: str, caller: Caller, came: Came) -> InviteRow:
    """Return a person's open invite, a new one where they have none.

    Who has had as many as the campaign gives gets the last one as it stands.

    Raises:
        NotFound: there is no such campaign.
        Refused: campaign_over.
        BadInput: what was typed cannot be kept.
    """
    for _ in range(_TRIES):
        with world.store.system() as tx:
            found = _open(tx, world, brand_id, slug, caller, came)
            if found is not None:
                return found
    # Somebody else opened the same invite in each of these moments.
    raise Refused("invites_limit")


def _open(
    tx: Tx, world: World, brand_id: int, slug: str, caller: Caller, came: Came
) -> InviteRow | None:
    """Return the invite, or None when another one was opened meanwhile."""
    now = world.clock.now()
    opened = campaign_in(tx, brand_id, slug)
    campaign = opened.campaign
    if caller.profile_id:
        tx.people.lock(brand_id, [caller.profile_id])
    held = tx.invites.of_owner(brand_id, slug, keys_of(tx, brand_id, caller))
    for one in held:
        if one.state == "open" and one.closes_at > now:
            return one
    if not campaign.is_open(now, world.zone):
        if held:
            return held[0]
        raise Refused("campaign_over")
    use_key = caller.use_key(brand_id)
    if not tx.invites.claim(brand_id, slug, "invites", use_key, campaign.limits.invites):
        return held[0] if held else None
    row = _row(world, brand_id, opened, caller, came, len(held))
    if not tx.invites.open(row):
        return None
    put_share(tx, world, brand_id, row.code, caller.profile_id, INVITE, show_id(row.invite_id))
    said: dict[str, Value] = {
        "campaign": slug, "campaign_version": opened.version, "mechanic": campaign.mechanic,
        "invite": show_id(row.invite_id), "share": row.code, "needs": row.needs,
    }  # fmt: skip
    tell(tx, world, brand_id, caller, [("Invite Opened", said, row.invite_id)])
    return row


def _row(
    world: World, brand_id: int, opened: OpenReferral, caller: Caller, came: Came, nth: int
) -> InviteRow:
    """Return a new invite."""
    campaign, now = opened.campaign, world.clock.now()
    slug = campaign.slug
    invite_id = digest("invite", brand_id, slug, caller.key, nth)
    return InviteRow(
        brand_id=brand_id, invite_id=invite_id, campaign=slug, version=opened.version,
        mechanic=campaign.mechanic, owner=caller.key, profile_id=caller.profile_id,
        needs=campaign.n_friends, state="open", n_taken=0, n_counted=0,
        device=came.device_key(world, brand_id, slug),
        address=came.address_key(world, brand_id, slug),
        code=share_code(world, brand_id, INVITE, show_id(invite_id), ""),
        opened_at=now, closes_at=campaign.invite_closes(now, world.zone), ended_at=0,
    )  # fmt: skip
