"""Experiments, for servers: what the console does, over the same services."""

from __future__ import annotations

from typing import Final

from huiliu.experiments.plan import KIND, parse_experiment
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.services.experiment_data import outlook_json, result_json, standpoint_json, view_json
from huiliu.services.experiment_results import results
from huiliu.services.experiments import (
    list_experiments,
    remove_experiment,
    roll_out_arm,
    show_experiment,
    start_experiment,
    stop_experiment,
)
from huiliu.services.follow_experiments import look_at_experiment
from huiliu.services.plan_experiment import plan_experiment
from huiliu.services.publish import publish
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]


def _list(call: Call) -> object:
    """Return every experiment in use."""
    found = list_experiments(call.world, call.brand_id)
    return {"experiments": [standpoint_json(one) for one in found]}


def _publish(call: Call) -> object:
    """Make an experiment live; it waits until it is begun."""
    expects = call.body.get("expects")
    done = publish(
        call.world, call.brand_id, call.word("source"), call.by, kind=KIND,
        expects=expects if isinstance(expects, int) else None,
    )  # fmt: skip
    return {"slug": done.slug, "version": done.version, "new": done.is_new}


def _forecast(call: Call) -> object:
    """Return what an experiment could see, before it goes live."""
    found = parse_experiment(call.word("source"))
    if isinstance(found, tuple):
        raise BadInput(found)
    return outlook_json(plan_experiment(call.world, call.brand_id, found))


def _show(call: Call) -> object:
    """Return one experiment with what became of it, and its document."""
    return view_json(show_experiment(call.world, call.brand_id, call.path("experiment")))


def _results(call: Call) -> object:
    """Return what one experiment says."""
    return result_json(results(call.world, call.brand_id, call.path("experiment")))


def _look(call: Call) -> object:
    """Look at one experiment at once, and return what it says then."""
    slug = call.path("experiment")
    look_at_experiment(call.world, call.brand_id, slug)
    return result_json(results(call.world, call.brand_id, slug))


def _set_state(call: Call) -> object:
    """Begin an experiment, or end it."""
    state, slug = call.word("state"), call.path("experiment")
    acts = {"running": start_experiment, "ended": stop_experiment}
    if state not in acts:
        said = text("plans.want_choice", choices=", ".join(acts))
        raise BadInput((Problem("state", said),))
    note = str(call.body.get("note") or "")
    return view_json(acts[state](call.world, call.brand_id, slug, call.by, note))


def _roll_out(call: Call) -> object:
    """Give everybody one arm from now on."""
    slug, note = call.path("experiment"), str(call.body.get("note") or "")
    arm = call.word("arm")
    return view_json(roll_out_arm(call.world, call.brand_id, slug, arm, call.by, note))


def _remove(call: Call) -> object:
    """Take an experiment out of use."""
    slug = call.path("experiment")
    remove_experiment(call.world, call.brand_id, slug, call.by)
    return {"slug": slug, "removed": True}


routes: Final = [
    route("GET", "/v1/experiments", _list),
    route("POST", "/v1/experiments", _publish),
    route("POST", "/v1/experiments/forecast", _forecast),
    route("GET", "/v1/experiments/{experiment}", _show),
    route("DELETE", "/v1/experiments/{experiment}", _remove),
    route("GET", "/v1/experiments/{experiment}/results", _results),
    route("POST", "/v1/experiments/{experiment}/look", _look),
    route("PUT", "/v1/experiments/{experiment}/state", _set_state),
    route("POST", "/v1/experiments/{experiment}/roll-out", _roll_out),
]
