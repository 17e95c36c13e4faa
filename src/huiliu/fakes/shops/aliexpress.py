"""A shop on AliExpress: two lists, pages by number, Pacific time in whole seconds."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

import msgspec

from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, FakeShop, Given

__all__ = ["FakeAliExpress"]

_KEY: Final = "500100"
_SECRET: Final = "ae-secret"  # noqa: S105 - of a fake
_ZONE: Final = ZoneInfo("America/Los_Angeles")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STATES: Final = {
    "created": "PLACE_ORDER_SUCCESS", "paid": "WAIT_SELLER_SEND_GOODS",
    "shipped": "WAIT_BUYER_ACCEPT_GOODS", "delivered": "FUND_PROCESSING", "cancelled": "FINISH",
}  # fmt: skip


class FakeAliExpress(FakeShop):
    """AliExpress's side."""

    name: ClassVar = "aliexpress"
    cannot_tell: ClassVar = frozenset({"Order Out For Delivery"})
    _n_renewed = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "app_key": _KEY, "app_secret": _SECRET, "refresh_token": "refresh-0",
            "base_url": self.url,
        }  # fmt: skip

    def order_id(self, number: int) -> str:
        """Return the id of the so-manieth order."""
        return str(3_031_265_788_145_000 + number)

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the push, signed over key and body."""
        body = msgspec.json.encode({
            "message_type": 53, "seller_id": "cn1019", "timestamp": order.updated_at // 1_000_000,
            "data": {"trade_order_id": order.id, "order_status": _state(order), "n": order.version},
        })  # fmt: skip
        sign = hmac.new(_SECRET.encode(), _KEY.encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Authorization": sign}
        return [Delivery(order.id, what, body, headers)]

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are renewed here."""
        return path == "/rest/auth/token/refresh"

    def too_many(self) -> Given:
        """Answer that there were too many requests."""
        return Given({"error_response": {"code": "ApiCallLimit", "msg": "frequency limit"}})

    def not_good_any_more(self) -> Given:
        """Answer that the token has expired."""
        return Given({"error_response": {"code": "IllegalAccessToken", "msg": "expired"}})

    def answer(self, asked: Asked) -> Given:
        """Answer a call."""
        form = asked.form()
        path = asked.path.removeprefix("/rest") if asked.path.startswith("/rest") else ""
        text = path + "".join(f"{name}{form[name]}" for name in sorted(form) if name != "sign")
        sign = hmac.new(_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        if form.get("sign") != sign:
            return Given({"error_response": {"code": "IncompleteSignature", "msg": "signature"}})
        if self.is_token_path(asked.path):
            return self._renew(form)
        if form.get("session") != f"access-{self._n_renewed}":
            return self.not_good_any_more()
        if form["method"] == "aliexpress.solution.order.get":
            return self._list(msgspec.json.decode(form["param0"], type=dict[str, object]))
        wanted = msgspec.json.decode(form["param1"], type=dict[str, object])
        order = self.orders.get(str(wanted["order_id"]))
        result = {"result": {"data": self.show(order)}} if order else {"result": {}}
        return Given({"aliexpress_solution_order_info_get_response": result})

    def _list(self, wanted: dict[str, object]) -> Given:
        """Return a page of the ids that changed, at the states asked for."""
        states = wanted["order_status_list"]
        assert isinstance(states, list)
        since, until = (_micros(str(wanted[f"modified_date_{end}"])) for end in ("start", "end"))
        found = [one for one in self.between(since, until) if _state(one) in states]
        page = int(str(wanted["current_page"]))
        some = found[(page - 1) * self.page_size : page * self.page_size]
        result = {
            "total_page": -(-len(found) // self.page_size), "total_count": len(found),
            "target_list": {"order_dto": [{"order_id": int(one.id)} for one in some]},
        }  # fmt: skip
        return Given({"aliexpress_solution_order_get_response": {"result": result}})

    def _renew(self, form: dict[str, str]) -> Given:
        """Return new tokens for the one that is good."""
        if form.get("refresh_token") != f"refresh-{self._n_renewed}":
            return Given({"code": "InvalidRefreshToken", "message": "refresh token is invalid"})
        self._n_renewed += 1
        self.expired = 0
        return Given({
            "access_token": f"access-{self._n_renewed}", "expires_in": 86_400, "code": "0",
            "refresh_token": f"refresh-{self._n_renewed}", "refresh_expires_in": 172_800,
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as the API shows it."""
        refunded = sum(amount for _, _, amount in order.refunds)
        return {
            "id": int(order.id), "order_status": _state(order), "buyerloginid": order.buyer.id,
            "gmt_create": _local(order.created_at), "gmt_modified": _local(order.updated_at),
            "gmt_pay_success": _local(order.paid_at), "gmt_trade_end": _local(order.cancelled_at),
            "order_amount": {"amount": _amount(order.total), "currency_code": order.currency},
            "receipt_address": {"country": "ES", "province": "Madrid", "city": "Madrid",
                                "mobile_no": "6*****01"},
            "logistic_info_list": {"global_aeop_tp_logistic_info_dto": [
                {
                    "logistics_no": one.tracking_number, "logistics_service": one.carrier,
                    "gmt_send": _local(one.shipped_at), "gmt_received": _local(one.delivered_at),
                }
                for one in order.parcels
            ]},
            "child_order_list": {"global_aeop_tp_child_order_dto": [
                {
                    "product_id": int(line.product_id), "product_name": line.name,
                    "sku_code": line.sku, "product_count": line.quantity,
                    "product_price": {"amount": _amount(line.price)},
                }
                for line in order.lines
            ]},
            "refund_info": {
                "refund_status": "refund_ok", "refund_cash_amt": {"amount": _amount(refunded)},
            } if refunded else None,
        }  # fmt: skip


def _state(order: FakeOrder) -> str:
    """Return AliExpress's word; a refund leaves it where it stood."""
    if order.state != "refunded":
        return _STATES[order.state]
    if order.delivered_at is not None:
        return "FINISH"
    return "WAIT_BUYER_ACCEPT_GOODS" if order.parcels else "WAIT_SELLER_SEND_GOODS"


def _amount(minor: int) -> str:
    """Return an amount as text."""
    return f"{minor // 100}.{minor % 100:02}"


def _local(at: int | None) -> str | None:
    """Return an instant in Pacific time."""
    if at is None:
        return None
    return (_EPOCH + dt.timedelta(microseconds=at)).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _micros(written: str) -> int:
    """Return the instant of such a time."""
    past = dt.datetime.fromisoformat(written).replace(tzinfo=_ZONE) - _EPOCH
    return int(past.total_seconds()) * 1_000_000
