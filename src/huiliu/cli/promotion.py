"""`huiliu promotion`: promotions are checked, applied, looked at, and tried on a basket."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from huiliu.bootstrap import open_instance
from huiliu.cli.asked_person import asked_person
from huiliu.cli.asked_segment import in_file, read_file
from huiliu.cli.language import language, sentence
from huiliu.cli.options import HERE, Instance, Json
from huiliu.cli.output import emit, say, table
from huiliu.forms import said_in
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.rewards.pricing import Pricing
from huiliu.services.draft_reward import Trial, draft_promotion, try_basket
from huiliu.services.look_at_promotions import (
    list_promotions,
    set_reward_state,
    show_promotion,
)
from huiliu.services.publish import publish
from huiliu.services.reward_data import pricing_json
from huiliu.services.reward_listing import promotion_json

__all__ = ["app"]

_BRAND = 1
_KIND = "promotion"

app = App(name="promotion", help=sentence("cli.promotion.help"))

Name = Annotated[str, Parameter(help=sentence("cli.promotion.name"))]


@app.command(help=sentence("cli.promotion.check.help"))
def check(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Say whether a promotion can be used, and what it gives."""
    source = read_file(file)
    with open_instance(instance) as house:
        try:
            found = draft_promotion(house.world, _BRAND, source)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    if json:
        emit({"slug": found.slug, "effect": found.effect_kind, "limited": found.is_limited})
    else:
        say(text("promotions.ok", slug=found.slug, effect=found.effect.sentence()))


@app.command(help=sentence("cli.promotion.apply.help"))
def apply(file: Path, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Make a promotion live as a new version."""
    with open_instance(instance) as house:
        try:
            done = publish(house.world, _BRAND, read_file(file), "cli", kind=_KIND)
        except BadInput as fault:
            raise in_file(str(file), fault) from fault
    if json:
        emit({"slug": done.slug, "version": done.version, "new": done.is_new})
    else:
        say(text("promotions.applied", slug=done.slug, version=done.version))


@app.command(name="list", help=sentence("cli.promotion.list.help"))
def list_(*, instance: Instance = HERE, json: Json = False) -> None:
    """Print the promotions in use and what they gave in 30 days."""
    with open_instance(instance) as house:
        found = list_promotions(house.world, _BRAND)
    if json:
        emit([promotion_json(one) for one in found])
        return
    columns = ("promotion", "name", "benefit", "state", "orders_30")
    table(
        [text(f"promotions.column.{word}") for word in columns],
        (
            (one.promotion.slug, said_in(one.promotion.name, language()),
             one.promotion.effect.sentence(), text(f"console.rewards.state.{one.state}"),
             one.n_redeemed)
            for one in found
        ),
    )  # fmt: skip


@app.command(help=sentence("cli.promotion.show.help"))
def show(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Print one promotion: what it gave, what is left of it, its document."""
    with open_instance(instance) as house:
        view = show_promotion(house.world, _BRAND, name)
    if json:
        emit(promotion_json(view) | {"source": view.promotion.source})
        return
    say(view.promotion.effect.sentence())
    say(text(f"console.rewards.state.{view.state}"))
    say(view.promotion.source.rstrip("\n"))


@app.command(name="try", help=sentence("cli.promotion.try.help"))
def try_(  # noqa: PLR0913 - what, for whom, by which codes, when, beside which drafts
    basket: Annotated[str, Parameter(help=sentence("cli.promotion.basket"))],
    /,
    *,
    code: Annotated[tuple[str, ...], Parameter(help=sentence("cli.promotion.code"))] = (),
    person: Annotated[str, Parameter(help=sentence("cli.promotion.person"))] = "",
    at: Annotated[str, Parameter(help=sentence("cli.promotion.at"))] = "",
    draft: Annotated[tuple[Path, ...], Parameter(help=sentence("cli.promotion.draft"))] = (),
    instance: Instance = HERE,
    json: Json = False,
) -> None:
    """Price a basket line by line; nothing is taken of any limit."""
    given = sys.stdin.read() if basket == "-" else read_file(Path(basket))
    try:
        tree = msgspec.json.decode(given)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise BadInput((Problem("basket", text("api.not_an_object")),)) from fault
    with open_instance(instance) as house:
        house.catch_up()
        instant = as_instant(at, house.world.zone) if at else 0
        if instant is None:
            raise BadInput((Problem("at", text("rewards.want_moment")),))
        who = asked_person(house.world, _BRAND, person) if person else None
        drafts = [_text(read_file(one)) for one in draft]
        found = try_basket(house.world, _BRAND, Trial(tree, who, code, instant, drafts))
    if json:
        emit(pricing_json(found))
    else:
        _tell(found)


@app.command(help=sentence("cli.promotion.pause.help"))
def pause(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let a promotion count no more until it is resumed."""
    _state(name, "paused", instance, json=json)


@app.command(help=sentence("cli.promotion.resume.help"))
def resume(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Let a paused promotion count again."""
    _state(name, "live", instance, json=json)


@app.command(help=sentence("cli.promotion.remove.help"))
def remove(name: Name, /, *, instance: Instance = HERE, json: Json = False) -> None:
    """Take a promotion out of use; what it gave stays on record."""
    _state(name, "archived", instance, json=json)


def _state(name: str, state: str, instance: Path, *, json: bool) -> None:
    """Set a promotion's state."""
    with open_instance(instance) as house:
        set_reward_state(house.world, _BRAND, _KIND, name, state)
    if json:
        emit({"slug": name, "state": state})
    else:
        say(text(f"promotions.done.{state}", slug=name))


def _text(source: str | bytes) -> str:
    """Return a document as text."""
    return source if isinstance(source, str) else source.decode("utf-8", "replace")


def _tell(found: Pricing) -> None:
    """Print a price line by line, then what does not count."""
    currency = found.basket.currency
    for one in found.lines:
        say(f"{one.line.sku} × {one.line.quantity}  {_amount(one.total, currency)}")
        for part in one.parts:
            say(text("promotions.part", amount=_amount(part.discount, currency),
                     promotion=part.promotion, because=part.because))  # fmt: skip
    for refused in found.refused:
        say(text("promotions.refused", what=refused.promotion or refused.code, why=refused.why))
    say(text("promotions.total", discount=_amount(found.discount, currency),
             total=_amount(found.total, currency)))  # fmt: skip


def _amount(minor: int, currency: str) -> str:
    """Return an amount of money."""
    return str(Money(minor, currency))
