"""Refusals that a provider tells of: who is on its list, or complained, is not written to by us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.ports.channel import ChannelAccount, Receipt
from huiliu.ports.world import World
from huiliu.services.addresses import address_key
from huiliu.services.consent import withdraw
from huiliu.services.suppress import suppress
from huiliu.services.wishes import Proof, Who, Wish

__all__ = ["take_refusals"]

#: State of a receipt -> how it was said.
_METHODS: Final = {"unsubscribed": "keyword", "complained": "complaint"}
_REASONS: Final = {"unsubscribed": "opted_out", "complained": "complained"}


def take_refusals(world: World, account: ChannelAccount, receipts: Sequence[Receipt]) -> None:
    """Write down what receipts say of consent: in the ledger where the person is known.

    Each has a transaction of its own: addresses are listed before the log is locked.
    """
    brand_id, channel = account.brand_id, account.channel
    for one in receipts:
        method = _METHODS.get(one.state)
        if method is None or not one.address:
            continue
        key = address_key(world, brand_id, channel, one.address)
        source = f"account:{account.name}"
        with world.store.system() as tx:
            profile_id = tx.people.resolve(brand_id, [key]).get(key, 0)
            if profile_id:
                proof = Proof(method, source=source, evidence={"code": one.code})
                wish = Wish(channel, address=one.address)
                same = ("told", key, one.provider_id or one.message_id.hex())
                withdraw(tx, world, brand_id, Who(profile_id), [wish], proof, *same)
            else:
                now = world.clock.now()
                reason = _REASONS[one.state]
                tx.log.append(suppress(tx, brand_id, [key], reason, now, source=source))
