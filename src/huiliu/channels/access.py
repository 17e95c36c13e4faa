"""What a provider may use to reach the world: allowed hosts only, and tokens that all share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from huiliu.channels.outbound import HostRule
from huiliu.ports.channel import ChannelAccount, Tokens
from huiliu.ports.clock import Clock
from huiliu.ports.inapp import NO_CARDS, CardBox
from huiliu.ports.outbound import CLOSED, Outbound
from huiliu.ports.resolver import NO_NAMES, Resolver

__all__ = ["NO_TOKENS", "Access", "no_callbacks"]


class _NoTokens:
    """No access token for anyone."""

    def get(self, account: ChannelAccount) -> str:
        """Return none."""
        del account
        return ""

    def renew(self, account: ChannelAccount, spent: str) -> str:
        """Return none."""
        del account, spent
        return ""


def no_callbacks(account: ChannelAccount) -> str:
    """Return that providers cannot reach us."""
    del account
    return ""


#: Where no provider that needs tokens is asked.
NO_TOKENS: Final = _NoTokens()


@dataclass(frozen=True, slots=True)
class Access:
    """The doors of a provider."""

    #: Which hosts may be connected to by other means than HTTP.
    rule: HostRule
    #: The one way out by HTTP.
    http: Outbound
    clock: Clock
    tokens: Tokens
    #: Where a provider reaches an account of ours; "" = nowhere.
    callbacks: Callable[[ChannelAccount], str] = no_callbacks
    #: Asks the DNS where mail goes.
    names: Resolver = NO_NAMES
    #: The way out by HTTP/2, for services that take one message a request.
    http2: Outbound = CLOSED
    #: Where in-app messages are laid out.
    cards: CardBox = NO_CARDS
