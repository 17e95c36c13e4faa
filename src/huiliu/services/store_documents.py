"""The one transaction in which documents go live: versions, members, facts, and the audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from huiliu.advertising.audience import AdAudience
from huiliu.conditions import Mentions
from huiliu.journeys import HELD_OUT, Journey, parsed
from huiliu.journeys.carrying import plan_moves
from huiliu.kernel.errors import BadInput
from huiliu.messages.template import Template
from huiliu.ports.documents import Document
from huiliu.ports.publications import Publication, Standing
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.ad_audiences import put_audience_state
from huiliu.services.apply_journey import put_journey
from huiliu.services.apply_segment import Applied, PreparedSegments, put_segments
from huiliu.services.apply_tag import put_tags
from huiliu.services.apply_template import put_template
from huiliu.services.backfill import NOT_AHEAD, backfill_facts
from huiliu.services.backfill_further import backfill_further
from huiliu.services.live import live, surroundings
from huiliu.services.read_offers import KINDS, Proposal
from huiliu.tags import Tag

__all__ = ["Published", "Storing"]


@dataclass(frozen=True, slots=True)
class Published:
    """One document that is live now."""

    kind: str
    slug: str
    version: int
    #: False = the newest version said the same already.
    is_new: bool
    #: People in older versions of a journey when it went live, and what is done with them.
    n_in_flight: int = 0
    in_flight: str = "pin"
    #: Facts of events that were filled in from the log.
    n_facts: int = 0
    #: What became of the members of a segment.
    segment: Applied | None = None


@dataclass(slots=True)
class Storing:
    """Documents on their way, in a transaction that holds the locks."""

    tx: Tx
    world: World
    brand_id: int
    by: str
    #: None = no segment is among them.
    prepared: PreparedSegments | None

    def run(self, proposals: Sequence[Proposal]) -> tuple[Published, ...]:
        """Store kind by kind, as what is named comes before what names it; answer in their order.

        Raises:
            BadInput: somebody stands at a node for which the map has no place.
        """
        done: dict[tuple[str, str], Published] = {}
        for kind in KINDS:
            mine = [one for one in proposals if one.kind == kind]
            for one in _WRITERS.get(kind, Storing.plain)(self, mine) if mine else ():
                done[one.kind, one.slug] = one
        return tuple(done[one.kind, one.slug] for one in proposals)

    def templates(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store templates."""
        done = []
        for one in proposals:
            assert isinstance(one.parsed, Template)
            document, is_new = put_template(self.tx, self.world, self.brand_id, one.parsed, self.by)
            done.append(self._noted(one, Published("template", one.slug, document.version, is_new)))
        return done

    def tags(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store tags."""
        tags = [one.parsed for one in proposals if isinstance(one.parsed, Tag)]
        stored = put_tags(self.tx, self.world, self.brand_id, tags, self.by)
        return [
            self._noted(one, Published("tag", one.slug, each.version, each.is_new))
            for one, each in zip(proposals, stored, strict=True)
        ]

    def segments(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store segments and write their members."""
        assert self.prepared is not None
        stored = put_segments(self.tx, self.world, self.brand_id, self.prepared, self.by)
        return [
            self._noted(one, Published("segment", one.slug, each.version, one.is_new, segment=each))
            for one, each in zip(proposals, stored, strict=True)
        ]

    def journeys(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store journeys, and write down what is to become of the people in flight."""
        ahead = self.prepared.ahead if self.prepared is not None else NOT_AHEAD
        done = []
        for one in proposals:
            assert isinstance(one.parsed, Journey)
            put = put_journey(self.tx, self.world, self.brand_id, one.parsed, self.by, ahead)
            version = put.document.version
            moving = self._in_flight(one, one.parsed, version)
            published = Published(
                "journey", one.slug, version, put.is_new, moving.n_in_flight, moving.in_flight,
                put.n_facts,
            )  # fmt: skip
            done.append(self._noted(one, published, moving))
        return done

    def policies(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store the policy; what people are worth is kept from now on where it asks for it."""
        before = live(self.tx, self.world, self.brand_id)
        done = self.plain(proposals)
        after = live(self.tx, self.world, self.brand_id)
        self.tx.policy.schedule(self.brand_id, self.world.clock.now())
        added = Mentions(tags=after.tags - before.tags)
        backfill_further(self.tx, self.world, self.brand_id, added, before.asked)
        return done

    def audiences(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store audiences at ad platforms, and have their people looked at."""
        done = self.plain(proposals)
        for one in proposals:
            assert isinstance(one.parsed, AdAudience)
            put_audience_state(self.tx, self.brand_id, one.parsed, self.world.clock.now())
        return done

    def promotions(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store promotions; what their conditions ask of people is kept from now on."""
        before = live(self.tx, self.world, self.brand_id)
        done = self.plain(proposals)
        after = live(self.tx, self.world, self.brand_id)
        backfill_facts(self.tx, self.brand_id, sorted(after.event_names - before.event_names))
        backfill_further(self.tx, self.world, self.brand_id, after.shelf.asked, before.asked)
        return done

    def plain(self, proposals: Sequence[Proposal]) -> list[Published]:
        """Store documents that are no more than themselves: lists, and tests of journeys."""
        done = []
        for one in proposals:
            written = Document(
                self.brand_id, one.kind, one.slug, 0, "live", one.source, self.world.clock.now(),
                self.by,
            )  # fmt: skip
            version = self.tx.documents.put(written).version
            done.append(self._noted(one, Published(one.kind, one.slug, version, one.is_new)))
        return done

    def _noted(
        self, one: Proposal, published: Published, moving: Publication | None = None
    ) -> Published:
        """Write down that a document went live, or that people are carried over to it."""
        found = moving or self._publication(one, published.version)
        if published.is_new or found.state != "done":
            self.tx.publications.record(found)
        return published

    def _publication(self, one: Proposal, version: int) -> Publication:
        """Return what is written down of a document."""
        at = self.world.clock.now()
        return Publication(self.brand_id, at, self.by, one.kind, one.slug, version, one.version)

    def _in_flight(self, one: Proposal, journey: Journey, version: int) -> Publication:
        """Return what is to become of the people in older versions."""
        found = self._publication(one, version)
        standing = [
            each
            for each in self.tx.publications.standing(self.brand_id, one.slug)
            if each.version < version
        ]
        found = replace(found, n_in_flight=sum(each.n_runs for each in standing))
        way = one.offer.in_flight.way
        if way == "migrate" and standing:
            moves = self._moves(one, journey, standing)
            self.tx.publications.supersede(self.brand_id, one.slug)
            return replace(found, in_flight=way, state="moving", moves=moves)
        # Whom the journey holds out does nothing, so nobody waits for them.
        if way == "drain" and any(each.node != HELD_OUT for each in standing):
            if one.state in {"live", "draining"}:
                self.tx.documents.set_state(self.brand_id, "journey", one.slug, "draining")
            return replace(found, in_flight=way, state="draining")
        return found

    def _moves(self, one: Proposal, journey: Journey, standing: Sequence[Standing]) -> str:
        """Return where people go, as it is kept.

        Raises:
            BadInput: somebody stands at a node for which the map has no place.
        """
        around = surroundings(self.tx, self.world, self.brand_id)
        olds = {}
        for version in sorted({each.version for each in standing}):
            held = self.tx.documents.version(self.brand_id, "journey", one.slug, version)
            olds[version] = parsed(held.source, around)
        occupied = {(each.version, each.node) for each in standing}
        moves, problems = plan_moves(olds, journey, one.offer.in_flight, occupied)
        if problems:
            where = f"{one.offer.where}: " if one.offer.where else ""
            raise BadInput(tuple(replace(found, path=f"{where}{found.path}") for found in problems))
        return msgspec.json.encode(moves).decode()


_WRITERS: Final[Mapping[str, Callable[[Storing, Sequence[Proposal]], list[Published]]]] = {
    "pack": Storing.plain,
    "brief": Storing.plain,
    "template": Storing.templates,
    "tag": Storing.tags,
    "segment": Storing.segments,
    "journey": Storing.journeys,
    "policy": Storing.policies,
    "test": Storing.plain,
    "list": Storing.plain,
    "form": Storing.plain,
    "permission": Storing.plain,
    "ad_audience": Storing.audiences,
    "promotion": Storing.promotions,
}
