"""Takes down a yes or a no, whoever hears it: forms, keywords, links, imports and servers.

Both are events: durable when the transaction commits, in the ledger when the projector has read
them, and the dispatcher waits for the projector. A refusal also stands on the list of addresses,
at once, and outlives the person's data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
import phonenumbers
from msgspec import structs

from huiliu.kernel.consents import (
    EVERY,
    LEDGER_EVENTS,
    LEGAL_BASES,
    NOT_THEIR_OWN,
    PURPOSES,
    REQUESTED,
)
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import IdentifierType, NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.messages.channels import CHANNELS
from huiliu.messages.jurisdictions import SOFT_OPT_IN_CHANNELS, law_of
from huiliu.messages.permission import Permission
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import address_key, written_address
from huiliu.services.calls import parse_calls
from huiliu.services.ingest import preparer, settled, write
from huiliu.services.message_events import internal_event
from huiliu.services.permission import permission
from huiliu.services.prepare import Prepared, VaultRow
from huiliu.services.suppress import restore, suppress
from huiliu.services.wishes import Change, Proof, Taken, Who, Wish

__all__ = [
    "CONFIRMED",
    "Change",
    "Proof",
    "Taken",
    "Who",
    "Wish",
    "country_of",
    "grant",
    "settle",
    "withdraw",
]

#: Ways of saying yes that come from the address itself, so that nothing is left to confirm.
CONFIRMED: Final = frozenset({"double_opt_in", "keyword", "preference_centre", "paper", "import"})
#: A refusal by these ends what a person said themselves; only they can take it back.
_REFUSED: Final = ("opted_out", "complained")
#: What STOP to a number ended begins again with START to it, as carriers hold it.
_STOPPED: Final = ("stopped",)
_GRANTED: Final = "Consent Granted"
_WITHDRAWN: Final = "Consent Withdrawn"
_CALL: Final = "call"
#: The name of an event, what it is about, what it says, and what proves it.
_Told: TypeAlias = "tuple[str, Wish, dict[str, Value], Proof]"


def grant(
    tx: Tx,
    world: World,
    brand_id: int,
    who: Who,
    wishes: Sequence[Wish],
    proof: Proof,
    *key: object,
) -> tuple[Taken, ...]:
    """Take down a yes to each wish; where it must be confirmed first, that it was asked for.

    Call it last in a transaction of the system's: the log is locked from here on. The same key is
    the same yes, however often it is told.

    Raises:
        BadInput: a wish or its proof cannot be one; all problems at once.
    """
    return settle(tx, world, brand_id, who, [Change(True, wishes, proof)], *key)


def withdraw(
    tx: Tx,
    world: World,
    brand_id: int,
    who: Who,
    wishes: Sequence[Wish],
    proof: Proof,
    *key: object,
) -> tuple[Taken, ...]:
    """Take down a no to each wish; a refused address is not written to from this moment.

    As `grant` in everything else.
    """
    return settle(tx, world, brand_id, who, [Change(False, wishes, proof)], *key)


def settle(
    tx: Tx, world: World, brand_id: int, who: Who, changes: Sequence[Change], *key: object
) -> tuple[Taken, ...]:
    """Take down what a person says yes and no to at once; as `grant` and `withdraw` do."""
    now = world.clock.now()
    asks = permission(tx, world, brand_id)
    for change in changes:
        _check(change.wishes, change.proof, now, is_grant=change.is_yes)
    told: list[_Told] = []
    taken: list[Taken] = []
    listed: list[NewEvent] = []
    listed_now = _refused(tx, world, brand_id, changes)
    for change in changes:
        mine = [
            _yes(
                world,
                brand_id,
                asks,
                wish,
                change.proof,
                now,
                _key(world, brand_id, wish) in listed_now,
            )
            if change.is_yes
            else _no(world, brand_id, wish, change.proof)
            for wish in change.wishes
        ]
        told += mine
        done = [Taken(wish, LEDGER_EVENTS[name]) for name, wish, _, _ in mine]
        taken += done
        # Addresses are listed before the log is locked, by everybody: nobody waits in a circle.
        if change.is_yes:
            listed += _lifted(tx, world, brand_id, done, change.proof, now)
        else:
            refused = _keys(world, brand_id, done)
            listed += suppress(tx, brand_id, refused, "opted_out", now)
    _tell(tx, world, brand_id, who, told, key or (now,), listed)
    return tuple(taken)


def _refused(tx: Tx, world: World, brand_id: int, changes: Sequence[Change]) -> frozenset[bytes]:
    """Return the addresses on the list to which these changes say yes without any proof.

    Anybody can type the number of somebody who said no: their no is taken back from the address.
    """
    keys = {
        key
        for change in changes
        if change.is_yes and change.proof.method not in CONFIRMED
        for wish in change.wishes
        if (key := _key(world, brand_id, wish))
    }
    return frozenset(tx.people.suppressed(brand_id, keys)) if keys else frozenset()


def _yes(  # noqa: PLR0913, PLR0917 - each is another noun
    world: World,
    brand_id: int,
    asks: Permission,
    wish: Wish,
    proof: Proof,
    now: int,
    is_refused: bool,
) -> _Told:
    """Return a yes as an event says it: that it counts, or that it waits for its confirmation."""
    country = proof.jurisdiction.upper() or country_of(wish)
    waits = (
        wish.purpose == "marketing"
        and proof.legal_basis == "consent"
        and proof.method not in CONFIRMED
        and (is_refused or asks.must_confirm(wish.channel, country))
    )
    said = _said(world, brand_id, wish, proof, country, is_grant=True)
    if ends_at := proof.expires_at or _ends_at(asks, proof, country, now):
        said["expires_at"] = ends_at
    if waits:
        said["confirm_by"] = now + asks.confirm_within
    return REQUESTED if waits else _GRANTED, wish, said, proof


def _no(world: World, brand_id: int, wish: Wish, proof: Proof) -> _Told:
    """Return a no as an event says it."""
    country = proof.jurisdiction.upper() or country_of(wish)
    return _WITHDRAWN, wish, _said(world, brand_id, wish, proof, country, is_grant=False), proof


def country_of(wish: Wish) -> str:
    """Return the country of a phone number, or ""."""
    known = CHANNELS.get(wish.channel)
    if known is None or known.identifier is not IdentifierType.PHONE or not wish.address:
        return ""
    try:
        number = phonenumbers.parse(written_address(wish.channel, wish.address), None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""


def _check(wishes: Sequence[Wish], proof: Proof, now: int, *, is_grant: bool) -> None:
    """Raise everything that is wrong."""
    problems: list[Problem] = []
    for n, wish in enumerate(wishes):
        if wish.purpose not in PURPOSES and (is_grant or wish.purpose not in EVERY):
            said = text("consent.want_purpose", known=", ".join(PURPOSES))
            problems.append(Problem(f"consents[{n}].purpose", said))
        if wish.channel in EVERY and is_grant:
            problems.append(Problem(f"consents[{n}].channel", text("consent.want_channel")))
    if is_grant and proof.legal_basis not in LEGAL_BASES:
        said = text("consent.want_basis", known=", ".join(LEGAL_BASES))
        problems.append(Problem("legal_basis", said))
    if is_grant and proof.expires_at and proof.expires_at <= now:
        problems.append(Problem("expires_at", text("consent.past")))
    if is_grant and proof.legal_basis == "soft_opt_in":
        problems += _soft_faults(wishes, proof, now)
    if problems:
        raise BadInput(tuple(problems))


def _soft_faults(wishes: Sequence[Wish], proof: Proof, now: int) -> list[Problem]:
    """Return why nobody may be written to on the strength of a purchase alone."""
    found: list[Problem] = []
    for n, wish in enumerate(wishes):
        law = law_of(proof.jurisdiction or country_of(wish))
        if not law.soft_opt_in or wish.channel not in SOFT_OPT_IN_CHANNELS:
            found.append(Problem(f"consents[{n}]", text("consent.no_soft_opt_in")))
        elif not proof.purchased_at or proof.purchased_at + law.soft_opt_in <= now:
            found.append(Problem("purchased_at", text("consent.no_purchase")))
    return found


def _ends_at(asks: Permission, proof: Proof, country: str, now: int) -> int:
    """Return when a yes ends by itself, or 0."""
    since = proof.purchased_at if proof.legal_basis == "soft_opt_in" else now
    return asks.ends_at(country, proof.legal_basis, since)


def _said(
    world: World, brand_id: int, wish: Wish, proof: Proof, country: str, *, is_grant: bool
) -> dict[str, Value]:
    """Return the properties of a consent event: the ledger's fields that are not empty."""
    fields: dict[str, Value] = {
        **proof.evidence,
        "channel": wish.channel,
        "purpose": wish.purpose,
        "method": proof.method,
        "legal_basis": proof.legal_basis if is_grant else "",
        "jurisdiction": country,
        "text_version": proof.text_version,
        "text_locale": proof.text_locale,
        "source": proof.source,
        "collected_by": proof.collected_by,
    }
    if key := _key(world, brand_id, wish):
        fields["address"] = key.hex()
    for name, raw in (("seen_from", proof.ip), ("seen_with", proof.user_agent)):
        if raw:
            fields[name] = f"vlt_{world.secrets.token(brand_id, 'text', raw).hex()}"
    return {name: value for name, value in fields.items() if value not in {"", None}}


