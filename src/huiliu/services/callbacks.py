"""Takes in what providers push by HTTP: receipts and replies, durable before we answer.

The address of an account holds a code that nobody can guess: of providers that do not sign what
they push it is the only proof, of the others one more.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import replace
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.letters import from_letters, to_letters
from huiliu.ports.channel import Callback, CallbackAnswer, ChannelAccount
from huiliu.ports.vault import Secrets
from huiliu.ports.world import World
from huiliu.services.callback_news import TAKERS
from huiliu.services.conversations import Said, take
from huiliu.services.ingest import accept
from huiliu.services.own_answers import own_answer
from huiliu.services.receive import take_in

__all__ = ["callback_url", "pushed_to", "receive_callback"]

_PURPOSE: Final = "provider callback"
_PAYLOAD: Final = struct.Struct(">BH")
_FORMAT: Final = 1
_CODE_BYTES: Final = 16
#: What platforms call a kind of message -> what conversations call it.
_KINDS: Final = {
    "image": "image", "voice": "voice", "video": "video", "shortvideo": "video",
    "location": "place", "link": "link", "miniprogrampage": "link",
}  # fmt: skip


def callback_url(secrets: Secrets, public_url: str, account: ChannelAccount) -> str:
    """Return the address that a provider pushes receipts and replies of an account to.

    It stays the same for as long as the account has its name.
    """
    token = _PAYLOAD.pack(_FORMAT, account.brand_id) + _code(secrets, account)
    written = to_letters(token)
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
    if answer.events or answer.news:
        with world.store.system() as tx:
            for one in answer.news:
                TAKERS[one.kind](tx, world, account, one.values)
            # The log comes last: it is locked from here to commit.
            accept(
                tx, world, account.brand_id, answer.events,
                received_at=world.clock.now(), historical=False,
            )  # fmt: skip
    words = _answered(world, account, answer)
    if words and answer.write is not None:
        return replace(answer, body=answer.write(words), content_type="application/xml")
    return answer


def _answered(world: World, account: ChannelAccount, answer: CallbackAnswer) -> str:
    """Return what a person is told at once, "" = nothing; what they wrote is durable then."""
    incoming = answer.incoming
    if incoming is None:
        return ""
    if incoming.kind in {"follow", "scan", "menu"}:
        with world.store.transaction(account.brand_id) as tx:
            return own_answer(tx, account, incoming)
    said = Said(
        account.brand_id, account.channel, account.name, incoming.words, incoming.message_id,
        incoming.address, what=_KINDS.get(incoming.kind, "text"),
        app=account.config.get("app", ""), at=incoming.at, passive=answer.write is not None,
    )  # fmt: skip
    return take(world, said).answer


def _account(world: World, written: str) -> ChannelAccount:
    """Return whose address it is; raise NotFound."""
    try:
        token = from_letters(written)
    except ValueError as fault:
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
