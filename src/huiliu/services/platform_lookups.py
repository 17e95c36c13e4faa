"""Asks platforms who people are: the name that they have in all apps of the brand joins them up.

Who comes is asked about after the callback was answered, never in it. A question holds the address
sealed, and is forgotten as soon as it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from huiliu.kernel.errors import NotFound, PlatformFailed
from huiliu.kernel.times import MINUTE
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.ground import Lookup
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named
from huiliu.services.ingest import accept

__all__ = ["look_people_up", "note_customer", "note_follower"]

_PURPOSE: Final = "platform lookup"
#: Whoever took questions answers them in this time, or they are asked again.
_LEASE: Final = 5 * MINUTE
#: The platform takes so many at once.
_MOST: Final = 100
#: After so many times nobody asks any more.
_PATIENCE: Final = 12


def note_follower(tx: Tx, world: World, account: ChannelAccount, values: Mapping[str, Any]) -> None:
    """Ask who somebody is who follows an official account."""
    _note(tx, world, account, str(values.get("openid", "")), "")


def note_customer(tx: Tx, world: World, account: ChannelAccount, values: Mapping[str, Any]) -> None:
    """Ask who a customer is, and whether an employee has them still."""
    who, reason = str(values.get("external_userid", "")), str(values.get("reason", ""))
    _note(tx, world, account, who, reason)


def look_people_up(world: World, limit: int) -> int:
    """Ask about the people of one account; return how many were answered for, 0 = nobody waits."""
    now = world.clock.now()
    with world.store.system() as tx:
        waiting = tx.ground.lookups(now, now + _LEASE, min(limit, _MOST))
    if not waiting:
        return 0
    first = waiting[0]
    try:
        account = account_named(world, first.brand_id, first.channel, first.account)
    except NotFound:
        with world.store.system() as tx:
            tx.ground.answered(waiting)
        return len(waiting)
    done, calls = _ask(world, account, waiting)
    with world.store.system() as tx:
        tx.ground.answered([*done, *(one for one in waiting if one.n_tries >= _PATIENCE)])
        accept(tx, world, account.brand_id, calls, received_at=now, historical=False)
    # What failed waits for its next turn: nothing was done for it.
    return len(done)


def _note(tx: Tx, world: World, account: ChannelAccount, address: str, reason: str) -> None:
    """Write a question down."""
    if not address:
        return
    mark = world.secrets.token(account.brand_id, _PURPOSE, address)
    sealed = world.secrets.seal(address.encode(), _PURPOSE)
    tx.ground.look_up([
        Lookup(
            account.brand_id, account.channel, account.name, mark, sealed, reason,
            world.clock.now(),
        )
    ])  # fmt: skip


def _ask(
    world: World, account: ChannelAccount, waiting: Sequence[Lookup]
) -> tuple[Sequence[Lookup], list[Mapping[str, object]]]:
    """Return the questions that were answered, and what the answers say."""
    addresses = {
        world.secrets.unseal(one.sealed, _PURPOSE).decode(): one for one in waiting
    }  # fmt: skip
    if account.channel == "wecom":
        return _customers(world, account, addresses)
    try:
        found = world.official.followers(account, list(addresses))
    except PlatformFailed:
        return (), []
    calls: list[Mapping[str, object]] = []
    for one in found:
        lookup = addresses.get(one.openid)
        if lookup is None:
            continue
        if one.unionid:
            calls.append(_joined(account, lookup, "wechat_openid", one.openid, one.unionid))
        if not one.is_following:
            calls.append(_gone(account, lookup, "wechat_openid", one.openid, "unfollowed"))
    return waiting, calls


def _customers(
    world: World, account: ChannelAccount, addresses: Mapping[str, Lookup]
) -> tuple[Sequence[Lookup], list[Mapping[str, object]]]:
    """Return what WeCom says of customers, one by one."""
    done, calls = [], []
    for address, lookup in addresses.items():
        try:
            found = world.wecom.customer(account, address)
        except PlatformFailed as fault:
            # Nobody's customer, or no such person.
            if fault.code not in {"84061", "40096"}:
                continue
            calls.append(_gone(account, lookup, "wecom_userid", address, "removed"))
            done.append(lookup)
            continue
        done.append(lookup)
        if found.unionid:
            calls.append(_joined(account, lookup, "wecom_userid", address, found.unionid))
        if lookup.reason and not found.owners:
            calls.append(_gone(account, lookup, "wecom_userid", address, lookup.reason))
    return done, calls


def _joined(
    account: ChannelAccount, lookup: Lookup, kind: str, address: str, unionid: str
) -> Mapping[str, object]:
    """Return the call that says that two names are one person's."""
    names = [{"type": kind, "id": address}, {"type": "wechat_unionid", "id": unionid}]
    return {
        "type": "identify",
        "messageId": f"known:{account.channel}:{lookup.mark.hex()}:{lookup.due_at}",
        "context": {"channel": account.channel, "externalIds": names},
    }


def _gone(
    account: ChannelAccount, lookup: Lookup, kind: str, address: str, reason: str
) -> Mapping[str, object]:
    """Return the call that says that somebody cannot be reached here any more."""
    return {
        "type": "track",
        "event": "Contact Point Removed",
        "messageId": f"gone:{account.channel}:{lookup.mark.hex()}:{lookup.due_at}",
        "properties": {
            "channel": account.channel, "app": account.config.get("app", ""), "reason": reason,
        },
        "context": {"channel": account.channel, "externalIds": [{"type": kind, "id": address}]},
    }  # fmt: skip
