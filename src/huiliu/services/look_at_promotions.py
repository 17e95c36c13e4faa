"""Promotions and pools as people look at them: what is live, what it gave, what is left of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final

from huiliu.conditions import NOWHERE
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, as_datetime, local_datetime
from huiliu.ports.documents import Document
from huiliu.ports.reward_views import DayUsage, Usage
from huiliu.ports.rewards import CodeJob
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.coupon import KIND as COUPON
from huiliu.rewards.coupon import Coupon, stored_coupon
from huiliu.rewards.promotion import KIND as PROMOTION
from huiliu.rewards.promotion import Promotion, stored_promotion
from huiliu.services.live import surroundings

__all__ = [
    "PoolView",
    "PromotionView",
    "list_pools",
    "list_promotions",
    "set_reward_state",
    "show_pool",
    "show_promotion",
    "usage_by_day",
]

_DAYS: Final = 30
#: States that somebody may give a promotion or a pool by hand.
_BY_HAND: Final = ("live", "paused", "archived")


@dataclass(frozen=True, slots=True)
class PromotionView:
    """One promotion and how it does."""

    promotion: Promotion
    document: Document
    #: live, paused, coming, over or spent.
    state: str
    #: Of the last 30 days, a row a currency.
    usage: Sequence[Usage]
    #: Of limits that run for ever: uses, and minor units of the budget.
    used: int
    spent: int
    #: Slugs of the pools whose codes unlock it.
    pools: Sequence[str]

    @property
    def n_redeemed(self) -> int:
        """Return how many orders took it in 30 days."""
        return sum(one.n_redeemed for one in self.usage)


@dataclass(frozen=True, slots=True)
class PoolView:
    """One pool and how it does."""

    coupon: Coupon
    document: Document
    #: live, paused, coming or over.
    state: str
    usage: Sequence[Usage]
    #: Own codes that there are, and those that nobody got yet.
    n_codes: int
    n_free: int
    #: Newest first.
    jobs: Sequence[CodeJob]
    #: The promotion that its codes unlock; None = it is not in use.
    promotion: Promotion | None

    @property
    def n_issued(self) -> int:
        """Return how many own codes are in somebody's hands."""
        return self.n_codes - self.n_free

    @property
    def n_redeemed(self) -> int:
        """Return how many orders took a code of it in 30 days."""
        return sum(one.n_redeemed for one in self.usage)


def list_promotions(world: World, brand_id: int) -> list[PromotionView]:
    """Return every promotion in use: those that are live first, then by slug."""
    now = world.clock.now()
    with world.store.system() as tx:
        around = surroundings(tx, world, brand_id)
        documents = _documents(tx, brand_id, PROMOTION)
        usage = _by_slug(tx.reward_views.usage(brand_id, "promotion", now - _DAYS * DAY))
        pools = _pools(tx, brand_id)
        found = []
        for document in documents:
            promotion = replace(stored_promotion(document.source, around), version=document.version)
            found.append(_promotion(tx, document, promotion, usage, pools, now))
    order = ("live", "coming", "paused", "spent", "over")
    return sorted(found, key=lambda one: (order.index(one.state), one.promotion.slug))


def show_promotion(world: World, brand_id: int, slug: str) -> PromotionView:
    """Return one promotion in use; raise NotFound."""
    now = world.clock.now()
    with world.store.system() as tx:
        document = _document(tx, brand_id, PROMOTION, slug)
        promotion = stored_promotion(document.source, surroundings(tx, world, brand_id))
        usage = tx.reward_views.usage(brand_id, "promotion", now - _DAYS * DAY, [slug])
        promotion = replace(promotion, version=document.version)
        return _promotion(
            tx, document, promotion, _by_slug(usage), _pools(tx, brand_id), now
        )  # fmt: skip


def list_pools(world: World, brand_id: int) -> list[PoolView]:
    """Return every pool in use, by slug."""
    now = world.clock.now()
    with world.store.system() as tx:
        usage = _by_slug(tx.reward_views.usage(brand_id, "coupon", now - _DAYS * DAY))
        counts = tx.rewards.count_codes(brand_id)
        return [
            _pool(tx, world, one, usage, counts.get(one.slug, (0, 0)))
            for one in _documents(tx, brand_id, COUPON)
        ]


def show_pool(world: World, brand_id: int, slug: str) -> PoolView:
    """Return one pool in use; raise NotFound."""
    now = world.clock.now()
    with world.store.system() as tx:
        document = _document(tx, brand_id, COUPON, slug)
        usage = tx.reward_views.usage(brand_id, "coupon", now - _DAYS * DAY, [slug])
        counts = tx.rewards.count_codes(brand_id)
        return _pool(tx, world, document, _by_slug(usage), counts.get(slug, (0, 0)))


