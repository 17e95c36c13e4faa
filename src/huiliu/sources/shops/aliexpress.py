"""AliExpress: signed calls of the Open Platform, pushes of its message service, Pacific time.

Source: developer.alibaba.com, "AliExpress Open Platform" 120692 (signatures) and the entry of
aliexpress.solution.order.get; signatures were held against the package lazop-sdk 1.0.3, which is of
the same gateway. How pushes are signed is from memory, after Lazada's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, MILLISECOND, SECOND, from_datetime, local_datetime
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
    Received,
    Refusal,
    Scope,
    Session,
    ShopConnection,
    ShopField,
    Story,
    Window,
)
from huiliu.sources.shops.calling import ask, base_url
from huiliu.sources.shops.platform import BASE_URL, PlatformDefaults, is_same, mac, parsed
from huiliu.sources.shops.properties import Line, Ordered, order_properties, region
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import Case, Parcel, Refund, happenings, status_of

__all__ = ["AliExpress", "signed"]

_API: Final = "https://api-sg.aliexpress.com"
_ZONE: Final = "America/Los_Angeles"
_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_PAGE: Final = 50
#: What is over is listed only if it is asked for by itself.
_LISTS: Final = (
    ("PLACE_ORDER_SUCCESS", "IN_CANCEL", "WAIT_SELLER_SEND_GOODS", "SELLER_PART_SEND_GOODS",
     "WAIT_BUYER_ACCEPT_GOODS", "FUND_PROCESSING", "IN_ISSUE", "IN_FROZEN",
     "WAIT_SELLER_EXAMINE_MONEY", "RISK_CONTROL"),
    ("FINISH",),
)  # fmt: skip


class AliExpress(PlatformDefaults):
    """A shop on AliExpress."""

    name: ClassVar = "aliexpress"
    evidence: ClassVar = Evidence.MEMORY
    fields: ClassVar = (
        ShopField("app_key"),
        ShopField("app_secret", is_secret=True),
        ShopField("refresh_token", is_secret=True),
        ShopField("seller_id", is_needed=False),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = {
        "PLACE_ORDER_SUCCESS": "created", "PAYMENT_PROCESSING": "created",
        "RISK_CONTROL": "created", "RISK_CONTROL_HOLD": "created",
        "WAIT_SELLER_EXAMINE_MONEY": "created", "WAIT_SELLER_SEND_GOODS": "paid",
        "SELLER_PART_SEND_GOODS": "shipped", "WAIT_BUYER_ACCEPT_GOODS": "shipped",
        "FUND_PROCESSING": "delivered", "FINISH": "delivered", "ARCHIVE": "delivered",
        "IN_CANCEL": "", "IN_ISSUE": "", "IN_FROZEN": "",
    }  # fmt: skip
    scope: ClassVar = Scope.PLATFORM
    longest_window: ClassVar[int] = 7 * DAY
    renews: ClassVar[bool] = True

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check the signature, and say what it points to."""
        key, secret = connection.value("app_key"), connection.value("app_secret")
        expected = mac(secret, key.encode() + inbound.body).hex()
        if not is_same(inbound.headers.get("authorization", "").lower(), expected):
            return Refusal("signature")
        found = parsed(inbound.body)
        if found is None:
            return Refusal("malformed", 400)
        raw = Raw(found)
        if connection.value("seller_id") not in {"", raw.text("seller_id")}:
            return Refusal("foreign")
        order = raw.text("data.trade_order_id", "data.order_id", "data.orderId")
        topic = raw.text("data.order_status", "message_type")
        return Received([Notice(ORDER, order, topic)] if order else [])

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """Return a page of the ids that changed, of each list the last page first."""
        number, page = (int(one) for one in (cursor or "0:0").split(":"))
        asked = {
            "create_date_start": _local(window.since - 180 * DAY),
            "create_date_end": _local(window.until + SECOND),
            "modified_date_start": _local(window.since),
            "modified_date_end": _local(window.until + SECOND),
            "order_status_list": list(_LISTS[number]),
            "page_size": _PAGE,
            "current_page": page or 1,
        }
        found = self._call(session, "aliexpress.solution.order.get", {"param0": asked})
        items = tuple(
            Fetched(kind, row.text("order_id"), None) for row in _list(found, "target_list")
        )
        last = found.whole("total_page") or 1
        # What changes leaves the list and moves the rest towards the first page: that comes last.
        before = page - 1 if page else (last if last > 1 else 0)
        if before:
            return Page(items, f"{number}:{before}")
        return Page(items, f"{number + 1}:0" if number + 1 < len(_LISTS) else "")

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Return orders as they are now, one by one as the platform wants it."""
        some: list[Fetched] = []
        for one in ids:
            found = self._call(
                session, "aliexpress.solution.order.info.get",
                {"param1": {"order_id": int(one) if one.isdecimal() else one}}, is_needed=False,
            ).inner("data")  # fmt: skip
            if found:
                some.append(Fetched(kind, one, found.members))
        return some

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Return what has happened to an order."""
        raw = Raw(fetched.raw)
        version = _instant(raw, "gmt_modified", "gmt_create")
        if version is None:
            raise lacks("gmt_modified")
        word, currency = raw.needed("order_status"), raw.text("order_amount.currency_code")
        paid = _instant(raw, "gmt_pay_success")
        status = status_of(connection, self.statuses, word)
        if status == "delivered" and paid is None:
            # What was never paid ends as FINISH too.
            status = "cancelled"
        parcels = [
            Parcel(
                row.text("logistics_no"), _instant(row, "gmt_send"), None,
                _instant(row, "gmt_received"), row.text("logistics_service", "logistics_type"),
                row.text("logistics_no"),
            )
            for row in _list(raw, "logistic_info_list")
        ]  # fmt: skip
        refund = raw.inner("refund_info")
        refunds = [Refund("", _instant(refund, "gmt_refund"),
                          refund.amount("refund_cash_amt.amount", currency))]  # fmt: skip
        case = Case(
            status, version, currency, raw.amount("order_amount.amount", currency),
            {
                "created": _instant(raw, "gmt_create"), "paid": paid,
                "cancelled": _instant(raw, "gmt_trade_end") if status == "cancelled" else None,
            },
            parcels,
            refunds if refund.text("refund_status") == "refund_ok" else (),
            {fetched.id: None} if raw.text("issue_status") == "IN_ISSUE" else {},
        )  # fmt: skip
        return Story(
            ORDER, fetched.id, version, word, status, Buyer(raw.text("buyerloginid")),
            happenings(case), order_properties(_ordered(raw, fetched.id, currency)),
        )  # fmt: skip

    def renew(self, session: Session) -> Mapping[str, str]:
        """Return new tokens."""
        path = "/auth/token/refresh"
        asked = self._common(session) | {"refresh_token": session.connection.value("refresh_token")}
        asked["sign"] = signed(session.connection.value("app_secret"), path, asked)
        found = Raw(_post(session, f"{base_url(session, _API)}/rest{path}", asked))
        lasts = found.whole("expires_in") or 0
        return {
            "access_token": found.needed("access_token"),
            "refresh_token": found.needed("refresh_token"),
            "expires_at": str(session.now // SECOND + lasts),
        }

    def test(self, session: Session) -> str:
        """Ask for one order; the platform has no name of the shop to give."""
        window = Window(session.now - DAY, session.now)
        self.changed(session, ORDER, window, "")
        return session.connection.value("seller_id") or session.connection.value("app_key")

    def _call(
        self, session: Session, method: str, params: Mapping[str, object], *, is_needed: bool = True
    ) -> Raw:
        """Return the result of a signed call; an empty one where the thing need not be there."""
        asked = self._common(session) | {
            "method": method, "session": session.connection.value("access_token"),
        }  # fmt: skip
        asked |= {name: msgspec.json.encode(value).decode() for name, value in params.items()}
        asked["sign"] = signed(session.connection.value("app_secret"), "", asked)
        found = Raw(_post(session, f"{base_url(session, _API)}/sync", asked))
        wrapped = found.inner(method.replace(".", "_") + "_response") or found
        result = wrapped.inner("result")
        if not result and is_needed:
            raise ShopFailed(session.connection.name, ShopFault.DOWN, f"{method}: no result")
        return result

    def _common(self, session: Session) -> dict[str, str]:
        """Return what every call carries."""
        return {
            "app_key": session.connection.value("app_key"), "sign_method": "sha256",
            "timestamp": str(session.now // MILLISECOND),
        }  # fmt: skip


def signed(secret: str, path: str, asked: Mapping[str, str]) -> str:
    """Return the signature of a call; business methods have no path."""
    pairs = "".join(f"{name}{asked[name]}" for name in sorted(asked) if name != "sign")
    return mac(secret, f"{path}{pairs}".encode()).hex().upper()


def _post(session: Session, url: str, asked: Mapping[str, str]) -> Value:
    """Return the JSON that a form is answered with."""
    headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
    return ask(
        session, url, method="POST", headers=headers, body=urlencode(asked).encode(), judge=_judge
    )


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Return what an error of the gateway says."""
    raw = Raw(found)
    error = raw.inner("error_response") or raw
    code = error.text("code")
    if code in {"", "0"}:
        return None
    words = f"{code} {error.text('sub_code')} {error.text('msg', 'message')}"
    if "limit" in code.lower() or code == "7":
        return ShopFault.BUSY, words
    if code in {"IllegalAccessToken", "InvalidAccessToken", "27", "AccessTokenExpired"}:
        return ShopFault.EXPIRED, words
    is_down = got.status >= 500 or code in {"ServiceTimeout", "InternalError", "15"}
    return (ShopFault.DOWN if is_down else ShopFault.REFUSED), words


def _list(raw: Raw, path: str) -> Iterator[Raw]:
    """Go over a list that may stand inside an object of its own name (`order_dto`)."""
    found = raw.get(path)
    if isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    for row in found if isinstance(found, list) else ():
        yield Raw(row)


def _local(at: int) -> str:
    """Return an instant as AliExpress writes it: Pacific time, which is not told."""
    return local_datetime(at, _ZONE).strftime(_FORMAT)


def _instant(raw: Raw, *paths: str) -> int | None:
    """Return the first instant among these."""
    for path in paths:
        try:
            wall = dt.datetime.strptime(raw.text(path), _FORMAT)  # noqa: DTZ007 - it names no zone
        except ValueError:
            continue
        return int(from_datetime(wall.replace(tzinfo=ZoneInfo(_ZONE))))
    return None


def _ordered(raw: Raw, order_id: str, currency: str) -> Ordered:
    """Return what the events of an order carry."""
    parcel = next(_list(raw, "logistic_info_list"), Raw(None))
    return Ordered(
        order_id, currency,
        total=raw.amount("order_amount.amount", currency),
        freight=raw.amount("logistics_amount.amount", currency),
        lines=tuple(
            Line(
                row.text("product_id"), row.text("product_name"), row.whole("product_count") or 1,
                row.amount("product_price.amount", currency), sku=row.text("sku_code"),
            )
            for row in _list(raw, "child_order_list")
        ),
        region=region((raw.clear("receipt_address.province"), raw.clear("receipt_address.city"))),
        country=raw.text("receipt_address.country"),
        carrier=parcel.text("logistics_service"),
        tracking_number=parcel.text("logistics_no"),
    )  # fmt: skip
