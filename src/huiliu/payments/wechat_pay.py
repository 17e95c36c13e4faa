"""WeChat Pay, API version 3: a code at the till (Native) or a page on the phone (H5).

Requests carry an RSA signature of the merchant, answers and notices one of the platform, and what
a notice says is sealed with AES-256-GCM under the merchant's APIv3 key. Source: docs/reference/
pos.md names the pages of WeChat Pay's documentation that this follows.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huiliu.kernel.errors import Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.payments.desk import Desk, missing
from huiliu.payments.keys import is_private_key, is_public_key, sign, verify
from huiliu.ports.channel import AccountField, Callback
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.payment import Asked, Intent, IntentState, Notice, Opened, PaymentAccount, Way

__all__ = ["WechatPayment"]

_SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
_HOST: Final = "https://api.mch.weixin.qq.com"
_FRESH: Final = 5 * MINUTE
_LONGEST_TITLE: Final = 127
_KEY_BYTES: Final = 32
_CHINA: Final = timezone(timedelta(hours=8))
#: Their word of a trade -> ours; of the others nothing is known yet.
_STATES: Final = {
    "SUCCESS": IntentState.PAID,
    "REFUND": IntentState.REFUNDED,
    "CLOSED": IntentState.CLOSED,
    "REVOKED": IntentState.CLOSED,
    "NOTPAY": IntentState.OPEN,
    "USERPAYING": IntentState.OPEN,
    "PAYERROR": IntentState.OPEN,
}


class WechatPayment:
    """The Payment port over WeChat Pay."""

    name = "wechat_pay"
    fields: Sequence[AccountField] = (
        AccountField("app_id", longest=32),
        AccountField("mch_id", longest=32),
        AccountField("serial_no", longest=64),
        AccountField("private_key", "secret"),
        AccountField("api_v3_key", "secret"),
        AccountField("platform_key", "secret"),
        AccountField("endpoint", default=_HOST),
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
        if config.get("api_v3_key") and len(config["api_v3_key"].encode()) != _KEY_BYTES:
            found.append(Problem("api_v3_key", text("pay.want_32")))
        endpoint = config.get("endpoint") or _HOST
        if self._desk.outbound.problem(endpoint):
            found.append(Problem("endpoint", text("pay.bad_endpoint")))
        return found

    def open(self, account: PaymentAccount, intents: Sequence[Intent]) -> Sequence[Opened]:
        """Ask for a code or a page for each."""
        calls = [self._opening(account, one) for one in intents]
        answers = self._desk.outbound.call(calls)
        return [
            self._opened(account, intent, answer)
            for intent, answer in zip(intents, answers, strict=True)
        ]

    def ask(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Ask how trades stand."""
        merchant = quote(account.config["mch_id"])
        calls = [self._call(account, "GET", f"{_trade(one)}?mchid={merchant}") for one in intents]
        answers = self._desk.outbound.call(calls)
        return [self._asked(account, one, found)
                for one, found in zip(intents, answers, strict=True)]  # fmt: skip

    def close(self, account: PaymentAccount, intents: Sequence[str]) -> Sequence[Asked]:
        """Close trades; one that cannot be closed is asked how it stands."""
        body = {"mchid": account.config["mch_id"]}
        calls = [self._call(account, "POST", f"{_trade(one)}/close", body) for one in intents]
        answers = self._desk.outbound.call(calls)
        return [
            Asked(one, IntentState.CLOSED) if found.is_taken else self.ask(account, [one])[0]
            for one, found in zip(intents, answers, strict=True)
        ]

    def refund(
        self, account: PaymentAccount, refunds: Sequence[tuple[str, int, str]]
    ) -> Sequence[Asked]:
        """Give money back; the number of a refund is the trade's, so that a repeat is the same."""
        calls = [
            self._call(account, "POST", "/v3/refund/domestic/refunds", {
                "out_trade_no": intent, "out_refund_no": f"r{intent}"[:64],
                "amount": {"refund": amount, "total": amount, "currency": currency},
            })
            for intent, amount, currency in refunds
        ]  # fmt: skip
        answers = self._desk.outbound.call(calls)
        return [
            self._refunded(account, one, found) for one, found in zip(refunds, answers, strict=True)
        ]

    def notice(self, account: PaymentAccount, request: Callback, now: int) -> Notice:
        """Read a notice: signed by the platform a moment ago, and sealed for this merchant."""
        stamp = request.headers.get("wechatpay-timestamp", "")
        if not self._is_signed(account, request.headers, request.body):
            return _notice(None, "signature")
        if not stamp.isdecimal() or abs(now - int(stamp) * SECOND) > _FRESH:
            return _notice(None, "stale")
        told = _unsealed(account.config["api_v3_key"], _object(request.body).get("resource"))
        if told is None:
            return _notice(None, "unreadable")
        if told.get("mchid") != account.config["mch_id"] or "trade_state" not in told:
            # Signed, but of another merchant, or no payment: a refund's notice is asked for.
            return _notice(None)
        return _notice(_trade_told(str(told.get("out_trade_no", "")), told))

    def _opening(self, account: PaymentAccount, intent: Intent) -> HttpCall:
        """Return the call that opens a trade."""
        config = account.config
        until = datetime.fromtimestamp(intent.expires_at // SECOND, UTC).astimezone(_CHINA)
        body: dict[str, object] = {
            "appid": config["app_id"], "mchid": config["mch_id"],
            "description": intent.title[:_LONGEST_TITLE],
            "out_trade_no": intent.intent_id, "time_expire": until.isoformat(timespec="seconds"),
            "notify_url": intent.notify_url,
            "amount": {"total": intent.amount, "currency": intent.currency},
            "detail": {"goods_detail": [
                {"merchant_goods_id": one.sku[:32], "goods_name": one.name[:256],
                 "quantity": one.quantity, "unit_price": one.unit_price}
                for one in intent.goods[:50]
            ]},
        }  # fmt: skip
        if not intent.goods:
            del body["detail"]
        if intent.way is Way.PAGE:
            body["scene_info"] = {"payer_client_ip": intent.payer_ip or "127.0.0.1",
                                  "h5_info": {"type": "Wap"}}  # fmt: skip
        kind = "h5" if intent.way is Way.PAGE else "native"
        return self._call(account, "POST", f"/v3/pay/transactions/{kind}", body)

    def _opened(self, account: PaymentAccount, intent: Intent, answer: HttpAnswer) -> Opened:
        """Return what an answer to opening means."""
        if answer.reach is Reach.UNKNOWN or answer.status >= 500:
            return Opened(fault=_fault(answer), is_doubtful=True)
        told = _object(answer.body)
        address = str(told.get("h5_url") or told.get("code_url") or "")
        if not answer.is_taken or not address:
            return Opened(fault=_fault(answer))
        if not self._is_signed(account, answer.headers, answer.body):
            return Opened(fault="the answer is not signed by WeChat Pay")
        if intent.way is Way.PAGE and intent.return_url:
            address += f"&redirect_url={quote(intent.return_url, safe='')}"
        return Opened(address)

    def _asked(self, account: PaymentAccount, intent: str, answer: HttpAnswer) -> Asked:
        """Return how a trade stands; what is not signed says nothing."""
        if answer.status == 404:
            # It never heard of the trade.
            return Asked(intent, IntentState.CLOSED, fault=_fault(answer))
        if not answer.is_taken or not self._is_signed(account, answer.headers, answer.body):
            return Asked(intent, None, fault=_fault(answer))
        return _trade_told(intent, _object(answer.body))

    def _refunded(
        self, account: PaymentAccount, refund: tuple[str, int, str], answer: HttpAnswer
    ) -> Asked:
        """Return what an answer to a refund means."""
        intent, amount, currency = refund
        if not answer.is_taken or not self._is_signed(account, answer.headers, answer.body):
            return Asked(intent, None, fault=_fault(answer))
        told = _object(answer.body)
        is_done = told.get("status") == "SUCCESS"
        state = IntentState.REFUNDED if is_done else IntentState.REFUNDING
        return Asked(intent, state, amount, currency, str(told.get("refund_id", "")))

    def _call(
        self, account: PaymentAccount, method: str, path: str, given: object = None
    ) -> HttpCall:
        """Return a signed call."""
        config = account.config
        base = config.get("endpoint") or _HOST
        url = f"{base.rstrip('/')}{path}"
        body = msgspec.json.encode(given) if given is not None else b""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        stamp, nonce = str(self._desk.clock.now() // SECOND), secrets.token_hex(16)
        said = f"{method}\n{target}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        signed = sign(config["private_key"], said)
        authorization = (
            f'{_SCHEME} mchid="{config["mch_id"]}",nonce_str="{nonce}",signature="{signed}",'
            f'timestamp="{stamp}",serial_no="{config["serial_no"]}"'
        )
        headers = {"authorization": authorization, "accept": "application/json",
                   "content-type": "application/json", "user-agent": "huiliu"}  # fmt: skip
        return HttpCall(url, method, headers, body)

    def _is_signed(self, account: PaymentAccount, headers: Mapping[str, str], body: bytes) -> bool:
        """Say whether the platform signed an answer or a notice."""
        stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        said = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        return verify(account.config["platform_key"], said, headers.get("wechatpay-signature", ""))


def _trade(intent: str) -> str:
    """Return the path of a trade by our number."""
    return f"/v3/pay/transactions/out-trade-no/{quote(intent, safe='')}"


def _trade_told(intent: str, told: Mapping[str, Any]) -> Asked:
    """Return what is said of a trade."""
    amount = told.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    total = amount.get("total")
    return Asked(
        intent, _STATES.get(str(told.get("trade_state"))),
        total if isinstance(total, int) else 0, str(amount.get("currency") or "CNY"),
        str(told.get("transaction_id") or ""),
    )  # fmt: skip


def _unsealed(key: str, resource: object) -> dict[str, Any] | None:
    """Return what a notice says; None where it was not sealed with this key."""
    if not isinstance(resource, dict) or resource.get("algorithm") != "AEAD_AES_256_GCM":
        return None
    try:
        sealed = base64.b64decode(str(resource.get("ciphertext", "")), validate=True)
        nonce = str(resource.get("nonce", "")).encode()
        more = str(resource.get("associated_data") or "").encode()
        plain = AESGCM(key.encode()).decrypt(nonce, sealed, more)
    except (InvalidTag, ValueError, binascii.Error):
        return None
    return _object(plain)


def _object(body: bytes) -> dict[str, Any]:
    """Return the object of a body; an empty one where there is none."""
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _fault(answer: HttpAnswer) -> str:
    """Return why nothing came of a call, in the platform's words."""
    if answer.reach is not Reach.ANSWERED:
        return answer.cause or str(answer.reach)
    told = _object(answer.body)
    return f"{answer.status} {told.get('code', '')} {told.get('message', '')}".strip()[:300]


def _notice(asked: Asked | None, fault: str = "") -> Notice:
    """Return a notice and the answers to it."""
    refused = msgspec.json.encode({"code": "FAIL", "message": fault or "not taken"})
    return Notice(asked, b'{"code":"SUCCESS"}', refused, fault=fault)
