"""Experiments: what each says now, how it came to that, and what a person can do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from huiliu.experiments.plan import KIND, parse_experiment
from huiliu.kernel.errors import (
    BadInput,
    Conflict,
    EngineFailed,
    NotFound,
    Problem,
    Refused,
    Unavailable,
)
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.experiment_results import ExperimentResult, Standpoint, measure
from huiliu.services.experiments import (
    ExperimentView,
    list_experiments,
    remove_experiment,
    roll_out_arm,
    show_experiment,
    start_experiment,
    stop_experiment,
)
from huiliu.services.follow_experiments import look_at_experiment
from huiliu.services.list_actions import record_action
from huiliu.services.plan_experiment import Outlook, plan_experiment
from huiliu.web.doors import Visit
from huiliu.web.experiments import chart_of, effort_words, mean_words, rows_of
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["act", "apply", "check", "remove", "show", "show_editor", "show_list", "show_new"]

_FIRST: Final = """\
huiliu: 1
kind: experiment
slug: ""
name: {zh-CN: "", en: ""}
hypothesis: ""
where: {journey: "", node: send}
arms:
  - {name: control, share: 50%}
  - {name: b, share: 50%}
goals: [bought, revenue]
guards: [opted_out, refunded]
window: 7d
sample: 20000
covariate: 28d
mode: ab
winner: {rule: report, proof: anytime}
"""


def show_list(visit: Visit) -> Response:
    """Show every experiment and how it stands."""
    return page(
        visit, "pages/experiments.html", section="experiments",
        rows=list_experiments(visit.world, visit.brand_id), removed=visit.ask("removed"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show what one experiment says."""
    return _show(visit)


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of an experiment."""
    return _EDITOR.show(visit, _FIRST)


def show_editor(visit: Visit) -> Response:
    """Show the editor with an experiment in use."""
    stands = show_experiment(visit.world, visit.brand_id, visit.path("experiment")).stands
    return _EDITOR.show(visit, stands.plan.source, stands.plan.slug, stands.version)


def check(visit: Visit) -> Response:
    """Show what a draft could see."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live; it waits until it is begun."""
    return _EDITOR.apply(visit)


def act(visit: Visit) -> Response:
    """Begin an experiment, end it, look at it, or give everybody one arm.

    Raises:
        NotFound: there is no such thing to do.
    """
    slug, what = visit.path("experiment"), visit.path("act")
    world, brand_id, by = visit.world, visit.brand_id, visit.me.user.email
    note = visit.form.get("note", "")
    try:
        if what == "start":
            start_experiment(world, brand_id, slug, by, note)
        elif what == "stop":
            stop_experiment(world, brand_id, slug, by, note)
        elif what == "look":
            look_at_experiment(world, brand_id, slug)
        elif what == "roll_out":
            roll_out_arm(world, brand_id, slug, visit.form.get("arm", ""), by, note)
        else:
            raise NotFound("act", what)
    except BadInput as fault:
        return _show(visit, fault.problems, 422)
    except Refused as fault:
        return _show(visit, (Problem("arm", text(f"reason.{fault.reason}")),), 409)
    except Conflict:
        return _show(visit, (Problem("", text("console.experiments.meanwhile")),), 409)
    if what != "look":
        record_action(world, brand_id, visit.me.user.user_id, f"experiment_{what}", slug)
    return go(f"/experiments/{slug}", done=what)


def remove(visit: Visit) -> Response:
    """Take an experiment out of use."""
    slug = visit.path("experiment")
    remove_experiment(visit.world, visit.brand_id, slug, visit.me.user.email)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "experiment_removed", slug)
    return go("/experiments", removed=slug)


def _show(visit: Visit, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    """Show one experiment, and what was wrong with what was asked for."""
    view = show_experiment(visit.world, visit.brand_id, visit.path("experiment"))
    facts: dict[str, Any] = {"found": None, "outlook": None, "is_away": False}
    try:
        facts |= _read(visit, view)
    except (Unavailable, EngineFailed):
        facts["is_away"] = True
    return page(
        visit, "pages/experiment.html", status, section="experiments", view=view,
        stands=view.stands, plan=view.stands.plan, row=view.stands.row,
        problems=[(one.path, one.text, one.line) for one in problems], done=visit.ask("done"),
        applied=visit.ask("applied"), **facts,
    )  # fmt: skip


def _read(visit: Visit, view: ExperimentView) -> dict[str, Any]:
    """Return what the warehouse says: of one that waits, what it could see."""
    if view.stands.row is None:
        outlook = plan_experiment(visit.world, visit.brand_id, view.stands.plan)
        return _expected(outlook)
    found = _measured(visit, view.stands)
    is_told = not found.is_blocked
    return {
        "found": found,
        "lines": rows_of(visit.locale, found) if is_told else [],
        "chart": chart_of(found) if is_told and len(found.series) > 1 else None,
    }


def _measured(visit: Visit, stands: Standpoint) -> ExperimentResult:
    """Return what an experiment says now."""
    return measure(visit.world, visit.brand_id, stands)


def _expected(outlook: Outlook) -> dict[str, Any]:
    """Return what the panel of an experiment to come shows."""
    return {
        "outlook": outlook, "found": None,
        "mean": partial(mean_words, outlook.found.metric, currency=outlook.currency),
        "effort": effort_words,
    }  # fmt: skip


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft could see."""
    found = parse_experiment(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    try:
        return {"plan": found, "is_away": False} | _expected(
            plan_experiment(world, brand_id, found)
        )
    except (Unavailable, EngineFailed):
        return {"plan": found, "is_away": True, "outlook": None}


_EDITOR: Final = PlanEditor(
    KIND, "/experiments", "experiments", _FIRST, _look, "partials/experiment_looked.html"
)
