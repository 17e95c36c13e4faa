"""Takes a platform's request in: its signature checked, its hint kept, answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY
from huiliu.ports.shop_store import ShopKey, ShopState
from huiliu.ports.shops import Inbound, Notice, Refusal, Reply
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = ["KEPT", "keep_notices", "receive_shop_notice"]

#: Deliveries are remembered this long: longer than any platform tries again.
KEPT: Final = 14 * DAY


def receive_shop_notice(world: World, key: ShopKey, inbound: Inbound) -> Reply:
    """Return what the platform is to be told; a notice is durable before that.

    Forged and stale requests are refused and counted, repeats are thanked for and counted.

    Raises:
        NotFound: there is no such connection, or it is switched off.
    """
    with world.store.system() as tx:
        state = tx.shops.state(key)
        if state is None or not state.is_on or key[1] not in world.shops:
            raise NotFound("shop", f"{key[1]}/{key[2]}")
        found = world.shops[key[1]].receive(inbound, state.connection)
        if isinstance(found, Refusal):
            tx.shops.count(key, f"refused_{found.reason}", inbound.received_at)
            return Reply(found.status)
        if found.notices:
            whole = digest("body", inbound.body)
            keep_notices(tx, state, found.notices, whole, inbound.received_at)
        return found.reply


def keep_notices(
    tx: Tx, state: ShopState, notices: Sequence[Notice], whole: bytes, at: int
) -> None:
    """Keep the notices that are new, and count them all; `whole` stands for those without a key."""
    fresh: list[Notice] = []
    n_repeated = 0
    for number, notice in enumerate(notices):
        known = [digest("delivery", one) for one in notice.deliveries if one]
        if tx.shops.are_new(state.key, known or [digest(whole, number)], at):
            fresh.append(notice)
        else:
            n_repeated += 1
    tx.shops.add_notices(state.key, fresh, at)
    for what, n in (("taken", len(fresh)), ("repeated", n_repeated)):
        if n:
            tx.shops.count(state.key, what, at, n)
