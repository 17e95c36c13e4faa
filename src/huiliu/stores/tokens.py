"""Access tokens of providers: sealed, and bound to the fields of the account that got them."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.channel import ChannelAccount
from huiliu.ports.tokens import HeldToken
from huiliu.ports.vault import Secrets
from huiliu.stores.queries import query

__all__ = ["PostgresTokens"]

_PURPOSE = "provider token"
_SEALED = msgspec.json.Decoder(tuple[str, str])


class PostgresTokens:
    """Tokens inside one transaction."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets) -> None:
        """Hold the open transaction's connection."""
        self._connection = connection
        self._secrets = secrets

    def held(self, account: ChannelAccount) -> HeldToken:
        """Return what is kept; version 0 = nothing yet."""
        row = self._run("held", account).fetchone()
        if row is None:
            return HeldToken("", 0, 0, 0, 0)
        sealed, expires_at, version, leased_until, rests_until = row
        value = ""
        if sealed:
            fields, kept = _SEALED.decode(self._secrets.unseal(bytes(sealed), _PURPOSE))
            value = kept if fields == _fields(account) else ""
        return HeldToken(value, expires_at if value else 0, version, leased_until, rests_until)

    def claim(self, account: ChannelAccount, version: int, now: int, until: int) -> int:
        """Become the one who renews if nothing has changed since that version was read."""
        if version == 0:
            row = self._run("claim_first", account, until=until).fetchone()
        else:
            row = self._run("claim", account, version=version, now=now, until=until).fetchone()
        return 0 if row is None else int(row[0])

    def put(self, account: ChannelAccount, version: int, value: str, expires_at: int) -> bool:
        """Keep what a renewal gave; say whether the claim was still ours."""
        plain = msgspec.json.encode((_fields(account), value))
        sealed = self._secrets.seal(plain, _PURPOSE)
        done = self._run("put", account, version=version, sealed=sealed, expires_at=expires_at)
        return bool(done.rowcount)

    def fail(self, account: ChannelAccount, version: int, rests_until: int) -> None:
        """Note that it could not be renewed, if the claim is still ours."""
        self._run("fail", account, version=version, rests_until=rests_until)

    def _run(self, name: str, account: ChannelAccount, **values: Any) -> Any:  # psycopg's cursor
        """Execute a named query for one account."""
        key = {
            "brand_id": account.brand_id,
            "channel": account.channel,
            "account": account.name,
        }
        return self._connection.execute(query("tokens", name), key | values)


def _fields(account: ChannelAccount) -> str:
    """Return what tells an account's fields from those that it had before."""
    said = msgspec.json.encode((account.provider, sorted(account.config.items())))
    return hashlib.sha256(said).hexdigest()
