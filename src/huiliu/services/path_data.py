"""Attribution, funnels, paths and advice as data, for commands and servers alike."""

from __future__ import annotations

from huiliu.kernel.texts import LOCALES, render
from huiliu.kernel.times import show_duration
from huiliu.reports.first_purchase import Curve
from huiliu.reports.funnel_counts import StepFigures
from huiliu.reports.funnel_document import Funnel
from huiliu.reports.path_counts import Phrase
from huiliu.services.advice import Advice
from huiliu.services.attribute import Ascribed, Attributed
from huiliu.services.funnels import Contrast, FunnelFigures
from huiliu.services.incremental import Incremental
from huiliu.services.paths import PathFigures, TimeToPurchase

__all__ = [
    "advice_json",
    "attributed_json",
    "funnel_figures_json",
    "funnel_json",
    "paths_json",
    "waits_json",
]


def attributed_json(found: Attributed) -> dict[str, object]:
    """Return the models of some days side by side, and what holdouts measured."""
    return {
        "from": found.first.isoformat(), "until": found.last.isoformat(),
        "currency": found.currency, "direct": found.direct,
        "conversions": found.n, "value": round(found.value, 2),
        "untouched": {"conversions": found.n_untouched, "value": round(found.untouched_value, 2)},
        "paths_without_purchase": found.n_nulls,
        "models": {
            model: {channel: _ascribed(one) for channel, one in by.items()}
            for model, by in found.models.items()
        },
        "measured": {channel: _measured(one) for channel, one in found.measured.items()},
        "attributed_to_measured": {
            channel: None if ratio is None else round(ratio, 3)
            for channel, ratio in found.ratios.items()
        },
        "warned": list(found.warned),
    }  # fmt: skip


def _ascribed(one: Ascribed) -> dict[str, object]:
    """Return what a model ascribes."""
    return {
        "conversions": round(one.conversions, 4),
        "conversions_interval": [round(end, 4) for end in one.conversions_interval],
        "value": round(one.value, 2),
        "value_interval": [round(end, 2) for end in one.value_interval],
    }


def _measured(one: Incremental) -> dict[str, object]:
    """Return what a holdout measured, or why none can tell."""
    if one.why_not is not None:
        return {"revenue": None, "why_not": {word: render(one.why_not, word) for word in LOCALES}}
    return {
        "revenue": one.revenue.total, "interval": list(one.revenue.total_interval),
        "treated": one.treated, "held": one.held,
    }  # fmt: skip


def funnel_json(funnel: Funnel) -> dict[str, object]:
    """Return a funnel."""
    return {
        "slug": funnel.slug, "name": dict(funnel.name), "window": show_duration(funnel.window),
        "order": funnel.order, "built_in": not funnel.source, "by": list(funnel.by),
        "steps": [{"name": dict(one.shown), "events": list(one.events)} for one in funnel.steps],
    }  # fmt: skip


def funnel_figures_json(found: FunnelFigures) -> dict[str, object]:
    """Return how many came to each step, told apart as asked."""
    return funnel_json(found.funnel) | {
        "from": found.first.isoformat(), "until": found.last.isoformat(), "by": found.by,
        "n": found.n, "open": found.n_open, "steps": [_step(one) for one in found.steps],
        "groups": {value: [_step(one) for one in steps] for value, steps in found.groups.items()},
        "contrasts": [_contrast(one) for one in found.contrasts],
    }  # fmt: skip


def _step(one: StepFigures) -> dict[str, object]:
    """Return a step."""
    return {
        "name": dict(one.name), "n": one.n, "of_first": one.of_first,
        "of_first_interval": list(one.of_first_interval), "of_before": one.of_before,
        "of_before_interval": list(one.of_before_interval), "median_seconds": one.median_s,
    }  # fmt: skip


def _contrast(one: Contrast) -> dict[str, object]:
    """Return what people of one value differ in from the others."""
    return {
        "value": one.value, "step": one.step, "n": one.n, "before": one.before,
        "n_other": one.n_other, "before_other": one.before_other, "difference": one.gap,
        "interval": list(one.interval), "p_adjusted": one.p_adjusted, "told": one.is_told,
        "more_needed": None if one.is_told else one.more_needed,
    }  # fmt: skip


def paths_json(found: PathFigures) -> dict[str, object]:
    """Return which steps follow each other, and which go with buying."""
    return {
        "from": found.first.isoformat(), "until": found.last.isoformat(), "of": found.of,
        "n": found.n, "converted": found.n_converted,
        "links": [
            {"step": one.step, "source": one.source, "target": one.target, "n": one.n}
            for one in found.links
        ],
        "phrases": [_phrase(one) for one in found.phrases],
    }  # fmt: skip


def _phrase(one: Phrase) -> dict[str, object]:
    """Return a phrase."""
    return {
        "steps": list(one.steps), "n": one.n, "converted": one.converted, "n_other": one.n_other,
        "converted_other": one.converted_other, "difference": one.difference,
        "interval": list(one.interval), "lift": one.lift, "p_adjusted": one.p_adjusted,
        "told": one.is_told, "more_needed": None if one.is_told else one.more_needed,
    }  # fmt: skip


def waits_json(found: TimeToPurchase) -> dict[str, object]:
    """Return how long new people take to buy, all of them under ""."""
    return {
        "from": found.first.isoformat(), "until": found.last.isoformat(),
        "curves": {channel: _curve(one) for channel, one in found.curves.items()},
    }  # fmt: skip


def _curve(one: Curve) -> dict[str, object]:
    """Return a curve."""
    return {
        "n": one.n, "bought": one.n_events, "p25_days": one.p25_days,
        "median_days": one.median_days, "p75_days": one.p75_days, "days": list(one.days),
        "not_bought": list(one.survival), "low": list(one.low), "high": list(one.high),
    }  # fmt: skip


def advice_json(one: Advice) -> dict[str, object]:
    """Return a piece of advice in both languages."""
    told = {"said": one.said, "evidence": one.evidence, "method": one.method}
    return {
        "rule": one.rule, "verdict": one.verdict,
        **{name: {word: render(said, word) for word in LOCALES} for name, said in told.items()},
        "n": one.n, "point": one.point, "interval": list(one.interval) if one.interval else None,
        "href": one.href,
    }  # fmt: skip
