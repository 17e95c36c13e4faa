"""Access tokens of providers, kept for all processes: one renews, the others use what it got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from huiliu.ports.channel import ChannelAccount

__all__ = ["HeldToken", "TokenStore"]


@dataclass(frozen=True, slots=True)
class HeldToken:
    """What is kept of an account's token."""

    #: "" = there is none, or it was got with other fields than the account has now.
    value: str
    #: When it ends.
    expires_at: int
    #: Grows with every renewal and every claim to renew.
    version: int
    #: Somebody renews it until then; 0 = nobody does.
    leased_until: int
    #: It could not be renewed; nobody tries again before this instant.
    rests_until: int


class TokenStore(Protocol):
    """Tokens, sealed, inside one transaction."""

    def held(self, account: ChannelAccount) -> HeldToken:
        """Return what is kept; version 0 = nothing yet."""
        ...

    def claim(self, account: ChannelAccount, version: int, now: int, until: int) -> int:
        """Become the one who renews if nothing has changed since that version was read.

        Returns the version that a later `put` or `fail` has to name; 0 = somebody else was first.
        """
        ...

    def put(self, account: ChannelAccount, version: int, value: str, expires_at: int) -> bool:
        """Keep what a renewal gave; say whether the claim was still ours."""
        ...

    def fail(self, account: ChannelAccount, version: int, rests_until: int) -> None:
        """Note that it could not be renewed, if the claim is still ours."""
        ...
