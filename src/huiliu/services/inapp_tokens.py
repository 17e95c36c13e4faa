"""Whose in-app messages a client may see: a signed token names a person or a browser.

The key for collecting is public, so it proves nothing. A brand's own server, which knows who signed
in, asks for a token in the person's name. A browser that nobody has signed in gets one for its own
random id; as that id may be joined with a person by whoever claims to be them, it opens the
messages of people without any other name only, unless the brand says otherwise.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from huiliu.governance.normalisation import normalise
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.letters import from_letters, to_letters
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, HOUR, SECOND
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = [
    "LONGEST_LIFE",
    "USUAL_LIFE",
    "Bearer",
    "Seat",
    "anonymous_token",
    "person_token",
    "read_token",
    "seat",
]

_PURPOSE: Final = "in-app token"
_FORMAT: Final = 1
#: Format, brand, type of identifier (0 = the profile itself), its key, until when in seconds.
_PAYLOAD: Final = struct.Struct(">BHB16sI")
_CODE_BYTES: Final = 16
_LONGEST: Final = 120
_PROFILE: Final = 0
USUAL_LIFE: Final = 24 * HOUR
LONGEST_LIFE: Final = 30 * DAY
_LONGEST_ANONYMOUS: Final = 100
#: Fewer letters than this can be tried out.
_SHORTEST_ANONYMOUS: Final = 16
#: Names that are no claim to be anybody: a browser's id, an installation's address.
_NAMELESS: Final = frozenset({IdentifierType.ANONYMOUS_ID, IdentifierType.DEVICE_TOKEN})


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token names."""

    #: 0 = a profile's own id.
    kind: int
    key: bytes

    @property
    def is_anonymous(self) -> bool:
        """Say whether it names a browser and no person."""
        return self.kind == IdentifierType.ANONYMOUS_ID


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose messages are shown."""

    #: The present profile; 0 = nobody is known yet.
    profile_id: int = 0
    #: Every id that came into it, and its own.
    ids: tuple[int, ...] = ()
    #: Somebody is known, but a browser's id does not prove that it is they.
    must_sign_in: bool = False


NOBODY: Final = Seat()


def person_token(
    world: World,
    brand_id: int,
    *,
    user_id: str = "",
    profile_id: int = 0,
    lives: int = USUAL_LIFE,
) -> tuple[str, int]:
    """Return a token for a person whom the brand's own server knows, and when it ends.

    Raises:
        BadInput: nobody is named, or it would live too long.
    """
    problems = []
    normal = normalise(IdentifierType.USER_ID, user_id) if user_id else ""
    if bool(normal) == bool(profile_id):
        problems.append(Problem("user_id", text("inapp.one_name")))
    if not SECOND <= lives <= LONGEST_LIFE:
        days = LONGEST_LIFE // DAY
        problems.append(Problem("lives", text("inapp.token_life", days=days)))
    if problems:
        raise BadInput(tuple(problems))
    if profile_id:
        return _written(world, brand_id, _PROFILE, profile_id.to_bytes(16, "big"), lives)
    key = world.secrets.identifier_key(brand_id, IdentifierType.USER_ID, str(normal))
    return _written(world, brand_id, IdentifierType.USER_ID, key, lives)


def anonymous_token(world: World, brand_id: int, anonymous: str) -> tuple[str, int]:
    """Return a token for a browser that knows its own random id, and when it ends.

    Raises:
        BadInput: that is no id which nobody else could know.
    """
    is_long = _SHORTEST_ANONYMOUS <= len(anonymous) <= _LONGEST_ANONYMOUS
    if not is_long or not anonymous.isprintable():
        raise BadInput((Problem("anonymousId", text("inapp.anonymous")),))
    type_ = IdentifierType.ANONYMOUS_ID
    key = world.secrets.identifier_key(brand_id, type_, anonymous)
    return _written(world, brand_id, type_, key, LONGEST_LIFE)


def read_token(world: World, brand_id: int, written: str) -> Bearer | None:
    """Return whom a token names; None = it is not ours, of another brand, or has ended."""
    if not written or len(written) > _LONGEST:
        return None
    try:
        token = from_letters(written)
    except ValueError:
        return None
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    if len(payload) != _PAYLOAD.size or payload[0] != _FORMAT:
        return None
    expected = world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    if not hmac.compare_digest(code, expected):
        return None
    _, of_brand, kind, key, until = _PAYLOAD.unpack(payload)
    is_good = of_brand == brand_id and world.clock.now() < until * SECOND
    return Bearer(kind, key) if is_good else None


def seat(tx: Tx, brand_id: int, bearer: Bearer, config: Mapping[str, str]) -> Seat:
    """Return whose messages the bearer of a token sees.

    Args:
        tx: a transaction that sees the brand.
        brand_id: whose people.
        bearer: whom the token names.
        config: the fields of the channel's account.
    """
    anonymous = config.get("anonymous", "unnamed")
    if bearer.is_anonymous and anonymous == "nobody":
        return NOBODY
    if bearer.kind == _PROFILE:
        asked = int.from_bytes(bearer.key, "big")
        profile = tx.people.present(brand_id, [asked]).get(asked, asked)
    else:
        profile = tx.people.resolve(brand_id, [bearer.key]).get(bearer.key, 0)
    if not profile or profile not in tx.people.profiles(brand_id, [profile]):
        return NOBODY
    if bearer.is_anonymous and anonymous != "anyone":
        held = tx.people.identifiers(brand_id, [profile]).get(profile, ())
        if any(one.type not in _NAMELESS for one, _ in held):
            return Seat(must_sign_in=True)
    ids = tx.people.histories(brand_id, [profile]).get(profile, [profile])
    return Seat(profile, tuple(ids))


def _written(world: World, brand_id: int, kind: int, key: bytes, lives: int) -> tuple[str, int]:
    """Return a token as clients carry it, and when it ends."""
    until = (world.clock.now() + lives) // SECOND
    payload = _PAYLOAD.pack(_FORMAT, brand_id, kind, key, until)
    token = payload + world.secrets.sign(payload, _PURPOSE)[:_CODE_BYTES]
    return to_letters(token), until * SECOND
