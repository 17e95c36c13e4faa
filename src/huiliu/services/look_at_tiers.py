"""Ladders and catalogues in use, for those who keep them: who stands where, what is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.ports.documents import Document
from huiliu.ports.exchanges import ExchangeFilter, ExchangeRow
from huiliu.ports.log import PROJECTOR
from huiliu.ports.store import Tx
from huiliu.ports.tiers import TierFact, TierGift, TierState
from huiliu.ports.world import World
from huiliu.rewards import reward_catalogue, tiers
from huiliu.rewards.reward_catalogue import RewardCatalogue, parsed_catalogue
from huiliu.rewards.tiers import Level, Tiers, parsed_tiers
from huiliu.services.member_tiers import follower

__all__ = [
    "CatalogueView",
    "LevelRow",
    "Membership",
    "Step",
    "TiersView",
    "list_catalogues",
    "list_exchanges",
    "list_tiers",
    "membership",
    "recount_tiers",
    "remove_catalogue",
    "remove_tiers",
    "show_catalogue",
    "show_tiers",
    "tier_people",
]

#: Lines of a list.
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One level and how many people stand there."""

    level: Level
    n_people: int
    share: float


@dataclass(frozen=True, slots=True)
class TiersView:
    """One ladder and its people."""

    tiers: Tiers
    version: int
    levels: Sequence[LevelRow]
    n_people: int
    #: When the next level ends; None = nobody has one.
    next_due: int | None
    #: Events of the log that were not counted yet.
    n_behind: int


@dataclass(frozen=True, slots=True)
class Step:
    """Where a person stands on one ladder."""

    tiers: Tiers
    level: Level | None
    since: int
    until: int
    #: What counts of them now.
    measured: int
    #: None = they are at the top.
    next_level: Level | None


@dataclass(frozen=True, slots=True)
class Membership:
    """All about one person as a member."""

    steps: Sequence[Step]
    gifts: Sequence[TierGift]
    facts: Sequence[TierFact]
    exchanges: Sequence[ExchangeRow]


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """One catalogue and what of it is taken."""

    catalogue: RewardCatalogue
    version: int
    #: Item -> how many.
    taken: Mapping[str, int]


def list_tiers(world: World, brand_id: int) -> list[TiersView]:
    """Return every ladder in use."""
    with world.store.transaction(brand_id) as tx:
        return [_tiers_view(tx, brand_id, one) for one in _in_use(tx, brand_id, tiers.KIND)]


def show_tiers(world: World, brand_id: int, slug: str) -> TiersView:
    """Return one ladder in use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return _tiers_view(tx, brand_id, _one(tx, brand_id, tiers.KIND, slug))


def tier_people(
    world: World, brand_id: int, slug: str, level: str, limit: int = PAGE
) -> list[TierState]:
    """Return people of a level, those who count most first."""
    with world.store.transaction(brand_id) as tx:
        return tx.tiers.people(brand_id, slug, level, limit)


def membership(world: World, brand_id: int, profile_id: int) -> Membership:
    """Return where a person stands, what they were given, and what they took for points."""
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        ids = tx.people.histories(brand_id, [profile_id]).get(profile_id) or [profile_id]
        states = dict(tx.tiers.states_of(brand_id, [profile_id]))
        steps: list[Step] = []
        facts: list[TierFact] = []
        for document in _in_use(tx, brand_id, tiers.KIND):
            ladder = parsed_tiers(document.source)
            counted = tx.tiers.measures(brand_id, ladder.slug, ids, now - ladder.window)
            state = states.get(ladder.slug)
            rank = ladder.rank_of(state.level) if state else -1
            steps.append(Step(
                ladder, ladder.levels[rank] if rank >= 0 else None,
                state.since if state else 0, state.until if state else 0,
                sum(counted.values()), ladder.next_level(rank),
            ))  # fmt: skip
            facts += tx.tiers.facts_of(brand_id, ladder.slug, ids, PAGE)
        gifts = tx.tiers.gifts_of(brand_id, ids, PAGE)
        wanted = ExchangeFilter(profile_ids=ids)
        return Membership(steps, gifts, facts, tx.exchanges.list(brand_id, wanted, PAGE))


def recount_tiers(world: World, brand_id: int, slug: str) -> None:
    """Count anew from the log's beginning, as after a change of the measure; raise NotFound.

    Levels and gifts stay; whoever turns out to stand higher rises as the log is read.
    """
    with world.store.system() as tx:
        _one(tx, brand_id, tiers.KIND, slug)
        # The follower waits, so that nothing is counted between the two.
        tx.log.cursor(follower(slug))
        tx.tiers.forget(brand_id, slug)
        tx.log.move_cursor(follower(slug), 0)


def remove_tiers(world: World, brand_id: int, slug: str) -> None:
    """Take a ladder out of use; raise NotFound."""
    _remove(world, brand_id, tiers.KIND, slug)


def list_catalogues(world: World, brand_id: int) -> list[CatalogueView]:
    """Return every catalogue in use."""
    with world.store.transaction(brand_id) as tx:
        return [
            _catalogue_view(tx, brand_id, one)
            for one in _in_use(tx, brand_id, reward_catalogue.KIND)
        ]


def show_catalogue(world: World, brand_id: int, slug: str) -> CatalogueView:
    """Return one catalogue in use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return _catalogue_view(tx, brand_id, _one(tx, brand_id, reward_catalogue.KIND, slug))


def remove_catalogue(world: World, brand_id: int, slug: str) -> None:
    """Take a catalogue out of use; raise NotFound."""
    _remove(world, brand_id, reward_catalogue.KIND, slug)


def list_exchanges(world: World, brand_id: int, wanted: ExchangeFilter) -> list[ExchangeRow]:
    """Return a page of exchanges, newest first."""
    with world.store.transaction(brand_id) as tx:
        return tx.exchanges.list(brand_id, wanted, PAGE)


def _tiers_view(tx: Tx, brand_id: int, document: Document) -> TiersView:
    """Return a ladder and its people."""
    ladder = parsed_tiers(document.source)
    counts = tx.tiers.counts(brand_id, ladder.slug)
    n_people = sum(counts.values())
    rows = [
        LevelRow(one, counts.get(one.id, 0), counts.get(one.id, 0) / n_people if n_people else 0.0)
        for one in ladder.levels
    ]
    behind = tx.log.peek_cursor(PROJECTOR) - tx.log.peek_cursor(follower(ladder.slug))
    return TiersView(
        ladder, document.version, rows, n_people, tx.tiers.next_due(brand_id, ladder.slug),
        max(behind, 0),
    )  # fmt: skip


def _catalogue_view(tx: Tx, brand_id: int, document: Document) -> CatalogueView:
    """Return a catalogue and what of it is taken."""
    found = parsed_catalogue(document.source)
    return CatalogueView(found, document.version, tx.exchanges.taken(brand_id, found.slug))


def _in_use(tx: Tx, brand_id: int, kind: str) -> list[Document]:
    """Return the documents of a kind that are live."""
    return [one for one in tx.documents.all(brand_id, kind) if one.state == "live"]


def _one(tx: Tx, brand_id: int, kind: str, slug: str) -> Document:
    """Return a document in use; raise NotFound."""
    found = tx.documents.latest(brand_id, kind, slug)
    if found.state == "archived":
        raise NotFound(kind, slug)
    return found


def _remove(world: World, brand_id: int, kind: str, slug: str) -> None:
    """Take a document out of use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        _one(tx, brand_id, kind, slug)
        tx.documents.set_state(brand_id, kind, slug, "archived")
