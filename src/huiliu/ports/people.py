"""Profiles, identifiers, merges, consents, and the facts that live conditions ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from huiliu.conditions import Mentions
from huiliu.identity.resolve import Attached, Merge, RefusedMerge
from huiliu.identity.traits import Dated
from huiliu.kernel.events import Event, Identifier, IdentifierType
from huiliu.kernel.facts import EventFact, Facts, Value

__all__ = [
    "ConflictRow",
    "ConsentFilter",
    "ConsentRow",
    "EndedConsent",
    "IdentityRow",
    "MergeRow",
    "PeopleStore",
    "ProfileRow",
    "SeenRow",
    "SuppressionRow",
    "TouchRow",
]


class ProfileRow(msgspec.Struct, frozen=True, gc=False):
    """One present person."""

    brand_id: int
    profile_id: int
    first_seen_at: int
    last_seen_at: int
    #: name -> (value, set at, position): the latest value by event time; removed ones are absent.
    traits: Mapping[str, Dated]


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One change of one consent; the ledger is never edited."""

    brand_id: int
    profile_id: int
    channel: str
    #: marketing, service, profiling, ad_sharing, location.
    purpose: str
    #: granted, withdrawn or requested.
    state: str
    occurred_at: int
    position: int
    #: form, api, one_click, keyword, import, console.
    method: str
    evidence: Mapping[str, Value]
    #: See `identity.consents.ConsentChange`.
    legal_basis: str = ""
    jurisdiction: str = ""
    text_version: str = ""
    text_locale: str = ""
    source: str = ""
    collected_by: str = ""
    address: bytes = b""
    expires_at: int = 0
    #: Hash of this person's row before it, and its own; the store gives both.
    prev: bytes = b""
    row_hash: bytes = b""


class SuppressionRow(msgspec.Struct, frozen=True, gc=False):
    """One reason for which one address is not written to."""

    #: Keyed hash; it outlives the person's data.
    address: bytes
    reason: str
    #: all, or marketing.
    scope: str
    at: int
    #: 0 = for ever.
    until: int = 0
    #: Where it came in: a file's name, an account.
    source: str = ""


@dataclass(frozen=True, slots=True)
class ConsentFilter:
    """Which rows of the ledger; "" = whichever."""

    channel: str = ""
    purpose: str = ""
    state: str = ""
    method: str = ""


class EndedConsent(msgspec.Struct, frozen=True, gc=False):
    """A yes that has ended by itself and is not yet told to the log."""

    brand_id: int
    profile_id: int
    channel: str
    purpose: str
    expires_at: int
    position: int
    #: Something was said since: nothing is left to tell.
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class SeenRow:
    """What a batch of events adds to one present person."""

    brand_id: int
    profile_id: int
    #: Earliest and latest time of the events.
    first_at: int
    last_at: int
    traits: Mapping[str, Dated]


