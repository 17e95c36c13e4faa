"""The addresses of codes: signed, so nobody can make one; of a rotating code good for a while."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.ports.codes import QrCode
from huiliu.ports.world import World
from huiliu.rewards.codes import Token, pack, step_of, unpack

__all__ = ["address_of", "read_token", "screen_address", "screen_of", "token_in", "token_of"]

_CODE, _SCREEN = "qr code", "qr screen"
#: Bytes of the signature: nobody can try so many, and the picture stays coarse enough to print.
_SIGNATURE: Final = 10
_LONGEST: Final = 80
#: Where the parts stand in an address of ours.
_PAGE, _LINK = "/q/", "/01/"


def token_of(world: World, code: QrCode, now: int) -> str:
    """Return the token of a code's picture at an instant."""
    return _written(world, Token(code.brand_id, code.code_id, step_of(code.rotates_s, now)), _CODE)


def address_of(world: World, code: QrCode, now: int) -> str:
    """Return what the picture of a code says at an instant.

    A code about a product is a GS1 Digital Link besides: any scanner reads the product's number
    from it, and a phone opens the product's page.
    """
    ours, token = world.public_url.rstrip("/"), token_of(world, code, now)
    if not code.gtin:
        return f"{ours}{_PAGE}{token}"
    of_brand = "" if code.brand_id == 1 else f"/b/{code.brand_id}"
    return f"{ours}{of_brand}{_LINK}{code.gtin}?q={token}"


def screen_address(world: World, code: QrCode) -> str:
    """Return where a shop's screen shows the picture of a rotating code; it is for the shop."""
    token = _written(world, Token(code.brand_id, code.code_id), _SCREEN)
    return f"{world.public_url.rstrip('/')}/qs/{token}"


def read_token(world: World, written: str) -> Token:
    """Return what a token says; raise NotFound for one that Huiliu did not make."""
    return _read(world, written, _CODE)


def screen_of(world: World, written: str) -> Token:
    """Return which code a screen shows; raise NotFound for an address that is not ours."""
    return _read(world, written, _SCREEN)


def token_in(written: str) -> str:
    """Return the token of what a camera read: an address of ours, or a token by itself."""
    said = written.strip()
    _, found, after = said.partition(_PAGE)
    if not found:
        _, found, after = said.partition("q=")
    return (after if found else said).split("?")[0].split("&")[0].split("#")[0]


def _written(world: World, token: Token, purpose: str) -> str:
    """Return a token as it stands in an address."""
    said = pack(token)
    signed = said + world.secrets.sign(said, purpose)[:_SIGNATURE]
    # Base 32: what a person may have to type, and no sign that anything cuts an address at.
    return _letters(signed)


def _letters(signed: bytes) -> str:
    """Return bytes as small letters and digits."""
    return base64.b32encode(signed).decode().rstrip("=").lower()


def _read(world: World, written: str, purpose: str) -> Token:
    """Return what a token says."""
    said = written[: _LONGEST + 1]
    try:
        whole = base64.b32decode(f"{said.upper()}{'=' * (-len(said) % 8)}".encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as fault:
        raise NotFound(purpose, said[:40]) from fault
    signed, signature = whole[:-_SIGNATURE], whole[-_SIGNATURE:]
    token = unpack(signed)
    # Bits of the last letter that stand for nothing are read past: written so it is not ours.
    if token is None or pack(token) != signed or _letters(whole) != said.lower():
        raise NotFound(purpose, said[:40])
    if not hmac.compare_digest(signature, world.secrets.sign(signed, purpose)[:_SIGNATURE]):
        raise NotFound(purpose, said[:40])
    return token
