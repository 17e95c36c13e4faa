"""WeChat Pay's side, API version 3: signed both ways, notices sealed with the merchant's key."""

from __future__ import annotations

import base64
import re
import secrets
from typing import ClassVar, Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huiliu.fakes.providers.cloud import SECOND, Asked, Given, Push
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

__all__ = ["FakeWechatPay"]

_APP, _MERCHANT, _SERIAL = "wx8888888888888888", "1900000109", "444F4864EA9B34415C"
_KEY: Final = "0123456789abcdef0123456789abcdef"
_TRADE: Final = re.compile(r"/v3/pay/transactions/out-trade-no/([0-9A-Za-z_-]{6,32})(/close)?")
_STATES: Final = {"open": "NOTPAY", "paid": "SUCCESS", "closed": "CLOSED", "refunded": "REFUND"}
_FIELD: Final = re.compile(r'(\w+)="([^"]*)"')


class FakeWechatPay(PayingFake):
    """The API and the notices of WeChat Pay."""

    name: ClassVar[str] = "wechat_pay"

    @property
    def config(self) -> dict[str, str]:
        """Return the fields of an account here."""
        return {
            "app_id": _APP, "mch_id": _MERCHANT, "serial_no": _SERIAL, "api_v3_key": _KEY,
            "private_key": private_of(merchant()), "platform_key": public_of(platform()),
            "endpoint": self.url,
        }  # fmt: skip

    def refuse(self, asked: Asked) -> Given | None:
        """Check the merchant's signature and its time."""
        if asked.path == "/payer":
            return None
        scheme, _, said = asked.headers.get("authorization", "").partition(" ")
        given = dict(_FIELD.findall(said))
        target = asked.path + (f"?{asked.query}" if asked.query else "")
        stamp = given.get("timestamp", "")
        message = f"{asked.method}\n{target}\n{stamp}\n{given.get('nonce_str')}\n".encode()
        is_good = (
            scheme == "WECHATPAY2-SHA256-RSA2048" and given.get("mchid") == _MERCHANT
            and given.get("serial_no") == _SERIAL
            and stamp.isdecimal() and abs(int(stamp) - self.now() // SECOND) <= 300
            and is_signed(merchant(), message + asked.body + b"\n", given.get("signature", ""))
        )  # fmt: skip
        return None if is_good else self._told({"code": "SIGN_ERROR", "message": "签名错误"}, 401)

    def busy(self) -> Given:
        """Answer one call too many."""
        return self._told({"code": "FREQUENCY_LIMITED", "message": "频率超限"}, 429)

    def answer(self, asked: Asked) -> Given:
        """Answer orders, queries, closings and refunds."""
        page = self.page(asked)
        if page is not None:
            return page
        kind = asked.path.rpartition("/")[2]
        if asked.path in {"/v3/pay/transactions/native", "/v3/pay/transactions/h5"}:
            return self._open(asked.json(), kind)
        if asked.path == "/v3/refund/domestic/refunds":
            return self._refund(asked.json())
        found = _TRADE.fullmatch(asked.path)
        trade = self.trade(found[1]) if found else None
        if found is None or trade is None:
            return self._told({"code": "ORDER_NOT_EXIST", "message": "订单不存在"}, 404)
        if found[2]:
            if trade.state == "paid":
                return self._told({"code": "ORDERPAID", "message": "订单已支付"}, 400)
            trade.state = "closed"
            return self._told(None, 204)
        return self._told(self._said(trade, trade.amount), 200)

    def notice(self, trade: Trade, amount: int) -> Push:
        """Return the notice: sealed, then signed."""
        plain = msgspec.json.encode(self._said(trade, amount))
        nonce, more = secrets.token_hex(6), "transaction"
        sealed = AESGCM(_KEY.encode()).encrypt(nonce.encode(), plain, more.encode())
        body = msgspec.json.encode({
            "id": secrets.token_hex(16), "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource", "summary": "支付成功",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "original_type": "transaction",
                "ciphertext": base64.b64encode(sealed).decode(), "nonce": nonce,
                "associated_data": more,
            },
        })  # fmt: skip
        return Push(trade.notify_url, body, self._headers(body))

    def _open(self, given: dict[str, object], kind: str) -> Given:
        """Take an order."""
        amount, number = given.get("amount"), str(given.get("out_trade_no", ""))
        total = amount.get("total") if isinstance(amount, dict) else None
        needed = ("appid", "mchid", "description", "notify_url")
        if not isinstance(total, int) or total < 1 or not all(given.get(one) for one in needed):
            return self._told({"code": "PARAM_ERROR", "message": "参数错误"}, 400)
        if kind == "h5" and not isinstance(given.get("scene_info"), dict):
            return self._told({"code": "PARAM_ERROR", "message": "缺少 scene_info"}, 400)
        title, url = str(given["description"]), str(given["notify_url"])
        trade = self.opened(Trade(number, total, title, url))
        if trade.amount != total:
            return self._told({"code": "INVALID_REQUEST", "message": "商户订单号重复"}, 400)
        address = self.payer(number)
        return self._told({"h5_url" if kind == "h5" else "code_url": address}, 200)

    def _refund(self, given: dict[str, object]) -> Given:
        """Give a trade's money back; a repeat changes nothing."""
        trade = self.trade(str(given.get("out_trade_no", "")))
        if trade is None or trade.state not in {"paid", "refunded"}:
            return self._told({"code": "RESOURCE_NOT_EXISTS", "message": "订单不存在"}, 404)
        trade.state = "refunded"
        return self._told({"refund_id": f"5030{trade.number[:20]}", "status": "SUCCESS"}, 200)

    def _said(self, trade: Trade, amount: int) -> dict[str, object]:
        """Return what is said of a trade."""
        return {
            "appid": _APP, "mchid": _MERCHANT, "out_trade_no": trade.number,
            "transaction_id": trade.reference, "trade_state": _STATES[trade.state],
            "amount": {"total": amount, "payer_total": amount, "currency": "CNY"},
        }  # fmt: skip

    def _told(self, body: object, status: int) -> Given:
        """Return a signed answer."""
        raw = b"" if body is None else msgspec.json.encode(body)
        return Given(raw or None, status, self._headers(raw))

    def _headers(self, body: bytes) -> dict[str, str]:
        """Return the headers by which the platform proves itself."""
        stamp, nonce = str(self.now() // SECOND), secrets.token_hex(16)
        said = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "Content-Type": "application/json", "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce, "Wechatpay-Serial": "PUB_KEY_ID_0119",
            "Wechatpay-Signature": signed(platform(), said),
        }  # fmt: skip
