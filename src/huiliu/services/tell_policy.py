"""The policy as data: for the command line and for servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiliu.kernel.times import show_instant
from huiliu.messages.countries import COUNTRIES
from huiliu.messages.odds import Hazard, Tired, odds_of
from huiliu.messages.wear import FormUse
from huiliu.ports.policy import OddsRow
from huiliu.services.policy_view import PolicyView
from huiliu.services.policy_what_if import WhatIf, Would

__all__ = ["TIRING", "fatigue_json", "policy_json", "what_if_json"]

#: How tired somebody may be, as it is shown: messages in the last day, week and month.
TIRING = (Tired(0, 0, 0), Tired(0, 1, 1), Tired(0, 2, 4), Tired(1, 4, 10), Tired(2, 7, 20))


def policy_json(view: PolicyView) -> dict[str, object]:
    """Return what holds now."""
    return {
        "version": view.version or None,
        "source": view.source,
        "countries": [
            {"country": one.country, "from": f"{one.hours.start:%H:%M}",
             "to": f"{one.hours.end:%H:%M}", "channels": sorted(one.hours.channels),
             "days": sorted(one.hours.days), "holidays": one.hours.holidays,
             "source": one.source, "evidence": one.evidence, "in_force": view.rules.countries}
            for one in COUNTRIES
        ],
        "forms": [_form_json(one) for one in view.forms],
    }  # fmt: skip


def fatigue_json(row: OddsRow, remaining: float, margin: float) -> dict[str, object]:
    """Return how messages fare and how tiring they are, channel by channel."""
    odds = odds_of(row.cells, row.hazards)
    counts: dict[str, tuple[int, int, int]] = {}
    for cell in row.cells:
        n, converted, gone = counts.get(cell.channel, (0, 0, 0))
        counts[cell.channel] = (
            n + cell.n, converted + cell.n_converted, gone + cell.n_opted_out,
        )  # fmt: skip
    return {
        "counted_at": show_instant(row.made_at) if row.made_at else None,
        "fault": row.fault or None,
        "channels": {
            channel: {
                "messages": n,
                "converted": converted,
                "opted_out": gone,
                "p_convert": odds.convert("", "", channel),
                "p_opt_out": odds.opt_out("", channel, Tired()) if channel not in row.hazards
                else gone / n if n else 0.0,
                "hazard": _hazard_json(row.hazards.get(channel)),
                "worth": _worths(row.hazards.get(channel), odds.convert("", "", channel),
                                 margin, remaining),
            }
            for channel, (n, converted, gone) in sorted(counts.items())
        },
    }  # fmt: skip


def what_if_json(found: WhatIf) -> dict[str, object]:
    """Return what caps did and would have done."""
    return {
        "days": found.days,
        "people": found.n_people,
        "one_in": found.one_in,
        "now": _would_json(found.now),
        "then": _would_json(found.then) if found.then is not None else None,
        "ladder": {str(n): _would_json(one) for n, one in found.ladder.items()},
    }


def _would_json(one: Would) -> dict[str, object]:
    """Return what some caps would have done."""
    return {
        "asked": one.n_asked,
        "sent": one.n_sent,
        "held": dict(one.held),
        "people_held": one.n_people,
        "busiest_week": {
            "median": one.week_median, "ninth_of_ten": one.week_ninth, "most": one.week_most,
        },
    }  # fmt: skip


def _hazard_json(hazard: Hazard | None) -> dict[str, object] | None:
    """Return a hazard with what it says of people more and less tired."""
    if hazard is None:
        return None
    names = ("intercept", "day", "week", "month")
    return {
        "coefficients": dict(zip(names, hazard.coefficients, strict=True)),
        "errors": dict(zip(names, hazard.errors, strict=True)),
        "mean": hazard.mean,
        "n": hazard.n,
        "opted_out": hazard.n_events,
        "at": [
            {"day": one.day, "week": one.week, "month": one.month, "p_opt_out": hazard.at(one)}
            for one in TIRING
        ],
    }


def _worths(
    hazard: Hazard | None, p_convert: float, margin: float, remaining: float
) -> Sequence[Mapping[str, float]] | None:
    """Return what one more message is worth to people more and less tired."""
    if hazard is None or not (margin or remaining):
        return None
    return [
        {"month": one.month, "worth": p_convert * margin - hazard.at(one) * remaining}
        for one in TIRING
    ]


def _form_json(one: FormUse) -> dict[str, object]:
    """Return a form's use."""
    return {
        "form": one.form, "since": show_instant(one.since), "last": show_instant(one.last),
        "campaigns": one.n, "worn": one.is_worn,
    }  # fmt: skip
