"""Promotions: which there are, what each gave, an editor, its versions, and a basket to try."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.documents import dump
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import LOCALES, text
from huiliu.ports.world import World
from huiliu.reports.charts import lines
from huiliu.rewards.effects import EFFECTS
from huiliu.rewards.pricing import missing_text
from huiliu.rewards.promotion import KIND
from huiliu.services.draft_reward import draft_promotion, try_basket
from huiliu.services.list_actions import record_action
from huiliu.services.look_at_promotions import (
    list_promotions,
    set_reward_state,
    show_promotion,
    usage_by_day,
)
from huiliu.services.publish import roll_back
from huiliu.services.reward_versions import compare_versions, reward_source, reward_versions
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.paging import read_number
from huiliu.web.rendering import go, page
from huiliu.web.reward_editor import RewardEditor
from huiliu.web.reward_form import CHANNELS, promotion_source
from huiliu.web.reward_words import channel_words, chart_days, limit_words, money
from huiliu.web.simulated_basket import ROWS, read_trial, typed_rows

__all__ = [
    "apply",
    "check",
    "fields",
    "restore",
    "show",
    "show_editor",
    "show_list",
    "show_new",
    "show_simulator",
    "show_versions",
    "simulate",
    "state",
]

_SECTION: Final = "promotions"
#: What a new one begins with, by the kind of its effect.
_EFFECTS: Final[Mapping[str, Mapping[str, object]]] = {
    "steps": {
        "kind": "steps", "steps": [{"spend": 300, "amount": 40}, {"spend": 500, "amount": 80}],
    },
    "percentage": {"kind": "percentage", "percent": 10},
    "fixed": {"kind": "fixed", "amount": 20},
    "nth": {"kind": "nth", "nth": 2, "percent": 50},
    "bundle": {"kind": "bundle", "quantity": 3, "price": 9.9},
    "gift": {"kind": "gift", "sku": "SAMPLE"},
    "free_shipping": {"kind": "free_shipping"},
}  # fmt: skip


def show_list(visit: Visit) -> Response:
    """Show every promotion in use and what it gave lately."""
    chosen = visit.ask("state")
    every = list_promotions(visit.world, visit.brand_id)
    rows = [one for one in every if not chosen or one.state == chosen]
    states = [name for name in _STATES if any(one.state == name for one in every)]
    return page(
        visit, "pages/promotions.html", section=_SECTION, rows=rows, chosen=chosen,
        n_all=len(every), states=states, money=money, effects=tuple(_EFFECTS),
        removed=visit.ask("removed"), channels=_channels(visit),
    )  # fmt: skip


_STATES: Final = ("live", "coming", "paused", "spent", "over")


def show(visit: Visit) -> Response:
    """Show one promotion: what it says, what it gave, what is left of it."""
    return _show(visit)


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a promotion."""
    kind = visit.ask("effect") if visit.ask("effect") in _EFFECTS else "steps"
    tree = {
        "huiliu": 1, "kind": KIND, "slug": f"{kind.replace('_', '-')}-1",
        "name": {one: translate(one, f"rewards.effect_kind.{kind}") for one in LOCALES},
        "currency": "CNY", "effect": _EFFECTS[kind],
    }  # fmt: skip
    return _EDITOR.show(visit, dump(tree))


def show_editor(visit: Visit) -> Response:
    """Show the editor with a promotion in use."""
    found = reward_source(visit.world, visit.brand_id, KIND, visit.path("promotion"))
    return _EDITOR.show(visit, found.source, found.slug, found.version)


def fields(visit: Visit) -> Response:
    """Show the draft as a form, or as YAML."""
    return _EDITOR.fields(visit)


