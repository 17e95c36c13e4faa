"""Fatigue: what more messages in a week do to clicks and to people who say no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis

from huiliu.conditions import Tables
from huiliu.conditions.population import moment_literal
from huiliu.kernel.texts import Text, render, text
from huiliu.kernel.times import DAY
from huiliu.reports import charts
from huiliu.reports.report import (
    COUNT,
    SHARE,
    TEXT,
    Column,
    Given,
    Options,
    Report,
    ReportKind,
    rate,
)

__all__ = ["FATIGUE"]

_WEEK: Final = 7 * DAY
_SENT: Final = ("Message Sent", "Message Unknown")
_NO_MORE: Final = ("Consent Withdrawn", "Message Complained")
_CLICKED: Final = "Message Clicked"
#: Messages in a week: from, to.
_BANDS: Final = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (7, 9), (10, 10**9))
_COLUMNS: Final = [
    Column("messages_a_week", TEXT), Column("person_weeks", COUNT), Column("clicked_weeks", COUNT),
    Column("click_share", SHARE), Column("low", SHARE, "click_share"),
    Column("high", SHARE, "click_share"), Column("lost_weeks", COUNT), Column("lost_share", SHARE),
    Column("low", SHARE, "lost_share"), Column("high", SHARE, "lost_share"),
]  # fmt: skip


def _ask(_orders: ibis.Table, tables: Tables, options: Options) -> Mapping[str, ibis.Table]:
    """Ask how many person-weeks had so many messages, and how many of them clicked or left.

    Whole weeks from the span's begin; of the one after the last only who left is looked at.
    """
    n_weeks = _weeks(options)
    end = options.since + n_weeks * _WEEK
    events = tables.events
    rows = events.filter(
        events.name.isin([*_SENT, *_NO_MORE, _CLICKED]),
        events.profile_id.notnull(),
        events.occurred_at >= moment_literal(options.since),
        events.occurred_at < moment_literal(min(end + _WEEK, options.until)),
    )
    since = options.since // 1_000_000
    machine = tables.cell(rows.properties, ("machine",)).flag().fill_null(False)
    rows = rows.select(
        "profile_id",
        week=(rows.occurred_at.epoch_seconds() - since) // (_WEEK // 1_000_000),
        sent=rows.name.isin(_SENT).cast("int64"),
        lost=rows.name.isin(_NO_MORE).cast("int64"),
        clicked=((rows.name == _CLICKED) & ~machine).cast("int64"),
    )
    weeks = rows.group_by("profile_id", "week").agg(
        sent=rows.sent.sum(), lost=rows.lost.sum(), clicked=rows.clicked.sum()
    )
    after = weeks.select("profile_id", week=weeks.week - 1, lost_after=weeks.lost)
    sent = weeks.filter(weeks.sent > 0, weeks.week < n_weeks)
    both = sent.left_join(after, ["profile_id", "week"])
    both = both.select(
        "sent",
        clicked=(both.clicked > 0).cast("int64"),
        lost=((both.lost > 0) | (both.lost_after.fill_null(0) > 0)).cast("int64"),
    )
    return {
        "weeks": both.group_by("sent").agg(
            n=both.count(),
            clicked=both.clicked.sum(),
            lost=both.lost.sum(),
        )
    }


def _weeks(options: Options) -> int:
    """Return how many whole weeks are looked at: each has another one after it that is over."""
    return max((options.until - options.since) // _WEEK - 1, 0)


def _build(given: Given) -> Report:
    """Return a row for each number of messages in a week."""
    found = given.answers["weeks"].to_pylist()
    rows = []
    for low, high in _BANDS:
        here = [row for row in found if low <= row["sent"] <= high]
        # Engines answer a sum of whole numbers as a decimal.
        n, clicked, lost = (
            sum(int(row[name]) for row in here) for name in ("n", "clicked", "lost")
        )
        if n:
            rows.append((_band(low, high), n, clicked, *rate(clicked, n), lost, *rate(lost, n)))
    n_all = sum(row["n"] for row in found)

    def chart(locale: str) -> dict[str, Any]:
        """Return both shares with their intervals, percent."""
        names = [render(one[0], locale) if isinstance(one[0], Text) else one[0] for one in rows]
        series = [
            charts.Band(render(text(f"reports.column.{word}"), locale),
                        *([_percent(row[at + nth]) for row in rows] for nth in range(3)))
            for word, at in (("click_share", 3), ("lost_share", 7))
        ]  # fmt: skip
        return charts.band(names, series)

    notes = [] if _weeks(given.options) else [text("reports.note.too_short", days=14)]
    return Report(
        FATIGUE.name, given.options.span, "", _COLUMNS, rows, n_all, "person_weeks",
        text("reports.method.fatigue"), chart if len(rows) > 1 else None, notes,
    )  # fmt: skip


def _percent(share: object) -> float | None:
    """Return a share in percent."""
    return round(100 * share, 3) if isinstance(share, float) else None


def _band(low: int, high: int) -> Text | str:
    """Return the words of a band."""
    if high >= 10**9:
        return text("reports.band.and_more", low=low)
    return str(low) if low == high else f"{low}-{high}"


FATIGUE: Final = ReportKind("fatigue", _build, ask=_ask, days=91)
