"""Who takes in what platforms tell besides events and receipts; reached by this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from huiliu.ports.channel import ChannelAccount
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.articles import settle_article
from huiliu.services.platform_lookups import note_customer, note_follower
from huiliu.services.wecom_greetings import note_greeting

__all__ = ["TAKERS", "Taker"]

#: Writes down what was told; told again it changes nothing.
Taker: TypeAlias = Callable[[Tx, World, ChannelAccount, Mapping[str, Any]], None]

#: Kind of news -> who takes it in.
TAKERS: Final[Mapping[str, Taker]] = {
    "follower": note_follower,
    "customer": note_customer,
    "article": settle_article,
    "welcome": note_greeting,
}
