"""What should be shared of people with an ad platform now, and why nothing of others.

Asked in the very transaction that writes what is about to leave: membership, consent, the list
of suppressed addresses and the vault, all as the projector has them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from huiliu.advertising.audience import AdAudience
from huiliu.advertising.people import Person
from huiliu.advertising.permission import Word, permit
from huiliu.kernel.events import IdentifierType
from huiliu.ports.ads import AccountRow, MemberRow
from huiliu.ports.store import Tx
from huiliu.services.ad_audiences import kinds_of
from huiliu.services.ad_talk import platform_of

__all__ = ["Agreed", "Wanted", "agreed_people", "wanted_of"]

_TYPES: Final = {"phone": IdentifierType.PHONE, "email": IdentifierType.EMAIL}
#: Of one person so many numbers and addresses go at most.
_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a person agrees to share with one platform."""

    people: tuple[Person, ...]
    #: Position of the latest yes that it rests on; 0 = there is none.
    consent: int
    #: no_consent, withdrawn, expired, suppressed or no_identifier; "" = something is shared.
    why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be shared of one member of an audience."""

    people: tuple[Person, ...] = ()
    consent: int = 0
    #: left, erased, ended, no_consent ...; "" = something is shared.
    why: str = ""
    #: Not among the audience's people at all.
    is_out: bool = False


def wanted_of(
    tx: Tx,
    account: AccountRow,
    audience: AdAudience | None,
    rows: Sequence[MemberRow],
    now: int,
) -> list[tuple[MemberRow, Wanted]]:
    """Return each person with what should be shared of them.

    Args:
        tx: of the system; the people are kept from changing until it ends.
        account: whose platform it is about.
        audience: None = it has ended.
        rows: the people.
        now: the present instant.
    """
    ids = [one.profile_id for one in rows]
    if not ids:
        return []
    brand_id = account.brand_id
    tx.people.lock(brand_id, ids)
    there = set(tx.people.standing(brand_id, ids))
    within = tx.segments.of_profiles(brand_id, ids) if audience and audience.segment else {}
    outside: dict[int, str] = {}
    for one in rows:
        if why := _outside(one, audience, there, within):
            outside[one.profile_id] = why
    inside = [one for one in ids if one not in outside]
    kinds = kinds_of(audience, account.platform) if audience is not None else ()
    agreed = agreed_people(tx, account, inside, kinds, now)
    found = []
    for one in rows:
        if one.profile_id in outside:
            wanted = Wanted(why=outside[one.profile_id], is_out=True)
        else:
            mine = agreed[one.profile_id]
            wanted = Wanted(mine.people, mine.consent, mine.why)
        found.append((one, wanted))
    return found


def _outside(
    one: MemberRow,
    audience: AdAudience | None,
    there: Collection[int],
    within: Mapping[int, set[str]],
) -> str:
    """Return why a person is not among an audience's people; "" = they are."""
    if audience is None:
        return "ended"
    if one.profile_id not in there:
        return "erased"
    if one.joined > 0:
        return ""
    is_member = bool(audience.segment) and audience.segment in within.get(one.profile_id, set())
    return "" if is_member and one.joined == 0 else "left"


def agreed_people(
    tx: Tx,
    account: AccountRow,
    ids: Sequence[int],
    kinds: Collection[str],
    now: int,
) -> dict[int, Agreed]:
    """Return what each of some present people agrees to share with an account's platform."""
    brand_id = account.brand_id
    words = tx.ads.words(brand_id, ids) if ids else {}
    held = tx.people.identifiers(brand_id, ids) if ids else {}
    keys: dict[int, dict[str, list[bytes]]] = {}
    for me, found in held.items():
        for kind in kinds:
            mine = sorted(each.key for each, _ in found if each.type is _TYPES[kind])
            keys.setdefault(me, {})[kind] = mine[:_MOST]
    every = {key for mine in keys.values() for each in mine.values() for key in each}
    listed = tx.people.suppressed(brand_id, every) if every else set()
    asked = {
        me: {key for kind, each in mine.items() for key in each
             if permit(words.get(me, ()), kind, account.platform, now).may and key not in listed}
        for me, mine in keys.items()
    }  # fmt: skip
    clear = tx.vault.reveal(brand_id, {me: found for me, found in asked.items() if found})
    platform = platform_of(account)
    agreed: dict[int, Agreed] = {}
    for me in ids:
        hashes: dict[str, list[str]] = {}
        for kind, each in keys.get(me, {}).items():
            revealed = (clear.get((me, key)) for key in each)
            hashed = (platform.hashed(account.config, kind, one) for one in revealed if one)
            hashes[kind] = sorted({one for one in hashed if one})
        agreed[me] = _agreed(words.get(me, ()), keys.get(me, {}), listed, hashes, account, now)
    return agreed


def _agreed(
    words: Sequence[Word],
    keys: Mapping[str, Sequence[bytes]],
    listed: Collection[bytes],
    hashes: Mapping[str, Sequence[str]],
    account: AccountRow,
    now: int,
) -> Agreed:
    """Return what one person agrees to share, or why nothing."""
    permits = {
        kind: permit(words, kind, account.platform, now) for kind in keys or ("phone", "email")
    }
    people = tuple(
        Person(phone, email)
        for phone, email in zip_longest(
            hashes.get("phone", ()), hashes.get("email", ()), fillvalue=""
        )
    )
    if people:
        consent = max(permits[kind].position for kind, each in hashes.items() if each)
        return Agreed(people, consent, "")
    refused = [one.why for one in permits.values() if not one.may]
    if len(refused) == len(permits):
        return Agreed((), 0, min(refused, key=("withdrawn", "expired", "no_consent").index))
    is_listed = any(key in listed for each in keys.values() for key in each)
    return Agreed((), 0, "suppressed" if is_listed else "no_identifier")
