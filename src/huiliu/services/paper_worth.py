"""How a white paper writes what was caused: beside what is attributed, or why nobody can tell."""

from __future__ import annotations

from huiliu.kernel.texts import Text, text
from huiliu.reports.paper import Cell
from huiliu.reports.paper_numbers import NOTHING, money, money_ends, number
from huiliu.services.incremental import Incremental
from huiliu.services.paper_desk import Desk

__all__ = ["caused", "sentence_of"]


def caused(desk: Desk, found: Incremental | None) -> Cell:
    """Return the incremental revenue with its interval, or in a word why there is none."""
    if found is None or not found.drawn_by:
        return Cell(NOTHING, desk.say(text("paper.no_holdout")))
    if not found.is_known:
        return Cell(desk.say(text("paper.cannot_tell")))
    low, high = found.revenue.total_interval
    ends = money_ends(low, high, found.currency)
    if found.revenue.is_told:
        return Cell(money(found.revenue.total, found.currency), ends)
    beneath = desk.say(_missing(found, ends))
    return Cell(desk.say(text("paper.cannot_tell")), beneath)


def sentence_of(desk: Desk, found: Incremental) -> str:
    """Return what the holdout says of the whole brand, in a sentence."""
    if not found.drawn_by:
        return desk.say(text("paper.finding.no_holdout"))
    if not found.is_known or not found.revenue.is_told:
        return desk.say(text("paper.finding.cannot_tell", why=found.said))
    low, high = found.revenue.total_interval
    return desk.say(text(
        "paper.finding.caused", revenue=money(found.revenue.total, found.currency),
        ends=money_ends(low, high, found.currency), treated=number(found.treated),
        held=number(found.held)))  # fmt: skip


def _missing(found: Incremental, ends: str) -> Text:
    """Return the interval that tells nothing yet, and how many people are missing."""
    if found.more_needed is None:
        return text("paper.spans", ends=ends)
    return text("paper.spans_more", ends=ends, more=number(found.more_needed))
