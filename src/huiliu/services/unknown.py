"""Lists the messages of which nobody knows whether they went, with whom to ask."""

from __future__ import annotations

from dataclasses import dataclass

from huiliu.ports.messages import MessageRow
from huiliu.ports.world import World

__all__ = ["Unknown", "list_unknown"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """One message of which nobody knows."""

    row: MessageRow
    #: The account that it was handed to.
    account: str
    #: What was heard last, in the provider's words or ours.
    response: str
    #: Whether its provider is asked about it by itself.
    can_be_asked: bool


def list_unknown(world: World, brand_id: int, limit: int, before: int = 0) -> list[Unknown]:
    """Return unknown messages, the newest first."""
    with world.store.transaction(brand_id) as tx:
        rows = tx.messages.unknown(brand_id, limit, before)
        ids = [row.queued.message_id for row in rows]
        last = {attempt.message_id: attempt for attempt in tx.messages.attempts(brand_id, ids)}
        providers = {
            (account.channel, account.name): account.provider
            for account in tx.channels.accounts(brand_id)
        }
    found = []
    for row in rows:
        attempt = last.get(row.queued.message_id)
        name = attempt.account if attempt else ""
        provider = world.providers.get(providers.get((row.queued.channel, name), ""))
        response = attempt.response if attempt else ""
        found.append(Unknown(row, name, response, provider is not None and provider.can_be_asked))
    return found
