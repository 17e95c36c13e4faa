"""Accounts at providers: sealed with the instance key, so a stolen table opens no mailbox."""

from __future__ import annotations

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.kernel.errors import NotFound
from huiliu.ports.channel import ChannelAccount
from huiliu.ports.vault import Secrets
from huiliu.stores.queries import query

__all__ = ["PostgresChannels"]

_PURPOSE = "channel account"


class PostgresChannels:
    """Channel accounts inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Hold the open transaction's connection."""
        self._connection = connection
        self._secrets = secrets

    def put(self, account: ChannelAccount, at: int) -> None:
        """Store or replace an account; replacing one ends its pause."""
        plain = msgspec.json.encode(dict(account.config))
        self._connection.execute(
            query("channels", "put"),
            {
                "brand_id": account.brand_id,
                "channel": account.channel,
                "name": account.name,
                "provider": account.provider,
                "sealed": self._secrets.seal(plain, _PURPOSE),
                "at": at,
            },
        )

    def accounts(self, brand_id: int | None = None) -> list[ChannelAccount]:
        """Return the accounts of a brand, or of all, by channel and name."""
        rows = self._connection.execute(query("channels", "accounts"), {"brand_id": brand_id})
        return [
            ChannelAccount(
                brand,
                channel,
                name,
                msgspec.json.decode(self._secrets.unseal(sealed, _PURPOSE), type=dict[str, str]),
                paused,
                provider,
            )
            for brand, channel, name, sealed, paused, provider in rows
        ]

    def pause(self, brand_id: int, channel: str, name: str, reason: str) -> None:
        """Send nothing through an account until it is resumed; "" resumes it."""
        done = self._connection.execute(
            query("channels", "pause"),
            {"brand_id": brand_id, "channel": channel, "name": name, "reason": reason},
        )
        if not done.rowcount:
            raise NotFound("channel account", f"{channel}/{name}")

    def is_paused(self, brand_id: int, channel: str, name: str) -> bool:
        """Say whether nothing may be sent through an account; one that is gone is paused."""
        found = self._connection.execute(
            query("channels", "is_paused"),
            {"brand_id": brand_id, "channel": channel, "name": name},
        ).fetchone()
        return found is None or bool(found[0])

    def remove(self, brand_id: int, channel: str, name: str) -> None:
        """Forget an account; raise NotFound."""
        done = self._connection.execute(
            query("channels", "remove"), {"brand_id": brand_id, "channel": channel, "name": name}
        )
        if not done.rowcount:
            raise NotFound("channel account", f"{channel}/{name}")
