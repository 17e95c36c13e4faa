"""Attribution, funnels and paths: a page each that comes at once, and its figures after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from huiliu.attribution.models import MODELS
from huiliu.kernel.errors import BadInput, EngineFailed, Problem, Unavailable
from huiliu.ports.world import World
from huiliu.reports.charts import bars, curve, flow
from huiliu.reports.funnel_document import KIND, Funnel, parse_funnel
from huiliu.reports.path_counts import BOUGHT, DEPTH, EXIT, OTHER
from huiliu.services.advice import TOLD, advise
from huiliu.services.asked_figures import asked_days
from huiliu.services.attribute import DIRECT, TOO_MUCH, USUAL, Attributed, attribute_events
from huiliu.services.figures import today
from huiliu.services.funnels import (
    FunnelFigures,
    check_breakdown,
    find_funnel,
    list_funnels,
    read_funnel,
    remove_funnel,
)
from huiliu.services.list_actions import record_action
from huiliu.services.live import surroundings
from huiliu.services.paths import WAYS, PathFigures, TimeToPurchase, read_paths, time_to_purchase
from huiliu.services.reward_versions import reward_source
from huiliu.web.doors import Visit
from huiliu.web.i18n import event_word, has_text, translate
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = [
    "apply_funnel",
    "check_funnel",
    "drop_funnel",
    "edit_funnel",
    "new_funnel",
    "show_advice",
    "show_attribution",
    "show_attribution_table",
    "show_funnel",
    "show_funnel_steps",
    "show_funnels",
    "show_path_figures",
    "show_paths",
    "show_waits",
]

_FIRST: Final = """\
huiliu: 1
kind: funnel
slug: checkout
name:
  zh-CN: 下单漏斗
  en: Checkout
window: 7d
steps:
  - event: Product Viewed
    name: {zh-CN: 浏览商品, en: Looked at a product}
  - event: Product Added
    name: {zh-CN: 加入购物车, en: Put in the cart}
  - event: Order Created
    name: {zh-CN: 提交订单, en: Ordered}
  - event: Order Paid
    name: {zh-CN: 支付, en: Paid}