class TouchRow(msgspec.Struct, frozen=True, gc=False):
    """Where the events of one id came from; each (what, occurred_at, position), or None."""

    profile_id: int
    #: Channels.
    first: tuple[str, int, int] | None
    last: tuple[str, int, int] | None
    #: `device`, `os` and `app` of a context.
    device: tuple[Mapping[str, Value], int, int] | None


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One identifier of a person."""

    identifier: Identifier
    #: The profile it came with: unmerge gives it back there.
    came_with: int
    first_seen_at: int
    position: int


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merge that stands: an edge of the tree that leads to the present profile."""

    gone: int
    #: The present profile at that moment.
    into: int
    position: int
    merged_at: int


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A merge that was refused, however often its evidence came again."""

    #: The profile that got the events.
    profile_id: int
    identifier: Identifier
    #: Whom the identifier pointed to; 0 = nobody yet, it was one too many.
    other: int
    #: The type whose limit would be passed; None = an operator took the two apart.
    limit_type: IdentifierType | None
    first_at: int
    last_at: int
    n_seen: int


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

    def standing(
        self, brand_id: int, profiles: Collection[int]
    ) -> dict[int, tuple[int, int, str | None, str | None]]:
        """Return profile_id -> (first seen, last seen, zone, locale) of those that exist."""
        ...

    def lock(self, brand_id: int, profiles: Collection[int]) -> None:
        """Lock the profiles until the end of the transaction, in id order."""
        ...

    def facts(
        self, brand_id: int, profiles: Collection[int], names: Collection[str], since: int
    ) -> dict[int, Facts]:
        """Return each profile's traits and its events of the canonical names since an instant."""
        ...

    def facts_of(
        self, brand_id: int, profiles: Collection[int], asked: Mentions, now: int
    ) -> dict[int, Facts]:
        """Return all that conditions ask for about the present profiles among these."""
        ...

    def add_touches(self, brand_id: int, rows: Sequence[TouchRow]) -> None:
        """Let touches of ids into those that are kept: the earliest first, the latest last."""
        ...

    def event_facts(
        self, brand_id: int, profiles: Collection[int], names: Collection[str], since: int
    ) -> dict[int, dict[str, list[EventFact]]]:
        """Return the events of each profile that has any, as in its facts, without traits."""
        ...

    def add_event_facts(self, rows: Sequence[tuple[int, int, EventFact]]) -> None:
        """Keep (brand_id, profile_id, fact) rows for live conditions; repeats are left out."""
        ...

    def consents(
        self, brand_id: int, profiles: Collection[int], at: int = 0
    ) -> dict[int, dict[tuple[str, str], str]]:
        """Return profile_id -> {(channel, purpose): state}, the latest of each by event time.

        States: granted, withdrawn, and expired where an instant is given by which a yes has ended.
        """
        ...

    def record_consents(self, rows: Sequence[ConsentRow]) -> None:
        """Append changes to the consent ledger, chained; a repeat (same position) changes nothing.

        Rows come in the order of the log.
        """
        ...

    def recent_consents(
        self, brand_id: int, chosen: ConsentFilter, limit: int, before: int | None = None
    ) -> list[tuple[int, ConsentRow]]:
        """Return (present profile, row) of the ledger, newest position first, below one."""
        ...

    def consent_counts(self, brand_id: int, at: int) -> list[tuple[str, str, str, int]]:
        """Return (channel, purpose, state, how many people stand there now)."""
        ...

    def ended_consents(self, at: int, limit: int) -> list[EndedConsent]:
        """Return yeses of every brand that ended by an instant and are not told of yet."""
        ...

    def tell_ended(self, ended: Sequence[EndedConsent]) -> None:
        """Note that the log knows of these ends."""
        ...

    def suppressed(self, brand_id: int, addresses: Collection[bytes]) -> set[bytes]:
        """Return which of the keyed address hashes are on the list, for whatever reason."""
        ...

    def suppressions(self, brand_id: int, addresses: Collection[bytes]) -> dict[bytes, set[str]]:
        """Return keyed address hash -> for what it may not be used: all, marketing."""
        ...

    def suppress(self, brand_id: int, rows: Sequence[SuppressionRow]) -> None:
        """Add to the list; the same reason again holds for the longer of the two times."""
        ...

    def unsuppress(self, brand_id: int, addresses: Collection[bytes], reason: str) -> None:
        """Take addresses off the list that stand there for this reason, and no other."""
        ...

    def lift_refusals(
        self, brand_id: int, yeses: Sequence[tuple[int, IdentifierType, int]]
    ) -> None:
        """Take off the list what (profile, kind of address) refused before an instant."""
        ...

    def ended_suppressions(self, at: int, limit: int) -> list[tuple[int, str, list[bytes]]]:
        """Return (brand_id, reason, addresses) whose time on the list has ended."""
        ...

    def list_suppressions(
        self, brand_id: int, reason: str, limit: int, before: tuple[int, bytes, str] | None = None
    ) -> list[SuppressionRow]:
        """Return the list, newest first, below (at, address, reason); "" = every reason."""
        ...

    def suppression_rows(self, brand_id: int, address: bytes) -> list[SuppressionRow]:
        """Return for which reasons one address stands on the list."""
        ...

    def count_suppressions(self, brand_id: int) -> list[tuple[str, str, int]]:
        """Return (reason, scope, how many)."""
        ...

    def consent_history(self, brand_id: int, profile_id: int) -> list[ConsentRow]:
        """Return a person's consent ledger with that of the merged, newest first."""
        ...

    def places(self, brand_id: int, keys: Collection[bytes]) -> dict[bytes, tuple[int, int]]:
        """Return identifier key -> (profile it came with, present profile) of known keys."""
        ...

    def counts(self, brand_id: int, profiles: Collection[int]) -> dict[int, dict[int, int]]:
        """Return present profile -> identifier type -> how many distinct ones it holds."""
        ...

    def apart(self, brand_id: int, profiles: Collection[int]) -> list[tuple[int, int]]:
        """Return the pairs of present profiles, one of them given, that must stay two."""
        ...

    def attach(
        self, brand_id: int, attached: Sequence[Attached], present: Mapping[int, int]
    ) -> None:
        """Keep new identifiers; `present` says where the profile each came with is now."""
        ...

    def see(self, rows: Sequence[SeenRow]) -> None:
        """Make or widen profiles: times by least and greatest, traits by event time."""
        ...

    def merge(self, brand_id: int, merges: Sequence[Merge], at: int) -> None:
        """Carry merges out, in order, after `see` of the survivors.

        Identifiers, traits, subject keys, memberships, timers and active runs move; consents,
        facts, messages and steps keep the id they came with and are read through `histories`.
        """
        ...

    def unmerge(
        self, brand_id: int, edge: MergeRow, restored: Collection[int], present: int, at: int
    ) -> None:
        """Undo one edge: `restored` (its whole subtree) leaves `present` and becomes `edge.gone`.

        Identifiers, subject keys and active runs go back to whom they came with, the pair is
        kept apart from now on; traits and memberships are the caller's to rewrite.
        """
        ...

    def rewrite(self, rows: Sequence[SeenRow]) -> None:
        """Replace times and traits of profiles with what was recomputed from the log."""
        ...

    def rewrite_memberships(self, brand_id: int, histories: Mapping[int, Collection[int]]) -> None:
        """Replace memberships of present profiles with the last word of the log on their ids."""
        ...

    def merges(self, brand_id: int, profile_id: int) -> list[MergeRow]:
        """Return the merges that led into a present profile, oldest first."""
        ...

    def histories(self, brand_id: int, profiles: Collection[int]) -> dict[int, list[int]]:
        """Return present profile -> every id that came into it, its own first."""
        ...

    def refuse_merges(self, brand_id: int, refused: Sequence[RefusedMerge]) -> None:
        """List refused merges; the same evidence again only counts up."""
        ...

    def conflicts(
        self, brand_id: int, limit: int, profile_id: int | None = None
    ) -> list[ConflictRow]:
        """Return refused merges, latest first, of one profile or of all."""
        ...

    def identities(self, brand_id: int, profile_id: int) -> list[IdentityRow]:
        """Return a present profile's identifiers, strongest first."""
        ...

    def events(
        self, brand_id: int, ids: Collection[int], before: int | None, limit: int
    ) -> list[Event]:
        """Return events that came with the ids, newest position first, below a position."""
        ...

    def recent(
        self, brand_id: int, limit: int, before: tuple[int, int] | None = None
    ) -> list[ProfileRow]:
        """Return present people by last activity, latest first, after (last seen, id)."""
        ...

    def backfill_facts(
        self, brand_id: int, names: Collection[str], past: int, first: int = 0, partition: int = 0
    ) -> int:
        """Keep facts of events of these canonical names at offsets in [first, past).

        Returns how many were not kept yet.
        """
        ...
