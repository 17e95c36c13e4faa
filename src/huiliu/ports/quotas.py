"""How often a platform may be called: read from the platform itself, never remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from huiliu.ports.channel import ChannelAccount

__all__ = ["Quota", "TellsQuotas"]


@dataclass(frozen=True, slots=True)
class Quota:
    """How often an account may call a path a day."""

    path: str
    daily: int
    used: int
    left: int
    #: Calls in so many seconds; 0 = it does not say.
    burst: int = 0
    burst_seconds: int = 0


@runtime_checkable
class TellsQuotas(Protocol):
    """A provider that can be asked for its quotas."""

    def quotas(self, account: ChannelAccount) -> Sequence[Quota]:
        """Return the quotas of the paths by which messages go, as the platform says now."""
        ...
