"""Campaigns of friends as data, for commands and servers alike."""

from __future__ import annotations

from huiliu.services.referrals import ReferralView

__all__ = ["referral_json"]


def referral_json(view: ReferralView) -> dict[str, object]:
    """Return a campaign as it is listed."""
    one = view.campaign
    return {
        "slug": one.slug, "name": dict(one.name), "mechanic": one.mechanic, "state": view.state,
        "version": view.version, "from": one.first.isoformat(), "until": one.last.isoformat(),
        "invites": view.n_invites, "friends": view.n_friends, "in_review": view.n_review,
    }  # fmt: skip
