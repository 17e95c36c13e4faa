"""What levels and rules give: points through the ledger, codes from pools, each gift once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from huiliu.kernel.errors import NotFound, Refused
from huiliu.kernel.events import NewEvent
from huiliu.kernel.ids import digest
from huiliu.ports.store import Tx
from huiliu.ports.tiers import TierGift
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.rewards.tiers import Benefit, Feed, Level, Occasion, Tiers
from huiliu.services.issue_coupon import issue
from huiliu.services.post_points import post

__all__ = ["FEED", "LEVEL", "Gift", "feed_gift", "give", "level_gift"]

LEVEL: Final = "level"
FEED: Final = "feed"
#: Reasons of the ledger's entries.
_REASON: Final = {LEVEL: "tier", FEED: "group_buy"}
#: The channel of what nobody's channel gave.
_CHANNEL: Final = "membership"
#: Why a gift of a rule was not given.
_ENOUGH: Final = "limit_person"


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift that is due."""

    gift: TierGift
    #: How often within `within` a person is given it; 0 = always.
    most: int = 0
    within: int = 0


def level_gift(
    tiers: Tiers, person: int, level: Level, benefit: Benefit, until: int, now: int
) -> Gift:
    """Return what a level gives a person; a welcome is one, however often somebody comes."""
    period = 0 if benefit.on is Occasion.ENTRY else until
    ref = digest(
        "tier gift", tiers.slug, level.id, benefit.on.value, benefit.points, benefit.coupon, period
    )
    return Gift(TierGift(person, ref, LEVEL, level.id, now, benefit.points, benefit.coupon))


def feed_gift(tiers: Tiers, feed: Feed, person: int, what: str, at: int) -> Gift:
    """Return what a rule gives for one event."""
    ref = digest("feed gift", tiers.slug, feed.id, what)
    gift = TierGift(person, ref, FEED, feed.id, at, feed.points, feed.coupon)
    return Gift(gift, feed.most, feed.within)


def give(
    tx: Tx, world: World, brand_id: int, tiers: Tiers, gifts: Sequence[Gift], now: int
) -> list[NewEvent]:
    """Give what is due and was not given before; return the events, for the caller to append.

    What cannot be given (a pool is empty, a rule's limit is reached) is written down with its
    reason, and keeps nobody else from anything.
    """
    events: list[NewEvent] = []
    operations: list[Operation] = []
    earning: list[TierGift] = []
    present = tx.people.present(brand_id, {one.gift.profile_id for one in gifts})
    for due in gifts:
        who = present.get(due.gift.profile_id, due.gift.profile_id)
        gift = replace(due.gift, profile_id=who)
        given = 0
        if due.most:
            since = gift.at - due.within
            given = tx.tiers.given(brand_id, tiers.slug, who, gift.source, gift.name, since)
        refused = _ENOUGH if due.most and given >= due.most else ""
        if not tx.tiers.add_gift(brand_id, tiers.slug, replace(gift, refused=refused)) or refused:
            continue
        key = f"tier:{tiers.slug}:{gift.ref.hex()}:{who}"
        if gift.coupon:
            gift, told = _issue(tx, world, brand_id, tiers, gift, key, now)
            events += told
        if gift.points:
            earning.append(gift)
            operations.append(Operation(
                key, Kind.EARN, who, gift.points, _CHANNEL, _REASON[gift.source]
            ))  # fmt: skip
    if operations:
        posting = post(tx, world, brand_id, operations)
        for gift, answer in zip(earning, posting.answers, strict=True):
            if answer.refused:
                lost = replace(gift, points=Decimal(0), refused=gift.refused or answer.refused)
                tx.tiers.settle_gift(brand_id, tiers.slug, lost)
        events += posting.events
    return events


def _issue(  # noqa: PLR0913, PLR0917 - whom, from where, for what
    tx: Tx, world: World, brand_id: int, tiers: Tiers, gift: TierGift, key: str, now: int
) -> tuple[TierGift, Sequence[NewEvent]]:
    """Return the gift with its code, or with why there is none, and the events of the code."""
    events: Sequence[NewEvent] = ()
    try:
        issued = issue(
            tx, world, brand_id, gift.coupon, gift.profile_id, key, now, channel=_CHANNEL
        )
    except (Refused, NotFound) as fault:
        settled = replace(gift, refused=getattr(fault, "reason", "") or "no_pool")
    else:
        settled, events = replace(gift, code=issued.code), issued.events
    tx.tiers.settle_gift(brand_id, tiers.slug, settled)
    return settled, events
