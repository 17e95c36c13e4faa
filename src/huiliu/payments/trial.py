"""A provider that moves no money: its page is Huiliu's own, its notices are signed like others.

With it a till, a self-checkout and their tests can be tried end to end before a contract is signed.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.kernel.times import MINUTE
from huiliu.payments.desk import Desk, missing
from huiliu.ports.channel import AccountField, Callback
from huiliu.ports.payment import Asked, Intent, IntentState, Notice, Opened, PaymentAccount
from huiliu.ports.vault import Secrets

__all__ = ["SIGNATURE", "TrialPayment"]

SIGNATURE: Final = "x-trial-signature"
_PURPOSE: Final = "trial payment"
_FRESH: Final = 5 * MINUTE


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a notice says."""

    intent: str
    #: paid, or closed where the payer declined.
    state: str
    amount: int
    currency: str
    at: int


class TrialPayment:
    """The Payment port without money."""

    name = "trial"
    fields: Sequence[AccountField] = ()
    currencies: frozenset[str] = frozenset()

    def __init__(self, desk: Desk) -> None:
        """Use the instance's own signature."""
        self._desk = desk

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return the fields that are too many: it has none."""
        return missing(self.fields, config)

    def open(self, account: PaymentAccount, intents: Sequence[Intent]) -> Sequence[Opened]:
        """Return the address of the trial's own page."""
        url = self._desk.public_url.rstrip("/")
        brand = account.brand_id
        return [Opened(f"{url}/pay/trial/{brand}-{one.intent_id}") for one in intents]

    def ask(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Say nothing: nobody keeps what was pressed but the notice."""
        del account
        return [Asked(one, None) for one in intents]

    def close(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Close; its page asks whether an intent is open."""
        del account
        return [Asked(one, IntentState.CLOSED) for one in intents]

    def refund(
        self, account: PaymentAccount, refunds: Sequence[tuple[str, int, str]]
    ) -> Sequence[Asked]:
        """Give nothing back, as nothing was paid."""
        del account
        return [
            Asked(intent, IntentState.REFUNDED, amount, currency, f"trial-refund-{intent[:8]}")
            for intent, amount, currency in refunds
        ]

    def notice(self, account: PaymentAccount, request: Callback, now: int) -> Notice:
        """Read a notice that this instance signed a moment ago."""
        said = f"{account.brand_id}\0{account.name}\0".encode() + request.body
        expected = _signed(self._desk.secrets, said)
        if not hmac.compare_digest(request.headers.get(SIGNATURE, "").encode(), expected.encode()):
            return _notice(None, "signature")
        try:
            told = msgspec.json.decode(request.body, type=_Told)
        except msgspec.MsgspecError:
            return _notice(None, "unreadable")
        if abs(now - told.at) > _FRESH:
            return _notice(None, "stale")
        state = IntentState.PAID if told.state == "paid" else IntentState.CLOSED
        return _notice(
            Asked(told.intent, state, told.amount, told.currency, f"trial-{told.intent[:12]}")
        )

    def pressed(self, account: PaymentAccount, asked: Asked, url: str, now: int) -> Callback:
        """Return the notice that its page sends when somebody pressed a button."""
        state = "paid" if asked.state is IntentState.PAID else "closed"
        told = _Told(asked.intent_id, state, asked.amount, asked.currency, now)
        body = msgspec.json.encode(told)
        said = f"{account.brand_id}\0{account.name}\0".encode() + body
        return Callback("POST", url, {SIGNATURE: _signed(self._desk.secrets, said)}, body)


def _signed(secrets: Secrets, said: bytes) -> str:
    """Return a signature as a header holds it."""
    return base64.b64encode(secrets.sign(said, _PURPOSE)).decode()


def _notice(asked: Asked | None, fault: str = "") -> Notice:
    """Return a notice and the answers to it."""
    return Notice(asked, b'{"code":"SUCCESS"}', b'{"code":"FAIL"}', fault=fault)
