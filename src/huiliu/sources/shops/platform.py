"""What most platforms have in common, to be said once: no queue, tokens that last, orders only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

from huiliu.kernel.errors import Problem, ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, MINUTE, SECOND
from huiliu.ports.shops import (
    ORDER,
    Evidence,
    Fetched,
    Pulled,
    Scope,
    Session,
    ShopConnection,
    ShopField,
    ShopProduct,
)

__all__ = ["BASE_URL", "CURRENCY", "EXPIRES_AT", "PlatformDefaults", "is_same", "mac", "parsed"]

#: In a grant: until when the token is good, in seconds since 1970.
EXPIRES_AT: Final = "expires_at"
#: A token is renewed this long before it ends.
_AHEAD: Final = 10 * MINUTE
#: Another address for a platform's API: a gateway, or a fake.
BASE_URL: Final = ShopField("base_url", is_needed=False, kind="url")

#: Of prices that the platform tells without one: products of shops that sell in one currency.
CURRENCY: Final = ShopField("currency", is_needed=False, default="USD")


class PlatformDefaults:
    """The parts of a platform that many do not have; a subclass says what it does have."""

    name: ClassVar[str]
    evidence: ClassVar[Evidence]
    kinds: ClassVar[tuple[str, ...]] = (ORDER,)
    fields: ClassVar[tuple[ShopField, ...]] = ()
    statuses: ClassVar[Mapping[str, str]] = {}
    scope: ClassVar[Scope] = Scope.PLATFORM
    longest_window: ClassVar[int] = DAY
    has_queue: ClassVar[bool] = False
    #: There is no access token until `renew` gave one.
    renews: ClassVar[bool] = False

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Find nothing wrong beyond what the fields say."""
        del config
        return ()

    def pull(self, session: Session) -> Pulled:
        """Take nothing: there is no queue."""
        del session
        return Pulled((), ())

    def acknowledge(self, session: Session, receipts: Sequence[str]) -> None:
        """Do nothing: there is no queue."""

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Return nothing: products are not read from here."""
        del fetched, connection
        return []

    def renew(self, session: Session) -> Mapping[str, str]:
        """Return nothing: tokens do not expire.

        Raises:
            ShopFailed: the platform refused a token that cannot be renewed.
        """
        raise ShopFailed(session.connection.name, ShopFault.REFUSED, "the token cannot be renewed")

    def is_due(self, connection: ShopConnection, now: int) -> bool:
        """Say whether the token ends within ten minutes; one that never says so never is."""
        if self.renews and not connection.value("access_token"):
            return True
        ends = connection.grant.get(EXPIRES_AT, "")
        return ends.isdecimal() and int(ends) * SECOND - _AHEAD <= now


def is_same(given: str | bytes, expected: str | bytes) -> bool:
    """Compare a signature in constant time; letters beyond ASCII make it another."""
    one = given.encode() if isinstance(given, str) else given
    other = expected.encode() if isinstance(expected, str) else expected
    return bool(expected) and hmac.compare_digest(one, other)


def mac(secret: str, message: bytes) -> bytes:
    """Return HMAC-SHA256, with which most platforms sign; b"" without a secret.

    Nothing is no signature of anything: whoever has no secret must not be able to sign with none.
    """
    if not secret:
        return b""
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def parsed(body: bytes) -> dict[str, Value] | None:
    """Return the JSON object of a body; None where there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
