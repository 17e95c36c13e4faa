"""Holdouts: the list, one with what it tells and who is in it, incremental beside attributed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import accumulate
from math import isfinite
from typing import Final

from starlette.responses import Response

from huiliu.experiments.holdout import HELD, KIND, TREATED, parse_holdout
from huiliu.experiments.incremental import Effect
from huiliu.kernel.errors import BadInput, EngineFailed, Problem, Unavailable
from huiliu.kernel.ids import show_profile_id
from huiliu.ports.world import World
from huiliu.reports.charts import Band, band, lines
from huiliu.services.beside import beside_of, read_span
from huiliu.services.holdouts import (
    HoldoutView,
    holdout_members,
    list_holdouts,
    release_person,
    remove_holdout,
    show_holdout,
)
from huiliu.services.list_actions import record_action
from huiliu.web.doors import Door, Visit
from huiliu.web.i18n import show_number, translate
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["HOLDOUT_DOORS"]

_FIRST: Final = """\
huiliu: 1
kind: holdout
slug: ""
name: {zh-CN: "", en: ""}
scope: global
share: 5%
"""
#: Points of the chart at most: more cannot be told apart.
_POINTS: Final = 60


def show_list(visit: Visit) -> Response:
    """Show every holdout and how many people it has drawn."""
    return page(
        visit, "pages/holdouts.html", section="holdouts",
        rows=list_holdouts(visit.world, visit.brand_id), removed=visit.ask("removed"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one holdout; what it tells is asked for by the page."""
    return _show(visit)


def show_result(visit: Visit) -> Response:
    """Show what a holdout tells over some days: attributed and caused, and the days as a chart."""
    view = show_holdout(visit.world, visit.brand_id, visit.path("holdout"))
    return _panel(visit, view.scope, has_chart=True)


def show_beside(visit: Visit) -> Response:
    """Show what is attributed to a thing and what it caused, for another page."""
    return _panel(visit, visit.ask("scope") or "brand", has_chart=False)


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a holdout."""
    return _EDITOR.show(visit, _FIRST)


def show_editor(visit: Visit) -> Response:
    """Show the editor with a holdout in use."""
    view = show_holdout(visit.world, visit.brand_id, visit.path("holdout"))
    if view.holdout is None:
        return go(f"/journeys/{view.name.partition(':')[2]}")
    return _EDITOR.show(visit, view.holdout.source, view.name, view.version)


def check(visit: Visit) -> Response:
    """Show what a draft says."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def release(visit: Visit) -> Response:
    """Let one held-out person get messages again."""
    name = visit.path("holdout")
    try:
        profile = release_person(
            visit.world, visit.brand_id, name, visit.form.get("person", "").strip(),
            visit.me.user.email, visit.form.get("reason", ""),
        )  # fmt: skip
    except BadInput as fault:
        return _show(visit, fault.problems, 422)
    shown = show_profile_id(profile)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "holdout_released", shown)
    return go(f"/holdouts/{name}", released=shown, arm=HELD)


def remove(visit: Visit) -> Response:
    """Take a holdout out of use: everybody may get messages again."""
    slug = visit.path("holdout")
    remove_holdout(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "holdout_removed", slug)
    return go("/holdouts", removed=slug)


