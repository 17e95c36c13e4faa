"""What is live in a brand: its parsed journeys, templates, and the events that must be kept.

Parsing is done once per change of documents. The stamp that a cached value is kept under is a
hash over everything ever written to the brand's documents, so it can stand for nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import or_
from threading import Lock
from typing import Final

from huiliu.catalogue.recommend import RECOMMEND_EVENTS
from huiliu.conditions import Mentions, Surroundings
from huiliu.experiments.holdout import KIND as HOLDOUT
from huiliu.experiments.holdout import Holdout, parsed_holdout, widest_first
from huiliu.experiments.plan import Plan, parsed_experiment
from huiliu.journeys import Face, Journey, parsed
from huiliu.messages.brief import Brief, parse_brief
from huiliu.messages.desk import DEFAULT as PLAIN_DESK
from huiliu.messages.desk import KIND as DESK
from huiliu.messages.desk import Desk, parse_desk
from huiliu.messages.policy_document import parse_policy
from huiliu.messages.rules import Rules
from huiliu.messages.template import parse_template
from huiliu.planning.rollout import Rollout, parsed_rollout
from huiliu.ports.store import Tx
from huiliu.ports.vault import Secrets
from huiliu.ports.world import World
from huiliu.segments import Listening, Referenced, Segment
from huiliu.segments import parsed as parsed_segment
from huiliu.services.personal import vault_token
from huiliu.services.shelf import EMPTY_SHELF, Shelf, read_shelf
from huiliu.services.stages import by_journey

__all__ = ["Live", "LiveTemplate", "Running", "live", "sealing", "surroundings"]

_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Running:
    """One version of a journey."""

    journey: Journey
    version: int
    #: live, paused or archived.
    state: str


@dataclass(frozen=True, slots=True)
class LiveTemplate:
    """The newest version of a template, as far as journeys ask for it."""

    version: int
    face: Face


@dataclass(frozen=True, slots=True)
class Live:
    """All that a brand has applied, ready to be asked."""

    #: slug -> newest version.
    journeys: Mapping[str, Running]
    #: (slug, version) of the newest, of every version that had runs when this was read, and of
    #: those that were asked for since.
    versions: dict[tuple[str, int], Journey]
    #: What documents are read with.
    around: Surroundings
    #: Canonical event name -> the live journeys that it may begin.
    entries: Mapping[str, tuple[Running, ...]]
    #: slug -> newest version.
    templates: Mapping[str, LiveTemplate]
    #: Canonical names of events that may begin, end or wake a run.
    heard: frozenset[str]
    #: Whether a changed trait may end a run.
    hears_traits: bool
    #: slug -> newest version of each live segment.
    segments: Mapping[str, Segment]
    #: Canonical names of events whose facts must be kept for conditions.
    event_names: frozenset[str]
    #: All that conditions of live segments and of journeys ask for.
    asked: Mentions
    #: Which segments an event or another fact may concern.
    listening: Listening
    #: slug -> newest version of each brief in use.
    briefs: Mapping[str, Brief]
    #: Quiet hours, caps and attention of the brand's policy; None = it has none of its own.
    rules: Rules | None
    #: How people who write are answered.
    desk: Desk = PLAIN_DESK
    #: Journey -> the roll-outs that it is a part of.
    rollouts: Mapping[str, Sequence[Rollout]] = field(default_factory=dict)
    #: Promotions and coupons.
    shelf: Shelf = EMPTY_SHELF
    #: Who is left in peace to see what messages bring, the widest first.
    holdouts: Sequence[Holdout] = ()
    #: Where people meet them -> the experiments that have a document.
    trials: Mapping[str, Plan] = field(default_factory=dict)

    def pinned(self, tx: Tx, brand_id: int, slug: str, version: int) -> Journey:
        """Return a version of a journey, whether or not it had runs when this was read."""
        found = self.versions.get((slug, version))
        if found is None:
            document = tx.documents.version(brand_id, "journey", slug, version)
            found = self.versions[slug, version] = parsed(document.source, self.around)
        return found

    @property
    def tags(self) -> frozenset[str]:
        """Return the tags whose values must be kept for conditions."""
        return self.asked.tags

    @property
    def tops(self) -> frozenset[tuple[str, int]]:
        """Return the (tag, N) whose cut points must be published."""
        return self.asked.tops


def sealing(secrets: Secrets, brand_id: int) -> Callable[[str, str], str | None]:
    """Return what turns a personal value that a document names into its token."""
    return partial(vault_token, secrets, brand_id)


def surroundings(
    tx: Tx, world: World, brand_id: int, instead: Mapping[str, str] | None = None
) -> Surroundings:
    """Return what the brand's documents are read with: its tokens, live segments and zone.

    Args:
        tx: reads the documents.
        world: holds keys and zone.
        brand_id: whose documents.
        instead: slug -> source of segments as they would be.
    """
    sources = {
        document.slug: document.source
        for document in tx.documents.all(brand_id, "segment")
        if document.state == "live"
    } | dict(instead or {})
    return Surroundings(sealing(world.secrets, brand_id), Referenced(sources), world.zone)


class _Cache:
    """The last few brands read, by stamp; safe between threads."""

    def __init__(self) -> None:
        """Begin empty."""
        self._found: OrderedDict[tuple[bytes, int, int], Live] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[bytes, int, int]) -> Live | None:
        """Return what is kept."""
        with self._lock:
            return self._found.get(key)

    def put(self, key: tuple[bytes, int, int], value: Live) -> None:
        """Keep a value, letting the oldest go."""
        with self._lock:
            self._found[key] = value
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)


_CACHE = _Cache()


def live(tx: Tx, world: World, brand_id: int) -> Live:
    """Return what is live in a brand at this moment."""
    stamp = tx.documents.stamp(brand_id)
    # Sealed constants differ between instances, so the instance is a part of the key.
    key = (world.secrets.token(brand_id, "instance", ""), brand_id, stamp)
    found = _CACHE.get(key)
    if found is None:
        found = _read(tx, world, brand_id)
        _CACHE.put(key, found)
    return found


def _read(tx: Tx, world: World, brand_id: int) -> Live:
    """Read and parse everything of a brand."""
    around = surroundings(tx, world, brand_id)
    running = {
        document.slug: Running(parsed(document.source, around), document.version, document.state)
        for document in tx.documents.all(brand_id, "journey")
    }
    versions = {(slug, each.version): each.journey for slug, each in running.items()}
    # Runs that began with the version before may not have been committed yet.
    before = {(slug, version - 1) for slug, version in versions if version > 1}
    for slug, version in (tx.runs.versions_in_flight(brand_id) | before) - set(versions):
        document = tx.documents.version(brand_id, "journey", slug, version)
        versions[slug, version] = parsed(document.source, around)
    entries: dict[str, tuple[Running, ...]] = {}
    for each in running.values():
        if each.state == "live":
            event = each.journey.entry.event
            entries[event] = (*entries.get(event, ()), each)
    templates = {}
    recommends = False
    for document in tx.documents.all(brand_id, "template"):
        template = parse_template(document.source)
        recommends = recommends or template.recommend is not None
        face = Face(template.channel, template.message_class)
        templates[document.slug] = LiveTemplate(document.version, face)
    segments = {
        document.slug: parsed_segment(document.source, around)
        for document in tx.documents.all(brand_id, "segment")
        if document.state == "live"
    }
    journeys = versions.values()
    asked = [journey.mentions for journey in journeys]
    asked += [segment.condition.mentions for segment in segments.values()]
    shelf = read_shelf(tx, brand_id, around)
    asked.append(shelf.asked)
    rules = _rules(tx, brand_id)
    if rules is not None and rules.attention.remaining_tag:
        # What people are worth decides which message they get.
        asked.append(Mentions(tags=frozenset({rules.attention.remaining_tag})))
    return Live(
        journeys=running,
        versions=versions,
        around=around,
        entries=entries,
        templates=templates,
        heard=frozenset(entries).union(
            *(journey.end_events | journey.wake_events for journey in journeys)
        ),
        hears_traits=any(journey.wakes_on_traits for journey in journeys),
        segments=segments,
        event_names=_event_names(journeys).union(
            *(segment.condition.mentions.events for segment in segments.values()),
            shelf.asked.events,
            # What people bought and saw decides what they are recommended.
            RECOMMEND_EVENTS if recommends else (),
        ),
        asked=reduce(or_, asked, Mentions()),
        listening=Listening(segments.values()),
        briefs={
            document.slug: parse_brief(document.source)
            for document in tx.documents.all(brand_id, "brief")
            if document.state == "live"
        },
        rules=rules,
        desk=_desk(tx, brand_id),
        shelf=shelf,
        rollouts=by_journey(
            parsed_rollout(document.source)
            for document in tx.documents.all(brand_id, "rollout")
            if document.state == "live"
        ),
        holdouts=widest_first(
            parsed_holdout(document.source)
            for document in tx.documents.all(brand_id, HOLDOUT)
            if document.state == "live"
        ),
        trials={
            plan.met: plan
            for document in tx.documents.all(brand_id, "experiment")
            if document.state == "live"
            for plan in (parsed_experiment(document.source),)
        },
    )


def _rules(tx: Tx, brand_id: int) -> Rules | None:
    """Return the limits of the brand's policy document, if it has one in use."""
    for document in tx.documents.all(brand_id, "policy"):
        found = parse_policy(document.source)
        if document.state == "live" and not isinstance(found, tuple):
            return found.rules
    return None


def _desk(tx: Tx, brand_id: int) -> Desk:
    """Return how the brand answers people, as its document says or as usual."""
    for document in tx.documents.all(brand_id, DESK):
        found = parse_desk(document.source)
        if document.state == "live" and isinstance(found, Desk):
            return found
    return PLAIN_DESK


def _event_names(journeys: Iterable[Journey]) -> frozenset[str]:
    """Return the canonical names of all events that conditions may ask for."""
    return frozenset().union(*(journey.fact_events for journey in journeys))
