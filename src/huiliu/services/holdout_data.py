"""Holdouts and what they tell, as data: for servers and the command line."""

from __future__ import annotations

from math import isfinite

from huiliu.experiments.incremental import Effect
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import show_instant
from huiliu.ports.assignments import AssignmentRow
from huiliu.services.beside import Beside
from huiliu.services.holdouts import HoldoutView, Membership
from huiliu.services.incremental import Incremental

__all__ = ["beside_json", "holdout_json", "incremental_json", "member_json", "membership_json"]


def holdout_json(view: HoldoutView) -> dict[str, object]:
    """Return one holdout."""
    found: dict[str, object] = {
        "holdout": view.name, "state": view.state, "share": view.share,
        "began_at": _instant(view.began_at), "ended_at": _instant(view.ended_at),
        "treated": view.treated, "held": view.held,
    }  # fmt: skip
    one = view.holdout
    if one is None:
        return found | {"scope": "journey", "things": [view.name.partition(":")[2]], "own": True}
    return found | {
        "name": dict(one.name), "version": view.version, "scope": one.scope,
        "things": list(one.things), "round": one.round,
        "from": one.first.isoformat() if one.first else None,
        "until": one.last.isoformat() if one.last else None, "own": False,
    }  # fmt: skip


def member_json(row: AssignmentRow) -> dict[str, object]:
    """Return one person of an arm."""
    return {
        "profile_id": show_profile_id(row.profile_id), "arm": row.arm, "at": show_instant(row.at),
        "propensity": row.propensity, "released_at": _instant(row.ended_at),
        "released_by": row.ended_by or None, "reason": row.reason or None,
    }  # fmt: skip


def membership_json(one: Membership) -> dict[str, object]:
    """Return one person's part in one holdout."""
    return {
        "holdout": one.name, "arm": one.row.arm, "since": show_instant(one.row.at),
        "until": _instant(one.ended_at), "reason": one.row.reason or None,
    }  # fmt: skip


def incremental_json(found: Incremental) -> dict[str, object]:
    """Return what was caused; `why_not` is null where it may be believed."""
    told: dict[str, object] = {
        "scope": found.scope, "drawn_by": found.drawn_by or None,
        "from": found.first.isoformat(), "until": found.last.isoformat(),
        "treated": found.treated, "held": found.held, "currency": found.currency or None,
        "verdict": found.said.key.rpartition(".")[2],
        "why_not": None if found.why_not is None else found.why_not.key.rpartition(".")[2],
        "srm_p": found.srm_p, "more_needed": found.more_needed if found.is_known else None,
        "cost": found.cost, "iroas": _three(found.iroas), "iroi": _three(found.iroi),
    }  # fmt: skip
    return told | {"buyers": _effect(found.buyers), "revenue": _effect(found.revenue)}


def beside_json(found: Beside) -> dict[str, object]:
    """Return what is attributed and what was caused."""
    return {
        "attributed": {"orders": found.orders, "revenue": found.revenue, "model": "last_touch"},
        "incremental": incremental_json(found.incremental),
        "currency": found.currency or None,
        "attributed_over_incremental": found.ratio,
        "doubtful": found.is_doubtful,
    }


def _effect(one: Effect) -> dict[str, object]:
    """Return an effect; what is no number is null."""
    low, high = one.interval
    total_low, total_high = one.total_interval
    return {
        "treated_mean": _number(one.treated_mean), "held_mean": _number(one.held_mean),
        "difference": _number(one.difference), "ci_anytime": [_number(low), _number(high)],
        "total": _number(one.total), "total_ci_anytime": [_number(total_low), _number(total_high)],
        "n": round(one.n), "told": one.is_told,
    }  # fmt: skip


def _three(found: tuple[float, float, float] | None) -> dict[str, object] | None:
    """Return a figure and its interval."""
    if found is None:
        return None
    return {"value": found[0], "ci_anytime": [_number(found[1]), _number(found[2])]}


def _number(value: float) -> float | None:
    """Return a number, or None for what is none."""
    return value if isfinite(value) else None


def _instant(at: int) -> str | None:
    """Return an instant, or None where there is none."""
    return show_instant(at) if at else None
