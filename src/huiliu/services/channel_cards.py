"""Channel cards in use: what was typed in beside what was measured, scored, and reviewed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.kernel.errors import EngineFailed, NotFound, Unavailable
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, local_datetime
from huiliu.messages.suppliers import supplier_of
from huiliu.planning.assessment import Assessed, Fact, Origin, Profile, assess, better_known
from huiliu.planning.card import KIND, Card, parsed_card
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.figures import today
from huiliu.services.measure_channels import MEASURES, Measured, measure_channels
from huiliu.services.own_tasks import open_own_task

__all__ = [
    "Assessment",
    "CardView",
    "Survey",
    "assess_channels",
    "note_reviews",
    "remove_card",
    "show_card",
]

_REVIEW_WITHIN: Final = 21 * DAY
_MONTH: Final = 30


@dataclass(frozen=True, slots=True)
class Survey:
    """A form that asked people about a channel."""

    slug: str
    #: How often it was filled in, in the last 30 days.
    n_taken: int
    is_there: bool


@dataclass(frozen=True, slots=True)
class CardView:
    """One card with all that is known."""

    assessed: Assessed
    version: int
    published_at: int
    measured: Measured
    #: Of its account: what it may send, where that is known.
    limits: Mapping[str, int]
    #: The account is there.
    has_account: bool
    #: People who gave a right to one message, and how many rights are free; None = no such thing.
    credits: tuple[int, int] | None
    surveys: Sequence[Survey] = ()

    @property
    def card(self) -> Card:
        """Return the card."""
        return self.assessed.profile.card

    @property
    def reviewed(self) -> dt.date | None:
        """Return when somebody last looked whether it holds."""
        return self.card.reviewed


@dataclass(frozen=True, slots=True)
class Assessment:
    """All cards on one page."""

    used: Sequence[CardView]
    watched: Sequence[CardView]
    retired: Sequence[CardView] = ()
    #: What was measured ends here; None = the warehouse is away, so nothing was measured.
    measured_on: dt.date | None = None
    #: Channels on which things happen and of which there is no card.
    uncarded: Sequence[str] = field(default=())


def assess_channels(world: World, brand_id: int) -> Assessment:
    """Return every card in use, the best first, beside what was measured."""
    with world.store.transaction(brand_id) as tx:
        documents = [one for one in tx.documents.all(brand_id, KIND) if one.state == "live"]
    measured = _measure(world, brand_id)
    views = _views(world, brand_id, documents, measured or {})
    carded = {view.card.channel for view in views}
    return Assessment(
        used=[one for one in views if one.card.state == "used"],
        watched=[one for one in views if one.card.state == "watched"],
        retired=[one for one in views if one.card.state == "retired"],
        measured_on=None if measured is None else today(world),
        uncarded=sorted(name for name in measured or {} if name and name not in carded),
    )


def show_card(world: World, brand_id: int, slug: str) -> CardView:
    """Return one card in use as it stands among all others; raise NotFound."""
    found = assess_channels(world, brand_id)
    for view in (*found.used, *found.watched, *found.retired):
        if view.card.slug == slug:
            return view
    raise NotFound(KIND, slug)


def remove_card(world: World, brand_id: int, slug: str) -> None:
    """Take a card out of use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        if tx.documents.latest(brand_id, KIND, slug).state == "archived":
            raise NotFound(KIND, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")


def note_reviews(tx: Tx, world: World, brand_id: int) -> int:
    """Open a task a quarter for each watched channel, and one when its trial is over."""
    now = world.clock.now()
    here = local_datetime(now, world.zone).date()
    quarter = f"{here.year}-Q{(here.month + 2) // 3}"
    n_opened = 0
    for document in tx.documents.all(brand_id, KIND):
        if document.state != "live":
            continue
        card = parsed_card(document.source)
        if card.state != "watched" or _is_fresh(card, document, here, world.zone):
            continue
        until = card.trial.until if card.trial else None
        is_over = until is not None and until < here
        key = "cards.task.trial_over" if is_over else "cards.task.review"
        said = text(
            key, slug=card.slug, quarter=quarter,
            question=(card.trial.question if card.trial else "") or "-",
        )  # fmt: skip
        n_opened += open_own_task(
            tx, brand_id, said, f"/channel-cards/{card.slug}", "card review", card.slug, quarter,
            key, now=now, due_at=now + _REVIEW_WITHIN, assignee=card.owner,
        )  # fmt: skip
    return n_opened


def _is_fresh(card: Card, document: Document, here: dt.date, zone: str) -> bool:
    """Say whether a card was written or looked at in this very quarter."""
    made = local_datetime(document.created_at, zone).date()
    last = max(made, card.reviewed) if card.reviewed else made
    return (last.year, (last.month + 2) // 3) == (here.year, (here.month + 2) // 3)


def _measure(world: World, brand_id: int) -> Mapping[str, Measured] | None:
    """Return what was measured of each channel; None = the warehouse is away."""
    try:
        return measure_channels(world, brand_id)
    except (Unavailable, EngineFailed):
        return None


def _views(
    world: World,
    brand_id: int,
    documents: Sequence[Document],
    measured: Mapping[str, Measured],
) -> list[CardView]:
    """Return the cards of documents, assessed together, the best first."""
    of = {one.slug: one for one in documents}
    nothing = Measured()
    profiles = [
        _profile(card, measured.get(card.channel, nothing))
        for card in (parsed_card(one.source) for one in documents)
    ]
    assessed = assess(profiles)
    with world.store.transaction(brand_id) as tx:
        accounts = {(one.channel, one.name): one for one in tx.channels.accounts(brand_id)}
        forms = {one.slug for one in tx.documents.all(brand_id, "form") if one.state != "archived"}
        since = world.clock.now() // DAY - _MONTH
        views = []
        for one in assessed:
            card = one.profile.card
            account = accounts.get((card.channel, card.account))
            limits = {}
            if account is not None:
                supplier = supplier_of(account.name, account.config)
                limits = {"rate": supplier.rate, "daily_quota": supplier.daily_quota}
            views.append(
                CardView(
                    one, of[card.slug].version, of[card.slug].created_at,
                    measured.get(card.channel, nothing),
                    {name: most for name, most in limits.items() if most}, account is not None,
                    _credits(tx, world, brand_id, card.channel),
                    [
                        Survey(slug, _taken(tx, brand_id, slug, since), slug in forms)
                        for slug in card.surveys
                    ],
                )
            )  # fmt: skip
    return views


def _profile(card: Card, measured: Measured) -> Profile:
    """Return what is known of a card's channel."""
    entered: Mapping[str, float | None] = {
        "size": card.size, "activity": card.activity, "steps": card.steps, "hours": card.hours,
    }  # fmt: skip
    facts = {
        name: better_known(measured.facts.get(name, (None, 0)), entered.get(name))
        for name in MEASURES
    }
    cost = None if card.cost is None else float(card.cost.amount)
    facts["cost"] = better_known((None, 0), cost)
    known = Fact(float(len(card.features)), Origin.ENTERED) if card.features else None
    facts |= {"features": known} if known else {}
    return Profile(card, facts)


def _credits(tx: Tx, world: World, brand_id: int, channel: str) -> tuple[int, int] | None:
    """Return how many people gave a right to one message on a channel, and how many are free."""
    counted = tx.credits.counts(brand_id, channel, world.clock.now())
    if not counted:
        return None
    return sum(one.n_people for one in counted), sum(one.n_free for one in counted)


def _taken(tx: Tx, brand_id: int, slug: str, since: int) -> int:
    """Return how often a form was filled in since a day."""
    counts = tx.forms.counts(brand_id, slug, since)
    return sum(n for (_, what), n in counts.items() if what == "taken")
