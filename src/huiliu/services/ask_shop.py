"""Asks shops: with a token that is good, in a way that lets a platform rest when it must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.shop_store import ShopState
from huiliu.ports.shops import Platform, Session
from huiliu.ports.world import World

__all__ = ["ask_shop", "note_failure", "pause_of"]

#: After a failure: this long, doubled up to the longest.
_SHORTEST: Final = 5 * SECOND
_LONGEST: Final = 10 * MINUTE
#: What an operator must mend is not asked every few seconds.
_REFUSED: Final = 10 * MINUTE

T = TypeVar("T")


def ask_shop(world: World, state: ShopState, question: Callable[[Platform, Session], T]) -> T:
    """Return the answer to a question; a token that ends is renewed first, or once in between.

    Raises:
        ShopFailed: there is no answer now.
    """
    platform = world.shops[state.connection.platform]
    session = Session(state.connection, world.outbound, world.clock.now())
    if platform.is_due(session.connection, session.now):
        session = _renewed(world, platform, state, session)
    try:
        return question(platform, session)
    except ShopFailed as fault:
        if fault.fault is not ShopFault.EXPIRED:
            raise
    return question(platform, _renewed(world, platform, state, session))


def pause_of(fault: ShopFailed, failures: int) -> int:
    """Return how long a shop rests after a failure, the so-manieth in a row from 0."""
    if fault.retry_after:
        return fault.retry_after
    if fault.fault in {ShopFault.REFUSED, ShopFault.EXPIRED}:
        return _REFUSED
    return min(_LONGEST, int(_SHORTEST) << min(failures, 10))


def note_failure(world: World, state: ShopState, fault: ShopFailed) -> int:
    """Say on a shop's page why it failed, let it rest, and return until when.

    A refusal may be of one thing among many, such as a missing permission for products: the shop
    goes on with the rest, and whoever asked waits.
    """
    now = world.clock.now()
    until = now + pause_of(fault, state.failures)
    rests = now if fault.fault is ShopFault.REFUSED else until
    with world.store.system() as tx:
        tx.shops.failed(state.key, fault.fault.value, fault.response, at=now, rests_until=rests)
    return until


def _renewed(world: World, platform: Platform, state: ShopState, session: Session) -> Session:
    """Return a session with a new token; of several that want one, one renews it.

    A token that renews tokens is often good once only, so the platform is asked under the lock
    of the connection's row: whoever waited finds the new one.
    """
    with world.store.system() as tx:
        now_there = tx.shops.state(state.key, lock=True)
        if now_there is None:
            raise ShopFailed(state.connection.name, ShopFault.REFUSED, "it is connected no more")
        found = now_there.connection
        is_newer = dict(found.grant) != dict(session.connection.grant)
        if not is_newer or platform.is_due(found, session.now):
            grant = {**found.grant, **platform.renew(replace(session, connection=found))}
            tx.shops.keep_grant(state.key, grant)
            found = replace(found, grant=grant)
    return replace(session, connection=found)
