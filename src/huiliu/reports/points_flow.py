"""Points: where they were earned, and where those that left went."""

from __future__ import annotations

from typing import Any, Final

from huiliu.kernel.texts import Text, render, text
from huiliu.reports import charts
from huiliu.reports.report import (
    PART,
    POINTS,
    TEXT,
    Cell,
    Column,
    Given,
    Report,
    ReportKind,
    channel_words,
)

__all__ = ["POINTS_FLOW"]

_SHARE_OF: Final = "share_of_flow"
_COLUMNS: Final = [
    Column("what", TEXT), Column("earned_on", TEXT), Column("went_to", TEXT),
    Column("points", POINTS), Column(_SHARE_OF, PART),
]  # fmt: skip


def _build(given: Given) -> Report:
    """Return what was earned by channel, then what left its lot, most first."""
    found = given.data["points"]
    earned = [(channel, float(points)) for channel, points in found["earned"]]
    flows = [(one, float(one.points)) for one in found["flows"]]
    all_earned = sum(points for _, points in earned)
    all_gone = sum(points for _, points in flows)
    rows: list[tuple[Cell, ...]] = [
        (text("reports.points.earned"), channel_words(channel), None, points,
         points / all_earned if all_earned else None)
        for channel, points in earned
    ]  # fmt: skip
    rows += [
        (_kind(one.kind), channel_words(one.source), _target(one.kind, one.target), points,
         points / all_gone if all_gone else None)
        for one, points in flows
    ]  # fmt: skip

    def chart(locale: str) -> dict[str, Any]:
        """Return the flows from where points were earned to where they went."""
        links: dict[tuple[str, str], float] = {}
        for one, points in flows:
            source = render(text("reports.points.from", channel=channel_words(one.source)), locale)
            target = render(_target(one.kind, one.target), locale)
            links[source, target] = links.get((source, target), 0.0) + points
        return charts.flow(links)

    burnt = sum(points for one, points in flows if one.kind == "burn")
    notes = [
        text("reports.note.burnt", earned=f"{all_earned:,.0f}", burnt=f"{burnt:,.0f}",
             percent=f"{100 * burnt / all_earned:.1f}")
    ] if all_earned else []  # fmt: skip
    return Report(
        POINTS_FLOW.name, given.options.span, "", _COLUMNS, rows, len(rows), "flows",
        text("reports.method.points-flow"), chart if flows else None, notes,
    )  # fmt: skip


def _kind(kind: str) -> Text:
    """Return the words of what became of points."""
    return text(f"reports.points.{kind}")


def _target(kind: str, channel: str) -> Text:
    """Return where points went."""
    if kind != "burn":
        return _kind(kind)
    return text("reports.points.burnt_on", channel=channel_words(channel))


POINTS_FLOW: Final = ReportKind("points-flow", _build, ("points",), days=90, more="/points")
