"""Roll-outs: how far each has come, its gates, what became of it, and what a person can do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.metrics import METRICS
from huiliu.planning.rollout import KIND, Stage, parse_rollout
from huiliu.ports.world import World
from huiliu.services.list_actions import record_action
from huiliu.services.roll_out import (
    hold_rollout,
    list_rollouts,
    look_now,
    move_rollout,
    remove_rollout,
    resume_rollout,
    show_rollout,
)
from huiliu.web.doors import Visit
from huiliu.web.figures import figure_words
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["act", "apply", "check", "remove", "show", "show_editor", "show_list", "show_new"]

_FIRST: Final = """\
huiliu: 1
kind: rollout
slug: ""
name: {zh-CN: "", en: ""}
journeys: []
tiers:
  - name: core
    channels: [inapp, push, wechat, mini_program]
    sources: [app, mini_program]
  - name: further
steps: [1, 5, 10, 25, 50, 100]
stage: 1d
outside: skip
when_failed: hold
data_flows:
  - {metric: collected_events, at_least: 100, within: 1d}
  - {metric: identified_share, at_least: 0.3, within: 7d, least: 30}
  - {metric: receipt_rate, at_least: 0.8, within: 7d, least: 20}
  - {metric: attributed_share, at_least: 0.5, within: 30d, least: 10}
gates:
  - {metric: delivery_rate, at_least: 0.9, least: 50}
  - {metric: complaint_rate, at_most: 0.003, least: 50}
  - {metric: opt_out_rate, at_most: 0.02, least: 50}
"""


def show_list(visit: Visit) -> Response:
    """Show every roll-out and how far it has come."""
    return page(
        visit, "pages/rollouts.html", section="rollouts",
        rows=list_rollouts(visit.world, visit.brand_id), removed=visit.ask("removed"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one roll-out."""
    return _show(visit)


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a roll-out."""
    return _EDITOR.show(visit, _FIRST)


def show_editor(visit: Visit) -> Response:
    """Show the editor with a roll-out in use."""
    view = show_rollout(visit.world, visit.brand_id, visit.path("rollout"))
    return _EDITOR.show(visit, view.rollout.source, view.rollout.slug, view.version)


def check(visit: Visit) -> Response:
    """Show what a draft says."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def act(visit: Visit) -> Response:
    """Look at the gates, hold, resume, or set the stage.

    Raises:
        NotFound: there is no such thing to do.
    """
    slug, what = visit.path("rollout"), visit.path("act")
    world, brand_id, by = visit.world, visit.brand_id, visit.me.user.email
    note = visit.form.get("note", "")
    try:
        if what == "look":
            look_now(world, brand_id, slug)
        elif what == "hold":
            hold_rollout(world, brand_id, slug, by, note)
        elif what == "resume":
            resume_rollout(world, brand_id, slug, by, note)
        elif what == "set":
            move_rollout(world, brand_id, slug, _stage(visit), by, note)
        else:
            raise NotFound("act", what)
    except BadInput as fault:
        return _show(visit, fault.problems, 422)
    except Conflict:
        return _show(visit, (Problem("", text("console.rollouts.meanwhile")),), 409)
    if what != "look":
        record_action(world, brand_id, visit.me.user.user_id, f"rollout_{what}", slug)
    return go(f"/rollouts/{slug}", done=what)


def remove(visit: Visit) -> Response:
    """Take a roll-out out of use: its journeys reach everybody."""
    slug = visit.path("rollout")
    remove_rollout(visit.world, visit.brand_id, slug, visit.me.user.email)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "rollout_removed", slug)
    return go("/rollouts", removed=slug)


def _show(visit: Visit, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    """Show one roll-out, and what was wrong with what was asked for."""
    view = show_rollout(visit.world, visit.brand_id, visit.path("rollout"))
    return page(
        visit, "pages/rollout.html", status, section="rollouts", view=view, rollout=view.rollout,
        row=view.row, following=view.rollout.after(view.stage), metrics=METRICS,
        figure=partial(figure_words, visit.locale), applied=visit.ask("applied"),
        problems=[(one.path, one.text, one.line) for one in problems], done=visit.ask("done"),
    )  # fmt: skip


def _stage(visit: Visit) -> Stage:
    """Return the stage that a form names.

    Raises:
        BadInput: it names none.
    """
    tier, _, percent = visit.form.get("stage", "").partition(":")
    try:
        return Stage(int(tier), float(percent))
    except ValueError as fault:
        raise BadInput((Problem("stage", text("plans.want_number", least=0, most=100)),)) from fault


def _look(_world: World, _brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    found = parse_rollout(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"rollout": found, "figure": figure_words}


_EDITOR: Final = PlanEditor(
    KIND, "/rollouts", "rollouts", _FIRST, _look, "partials/rollout_looked.html"
)
