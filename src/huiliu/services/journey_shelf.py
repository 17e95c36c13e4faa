"""The library of ready journeys to be looked through: shelves, what each says, its own copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from huiliu.journeys import Face, Journey
from huiliu.journeys.cases import Beside, Tested
from huiliu.journeys.nodes.wait import Wait
from huiliu.journeys.shipped import Pack, library
from huiliu.kernel.errors import NotFound
from huiliu.kernel.texts import LOCALES, Text
from huiliu.messages.template import parse_template
from huiliu.ports.drafts import StoredDraft
from huiliu.ports.world import World
from huiliu.services.draw_journey import end_words, matcher_words
from huiliu.services.journey_drafts import open_draft, save_draft
from huiliu.services.journey_library import Offered, apply_beside, journey_library
from huiliu.services.preview_template import Preview, preview_source
from huiliu.services.test_journey import run_cases

__all__ = [
    "STAGES",
    "Message",
    "OnShelf",
    "PackPreview",
    "copy_from_library",
    "preview_pack",
    "read_pack",
    "show_shelf",
]

#: Stage of a customer's life -> the ready journeys of it, in the order in which they are met.
STAGES: Final[Mapping[str, Sequence[str]]] = MappingProxyType({
    "welcome": ("new-member", "abandoned-cart", "unpaid-reminder", "payment-thanks"),
    "shipping": ("late-shipment-comfort", "region-disrupted-comfort", "shipped",
                 "out-for-delivery"),
    "arrived": ("signed-for", "star-service", "refund-care", "dispute-guidance"),
    "again": ("price-drop", "back-in-stock", "repurchase", "win-back"),
    "days": ("birthday", "festival-spring", "festival-dragon-boat", "festival-mid-autumn"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a ready journey may send."""

    template: str
    name: Mapping[str, str]
    channel: str
    message_class: str


@dataclass(frozen=True, slots=True)
class OnShelf:
    """One ready journey in words."""

    offered: Offered
    stage: str
    begins: Text | str
    #: What a run waits for before the first message: the fields of its waits.
    waits: Sequence[Mapping[str, object]]
    exits: Sequence[Text | str]
    goal: Text | str | None
    #: Microseconds that the goal counts after the entry; 0 = as long as the run lasts.
    within: int
    #: Why a run may end; the measure of a journey without a goal.
    reasons: Sequence[str]
    messages: Sequence[Message]

    @property
    def slug(self) -> str:
        """Return the journey's name."""
        return self.offered.pack.slug

    def note(self, locale: str) -> str:
        """Return what the journey does; its note has a line for each language."""
        lines = self.offered.pack.journey.header.note.splitlines()
        return lines[0] if locale == LOCALES[0] or len(lines) == 1 else lines[-1]


@dataclass(frozen=True, slots=True)
class PackPreview:
    """What switching a ready journey on would bring."""

    shown: OnShelf
    #: Message, and what an invented person of each language would read.
    messages: Sequence[tuple[Message, Mapping[str, Preview]]]
    tested: Tested


def show_shelf(world: World, brand_id: int) -> list[OnShelf]:
    """Return the ready journeys, stage by stage."""
    found = {one.pack.slug: one for one in journey_library(world, brand_id)}
    return [_shown(found[slug], stage) for stage, slugs in STAGES.items() for slug in slugs]


def preview_pack(world: World, brand_id: int, slug: str) -> PackPreview:
    """Return what a ready journey says to whom, and what becomes of its cases.

    Raises:
        NotFound: the library has no such journey.
    """
    pack = read_pack(slug)
    [shown] = [one for one in show_shelf(world, brand_id) if one.slug == slug]
    messages = [
        (one, {
            locale: preview_source(world, pack.documents["template", one.template], locale)
            for locale in LOCALES
        })
        for one in shown.messages
    ]  # fmt: skip
    return PackPreview(shown, messages, _tried(pack))


def copy_from_library(world: World, brand_id: int, slug: str, owner: str, by: str) -> StoredDraft:
    """Begin a draft of a ready journey for its author; what it names goes live, itself does not.

    Raises:
        NotFound: the library has no such journey.
        Conflict: the author has a draft of it already.
    """
    pack = read_pack(slug)
    source = pack.documents["journey", slug]
    found = open_draft(world, brand_id, owner, slug, source)
    base = found.published.version if found.published else 0
    saved = save_draft(world, StoredDraft(brand_id, owner, slug, source, base, "{}", 0, 0))
    apply_beside(world, brand_id, pack, by)
    return saved


def read_pack(slug: str) -> Pack:
    """Return a ready journey with all that comes with it; raise NotFound."""
    pack = library().get(slug)
    if pack is None:
        raise NotFound("journey", slug)
    return pack


def _shown(offered: Offered, stage: str) -> OnShelf:
    """Return a ready journey in words."""
    journey = offered.pack.journey
    trees = [node.tree() for node in journey.nodes.values()]
    goal = journey.goal
    return OnShelf(
        offered=offered,
        stage=stage,
        begins=journey.entry.sentence(),
        waits=_waits(journey),
        exits=[end_words(one) for one in journey.exits],
        goal=matcher_words(goal.matcher) if goal else None,
        within=goal.within if goal else 0,
        reasons=[str(tree["reason"]) for tree in trees if "reason" in tree],
        messages=_messages(offered.pack),
    )


def _waits(journey: Journey) -> list[Mapping[str, object]]:
    """Return what lies between the entry and the first message, along the first ways."""
    found: list[Mapping[str, object]] = []
    name, passed = journey.start, set[str]()
    while name in journey.nodes and name not in passed:
        passed.add(name)
        node = journey.nodes[name]
        if any(one.kind == "template" for one in node.names):
            break
        if isinstance(node, Wait):
            found.append(node.till.tree())
        name = node.ways[0].to if node.ways else ""
    return found


def _messages(pack: Pack) -> list[Message]:
    """Return the messages of a journey in the order of its nodes."""
    found: dict[str, Message] = {}
    for node in pack.journey.nodes.values():
        for named in node.names:
            if named.kind == "template":
                template = parse_template(pack.documents["template", named.name])
                found[named.name] = Message(
                    template.slug, template.name, template.channel, template.message_class
                )
    return list(found.values())


def _tried(pack: Pack) -> Tested:
    """Return what becomes of the cases of a ready journey as it is in the library."""
    of_kind: dict[str, dict[str, str]] = {"template": {}, "segment": {}, "test": {}}
    for (kind, slug), source in pack.documents.items():
        of_kind.get(kind, {})[slug] = source
    faces = {
        slug: Face(template.channel, template.message_class)
        for slug, source in of_kind["template"].items()
        for template in [parse_template(source)]
    }
    beside = Beside(segments=of_kind["segment"], faces=faces)
    return run_cases(pack.documents["journey", pack.slug], list(of_kind["test"].values()), beside)
