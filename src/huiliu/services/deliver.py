"""Hands facts to a receiver, each person's in their order, and says what became of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from huiliu.forwarding.destination import Destination
from huiliu.forwarding.formats import FORMATS
from huiliu.forwarding.formats.base import Outgoing, Parcel
from huiliu.kernel.times import HOUR, SECOND, from_datetime
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.world import World

__all__ = ["Delivery", "Fate", "deliver"]

_TIMEOUT_S: Final = 10.0
#: No request is begun after this: a slow receiver must not hold a transaction for long.
_LONGEST_S: Final = 20.0
#: What the receiver says of this very fact; the next one may be taken.
_ABOUT_THE_FACT: Final = frozenset({400, 413, 415, 422})
_GONE: Final = 410
#: A receiver may ask for a pause of this length at most.
_LONGEST_PAUSE: Final = HOUR


class Fate(StrEnum):
    """What became of a fact."""

    TAKEN = "taken"
    #: The receiver does not take this one.
    REFUSED = "refused"
    #: The receiver does not work.
    FAILED = "failed"
    #: It was not its turn: the person's earlier one did not go, or time was over.
    LEFT = "left"


@dataclass(slots=True)
class Delivery:
    """What became of the facts of one batch, by their places."""

    fates: list[Fate]
    #: (status, words) of those that were refused or failed.
    faults: dict[int, tuple[int, str]] = field(default_factory=dict)
    #: When the receiver may be asked again, as it said; 0 = it said nothing.
    not_before: int = 0
    #: It said that it does not want anything any more.
    is_gone: bool = False

    @property
    def is_alive(self) -> bool:
        """Say whether the receiver took or judged anything, or was asked nothing."""
        seen = set(self.fates)
        return Fate.FAILED not in seen or bool(seen & {Fate.TAKEN, Fate.REFUSED})

    @property
    def fault(self) -> tuple[int, str]:
        """Return the last fault."""
        return self.faults[max(self.faults)] if self.faults else (0, "")


def deliver(
    world: World, to: Destination, facts: Sequence[tuple[int, Outgoing]], now: int
) -> Delivery:
    """Send facts, each with its present profile; those of one person wait for each other.

    Facts of different people go side by side where a request carries one; where it carries many
    they go one request after the other. It ends at the first sign that the receiver is down.
    """
    done = Delivery([Fate.LEFT] * len(facts))
    began = time.monotonic()
    size = FORMATS[to.format].batch
    waiting = list(range(len(facts)))
    while waiting and time.monotonic() - began < _LONGEST_S:
        going, waiting = _turn(facts, waiting, size)
        if size > 1:
            _send_many(world, to, facts, going, done, now)
        else:
            _send(world, to, facts, going, done, now)
        held = {facts[at][0] for at in going if done.fates[at] is not Fate.TAKEN and facts[at][0]}
        waiting = [at for at in waiting if facts[at][0] not in held]
        failed = [at for at in going if done.fates[at] is Fate.FAILED]
        if failed and (size > 1 or len(failed) == len(going)):
            break
    return done


def _turn(
    facts: Sequence[tuple[int, Outgoing]], waiting: Sequence[int], size: int
) -> tuple[list[int], list[int]]:
    """Return what goes next and what waits: the first of everybody, or the next batch."""
    if size > 1:
        return list(waiting[:size]), list(waiting[size:])
    seen: set[int] = set()
    going, later = [], []
    for at in waiting:
        person = facts[at][0]
        if person and person in seen:
            later.append(at)
        else:
            seen.add(person)
            going.append(at)
    return going, later


def _send_many(
    world: World,
    to: Destination,
    facts: Sequence[tuple[int, Outgoing]],
    going: Sequence[int],
    done: Delivery,
    now: int,
) -> None:
    """Send facts that one request carries; what it refuses as a whole is tried one by one."""
    _send(world, to, facts, going, done, now)
    refused = [at for at in going if done.fates[at] is Fate.REFUSED]
    if len(refused) > 1:
        held: set[int] = set()
        for at in refused:
            done.fates[at] = Fate.LEFT
            done.faults.pop(at, None)
        for at in refused:
            if facts[at][0] in held:
                continue
            _send(world, to, facts, [at], done, now)
            if done.fates[at] is Fate.FAILED:
                return
            if done.fates[at] is not Fate.TAKEN and facts[at][0]:
                held.add(facts[at][0])


def _send(
    world: World,
    to: Destination,
    facts: Sequence[tuple[int, Outgoing]],
    going: Sequence[int],
    done: Delivery,
    now: int,
) -> None:
    """Make the requests of some facts and note what became of them."""
    some = [facts[at][1] for at in going]
    parcels = FORMATS[to.format].pack(to.url, to.secrets, some, now)
    calls = [HttpCall(one.url, "POST", one.headers, one.body, _TIMEOUT_S, 4096) for one in parcels]
    for parcel, answer in zip(parcels, world.outbound.call(calls), strict=True):
        _note(parcel, answer, going, done, now)


def _note(
    parcel: Parcel, answer: HttpAnswer, going: Sequence[int], done: Delivery, now: int
) -> None:
    """Note what became of one request's facts."""
    if answer.is_taken:
        fate = Fate.TAKEN
    elif answer.reach is Reach.ANSWERED and answer.status in _ABOUT_THE_FACT:
        fate = Fate.REFUSED
    else:
        fate = Fate.FAILED
    for place in parcel.holds:
        done.fates[going[place]] = fate
        if fate is not Fate.TAKEN:
            done.faults[going[place]] = (answer.status, _words(answer))
    if fate is Fate.FAILED:
        done.is_gone = done.is_gone or answer.status == _GONE
        done.not_before = max(done.not_before, _asked_pause(answer, now))


def _words(answer: HttpAnswer) -> str:
    """Return why a fact was not taken; a receiver's words may repeat the fact, so none of them."""
    if answer.reach is not Reach.ANSWERED:
        return f"{answer.reach.value}: {answer.cause}"[:300]
    if 300 <= answer.status < 400:
        return f"HTTP {answer.status}: redirects are not followed"
    return f"HTTP {answer.status}"


def _asked_pause(answer: HttpAnswer, now: int) -> int:
    """Return the instant until which the receiver asks to be left alone; 0 = it does not."""
    written = answer.headers.get("retry-after", "").strip()
    if not written:
        return 0
    if written.isascii() and written.isdecimal() and len(written) < 10:
        return now + min(int(written) * SECOND, _LONGEST_PAUSE)
    try:
        at = from_datetime(parsedate_to_datetime(written))
    except (ValueError, TypeError):
        return 0
    return min(max(at, now), now + _LONGEST_PAUSE)
