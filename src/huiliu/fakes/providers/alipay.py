"""Alipay's side: one gateway, parameters signed over their sorted form, notices as forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

import msgspec

from huiliu.fakes.providers.cloud import Asked, Given, Push
from huiliu.fakes.providers.paying import (
    PayingFake,
    Trade,
    is_signed,
    merchant,
    platform,
    private_of,
    public_of,
    signed,
)

__all__ = ["FakeAlipay"]

_APP: Final = "2021000000000001"
_STATES: Final = {
    "open": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS", "closed": "TRADE_CLOSED",
    "refunded": "TRADE_CLOSED",
}  # fmt: skip


class FakeAlipay(PayingFake):
    """The gateway and the notices of Alipay."""

    name: ClassVar[str] = "alipay"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {
            "app_id": _APP, "private_key": private_of(merchant()),
            "platform_key": public_of(platform()), "endpoint": f"{self.url}/gateway.do",
        }  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the application and its signature."""
        if asked.path == "/payer":
            return None
        given = self._given(asked)
        message = _sorted({name: one for name, one in given.items() if name != "sign"})
        is_good = given.get("app_id") == _APP and given.get("sign_type") == "RSA2"
        if is_good and is_signed(merchant(), message, given.get("sign", "")):
            return None
        return self._told("error", {"code": "40002", "sub_code": "isv.invalid-signature"})

    def busy(self) -> Given:
        """Answer one call too many."""
        return self._told("error", {"code": "20000", "sub_code": "isp.unknow-error"})

    def answer(self, asked: Asked) -> Given:
        """Answer orders, pages, queries, closings and refunds."""
        page = self.page(asked)
        if page is not None:
            return page
        given = self._given(asked)
        asks: dict[str, Any] = msgspec.json.decode(given.get("biz_content", "{}"))
        method = given.get("method", "")
        if method in {"alipay.trade.precreate", "alipay.trade.wap.pay"}:
            return self._open(method, given, asks)
        trade = self.trade(str(asks.get("out_trade_no", "")))
        if trade is None:
            missing = {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
            return self._told(method, missing)
        if method == "alipay.trade.close":
            if trade.state == "paid":
                return self._told(method, {"code": "40004", "sub_code": "ACQ.TRADE_STATUS_ERROR"})
            trade.state = "closed"
        elif method == "alipay.trade.refund":
            trade.state = "refunded"
        return self._told(method, {"code": "10000", "msg": "Success", **self._said(trade)})

    def notice(self, trade: Trade, amount: int) -> Push:
        """Return the notice: a form, signed without `sign_type`."""
        said = {"app_id": _APP, "notify_type": "trade_status_sync", "charset": "utf-8",
                **self._said(trade), "total_amount": _major(amount)}  # fmt: skip
        form = {**said, "sign_type": "RSA2", "sign": signed(platform(), _sorted(said))}
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return Push(trade.notify_url, urlencode(form).encode(), headers)

    def _open(self, method: str, given: dict[str, str], asks: dict[str, Any]) -> Given:
        """Take an order; a page's order begins when its payer opens the page."""
        number = str(asks["out_trade_no"])
        amount = int(Decimal(str(asks["total_amount"])) * 100)
        trade = self.opened(Trade(number, amount, str(asks["subject"]), given["notify_url"]))
        if method == "alipay.trade.wap.pay":
            self.pay(trade.number)
            return Given(b"paid", 200, {"Content-Type": "text/plain"})
        told = {"code": "10000", "msg": "Success", "out_trade_no": number,
                "qr_code": self.payer(number)}  # fmt: skip
        return self._told(method, told)

    def _said(self, trade: Trade) -> dict[str, str]:
        """Return what is said of a trade."""
        return {
            "out_trade_no": trade.number, "trade_no": trade.reference,
            "trade_status": _STATES[trade.state], "total_amount": _major(trade.amount),
        }  # fmt: skip

    def _told(self, method: str, node: dict[str, str]) -> Given:
        """Return an answer, signed over the bytes of its node."""
        raw = msgspec.json.encode(node)
        name = f"{method.replace('.', '_')}_response"
        whole = {name: msgspec.Raw(raw), "sign": signed(platform(), raw)}
        return Given(msgspec.json.encode(whole))

    @staticmethod
    def _given(asked: Asked) -> dict[str, str]:
        """Return the parameters, wherever they stand."""
        return asked.form() if asked.method == "POST" else asked.values()


def _major(amount: int) -> str:
    """Return an amount in yuan."""
    return f"{Decimal(amount) / 100:.2f}"


def _sorted(given: dict[str, str]) -> bytes:
    """Return what is signed."""
    return "&".join(f"{name}={given[name]}" for name in sorted(given) if given[name]).encode()
