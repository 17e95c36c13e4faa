"""Who opens a form, as far as it may be known, and to whom what they type may be added.

A form is open to everybody, so what is typed into it proves nothing. An address that nobody has is
the visitor's. One that somebody else has stays with them: it is not joined with anything else
that was typed, or whoever knows a neighbour's phone number could add their own e-mail address to
the neighbour's profile and read along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.forms import Visitor
from huiliu.kernel.events import Identifier, IdentifierType
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.form_tokens import person_of

__all__ = ["NOBODY", "Guest", "Named", "look_up", "part_names"]

_LONGEST_ANONYMOUS: Final = 100


@dataclass(frozen=True, slots=True)
class Guest:
    """Who opens a form."""

    #: The present profile; 0 = nobody is known.
    profile_id: int = 0
    #: How the log names them, besides what they type.
    named: tuple[Identifier, ...] = ()
    #: The anonymous id of the page that the form stands in; "" = none that may be joined.
    anonymous: str = ""
    #: Names of what is known.
    visitor: Visitor = field(default_factory=Visitor)


NOBODY: Final = Guest()


@dataclass(frozen=True, slots=True)
class Named:
    """What was typed and names a person, parted by whom it belongs to."""

    #: Together with the guest: type -> what was typed.
    own: Mapping[IdentifierType, str]
    #: Belong to other people: type -> (what was typed, whose).
    others: Mapping[IdentifierType, tuple[str, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: True = all that names the visitor belongs to one who is known, and nothing proves that it
    #: is they: what is known of them stays as it is.
    is_claim: bool = False


def look_up(tx: Tx, world: World, brand_id: int, me: str, anonymous: str) -> Guest:
    """Return who a visitor is: by the link that they came with, else by their browser's own id.

    A browser whose id belongs to another than the link stays out of it.
    """
    by_browser = 0
    key = b""
    if 0 < len(anonymous) <= _LONGEST_ANONYMOUS and anonymous.isprintable():
        key = world.secrets.identifier_key(brand_id, IdentifierType.ANONYMOUS_ID, anonymous)
        by_browser = tx.people.resolve(brand_id, [key]).get(key, 0)
    else:
        anonymous = ""
    by_link = person_of(world, brand_id, me)
    if by_link:
        by_link = tx.people.present(brand_id, [by_link]).get(by_link, by_link)
    profile_id = by_link or by_browser
    rows = tx.people.profiles(brand_id, [profile_id]) if profile_id else {}
    if profile_id not in rows:
        return Guest(anonymous=anonymous)
    held = [one for one, _ in tx.people.identifiers(brand_id, [profile_id]).get(profile_id, ())]
    known = {one.type.word for one in held}
    known |= {name for name, (value, _, _) in rows[profile_id].traits.items() if value is not None}
    strongest = tuple(sorted(held)[:1]) if by_link else ()
    if by_link and by_browser not in {0, by_link}:
        anonymous = ""
    return Guest(profile_id, strongest, anonymous, Visitor(frozenset(known)))


def part_names(
    tx: Tx,
    brand_id: int,
    guest: Guest,
    keys: Mapping[IdentifierType, tuple[str, bytes]],
    *,
    trusts_claims: bool,
) -> Named:
    """Return what was typed, parted into the guest's own and other people's.

    Args:
        tx: the transaction that writes.
        brand_id: whose people.
        guest: who typed.
        keys: identifier -> (what was typed, its key).
        trusts_claims: whether the brand takes visitors at their word.
    """
    owners = tx.people.resolve(brand_id, [key for _, key in keys.values()])
    own: dict[IdentifierType, str] = {}
    others: dict[IdentifierType, tuple[str, int]] = {}
    for type_ in sorted(keys):
        typed, key = keys[type_]
        owner = owners.get(key, 0)
        if trusts_claims or owner in {0, guest.profile_id}:
            own[type_] = typed
        else:
            others[type_] = typed, owner
    if own or guest.profile_id or not others:
        return Named(own, others)
    # Nothing but names of people who are known: the strongest of them says whom it is about.
    first = next(iter(others))
    typed, _ = others.pop(first)
    return Named({first: typed}, others, is_claim=True)
