"""Which addresses a profile has for a channel, and the keyed hash that outlives them."""

from __future__ import annotations

from typing import Final

from huiliu.governance.normalisation import normalise
from huiliu.governance.splitting import TOKEN_PREFIX
from huiliu.kernel.events import IdentifierType
from huiliu.messages.channels import CHANNELS
from huiliu.ports.people import ProfileRow
from huiliu.ports.world import World

__all__ = ["address_and_key", "address_key", "held_key", "token_of", "written_address"]

#: How a personal value is written where it may not stand itself.
_PREFIX: Final = TOKEN_PREFIX
_TOKEN_LENGTH: Final = len(_PREFIX) + 32


def _kind(channel: str) -> IdentifierType | None:
    """Return the identifier that an address of a channel also is, or None."""
    known = CHANNELS.get(channel)
    return known.identifier if known is not None else None


def token_of(value: object) -> bytes | None:
    """Return the vault token that a trait or property holds instead of a personal value."""
    if type(value) is not str or len(value) != _TOKEN_LENGTH or not value.startswith(_PREFIX):
        return None
    try:
        return bytes.fromhex(value[len(_PREFIX) :])
    except ValueError:
        return None


def address_and_key(world: World, brand_id: int, channel: str, revealed: str) -> tuple[str, bytes]:
    """Return `written_address` and its `address_key`, b"" where there is none; normalised once."""
    kind = _kind(channel)
    normal = normalise(kind, revealed) if kind is not None else None
    if kind is None:
        address = revealed.strip()
        return address, world.secrets.token(brand_id, channel, address) if address else b""
    if normal is None:
        return "", b""
    address = normal if kind is IdentifierType.PHONE else revealed.strip()
    return address, world.secrets.identifier_key(brand_id, kind, normal)


def written_address(channel: str, revealed: str) -> str:
    """Return an address as the provider wants it, or "" when it cannot be one."""
    kind = _kind(channel)
    if kind is None:
        return revealed.strip()
    normal = normalise(kind, revealed)
    if normal is None:
        return ""
    # Only a phone number has one way to be written; in an e-mail address case may matter.
    return normal if kind is IdentifierType.PHONE else revealed.strip()


def address_key(world: World, brand_id: int, channel: str, address: str) -> bytes:
    """Return the keyed hash of an address: the key of the identifier that it is."""
    kind = _kind(channel)
    normal = normalise(kind, address) if kind is not None else None
    if kind is None or normal is None:
        return world.secrets.token(brand_id, channel, address)
    return world.secrets.identifier_key(brand_id, kind, normal)


def held_key(channel: str, profile: ProfileRow) -> bytes:
    """Return the keyed hash of the address that a person has for a channel, or b"".

    The vault's token of an identifier is its key, so nothing is revealed for it.
    """
    known = CHANNELS.get(channel)
    held = profile.traits.get(known.address_trait) if known is not None else None
    if known is None or known.identifier is None or held is None:
        return b""
    return token_of(held[0]) or b""
