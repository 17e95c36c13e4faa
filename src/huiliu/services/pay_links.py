"""Addresses of the checkout that need no sign-in: a store's self-checkout, a receipt, a notice.

Each is signed for the one thing that it opens and says nothing of anybody.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.errors import NotFound
from huiliu.kernel.letters import from_letters, to_letters
from huiliu.ports.payment import PaymentAccount
from huiliu.ports.world import World

__all__ = ["Named", "checkout_url", "notify_url", "read_token", "receipt_token", "receipt_url"]

_CODE_BYTES: Final = 12
_LONGEST: Final = 600
_STORE: Final = "self-checkout"
_RECEIPT: Final = "receipt page"
_NOTICE: Final = "payment notice"
_PURPOSES: Final = {"store": _STORE, "receipt": _RECEIPT, "notice": _NOTICE}


@dataclass(frozen=True, slots=True)
class Named:
    """What an address names."""

    brand_id: int
    #: The store, the order's id, or the account.
    name: str


def checkout_url(world: World, brand_id: int, store: str) -> str:
    """Return the address of a store's self-checkout, for the code at its door."""
    return f"{_base(world)}/sc/{_token(world, brand_id, store, _STORE)}"


def receipt_token(world: World, brand_id: int, order_id: str) -> str:
    """Return what proves that somebody may see a receipt."""
    return _token(world, brand_id, order_id, _RECEIPT)


def receipt_url(world: World, brand_id: int, order_id: str) -> str:
    """Return the address of a receipt."""
    return f"{_base(world)}/sr/{receipt_token(world, brand_id, order_id)}"


def notify_url(world: World, account: PaymentAccount) -> str:
    """Return where a provider tells that something was paid."""
    return f"{_base(world)}/pay/notices/{_token(world, account.brand_id, account.name, _NOTICE)}"


def read_token(world: World, kind: str, written: str) -> Named:
    """Return what an address names; raise NotFound for one that Huiliu did not make."""
    purpose = _PURPOSES[kind]
    if len(written) > _LONGEST:
        raise NotFound(purpose, "…")
    try:
        token = from_letters(written)
        payload, code = token[:-_CODE_BYTES], token[-_CODE_BYTES:]
        expected = world.secrets.sign(payload, purpose)[:_CODE_BYTES]
        if not hmac.compare_digest(code, expected):
            raise NotFound(purpose, "…")
        brand_id, name = msgspec.json.decode(payload, type=tuple[int, str])
    except (ValueError, msgspec.MsgspecError) as fault:
        raise NotFound(purpose, "…") from fault
    return Named(brand_id, name)


def _token(world: World, brand_id: int, name: str, purpose: str) -> str:
    """Return a token for one thing."""
    payload = msgspec.json.encode((brand_id, name))
    token = payload + world.secrets.sign(payload, purpose)[:_CODE_BYTES]
    return to_letters(token)


def _base(world: World) -> str:
    """Return how addresses of this instance begin."""
    return world.public_url.rstrip("/")