def check(visit: Visit) -> Response:
    """Show what a draft says."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def state(visit: Visit) -> Response:
    """Pause a promotion, let it go on, or take it out of use."""
    slug, wanted = visit.path("promotion"), visit.form.get("state", "")
    try:
        set_reward_state(visit.world, visit.brand_id, KIND, slug, wanted)
    except Conflict as fault:
        said = text("console.promotions.held", pools=fault.found)
        return _show(visit, (Problem("", said),), 409)
    record_action(
        visit.world, visit.brand_id, visit.me.user.user_id, f"promotion_{wanted}", slug
    )  # fmt: skip
    if wanted == "archived":
        return go("/promotions", removed=slug)
    return go(f"/promotions/{slug}", done=wanted)


def show_versions(visit: Visit) -> Response:
    """Show every version, and what two of them say differently."""
    return versions_page(visit, KIND, visit.path("promotion"), "/promotions", _SECTION)


def restore(visit: Visit) -> Response:
    """Make an older version the newest again."""
    return restore_version(visit, KIND, visit.path("promotion"), "/promotions")


def show_simulator(visit: Visit) -> Response:
    """Show a basket to be tried, with a draft where one came along."""
    draft = visit.form.get("draft", "")
    return page(
        visit, "pages/simulator.html", section=_SECTION, rows=ROWS, all_channels=CHANNELS,
        channels=_channels(visit), draft=draft, lines=typed_rows(visit.world, visit.brand_id),
        zone=visit.world.zone, name=_draft_name(visit, draft),
    )  # fmt: skip


def simulate(visit: Visit) -> Response:
    """Show what a basket would cost, and why, line by line."""
    try:
        trial = read_trial(visit.world, visit.brand_id, visit.form)
        found = try_basket(visit.world, visit.brand_id, trial)
    except BadInput as fault:
        return page(
            visit, "partials/plan_faulty.html",
            problems=[(one.path, one.text, one.line) for one in fault.problems],
        )  # fmt: skip
    names = {one.promotion.slug: one.promotion.told for one in found.applied}
    return page(
        visit, "partials/simulated.html", found=found, money=money, names=names,
        missing=missing_text,
    )  # fmt: skip


def versions_page(visit: Visit, kind: str, slug: str, base: str, section: str) -> Response:
    """Show the versions of a promotion or a pool."""
    known = reward_versions(visit.world, visit.brand_id, kind, slug)
    newest = known[0].version
    new = read_number(visit.ask("new")) or newest
    old = read_number(visit.ask("old")) or max(1, new - 1)
    changes = compare_versions(visit.world, visit.brand_id, (kind, slug), old, new)
    return page(
        visit, "pages/reward_versions.html", section=section, slug=slug, base=base, versions=known,
        old=old, new=new, found={"changes": changes}, newest=newest,
    )  # fmt: skip


def restore_version(visit: Visit, kind: str, slug: str, base: str) -> Response:
    """Make an older version of a promotion or a pool the newest again."""
    number = read_number(visit.form.get("version", ""))
    if number is None:
        raise NotFound("version", visit.form.get("version", ""))
    done = roll_back(visit.world, visit.brand_id, (kind, slug), visit.me.user.email, number)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, f"{kind}_applied", slug)
    return go(f"{base}/{slug}", applied=done.version)


def _show(visit: Visit, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    """Show one promotion, and what kept it from what was asked for."""
    slug = visit.path("promotion")
    view = show_promotion(visit.world, visit.brand_id, slug)
    days = usage_by_day(visit.world, visit.brand_id, KIND, slug)
    return page(
        visit, "pages/promotion.html", status, section=_SECTION, view=view, one=view.promotion,
        money=money, applied=visit.ask("applied"), done=visit.ask("done"),
        problems=[(each.path, each.text, each.line) for each in problems],
        chart=_chart(visit, days), has_usage=any(day.n for day in days),
        channels=_channels(visit), limits=partial(limit_words, visit.locale),
    )  # fmt: skip


def _chart(visit: Visit, days: list) -> dict[str, object]:  # type: ignore[type-arg]
    """Return the chart of orders by day."""
    name = translate(visit.locale, "console.promotions.orders")
    return lines(chart_days(days), {name: [day.n for day in days]})


def _channels(visit: Visit) -> partial[str]:
    """Return how channels of baskets are called."""
    return partial(channel_words, visit.locale)


def _draft_name(visit: Visit, draft: str) -> object:
    """Return the name of a draft that is tried; {} = there is none that could be read."""
    if not draft:
        return {}
    try:
        return draft_promotion(visit.world, visit.brand_id, draft).name
    except BadInput:
        return {}


def _look(world: World, brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    found = draft_promotion(world, brand_id, source)
    return {
        "one": found, "money": money, "now": world.clock.now(), "kinds": EFFECTS,
        "channel": channel_words, "limit_words": limit_words,
    }  # fmt: skip


_EDITOR: Final = RewardEditor(KIND, "/promotions", _SECTION, promotion_source, _look)
