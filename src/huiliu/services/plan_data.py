"""Targets, cards, roll-outs and metrics as data, for commands and servers alike."""

from __future__ import annotations

import datetime as dt

from msgspec import structs

from huiliu.kernel.texts import LOCALES, render, text
from huiliu.kernel.times import show_instant
from huiliu.metrics import METRICS, Metric
from huiliu.metrics.definition import define
from huiliu.planning.outlook import figure_of
from huiliu.planning.rollout import Rollout
from huiliu.planning.target import Span
from huiliu.ports.rollouts import Move
from huiliu.services.channel_cards import Assessment, CardView
from huiliu.services.figures import Figures, day_number
from huiliu.services.roll_out import RolloutView
from huiliu.services.targets import TargetRow

__all__ = [
    "assessment_json",
    "card_json",
    "figures_json",
    "metric_json",
    "metrics_json",
    "rollout_json",
    "target_json",
]

_EPOCH = dt.date(1970, 1, 1)


def metric_json(metric: Metric) -> dict[str, object]:
    """Return what a metric is."""
    found = define(metric)
    said = {
        "name": text(f"metrics.{metric.name}"), "what": text(f"metrics.{metric.name}.what"),
        "formula": found.formula, "numerator": found.numerator, "denominator": found.denominator,
        "window": found.window, "settles": found.settles, "grain": found.grain,
    }  # fmt: skip
    return {
        "metric": metric.name, "unit": metric.unit, "adds": metric.adds,
        "more_is_better": metric.is_more_better, "window_days": metric.window_days,
        "settles_after_days": metric.settles_after,
        **{key: one and {locale: render(one, locale) for locale in LOCALES}
           for key, one in said.items()},
    }  # fmt: skip


def figures_json(found: Figures) -> dict[str, object]:
    """Return a metric over some days."""
    asked = found.asked
    return {
        "metric": asked.metric.name, "from": asked.first.isoformat(),
        "until": asked.last.isoformat(), "currency": found.currency or None,
        "value": found.total, "n": found.n, "interval": found.interval,
        "channels": [
            {"channel": name or None, "value": found.of_channel(name), "n": found.n_of(name),
             "interval": found.interval_of(name)}
            for name in sorted(found.by_channel)
        ],
        "days": [
            {"day": _day(day), "value": figure_of(asked.metric, {day: cell}, (day, day)),
             "top": cell[0], "bottom": cell[1]}
            for day, cell in sorted(found.days.items())
            if day >= day_number(asked.first)
        ],
    }  # fmt: skip


def target_json(row: TargetRow) -> dict[str, object]:
    """Return a target and how it stands."""
    target, found = row.target, row.outlook
    baseline: object = target.baseline
    if isinstance(target.baseline, Span):
        baseline = {
            "from": target.baseline.first.isoformat(), "until": target.baseline.last.isoformat(),
        }  # fmt: skip
    return {
        "slug": target.slug, "name": dict(target.name), "version": row.version,
        "metric": target.metric.name, "channels": list(target.channels),
        "currency": target.currency or None, "from": target.span.first.isoformat(),
        "until": target.span.last.isoformat(), "owner": target.owner, "because": target.because,
        "baseline": baseline,
        "outlook": None if found is None else {
            "stand": found.stand, "baseline": found.baseline, "goal": found.goal,
            "so_far": found.so_far, "expected": found.expected, "low": found.low,
            "high": found.high, "probability": found.probability, "days_over": found.n_over,
            "days_left": found.n_left, "days_known": found.n_known,
            "needed_daily": found.needed_daily, "usual_daily": found.usual_daily,
        },
        "checks": [
            {"check": one.name, "state": one.state, "said": render(one.said, "en")}
            for one in row.checks
        ],
    }  # fmt: skip


def assessment_json(found: Assessment) -> dict[str, object]:
    """Return all cards on one page."""
    return {
        "measured_on": found.measured_on.isoformat() if found.measured_on else None,
        "used": [card_json(one) for one in found.used],
        "watched": [card_json(one) for one in found.watched],
        "retired": [card_json(one) for one in found.retired],
        "without_card": list(found.uncarded),
    }


def card_json(view: CardView) -> dict[str, object]:
    """Return one card with all that is known."""
    card, assessed = view.card, view.assessed
    return {
        "slug": card.slug, "name": dict(card.name), "version": view.version,
        "channel": card.channel, "account": card.account or None, "state": card.state,
        "role": card.role, "objective": card.objective, "features": list(card.features),
        "score": assessed.score, "known": assessed.known, "measured": assessed.measured,
        "points": [
            {"criterion": one.criterion, "points": one.points, "weight": one.weight}
            for one in assessed.points
        ],
        "facts": {
            name: {"value": fact.value, "origin": fact.origin, "n": fact.n or None,
                   "entered": fact.entered}
            for name, fact in assessed.profile.facts.items()
        },
        "cost": {"amount": float(card.cost.amount), "currency": card.cost.currency}
        if card.cost else None,
        "currency": view.measured.currency or None,
        "limits": {"words": card.limits or None, **view.limits},
        "consent": card.consent,
        "credits": {"people": view.credits[0], "free": view.credits[1]} if view.credits else None,
        "evidence": {
            "grade": card.evidence.grade, "source": card.evidence.source or None,
            "checked": card.evidence.checked.isoformat() if card.evidence.checked else None,
        },
        "trial": {
            "budget": float(card.trial.budget.amount), "currency": card.trial.budget.currency,
            "until": card.trial.until.isoformat() if card.trial.until else None,
            "question": card.trial.question or None,
        } if card.trial else None,
        "surveys": [
            {"form": one.slug, "taken": one.n_taken, "in_use": one.is_there}
            for one in view.surveys
        ],
        "owner": card.owner or None,
        "reviewed": card.reviewed.isoformat() if card.reviewed else None,
    }  # fmt: skip


def rollout_json(view: RolloutView) -> dict[str, object]:
    """Return a roll-out and how far it has come."""
    rollout, row = view.rollout, view.row
    return {
        "slug": rollout.slug, "name": dict(rollout.name), "version": view.version,
        "journeys": list(rollout.journeys), "state": row.state, "tier": view.stage.tier,
        "tier_name": view.tier.name, "percent": view.stage.percent,
        "since": show_instant(row.since),
        "looked_at": show_instant(row.looked_at) if row.looked_at else None,
        "looks_again_at": show_instant(row.due_at), "fault": row.fault or None,
        "next": _following(rollout, view),
        "tiers": [
            {"name": one.name, "channels": list(one.channels), "sources": list(one.sources)}
            for one in rollout.tiers
        ],
        "steps": list(rollout.steps),
        "readings": [structs.asdict(one) for one in row.readings],
        "moves": [_move(one) for one in view.moves],
    }  # fmt: skip


def _following(rollout: Rollout, view: RolloutView) -> dict[str, object] | None:
    """Return the stage that follows."""
    following = rollout.after(view.stage)
    return None if following is None else {"tier": following.tier, "percent": following.percent}


def _move(one: Move) -> dict[str, object]:
    """Return what became of a roll-out."""
    return {
        "at": show_instant(one.at), "what": one.what, "tier": one.tier, "percent": one.percent,
        "by": one.by or None, "note": one.note or None,
        "readings": [structs.asdict(reading) for reading in one.readings],
    }  # fmt: skip


def _day(day: int) -> str:
    """Return a day since 1970 in ISO form."""
    return (_EPOCH + dt.timedelta(days=day)).isoformat()


def metrics_json() -> list[dict[str, object]]:
    """Return the catalogue."""
    return [metric_json(one) for one in METRICS.values()]
