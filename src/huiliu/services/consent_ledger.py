"""The consent ledger for those who look after it: lists, counts, one person's, and its chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.identity.ledger import broken_at
from huiliu.kernel.consents import PURPOSES
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import show_instant
from huiliu.messages.channels import CHANNELS
from huiliu.ports.people import ConsentFilter, ConsentRow
from huiliu.ports.world import World
from huiliu.services.addresses import held_key
from huiliu.services.consent import settle
from huiliu.services.wishes import Change, Proof, Taken, Who, Wish

__all__ = [
    "METHODS",
    "STATES",
    "LedgerPage",
    "PersonLedger",
    "Standing",
    "consent_counts",
    "list_consents",
    "person_ledger",
    "record_by_staff",
    "row_as_data",
    "verify_ledger",
]

STATES: Final = ("granted", "withdrawn", "requested")
METHODS: Final = (
    "form", "double_opt_in", "keyword", "one_click", "preference_centre", "mailto", "complaint",
    "paper", "console", "api", "import", "expiry",
)  # fmt: skip
PAGE: Final = 50
_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page of the ledger, newest first."""

    #: (present profile, row).
    rows: Sequence[tuple[int, ConsentRow]]
    #: What the next page begins below; None on the last.
    next: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many people stand where on one channel and purpose."""

    channel: str
    purpose: str
    granted: int = 0
    withdrawn: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class PersonLedger:
    """All that one person said."""

    profile_id: int
    #: Newest first.
    rows: Sequence[ConsentRow]
    #: (channel, purpose) -> granted, withdrawn or expired.
    stands: Mapping[tuple[str, str], str]
    #: Position of the first row that was changed after it was written; None = none was.
    broken_at: int | None


def list_consents(
    world: World, brand_id: int, chosen: ConsentFilter, before: int | None = None
) -> LedgerPage:
    """Return a page of the ledger."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.people.recent_consents(brand_id, chosen, PAGE + 1, before)
    shown = _whole(rows) if len(rows) > PAGE else rows
    return LedgerPage(shown, shown[-1][1].position if len(rows) > PAGE else None)


