"""One refresher of access tokens: whoever comes first renews, all others use what it got.

A provider that gives a new token may end the old one at once. So two processes must never renew
side by side: each would end the other's. Who wants to renew names the version that it has seen; the
database lets one through (compare and swap), for a lease that ends by itself should it vanish. The
token is asked for outside any transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from huiliu.channels.douyin_mini import mint_client_token
from huiliu.channels.fcm import mint_fcm
from huiliu.channels.getui import mint_getui
from huiliu.channels.webhook import mint_client_credentials
from huiliu.channels.wechat_api import force_stable_token, mint_stable_token
from huiliu.channels.wecom_api import mint_wecom_token
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.clock import Clock
from huiliu.ports.outbound import Outbound
from huiliu.ports.store import Store
from huiliu.ports.tokens import HeldToken

__all__ = ["FORCERS", "MINTERS", "SIGNERS", "Mint", "SharedTokens", "SignedMint"]

#: Asks a provider for a new token; None = it gives none. (value, how long it is good, in seconds)
Mint = Callable[[ChannelAccount, Outbound], tuple[str, int] | None]
#: The same of a provider that wants to be asked with a signed date; the third is now.
SignedMint = Callable[[ChannelAccount, Outbound, int], tuple[str, int] | None]

#: Provider -> how its tokens are got.
MINTERS: Final[Mapping[str, Mint]] = {
    "webhook": mint_client_credentials,
    "wechat": mint_stable_token,
    "wechat_mini": mint_stable_token,
    "wecom": mint_wecom_token,
    "douyin_mini": mint_client_token,
}
#: Those that want a signed date.
SIGNERS: Final[Mapping[str, SignedMint]] = {"fcm": mint_fcm, "getui": mint_getui}
#: Provider -> how another token is got where the first asking gave the refused one again.
FORCERS: Final[Mapping[str, Mint]] = {
    "wechat": force_stable_token,
    "wechat_mini": force_stable_token,
}
_NONE: Final[Mapping[str, Mint]] = MappingProxyType({})

#: Who renews has so long before another may; longer than any call to a provider takes.
_LEASE: Final = MINUTE
#: A token is renewed so long before it ends, or earlier where it lives shortly.
_EARLY: Final = 2 * MINUTE
#: After a renewal that failed nobody tries again for so long.
_REST: Final = 5 * SECOND
#: How long one waits for another's renewal, and how often it looks, in seconds.
_PATIENCE_S: Final = 20.0
_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class SharedTokens:
    """The Tokens port on the store that all processes share."""

    store: Store
    http: Outbound
    clock: Clock
    minters: Mapping[str, Mint]
    forcers: Mapping[str, Mint] = field(default_factory=lambda: _NONE)

    def get(self, account: ChannelAccount) -> str:
        """Return a token that is good now, renewed where it had ended; "" = none can be had."""
        held = self._held(account)
        if held.value and held.expires_at > self.clock.now():
            return held.value
        # What ended by our own reckoning may come again, and is good then.
        return self._renewed(account, "")

    def renew(self, account: ChannelAccount, spent: str) -> str:
        """Return another token than the one that the provider refused."""
        return self._renewed(account, spent)

    def _renewed(self, account: ChannelAccount, spent: str) -> str:
        """Return a token other than the spent one: another's, or one of our own asking."""
        ends_at = time.monotonic() + _PATIENCE_S
        while True:
            held, now = self._held(account), self.clock.now()
            if held.value and held.value != spent and held.expires_at > now:
                return held.value
            if held.rests_until > now:
                return ""
            if held.leased_until <= now:
                with self.store.system() as tx:
                    claimed = tx.tokens.claim(account, held.version, now, now + _LEASE)
                if claimed:
                    return self._mint(account, claimed, spent)
            if time.monotonic() >= ends_at:
                return ""
            time.sleep(_LOOK_S)

    def _mint(self, account: ChannelAccount, claimed: int, spent: str) -> str:
        """Ask the provider for a token other than the spent one and keep it for all."""
        mint, force = self.minters.get(account.provider), self.forcers.get(account.provider)
        signed = SIGNERS.get(account.provider)
        made = mint(account, self.http) if mint is not None else None
        if signed is not None:
            made = signed(account, self.http, self.clock.now())
        if made is not None and made[0] == spent and force is not None:
            made = force(account, self.http)
        now = self.clock.now()
        with self.store.system() as tx:
            if made is None:
                tx.tokens.fail(account, claimed, now + _REST)
                return ""
            value, lives_s = made
            lives = lives_s * SECOND
            tx.tokens.put(account, claimed, value, now + lives - min(_EARLY, lives // 5))
        return value

    def _held(self, account: ChannelAccount) -> HeldToken:
        """Return what is kept."""
        with self.store.system() as tx:
            return tx.tokens.held(account)
