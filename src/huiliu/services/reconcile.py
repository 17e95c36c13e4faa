"""Asks providers what became of messages of which nobody knows, and lets an operator say it.

A message whose provider was called and gave no answer is `unknown`. It is never sent again; it is
asked about where the provider can be asked, a minute later, then after twice as long each time up
to a day, for three days. A receipt may settle it at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from huiliu.kernel.errors import BadInput, Conflict, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE
from huiliu.ports.channel import ChannelAccount, Doubt
from huiliu.ports.messages import MessageRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.addresses import address_and_key, token_of
from huiliu.services.message_events import message_event
from huiliu.services.receive import take_in
from huiliu.services.stopped_templates import lift_stops

__all__ = ["SETTLED", "look_after", "reconcile", "settle_unknown"]

_ASKED_FOR: Final = 3 * DAY
#: An answer may still be on its way.
_ASKED_AFTER: Final = MINUTE
_KEPT_FOR: Final = 35 * DAY
#: What an operator may say that became of a message -> its status and reason.
SETTLED: Final[Mapping[str, tuple[str, str]]] = {
    "sent": ("sent", ""),
    "delivered": ("delivered", ""),
    "failed": ("failed", "not_handed_over"),
}


def look_after(world: World, limit: int) -> int:
    """Ask about doubts, let mended templates go, and forget old counts; return how much it was."""
    n_asked = reconcile(world, limit)
    n_lifted = lift_stops(world)
    with world.store.system() as tx:
        n_forgotten = tx.suppliers.forget(world.clock.now() - _KEPT_FOR, limit)
    return n_asked + n_lifted + n_forgotten


def reconcile(world: World, limit: int) -> int:
    """Ask providers about messages that are due to be asked about; return how many those were."""
    now = world.clock.now()
    with world.store.system() as tx:
        accounts = {
            (account.brand_id, account.channel, account.name): account
            for account in tx.channels.accounts()
            if account.provider in world.providers
        }
        channels = {channel for _, channel, _ in accounts}
        rows = tx.messages.claim_doubts(channels, now - _ASKED_FOR, now - _ASKED_AFTER, now, limit)
        doubts: dict[tuple[int, str, str], list[Doubt]] = {}
        by_brand: dict[int, list[MessageRow]] = {}
        for row in rows:
            by_brand.setdefault(row.queued.brand_id, []).append(row)
        for brand_id, mine in by_brand.items():
            for key, doubt in _doubts(tx, world, brand_id, mine):
                doubts.setdefault(key, []).append(doubt)
    for key, asked in doubts.items():
        if key in accounts:
            _ask(world, accounts[key], asked)
    return len(rows)


def settle_unknown(world: World, brand_id: int, message_id: bytes, word: str) -> MessageRow:
    """Say what became of an unknown message, as the provider's own console shows it.

    Raises:
        BadInput: the word is none of `SETTLED`.
        NotFound: there is no such message.
        Conflict: its end is known.
    """
    if word not in SETTLED:
        said = text("channels.choice", choices=", ".join(SETTLED))
        raise BadInput((Problem("as", said),))
    status, reason = SETTLED[word]
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.messages.message(brand_id, message_id)
        found = tx.messages.lock(brand_id, [message_id])[message_id]
        if found.status != "unknown":
            raise Conflict("message", "unknown", found.status)
        tx.messages.settle(brand_id, [(message_id, status, reason, now)])
        attempts = tx.messages.attempts(brand_id, [message_id])
        account = attempts[-1].account if attempts else ""
        tx.log.append([message_event(row, status, now, reason=reason, account=account)])
        return tx.messages.message(brand_id, message_id)


def _ask(world: World, account: ChannelAccount, doubts: Sequence[Doubt]) -> None:
    """Ask one provider, and take its reports in as if it had sent them."""
    receipts = world.providers[account.provider].query(account, doubts)
    if receipts:
        take_in(world, account, receipts)


def _doubts(
    tx: Tx, world: World, brand_id: int, rows: Sequence[MessageRow]
) -> list[tuple[tuple[int, str, str], Doubt]]:
    """Return what is to be asked about, each with the account that it was handed to."""
    ids = [row.queued.message_id for row in rows]
    known = tx.messages.provider_ids(brand_id, ids)
    last = {attempt.message_id: attempt for attempt in tx.messages.attempts(brand_id, ids)}
    present = tx.people.present(brand_id, {row.queued.profile_id for row in rows})
    held = tx.people.profiles(brand_id, set(present.values()))
    tokens: dict[int, set[bytes]] = {}
    traits: dict[bytes, object] = {}
    for row in rows:
        queued = row.queued
        profile = held.get(present.get(queued.profile_id, queued.profile_id))
        channel = world.channels.get(queued.channel)
        trait = profile.traits.get(channel.address_trait) if profile and channel else None
        if profile is None or trait is None:
            continue
        traits[queued.message_id] = trait[0]
        if (token := token_of(trait[0])) is not None:
            tokens.setdefault(profile.profile_id, set()).add(token)
    revealed = tx.vault.reveal(brand_id, tokens) if tokens else {}
    by_token = {token: value for (_, token), value in revealed.items()}
    found = []
    for row in rows:
        queued = row.queued
        attempt = last.get(queued.message_id)
        if attempt is None:
            continue
        value = traits.get(queued.message_id)
        token = token_of(value)
        raw = by_token.get(token, "") if token is not None else str(value or "")
        address, _ = address_and_key(world, brand_id, queued.channel, raw) if raw else ("", b"")
        doubt = Doubt(
            queued.message_id, address, row.sent_at, tuple(known.get(queued.message_id, ()))
        )
        found.append(((brand_id, queued.channel, attempt.account), doubt))
    return found
