"""`huiliu card`: what each channel is for and can do, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_segment import read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.cli.planned import apply_plan, checked
from huiliu.forms import said_in
from huiliu.kernel.texts import Text, text
from huiliu.planning.assessment import Fact
from huiliu.planning.card import KIND, parse_card
from huiliu.services.channel_cards import CardView, assess_channels, remove_card, show_card
from huiliu.services.plan_data import assessment_json, card_json

__all__ = ["app"]

_BRAND = 1
#: Figures from here on are told without decimals.
_WHOLE_FROM = 1_000
_SHARES = frozenset({"activity", "newness", "conversion", "repurchase_rate", "receipt_rate",
                     "delivery_rate", "click_rate", "opt_out_rate"})  # fmt: skip

app = App(name="card", help=sentence("cli.card.help"))

Slug = Annotated[str, Parameter(help=sentence("cli.card.slug"))]
File = Annotated[Path, Parameter(help=sentence("cli.card.file"))]


@app.command(help=sentence("cli.card.check.help"))
def check(
    file: File,
    /,
    *,
    instance: Instance = HERE,  # noqa: ARG001 - says the language, as everywhere
    json: Json = False,
) -> None:
    """Say whether a card can be used."""
    card = checked(file, parse_card(read_file(file)))
    if json:
        emit({"slug": card.slug, "channel": card.channel, "state": card.state})
        return
    say(text("cards.ok", slug=card.slug, channel=card.channel))


@app.command(help=sentence("cli.card.apply.help"))
def apply(file: File, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a card live as a new version."""
    apply_plan(file, KIND, instance, json=json)


@app.command(name="list", help=sentence("cli.card.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print every card, the best first, and channels without one."""
    with open_instance(instance) as house:
        house.catch_up()
        found = assess_channels(house.world, _BRAND)
    if json:
        emit(assessment_json(found))
        return
    words = ("card", "channel", "state", "objective", "score", "size", "activity", "conversion",
             "steps", "hours")  # fmt: skip
    table([text(f"cards.column.{word}") for word in words],
          (_line(one) for one in (*found.used, *found.watched, *found.retired)))  # fmt: skip
    if found.uncarded:
        say(text("cards.uncarded", channels=", ".join(found.uncarded)))


@app.command(help=sentence("cli.card.show.help"))
def show(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one card with where each figure comes from and what it brought."""
    with open_instance(instance) as house:
        house.catch_up()
        view = show_card(house.world, _BRAND, slug)
    if json:
        emit(card_json(view) | {"source": view.card.source})
        return
    say(said_in(view.card.name, language()))
    table([text(f"cards.column.{word}") for word in ("fact", "value", "origin", "n")],
          ((text(f"cards.fact.{name}"), _shown(name, fact), text(f"cards.origin.{fact.origin}"),
            fact.n or "–") for name, fact in view.assessed.profile.facts.items()
           if fact.value is not None))  # fmt: skip
    table([text(f"cards.column.{word}") for word in ("criterion", "points", "weight")],
          ((text(f"cards.fact.{one.criterion}"),
            "–" if one.points is None else f"{one.points:.2f}", f"{one.weight:.0%}")
           for one in view.assessed.points))  # fmt: skip
    say(_score(view))


@app.command(help=sentence("cli.card.remove.help"))
def remove(slug: Slug, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a card out of use."""
    with open_instance(instance) as house:
        remove_card(house.world, _BRAND, slug)
    if json:
        emit({"slug": slug, "removed": True})
    else:
        say(text("plans.removed", slug=slug))


def _line(view: CardView) -> tuple[object, ...]:
    """Return a card as a line of a table."""
    card, facts = view.card, view.assessed.profile.facts
    score = view.assessed.score
    return (
        card.slug, card.channel, text(f"cards.state.{card.state}"),
        text(f"cards.objective.{card.objective}"), "–" if score is None else f"{score:.0f}",
        *(_shown(name, facts[name])
          for name in ("size", "activity", "conversion", "steps", "hours")),
    )  # fmt: skip


def _score(view: CardView) -> Text:
    """Return the score in words."""
    assessed = view.assessed
    if assessed.score is None:
        return text("cards.no_score", known=f"{assessed.known:.0%}")
    return text("cards.score", score=f"{assessed.score:.0f}", known=f"{assessed.known:.0%}",
                measured=f"{assessed.measured:.0%}")  # fmt: skip


def _shown(name: str, fact: Fact) -> str:
    """Return a figure in words."""
    if fact.value is None:
        return "–"
    if name in _SHARES:
        return f"{fact.value:.1%}"
    return f"{fact.value:,.4g}" if abs(fact.value) < _WHOLE_FROM else f"{fact.value:,.0f}"
