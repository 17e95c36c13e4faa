"""Sets channel accounts up: checked before they are sealed, tried before they are trusted."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import Text, catalogue, text
from huiliu.ports.channel import (
    Answer,
    AnswerState,
    ChannelAccount,
    Filed,
    OutboundMessage,
    Provider,
)
from huiliu.ports.world import World
from huiliu.services.addresses import written_address
from huiliu.services.mail_desk import lettered

__all__ = [
    "BY_HAND",
    "account_named",
    "add_account",
    "advice",
    "pause_account",
    "provider_of",
    "remove_account",
    "resume_account",
    "send_test",
    "shown_fields",
]

#: Why an account is paused that nobody but its operator stopped.
BY_HAND: Final = "paused by hand"


def add_account(
    world: World,
    brand_id: int,
    channel: str,
    name: str,
    config: Mapping[str, str],
    provider: str = "",
) -> ChannelAccount:
    """Store or replace an account, sealed; raise BadInput with everything that is wrong with it.

    A secret that is left out stays as it was.

    Args:
        world: where to find everything.
        brand_id: whose account it is.
        channel: what it sends on.
        name: how the brand calls it.
        config: the provider's fields.
        provider: who carries; "" = the channel's open standard (SMTP, SMPP).
    """
    kind = provider_of(world, channel, provider)
    config = {key: value for key, value in config.items() if value}
    config = {**_kept(world, brand_id, kind, name, config), **config}
    problems = list(kind.problems(config))
    if not name.strip() or len(name) > 80:
        problems.append(Problem("name", text("channels.name")))
    if problems:
        raise BadInput(tuple(problems))
    account = ChannelAccount(brand_id, kind.channel, name, dict(config), provider=kind.name)
    with world.store.transaction(brand_id) as tx:
        tx.channels.put(account, world.clock.now())
    return account


def remove_account(world: World, brand_id: int, channel: str, name: str) -> None:
    """Forget an account; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.channels.remove(brand_id, channel, name)


def pause_account(world: World, brand_id: int, channel: str, name: str) -> None:
    """Send nothing through an account until somebody resumes it; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        tx.channels.pause(brand_id, channel, name, BY_HAND)


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
    account = account_named(world, brand_id, channel, name)
    with world.store.transaction(brand_id) as tx:
        account = lettered(tx, world, account)
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
        filed=_filed(account),
    )
    return provider_of(world, channel, account.provider).send(account, [message])[0]


def _filed(account: ChannelAccount) -> Filed | None:
    """Return the approved text that an account names for tests, where its provider wants one."""
    code = account.config.get("test_template", "")
    return Filed(account.config.get("signature", ""), code) if code else None


def account_named(world: World, brand_id: int, channel: str, name: str) -> ChannelAccount:
    """Return an account; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        for account in tx.channels.accounts(brand_id):
            if (account.channel, account.name) == (channel, name):
                return account
    raise NotFound("channel account", f"{channel}/{name}")


def _kept(
    world: World, brand_id: int, kind: Provider, name: str, config: Mapping[str, str]
) -> dict[str, str]:
    """Return the secrets of the account that is replaced, if they go to the same provider's host.

    Whoever changes the host says the secret again: else it could be sent to a host of theirs.
    """
    try:
        before = account_named(world, brand_id, kind.channel, name)
    except NotFound:
        return {}
    places = ("host", "endpoint", "url")
    if before.provider != kind.name or any(
        before.config.get(place, "") != config.get(place, "") for place in places
    ):
        return {}
    sealed = {field.name for field in kind.fields if field.kind == "secret"}
    return {key: value for key, value in before.config.items() if key in sealed}


def shown_fields(world: World, account: ChannelAccount) -> dict[str, str]:
    """Return an account's fields for people: a secret is a mark that it is there."""
    provider = world.providers.get(account.provider)
    open_names = {one.name for one in provider.fields if one.kind != "secret"} if provider else ()
    return {
        name: value if name in open_names else "…"
        for name, value in sorted(account.config.items())
        if value
    }


def provider_of(world: World, channel: str, name: str = "") -> Provider:
    """Return a channel's provider by name; raise BadInput that names those there are."""
    mine = {one.name: one for one in world.providers.values() if one.channel == channel}
    if not mine:
        names = ", ".join(sorted({one.channel for one in world.providers.values()}))
        raise BadInput((Problem("channel", text("channels.unknown", name=channel, names=names)),))
    found = mine.get(name) if name else next(iter(mine.values()))
    if found is None:
        said = text("channels.unknown_provider", name=name, names=", ".join(sorted(mine)))
        raise BadInput((Problem("provider", said),))
    return found


def advice(provider: str, answer: Answer) -> Text | None:
    """Return what an operator should do about an answer; None = nothing."""
    if answer.state is AnswerState.ACCEPTED:
        return None
    own = f"channels.advice.{provider}.{answer.code}"
    return text(own if own in catalogue("en") else f"channels.advice.{answer.state.value}")
