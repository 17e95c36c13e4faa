"""What there is to say of ads, as data: the same for the command line and for servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huiliu.advertising.platforms import PLATFORMS
from huiliu.kernel.ids import show_id, show_profile_id
from huiliu.kernel.money import Money
from huiliu.kernel.times import show_instant
from huiliu.ports.ad_results import ControlRow, ConversionRow
from huiliu.ports.ads import TransferRow
from huiliu.services.ad_accounts import AdAccountView, fields_of
from huiliu.services.ad_audiences import AdAudienceView
from huiliu.services.ad_convert import ConversionsView
from huiliu.services.ad_spend import SpendView

__all__ = [
    "account_data",
    "audience_data",
    "control_data",
    "conversions_data",
    "platforms_data",
    "spend_data",
    "transfer_data",
]


def _when(at: int) -> str | None:
    """Return an instant; None = never."""
    return show_instant(at) if at else None


def platforms_data() -> list[Mapping[str, Any]]:
    """Return the platforms with the fields of an account, limits and evidence."""
    return [
        {
            "platform": one.name,
            "evidence": one.evidence,
            "identifiers": list(one.kinds),
            "fields": [
                {"name": field.name, "secret": field.kind == "secret",
                 "needed": field.default is None, "choices": list(field.choices)}
                for field in fields_of(one)
            ],
            "limits": {limit.name: limit.value for limit in one.limits},
        }
        for one in PLATFORMS.values()
    ]  # fmt: skip


def account_data(one: AdAccountView) -> Mapping[str, Any]:
    """Return an account without its secrets."""
    return {
        "name": one.name,
        "platform": one.row.platform,
        "evidence": one.platform.evidence,
        "paused": one.row.paused,
        "fields": dict(one.shown),
        "audiences": list(one.audiences),
    }


def audience_data(one: AdAudienceView) -> Mapping[str, Any]:
    """Return an audience and how it stands."""
    row = one.row
    return {
        "slug": one.audience.slug,
        "version": one.version,
        "state": one.state,
        "account": one.audience.account,
        "platform": one.account.platform if one.account else None,
        "segment": one.audience.segment or None,
        "in_segment": one.n_segment,
        "shared": one.counts.shared,
        "waiting": one.counts.waiting,
        "not_shared": dict(sorted(one.counts.why.items())),
        "full": one.is_full,
        "remote_id": row.remote or None,
        "published": row.is_published,
        "last_ok_at": _when(row.last_ok_at),
        "last_error": row.last_error or None,
        "failing_since": _when(row.failing_since),
    }


def transfer_data(one: TransferRow) -> Mapping[str, Any]:
    """Return one line of the log of transfers."""
    return {
        "id": one.transfer_id,
        "at": show_instant(one.at),
        "profile_id": show_profile_id(one.profile_id),
        "platform": one.platform,
        "account": one.account,
        "audience": one.audience or None,
        "action": one.action,
        "identifiers": list(one.kinds),
        "reason": one.reason or None,
        "consent_position": one.consent or None,
        "reference": one.reference or None,
    }


def conversions_data(seen: ConversionsView) -> Mapping[str, Any]:
    """Return how conversions fare."""
    return {
        "counts": [
            {"state": state, "reason": reason or None, "n": n}
            for (state, reason), n in sorted(seen.counts.items())
        ],
        "conversions": [_conversion(one) for one in seen.rows],
    }


def _conversion(one: ConversionRow) -> Mapping[str, Any]:
    """Return one conversion."""
    return {
        "event_id": one.event_id,
        "event": one.event,
        "order_id": one.order_id,
        "profile_id": show_profile_id(one.profile_id),
        "at": show_instant(one.at),
        "value": str(Money(one.value, one.currency).major),
        "currency": one.currency,
        "state": one.state,
        "reason": one.reason or None,
        "tries": one.n_tries,
        "sent_at": _when(one.sent_at),
    }


def control_data(one: ControlRow) -> Mapping[str, Any]:
    """Return one thing that was asked of a campaign."""
    return {
        "id": show_id(one.control_id),
        "at": show_instant(one.at),
        "account": one.account,
        "platform": one.platform,
        "campaign": one.object_id,
        "action": one.action,
        "amount": str(Money(one.amount, one.currency).major) if one.amount else None,
        "currency": one.currency or None,
        "reason": one.reason or None,
        "by": one.by or None,
        "state": one.state,
        "answer": one.answer or None,
        "done_at": _when(one.done_at),
    }


def spend_data(seen: SpendView) -> Mapping[str, Any]:
    """Return what accounts cost."""
    return {
        "from": seen.first,
        "to": seen.last,
        "totals": [
            {"account": one.account, "currency": one.currency,
             "cost": str(Money(one.cost, one.currency).major), "impressions": one.impressions,
             "clicks": one.clicks, "conversions": one.conversions}
            for one in seen.totals
        ],
        "days": [
            {"account": account, "day": one.day, "campaign": one.object_id, "name": one.name,
             "currency": one.currency, "cost": str(Money(one.cost, one.currency).major),
             "impressions": one.impressions, "clicks": one.clicks,
             "conversions": one.conversions}
            for account, one in seen.rows
        ],
    }  # fmt: skip
