"""A shop on Taobao: form posts signed with MD5, and a queue of messages to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.chinese import SECOND, ChineseShop, from_wall, joined, md5, wall
from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, Given

__all__ = ["FakeTaobao"]

_KEY: Final = "12499723"
_SECRET: Final = "taobao-fake-secret"  # noqa: S105 - of a fake
_NICK: Final = "青山茶铺"
_TOPICS: Final = {
    "created": "taobao_trade_TradeCreate", "paid": "taobao_trade_TradeBuyerPay",
    "shipped": "taobao_trade_TradeSellerShip", "delivered": "taobao_trade_TradeSuccess",
    "cancelled": "taobao_trade_TradeClose", "refunded": "taobao_refund_RefundSuccess",
}  # fmt: skip
_STATES: Final = {
    "created": "WAIT_BUYER_PAY", "paid": "WAIT_SELLER_SEND_GOODS",
    "shipped": "WAIT_BUYER_CONFIRM_GOODS", "delivered": "TRADE_FINISHED",
    "cancelled": "TRADE_CLOSED_BY_TAOBAO",
}  # fmt: skip
_FAULTS: Final = {
    "sign": (25, "isv.invalid-signature", "Invalid signature"),
    "token": (27, "session-expired", "Invalid session"),
    "busy": (7, "accesscontrol.limited-by-app-access-count", "App Call Limited"),
    "window": (41, "isv.invalid-parameter:end_modified", "Invalid Arguments"),
    "method": (22, "isv.invalid-method", "Invalid Method"),
}  # fmt: skip


class FakeTaobao(ChineseShop):
    """Taobao's side."""

    name: ClassVar[str] = "taobao"
    has_queue: ClassVar[bool] = True
    #: Answer so many confirmations as if they had been lost on their way.
    lost_confirmations = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "app_key": _KEY, "app_secret": _SECRET, "access_token": self.token,
            "refresh_token": self.refresh, "seller_nick": _NICK, "base_url": self.url,
        }  # fmt: skip

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return what has just happened, as a message of the queue."""
        topic = _TOPICS.get(what, "taobao_trade_TradeMemoModified")
        content = {"tid": int(order.id), "seller_nick": _NICK, "buyer_nick": "采**4"}
        message = {
            "id": int(order.id) * 1000 + order.version, "topic": topic, "user_nick": _NICK,
            "pub_time": wall(order.updated_at), "pub_app_key": _KEY,
            "content": msgspec.json.encode(content).decode(),
        }  # fmt: skip
        return [Delivery(order.id, topic, msgspec.json.encode(message), {})]

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are handed out here."""
        return path == "/token"

    def is_signed(self, asked: Asked) -> bool:
        """Check the signature over all parameters."""
        form = asked.form()
        if self.is_token_path(asked.path):
            return form.get("client_secret") == _SECRET
        signature = form.pop("sign", "")
        return signature == md5(f"{_SECRET}{joined(form, '', '')}{_SECRET}").upper()

    def fault(self, kind: str) -> Given:
        """Refuse in TOP's words."""
        code, sub, words = _FAULTS[kind]
        return Given({"error_response": {
            "code": code, "msg": words, "sub_code": sub, "sub_msg": words, "request_id": "r1",
        }})  # fmt: skip

    def serve(self, asked: Asked) -> Given:
        """Answer a signed request."""
        form = asked.form()
        if self.is_token_path(asked.path):
            return self._renew(form["refresh_token"])
        method = form["method"].removeprefix("taobao.")
        if method.startswith("tmc."):
            return self._queue(method, form)
        if form.get("session") != self.token:
            return self.fault("token")
        return self._served(method, form)

    def _renew(self, refresh: str) -> Given:
        """Hand out new tokens; a refresh token is good once."""
        if refresh != self.refresh:
            return Given({"error": "invalid_grant"})
        self.turn_tokens()
        return Given({"access_token": self.token, "refresh_token": self.refresh,
                      "expires_in": 31_536_000})  # fmt: skip

    def _served(self, method: str, form: Mapping[str, str]) -> Given:
        """Answer what asks with a good token."""
        order = self.orders.get(form.get("tid", form.get("refund_id", "9").removesuffix("9")))
        match method:
            case "trades.sold.increment.get":
                return self._search(form)
            case "trade.fullinfo.get":
                return _done(method, {"trade": self.show(order)} if order else {})
            case "refund.get":
                return _done(method, {"refund": _refund(order)} if order else {})
            case "items.onsale.get":
                return _done(method, {"items": {"item": []}, "total_results": 0})
            case "user.seller.get":
                return _done(method, {"user": {"nick": _NICK, "user_id": 1}})
        return self.fault("method")

    def _queue(self, method: str, form: Mapping[str, str]) -> Given:
        """Hand out messages, which stay until they are confirmed."""
        if method == "tmc.messages.consume":
            lying = [msgspec.json.decode(one.body) for one in self.queue[: int(form["quantity"])]]
            return _done(method, {"messages": {"tmc_message": lying}} if lying else {})
        if self.lost_confirmations:
            self.lost_confirmations -= 1
            return Given({"error": "down"}, 503)
        done = {int(one) for one in form["s_message_ids"].split(",")}
        self.queue = [
            one for one in self.queue if msgspec.json.decode(one.body)["id"] not in done
        ]  # fmt: skip
        return _done(method, {"is_success": True})

    def _search(self, form: Mapping[str, str]) -> Given:
        """Return a page of what changed."""
        # TOP's clock has seconds: a trade that changed within the last one is still listed.
        until = from_wall(form["end_modified"]) + SECOND
        found = self.listed(from_wall(form["start_modified"]), until)
        if found is None:
            return self.fault("window")
        rows = self.page(found, int(form["page_no"]) - 1, int(form["page_size"]))
        return _done("trades.sold.increment.get", {
            "total_results": len(found),
            "trades": {"trade": [{"tid": int(one.id), "modified": wall(one.updated_at)}
                                 for one in rows]},
        })  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return a trade as TOP shows it."""
        state = _STATES.get(order.state, "TRADE_CLOSED")
        if order.state == "refunded" and order.delivered_at is not None:
            # What was finished stays so: money given back later is a matter of its own.
            state = "TRADE_FINISHED"
        shipped = wall(order.parcels[0].shipped_at) if order.parcels else ""
        ended = order.cancelled_at or order.delivered_at
        if ended is None and order.refunds:
            ended = order.refunds[-1][1]
        trade: dict[str, object] = {
            "tid": order.id, "status": state, "type": "fixed", "created": wall(order.created_at),
            "pay_time": wall(order.paid_at), "consign_time": shipped, "end_time": wall(ended),
            "modified": wall(order.updated_at), "payment": _yuan(order.total), "post_fee": "0.00",
            "discount_fee": "0.00", "buyer_open_uid": order.buyer.id, "buyer_nick": "采**4",
            "receiver_state": "陕西省", "receiver_city": "西安市", "receiver_district": "新城区",
            "orders": {"order": [
                {
                    "oid": f"{order.id}{n}", "num": line.quantity, "num_iid": line.product_id,
                    "sku_id": line.variant_id, "title": line.name, "price": _yuan(line.price),
                    "outer_sku_id": line.sku, "refund_id": order.refunds[0][0]
                    if order.refunds and not n else "0",
                    **({"invoice_no": one.tracking_number, "logistics_company": "中通快递",
                        "consign_time": wall(one.shipped_at)} if one else {}),
                }
                for n, line in enumerate(order.lines)
                for one in (order.parcels[0] if order.parcels else None,)
            ]},
        }  # fmt: skip
        return {name: value for name, value in trade.items() if value}


def _refund(order: FakeOrder) -> dict[str, object]:
    """Return the refund of a trade."""
    if not order.refunds:
        return {}
    name, at, amount = order.refunds[0]
    return {
        "refund_id": name, "tid": order.id, "status": "SUCCESS", "created": wall(at),
        "modified": wall(at), "refund_fee": _yuan(amount), "reason": "不想要了", "cs_status": 1,
    }  # fmt: skip


def _done(method: str, data: dict[str, object]) -> Given:
    """Return an answer in the envelope of its method."""
    return Given({f"{method.replace('.', '_')}_response": {**data, "request_id": "r1"}})


def _yuan(fen: int) -> str:
    """Return an amount as text."""
    return f"{fen // 100}.{fen % 100:02}"
