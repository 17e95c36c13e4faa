"""A message on its way to its provider."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from huiliu.ports.channel import ChannelAccount, OutboundMessage
from huiliu.ports.contacts import ContactPoint
from huiliu.ports.messages import Attempt, MessageRow

__all__ = ["Leaving", "Reached"]


class Reached(msgspec.Struct, frozen=True, gc=False):
    """A contact point with its address, which lives in memory only."""

    point: ContactPoint
    address: str


class Leaving(msgspec.Struct, frozen=True, gc=False):
    """A message on its way to the provider, and what its answer will need."""

    row: MessageRow
    attempt: Attempt
    account: ChannelAccount
    outbound: OutboundMessage
    #: The present profile.
    profile_id: int
    address_key: bytes
    #: Where it goes, on channels of contact points: all of one app that its account serves.
    contacts: Sequence[Reached] = ()
