"""Tags in operation: what was computed when, what it published, and which values people have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from huiliu.kernel.facts import Cut, Value

__all__ = [
    "Refresh",
    "TagChange",
    "TagState",
    "TagStore",
    "TagWriting",
    "TagWritten",
]


class TagWriting(msgspec.Struct, frozen=True):
    """How the values of one tag are to be written into the warehouse."""

    brand_id: int
    tag: str
    #: number, text, flag, moment or list.
    type: str
    #: As of when the values are; a value that changes is said to stand since then.
    at: int
    #: How long a value lives, in microseconds; None = for ever.
    ttl: int | None = None
    #: A value found again unchanged is written anew when it would run out before this instant.
    renew_before: int = 0
    #: True when the values say in `at` when each of them was born.
    dated: bool = False


class TagWritten(msgspec.Struct, frozen=True):
    """What a writing did."""

    #: People who have a value now.
    n_values: int
    #: Values that are new, other, gone or renewed.
    n_changed: int


@dataclass(frozen=True, slots=True)
class TagState:
    """How one tag fares."""

    brand_id: int
    tag: str
    #: When the next refresh is due.
    due_at: int
    #: As of when the stored values are; 0 = it was never computed.
    computed_at: int = 0
    #: The version of the document that made them.
    version: int = 0
    took_us: int = 0
    n_values: int = 0
    n_changed: int = 0
    #: When the last try failed, and why; 0 and "" after one that did not.
    failed_at: int = 0
    fault: str = ""
    #: Changes of the warehouse up to this instant and profile stand in the store as well; an
    #: instant of 0 = the tag is not carried.
    carried_at: int = 0
    carried_profile: int = 0


@dataclass(frozen=True, slots=True)
class Refresh:
    """One time that a tag was computed."""

    tag: str
    at: int
    version: int
    took_us: int
    n_values: int
    n_changed: int
    #: Fit parameters and cut points, which stay true until the next refresh.
    published: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TagChange:
    """A person's new value of a tag; None = it has none any more."""

    profile_id: int
    value: Value
    set_at: int
    #: None = never.
    expires_at: int | None = None


class TagStore(Protocol):
    """The state of tags, and the values that live segments and journeys ask for."""

    def states(self, brand_id: int) -> dict[str, TagState]:
        """Return the state of every applied tag."""
        ...

    def schedule(self, brand_id: int, tag: str, due_at: int) -> None:
        """Have a tag computed no later than an instant."""
        ...

    def next_due(self) -> tuple[int, int] | None:
        """Return (instant, brand_id) of the tag that is due first; None = there is no tag."""
        ...

    def alone(self, brand_id: int) -> bool:
        """Keep others from refreshing the brand's tags until this transaction ends.

        False = another one refreshes them now.
        """
        ...

    def computed(self, brand_id: int, refresh: Refresh, due_at: int) -> None:
        """Write that a tag was computed, and when it is due again."""
        ...

    def failed(self, brand_id: int, tag: str, at: int, fault: str, due_at: int) -> None:
        """Write that a tag could not be computed, and when to try again."""
        ...

    def refreshes(self, brand_id: int, tag: str, limit: int) -> Sequence[Refresh]:
        """Return the last refreshes of a tag, newest first."""
        ...

    def published(self, brand_id: int, at: int | None = None) -> dict[str, Mapping[str, object]]:
        """Return what each tag published last, or last before an instant."""
        ...

    def carry(self, brand_id: int, tag: str, changes: Sequence[TagChange]) -> list[int]:
        """Write values under the ids that they were set for; return those that changed.

        What is older than what stands changes nothing, so a change may be carried again.
        """
        ...

    def carried(self, brand_id: int, tag: str, upto: tuple[int, int]) -> None:
        """Write that changes up to (instant, profile) stand here."""
        ...

    def forget_values(self, brand_id: int, tag: str) -> Sequence[int]:
        """Remove every value of a tag that nothing asks for any more; return whose."""
        ...

    def forget(self, brand_id: int, tag: str) -> None:
        """Remove a tag's state and values."""
        ...

    def cuts(self, brand_id: int, at: int | None = None) -> dict[tuple[str, int], Cut]:
        """Return the cut point of each (tag, N) that holds now, or held at an instant."""
        ...

    def publish_cut(self, brand_id: int, tag: str, n: int, at: int, end: Cut | None) -> None:
        """Write where the top N of a tag ends from an instant on; None = nobody is in it."""
        ...

    def of_profile(self, brand_id: int, profile_id: int) -> dict[str, TagChange]:
        """Return the values that stand here of one present profile."""
        ...
