"""Finds a profile by what an operator types: its id, its number, or one of its identifiers."""

from __future__ import annotations

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.world import World

__all__ = ["PREFIX", "find_profile", "find_profile_by", "identifier_type"]

#: How a profile's id begins.
PREFIX = "p_"

#: What other vocabularies call them.
_WORDS = {kind.word: kind for kind in IdentifierType} | {
    "userid": IdentifierType.USER_ID,
    "anonymousid": IdentifierType.ANONYMOUS_ID,
    "openid": IdentifierType.WECHAT_OPENID,
    "unionid": IdentifierType.WECHAT_UNIONID,
}


def find_profile(written: str) -> int:
    """Return the profile id that is written as `p_...` or as the number that SQL shows.

    Raises:
        BadInput: it is neither.
    """
    found = int(written) if written.isdigit() else parse_profile_id(written)
    if found is None or found >= 1 << 63:
        raise BadInput((Problem("PROFILE", text("profile.no_id", written=written)),))
    return found


def identifier_type(written: str) -> IdentifierType | None:
    """Return the type that a word names, as Huiliu or as Segment writes it."""
    return _WORDS.get(written.strip().lower())


def find_profile_by(world: World, brand_id: int, written: str) -> int:
    """Return the present profile that an identifier written as `email=ada@example.com` names.

    The value is hashed as it was when it arrived; it is never compared in the clear.

    Raises:
        BadInput: the type does not exist, or the value is none of that type.
        NotFound: nobody has this identifier.
    """
    word, separator, value = written.partition("=")
    kind = identifier_type(word)
    if kind is None or not separator:
        known = ", ".join(each.word for each in IdentifierType)
        raise BadInput((Problem("--by", text("profile.no_type", written=written, known=known)),))
    normal = normalise(kind, value)
    if normal is None:
        problem = text("profile.no_value", written=value, type=kind.word)
        raise BadInput((Problem("--by", problem),))
    identifier = world.secrets.identifier_key(brand_id, int(kind), normal)
    with world.store.transaction(brand_id) as tx:
        found = tx.people.resolve(brand_id, [identifier]).get(identifier)
    if found is None:
        raise NotFound(kind.word, value)
    return found
