"""The channel matrix: what each channel reached, sold and cost; attributed beside incremental."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.texts import Text, render, text
from huiliu.reports import charts
from huiliu.reports.report import (
    COUNT,
    MONEY,
    NUMBER,
    SHARE,
    TEXT,
    Cell,
    Column,
    Given,
    Report,
    ReportKind,
    bounded,
    channel_words,
    rate,
    told,
)
from huiliu.reports.report import columns as columns_of

__all__ = ["CHANNEL_MATRIX"]

_COLUMNS: Final = [
    *columns_of(("channel", TEXT), ("sent", COUNT), ("delivered", COUNT), ("clicked", COUNT),
                ("click_rate", SHARE), ("orders_of_channel", COUNT), ("buyers", COUNT),
                ("new_buyers", COUNT), ("attributed", MONEY)),
    Column("incremental", MONEY), *bounded("incremental", MONEY), Column("can_tell", TEXT),
    Column("over", NUMBER), Column("costs", MONEY), Column("roas", NUMBER), Column("roi", NUMBER),
    Column("cac", MONEY),
]  # fmt: skip


def _build(given: Given) -> Report:
    """Return a row a channel, most revenue first, and the whole."""
    worths = given.data["channels"]
    everything = (*worths.rows, worths.total)
    rows = [_row(one, is_total=one is worths.total) for one in everything] if worths.rows else []

    def chart(locale: str) -> dict[str, Any]:
        """Return attributed and incremental revenue beside each other."""
        names = [render(words, locale) if isinstance(words, Text) else words
                 for words in (channel_words(one.channel) for one in worths.rows)]  # fmt: skip
        attributed = [float(one.revenue) for one in worths.rows]
        incremental = [_incremental(one)[0] or 0.0 for one in worths.rows]
        return charts.bars(names, {
            render(text("reports.column.attributed"), locale): attributed,
            render(text("reports.column.incremental"), locale): incremental,
        })  # fmt: skip

    notes = [
        text("reports.note.doubtful", channel=channel_words(one.channel),
             times=f"{one.attributed_over_incremental:.1f}")
        for one in worths.rows
        if one.is_doubtful
    ]  # fmt: skip
    unpriced = worths.total.costs.n_unpriced
    notes += [text("reports.note.unpriced", n=unpriced)] if unpriced else []
    notes += [
        text("reports.note.other_money", amount=f"{amount:,.2f}", currency=currency)
        for currency, amount in sorted(worths.left_out.items())
    ]
    if rows and worths.margin is None:
        notes.append(text("reports.note.no_margin"))
    return Report(
        CHANNEL_MATRIX.name, given.options.span, worths.currency, _COLUMNS, rows,
        worths.total.sent, "messages", text("reports.method.channel-matrix"),
        chart if any(one.revenue for one in worths.rows) else None, notes,
    )  # fmt: skip


def _row(one: Any, *, is_total: bool) -> tuple[Cell, ...]:  # a ChannelWorth of the services
    """Return one channel's row."""
    found = one.incremental
    said = text("reports.no_holdout") if found is None else found.said
    name = text("reports.all_channels") if is_total else channel_words(one.channel)
    return (
        name, one.sent, one.delivered, one.clicked, *rate(one.clicked, one.delivered), one.orders,
        one.buyers, one.new_buyers, one.revenue, *_incremental(one), said,
        one.attributed_over_incremental, one.costs.total, one.roas, one.roi, one.cac,
    )  # fmt: skip


def _incremental(one: Any) -> tuple[float | None, float | None, float | None]:  # as above
    """Return incremental revenue and its interval; None where nobody can tell."""
    found = one.incremental
    if found is None or found.why_not is not None:
        return None, None, None
    low, high = found.revenue.total_interval
    return told(found.revenue.total), told(low), told(high)


CHANNEL_MATRIX: Final = ReportKind(
    "channel-matrix", _build, ("channels",), days=90, more="/channel-cards"
)
