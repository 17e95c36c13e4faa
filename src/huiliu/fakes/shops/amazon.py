"""A seller on Amazon: a queue that keeps what is not deleted, an API that answers late."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import ClassVar, Final

import msgspec

from huiliu.fakes.shops.orders import FakeOrder
from huiliu.fakes.shops.shop import Asked, Delivery, FakeShop, Given

__all__ = ["FakeAmazon"]

_MARKET: Final = "ATVPDKIKX0DER"
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MINUTE: Final = 60_000_000
_STATES: Final = {
    "created": "Pending", "paid": "Unshipped", "shipped": "Shipped", "delivered": "Shipped",
    "cancelled": "Canceled",
}  # fmt: skip


class FakeAmazon(FakeShop):
    """Amazon's side: the seller's queue and API on one port."""

    name: ClassVar = "amazon"
    has_queue: ClassVar = True
    # Refunds are told by another API; of a parcel on its way only the present state is shown.
    cannot_tell: ClassVar = frozenset({"Order Out For Delivery", "Order Refunded"})
    _n_renewed = 0

    @property
    def config(self) -> dict[str, str]:
        """Return the fields with which this shop is connected."""
        return {
            "region": "na", "marketplace_id": _MARKET, "client_id": "amzn1.fake",
            "client_secret": "lwa-secret", "refresh_token": "Atzr|fake",
            "queue_url": f"{self.url}/123456789012/orders", "aws_access_key": "AKIDEXAMPLE",
            "aws_secret_key": "aws-secret", "base_url": self.url,
        }  # fmt: skip

    def order_id(self, number: int) -> str:
        """Return the id of the so-manieth order."""
        return f"902-3159896-{1_390_000 + number}"

    def notice(self, order: FakeOrder, what: str) -> list[Delivery]:
        """Return the message that the queue would hold."""
        mark = hashlib.sha256(f"{order.id} {order.version}".encode()).hexdigest()
        body = msgspec.json.encode({
            "NotificationVersion": "1.0", "NotificationType": "ORDER_CHANGE",
            "PayloadVersion": "1.0", "EventTime": _iso(order.updated_at),
            "Payload": {"OrderChangeNotification": {
                "NotificationLevel": "OrderLevel", "SellerId": "A3TH9S8BH6GOGM",
                "AmazonOrderId": order.id, "OrderChangeType": "OrderStatusChange",
                "OrderChangeTrigger": {"TimeOfOrderChange": _iso(order.updated_at),
                                       "ChangeReason": what},
                "Summary": {"MarketplaceId": _MARKET, "OrderStatus": _state(order)},
            }},
            "NotificationMetadata": {
                "ApplicationId": "app", "SubscriptionId": "sub", "NotificationId": mark[:32],
                "PublishTime": _iso(order.updated_at),
            },
        })  # fmt: skip
        return [Delivery(order.id, what, body, {})]

    def is_token_path(self, path: str) -> bool:
        """Say whether tokens are given here, or none is asked for."""
        return path in {"/auth/o2/token", "/"}

    def too_many(self) -> Given:
        """Answer that there were too many requests."""
        error = {"code": "QuotaExceeded", "message": "You exceeded your quota."}
        return Given({"errors": [error]}, 429)

    def not_good_any_more(self) -> Given:
        """Answer that the token has expired."""
        error = {
            "code": "Unauthorized", "message": "Access to requested resource is denied.",
            "details": "The access token you provided has expired.",
        }  # fmt: skip
        return Given({"errors": [error]}, 403)

    def answer(self, asked: Asked) -> Given:
        """Answer a request."""
        if asked.path == "/":
            return self._queue(asked)
        if asked.path == "/auth/o2/token":
            return self._renew(asked)
        if asked.headers.get("x-amz-access-token") != f"Atza|{self._n_renewed}":
            return self.not_good_any_more()
        if asked.path == "/sellers/v1/marketplaceParticipations":
            return Given({"payload": [{"marketplace": {"id": _MARKET, "name": "Amazon.com"},
                                       "storeName": "Huiliu Demo"}]})  # fmt: skip
        if asked.path == "/orders/v0/orders":
            return self._search(asked)
        one = re.fullmatch(r"/orders/v0/orders/([\d-]+)(/orderItems)?", asked.path)
        order = self.orders.get(one[1]) if one else None
        if one is None or order is None:
            return Given({"errors": [{"code": "NotFound", "message": "no such order"}]}, 404)
        return Given({"payload": self._items(order) if one[2] else self.show(order)})

    def _queue(self, asked: Asked) -> Given:
        """Give messages out, or delete them; what is not deleted stays."""
        if not re.search(r"Signature=[0-9a-f]{64}$", asked.headers.get("authorization", "")):
            return Given({"__type": "com.amazonaws.sqs#InvalidSignature"}, 403)
        action = asked.headers.get("x-amz-target", "").rpartition(".")[2]
        if action == "DeleteMessageBatch":
            entries = asked.json().get("Entries")
            gone = (
                [str(one["ReceiptHandle"]) for one in entries] if isinstance(entries, list) else []
            )
            self.queue = [one for n, one in enumerate(self.queue) if f"handle-{n}" not in gone]
            return Given({"Successful": [], "Failed": []})
        return Given({"Messages": [
            {"MessageId": f"m{n}", "ReceiptHandle": f"handle-{n}", "Body": one.body.decode()}
            for n, one in enumerate(self.queue[:10])
        ]})  # fmt: skip

    def _renew(self, asked: Asked) -> Given:
        """Return a new access token."""
        if asked.form().get("refresh_token") != "Atzr|fake":
            return Given({"error": "invalid_grant"}, 400)
        self._n_renewed += 1
        self.expired = 0
        return Given({"access_token": f"Atza|{self._n_renewed}", "token_type": "bearer",
                      "expires_in": 3600, "refresh_token": "Atzr|fake"})  # fmt: skip

    def _search(self, asked: Asked) -> Given:
        """Return a page of what changed, not of the last two minutes."""
        token = asked.query.get("NextToken")
        given = token or f"{asked.query['LastUpdatedAfter']} {asked.query['LastUpdatedBefore']} 0"
        after, before, skip = given.split(" ")
        if not token and _micros(before) > self.now() - 2 * _MINUTE:
            return Given(
                {"errors": [{"code": "InvalidInput", "message": "LastUpdatedBefore"}]}, 400
            )
        found = self.between(_micros(after), _micros(before))[int(skip) :]
        some = found[: self.page_size]
        payload: dict[str, object] = {"Orders": [self.show(one) for one in some]}
        if len(found) > len(some):
            payload["NextToken"] = f"{after} {before} {int(skip) + len(some)}"
        return Given({"payload": payload})

    def _items(self, order: FakeOrder) -> dict[str, object]:
        """Return an order's lines."""
        return {"AmazonOrderId": order.id, "OrderItems": [
            {
                "ASIN": line.product_id, "SellerSKU": line.sku, "Title": line.name,
                "QuantityOrdered": line.quantity,
                "ItemPrice": {"CurrencyCode": order.currency,
                              "Amount": _amount(line.price * line.quantity)},
            }
            for line in order.lines
        ]}  # fmt: skip

    def show(self, order: FakeOrder) -> dict[str, object]:
        """Return an order as the API shows it."""
        found: dict[str, object] = {
            "AmazonOrderId": order.id, "OrderStatus": _state(order), "MarketplaceId": _MARKET,
            "PurchaseDate": _iso(order.created_at), "LastUpdateDate": _iso(order.updated_at),
            "OrderTotal": {"CurrencyCode": order.currency, "Amount": _amount(order.total)},
            "LatestShipDate": _iso(order.created_at + 3 * 1440 * _MINUTE),
            "FulfillmentChannel": "MFN", "PaymentMethod": "Other",
            "ShippingAddress": {"StateOrRegion": "CA", "City": "San Francisco",
                                "CountryCode": "US"},
        }  # fmt: skip
        if order.delivered_at is not None:
            found["EasyShipShipmentStatus"] = "Delivered"
        elif order.parcels and order.parcels[0].out_at is not None:
            found["EasyShipShipmentStatus"] = "OutForDelivery"
        return found


def _state(order: FakeOrder) -> str:
    """Return Amazon's word; a refund does not change it."""
    if order.state != "refunded":
        return _STATES[order.state]
    return "Shipped" if order.parcels else "Unshipped"


def _amount(minor: int) -> str:
    """Return an amount as text."""
    return f"{minor // 100}.{minor % 100:02}"


def _iso(at: int) -> str:
    """Return an instant as ISO 8601."""
    return (_EPOCH + dt.timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def _micros(written: str) -> int:
    """Return the instant of an ISO 8601 time."""
    past = dt.datetime.fromisoformat(written) - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
