"""What applying a folder would change: document by document in words, and in people."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.journeys import Journey
from huiliu.journeys.carrying import MIGRATE, InFlight
from huiliu.kernel.errors import BadInput
from huiliu.ports.world import World
from huiliu.segments import Segment
from huiliu.services.apply_segment import redefine
from huiliu.services.compare_documents import Change, compare_sources
from huiliu.services.fill_segment import ask_everybody
from huiliu.services.gates import GATES
from huiliu.services.in_flight import InFlightQuestion, look_in_flight
from huiliu.services.live import surroundings
from huiliu.services.read_folder import FolderFile
from huiliu.services.read_offers import KINDS, Offer, Proposal, read_offers

__all__ = ["EVERY", "DocumentPlan", "FolderPlan", "Members", "digest_of", "plan_folder", "way_of"]

#: Stands for every journey in a map of what is to become of people in flight.
EVERY: Final = ""


@dataclass(frozen=True, slots=True)
class Members:
    """What a definition would change in people."""

    slug: str
    n_before: int
    n_after: int
    n_entering: int
    n_leaving: int


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """What would become of one document."""

    kind: str
    slug: str
    #: The file that it stands in.
    file: str
    #: new, changed or same.
    state: str
    #: The newest version that is stored; 0 = none.
    version: int
    #: Of the file's canonical form.
    digest: str
    changes: Sequence[Change]
    #: Of a journey that people are in.
    in_flight: InFlightQuestion | None = None
    #: Of a segment.
    members: Members | None = None


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """What applying a folder would change, in the order in which it would."""

    documents: Sequence[DocumentPlan]
    #: (kind, slug) that the instance has and the folder has not: they stay as they are.
    only_here: Sequence[tuple[str, str]]
    #: Segments that are in no file and ask for some that are.
    dependents: Sequence[Members]

    @property
    def changed(self) -> list[DocumentPlan]:
        """Return the documents that are not as they are stored."""
        return [one for one in self.documents if one.state != "same"]


def plan_folder(
    world: World,
    brand_id: int,
    files: Sequence[FolderFile],
    in_flight: Mapping[str, InFlight] | None = None,
) -> FolderPlan:
    """Return what applying the documents of a folder would change; nothing is written.

    Args:
        world: the instance, its warehouse caught up.
        brand_id: whose documents.
        files: what stands in the folder.
        in_flight: journey -> what is to become of the people in it; EVERY = all others.

    Raises:
        BadInput: with every problem of every file, its path and line.
    """
    ways = in_flight or {}
    offers = [Offer(one.source, way_of(ways, one.slug), where=one.path) for one in files]
    with world.store.system() as tx:
        proposals, problems = read_offers(tx, world, brand_id, offers)
        if not problems:
            problems = [
                problem
                for one in proposals
                for gate in GATES
                for problem in gate(tx, world, brand_id, one, proposals)
            ]
        if problems:
            raise BadInput(tuple(problems))
        around = surroundings(tx, world, brand_id, {
            one.slug: one.source for one in proposals if one.kind == "segment"
        })  # fmt: skip
        only_here = [
            (kind, one.slug)
            for kind in KINDS
            for one in tx.documents.all(brand_id, kind)
            if one.state != "archived"
            and (kind, one.slug) not in {(each.kind, each.slug) for each in proposals}
        ]
    members, dependents = _members(world, brand_id, proposals)
    documents = []
    for one in proposals:
        changes = compare_sources(one.kind, one.before, one.source, around) if one.is_new else ()
        asked = _ask(world, brand_id, one, ways) if one.is_new and one.version else None
        documents.append(
            DocumentPlan(
                one.kind, one.slug, one.offer.where, _state(one), one.version,
                digest_of(one.source), changes, asked, members.get(one.slug)
                if one.kind == "segment" else None,
            )
        )  # fmt: skip
    return FolderPlan(documents, only_here, dependents)


def way_of(ways: Mapping[str, InFlight], slug: str) -> InFlight:
    """Return what is to become of the people in a journey."""
    return ways.get(slug) or ways.get(EVERY) or InFlight()


def digest_of(source: str) -> str:
    """Return what two equal sources have in common, and no others."""
    return hashlib.sha256(source.encode()).hexdigest()


def _state(one: Proposal) -> str:
    """Return the word for what would become of a document."""
    if not one.version or one.state == "archived":
        return "new"
    return "changed" if one.is_new else "same"


def _ask(
    world: World, brand_id: int, one: Proposal, ways: Mapping[str, InFlight]
) -> InFlightQuestion | None:
    """Return what a journey would mean for the people in it, if there are any."""
    if not isinstance(one.parsed, Journey):
        return None
    way = way_of(ways, one.slug)
    found = look_in_flight(world, brand_id, one.parsed, way if way.way == "migrate" else MIGRATE)
    return found if found.n_in_flight else None


def _members(
    world: World, brand_id: int, proposals: Sequence[Proposal]
) -> tuple[dict[str, Members], list[Members]]:
    """Return what segments would change in people, and those that ask for them."""
    changed = [one.parsed for one in proposals if isinstance(one.parsed, Segment) and one.is_new]
    if not changed:
        return {}, []
    planned = redefine(world, brand_id, changed)
    answers = ask_everybody(world, brand_id, planned.every)
    own = {one.slug for one in changed}
    found: dict[str, Members] = {}
    with world.store.transaction(brand_id) as tx:
        for answer in answers:
            slug, will = answer.segment.slug, answer.belongs
            had = tx.segments.member_ids(brand_id, slug)
            found[slug] = Members(slug, len(had), len(will), len(will - had), len(had - will))
    return found, [one for slug, one in found.items() if slug not in own]
