"""The question that publishing over people in flight asks, with its numbers.

Who stands where is counted. Which way people would take is found by stepping them, all where they
are few and a fair choice where they are many, with what is known of them now. Nobody is moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

import msgspec
from msgspec import structs

from huiliu.conditions import Mentions
from huiliu.journeys import HELD_OUT, Journey, Moment, Token, parsed, read_entry, scope_of, step
from huiliu.journeys.carrying import EXIT, MIGRATE, InFlight
from huiliu.journeys.diff import JourneyChange, differences
from huiliu.journeys.explain import explain
from huiliu.journeys.likeness import renamed
from huiliu.kernel.errors import BadInput
from huiliu.kernel.facts import NO_FACTS, Facts
from huiliu.kernel.texts import Text
from huiliu.ports.messages import HELD
from huiliu.ports.runs import RunRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.backfill import backfill_ahead
from huiliu.services.live import live, surroundings
from huiliu.services.read_offers import Offer, read_offers

__all__ = ["InFlightQuestion", "Place", "Route", "ask_in_flight", "look_in_flight"]

#: So many people are stepped; of more a choice of so many.
_MOST: Final = 5_000
#: Rests that one person is followed through until their way parts.
_RESTS: Final = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where people of one version stand."""

    version: int
    node: str
    n_runs: int
    #: The new version has no node of that name.
    is_gone: bool
    #: The node of the new version that is the same thing under another name, or "".
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A way out of a node that people in flight would take next."""

    node: str
    to: str
    said: Text
    #: In the version that they are in.
    n_before: int
    #: In the new version, if they were carried over.
    n_after: int


@dataclass(frozen=True, slots=True)
class InFlightQuestion:
    """What is to be decided about people in flight, and what is known for it."""

    slug: str
    #: The newest version that is stored; 0 = none. Publishing expects it.
    version: int
    changes: Sequence[JourneyChange]
    n_in_flight: int
    places: Sequence[Place]
    routes: Sequence[Route]
    #: True: the routes are those of a choice of people, scaled to all.
    is_estimate: bool

    @property
    def n_gone(self) -> int:
        """Return how many stand at a node that is gone."""
        return sum(place.n_runs for place in self.places if place.is_gone)

    def plain(self, words: Callable[[Text], str]) -> Mapping[str, object]:
        """Return it as data for commands and servers, ways told by `words`."""
        return {
            "n": self.n_in_flight,
            "gone": self.n_gone,
            "standing": [
                {"version": one.version, "node": one.node, "n": one.n_runs,
                 "is_gone": one.is_gone, "proposed": one.proposed or None}
                for one in self.places
            ],
            "routes": [
                {"node": one.node, "to": one.to, "before": one.n_before, "after": one.n_after,
                 "words": words(one.said)}
                for one in self.routes
            ],
            "is_estimate": self.is_estimate,
        }  # fmt: skip


def ask_in_flight(
    world: World, brand_id: int, source: str | bytes, in_flight: InFlight = MIGRATE
) -> InFlightQuestion:
    """Return what publishing a journey would mean for the people in flight.

    Raises:
        BadInput: with every problem of the document, its path and line.
    """
    with world.store.system() as tx:
        offers = [Offer(source, in_flight, kind="journey")]
        proposals, problems = read_offers(tx, world, brand_id, offers)
    if problems:
        raise BadInput(tuple(problems))
    (one,) = proposals
    assert isinstance(one.parsed, Journey)
    return look_in_flight(world, brand_id, one.parsed, in_flight)


def look_in_flight(
    world: World, brand_id: int, new: Journey, in_flight: InFlight = MIGRATE
) -> InFlightQuestion:
    """Return the same about a journey that was read."""
    with world.store.system() as tx:
        held = [
            one.version for one in tx.documents.all(brand_id, "journey") if one.slug == new.slug
        ]
        standing = tx.publications.standing(brand_id, new.slug)
        versions = _versions(tx, world, brand_id, new.slug, {*held, *(s.version for s in standing)})
        chosen = tx.publications.sample(brand_id, new.slug, _MOST)
        kept = live(tx, world, brand_id).event_names
    alike = {number: renamed(old, new) for number, old in versions.items()}
    places = [
        Place(
            each.version, each.node, each.n_runs,
            each.node not in new.nodes and each.node != HELD_OUT,
            alike[each.version].get(each.node, ""),
        )
        for each in standing
    ]  # fmt: skip
    latest = versions[held[0]] if held else None
    n_in_flight = sum(place.n_runs for place in places)
    if chosen:
        backfill_ahead(world, brand_id, sorted(new.fact_events - kept))
    routes = _Routes(world, brand_id, new, versions, alike, in_flight)
    return InFlightQuestion(
        slug=new.slug,
        version=held[0] if held else 0,
        changes=differences(latest, new) if latest is not None else (),
        n_in_flight=n_in_flight,
        places=places,
        routes=routes.of(chosen, n_in_flight),
        is_estimate=n_in_flight > len(chosen),
    )


def _versions(
    tx: Tx, world: World, brand_id: int, slug: str, wanted: Iterable[int]
) -> dict[int, Journey]:
    """Return versions of a journey by number."""
    around = surroundings(tx, world, brand_id)
    return {
        number: parsed(tx.documents.version(brand_id, "journey", slug, number).source, around)
        for number in sorted(wanted)
    }


@dataclass(slots=True)
class _Routes:
    """Follows people in flight to where their ways part, in the old version and in the new."""

    world: World
    brand_id: int
    new: Journey
    versions: Mapping[int, Journey]
    alike: Mapping[int, Mapping[str, str]]
    in_flight: InFlight

    def of(self, chosen: Sequence[tuple[RunRow, TokenRow]], n_all: int) -> list[Route]:
        """Return the ways that people take next, the most taken first."""
        if not chosen:
            return []
        now = self.world.clock.now()
        facts, position = self._facts({run.profile_id for run, _ in chosen}, now)
        before: Counter[tuple[str, str]] = Counter()
        after: Counter[tuple[str, str]] = Counter()
        said: dict[tuple[str, str], Text] = {}
        for run, row in chosen:
            known = facts.get(run.profile_id, NO_FACTS)
            old, names = self.versions[run.version], self.alike[run.version]
            was = self._follow(old, run, row, row.node, known, (now, position), said)
            if was is not None:
                before[names.get(was[0], was[0]), names.get(was[1], was[1])] += 1
            to = self._place(row.node, names)
            if to in self.new.nodes:
                will = self._follow(self.new, run, row, to, known, (now, position), said)
                if will is not None:
                    after[will] += 1
        scale = n_all / len(chosen)
        routes = [
            Route(node, to, said.get((node, to)) or Text(to), round(before[node, to] * scale),
                  round(after[node, to] * scale))
            for node, to in {**before, **after}
        ]  # fmt: skip
        return sorted(routes, key=lambda one: (one.node, -one.n_after, one.to))

    def _place(self, node: str, names: Mapping[str, str]) -> str:
        """Return where a node's people would go: by the map, by name, else by likeness."""
        asked = self.in_flight.moves.get(node, "")
        if asked:
            return "" if asked == EXIT else asked
        return node if node in self.new.nodes else names.get(node, "")

    def _facts(self, people: set[int], now: int) -> tuple[Mapping[int, Facts], int]:
        """Return what any of the versions asks about people, and how far the log was told."""
        asked = reduce(or_, (one.mentions for one in self.versions.values()), self.new.mentions)
        with self.world.store.system() as tx:
            position = tx.log.head()
            if asked == Mentions():
                return {}, position
            return tx.people.facts_of(self.brand_id, sorted(people), asked, now), position

    def _follow(  # noqa: PLR0913, PLR0917 - a run, as a step takes it
        self,
        journey: Journey,
        run: RunRow,
        row: TokenRow,
        node: str,
        facts: Facts,
        moment: tuple[int, int],
        said: dict[tuple[str, str], Text],
    ) -> tuple[str, str] | None:
        """Return the first node at which a run's way parts, and where it leads; None = nowhere."""
        now, position = moment
        if node not in journey.nodes:
            return None
        same = node == row.node
        token = Token(node, row.visit, row.due_at, row.memory if same else b"", row.carried)
        if token.due_at >= HELD:
            token = structs.replace(token, due_at=token.due_at - HELD)
        entry = read_entry(run.entry)
        scope = scope_of(journey, run.key, entry.occurred_at)
        room = {name: each.quota.limit for name, each in journey.nodes.items() if each.quota}
        for _ in range(_RESTS):
            at = max(now, token.due_at)
            moved = Moment(at, position, run.brand_id, run.run_id, room, run.profile_id)
            try:
                stepped = step(journey, scope, entry, token, facts, moved)
            except Exception:  # noqa: BLE001 - a run that cannot be stepped takes no way
                return None
            for trace in stepped.trace:
                details = msgspec.json.decode(trace.details)
                to = details.get("to") if isinstance(details, dict) else None
                passed = journey.nodes.get(trace.node)
                if to and passed is not None and len({way.to for way in passed.ways}) > 1:
                    if journey is self.new or (trace.node, to) not in said:
                        said[trace.node, to] = explain(journey, trace.node, trace.what, details)
                    return trace.node, str(to)
            if stepped.token is None or stepped.token.due_at <= at:
                return None
            token = stepped.token
        return None
