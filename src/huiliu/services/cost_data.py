"""What channels were worth and what media cost as data, for commands and servers alike."""

from __future__ import annotations

from dataclasses import asdict

from huiliu.kernel.money import Money
from huiliu.kernel.texts import render
from huiliu.planning.price_card import PriceCard
from huiliu.ports.ad_results import MediaRow
from huiliu.services.channel_worth import ChannelWorth, ChannelWorths
from huiliu.services.incremental import Incremental

__all__ = ["card_json", "media_json", "worths_json"]


def worths_json(found: ChannelWorths) -> dict[str, object]:
    """Return what channels were worth over some days."""
    return {
        "from": found.first.isoformat(), "until": found.last.isoformat(),
        "currency": found.currency or None, "margin": found.margin,
        "attributed_by": "last_touch",
        "channels": [_worth(row) for row in found.rows],
        "total": _worth(found.total) | {"channel": None},
        "not_exchanged": dict(found.left_out),
    }  # fmt: skip


def media_json(row: MediaRow) -> dict[str, object]:
    """Return what media cost on a day."""
    return {
        "day": row.day, "channel": row.channel, "campaign": row.campaign or None,
        "cost": float(Money(row.cost, row.currency).major), "currency": row.currency,
        "note": row.note or None, "by": row.by,
    }  # fmt: skip


def card_json(card: PriceCard) -> dict[str, object]:
    """Return a price card."""
    return {
        "currency": card.currency or None, "margin": card.margin,
        "messages": [
            {"channel": one.channel, "account": one.account or None, "country": one.country or None,
             "price": float(one.price), "from": one.since.isoformat() if one.since else None}
            for one in card.messages
        ],
        "accounts": dict(card.accounts), "source": card.source or None,
    }  # fmt: skip


def _worth(row: ChannelWorth) -> dict[str, object]:
    """Return one channel."""
    return {
        "channel": row.channel or None, "sent": row.sent, "delivered": row.delivered,
        "opened": row.opened, "clicked": row.clicked, "converted": row.converted,
        "opted_out": row.opted_out, "orders": row.orders, "buyers": row.buyers,
        "new_buyers": row.new_buyers, "attributed_revenue": row.revenue,
        "costs": asdict(row.costs) | {"total": row.costs.total},
        "roas": row.roas, "roi": row.roi, "cac": row.cac,
        "incremental": _incremental(row.incremental),
        "attributed_over_incremental": row.attributed_over_incremental,
    }  # fmt: skip


def _incremental(found: Incremental | None) -> dict[str, object] | None:
    """Return what a holdout tells."""
    if found is None:
        return None
    return {
        "known": found.is_known, "said": render(found.said, "en"), "treated": found.treated,
        "held": found.held,
        "revenue": found.revenue.total if found.is_known else None,
        "interval": found.revenue.total_interval if found.is_known else None,
        "iroas": found.iroas, "iroi": found.iroi,
    }  # fmt: skip
