"""Who enters a journey, and which events end a run: pure answers for one event at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from huiliu.journeys.journey import AFTER_END, NEVER, Journey
from huiliu.journeys.matchers import Matcher, Scope, find_match, key_text
from huiliu.journeys.step import HELD_OUT, EntryEvent, Finish, Token
from huiliu.kernel.buckets import edge, place
from huiliu.kernel.facts import Facts, Value
from huiliu.kernel.ids import RunId, run_id

__all__ = [
    "ALREADY",
    "Happening",
    "Refusal",
    "admit",
    "ended_by",
    "first_token",
    "identify",
    "is_again_bounded",
    "is_held_out",
    "kept_entry",
    "scope_of",
    "settled_before",
    "wakes",
]

#: The reason of a run whose key's thing was settled before it began.
ALREADY: Final = "already"

_ENCODER = msgspec.json.Encoder()


class Happening(msgspec.Struct, frozen=True, gc=False):
    """One event of a known person, as journeys see it."""

    #: Canonical.
    name: str
    occurred_at: int
    #: When this world met it: receipt when live, replay time when rehearsed.
    met_at: int
    position: int
    properties: Mapping[str, Value]


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """Why an event of the right name began no run."""

    #: where, no_key, too_old.
    reason: str


def admit(journey: Journey, event: Happening, *, any_age: bool = False) -> str | Refusal:
    """Return the key with which an event begins a run ("" where there is none), or why not.

    Args:
        journey: the newest version.
        event: an event of the entry's name.
        any_age: True in virtual time, where `max_event_age` suppresses nothing.
    """
    entry = journey.entry
    if entry.where is not None and not entry.where.hold(event.properties):
        return Refusal("where")
    if not any_age and event.met_at - event.occurred_at > journey.max_event_age:
        return Refusal("too_old")
    if not entry.key:
        return ""
    key = key_text(event.properties.get(entry.key))
    return Refusal("no_key") if key is None else key


def identify(journey: Journey, brand_id: int, profile_id: int, key: str, entered_at: int) -> RunId:
    """Return the id of the run that begins: with `again: never` it is the same for ever."""
    entered = 0 if journey.entry.again == NEVER else entered_at
    return run_id(brand_id, journey.slug, profile_id, key, entered)


def is_again_bounded(journey: Journey) -> bool:
    """Say whether the last entry's time decides on the next."""
    return journey.entry.again not in {NEVER, AFTER_END}


def scope_of(journey: Journey, key: str, occurred_at: int) -> Scope:
    """Return which events belong to a run.

    Args:
        journey: the version that the run is pinned to.
        key: the run's key, or "".
        occurred_at: when the entry event happened.
    """
    entry = journey.entry
    return Scope(entry.key, key, occurred_at, entry.again == NEVER, entry.event)


def kept_entry(event: Happening) -> bytes:
    """Return what a run keeps of the event that began it."""
    return _ENCODER.encode(EntryEvent(event.name, event.occurred_at, dict(event.properties)))


def is_held_out(journey: Journey, profile_id: int) -> bool:
    """Say whether a person belongs to the journey's holdout: the same answer for ever."""
    if not journey.holdout:
        return False
    return place(f"holdout {journey.slug}", profile_id) < edge(journey.holdout)


def first_token(journey: Journey, entered_at: int, *, held_out: bool = False) -> Token:
    """Return the token of a new run: due at once, where it only watches if it is held out."""
    return Token(HELD_OUT if held_out else journey.start, 1, entered_at)


def settled_before(journey: Journey, scope: Scope, facts: Facts, position: int) -> Matcher | None:
    """Return the matcher of an event that ended a keyed run before it began.

    Webhooks reorder and imports know an order's later life: an order that was shipped before we
    heard that it was paid needs no apology.
    """
    if not scope.property or not scope.once:
        return None
    earlier = [matcher for matcher in journey.end_matchers if not matcher.after_entry]
    for matcher in earlier:
        if find_match((matcher,), scope, facts, before=position) is not None:
            return matcher
    return None


def ended_by(journey: Journey, scope: Scope, event: Happening) -> Finish | None:
    """Return how an event ends a run, if it does: a goal in time, else an exit."""
    goal = journey.goal
    if goal is not None and goal.matcher.matches(
        scope, event.name, event.occurred_at, event.properties
    ):
        if event.occurred_at < scope.since:
            return Finish("exited", ALREADY)
        if not goal.within or event.occurred_at - scope.since <= goal.within:
            return Finish("goal", goal.matcher.event)
    for exit_ in journey.exits:
        matcher = exit_.matcher
        if matcher is not None and matcher.matches(
            scope, event.name, event.occurred_at, event.properties
        ):
            return Finish("exited", matcher.event)
    return None


def wakes(journey: Journey, event: Happening, *, traits_changed: bool) -> bool:
    """Say whether an event may meet an exit condition of a run that rests."""
    return event.name in journey.wake_events or (traits_changed and journey.wakes_on_traits)
