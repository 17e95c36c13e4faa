"""What an account has to send with: agreements, windows, the month's mass messages, quotas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import text
from huiliu.ports.credits import CreditCount
from huiliu.ports.quotas import Quota, TellsQuotas
from huiliu.ports.world import World
from huiliu.services.channel_accounts import account_named

__all__ = ["CREDITED", "Blocked", "CreditsView", "read_quotas", "show_credits"]

#: Channels whose messages need a credit.
CREDITED: Final = ("wechat", "mini_program", "douyin")


@dataclass(frozen=True, slots=True)
class Blocked:
    """A kind of messages that an account sends no more of just now."""

    #: template, service, mass; "" = all.
    kind: str
    until: int


@dataclass(frozen=True, slots=True)
class CreditsView:
    """What an account has."""

    counts: Sequence[CreditCount]
    blocked: Sequence[Blocked]


def show_credits(world: World, brand_id: int, channel: str, name: str) -> CreditsView:
    """Return what an account has to send with, by app and subject; raise NotFound."""
    account = account_named(world, brand_id, channel, name)
    app, now = account.config.get("app", ""), world.clock.now()
    with world.store.transaction(brand_id) as tx:
        counts = tx.credits.counts(brand_id, channel, now)
        blocked = tx.credits.blocked(brand_id, channel, now)
    return CreditsView(
        [one for one in counts if not app or one.app in {app, ""}],
        [
            Blocked(kind, until)
            for (account_name, kind), until in sorted(blocked.items())
            if account_name == name
        ],
    )


def read_quotas(world: World, brand_id: int, channel: str, name: str) -> Sequence[Quota]:
    """Ask an account's platform how much of the day's calls is left.

    Raises:
        NotFound: there is no such account.
        BadInput: its platform does not tell.
    """
    account = account_named(world, brand_id, channel, name)
    provider: object = world.providers.get(account.provider)
    if not isinstance(provider, TellsQuotas):
        raise BadInput((Problem("channel", text("channels.no_quotas", channel=channel)),))
    return provider.quotas(account)
