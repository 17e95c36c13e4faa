"""Sets channel accounts up: checked before they are sealed, tried before they are trusted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.channel import Answer, Channel, ChannelAccount, OutboundMessage
from huiliu.ports.world import World
from huiliu.services.addresses import written_address

__all__ = ["add_account", "remove_account", "resume_account", "send_test"]


def add_account(
    world: World, brand_id: int, channel: str, name: str, config: Mapping[str, str]
) -> ChannelAccount:
    """Store or replace an account, sealed; raise BadInput with everything that is wrong with it."""
    problems = list(_channel(world, channel).problems(config))
    if not name.strip() or len(name) > 80:
        problems.append(Problem("name", text("channels.name")))
    if problems:
        raise BadInput(tuple(problems))
    account = ChannelAccount(brand_id, channel, name, dict(config))
    with world.store.transaction(brand_id) as tx:
        tx.channels.put(account, world.clock.now())
    return account


def remove_account(world: World, brand_id: int, channel: str, name: str) -> None:
    """Forget an account; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.channels.remove(brand_id, channel, name)


def resume_account(world: World, brand_id: int, channel: str, name: str) -> None:
    """End an account's pause; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.channels.pause(brand_id, channel, name, "")


def send_test(world: World, brand_id: int, channel: str, name: str, to: str) -> Answer:
    """Send one message to an address that the operator names, and return the provider's answer.

    It goes to no profile, so it leaves no row in the outbox.

    Raises:
        NotFound: there is no such account.
        BadInput: the address is none.
    """
    way = _channel(world, channel)
    with world.store.transaction(brand_id) as tx:
        mine = [a for a in tx.channels.accounts(brand_id) if (a.channel, a.name) == (channel, name)]
    if not mine:
        raise NotFound("channel account", f"{channel}/{name}")
    address = written_address(channel, to)
    if not address:
        raise BadInput((Problem("to", text("channels.no_address")),))
    words = str(text("channels.test_message"))
    message = OutboundMessage(
        # Nobody's message: a fresh id, so that two tests are two messages.
        message_id=secrets.token_bytes(16),
        address=address,
        parts={"subject": words, "text": words},
        message_class="service",
        at=world.clock.now(),
    )
    return way.send(mine[0], [message])[0]


def _channel(world: World, name: str) -> Channel:
    """Return a channel by name; raise BadInput."""
    found = world.channels.get(name)
    if found is None:
        names = ", ".join(sorted(world.channels))
        raise BadInput((Problem("channel", text("channels.unknown", name=name, names=names)),))
    return found
