"""What the fake Chinese shops share: tokens that turn, signed requests, windows, masked buyers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from huiliu.fakes.shops.orders import FakeBuyer, FakeLine, FakeOrder
from huiliu.fakes.shops.shop import Asked, FakeShop, Given

__all__ = ["MILLI", "SECOND", "ChineseShop", "from_wall", "joined", "md5", "seconds", "wall"]

SECOND: Final = 1_000_000
MILLI: Final = 1_000
_BEIJING: Final = dt.timezone(dt.timedelta(hours=8))
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class ChineseShop(FakeShop):
    """A fake whose API asks for a signature, a token, and a window that is not too wide."""

    currency: ClassVar[str] = "CNY"
    cannot_tell: ClassVar[frozenset[str]] = frozenset({"Order Out For Delivery"})
    #: The widest window that a list takes, in microseconds, and the longest page.
    widest: ClassVar[int] = 86_400 * SECOND
    longest_page: ClassVar[int] = 100
    #: How many times tokens were handed out; each time both are new and the old ones are void.
    n_tokens = 1

    def truth(self, order: FakeOrder) -> set[str]:
        """Return what must be told of an order: a refund was asked for before it was given."""
        found = super().truth(order)
        return found | {"Refund Requested"} if "Order Refunded" in found else found

    def buyer(self, number: int) -> FakeBuyer:
        """Return the so-manieth person; the platform masks them."""
        return FakeBuyer(f"buyer-{number:04}", "1*********8", "", "王**")

    def line(self, number: int) -> FakeLine:
        """Return a line of an order."""
        return FakeLine(
            f"63291{number % 7}", f"80850{number % 7}", f"LJ-{number % 7}",
            f"明前龙井 {number % 7} 号", 1 + number % 3, 1_000 + 100 * (number % 7),
        )  # fmt: skip

    @property
    def token(self) -> str:
        """Return the access token that is good now."""
        return f"access-{self.n_tokens}"

    @property
    def refresh(self) -> str:
        """Return the refresh token that is good now."""
        return f"refresh-{self.n_tokens}"

    def turn_tokens(self) -> None:
        """Hand out new tokens: the old ones are void, and nothing is expired any more."""
        self.n_tokens += 1
        self.expired = 0

    def answer(self, asked: Asked) -> Given:
        """Answer a request; what is signed wrongly learns nothing."""
        if not self.is_signed(asked):
            return self.fault("sign")
        return self.serve(asked)

    def is_signed(self, asked: Asked) -> bool:
        """Say whether the request carries the signature that this platform wants."""
        raise NotImplementedError

    def serve(self, asked: Asked) -> Given:
        """Answer a request that is signed."""
        raise NotImplementedError

    def fault(self, kind: str) -> Given:
        """Refuse in the platform's words: sign, token, busy, window or method."""
        raise NotImplementedError

    def too_many(self) -> Given:
        """Answer that there were too many requests: with 200, as these platforms do."""
        return self.fault("busy")

    def not_good_any_more(self) -> Given:
        """Answer that the token has expired."""
        return self.fault("token")

    def listed(self, since: int, until: int) -> list[FakeOrder] | None:
        """Return what changed in a window; None where it is wider than the platform allows."""
        if not 0 <= until - since <= self.widest + 2 * SECOND:
            return None
        return self.between(since, until)

    def page(self, found: Sequence[FakeOrder], number: int, size: int) -> list[FakeOrder]:
        """Return the so-manieth page of a list, the first one being 0."""
        size = min(size, self.longest_page)
        return list(found[number * size : (number + 1) * size])


def md5(text: str | bytes) -> str:
    """Return the MD5 of a text, as these platforms sign."""
    raw = text.encode() if isinstance(text, str) else text
    return hashlib.md5(raw, usedforsecurity=False).hexdigest()


def seconds(at: int | None) -> int:
    """Return an instant in whole seconds, 0 where there is none."""
    return 0 if at is None else at // SECOND


def wall(at: int | None) -> str:
    """Return an instant as Beijing's clock shows it, "" where there is none."""
    if at is None:
        return ""
    moment = (_EPOCH + dt.timedelta(microseconds=at)).astimezone(_BEIJING)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def from_wall(written: str) -> int:
    """Return the instant that Beijing's clock shows so."""
    past = dt.datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_BEIJING) - _EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND


def joined(parameters: Mapping[str, str], between: str, around: str) -> str:
    """Return parameters by name, name and value joined, as a signature takes them."""
    return between.join(f"{name}{around}{parameters[name]}" for name in sorted(parameters))
