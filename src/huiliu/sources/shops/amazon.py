"""Amazon: order changes from a queue of SQS, orders by the Selling Partner API.

Source: developer-docs.amazon.com/sp-api, "Orders API v0", "Notifications: ORDER_CHANGE";
github.com/amzn/selling-partner-api-models; docs.aws.amazon.com, "Amazon SQS API reference". Paths,
parameters and tokens were held against the package python-amazon-sp-api 2.1.35, the signature of
requests to SQS against botocore.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from huiliu.kernel.errors import Problem, ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE, SECOND, show_instant
from huiliu.ports.outbound import HttpAnswer
from huiliu.ports.shops import (
    ORDER,
    Answer,
    Buyer,
    Evidence,
    Fetched,
    Inbound,
    Notice,
    Page,
    Pulled,
    Refusal,
    Scope,
    Session,
    ShopConnection,
    ShopField,
    Story,
    Window,
)
from huiliu.sources.shops.aws_signature import signed_headers
from huiliu.sources.shops.calling import ask, base_url, with_query
from huiliu.sources.shops.platform import BASE_URL, PlatformDefaults, parsed
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, happenings, status_of

__all__ = ["Amazon"]

_TOKENS: Final = "https://api.amazon.com"
_ENDPOINTS: Final = {
    "na": "https://sellingpartnerapi-na.amazon.com", "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}  # fmt: skip
#: The API does not list what changed in the last two minutes.
_NOT_YET: Final = 2 * MINUTE + SECOND
#: Of the parcel that Amazon itself carries.
_ARRIVING: Final = {"OutForDelivery": "out_for_delivery", "Delivered": "delivered"}


class Amazon(PlatformDefaults):
    """A seller's account on Amazon, in one marketplace."""

    name: ClassVar = "amazon"
    evidence: ClassVar = Evidence.TRIED
    fields: ClassVar = (
        ShopField("region", kind="choice", default="na", options=tuple(_ENDPOINTS)),
        ShopField("marketplace_id"),
        ShopField("client_id"),
        ShopField("client_secret", is_secret=True),
        ShopField("refresh_token", is_secret=True),
        ShopField("queue_url", is_needed=False, kind="url"),
        ShopField("aws_region", is_needed=False, default="us-east-1"),
        ShopField("aws_access_key", is_needed=False),
        ShopField("aws_secret_key", is_secret=True, is_needed=False),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = {
        "PendingAvailability": "created", "Pending": "created", "Unshipped": "paid",
        "InvoiceUnconfirmed": "paid", "PartiallyShipped": "shipped", "Shipped": "shipped",
        "Canceled": "cancelled", "Unfulfillable": "cancelled",
    }  # fmt: skip
    scope: ClassVar = Scope.PLATFORM
    longest_window: ClassVar[int] = 7 * DAY
    has_queue: ClassVar[bool] = True
    renews: ClassVar[bool] = True

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Return what is missing beside a queue's address."""
        if not config.get("queue_url"):
            return ()
        return [
            Problem(name, text("shops.amazon.queue"))
            for name in ("aws_access_key", "aws_secret_key")
            if not config.get(name)
        ]

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Refuse: Amazon sends nothing to addresses, whoever does is somebody else."""
        del inbound, connection
        return Refusal("signature")

    def pull(self, session: Session) -> Pulled:
        """Take up to ten messages from the queue; without a queue there are none."""
        if not session.connection.value("queue_url"):
            return Pulled((), ())
        found = Raw(self._queue(session, "ReceiveMessage", {
            "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0, "VisibilityTimeout": 120,
        }))  # fmt: skip
        notices, receipts = [], []
        for row in found.rows("Messages"):
            receipts.append(row.needed("ReceiptHandle"))
            if (notice := _notice(row)) is not None:
                notices.append(notice)
        return Pulled(tuple(notices), tuple(receipts))

    def acknowledge(self, session: Session, receipts: Sequence[str]) -> None:
        """Delete messages from the queue."""
        entries = [{"Id": str(n), "ReceiptHandle": one} for n, one in enumerate(receipts)]
        self._queue(session, "DeleteMessageBatch", {"Entries": entries})

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return a page of the orders that changed, as far back as the API looks."""
        until = min(window.until, session.now - _NOT_YET)
        if window.since >= until:
            return Page(())
        asked = {
            "MarketplaceIds": session.connection.value("marketplace_id"),
            "LastUpdatedAfter": show_instant(window.since),
            "LastUpdatedBefore": show_instant(until),
            "MaxResultsPerPage": "50",
        }  # fmt: skip
        if cursor:
            asked = {"MarketplaceIds": asked["MarketplaceIds"], "NextToken": cursor}
        found = self._call(session, "/orders/v0/orders", asked)
        items = self._with_lines(session, kind, list(found.rows("Orders")), is_asked=False)
        return Page(tuple(items), found.text("NextToken"))

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return orders as they are now, one by one as the API wants it."""
        some: list[Fetched] = []
        for one in ids:
            found = self._call(session, f"/orders/v0/orders/{quote(one, safe='')}", {})
            if found:
                some += self._with_lines(session, kind, [found], is_asked=True)
        return some

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order."""
        raw = Raw(fetched.raw)
        version = raw.instant("LastUpdateDate", "PurchaseDate")
        if version is None:
            raise lacks("LastUpdateDate")
        currency = raw.text("OrderTotal.CurrencyCode")
        carried = _ARRIVING.get(raw.text("EasyShipShipmentStatus"), "")
        word = raw.needed("OrderStatus")
        status = status_of(connection, self.statuses, word)
        case = Case(
            carried if carried and status == "shipped" else status, version, currency,
            raw.amount("OrderTotal.Amount", currency),
            {"created": raw.instant("PurchaseDate")},
            pays_later=raw.text("PaymentMethod") == "COD",
        )  # fmt: skip
        told = order_properties(_ordered(raw, fetched.id, currency))
        # Amazon shows a buyer to those only who may see it, and lets nobody write to them.
        return Story(ORDER, fetched.id, version, word, case.status, Buyer(), happenings(case), told)

    def renew(self, session: Session) -> Mapping[str, str]:
        """Return a new access token; the one that renews stays good."""
        value = session.connection.value
        asked = {
            "grant_type": "refresh_token", "client_id": value("client_id"),
            "refresh_token": value("refresh_token"), "client_secret": value("client_secret"),
        }  # fmt: skip
        found = Raw(ask(
            session, f"{base_url(session, _TOKENS)}/auth/o2/token", method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            body=urlencode(asked).encode(), judge=_judge_token,
        ))  # fmt: skip
        lasts = found.whole("expires_in") or 0
        return {
            "access_token": found.needed("access_token"),
            "expires_at": str(session.now // SECOND + lasts),
        }

    def test(self, session: Session) -> str:
        """Return the marketplaces that the seller is in."""
        found = self._get(session, "/sellers/v1/marketplaceParticipations", {})
        rows = found.rows("payload")
        names = [row.text("storeName") or row.text("marketplace.name") for row in rows]
        return ", ".join(dict.fromkeys(filter(None, names)))

    def _with_lines(
        self, session: Session, kind: str, orders: Sequence[Raw], *, is_asked: bool
    ) -> list[Fetched]:
        """Return orders with their lines; of a long list as many as the quota allows."""
        found: list[Fetched] = []
        goes_on = True
        for row in orders:
            name = row.needed("AmazonOrderId")
            order = dict(row.members)
            if goes_on:
                try:
                    path = f"/orders/v0/orders/{quote(name, safe='')}/orderItems"
                    order["_items"] = self._call(session, path, {}).get("OrderItems")
                except ShopFailed as fault:
                    if is_asked or fault.fault is not ShopFault.BUSY:
                        raise
                    goes_on = False
            found.append(Fetched(kind, name, order))
        return found

    def _call(self, session: Session, path: str, asked: Mapping[str, str]) -> Raw:
        """Return the payload of an answer."""
        return self._get(session, path, asked).inner("payload")

    def _get(self, session: Session, path: str, asked: Mapping[str, str]) -> Raw:
        """Return an answer of the Selling Partner API."""
        usual = _ENDPOINTS[session.connection.value("region") or "na"]
        return Raw(ask(
            session, with_query(base_url(session, usual) + path, asked),
            headers={"x-amz-access-token": session.connection.value("access_token")},
            judge=_judge,
        ))  # fmt: skip

    def _queue(self, session: Session, action: str, asked: Mapping[str, object]) -> Value:
        """Return the answer of SQS to a signed request."""
        value = session.connection.value
        url = value("queue_url")
        parts = urlsplit(url)
        body = msgspec.json.encode({"QueueUrl": url, **asked})
        headers = {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}",
        }  # fmt: skip
        target = f"{parts.scheme}://{parts.netloc}/"
        signed = signed_headers(
            target, headers, body, access_key=value("aws_access_key"),
            secret_key=value("aws_secret_key"), region=value("aws_region") or "us-east-1",
            service="sqs", now=session.now,
        )  # fmt: skip
        return ask(session, target, method="POST", headers=signed, body=body, judge=_judge_queue)


def _notice(row: Raw) -> Notice | None:
    """Return what a message points to; None for other kinds of messages."""
    found = Raw(parsed(row.text("Body").encode()))
    change = found.inner("Payload").inner("OrderChangeNotification")
    order = change.text("AmazonOrderId")
    if not order:
        return None
    topic = change.text("Summary.OrderStatus", "OrderChangeType")
    delivery = found.text("NotificationMetadata.NotificationId") or row.text("MessageId")
    return Notice(ORDER, order, topic, (delivery,))


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return what the list of errors says; an ended token is answered with 403."""
    error = next(Raw(found).rows("errors"), None)
    if error is None:
        return None
    words = f"{error.text('code')} {error.text('message')}"
    if got.status == 429 or error.text("code") == "QuotaExceeded":
        return ShopFault.BUSY, words
    if got.status in {401, 403} and "expired" in f"{words} {error.text('details')}".lower():
        return ShopFault.EXPIRED, words
    if got.status == 404:
        return None
    return (ShopFault.DOWN if got.status >= 500 else ShopFault.REFUSED), words


def _judge_token(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return why no token was given."""
    error = Raw(found).text("error")
    return (ShopFault.REFUSED, error) if error and got.status < 500 else None


def _judge_queue(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return what SQS says."""
    kind = Raw(found).text("__type")
    if not kind or got.status < 400:
        return None
    is_busy = "Throttl" in kind or "OverLimit" in kind
    return (ShopFault.BUSY if is_busy else ShopFault.REFUSED), kind.rpartition("#")[2]


def _ordered(raw: Raw, order_id: str, currency: str) -> Ordered:
    """Return what the events of an order carry."""
    to = raw.inner("ShippingAddress")
    return Ordered(
        order_id, currency,
        total=raw.amount("OrderTotal.Amount", currency),
        lines=tuple(_line(row, currency) for row in raw.rows("_items")),
        region=region((to.text("StateOrRegion"), to.text("City"))),
        country=to.text("CountryCode"),
        ship_by=raw.instant("LatestShipDate"),
        deliver_by=raw.instant("LatestDeliveryDate"),
        more={"fulfilled_by": "amazon" if raw.text("FulfillmentChannel") == "AFN" else "seller"},
    )  # fmt: skip


def _line(row: Raw, currency: str) -> Line:
    """Return one thing that was ordered; its price is that of all pieces together."""
    n = row.whole("QuantityOrdered") or 1
    price = row.amount("ItemPrice.Amount", currency)
    return Line(
        row.text("ASIN"), row.text("Title"), n, None if price is None else price // n,
        sku=row.text("SellerSKU"),
    )  # fmt: skip