def usage_by_day(
    world: World, brand_id: int, what: str, slug: str, days: int = _DAYS
) -> list[DayUsage]:
    """Return what a `promotion` or `coupon` gave on each of the last days, the oldest first."""
    now = world.clock.now()
    local = local_datetime(now, world.zone).replace(tzinfo=UTC)
    offset = round((local - as_datetime(now)).total_seconds()) * 1_000_000
    today = (now + offset) // DAY
    with world.store.system() as tx:
        since = (today - days + 1) * DAY - offset
        found = {
            one.day: one for one in tx.reward_views.by_day(brand_id, what, slug, since, offset)
        }
    return [found.get(day, DayUsage(day, 0, 0)) for day in range(today - days + 1, today + 1)]


def set_reward_state(world: World, brand_id: int, kind: str, slug: str, state: str) -> None:
    """Pause a promotion or pool, let it go on, or take it out of use.

    Raises:
        NotFound: there is none in use.
        Conflict: a pool in use unlocks the promotion that is to go.
        BadInput: there is no such state.
    """
    if kind not in {PROMOTION, COUPON} or state not in _BY_HAND:
        known = ", ".join(_BY_HAND)
        raise BadInput((Problem("state", text("plans.want_choice", choices=known)),))
    with world.store.system() as tx:
        _document(tx, brand_id, kind, slug)
        if kind == PROMOTION and state == "archived":
            held = _pools(tx, brand_id).get(slug, [])
            if held:
                raise Conflict(f"promotion {slug}", "one without coupons", ", ".join(held))
        tx.documents.set_state(brand_id, kind, slug, state)


def _documents(tx: Tx, brand_id: int, kind: str) -> list[Document]:
    """Return the documents of a kind that are not taken out of use."""
    return [one for one in tx.documents.all(brand_id, kind) if one.state != "archived"]


def _document(tx: Tx, brand_id: int, kind: str, slug: str) -> Document:
    """Return one of them; raise NotFound."""
    found = tx.documents.latest(brand_id, kind, slug)
    if found.state == "archived":
        raise NotFound(kind, slug)
    return found


def _pools(tx: Tx, brand_id: int) -> Mapping[str, list[str]]:
    """Return promotion -> the pools in use that unlock it."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in _documents(tx, brand_id, COUPON):
        found[stored_coupon(one.source, NOWHERE).promotion].append(one.slug)
    return found


def _by_slug(usage: Sequence[Usage]) -> Mapping[str, list[Usage]]:
    """Return usage by what gave it."""
    found: dict[str, list[Usage]] = defaultdict(list)
    for one in usage:
        found[one.slug].append(one)
    return found


def _promotion(
    tx: Tx,
    document: Document,
    promotion: Promotion,
    usage: Mapping[str, Sequence[Usage]],
    pools: Mapping[str, Sequence[str]],
    now: int,
) -> PromotionView:
    """Return a promotion with how it does."""
    slug = promotion.slug
    total, budget = (("promotion", slug, what, "") for what in ("total", "budget"))
    used = tx.rewards.used(document.brand_id, [total, budget])
    state = _state(document, promotion.starts_at, promotion.ends_at, now)
    limit = promotion.limits.total
    is_spent = (limit is not None and used.get(total, 0) >= limit) or (
        promotion.budget is not None and used.get(budget, 0) >= promotion.budget
    )
    if state == "live" and is_spent:
        state = "spent"
    return PromotionView(
        promotion, document, state, usage.get(slug, ()), used.get(total, 0), used.get(budget, 0),
        pools.get(slug, ()),
    )  # fmt: skip


def _pool(
    tx: Tx,
    world: World,
    document: Document,
    usage: Mapping[str, Sequence[Usage]],
    counts: tuple[int, int],
) -> PoolView:
    """Return a pool with how it does."""
    around = surroundings(tx, world, document.brand_id)
    coupon = replace(stored_coupon(document.source, around), version=document.version)
    try:
        held = _document(tx, document.brand_id, PROMOTION, coupon.promotion)
        promotion = stored_promotion(held.source, around)
    except NotFound:
        promotion = None
    state = _state(document, coupon.starts_at, coupon.ends_at, world.clock.now())
    return PoolView(
        coupon, document, state, usage.get(coupon.slug, ()), *counts,
        tx.rewards.jobs(document.brand_id, coupon.slug), promotion,
    )  # fmt: skip


def _state(document: Document, starts_at: int, ends_at: int, now: int) -> str:
    """Return whether a document counts now."""
    if document.state != "live":
        return "paused"
    if starts_at and now < starts_at:
        return "coming"
    return "over" if ends_at and now >= ends_at else "live"
