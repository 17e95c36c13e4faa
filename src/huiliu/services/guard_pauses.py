"""What the channel guard holds back: asked of every message that would leave."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from huiliu.conditions import Mentions
from huiliu.kernel.buckets import share
from huiliu.kernel.facts import Facts
from huiliu.kernel.times import MINUTE, Instant
from huiliu.messages.policy import Hold, Refuse
from huiliu.ports.guard import PauseRow
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx

__all__ = [
    "GUARD_PAUSED",
    "PERSON",
    "SEGMENT",
    "Pauses",
    "is_let_through",
    "open_pauses",
    "place_of",
    "said_of",
]

GUARD_PAUSED: Final = "guard_paused"
#: Dimensions that are of the person, not of the message.
PERSON: Final = frozenset({"region", "os", "app_version"})
#: What a dimension begins with that says whether somebody is in a segment.
SEGMENT: Final = "segment:"
#: The dimension that another account can carry for.
_ACCOUNT: Final = "account"
#: What waits is looked at so often, should nobody wake it before.
_AGAIN: Final = 15 * MINUTE
#: Where people are is said by the first of these traits.
_PLACES: Final = ("region", "province", "city")
_PARTS: Final = re.compile("[/ ]")
_SERVICE: Final = "service"


class Pauses:
    """What stands paused in one brand; of whom nothing more is known than is asked for."""

    def __init__(self, rows: Sequence[PauseRow], now: int) -> None:
        """Hold what stands paused."""
        self._rows = [one for one in rows if one.kind == "messages"]
        self._now = now
        self._facts: Mapping[int, Facts] = {}
        self._segments: Mapping[int, Collection[str]] = {}

    def __bool__(self) -> bool:
        """Say whether anything is paused."""
        return bool(self._rows)

    def know(self, tx: Tx, brand_id: int, profiles: Collection[int]) -> None:
        """Read of people what pauses tell them apart by."""
        names = {name for one in self._rows for name in one.scope}
        ids = sorted(set(profiles))
        if names & PERSON:
            self._facts = tx.people.facts_of(brand_id, ids, Mentions(touch=True), self._now)
        if any(name.startswith(SEGMENT) for name in names):
            self._segments = tx.segments.of_profiles(brand_id, ids)

    def verdict(self, queued: QueuedMessage, profile_id: int) -> Hold | Refuse | None:
        """Return what becomes of a message; None = nothing speaks against it.

        News of orders always go. What is paused on one account is left to `barred`.
        """
        if queued.message_class == _SERVICE:
            return None
        for one in self._rows:
            if _ACCOUNT not in one.scope and self._holds(one, queued, profile_id):
                return self._wait(one, queued)
        return None

    def barred(self, queued: QueuedMessage, profile_id: int) -> frozenset[str]:
        """Return the accounts that may not carry a message."""
        return frozenset(
            one.scope[_ACCOUNT]
            for one in self._rows
            if _ACCOUNT in one.scope and self._holds(one, queued, profile_id)
        )

    def without_account(self, queued: QueuedMessage) -> Hold | Refuse:
        """Return what becomes of a message that no account may carry but barred ones."""
        return self._wait(max(self._rows, key=_wait_of), queued)

    def newer(self, since: int) -> Sequence[PauseRow]:
        """Return what was paused, or paused again, after an instant."""
        return [one for one in self._rows if one.changed_at > since]

    def _wait(self, one: PauseRow, queued: QueuedMessage) -> Hold | Refuse:
        """Return that a message waits, unless it would be too late then."""
        last = queued.queued_at + one.wait
        if queued.expires_at:
            last = min(last, queued.expires_at)
        until = min(self._now + _AGAIN, last)
        return Hold(Instant(until), GUARD_PAUSED) if until > self._now else Refuse(GUARD_PAUSED)

    def _holds(self, one: PauseRow, queued: QueuedMessage, profile_id: int) -> bool:
        """Say whether a pause is about a message to a person."""
        if not all(self._has(queued, profile_id, *each) for each in one.scope.items()):
            return False
        return not is_let_through(one, profile_id)

    def _has(self, queued: QueuedMessage, profile_id: int, name: str, value: str) -> bool:
        """Say whether a message, or its person, has the value of a dimension."""
        if name == _ACCOUNT:
            return True
        if name.startswith(SEGMENT):
            is_in = name.removeprefix(SEGMENT) in self._segments.get(profile_id, ())
            return value == ("yes" if is_in else "no")
        if name in PERSON:
            facts = self._facts.get(profile_id)
            return facts is not None and _of_person(facts, name) == value
        return said_of(queued, name) == value


def open_pauses(tx: Tx, brand_id: int, now: int) -> Pauses:
    """Return what stands paused in a brand."""
    return Pauses(tx.guard.pauses(brand_id), now)


def is_let_through(one: PauseRow, profile_id: int) -> bool:
    """Say whether a person is among those who get messages again: the same from step to step."""
    return one.percent > 0 and share(f"guard {one.pause_id}", profile_id) * 100 < one.percent


def said_of(queued: QueuedMessage, name: str) -> str:
    """Return what a message says of a dimension that is its own."""
    return {
        "channel": queued.channel, "journey": queued.journey,
        "node": f"{queued.journey}/{queued.node}", "template": queued.template,
        "template_version": f"{queued.template}@{queued.template_version}",
    }.get(name, "")  # fmt: skip


def place_of(traits: Mapping[str, object]) -> str:
    """Return the largest part of where a person is, as the warehouse reads it too."""
    for name in _PLACES:
        if isinstance(found := traits.get(name), str):
            return _PARTS.split(found)[0]
    return ""


def _of_person(facts: Facts, name: str) -> str:
    """Return what a person's facts say of a dimension."""
    if name == "region":
        return place_of(facts.traits)
    part, key = ("os", "name") if name == "os" else ("app", "version")
    held = facts.touch.device.get(part)
    found = held.get(key) if isinstance(held, dict) else None
    word = found if isinstance(found, str) else ""
    return word.lower() if name == "os" else word


def _wait_of(one: PauseRow) -> int:
    """Return how long messages wait for a pause to end."""
    return one.wait
