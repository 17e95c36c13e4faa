"""Channel cards: all channels compared on one page, one of them, the watch list, and an editor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response

from huiliu.kernel.errors import BadInput
from huiliu.planning.assessment import CRITERIA, Fact
from huiliu.planning.card import KIND, parse_card
from huiliu.ports.world import World
from huiliu.services.channel_cards import CardView, assess_channels, remove_card, show_card
from huiliu.services.list_actions import record_action
from huiliu.services.measure_channels import MEASURES
from huiliu.web.doors import Visit
from huiliu.web.i18n import show_number, show_share, translate
from huiliu.web.plan_editor import PlanEditor
from huiliu.web.rendering import go, page

__all__ = ["apply", "check", "remove", "show", "show_all", "show_editor", "show_new"]

_SHARES: Final = frozenset({
    "activity", "newness", "conversion", "repurchase_rate", "receipt_rate", "delivery_rate",
    "click_rate", "opt_out_rate",
})  # fmt: skip
_MONEY: Final = frozenset({"gmv", "aov"})
#: The figures that channels are compared by.
_COMPARED: Final = (
    "size", "activity", "newness", "conversion", "steps", "hours", "features", "cost", "gmv",
    "aov", "repurchase_rate", "delivery_rate", "click_rate", "opt_out_rate",
)  # fmt: skip
_FIRST: Final = """\
huiliu: 1
kind: channel_card
slug: ""
name: {zh-CN: "", en: ""}
channel: %s
state: %s
role: seeding
objective: exposure
features: [content, search, sharing]
consent: platform
evidence: {grade: recalled}
"""
_TRIAL: Final = """\
trial:
  budget: {amount: 3000, currency: CNY}
  question: ""
"""


def show_all(visit: Visit) -> Response:
    """Show every channel beside the others, the best first, and those that are watched."""
    return page(
        visit, "pages/channel_cards.html", section="cards",
        found=assess_channels(visit.world, visit.brand_id), compared=_COMPARED,
        criteria=CRITERIA, fact=partial(_fact, visit.locale), removed=visit.ask("removed"),
    )  # fmt: skip


def show(visit: Visit) -> Response:
    """Show one card: what is known and how, and where its score comes from."""
    view = show_card(visit.world, visit.brand_id, visit.path("card"))
    return page(
        visit, "pages/channel_card.html", section="cards", view=view, card=view.card,
        facts=[(name, view.assessed.profile.facts[name]) for name in (*MEASURES, "cost")],
        fact=partial(_fact, visit.locale), applied=visit.ask("applied"),
    )  # fmt: skip


def show_new(visit: Visit) -> Response:
    """Show the editor with the beginning of a card, of a channel or of a candidate."""
    is_watched = visit.ask("state") == "watched"
    source = _FIRST % (visit.ask("channel") or '""', "watched" if is_watched else "used")
    return _EDITOR.show(visit, source + (_TRIAL if is_watched else ""))


def show_editor(visit: Visit) -> Response:
    """Show the editor with a card in use."""
    view = show_card(visit.world, visit.brand_id, visit.path("card"))
    return _EDITOR.show(visit, view.card.source, view.card.slug, view.version)


def check(visit: Visit) -> Response:
    """Show what a draft says."""
    return _EDITOR.check(visit)


def apply(visit: Visit) -> Response:
    """Make a draft live."""
    return _EDITOR.apply(visit)


def remove(visit: Visit) -> Response:
    """Take a card out of use."""
    slug = visit.path("card")
    remove_card(visit.world, visit.brand_id, slug)
    record_action(visit.world, visit.brand_id, visit.me.user.user_id, "channel_card_removed", slug)
    return go("/channel-cards", removed=slug)


def _look(_world: World, _brand_id: int, source: str) -> Mapping[str, object]:
    """Return what a draft says."""
    found = parse_card(source)
    if isinstance(found, tuple):
        raise BadInput(found)
    return {"card": found}


def _fact(locale: str, view: CardView, name: str) -> str:
    """Return a figure of a card in words; a dash for what nobody knows."""
    fact = view.assessed.profile.facts.get(name)
    return "–" if fact is None or fact.value is None else _shown(locale, view, name, fact)


def _shown(locale: str, view: CardView, name: str, fact: Fact) -> str:
    """Return a figure in words."""
    assert fact.value is not None
    if name in _SHARES:
        return show_share(fact.value)
    if name == "cost" and view.card.cost is not None:
        return f"{fact.value:g} {view.card.cost.currency}"
    if name in _MONEY:
        return f"{show_number(round(fact.value, 1))} {view.measured.currency}".rstrip()
    if name == "hours":
        return translate(locale, "console.cards.hours", n=f"{fact.value:.1f}")
    return show_number(round(fact.value, 1))


_EDITOR: Final = PlanEditor(
    KIND, "/channel-cards", "cards", _FIRST, _look, "partials/card_looked.html"
)
