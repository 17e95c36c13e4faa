"""Targets: what is to be reached by when, how likely that is, and an editor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.metrics import Adds
from huiliu.planning.outlook import figure_of
from huiliu.planning.target import KIND, parse_target
from huiliu.ports.world import World
from huiliu.reports.charts import lines
from huiliu.services.figures import day_number, today
from huiliu.services.list_actions import record_action
from huiliu.services.targets import (
    TargetRow,
    list_targets,
    preview_target,
    remove_target,
    show_target,
)
from huiliu.web.doors import Visit
from huiliu.web.figures import figure_words
from huiliu.web.i18n import translate
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["apply", "check", "remove", "show", "show_editor", "show_list", "show_new"]

_EPOCH: Final = dt.date(1970, 1, 1)
_FIRST: Final = """\
huiliu: 1
kind: target
slug: new-customers-from-social
name:
  zh-CN: 社交渠道新客增长
  en: New customers from social
metric: new_customers
channels: [wechat, douyin, xiaohongshu]
baseline: {from: %s, until: %s}
goal: +20%%
from: %s
until: %s
owner: ""
because: ""
"""


def show_list(visit: Visit) -> Response:
    """Show every target and how it stands."""
    return page(
        visit, "pages/targets.html", section="targets",
        rows=list_targets(visit.world, visit.brand_id), removed=visit.ask("removed"),
        figure=partial(figure_words, visit.locale),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one target: how it stands, its letters, and its days."""
    row = show_target(visit.world, visit.brand_id, visit.path("target"))
    return page(
        visit, "pages/target.html", section="targets", row=row, applied=visit.ask("applied"),
        figure=partial(figure_words, visit.locale), chart=_chart(visit, row),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a target: the next three months."""
    here = today(visit.world)
    quarter = dt.timedelta(days=90)
    days = (here - quarter, here - dt.timedelta(days=1), here, here + quarter)
    return _EDITOR.show(visit, _FIRST % tuple(day.isoformat() for day in days))


def show_editor(visit: Visit) -> Response:
    """Show the editor with a target in use."""
    row = show_target(visit.world, visit.brand_id, visit.path("target"))
    return _EDITOR.show(visit, row.target.source, row.target.slug, row.version)


def check(visit: Visit) -> Response:
    """Show how a draft would stand."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def remove(visit: Visit) -> Response:
    """Take a target out of use."""
    slug = visit.path("target")
    remove_target(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "target_removed", slug)
    return go("/targets", removed=slug)


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return how a draft would stand."""
    found = parse_target(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"row": preview_target(world, brand_id, found), "figure": figure_words}


def _chart(visit: Visit, row: TargetRow) -> dict[str, object] | None:
    """Return the chart of what came so far beside the straight way to the goal."""
    target, found = row.target, row.outlook
    if found is None or found.goal is None or not found.n_over:
        return None
    first = day_number(target.span.first)
    n_days = target.span.n_days
    is_sum = target.metric.adds is Adds.SUM
    days = range(first, first + found.n_over)
    came = [figure_of(target.metric, row.days, (first, day)) or 0.0 for day in days]
    way = [found.goal * (nth + 1) / n_days if is_sum else found.goal for nth in range(n_days)]
    names = [translate(visit.locale, f"console.targets.{word}") for word in ("came", "way")]
    labels = [(_EPOCH + dt.timedelta(days=first + nth)).strftime("%m-%d") for nth in range(n_days)]
    return lines(labels, {names[0]: came, names[1]: way})


_EDITOR: Final = PlanEditor(
    KIND, "/targets", "targets", _FIRST, _look, "partials/target_looked.html"
)
