"""What fakes of payment providers share: trades that somebody may pay, and keys of both sides.

A trade's page is an address of the fake itself: whoever opens it has paid, and a notice goes out.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from huiliu.fakes.providers.cloud import Asked, FakeCloud, Given, Push, Sent

__all__ = ["PayingFake", "Trade", "is_signed", "merchant", "platform", "private_of", "public_of",
           "signed"]  # fmt: skip


@dataclass(slots=True)
class Trade:
    """One payment as the provider knows it."""

    number: str
    #: Minor units.
    amount: int
    title: str
    notify_url: str
    #: open, paid, closed, refunded.
    state: str = "open"

    @property
    def reference(self) -> str:
        """Return the provider's own number."""
        return f"4200{self.number[:24]}"


@cache
def merchant() -> rsa.RSAPrivateKey:
    """Return the merchant's key of every fake; made once, as that takes a while."""
    return rsa.generate_private_key(65_537, 2048)


@cache
def platform() -> rsa.RSAPrivateKey:
    """Return the platform's key of every fake."""
    return rsa.generate_private_key(65_537, 2048)


def private_of(key: rsa.RSAPrivateKey) -> str:
    """Return a private key as one line of base64."""
    form = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(key.private_bytes(*form)).decode()


def public_of(key: rsa.RSAPrivateKey) -> str:
    """Return its other half as one line of base64."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


def signed(key: rsa.RSAPrivateKey, message: bytes) -> str:
    """Return a signature with SHA-256."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), SHA256())).decode()


def is_signed(key: rsa.RSAPrivateKey, message: bytes, signature: str) -> bool:
    """Say whether a signature is of a key."""
    try:
        raw = base64.b64decode(signature)
        key.public_key().verify(raw, message, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


class PayingFake(FakeCloud):
    """A provider of payments; a subclass speaks as its vendor does."""

    def trade(self, number: str) -> Trade | None:
        """Return a trade by the merchant's number."""
        return self.trades.get(number)

    @property
    def trades(self) -> dict[str, Trade]:
        """Return every trade, by the merchant's number."""
        found: dict[str, Trade] = self.__dict__.setdefault("_trades", {})
        return found

    def opened(self, trade: Trade) -> Trade:
        """Take a trade, or find the one that was opened under its number."""
        return self.trades.setdefault(trade.number, trade)

    def pay(self, number: str, *, amount: int | None = None) -> Push:
        """Let somebody pay; the notice waits to be sent. Another amount is a provider's fault."""
        trade = self.trades[number]
        trade.state = "paid"
        push = self.notice(trade, trade.amount if amount is None else amount)
        self.waiting.append(push)
        return push

    def page(self, asked: Asked) -> Given | None:
        """Answer a payer's phone; None = it is not one that asks."""
        if asked.path != "/payer":
            return None
        number = parse_qs(asked.query).get("no", [""])[0]
        trade = self.trade(number)
        if trade is None or trade.state != "open":
            return Given(b"gone", 410, {"Content-Type": "text/plain"})
        self.pay(number)
        return Given(b"paid", 200, {"Content-Type": "text/plain"})

    def notice(self, trade: Trade, amount: int) -> Push:
        """Return the notice that a trade was paid."""
        raise NotImplementedError

    def payer(self, number: str) -> str:
        """Return the page on which a trade is paid."""
        return f"{self.url}/payer?no={number}"

    def report(self, sent: Sent, fate: str) -> Push:
        """Report nothing: no message is sent here."""
        raise NotImplementedError(sent, fate)

    def reply(self, number: str, text: str) -> None:
        """Let nobody write: no message is sent here."""
        raise NotImplementedError(number, text)