def _keys(world: World, brand_id: int, taken: Sequence[Taken]) -> list[bytes]:
    """Return the keyed hashes of the addresses that marketing is granted to or withdrawn from."""
    return sorted({
        key
        for one in taken
        if one.state != "requested" and one.wish.purpose == "marketing"
        and (key := _key(world, brand_id, one.wish))
    })  # fmt: skip


def _lifted(
    tx: Tx, world: World, brand_id: int, taken: Sequence[Taken], proof: Proof, now: int
) -> list[NewEvent]:
    """Take addresses off the list that their owners put there, where it is they who say yes."""
    addresses = _keys(world, brand_id, taken)
    if proof.method in NOT_THEIR_OWN or not addresses:
        return []
    reasons = (*_REFUSED, *(_STOPPED if proof.method == "keyword" else ()))
    return [event for why in reasons for event in restore(tx, brand_id, addresses, why, now)]


def _tell(  # noqa: PLR0913, PLR0917 - who says what, how, and what else follows from it
    tx: Tx,
    world: World,
    brand_id: int,
    who: Who,
    told: Sequence[_Told],
    key: Sequence[object],
    more: Sequence[NewEvent],
) -> None:
    """Write the events, with those that are known by name only taken apart as calls are."""
    now = world.clock.now()
    made = Prepared(brand_id)
    subject: bytes | None = None
    first: tuple[NewEvent, ...] = ()
    if not who.profile_id:
        made, first = _named(world, brand_id, who, key)
        subject = first[-1].subject
    events = []
    for name, wish, said, proof in told:
        event = internal_event(
            brand_id, who.profile_id, name, said, now, *key, str(who), wish.channel,
            wish.purpose,
        )  # fmt: skip
        own = subject or _key(world, brand_id, wish) or None
        if own is not None:
            made.vault += _sealed(world, brand_id, own, proof)
        if first:
            body = msgspec.json.encode({"properties": said})
            event = structs.replace(event, identifiers=first[-1].identifiers, body=body)
        events.append(structs.replace(event, subject=own))
    made.events[:] = [*first[:-1], *events, *more]
    write(tx, world.secrets, [made])
    settled(world.secrets, [made])


