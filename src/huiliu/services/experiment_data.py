"""Experiments as data, for commands and servers alike."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from huiliu.experiments.read_out import Comparison
from huiliu.experiments.verdict import MetricLine, is_few
from huiliu.kernel.texts import LOCALES, render
from huiliu.kernel.times import show_duration, show_instant
from huiliu.services.analyse_experiment import comparison_json
from huiliu.services.experiment_results import ExperimentResult, Standpoint
from huiliu.services.experiments import ExperimentView
from huiliu.services.plan_experiment import Outlook

__all__ = ["outlook_json", "result_json", "standpoint_json", "view_json"]

#: What tells of one planned look alone, and is no answer at any other.
_ONCE: Final = ("p_fixed", "ci_fixed", "p_adjusted", "experiment")


def standpoint_json(stands: Standpoint) -> dict[str, Any]:
    """Return what an experiment is and how it stands."""
    plan, row = stands.plan, stands.row
    return {
        "slug": plan.slug, "name": dict(plan.name), "version": stands.version,
        "hypothesis": plan.hypothesis, "state": stands.state, "mode": plan.mode,
        "where": {
            name: word
            for name, word in (
                ("kind", plan.place.kind), ("journey", plan.place.journey),
                ("node", plan.place.node), ("coupon", plan.place.coupon),
            )
            if word
        },
        "arms": [
            {"name": one.name, "share": float(one.share)}
            | ({"coupon": one.coupon} if one.coupon else {})
            | ({"promotion": one.promotion} if one.promotion else {})
            for one in plan.arms
        ],
        "goals": list(plan.goals), "guards": list(plan.guards),
        "window": show_duration(plan.window) if plan.window else None,
        "covariate": show_duration(plan.covariate) if plan.covariate else None,
        "sample": plan.sample or None, "ends": plan.ends.isoformat() if plan.ends else None,
        "rule": {"rule": plan.winner, "proof": plan.proof},
        "began_at": _instant(row.began_at if row else 0),
        "ended_at": _instant(row.ended_at if row else 0),
        "looked_at": _instant(row.looked_at if row else 0),
        "winner": (row.winner if row else "") or None, "fault": (row.fault if row else "") or None,
    }  # fmt: skip


def view_json(view: ExperimentView) -> dict[str, Any]:
    """Return an experiment with what became of it, and its document."""
    return standpoint_json(view.stands) | {
        "batches": [
            {"batch": one.batch, "at": show_instant(one.at), "shares": one.shares,
             "counts": {arm: list(pair) for arm, pair in one.counts.items()}, "seed": one.seed}
            for one in view.stands.batches
        ],
        "moves": [
            {"at": show_instant(one.at), "what": one.what, "by": one.by or None, "note": one.note}
            for one in view.moves
        ],
        "source": view.stands.plan.source,
    }  # fmt: skip


def result_json(found: ExperimentResult) -> dict[str, Any]:
    """Return what an experiment says; of one that is blocked, no figure that it compares."""
    said = found.said
    return {
        "slug": found.slug, "name": dict(found.name), "hypothesis": found.hypothesis,
        "state": found.state, "mode": found.mode, "began_at": _instant(found.began_at),
        "ended_at": _instant(found.ended_at), "read_at": show_instant(found.read_at),
        "people": found.people, "planned": found.planned or None,
        "sample_done": found.sample_done, "control": found.control,
        "winner": found.winner or None, "currency": found.currency or None,
        "verdict": {
            "kind": said.kind, "arm": said.arm or None,
            "text": {one: render(said.text, one) for one in LOCALES},
        },
        "srm_p": found.srm_p, "srm_blocked": found.is_blocked,
        "arms": [{"name": one.name, "n": one.n, "share": one.share} for one in found.arms],
        "metrics": [
            {
                "metric": line.metric, "role": line.role, "unit": line.unit,
                "more_is_better": line.more_is_better,
                "comparisons": [
                    _compared(line, one) for one in line.comparisons if not found.is_blocked
                ],
            }
            for line in found.lines
        ],
        "planned_look": None if found.is_blocked else found.planned_look,
        "series": [
            {"day": day.isoformat(),
             "arms": {arm: {"difference": value, "low": value - half, "high": value + half}
                      for arm, (value, half) in told.items()}}
            for day, told in found.series
            if not found.is_blocked
        ],
    }  # fmt: skip


def outlook_json(outlook: Outlook) -> dict[str, Any]:
    """Return what an experiment could see before it begins."""
    found = outlook.found
    return {
        "metric": found.metric, "basis": outlook.basis, "people_a_day": found.daily,
        "n": found.n, "mean": found.mean, "variance": found.variance,
        "currency": outlook.currency or None, "people": found.people, "days": found.days,
        "least_effect": _known(found.least),
        "efforts": [
            {"relative": one.relative, "people": _known(one.people),
             "people_anytime": _known(one.people_anytime), "days": one.days}
            for one in found.efforts
        ],
    }  # fmt: skip


def _compared(line: MetricLine, one: Comparison) -> dict[str, Any]:
    """Return an arm against the control, as it may be looked at every day."""
    told = comparison_json(one)
    kept = {name: value for name, value in told.items() if name not in _ONCE}
    if is_few(one, line.metric):
        # An interval of a handful of cases is none.
        kept["ci_anytime"] = None
    return kept | {"stand": line.stand(one), "p_together": one.p_together}


def _instant(at: int) -> str | None:
    """Return an instant; None = it has not come."""
    return show_instant(at) if at else None


def _known(value: float) -> float | None:
    """Return a number, or None where there is none."""
    return value if isfinite(value) else None
