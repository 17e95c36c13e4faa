"""Promotions, pools and redemptions as servers and scripts read them."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports.reward_views import HeldCode, Usage
from huiliu.ports.rewards import CodeJob
from huiliu.services.find_redemptions import RedemptionView
from huiliu.services.look_at_promotions import PoolView, PromotionView

__all__ = ["held_json", "job_json", "pool_json", "promotion_json", "redemption_json"]


def promotion_json(view: PromotionView) -> dict[str, object]:
    """Return a promotion and how it does."""
    one = view.promotion
    return {
        "slug": one.slug,
        "name": dict(one.name),
        "version": one.version,
        "state": view.state,
        "effect": one.effect_kind,
        "by": "code" if one.is_by_code else "everyone",
        "currency": one.currency or None,
        "from": show_instant(one.starts_at) if one.starts_at else None,
        "until": show_instant(one.ends_at) if one.ends_at else None,
        "budget": one.budget,
        "spent": view.spent if one.budget is not None else None,
        "limit": one.limits.total,
        "used": view.used if one.limits.total is not None else None,
        "coupons": list(view.pools),
        "last_30_days": _usage(view.usage),
    }


def pool_json(view: PoolView) -> dict[str, object]:
    """Return a pool and how its codes do."""
    one = view.coupon
    return {
        "slug": one.slug,
        "name": dict(one.name),
        "version": one.version,
        "state": view.state,
        "promotion": one.promotion,
        "code": one.code or None,
        "codes": view.n_codes,
        "free": view.n_free,
        "issued": view.n_issued,
        "until": show_instant(one.ends_at) if one.ends_at else None,
        "jobs": [job_json(job) for job in view.jobs],
        "last_30_days": _usage(view.usage),
    }


def job_json(job: CodeJob) -> dict[str, object]:
    """Return a job that makes codes, or takes them in."""
    return {
        "job": job.job_id,
        "coupon": job.coupon,
        "wanted": job.n_wanted or None,
        "made": job.n_made,
        "at": show_instant(job.at),
        "by": job.by,
        "done": bool(job.done_at),
        "exported": bool(job.exported_at),
    }


def redemption_json(view: RedemptionView) -> dict[str, object]:
    """Return an order, what it took, and what became of it."""
    row = view.row
    return {
        "order_id": row.order_id,
        "state": row.state,
        "profile": show_profile_id(row.profile_id) if row.profile_id is not None else None,
        "currency": row.currency,
        "channel": row.channel or None,
        "store": row.store or None,
        "total": row.total,
        "discount": row.discount,
        "codes": list(row.codes),
        "promotions": [
            {
                "promotion": part.promotion,
                "version": part.version,
                "coupon": part.coupon or None,
                "code": part.code or None,
                "discount": part.discount,
            }
            for part in view.parts
        ],
        "created_at": show_instant(row.created_at),
        "changed_at": show_instant(row.changed_at),
        "expires_at": show_instant(row.expires_at) if row.state == "reserved" else None,
        "reason": row.reason or None,
    }


def held_json(one: HeldCode) -> dict[str, object]:
    """Return a code that a person got."""
    return {
        "code": one.code,
        "coupon": one.coupon,
        "issued_at": show_instant(one.issued_at),
        "expires_at": show_instant(one.expires_at) if one.expires_at else None,
        "channel": one.channel or None,
        "void": one.is_void,
        "used": one.n_used,
    }


def _usage(usage: Sequence[Usage]) -> list[dict[str, object]]:
    """Return what was given, a row a currency."""
    return [
        {
            "currency": one.currency,
            "orders": one.n_redeemed,
            "reserved": one.n_reserved,
            "discount": one.discount,
        }
        for one in usage
    ]
