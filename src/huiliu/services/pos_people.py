"""Who stands at a till: by member code, QR, card, phone, an identifier or a profile's id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import Identifier, IdentifierType
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.store import Tx
from huiliu.ports.vault import Secrets
from huiliu.ports.world import World
from huiliu.services.member_codes import is_member_code, member_of

__all__ = ["NOBODY", "Buyer", "buyer_of"]

_WAYS: Final = ("profile", "member_code", "qr", "card", "phone", "identifier")
_TYPES: Final = {one.word: one for one in IdentifierType}
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who a sale is for."""

    #: The present profile; None = nobody who is known.
    profile_id: int | None = None
    #: What was told of somebody who is not known yet: (type, normal form).
    named: tuple[IdentifierType, str] | None = None

    def stranger(self, secrets: Secrets, brand_id: int) -> Identifier | None:
        """Return the name of somebody who has no profile yet; None = nobody, or they have."""
        if self.named is None:
            return None
        type_, value = self.named
        return Identifier(type_, secrets.identifier_key(brand_id, int(type_), value))


NOBODY: Final = Buyer()


def buyer_of(
    tx: Tx, world: World, brand_id: int, given: Mapping[str, Any], at: int | None = None
) -> Buyer:
    """Return who is meant; nobody where nothing was told.

    Args:
        tx: of the system.
        world: the instance.
        brand_id: whose person.
        given: what names them.
        at: when their code was read; None = now.

    Raises:
        BadInput: two ways were told at once, or what was told cannot be a name.
    """
    told = [name for name in _WAYS if given.get(name) not in (None, "")]
    if not told:
        return NOBODY
    if len(told) > 1:
        raise BadInput((Problem(told[1], text("pos.one_person")),))
    way, value = told[0], given[told[0]]
    if way == "identifier":
        return _by_identifier(tx, world, brand_id, value)
    if not isinstance(value, str) or len(value) > _LONGEST or "\0" in value:
        raise BadInput((Problem(way, text("api.not_a_text")),))
    value = value.strip()
    if way == "profile":
        profile = parse_profile_id(value)
        if profile is None:
            raise BadInput((Problem("profile", text("pos.not_a_profile")),))
        return _present(tx, brand_id, profile)
    if way == "qr":
        # The code may stand at the end of an address.
        value = urlsplit(value).path.rstrip("/").rpartition("/")[2] or value
        way = "member_code" if is_member_code(value) else "card"
    if way == "member_code":
        member = member_of(world, brand_id, value, world.clock.now() if at is None else at)
        if member is None:
            raise BadInput((Problem("member_code", text("pos.stale_member_code")),))
        return _present(tx, brand_id, member)
    type_ = IdentifierType.PHONE if way == "phone" else IdentifierType.MEMBER_CARD
    return _named(tx, world, brand_id, type_, value, way)


def _by_identifier(tx: Tx, world: World, brand_id: int, value: object) -> Buyer:
    """Return whom `{type, value}` names."""
    if not isinstance(value, Mapping) or set(value) != {"type", "value"}:
        raise BadInput((Problem("identifier", text("pos.want_identifier")),))
    type_ = _TYPES.get(str(value["type"]))
    if type_ is None:
        said = text("pos.identifier_type", known=", ".join(_TYPES))
        raise BadInput((Problem("identifier.type", said),))
    written = value["value"]
    if not isinstance(written, str) or len(written) > _LONGEST or "\0" in written:
        raise BadInput((Problem("identifier.value", text("api.not_a_text")),))
    return _named(tx, world, brand_id, type_, written, "identifier.value")


def _named(
    tx: Tx, world: World, brand_id: int, type_: IdentifierType, written: str, path: str
) -> Buyer:
    """Return whose name it is."""
    normal = normalise(type_, written)
    if normal is None:
        raise BadInput((Problem(path, text("pos.not_a_name", type=type_.word)),))
    key = world.secrets.identifier_key(brand_id, int(type_), normal)
    found = tx.people.resolve(brand_id, [key]).get(key)
    return Buyer(found) if found is not None else Buyer(named=(type_, normal))


def _present(tx: Tx, brand_id: int, profile: int) -> Buyer:
    """Return the person whom a profile is by now; raise BadInput where there is none."""
    present = tx.people.present(brand_id, [profile]).get(profile, profile)
    if not tx.people.profiles(brand_id, [present]):
        raise BadInput((Problem("profile", text("pos.not_a_profile")),))
    return Buyer(present)
