"""What else the people of a batch are sent: what counts against caps, and what competes.

Read once a batch. What messages are worth is looked up only for those whose messages compete.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from huiliu.conditions import Mentions
from huiliu.journeys.journey import DEFAULT_PRIORITY
from huiliu.kernel.buckets import share
from huiliu.kernel.facts import TagFact
from huiliu.kernel.times import DAY
from huiliu.messages.attention import Attention, Contender
from huiliu.messages.caps import SentBefore
from huiliu.messages.odds import Odds, tired
from huiliu.ports.messages import MessageRow, Traffic
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.known_odds import known_odds
from huiliu.services.live import Live, live
from huiliu.services.policy_rules import rules_in_force

__all__ = ["NO_COMPANY", "Company", "company", "draw_of"]

_NOTHING: Final = Traffic([], [])


class Company(msgspec.Struct, frozen=True, gc=False):
    """What else one person is sent."""

    sent: Sequence[SentBefore] = ()
    #: Message -> it as it competes, of all that wait.
    waiting: Mapping[bytes, Contender] = {}
    draw: float = 1.0

    def contender(self, message_id: bytes) -> Contender | None:
        """Return a message as it competes; None where it is not one that waits."""
        return self.waiting.get(message_id)

    def rivals(self, message_id: bytes) -> Sequence[Contender]:
        """Return the other messages that wait."""
        if len(self.waiting) < 2:
            return ()
        return [one for key, one in self.waiting.items() if key != message_id]


NO_COMPANY: Final = Company()


def draw_of(brand_id: int, profile_id: int, now: int) -> float:
    """Return a person's number of the day, evenly between 0 and 1."""
    return share(f"attention|{brand_id}|{now // DAY}", profile_id)


def company(  # noqa: PLR0913, PLR0917 - what is read once for all of a batch
    tx: Tx,
    world: World,
    brand_id: int,
    rows: Sequence[MessageRow],
    present: Mapping[int, int],
    now: int,
    also: int = 0,
) -> dict[int, Company]:
    """Return present profile -> what else it is sent; nothing where only service messages go.

    `also` is how far back people's own choices ask, where it is further than all caps do.
    """
    ids = {
        present[row.queued.profile_id]
        for row in rows
        if row.queued.message_class != "service" and row.queued.profile_id in present
    }
    if not ids:
        return {}
    rules = rules_in_force(tx, world, brand_id)
    attention = rules.attention
    traffic = tx.messages.traffic(
        brand_id, sorted(ids), now - max(rules.lookback, also), now + attention.look_ahead
    )
    known = live(tx, world, brand_id)
    asks = attention.asks_worth
    contested = [
        one for one in ids
        if asks and (attention.refuses_worthless or len(traffic.get(one, _NOTHING).waiting) > 1)
    ]  # fmt: skip
    values = _Values(tx, world, brand_id, attention, contested, now) if contested else None
    return {
        one: _company(brand_id, one, traffic.get(one, _NOTHING), known, values, now) for one in ids
    }


class _Values:
    """What messages are worth to the people of a batch."""

    def __init__(
        self,
        tx: Tx,
        world: World,
        brand_id: int,
        attention: Attention,
        people: Collection[int],
        now: int,
    ) -> None:
        """Look up their segments, what they are still worth, and the brand's odds."""
        self.attention = attention
        self._people = set(people)
        self._odds: Odds = known_odds(tx, world, brand_id)
        self._segments: Mapping[int, Collection[str]] = {}
        if attention.segments:
            self._segments = tx.segments.of_profiles(brand_id, sorted(people))
        self._worth: Mapping[int, float] = {}
        if attention.remaining_tag:
            self._worth = _tagged(tx, brand_id, people, attention.remaining_tag, now)

    def worth(
        self, profile_id: int, journey: str, channel: str, sent: Sequence[SentBefore], now: int
    ) -> float:
        """Return a message's expected value; 0 for somebody who was not looked up."""
        if profile_id not in self._people:
            return 0.0
        held = self._segments.get(profile_id, ())
        segment = next((one for one in self.attention.segments if one in held), "")
        remaining = self._worth.get(profile_id, self.attention.remaining)
        return self._odds.worth(
            self.attention, journey, segment, channel, tired(sent, channel, now), remaining
        )


def _tagged(tx: Tx, brand_id: int, people: Collection[int], tag: str, now: int) -> dict[int, float]:
    """Return what a tag says that people are worth, where it says a number."""
    facts = tx.people.facts_of(brand_id, sorted(people), Mentions(tags=frozenset({tag})), now)
    values = {one: _number(found.tags.get(tag)) for one, found in facts.items()}
    return {one: value for one, value in values.items() if value is not None}


def _number(fact: TagFact | None) -> float | None:
    """Return a tag's value as a number."""
    value = None if fact is None else fact.value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type] # a number, as was asked


def _company(
    brand_id: int,
    profile_id: int,
    traffic: Traffic,
    known: Live,
    values: _Values | None,
    now: int,
) -> Company:
    """Return what else one person is sent."""
    sent = [SentBefore(*one, _category(known, one[3])) for one in traffic.sent]
    waiting = {}
    for message_id, channel, journey, queued_at, not_before in traffic.waiting:
        worth = values.worth(profile_id, journey, channel, sent, now) if values else 0.0
        waiting[message_id] = Contender(
            message_id, channel, journey, _category(known, journey), _priority(known, journey),
            queued_at, not_before, worth,
        )  # fmt: skip
    draw = draw_of(brand_id, profile_id, now) if len(waiting) > 1 else 1.0
    return Company(sent, waiting, draw)


def _category(known: Live, journey: str) -> str:
    """Return what a journey is about, as it is now."""
    running = known.journeys.get(journey)
    return running.journey.category if running is not None else ""


def _priority(known: Live, journey: str) -> int:
    """Return how important a journey is."""
    running = known.journeys.get(journey)
    return running.journey.priority if running is not None else DEFAULT_PRIORITY
