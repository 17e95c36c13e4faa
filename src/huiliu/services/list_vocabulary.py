"""The brand's own words for pickers: what was seen, and what its documents are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.governance.dictionary import Class, Place, rule_of
from huiliu.kernel.documents import load
from huiliu.ports import PlanEntry, World
from huiliu.ports.store import Tx

__all__ = ["Named", "SeenEvent", "SeenName", "Vocabulary", "is_personal", "list_vocabulary"]

_IDENTIFY: Final = "$identify"
#: Documents that conditions may refer to by slug.
_KINDS: Final = ("segment", "list", "tag", "journey", "template")
_PERSONAL: Final = frozenset({Class.IDENTIFIER, Class.SENSITIVE, Class.DROPPED})


@dataclass(frozen=True, slots=True)
class SeenName:
    """One trait or property that was seen."""

    name: str
    #: string, number, boolean, date, list, object or null: the type most seen.
    type: str
    n_seen: int
    #: Whether its values are sealed in the vault, so that none can be offered.
    is_personal: bool


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """One event that was seen, with its properties, most seen first."""

    name: str
    n_seen: int
    properties: Sequence[SeenName]


@dataclass(frozen=True, slots=True)
class Named:
    """One document that a condition may refer to."""

    slug: str
    #: By language; empty where the document has no name.
    name: Mapping[str, str]
    #: The nodes of a journey; nothing for other kinds.
    nodes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every name that a builder can offer."""

    #: Most seen first.
    events: Sequence[SeenEvent]
    traits: Sequence[SeenName]
    #: Kind -> its live documents by slug.
    documents: Mapping[str, Sequence[Named]]
    channels: Sequence[str]


def list_vocabulary(world: World, brand_id: int) -> Vocabulary:
    """Return the names that the tracking plan and the brand's documents know."""
    with world.store.transaction(brand_id) as tx:
        entries = tx.plan.entries(brand_id)
        documents = {kind: _documents(tx, brand_id, kind) for kind in _KINDS}
    properties: dict[str, list[SeenName]] = {}
    for entry in entries:
        if entry.property:
            properties.setdefault(entry.event, []).append(_name(entry))
    for names in properties.values():
        names.sort(key=lambda one: (-one.n_seen, one.name))
    events = [
        SeenEvent(entry.event, entry.n_seen, properties.get(entry.event, ()))
        for entry in entries
        if not entry.property and entry.event != _IDENTIFY
    ]
    events.sort(key=lambda one: (-one.n_seen, one.name))
    return Vocabulary(events, properties.get(_IDENTIFY, ()), documents, sorted(world.channels))


def is_personal(place: Place, name: str) -> bool:
    """Say whether the dictionary seals what stands under a name."""
    rule = rule_of(place, name)
    return rule is not None and rule.class_ in _PERSONAL


def _name(entry: PlanEntry) -> SeenName:
    """Return what the plan knows of a trait or property."""
    place = Place.TRAITS if entry.event == _IDENTIFY else Place.PROPERTIES
    return SeenName(entry.property, entry.type, entry.n_seen, is_personal(place, entry.property))


def _documents(tx: Tx, brand_id: int, kind: str) -> list[Named]:
    """Return the documents of a kind that are not archived."""
    return [
        _named(document.slug, document.source)
        for document in tx.documents.all(brand_id, kind)
        if document.state != "archived"
    ]


def _named(slug: str, source: str) -> Named:
    """Return how a stored document is called."""
    tree = load(source).tree
    name, nodes = tree.get("name"), tree.get("nodes")
    return Named(
        slug,
        {key: str(word) for key, word in name.items()} if isinstance(name, dict) else {},
        tuple(nodes) if isinstance(nodes, dict) else (),
    )
