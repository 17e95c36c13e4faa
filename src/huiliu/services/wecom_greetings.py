"""Greets who has just added an employee: once, within the twenty seconds that WeCom gives.

The callback only writes the greeting down; a loop of its own takes it at once. Whoever took one has
it alone: a greeting that was lost on its way is not tried again, for its code may be spent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from huiliu.kernel.errors import NotFound, PlatformFailed
from huiliu.kernel.times import SECOND
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.store import Tx
from huiliu.ports.wecom_store import Greeting
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named
from huiliu.services.plain_rendering import rendered_for_nobody

__all__ = ["greet_customers", "note_greeting"]

_PURPOSE: Final = "wecom greeting"
#: What a call to the platform may take of the time that is left.
_LAST_MOMENT: Final = SECOND


def note_greeting(tx: Tx, world: World, account: ChannelAccount, values: Mapping[str, Any]) -> None:
    """Write down that somebody may be greeted."""
    code = str(values.get("code", ""))
    if not code:
        return
    tx.wecom.greet(
        Greeting(
            account.brand_id, account.name, hashlib.sha256(code.encode()).digest()[:16],
            world.secrets.seal(code.encode(), _PURPOSE), str(values.get("state", "")),
            world.clock.now(), int(values.get("until", 0)),
        )
    )  # fmt: skip


def greet_customers(world: World, limit: int) -> int:
    """Greet those who wait; return how many there were."""
    with world.store.system() as tx:
        waiting = tx.wecom.greetings(world.clock.now(), limit)
    for one in waiting:
        done = _greeted(world, one)
        with world.store.system() as tx:
            tx.wecom.greeted(done)
    return len(waiting)


def _greeted(world: World, greeting: Greeting) -> Greeting:
    """Return what became of a greeting."""
    if world.clock.now() > greeting.until - _LAST_MOMENT:
        return structs.replace(greeting, state="late")
    brand_id = greeting.brand_id
    with world.store.system() as tx:
        code = tx.ground.code_of(brand_id, "wecom", greeting.account, greeting.scene)
        template = code.answer if code is not None and greeting.scene else ""
        parts = rendered_for_nobody(tx, brand_id, template, "wecom") if template else None
    if parts is None:
        return structs.replace(greeting, state="nothing", response=template)
    try:
        account = account_named(world, brand_id, "wecom", greeting.account)
        word = world.secrets.unseal(greeting.sealed, _PURPOSE).decode()
        world.wecom.welcome(account, word, parts)
    except PlatformFailed as fault:
        return structs.replace(greeting, state="failed", response=fault.response[:300])
    except NotFound:
        return structs.replace(greeting, state="failed", response="no such account")
    return structs.replace(greeting, state="sent")