def _show(visit: Visit, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    """Show one holdout, and what was wrong with what was asked for."""
    view = show_holdout(visit.world, visit.brand_id, visit.path("holdout"))
    arm = TREATED if visit.ask("arm") == TREATED else HELD
    members = holdout_members(
        visit.world, visit.brand_id, view.name, arm, _mark(visit.ask("before"))
    )
    return page(
        visit, "pages/holdout.html", status, section="holdouts", view=view, arm=arm,
        members=members, drawn=_drawn(visit, view), applied=visit.ask("applied"),
        released=visit.ask("released"), older=_older(view, arm, members.next),
        problems=[(one.path, one.text, one.line) for one in problems],
        query={name: visit.ask(name) for name in ("from", "until")},
    )  # fmt: skip


def _panel(visit: Visit, scope: str, *, has_chart: bool) -> Response:
    """Show what stands beside attribution, or that the warehouse is away."""
    world, brand_id = visit.world, visit.brand_id
    found, is_away = None, False
    problems: tuple[Problem, ...] = ()
    try:
        first, last = read_span(world, visit.ask("from"), visit.ask("until"))
        found = beside_of(world, brand_id, scope, first, last)
    except BadInput as fault:
        problems = fault.problems
    except (Unavailable, EngineFailed):
        is_away = True
    days = found.incremental.days if found is not None and has_chart else ()
    return page(
        visit, "partials/beside.html", found=found, is_away=is_away, money=_money,
        problems=[(one.path, one.text, one.line) for one in problems], number=_number,
        chart=_chart(visit, [*days]) if len(days) > 1 else None, scope=scope,
    )  # fmt: skip


def _chart(visit: Visit, days: list[tuple[dt.date, Effect]]) -> dict[str, object]:
    """Return the difference of a person's revenue with its interval, as of each day."""
    step = -(-len(days) // _POINTS)
    # The last day is always among them.
    shown = days[::-1][::step][::-1]
    effects = [one for _, one in shown]
    label = translate(visit.locale, "beside.chart")
    return band(
        [day.strftime("%m-%d") for day, _ in shown],
        [
            Band(
                label,
                [_finite(one.difference) for one in effects],
                [_finite(one.low) for one in effects],
                [_finite(one.high) for one in effects],
            )
        ],
        reference=0.0,
    )


def _drawn(visit: Visit, view: HoldoutView) -> dict[str, object] | None:
    """Return the chart of how many people were drawn until each day; None = too few days."""
    with visit.world.store.transaction(visit.brand_id) as tx:
        rows = tx.assignments.by_day(visit.brand_id, view.key, visit.world.zone)
    days = sorted({day for day, _, _ in rows})
    if len(days) < 2:
        return None
    counts = {(day, arm): n for day, arm, n in rows}
    return lines(
        [day[5:] for day in days],
        {
            translate(visit.locale, f"holdouts.arm.{arm}"): list(
                accumulate(counts.get((day, arm), 0) for day in days)
            )
            for arm in (TREATED, HELD)
        },
    )


def _older(view: HoldoutView, arm: str, mark: tuple[int, int] | None) -> str:
    """Return the address of the next page of people; "" = there is none."""
    return "" if mark is None else f"/holdouts/{view.name}?arm={arm}&before={mark[0]}.{mark[1]}"


def _mark(written: str) -> tuple[int, int] | None:
    """Return where a page begins; None = at the newest."""
    at, _, profile = written.partition(".")
    return (int(at), int(profile)) if at.isdecimal() and profile.isdecimal() else None


def _money(value: float, currency: str) -> str:
    """Return an amount with its currency; a dash for none."""
    return f"{_number(value)} {currency}".strip() if isfinite(value) else "–"


def _number(value: float, digits: int = 0) -> str:
    """Return a number; small ones with their digits, a dash for none."""
    if not isfinite(value):
        return "–"
    return f"{value:,.{digits}f}" if digits else show_number(round(value))


def _finite(value: float) -> float | None:
    """Return a number to draw, or None."""
    return round(value, 4) if isfinite(value) else None


def _look(_world: World, _brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    found = parse_holdout(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"holdout": found}


_EDITOR: Final = PlanEditor(
    KIND, "/holdouts", "holdouts", _FIRST, _look, "partials/holdout_looked.html"
)

_ONE: Final = "/holdouts/{holdout}"
_WRITE: Final = "experiments.write"
HOLDOUT_DOORS: Final = (
    Door("/holdouts", show_list, "experiments.read"),
    Door("/holdouts/new", show_new, _WRITE),
    Door("/holdouts/check", check, _WRITE, ("POST",)),
    Door("/holdouts/apply", apply, _WRITE, ("POST",)),
    Door("/holdouts/beside", show_beside, "experiments.read"),
    Door(_ONE, show, "experiments.read"),
    Door(f"{_ONE}/result", show_result, "experiments.read"),
    Door(f"{_ONE}/edit", show_editor, _WRITE),
    Door(f"{_ONE}/release", release, _WRITE, ("POST",)),
    Door(f"{_ONE}/remove", remove, _WRITE, ("POST",)),
)
