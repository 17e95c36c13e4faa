"""Makes a journey live: checked, stored as a new version, its facts filled, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from huiliu.journeys import Journey, Known, check_known, parse
from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.backfill import NOT_AHEAD, Ahead, backfill_facts
from huiliu.services.backfill_further import backfill_further
from huiliu.services.live import live, surroundings
from huiliu.services.sweep import change_state

__all__ = [
    "AppliedJourney",
    "apply_journey",
    "check_journey",
    "held_document",
    "is_given",
    "known_names",
    "put_journey",
    "set_journey_state",
]

_KIND = "journey"


@dataclass(frozen=True, slots=True)
class AppliedJourney:
    """What applying led to."""

    document: Document
    #: False when the newest version says the same already.
    is_new: bool
    #: Facts that were filled in from the log.
    n_facts: int


def check_journey(
    tx: Tx, world: World, brand_id: int, source: str | bytes
) -> tuple[Journey | None, tuple[Problem, ...]]:
    """Return the journey of a document and everything that keeps it from running here."""
    journey, problems = parse(source, surroundings(tx, world, brand_id))
    if journey is None:
        return None, problems
    return journey, check_known(journey, source, known_names(tx, world, brand_id))


def known_names(tx: Tx, world: World, brand_id: int) -> Known:
    """Return what there is in a brand for journeys to name."""
    known = live(tx, world, brand_id)
    return Known(
        templates={slug: template.face for slug, template in known.templates.items()},
        lists={one.slug for one in tx.documents.all(brand_id, "list") if one.state == "live"},
        journeys={slug: each.journey.entry.kind for slug, each in known.journeys.items()},
        refused=world.outbound.problem,
        audiences={
            one.slug for one in tx.documents.all(brand_id, "ad_audience") if one.state == "live"
        },
        coupons={one.slug for one in tx.documents.all(brand_id, "coupon") if one.state == "live"},
        given_tags={
            one.slug
            for one in tx.documents.all(brand_id, "tag")
            if one.state == "live" and is_given(one.source)
        },
    )


@lru_cache(maxsize=1024)
def is_given(source: str) -> bool:
    """Say whether a tag's document lets journeys give its value."""
    value = load(source).tree.get("value")
    return isinstance(value, dict) and "given" in value


def apply_journey(world: World, brand_id: int, source: str | bytes, by: str) -> AppliedJourney:
    """Store a journey as its slug's newest version and let it run.

    Runs under way stay with the version that they began with. A paused journey stays paused.

    Raises:
        BadInput: it has problems; all of them, with lines.
    """
    with world.store.system() as tx:
        journey, problems = check_journey(tx, world, brand_id, source)
        if journey is None or problems:
            raise BadInput(problems)
        return put_journey(tx, world, brand_id, journey, by)


def put_journey(
    tx: Tx,
    world: World,
    brand_id: int,
    journey: Journey,
    by: str,
    ahead: Ahead = NOT_AHEAD,
) -> AppliedJourney:
    """Do the same inside a transaction, with a journey that was checked.

    Args:
        tx: the transaction.
        world: the instance.
        brand_id: whose journey.
        journey: what to make live.
        by: who does it.
        ahead: how far the facts that it asks for were filled while nobody waited.
    """
    before = live(tx, world, brand_id)
    held = held_document(tx, brand_id, _KIND, journey.slug)
    written = Document(
        brand_id, _KIND, journey.slug, 0, held.state if held else "live", journey.source(),
        world.clock.now(), by,
    )  # fmt: skip
    document = tx.documents.put(written)
    asked = live(tx, world, brand_id).event_names - before.event_names
    n_facts = backfill_facts(tx, brand_id, sorted(asked - ahead.names))
    n_facts += backfill_facts(tx, brand_id, sorted(asked & ahead.names), first=ahead.reached)
    backfill_further(tx, world, brand_id, journey.mentions, before.asked)
    is_new = held is None or held.version != document.version
    return AppliedJourney(document, is_new, n_facts + ahead.n_facts)


def set_journey_state(world: World, brand_id: int, slug: str, state: str) -> int:
    """Pause a journey or let it run on; return how many runs are under way.

    A paused journey begins no run, moves none and sends nothing; what ends a run still ends it.

    Raises:
        NotFound: there is no such journey.
        Conflict: it was stopped, and what it had under way is still being ended.
    """
    with world.store.system() as tx:
        if state == "live" and any(
            one.state == "draining" for one in tx.publications.open_for(brand_id, slug)
        ):
            # An older version has not run empty yet: until then nobody enters.
            state = "draining"
        return change_state(tx, world, brand_id, slug, state)


def held_document(tx: Tx, brand_id: int, kind: str, slug: str) -> Document | None:
    """Return the newest version that is stored under a name, if there is one."""
    try:
        return tx.documents.latest(brand_id, kind, slug)
    except NotFound:
        return None
