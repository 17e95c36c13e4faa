"""Campaigns in which people bring people: which there are, one of them, taking one out of use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huiliu.kernel.errors import NotFound
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.referral import KIND, Referral, parsed_referral

__all__ = [
    "OpenReferral",
    "ReferralView",
    "campaign_in",
    "campaign_url",
    "list_referrals",
    "open_referral",
    "remove_referral",
    "state_of",
    "version_in",
]


@dataclass(frozen=True, slots=True)
class OpenReferral:
    """A campaign, and which version of its document it is."""

    campaign: Referral
    version: int


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One campaign in the list."""

    campaign: Referral
    version: int
    #: coming, running or over.
    state: str
    n_invites: int
    n_friends: int
    n_review: int


def list_referrals(world: World, brand_id: int) -> list[ReferralView]:
    """Return every campaign in use, those that run first."""
    order = ("running", "coming", "over")
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, KIND) if one.state != "archived"]
        views = [
            _view(tx, world, brand_id, OpenReferral(parsed_referral(one.source), one.version))
            for one in documents
        ]
    return sorted(views, key=lambda one: (order.index(one.state), one.campaign.slug))


def open_referral(world: World, brand_id: int, slug: str) -> OpenReferral:
    """Return a campaign in use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return campaign_in(tx, brand_id, slug)


def campaign_in(tx: Tx, brand_id: int, slug: str) -> OpenReferral:
    """Do the same inside a transaction."""
    found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    return OpenReferral(parsed_referral(found.source), found.version)


def version_in(tx: Tx, brand_id: int, slug: str, version: int) -> Referral:
    """Return the version of a campaign that an invite was opened under, in use or not."""
    return parsed_referral(tx.documents.version(brand_id, KIND, slug, version).source)


def remove_referral(world: World, brand_id: int, slug: str) -> None:
    """Take a campaign out of use: no invite is opened any more, open ones run to their end."""
    open_referral(world, brand_id, slug)
    with world.store.transaction(brand_id) as tx:
        tx.documents.set_state(brand_id, KIND, slug, "archived")


def campaign_url(world: World, brand_id: int, slug: str) -> str:
    """Return where people open an invite of a campaign."""
    name = slug if brand_id == 1 else f"{brand_id}.{slug}"
    return f"{world.public_url.rstrip('/')}/i/{name}"


def state_of(campaign: Referral, now: int, zone: str) -> str:
    """Return whether a campaign is coming, running or over."""
    if now < campaign.opens_at(zone):
        return "coming"
    return "running" if now < campaign.closes_at(zone) else "over"


def _view(tx: Tx, world: World, brand_id: int, opened: OpenReferral) -> ReferralView:
    """Return a campaign as it is listed."""
    campaign = opened.campaign
    friends: Mapping[tuple[str, str], int] = tx.invites.friend_states(brand_id, campaign.slug)
    return ReferralView(
        campaign, opened.version, state_of(campaign, world.clock.now(), world.zone),
        sum(tx.invites.states(brand_id, campaign.slug).values()),
        sum(n for (state, _), n in friends.items() if state != "refused"),
        sum(n for (state, _), n in friends.items() if state == "review"),
    )  # fmt: skip