def _key(world: World, brand_id: int, wish: Wish) -> bytes:
    """Return the keyed hash of a wish's address, or b"" where none is told."""
    if wish.key or not wish.address:
        return wish.key
    return address_key(world, brand_id, wish.channel, wish.address)


def _sealed(world: World, brand_id: int, subject: bytes, proof: Proof) -> list[VaultRow]:
    """Return what of a proof is personal, on its way into the vault."""
    return [
        VaultRow(subject, world.secrets.token(brand_id, "text", raw), "text", raw)
        for raw in (proof.ip, proof.user_agent)
        if raw
    ]


def _named(
    world: World, brand_id: int, who: Who, key: Sequence[object]
) -> tuple[Prepared, tuple[NewEvent, ...]]:
    """Return the calls that name somebody, prepared: an identify with their traits, and a word.

    Raises:
        BadInput: the names name nobody.
    """
    traits = who.names.get("traits") or {}
    names = {name: who.names[name] for name in ("userId", "anonymousId") if name in who.names}
    known = digest("consent", brand_id, *key, str(who)).hex()
    word = {"type": "track", "event": _CALL, "context": {"traits": traits}, **names}
    identify = {"type": "identify", "traits": traits, "messageId": f"identify-{known}", **names}
    calls = [identify, word] if traits else [word]
    batch, unreadable = parse_calls(msgspec.json.encode({"batch": calls}))
    prepared = preparer(world, brand_id).prepare(batch, world.clock.now())
    if prepared.problems:
        raise BadInput(
            tuple(
                Problem(one.path, one.text)
                for one in (unreadable.get(n, found) for n, found in prepared.problems)
            )
        )
    return prepared, tuple(prepared.events)
