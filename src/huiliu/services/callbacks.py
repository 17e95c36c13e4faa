"""Takes in what providers push by HTTP: receipts and replies, durable before we answer.

The address of an account holds a code that nobody can guess: of providers that do not sign what
they push it is the only proof, of the others one more.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.ports.channel import Callback, CallbackAnswer, ChannelAccount
from huiliu.ports.vault import Secrets
from huiliu.ports.world import World
from huiliu.services.ingest import accept
from huiliu.services.receive import take_in

__all__ = ["callback_url", "pushed_to", "receive_callback"]

_PURPOSE: Final = "provider callback"
_PAYLOAD: Final = struct.Struct(">BH")
_FORMAT: Final = 1
_CODE_BYTES: Final = 16


def callback_url(secrets: Secrets, public_url: str, account: ChannelAccount) -> str:
    """Return the address that a provider pushes receipts and replies of an account to.

    It stays the same for as long as the account has its name.
    """
    token = _PAYLOAD.pack(_FORMAT, account.brand_id) + _code(secrets, account)
    written = base64.urlsafe_b64encode(token).rstrip(b"=").decode()
    return f"{public_url.rstrip('/')}/callbacks/{written}"


def pushed_to(world: World, account: ChannelAccount) -> str:
    """Return where an account's provider pushes to, for people; "" = it pushes nothing."""
    provider = world.providers.get(account.provider)
    if provider is None or not provider.pushes:
        return ""
    return callback_url(world.secrets, world.public_url, account)


def receive_callback(world: World, written: str, request: Callback) -> CallbackAnswer:
    """Return what the provider is to be told; what it brought is durable before that.

    Raises:
        NotFound: the address is of no account.
        Unavailable: nothing can be stored now; the provider has to come again.
    """
    account = _account(world, written)
    provider = world.providers.get(account.provider)
    if provider is None:
        raise NotFound("provider", account.provider)
    answer = provider.callback(account, request)
    if answer.receipts:
        take_in(world, account, answer.receipts)
    if answer.events:
        with world.store.system() as tx:
            accept(
                tx, world, account.brand_id, answer.events,
                received_at=world.clock.now(), historical=False,
            )  # fmt: skip
    return answer


def _account(world: World, written: str) -> ChannelAccount:
    """Return whose address it is; raise NotFound."""
    try:
        token = base64.b64decode(written + "=" * (-len(written) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NotFound("callback address", "…") from fault
    payload, code = token[: _PAYLOAD.size], token[_PAYLOAD.size :]
    if len(payload) != _PAYLOAD.size or len(code) != _CODE_BYTES:
        raise NotFound("callback address", "…")
    version, brand_id = _PAYLOAD.unpack(payload)
    if version != _FORMAT or not 0 < brand_id < 32_768:
        raise NotFound("callback address", "…")
    with world.store.system() as tx:
        accounts = tx.channels.accounts(brand_id)
    for account in accounts:
        if hmac.compare_digest(_code(world.secrets, account), code):
            return account
    raise NotFound("callback address", "…")


def _code(secrets: Secrets, account: ChannelAccount) -> bytes:
    """Return what proves that an address is of an account."""
    said = f"{account.brand_id}\0{account.channel}\0{account.name}".encode()
    return secrets.sign(said, _PURPOSE)[:_CODE_BYTES]