def consent_counts(world: World, brand_id: int) -> list[Standing]:
    """Return how many people stand where now, by channel and purpose."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.people.consent_counts(brand_id, world.clock.now())
    found: dict[tuple[str, str], dict[str, int]] = {}
    for channel, purpose, state, n_people in rows:
        found.setdefault((channel, purpose), {})[state] = n_people
    order = {name: place for place, name in enumerate(PURPOSES)}
    keys = sorted(found, key=lambda key: (key[0], order.get(key[1], len(order))))
    return [
        Standing(*key, *(found[key].get(state, 0) for state in ("granted", "withdrawn", "expired")))
        for key in keys
    ]


def person_ledger(world: World, brand_id: int, profile_id: int) -> PersonLedger:
    """Return all that a person said, and whether any of it was changed since.

    Raises:
        NotFound: nobody has that id.
    """
    with world.store.transaction(brand_id) as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        rows = tx.people.consent_history(brand_id, present)
        if not rows and not tx.people.profiles(brand_id, [present]):
            raise NotFound("profile", show_profile_id(profile_id))
        stands = tx.people.consents(brand_id, [present], world.clock.now())[present]
    return PersonLedger(present, rows, stands, _broken(rows))


def verify_ledger(world: World, brand_id: int) -> tuple[int, list[tuple[int, int]]]:
    """Return how many rows there are, and (profile, position) of the first that fits no more."""
    by_person: dict[int, list[ConsentRow]] = {}
    before: int | None = None
    n_rows = 0
    with world.store.transaction(brand_id) as tx:
        while rows := tx.people.recent_consents(brand_id, ConsentFilter(), _EVERY, before):
            kept = _whole(rows) if len(rows) == _EVERY else rows
            for _, row in kept:
                by_person.setdefault(row.profile_id, []).append(row)
            n_rows += len(kept)
            before = kept[-1][1].position
            if len(rows) < _EVERY:
                break
    broken = [
        (person, position)
        for person, rows_of in sorted(by_person.items())
        if (position := broken_at(_in_order(rows_of))) is not None
    ]
    return n_rows, broken


def record_by_staff(
    world: World,
    brand_id: int,
    profile_id: int,
    changes: Sequence[tuple[str, str, str]],
    proof: Proof,
    *,
    key: Sequence[object] = (),
) -> tuple[Taken, ...]:
    """Write down what a person said to us: (channel, purpose, granted or withdrawn) each.

    Raises:
        NotFound: nobody has that id.
        BadInput: with everything that is wrong.
    """
    problems = []
    for n, (channel, purpose, state) in enumerate(changes):
        if channel not in CHANNELS and not (channel == "*" and state == "withdrawn"):
            said = text("consent.no_channel", known=", ".join(CHANNELS))
            problems.append(Problem(f"consents[{n}].channel", said))
        if purpose not in PURPOSES:
            said = text("consent.want_purpose", known=", ".join(PURPOSES))
            problems.append(Problem(f"consents[{n}].purpose", said))
        if state not in {"granted", "withdrawn"}:
            problems.append(Problem(f"consents[{n}].state", text("consent.want_state")))
    if proof.method not in METHODS:
        said = text("consent.want_method", known=", ".join(METHODS))
        problems.append(Problem("method", said))
    if not changes:
        problems.append(Problem("consents", text("consent.nothing")))
    if problems:
        raise BadInput(tuple(problems))
    with world.store.system() as tx:
        present = tx.people.present(brand_id, [profile_id]).get(profile_id, profile_id)
        profile = tx.people.profiles(brand_id, [present]).get(present)
        if profile is None:
            raise NotFound("profile", show_profile_id(profile_id))
        wishes = [
            (state == "granted", Wish(channel, purpose, key=held_key(channel, profile)))
            for channel, purpose, state in changes
        ]
        wanted = [
            Change(is_yes, [wish for yes, wish in wishes if yes is is_yes], proof)
            for is_yes in (False, True)
        ]
        made = [change for change in wanted if change.wishes]
        return settle(tx, world, brand_id, Who(present), made, *key)


def _whole(rows: list[tuple[int, ConsentRow]]) -> list[tuple[int, ConsentRow]]:
    """Return rows without the last event: its rows share a position, and are read whole."""
    last = rows[-1][1].position
    return [one for one in rows if one[1].position > last] or rows


def row_as_data(row: ConsentRow) -> dict[str, object]:
    """Return a row as it is handed out: to the person, an auditor, or another tool."""
    return {
        "channel": row.channel, "purpose": row.purpose, "state": row.state,
        "at": show_instant(row.occurred_at), "method": row.method,
        "legal_basis": row.legal_basis, "jurisdiction": row.jurisdiction,
        "text_version": row.text_version, "text_locale": row.text_locale,
        "source": row.source, "collected_by": row.collected_by,
        "address_hash": row.address.hex(),
        "expires_at": show_instant(row.expires_at) if row.expires_at else None,
        "evidence": _dated(row.evidence), "position": row.position, "prev": row.prev.hex(),
        "row_hash": row.row_hash.hex(),
    }  # fmt: skip


def _dated(evidence: Mapping[str, Value]) -> dict[str, Value]:
    """Return evidence with instants as people write them."""
    return {
        name: show_instant(value)
        if name in {"confirm_by", "requested_at"} and isinstance(value, int)
        else value
        for name, value in evidence.items()
    }


def _broken(rows: Sequence[ConsentRow]) -> int | None:
    """Return the first position that fits no more in the chains of a person's ids."""
    by_id: dict[int, list[ConsentRow]] = {}
    for row in rows:
        by_id.setdefault(row.profile_id, []).append(row)
    found = [broken_at(_in_order(mine)) for mine in by_id.values()]
    return min((one for one in found if one is not None), default=None)


def _in_order(rows: Sequence[ConsentRow]) -> list[ConsentRow]:
    """Return rows in the order in which they were chained."""
    return sorted(rows, key=lambda row: (row.position, row.channel, row.purpose))