by: [channel, os]
"""
_MOST_CURVES: Final = 5
#: What models ascribe: money, or orders.
_PARTS: Final = ("value", "conversions")


@dataclass(frozen=True, slots=True)
class _Days:
    """What a page of some days is asked for."""

    first: dt.date
    last: dt.date
    problems: tuple[Problem, ...] = ()

    @property
    def query(self) -> Mapping[str, str]:
        """Return the days as a query says them."""
        return {"from": self.first.isoformat(), "until": self.last.isoformat()}

    @property
    def told(self) -> list[tuple[str, object, int]]:
        """Return the problems as pages show them."""
        return [(one.path, one.text, one.line) for one in self.problems]


def show_attribution(visit: Visit) -> Response:
    """Show the page of attribution; the models come after it."""
    days = _days(visit)
    return page(
        visit, "pages/attribution.html", 422 if days.problems else 200, section="attribution",
        days=days, direct=_choice(visit, "direct", DIRECT), choices=DIRECT,
        by=_choice(visit, "by", _PARTS),
    )  # fmt: skip


def show_attribution_table(visit: Visit) -> Response:
    """Show the models side by side, and what holdouts measured."""
    days = _days(visit)
    direct = _choice(visit, "direct", DIRECT)
    try:
        found = attribute_events(visit.world, visit.brand_id, days.first, days.last, direct=direct)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/attribution.html", found=None)
    part = _choice(visit, "by", _PARTS)
    name = _namer(visit)
    return page(
        visit, "partials/attribution.html", found=found, models=MODELS, usual=USUAL, most=TOO_MUCH,
        part=part, chart=_models_chart(visit, found, part), direct=direct,
        warned=", ".join(name(one) for one in found.warned),
    )  # fmt: skip


def show_funnels(visit: Visit) -> Response:
    """Show every funnel."""
    return page(
        visit, "pages/funnels.html", section="funnels",
        rows=list_funnels(visit.world, visit.brand_id), removed=visit.ask("removed"),
    )  # fmt: skip


def show_funnel(visit: Visit) -> Response:
    """Show the page of a funnel; its figures come after it."""
    funnel = find_funnel(visit.world, visit.brand_id, visit.path("funnel"))
    days = _days(visit)
    problems = list(days.told)
    try:
        check_breakdown(funnel, visit.ask("by"))
    except BadInput as fault:
        problems += [(one.path, one.text, one.line) for one in fault.problems]
    return page(
        visit, "pages/funnel.html", 422 if problems else 200, section="funnels", funnel=funnel,
        days=days, by=visit.ask("by"), problems=problems, applied=visit.ask("applied"),
    )  # fmt: skip


def show_funnel_steps(visit: Visit) -> Response:
    """Show how many came to each step, and who differs."""
    days = _days(visit)
    slug, by = visit.path("funnel"), visit.ask("by")
    try:
        found = read_funnel(visit.world, visit.brand_id, slug, days.first, days.last, by=by)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/funnel.html", found=None)
    return page(
        visit, "partials/funnel.html", found=found, chart=_funnel_chart(visit, found),
        name=_namer(visit), waited=_waited,
    )  # fmt: skip


def new_funnel(visit: Visit) -> Response:
    """Show the editor with the beginning of a funnel."""
    return _EDITOR.show(visit, _FIRST)


def edit_funnel(visit: Visit) -> Response:
    """Show the editor with a funnel in use."""
    found = reward_source(visit.world, visit.brand_id, KIND, visit.path("funnel"))
    return _EDITOR.show(visit, found.source, found.slug, found.version)


def check_funnel(visit: Visit) -> Response:
    """Show what a draft says."""
    return _EDITOR.check(visit)


def apply_funnel(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def drop_funnel(visit: Visit) -> Response:
    """Take a funnel out of use."""
    slug = visit.path("funnel")
    remove_funnel(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "funnel_removed", slug)
    return go("/funnels", removed=slug)


def show_paths(visit: Visit) -> Response:
    """Show the page of paths; what it shows comes after it."""
    days = _days(visit)
    return page(
        visit, "pages/paths.html", 422 if days.problems else 200, section="paths", days=days,
        of=_choice(visit, "of", WAYS), choices=WAYS,
    )  # fmt: skip


def show_path_figures(visit: Visit) -> Response:
    """Show which steps follow each other, and which go with buying."""
    days = _days(visit)
    of = _choice(visit, "of", WAYS)
    try:
        found = read_paths(visit.world, visit.brand_id, days.first, days.last, of=of)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/paths.html", found=None)
    return page(
        visit, "partials/paths.html", found=found, chart=_ways_chart(visit, found), depth=DEPTH,
        name=_step_namer(visit),
    )  # fmt: skip


def show_waits(visit: Visit) -> Response:
    """Show how long new people take to buy."""
    days = _days(visit)
    try:
        found = time_to_purchase(visit.world, visit.brand_id, days.first, days.last)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/waits.html", found=None)
    return page(
        visit, "partials/waits.html", found=found, chart=_waits_chart(visit, found),
        name=_namer(visit),
    )  # fmt: skip


def show_advice(visit: Visit) -> Response:
    """Show advice with what it rests on."""
    days = _days(visit)
    try:
        found = advise(visit.world, visit.brand_id, days.first, days.last)
    except (Unavailable, EngineFailed):
        return page(visit, "partials/advice.html", found=None)
    return page(visit, "partials/advice.html", found=found, good=TOLD)


def _days(visit: Visit) -> _Days:
    """Return the days that are asked for; what is wrong with them beside the usual ones."""
    query = {name: visit.ask(name) for name in ("from", "until")}
    here = today(visit.world)
    try:
        return _Days(*asked_days(query, here))
    except BadInput as fault:
        return _Days(*asked_days({}, here), fault.problems)


def _choice(visit: Visit, name: str, choices: tuple[str, ...]) -> str:
    """Return one of several words; the first of them by itself."""
    return visit.ask(name) if visit.ask(name) in choices else choices[0]


def _namer(visit: Visit) -> Any:
    """Return what says how a channel, or another value, is called."""

    def name(value: str) -> str:
        """Return the word of a channel that has one."""
        key = f"console.channel.{value}"
        return translate(visit.locale, key) if has_text(key) else value or "–"

    return name


def _step_namer(visit: Visit) -> Any:
    """Return what says how a step of a way is called."""
    own = {
        EXIT: translate(visit.locale, "paths.exit"),
        OTHER: translate(visit.locale, "paths.other"),
        BOUGHT: translate(visit.locale, "paths.bought"),
    }
    named = _namer(visit)

    def name(value: str) -> str:
        """Return the word of a step."""
        return own.get(value) or event_word(visit.locale, str(named(value)))

    return name


def _models_chart(visit: Visit, found: Attributed, part: str) -> dict[str, Any] | None:
    """Return the chart of the models side by side."""
    if not found.channels:
        return None
    name = _namer(visit)
    series = {
        translate(visit.locale, f"analysis.model.{model}"): [
            round(getattr(found.models[model][one], part), 2) for one in found.channels
        ]
        for model in MODELS
    }
    return bars([name(one) for one in found.channels], series)


def _funnel_chart(visit: Visit, found: FunnelFigures) -> dict[str, Any] | None:
    """Return the chart of the steps with their intervals."""
    if not found.n:
        return None
    counts = {translate(visit.locale, "funnels.chart"): [one.n for one in found.steps]}
    return bars([_word(visit, one.name) for one in found.steps], counts)


def _ways_chart(visit: Visit, found: PathFigures) -> dict[str, Any] | None:
    """Return the flow of the ways: each step once a place, so that nothing runs in circles."""
    name = _step_namer(visit)
    links: dict[tuple[str, str], float] = {}
    for one in found.links:
        after = one.step if one.target == EXIT else one.step + 1
        target = f"{name(one.target)} · {after}"
        source = f"{name(one.source)} · {one.step}"
        links[source, target] = links.get((source, target), 0) + one.n
    return flow(links) if links else None


def _waits_chart(visit: Visit, found: TimeToPurchase) -> dict[str, Any] | None:
    """Return the curves of who has bought, all people first."""
    name = _namer(visit)
    series = {}
    for channel, one in list(found.curves.items())[:_MOST_CURVES]:
        word = name(channel) if channel else translate(visit.locale, "paths.everybody")
        points = [(0.0, 0.0)]
        points += [
            (round(day, 2), round(100 * (1 - left), 2))
            for day, left in zip(one.days, one.survival, strict=True)
        ]
        series[word] = points
    return curve(series, steps=True) if any(len(one) > 1 for one in series.values()) else None


def _word(visit: Visit, names: Mapping[str, str]) -> str:
    """Return a name in the reader's language."""
    return names.get(visit.locale) or next(iter(names.values()), "")


def _waited(seconds: float | None) -> tuple[str, float]:
    """Return a wait as its unit and how many of them."""
    if seconds is None:
        return "none", 0.0
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return unit, seconds / size
    return "seconds", seconds


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    with world.store.transaction(brand_id) as tx:
        around = surroundings(tx, world, brand_id)
    found = parse_funnel(source, around)
    if not isinstance(found, Funnel):
        raise BadInput(found)
    return {"funnel": found}


_EDITOR: Final = PlanEditor(
    KIND, "/funnels", "funnels", _FIRST, _look, "partials/funnel_looked.html"
)
