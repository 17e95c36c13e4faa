"""Alipay's open gateway: a code at the till (precreate) or a page on the phone (wap.pay).

Every request and notice is a set of parameters, signed with RSA2 over their sorted form; answers
are signed over the bytes of their one node. Source: docs/reference/pos.md names the pages of
Alipay's documentation that this follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec

from huiliu.kernel.errors import Problem
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import SECOND
from huiliu.payments.desk import Desk, missing
from huiliu.payments.keys import is_private_key, is_public_key, sign, verify
from huiliu.ports.channel import AccountField, Callback
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.payment import Asked, Intent, IntentState, Notice, Opened, PaymentAccount, Way

__all__ = ["AlipayPayment"]

_GATEWAY: Final = "https://openapi.alipay.com/gateway.do"
_DONE: Final = "10000"
_LONGEST_TITLE: Final = 256
_CHINA: Final = timezone(timedelta(hours=8))
#: Their word of a trade -> ours.
_STATES: Final = {
    "TRADE_SUCCESS": IntentState.PAID,
    "TRADE_FINISHED": IntentState.PAID,
    "TRADE_CLOSED": IntentState.CLOSED,
    "WAIT_BUYER_PAY": IntentState.OPEN,
}
_UNKNOWN_TRADE: Final = "ACQ.TRADE_NOT_EXIST"


class AlipayPayment:
    """The Payment port over Alipay."""

    name = "alipay"
    fields: Sequence[AccountField] = (
        AccountField("app_id", longest=32),
        AccountField("private_key", "secret"),
        AccountField("platform_key", "secret"),
        AccountField("endpoint", default=_GATEWAY),
    )
    currencies: frozenset[str] = frozenset({"CNY"})

    def __init__(self, desk: Desk) -> None:
        """Call through the one way out."""
        self._desk = desk

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return everything that is wrong with an account's fields."""
        found = missing(self.fields, config)
        for name, is_good in (("private_key", is_private_key), ("platform_key", is_public_key)):
            if config.get(name) and not is_good(config[name]):
                found.append(Problem(name, text("pay.not_a_key")))
        if self._desk.outbound.problem(config.get("endpoint") or _GATEWAY):
            found.append(Problem("endpoint", text("pay.bad_endpoint")))
        return found

    def open(self, account: PaymentAccount, intents: Sequence[Intent]) -> Sequence[Opened]:
        """Ask for a code, or make the page's address: a page is a signed link, nobody is asked."""
        return [
            self._page(account, one) if one.way is Way.PAGE else self._code(account, one)
            for one in intents
        ]

    def ask(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Ask how trades stand."""
        answers = self._call(
            account, [("alipay.trade.query", {"out_trade_no": one}) for one in intents]
        )
        return [_asked(one, found) for one, found in zip(intents, answers, strict=True)]

    def close(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Close trades; one that nobody opened yet cannot be paid either."""
        answers = self._call(
            account, [("alipay.trade.close", {"out_trade_no": one}) for one in intents]
        )
        return [
            Asked(one, IntentState.CLOSED)
            if isinstance(found, dict) and (
                found.get("code") == _DONE or found.get("sub_code") == _UNKNOWN_TRADE
            )
            else self.ask(account, [one])[0]
            for one, found in zip(intents, answers, strict=True)
        ]  # fmt: skip

    def refund(
        self, account: PaymentAccount, refunds: Sequence[tuple[str, int, str]]
    ) -> Sequence[Asked]:
        """Give money back; the request's number is the trade's, so that a repeat is the same."""
        answers = self._call(account, [
            ("alipay.trade.refund", {
                "out_trade_no": intent, "refund_amount": _major(amount, currency),
                "out_request_no": f"r{intent}"[:64],
            })
            for intent, amount, currency in refunds
        ])  # fmt: skip
        return [
            Asked(intent, IntentState.REFUNDED, amount, currency, str(found.get("trade_no", "")))
            if isinstance(found, dict) and found.get("code") == _DONE
            else Asked(intent, None, fault=_fault(found))
            for (intent, amount, currency), found in zip(refunds, answers, strict=True)
        ]

    def notice(self, account: PaymentAccount, request: Callback, now: int) -> Notice:
        """Read a notice: signed by Alipay, for this application."""
        del now
        try:
            given = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        except ValueError:
            return _notice(None, "unreadable")
        # `sign_type` is left out of what a notice signs, though not of what a request does.
        said = _sorted({name: one for name, one in given.items()
                        if name not in {"sign", "sign_type"}})  # fmt: skip
        if given.get("sign_type") != "RSA2" or not verify(
            account.config["platform_key"], said, given.get("sign", "")
        ):
            return _notice(None, "signature")
        if given.get("app_id") != account.config["app_id"]:
            return _notice(None, "another application")
        if given.get("gmt_refund"):
            return _notice(None)
        return _notice(_trade_told(given.get("out_trade_no", ""), given))

    def _page(self, account: PaymentAccount, intent: Intent) -> Opened:
        """Return the link of a page that takes the payment."""
        given = _trade(intent) | {"product_code": "QUICK_WAP_WAY", "quit_url": intent.return_url}
        params = self._params(account, "alipay.trade.wap.pay", given)
        params |= {"notify_url": intent.notify_url, "return_url": intent.return_url}
        params["sign"] = sign(account.config["private_key"], _sorted(params))
        return Opened(f"{_endpoint(account)}?{urlencode(params)}")

    def _code(self, account: PaymentAccount, intent: Intent) -> Opened:
        """Return what a till's code holds."""
        found = self._call(
            account, [("alipay.trade.precreate", _trade(intent))], intent.notify_url
        )[0]
        if isinstance(found, HttpAnswer):
            return Opened(fault=_fault(found), is_doubtful=found.reach is not Reach.REFUSED)
        if found.get("code") != _DONE or not found.get("qr_code"):
            return Opened(fault=_fault(found))
        return Opened(str(found["qr_code"]))

    def _call(
        self,
        account: PaymentAccount,
        asked: Sequence[tuple[str, Mapping[str, object]]],
        notify_url: str = "",
    ) -> list[dict[str, Any] | HttpAnswer]:
        """Return the node of each answer; the answer itself where it is none of Alipay's."""
        calls = []
        for method, given in asked:
            params = self._params(account, method, given)
            if notify_url:
                params["notify_url"] = notify_url
            params["sign"] = sign(account.config["private_key"], _sorted(params))
            headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
            body = urlencode(params).encode()
            calls.append(HttpCall(_endpoint(account), "POST", headers, body))
        answers = self._desk.outbound.call(calls)
        return [
            _node(account, method, answer) or answer
            for (method, _), answer in zip(asked, answers, strict=True)
        ]

    def _params(
        self, account: PaymentAccount, method: str, given: Mapping[str, object]
    ) -> dict[str, str]:
        """Return the parameters of a request, still to be signed."""
        now = datetime.fromtimestamp(self._desk.clock.now() // SECOND, UTC).astimezone(_CHINA)
        return {
            "app_id": account.config["app_id"], "method": method, "format": "JSON",
            "charset": "utf-8", "sign_type": "RSA2", "timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
            "version": "1.0", "biz_content": msgspec.json.encode(given).decode(),
        }  # fmt: skip


def _endpoint(account: PaymentAccount) -> str:
    """Return the gateway of an account."""
    return account.config.get("endpoint") or _GATEWAY


def _trade(intent: Intent) -> dict[str, object]:
    """Return what is to be paid."""
    until = datetime.fromtimestamp(intent.expires_at // SECOND, UTC).astimezone(_CHINA)
    trade: dict[str, object] = {
        "out_trade_no": intent.intent_id, "total_amount": _major(intent.amount, intent.currency),
        "subject": intent.title[:_LONGEST_TITLE], "time_expire": f"{until:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    if intent.goods:
        trade["goods_detail"] = [
            {"goods_id": one.sku[:64], "goods_name": one.name[:256], "quantity": one.quantity,
             "price": _major(one.unit_price, intent.currency)}
            for one in intent.goods[:50]
        ]  # fmt: skip
    return trade


def _major(amount: int, currency: str) -> str:
    """Return an amount as Alipay writes it."""
    return format(Money(amount, currency).major, "f")


def _trade_told(intent: str, told: Mapping[str, Any]) -> Asked:
    """Return what is said of a trade."""
    paid = Money.parse(Decimal(0) if not told.get("total_amount") else told["total_amount"], "CNY")
    return Asked(
        intent, _STATES.get(str(told.get("trade_status"))), paid.minor if paid else 0, "CNY",
        str(told.get("trade_no") or ""),
    )  # fmt: skip


def _asked(intent: str, found: dict[str, Any] | HttpAnswer) -> Asked:
    """Return how a trade stands."""
    if isinstance(found, dict):
        if found.get("code") == _DONE:
            return _trade_told(intent, found)
        if found.get("sub_code") == _UNKNOWN_TRADE:
            # A trade begins when its payer opens the page: until then it can still be paid.
            return Asked(intent, IntentState.OPEN)
    return Asked(intent, None, fault=_fault(found))


def _node(account: PaymentAccount, method: str, answer: HttpAnswer) -> dict[str, Any] | None:
    """Return the node of an answer that Alipay signed; None for anything else.

    The signature is over the node's own bytes, as they came.
    """
    name = f"{method.replace('.', '_')}_response"
    try:
        whole = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
        raw = bytes(whole[name])
        signature = msgspec.json.decode(whole["sign"], type=str)
        if not answer.is_taken or not verify(account.config["platform_key"], raw, signature):
            return None
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, KeyError):
        return None


def _sorted(params: Mapping[str, str]) -> bytes:
    """Return what is signed: names in order, empty ones left out."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if params[name]).encode()


def _fault(found: dict[str, Any] | HttpAnswer) -> str:
    """Return why nothing came of a call, in Alipay's words."""
    if isinstance(found, HttpAnswer):
        return (found.cause or f"{found.reach} {found.status}").strip()[:300]
    words = (found.get("code"), found.get("sub_code"), found.get("sub_msg") or found.get("msg"))
    return " ".join(str(one) for one in words if one)[:300]


def _notice(asked: Asked | None, fault: str = "") -> Notice:
    """Return a notice and the answers to it: a word, not JSON."""
    return Notice(asked, b"success", b"failure", "text/plain", fault)
