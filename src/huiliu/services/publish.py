"""The one seam through which a document goes live: console, command line, folders and library.

Checked with all that goes live beside it, judged by the gates, held where others have to agree
(propose.py), stored in one transaction with the audit, and only then are people in flight carried
over, a chunk a transaction. Whoever dies on the way leaves either nothing or a publication that the
worker finishes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

from huiliu.conditions import Mentions
from huiliu.journeys import Journey
from huiliu.journeys.carrying import PIN, InFlight
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Overtaken
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.segments import Segment
from huiliu.services.apply_segment import (
    Applied,
    PreparedSegments,
    lock_for_segments,
    prepare_segments,
)
from huiliu.services.carry_over import carry_over, finish_drained
from huiliu.services.compare_documents import compare_sources
from huiliu.services.fill_segment import give_up
from huiliu.services.gates import GATES
from huiliu.services.live import surroundings
from huiliu.services.project import CONSUMER
from huiliu.services.propose import approvals_in_force, hold
from huiliu.services.read_offers import Offer, Proposal, read_offers
from huiliu.services.store_documents import Published, Storing
from huiliu.services.tell_news import tell_all_news
from huiliu.tags import Tag

__all__ = [
    "Published",
    "publish",
    "publish_all",
    "publish_segment",
    "publish_tags",
    "roll_back",
]

#: How often everything is read again because somebody changed a document meanwhile.
_TRIES: Final = 5


def publish(  # noqa: PLR0913 - what, whose, by whom, and over whom
    world: World,
    brand_id: int,
    source: str | bytes,
    by: str,
    in_flight: InFlight = PIN,
    *,
    expects: int | None = None,
    kind: str = "",
) -> Published:
    """Make one document live.

    Args:
        world: the instance.
        brand_id: whose document.
        source: its YAML.
        by: who does it, for the audit.
        in_flight: what is to become of the people in older versions of a journey.
        expects: the newest version that its author saw, 0 = none; None = whichever.
        kind: what it has to be; "" = whatever it says that it is.

    Raises:
        BadInput: with every problem, its path and line.
        Overtaken: somebody published another version meanwhile.
        AwaitsApproval: several departments decide about it together.
    """
    offer = Offer(source, in_flight, expects, kind=kind)
    return publish_all(world, brand_id, [offer], by)[0]


def publish_segment(world: World, brand_id: int, source: str | bytes, by: str) -> Applied:
    """Make a segment live and say what became of its members; raises as `publish` does."""
    done = publish(world, brand_id, source, by, kind="segment").segment
    assert done is not None
    return done


def publish_tags(
    world: World, brand_id: int, tags: Sequence[Tag], by: str
) -> tuple[Published, ...]:
    """Make tags live that were read already, such as those of the library."""
    offers = [Offer(tag.source(), kind="tag") for tag in tags]
    return publish_all(world, brand_id, offers, by)


def publish_all(
    world: World,
    brand_id: int,
    offers: Sequence[Offer],
    by: str,
    settle: Callable[[Tx], bool] | None = None,
) -> tuple[Published, ...]:
    """Make documents live together, all or none; they may name each other.

    Args:
        world: the instance.
        brand_id: whose documents.
        offers: what is to go live.
        by: who does it, for the audit.
        settle: of documents that were decided about: notes in the transaction that stores them
            that they are live now; False = they may not go live any more.

    Raises:
        BadInput: with every problem of all of them, its path and line.
        Overtaken: somebody published another version of one of them meanwhile.
        Conflict: the brand's documents kept changing meanwhile, or `settle` says no.
        AwaitsApproval: several departments decide about them together.
    """
    for _ in range(_TRIES):
        ready = _Ready.read(world, brand_id, offers, by, settle)
        done = ready.store(by)
        if done is None:
            continue
        if ready.segments is not None:
            tell_all_news(world)
        while carry_over(world):
            pass
        finish_drained(world)
        return done
    raise Conflict("documents", "documents at rest", "documents that change")


def roll_back(
    world: World,
    brand_id: int,
    named: tuple[str, str],
    by: str,
    version: int = 0,
    in_flight: InFlight = PIN,
) -> Published:
    """Make an earlier version the newest again: it goes live anew, as any other.

    Args:
        world: the instance.
        brand_id: whose document.
        named: its kind and slug.
        by: who does it.
        version: which one; 0 = the one before the newest.
        in_flight: what is to become of the people in other versions of a journey.

    Raises:
        NotFound: there is no such version.
    """
    kind, slug = named
    with world.store.transaction(brand_id) as tx:
        latest = tx.documents.latest(brand_id, kind, slug)
        wanted = version or latest.version - 1
        if wanted < 1:
            raise NotFound(kind, f"{slug} version {wanted}")
        source = tx.documents.version(brand_id, kind, slug, wanted).source
    return publish(world, brand_id, source, by, in_flight, expects=latest.version)


@dataclass(slots=True)
class _Ready:
    """Documents that were read and judged, and what was prepared for them."""

    world: World
    brand_id: int
    proposals: Sequence[Proposal]
    #: What the brand's documents were when these were read.
    stamp: int
    #: None = no segment is among them.
    segments: PreparedSegments | None
    #: None = nobody had to decide.
    settle: Callable[[Tx], bool] | None

    @classmethod
    def read(
        cls,
        world: World,
        brand_id: int,
        offers: Sequence[Offer],
        by: str,
        settle: Callable[[Tx], bool] | None,
    ) -> _Ready:
        """Read and judge the documents, and prepare them while everything goes on."""
        rules = None
        with world.store.system() as tx:
            stamp = tx.documents.stamp(brand_id)
            proposals, problems = read_offers(tx, world, brand_id, offers)
            _refuse_overtaken(tx, world, brand_id, proposals)
            if not problems:
                problems = [
                    problem
                    for one in proposals
                    for gate in GATES
                    for problem in gate(tx, world, brand_id, one, proposals)
                ]
            if settle is None:
                rules = approvals_in_force(tx, brand_id)
        if problems:
            raise BadInput(tuple(problems))
        if rules is not None:
            hold(world, brand_id, proposals, rules, by)
        segments = [one.parsed for one in proposals if isinstance(one.parsed, Segment)]
        prepared = None
        if segments:
            names = _fact_events(proposals)
            prepared = prepare_segments(world, brand_id, segments, names)
        return cls(world, brand_id, proposals, stamp, prepared, settle)

    def store(self, by: str) -> tuple[Published, ...] | None:
        """Store all of it in one transaction; None when somebody changed a document meanwhile."""
        done = None
        try:
            with self.world.store.system() as tx:
                self._lock(tx)
                if tx.documents.stamp(self.brand_id) == self.stamp:
                    storing = Storing(tx, self.world, self.brand_id, by, self.segments)
                    stored = storing.run(self.proposals)
                    if self.settle is not None and not self.settle(tx):
                        raise Conflict("decision", "approved", "another state")
                    done = stored
        finally:
            if done is None:
                self._give_up()
        return done

    def _lock(self, tx: Tx) -> None:
        """Let whoever reads or moves what changes stand still, in one order everywhere."""
        journeys = any(isinstance(one.parsed, Journey) for one in self.proposals)
        if any(one.offer.in_flight.way != "pin" for one in self.proposals if journeys):
            # Nobody moves while it is asked who stands where.
            tx.runs.stand_still()
        if self.segments is not None:
            lock_for_segments(tx, self.segments)
        # Publishers take turns, so the stamp is looked at when nobody else can move it.
        tx.log.cursor(CONSUMER)

    def _give_up(self) -> None:
        """Take back what was written ahead."""
        if self.segments is not None:
            give_up(self.world, self.brand_id, self.segments.filling)


def _fact_events(proposals: Sequence[Proposal]) -> frozenset[str]:
    """Return the events whose facts journeys ask for."""
    found: list[frozenset[str]] = [
        one.parsed.fact_events for one in proposals if isinstance(one.parsed, Journey)
    ]
    return reduce(or_, found, Mentions().events)


def _refuse_overtaken(tx: Tx, world: World, brand_id: int, proposals: Sequence[Proposal]) -> None:
    """Raise Overtaken where another version is the newest than the one that its author saw."""
    for one in proposals:
        expects = one.offer.expects
        if expects is None or expects == one.version or one.before == one.source:
            continue
        around = surroundings(tx, world, brand_id)
        seen = ""
        if expects:
            seen = tx.documents.version(brand_id, one.kind, one.slug, expects).source
        changes = compare_sources(one.kind, seen, one.before, around)
        said = tuple(change.sentence() for change in changes)
        raise Overtaken(f"{one.kind} {one.slug}", expects, one.version, said)
