"""Rehearses a journey in virtual time over the log; nothing is written and no one is written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.conditions import Mentions
from huiliu.identity.traits import set_traits, told_traits
from huiliu.journeys import Happening, Journey
from huiliu.journeys.virtual import Brand, Setting, Story, Telling
from huiliu.kernel.bodies import Body, read_body
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import CANONICAL, Kind, canonical_name
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.ports.replay import Replayed
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.live import live

__all__ = ["Rehearsing", "rehearse"]

#: Traits that any event may tell by its context.
_TOLD = frozenset({"zone", "locale"})
_TRAIT_KINDS = frozenset({Kind.IDENTIFY, Kind.GROUP})
#: The event that says that a message went out, in the log.
_SENT: Final = "Message Sent"


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """What a rehearsal found."""

    #: Every run, in the order of entry.
    runs: list[Story]
    #: Why events of the entry's name began no run: reason -> how many.
    refused: Mapping[str, int]
    n_events: int

    @property
    def exits(self) -> dict[str, int]:
        """How many runs ended, by reason; `goal` for those that reached it."""
        found = Counter(
            "goal" if run.state == "goal" else run.reason
            for run in (story.run for story in self.runs)
            if run.state != "active"
        )
        return dict(found.most_common())

    @property
    def n_active(self) -> int:
        """How many runs were under way when time ended."""
        return sum(story.run.state == "active" for story in self.runs)


def rehearse(
    world: World, brand_id: int, journey: Journey, period: tuple[int, int], *, explains: bool = True
) -> Rehearsing:
    """Return what a journey would have done in a half-open period of the log's replay time.

    An event counts at its own time if it is historical, else when it was received; the
    historical flag and `max_event_age` suppress nothing. Events before the period are facts only.
    The log is read as far as it is projected, with people as they are matched now. Messages go as
    soon as the journey decides on them, whatever the policy would say; webhooks answer at once
    that all is well, and what people did with messages is known where the log tells of it. Without
    `explains`, runs keep no decisions.

    Raises:
        BadInput: a condition asks for what neither events nor traits tell.
    """
    _refuse_further(journey)
    start, end = period
    telling = Telling(explains=explains)
    n_events = 0
    with world.store.system() as tx:
        known = live(tx, world, brand_id).templates
        setting = Setting(
            brand_id, (journey,), zone=world.zone,
            faces={slug: template.face for slug, template in known.items()},
            known_messages=_known_messages(tx, brand_id, journey, end),
        )  # fmt: skip
        brand = Brand(setting, start, end, telling)
        for row in _events(tx, brand_id, setting, end):
            n_events += 1
            body = read_body(row.body)
            event = Happening(
                canonical_name(row.name),
                row.occurred_at,
                row.replay_at,
                row.position,
                body.properties,
            )
            brand.meet(row.profile_id, event, _traits(row, body, setting.asked.traits))
    brand.finish()
    refused = {reason: n for (_, reason), n in telling.refused.items()}
    return Rehearsing(telling.stories, refused, n_events)


def _refuse_further(journey: Journey) -> None:
    """Refuse what a rehearsal cannot know: better no answer than a wrong one."""
    asked: Mentions = journey.mentions
    further = {
        "tags": bool(asked.tags),
        "identifiers": asked.identifiers,
        "touch": asked.touch,
        "journeys": bool(asked.journeys - {journey.slug}),
    }
    problems = [
        Problem("", text("journeys.rehearse_further", what=text(f"journeys.further.{name}")))
        for name, is_asked in further.items()
        if is_asked
    ]
    if problems:
        raise BadInput(tuple(problems))


def _known_messages(tx: Tx, brand_id: int, journey: Journey, until: int) -> frozenset[str]:
    """Return the ids of this journey's messages that the log knows of."""
    found = set()
    for row in tx.replay.events(brand_id, {_SENT}, frozenset(), until):
        properties = read_body(row.body).properties
        if properties.get("journey") == journey.slug:
            found.add(str(properties.get("message_id")))
    return frozenset(found)


def _events(tx: Tx, brand_id: int, setting: Setting, until: int) -> Iterator[Replayed]:
    """Yield the events that can matter to the journey, in replay order."""
    names = setting.heard
    sent_as = names | {sent for sent, canonical in CANONICAL.items() if canonical in names}
    traits = setting.asked.traits
    kinds: frozenset[int] = frozenset(_TRAIT_KINDS) if traits else frozenset()
    if traits & _TOLD:
        kinds = frozenset(Kind)
    return tx.replay.events(brand_id, sent_as, kinds, until)


def _traits(row: Replayed, body: Body, asked: Collection[str]) -> dict[str, Value]:
    """Return the traits that an event sets, as far as the journey asks for them."""
    if not asked:
        return {}
    found = set_traits(Kind(row.kind), body)
    found |= told_traits(found, body.context)
    return {name: value for name, value in found.items() if name in asked}
