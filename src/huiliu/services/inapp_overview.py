"""The in-app messages of a brand: how far people went with each, and taking one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.times import DAY
from huiliu.messages.inapp import CHANNEL, Card
from huiliu.messages.rendering import Template
from huiliu.messages.runs import BLANK, runs
from huiliu.ports.inapp import CardRow, Funnel
from huiliu.ports.world import World
from huiliu.services.find_people import find_person
from huiliu.services.inapp_cards import open_cards
from huiliu.services.list_templates import TemplateRow, list_templates

__all__ = [
    "InAppRow",
    "PersonCard",
    "cards_of",
    "forget_cards",
    "is_open",
    "kind_of",
    "list_inapp",
    "show_inapp",
    "withdraw",
]

#: Taken back in one transaction: a person's client waits no longer for it than this takes.
_BATCH: Final = 2_000
_MOST_CARDS: Final = 100
#: A year, and a month to look back at it.
_KEEP_FOR: Final = 400 * DAY


@dataclass(frozen=True, slots=True)
class InAppRow:
    """One in-app message in use, and what became of it."""

    row: TemplateRow
    #: inbox, card, popup or banner; "" = it differs.
    kind: str
    funnel: Funnel

    @property
    def template(self) -> Template:
        """Return the template."""
        return self.row.template


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One card of a person."""

    row: CardRow
    #: None = its words are gone with the person.
    card: Card | None


def list_inapp(world: World, brand_id: int, days: int = 30, kind: str = "") -> list[InAppRow]:
    """Return every in-app message in use, those changed last first.

    Args:
        world: the instance.
        brand_id: whose.
        days: cards laid out in so many days are counted.
        kind: only this one; "" = all.
    """
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        funnels = {one.template: one for one in tx.inapp.funnels(brand_id, now - days * DAY, now)}
    found = []
    for row in list_templates(world, brand_id):
        if row.template.channel == CHANNEL:
            slug = row.document.slug
            nothing = Funnel(slug, 0, 0, 0, 0, 0, 0, 0, 0)
            found.append(InAppRow(row, kind_of(row.template), funnels.get(slug, nothing)))
    return [one for one in found if kind in {"", one.kind}]


def show_inapp(world: World, brand_id: int, slug: str, days: int = 30) -> InAppRow:
    """Return one in-app message in use; raise NotFound."""
    for one in list_inapp(world, brand_id, days):
        if one.row.document.slug == slug:
            return one
    raise NotFound("template", slug)


def withdraw(world: World, brand_id: int, slug: str) -> int:
    """Take an in-app message back from everybody who has not closed it; return from how many.

    Raises:
        NotFound: there is no such in-app message.
    """
    show_inapp(world, brand_id, slug)
    n_taken = 0
    while True:
        with world.store.transaction(brand_id) as tx:
            n_now = tx.inapp.withdraw_template(brand_id, slug, world.clock.now(), _BATCH)
        n_taken += n_now
        if not n_now:
            return n_taken


def cards_of(world: World, brand_id: int, person: str) -> Sequence[PersonCard]:
    """Return a person's cards with those that are over, the newest first.

    Raises:
        NotFound: nobody has that id or identifier.
    """
    profile = find_person(world, brand_id, person)
    if profile is None:
        raise NotFound("profile", person)
    with world.store.transaction(brand_id) as tx:
        ids = tx.people.histories(brand_id, [profile]).get(profile, [profile])
        rows = tx.inapp.of_person(brand_id, ids, _MOST_CARDS)
        cards = open_cards(tx, world.secrets, brand_id, rows)
    return [PersonCard(row, cards.get(row.message_id)) for row in rows]


def forget_cards(world: World, now: int, limit: int) -> int:
    """Drop cards that ended longer ago than anyone looks back; return how many."""
    with world.store.system() as tx:
        return tx.inapp.forget(now - _KEEP_FOR, limit)


def is_open(world: World, brand_id: int) -> bool:
    """Say whether the brand has an account of the channel: without one nothing is laid out."""
    with world.store.transaction(brand_id) as tx:
        return any(one.channel == CHANNEL for one in tx.channels.accounts(brand_id))


def kind_of(template: Template) -> str:
    """Return where a template is met; "" = it differs by language or variant."""
    every = [template.locales, *template.variants.values()]
    found = {
        run.strip()
        for locales in every
        for pieces in locales.values()
        if "type" in pieces
        for run in runs(pieces["type"], {})
    }
    return found.pop() if len(found) == 1 and not any(BLANK in one for one in found) else ""
