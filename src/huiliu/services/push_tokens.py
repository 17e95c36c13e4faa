"""Push tokens: how many there are, how old, why they ended, and the key browsers subscribe with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from huiliu.kernel.times import DAY
from huiliu.messages.jwt import b64
from huiliu.messages.vapid import public_key, vapid_key
from huiliu.ports.push import TokenGroup
from huiliu.ports.world import World

__all__ = ["PushAccount", "PushTokens", "make_vapid_keys", "push_tokens", "tokens_as_data"]

_CHANNEL: Final = "push"


@dataclass(frozen=True, slots=True)
class PushAccount:
    """An account that carries push."""

    name: str
    provider: str
    app: str
    #: Why nothing goes through it; "" = it works.
    paused: str
    #: What a page's script subscribes with; "" = it reaches no browsers.
    web_key: str


@dataclass(frozen=True, slots=True)
class PushTokens:
    """Push tokens by app, platform, maker and provider."""

    groups: Sequence[TokenGroup]
    #: Why tokens ended in the last 30 days, with how many; the most frequent first.
    reasons: Mapping[str, int]
    accounts: Sequence[PushAccount]

    @property
    def live(self) -> int:
        """Return how many can be reached."""
        return sum(one.live for one in self.groups)

    @property
    def older(self) -> int:
        """Return how many nobody heard of for 90 days."""
        return sum(one.older for one in self.groups)

    @property
    def ended_30(self) -> int:
        """Return how many ended in the last 30 days."""
        return sum(one.ended_30 for one in self.groups)

    @property
    def orphaned(self) -> Sequence[str]:
        """Return the apps that have live tokens and no account."""
        served = {one.app for one in self.accounts}
        apps = sorted({one.app for one in self.groups if one.live})
        return [one for one in apps if one not in served and "" not in served]


def push_tokens(world: World, brand_id: int) -> PushTokens:
    """Return what push tokens a brand has."""
    now = world.clock.now()
    with world.store.system() as tx:
        groups = tx.push.groups(brand_id, now)
        reasons = tx.push.reasons(brand_id, now - 30 * DAY)
        accounts = [
            PushAccount(
                one.name, one.provider, one.config.get("app", ""), one.paused,
                _web_key(one.config.get("vapid_key", "")),
            )
            for one in tx.channels.accounts(brand_id)
            if one.channel == _CHANNEL
        ]  # fmt: skip
    return PushTokens(groups, reasons, accounts)


def tokens_as_data(found: PushTokens) -> dict[str, object]:
    """Return push tokens as commands and servers are told of them."""
    return {
        "live": found.live,
        "not_seen_for_90_days": found.older,
        "ended_in_30_days": found.ended_30,
        "groups": [
            {
                "app": one.app, "platform": one.platform, "vendor": one.vendor,
                "provider": one.provider, "live": one.live, "seen_30": one.seen_30,
                "seen_90": one.seen_90, "older": one.older, "ended_30": one.ended_30,
            }
            for one in found.groups
        ],
        "ended_because": dict(found.reasons),
        "accounts": [
            {
                "name": one.name, "provider": one.provider, "app": one.app, "paused": one.paused,
                "web_key": one.web_key,
            }
            for one in found.accounts
        ],
        "apps_without_account": list(found.orphaned),
    }  # fmt: skip


def make_vapid_keys() -> tuple[str, str]:
    """Return a new pair of keys for browsers' push: (private, public), both in base64url."""
    key = ec.generate_private_key(ec.SECP256R1())
    number = key.private_numbers().private_value
    return b64(number.to_bytes(32, "big")), public_key(key)


def _web_key(private: str) -> str:
    """Return the public half of an account's key."""
    key = vapid_key(private) if private else None
    return public_key(key) if key is not None else ""
