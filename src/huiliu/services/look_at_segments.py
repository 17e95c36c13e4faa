"""Segments as the console shows them: who is in, and how many would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiliu.conditions import Condition
from huiliu.kernel.errors import NotFound
from huiliu.kernel.texts import Text
from huiliu.ports import Document, World
from huiliu.services.audience import count, read_segment

__all__ = ["Counted", "SegmentPage", "SegmentRow", "count_source", "list_segments", "show_segment"]

_KIND = "segment"
_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment of the list."""

    document: Document
    name: Mapping[str, str]
    sentence: Text
    n_members: int


@dataclass(frozen=True, slots=True)
class SegmentPage:
    """One segment with a page of its members."""

    row: SegmentRow
    note: str
    #: (since, profile_id), newest first.
    members: Sequence[tuple[int, int]]
    next: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many present people a condition holds now."""

    n: int
    n_people: int
    sentence: Text

    @property
    def share(self) -> float | None:
        """Return the share of all people; None where there are none."""
        return self.n / self.n_people if self.n_people else None


def list_segments(world: World, brand_id: int) -> list[SegmentRow]:
    """Return every segment in use by slug with its members of this moment."""
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.all(brand_id, _KIND)
        counts = tx.segments.counts(brand_id)
    return [
        _row(world, document, counts.get(document.slug, 0))
        for document in documents
        if document.state != "archived"
    ]


def show_segment(
    world: World, brand_id: int, slug: str, before: tuple[int, int] | None = None
) -> SegmentPage:
    """Return a segment and a page of its members.

    Raises:
        NotFound: there is no such segment in use.
    """
    with world.store.transaction(brand_id) as tx:
        document = tx.documents.latest(brand_id, _KIND, slug)
        if document.state == "archived":
            raise NotFound(_KIND, slug)
        n_members = tx.segments.counts(brand_id).get(slug, 0)
        members = tx.console.members(brand_id, slug, _PER_PAGE + 1, before)
    shown = members[:_PER_PAGE]
    segment = read_segment(world, brand_id, document.source)
    return SegmentPage(
        row=_row(world, document, n_members),
        note=segment.note,
        members=shown,
        next=shown[-1] if len(members) > _PER_PAGE else None,
    )


def count_source(world: World, brand_id: int, source: str) -> Counted:
    """Return how many people the segment of a YAML source would hold now.

    Raises:
        BadInput: with every problem, its path and line.
        Unavailable: the warehouse does not answer.
    """
    segment = read_segment(world, brand_id, source)
    return _counted(world, brand_id, segment.condition)


def _counted(world: World, brand_id: int, condition: Condition) -> Counted:
    """Return a condition's count beside the number of all people."""
    with world.store.transaction(brand_id) as tx:
        n_people = tx.console.n_people(brand_id)
    return Counted(count(world, brand_id, condition), n_people, condition.sentence())


def _row(world: World, document: Document, n_members: int) -> SegmentRow:
    """Return a segment's line of the list."""
    segment = read_segment(world, document.brand_id, document.source)
    return SegmentRow(document, segment.name, segment.sentence(), n_members)
