"""How likely it is that a friend is none: a documented sum of signals, never a secret.

Every signal says what was seen and how many points it adds, so that whoever decides about a
friend, and the friend who asks, can be told exactly why. A score never refuses anybody: from a
campaign's `review_from` on a person decides. Weights: docs/reference/referrals.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from huiliu.kernel.texts import Text, text
from huiliu.kernel.times import MINUTE, SECOND

__all__ = [
    "BURST_WINDOW",
    "MOST",
    "SIGNALS",
    "Evidence",
    "Signal",
    "score_of",
    "signals",
    "signals_from",
]

#: A score is no more than this.
MOST: Final = 100

#: Signal -> what it adds.
SIGNALS: Final[Mapping[str, int]] = MappingProxyType({
    "same_device": 50,
    "device_again": 40,
    "same_address": 20,
    "address_crowd": 15,
    "hurried": 25,
    "burst": 20,
    "ring": 40,
    "machine": 40,
    "no_device": 10,
    "unproved": 10,
})  # fmt: skip

#: Nobody reads an invitation and answers it sooner.
_HURRIED: Final = 8 * SECOND
#: So many friends of one inviter within the window look driven, not brought.
_BURST: Final = 6
BURST_WINDOW: Final = 10 * MINUTE
#: So many friends of one inviter behind one address.
_CROWD: Final = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one friend when the score is made; nothing of it is personal."""

    #: The friend's device is the inviter's own.
    is_inviters_device: bool = False
    #: Other friends in the campaign who came from this device.
    n_same_device: int = 0
    is_inviters_address: bool = False
    #: Other friends of this inviter who came from this address.
    n_same_address: int = 0
    #: Microseconds between showing the page and the answer; None = a server told it.
    took: int | None = None
    #: Friends of this inviter in the ten minutes before, with this one.
    n_lately: int = 1
    #: People on the way from the friend back to the inviter, who invited one another; 0 = no way.
    ring: int = 0
    is_machine: bool = False
    has_device: bool = True
    #: They came by a link or a server that knows them, and did not only type a number.
    is_proved: bool = True
    #: It was told by a server of the brand's; what browsers say does not exist then.
    is_server: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that was seen, and what it adds to the score."""

    name: str
    points: int
    #: What was counted, where something was.
    n: int = 0

    @property
    def said(self) -> Text:
        """Return it as a sentence."""
        return text(f"referral.signal.{self.name}", n=self.n)


def signals(seen: Evidence) -> tuple[Signal, ...]:
    """Return what speaks against a friend, the weightiest first."""
    is_hurried = seen.took is not None and 0 <= seen.took < _HURRIED
    # Name -> (whether it was seen, what was counted).
    rules: dict[str, tuple[bool, int]] = {
        "same_device": (seen.is_inviters_device, 0),
        "device_again": (seen.n_same_device > 0, seen.n_same_device),
        "same_address": (seen.is_inviters_address, 0),
        "address_crowd": (seen.n_same_address >= _CROWD, seen.n_same_address),
        "hurried": (is_hurried, (seen.took or 0) // SECOND),
        "burst": (seen.n_lately >= _BURST, seen.n_lately),
        "ring": (seen.ring > 0, seen.ring),
        "machine": (seen.is_machine, 0),
        "no_device": (not seen.has_device and not seen.is_server, 0),
        "unproved": (not seen.is_proved, 0),
    }
    found = [Signal(name, SIGNALS[name], n) for name, (is_seen, n) in rules.items() if is_seen]
    return tuple(sorted(found, key=lambda one: (-one.points, one.name)))


def score_of(found: Sequence[Signal]) -> int:
    """Return the sum of the signals, 100 at most."""
    return min(MOST, sum(one.points for one in found))


def signals_from(stored: Mapping[str, int]) -> tuple[Signal, ...]:
    """Return signals as they were stored, name -> what was counted; the weightiest first."""
    found = [Signal(name, SIGNALS[name], n) for name, n in stored.items() if name in SIGNALS]
    return tuple(sorted(found, key=lambda one: (-one.points, one.name)))
