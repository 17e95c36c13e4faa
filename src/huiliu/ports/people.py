"""Profiles, identifiers, merges, consents, and the facts that live conditions ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from huiliu.kernel.events import Identifier
from huiliu.kernel.facts import EventFact, Facts, Value

__all__ = ["ConsentRow", "PeopleStore", "ProfileRow"]


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One present person."""

    brand_id: int
    profile_id: int
    first_seen_at: int
    last_seen_at: int
    #: name -> (value, set at, position): the latest value by event time.
    traits: Mapping[str, tuple[Value, int, int]]


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One change of one consent; the ledger is never edited."""

    brand_id: int
    profile_id: int
    channel: str
    #: marketing, service, profiling, ad_sharing, location.
    purpose: str
    #: granted or withdrawn.
    state: str
    occurred_at: int
    position: int
    #: form, api, one_click, keyword, import, console.
    method: str
    evidence: Mapping[str, Value]


class PeopleStore(Protocol):
    """People, inside one transaction."""

    def resolve(self, brand_id: int, keys: Collection[bytes]) -> dict[bytes, int]:
        """Return identifier key -> present profile_id for the keys that are known."""
        ...

    def identifiers(
        self, brand_id: int, profiles: Collection[int]
    ) -> dict[int, list[tuple[Identifier, int]]]:
        """Return profile_id -> its identifiers with the profile_id each came with."""
        ...

    def present(self, brand_id: int, profiles: Collection[int]) -> dict[int, int]:
        """Return any profile_id, merged or not -> the present profile_id."""
        ...

    def profiles(self, brand_id: int, profiles: Collection[int]) -> dict[int, ProfileRow]:
        """Return the present profiles that exist."""
        ...

    def lock(self, brand_id: int, profiles: Collection[int]) -> None:
        """Lock the profiles until the end of the transaction, in id order."""
        ...

    def facts(
        self, brand_id: int, profiles: Collection[int], names: Collection[str], since: int
    ) -> dict[int, Facts]:
        """Return each profile's traits and its events of the canonical names since an instant."""
        ...

    def add_event_facts(self, rows: Sequence[tuple[int, int, EventFact]]) -> None:
        """Keep (brand_id, profile_id, fact) rows for live conditions; repeats are left out."""
        ...

    def consents(
        self, brand_id: int, profiles: Collection[int]
    ) -> dict[int, dict[tuple[str, str], str]]:
        """Return profile_id -> {(channel, purpose): state}, the latest of each by event time."""
        ...

    def record_consents(self, rows: Sequence[ConsentRow]) -> None:
        """Append changes to the consent ledger; a repeat (same position) changes nothing."""
        ...

    def suppressed(self, brand_id: int, addresses: Collection[bytes]) -> set[bytes]:
        """Return which of the keyed address hashes must never be written to."""
        ...

    def suppress(self, brand_id: int, rows: Sequence[tuple[bytes, str, int]]) -> None:
        """Add (keyed address hash, reason, at) to the suppression list."""
        ...
