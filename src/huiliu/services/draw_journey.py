"""A journey to be looked at: one version with what became of its runs, and all its versions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Filters
from huiliu.journeys import Exit, Journey, Matcher, parsed
from huiliu.kernel.texts import Text, text
from huiliu.ports import Document, World
from huiliu.services.count_journey import Counts, counts_of

__all__ = [
    "Drawing",
    "JourneyRow",
    "draw_journey",
    "end_words",
    "list_journeys",
    "matcher_words",
]

_KIND: Final = "journey"


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """One journey of the list."""

    document: Document
    name: Mapping[str, str]
    category: str
    #: The word of the table of entries: event, segment, once, every ...
    entry: str
    #: State of a run -> how many.
    runs: Mapping[str, int]

    @property
    def n_entered(self) -> int:
        """Return how many runs ever began."""
        return sum(self.runs.values())


@dataclass(frozen=True, slots=True)
class Drawing:
    """A journey's version with the counts of it, or of all versions."""

    document: Document
    journey: Journey
    counts: Counts
    #: Who enters, in words.
    begins: Text | str
    #: What ends a run early, in words.
    exits: Sequence[Text | str]
    goal: Text | str | None
    #: All versions, newest first.
    versions: Sequence[Document]
    #: Node -> where it stands on the canvas; empty where nobody moved it.
    positions: Mapping[str, Sequence[float]]

    @property
    def is_newest(self) -> bool:
        """Say whether no version is newer."""
        return self.document.version == self.versions[0].version

    @property
    def n_waiting(self) -> int:
        """Return how many runs rest at a node now."""
        return sum(count.n_waiting for count in self.counts.nodes.values())


def list_journeys(world: World, brand_id: int) -> list[JourneyRow]:
    """Return every journey by slug, with how its runs stand."""
    with world.store.transaction(brand_id) as tx:
        documents = tx.documents.all(brand_id, _KIND)
        runs = tx.console.run_counts(brand_id)
    return [
        _row(document, parsed(document.source), runs.get(document.slug, {}))
        for document in documents
    ]


def draw_journey(world: World, brand_id: int, slug: str, version: int | None = None) -> Drawing:
    """Return the newest version with the counts of all, or the one asked for with its own.

    Raises:
        NotFound: there is no such journey or version.
    """
    with world.store.transaction(brand_id) as tx:
        versions = tx.documents.versions(brand_id, _KIND, slug)
        newest = tx.documents.latest(brand_id, _KIND, slug)
        document = (
            newest if version is None else tx.documents.version(brand_id, _KIND, slug, version)
        )
        journey = parsed(document.source)
        counts = counts_of(tx, brand_id, journey, version or 0)
        positions = json.loads(tx.drafts.layout(brand_id, slug))
    return Drawing(
        document=document,
        journey=journey,
        counts=counts,
        begins=_begins(journey),
        exits=[end_words(exit_) for exit_ in journey.exits],
        goal=matcher_words(journey.goal.matcher) if journey.goal else None,
        versions=versions,
        positions=positions,
    )


def _row(document: Document, journey: Journey, runs: Mapping[str, int]) -> JourneyRow:
    """Return one journey of the list."""
    return JourneyRow(
        document, journey.header.name, journey.category, getattr(journey.entry, "kind", "event"),
        runs,
    )  # fmt: skip


def _begins(journey: Journey) -> Text | str:
    """Return in words what begins a run: an event, or a schedule."""
    schedule = getattr(journey.entry, "schedule", None)
    if schedule is not None:
        said: Text = schedule.sentence()
        return said
    return _event(journey.entry.event, journey.entry.where)


def end_words(exit_: Exit) -> Text | str:
    """Return in words what ends a run early."""
    if exit_.condition is not None:
        return exit_.condition.sentence()
    return matcher_words(exit_.matcher) if exit_.matcher is not None else ""


def matcher_words(matcher: Matcher) -> Text | str:
    """Return in words which events count."""
    return _event(matcher.event, matcher.where)


def _event(event: str, where: Filters | None) -> Text | str:
    """Return an event's name with its filters."""
    if where is None or not where.each:
        return event
    return text("console.node.event_where", event=event, filters=where.sentence())
