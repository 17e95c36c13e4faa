"""Kuaishou shops (快手小店).

Requests carry their parameters in the query; the signature is HMAC-SHA256 (base64) with the sign
secret over the sorted parameters and the secret itself. A notice's body is base64 of AES-CBC under
the message secret with an empty vector: that it opens is the only proof of where it comes from,
so it is worth no more than a hint.
Sources: open.kwaixiaodian.com/zone/new/docs (signing, message push, open.order.cursor.list,
open.order.detail, open.seller.order.refund.detail), as the public SDKs zsmhub/ks-sdk (2026) and
whalesky-labs/kwaishop-php-sdk (2026) write them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, MILLISECOND, MINUTE, SECOND
from huiliu.ports.outbound import HttpAnswer
from huiliu.ports.shops import (
    ORDER,
    PRODUCT,
    Answer,
    Buyer,
    Evidence,
    Fetched,
    Inbound,
    Notice,
    Page,
    Received,
    Refusal,
    Reply,
    Scope,
    Session,
    ShopConnection,
    ShopField,
    ShopProduct,
    Story,
    Window,
)
from huiliu.sources.shops.calling import ask, base_url, with_query
from huiliu.sources.shops.chinese import is_absent, spans_early_morning, story_of
from huiliu.sources.shops.kuaishou_orders import after_sale, case_of, properties_of, variants
from huiliu.sources.shops.platform import BASE_URL, EXPIRES_AT, PlatformDefaults
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import status_of

__all__ = ["Kuaishou", "decrypt", "encrypt", "sign_request"]

_API: Final = "https://openapi.kwaixiaodian.com"
_SIZE: Final = 50
_BY_CHANGE: Final = 2
_OLDEST_FIRST: Final = 2
_THE_END: Final = "nomore"
_OK: Final = Reply(body=b'{"result":1}')
_GIVEN: Final = 1
#: 24 expired access token, 28 no token or a false one.
_EXPIRED: Final = frozenset({24, 28})
_BUSY: Final = frozenset({802000, 109})
_BLOCK: Final = 16
#: A notice that was written longer ago is a replay: Kuaishou tries three times.
_FRESH: Final = 24 * 60 * MINUTE


def sign_request(parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature of a request's parameters."""
    said = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    whole = f"{said}&signSecret={secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), whole, hashlib.sha256).digest()).decode()


def decrypt(body: bytes, secret: str) -> bytes | None:
    """Return a notice's text, None where it was not written under this secret."""
    try:
        key, sealed = base64.b64decode(secret), base64.b64decode(body.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(key) not in {16, 24, 32} or not sealed or len(sealed) % _BLOCK:
        return None
    reader = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).decryptor()
    opened = reader.update(sealed) + reader.finalize()
    pad = opened[-1]
    if not 1 <= pad <= _BLOCK or opened[-pad:] != bytes((pad,)) * pad:
        return None
    return opened[:-pad]


def encrypt(message: bytes, secret: str) -> bytes:
    """Return a notice's body, as Kuaishou writes it."""
    pad = _BLOCK - len(message) % _BLOCK
    key = base64.b64decode(secret)
    writer = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).encryptor()
    return base64.b64encode(writer.update(message + bytes((pad,)) * pad) + writer.finalize())


class Kuaishou(PlatformDefaults):
    """A shop on Kuaishou."""

    name: ClassVar[str] = "kuaishou"
    evidence: ClassVar[Evidence] = Evidence.DOCUMENTS
    kinds: ClassVar[tuple[str, ...]] = (ORDER, PRODUCT)
    fields: ClassVar[tuple[ShopField, ...]] = (
        ShopField("app_key"),
        ShopField("app_secret", is_secret=True),
        ShopField("sign_secret", is_secret=True),
        ShopField("message_secret", is_secret=True),
        ShopField("access_token", is_secret=True, is_needed=False),
        ShopField("refresh_token", is_secret=True),
        ShopField("seller_id", is_needed=False),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = MappingProxyType({
        "10": "created", "30": "paid", "40": "shipped", "50": "delivered", "70": "delivered",
        "80": "cancelled",
    })  # fmt: skip
    scope: ClassVar[Scope] = Scope.PLATFORM
    longest_window: ClassVar[int] = 7 * DAY

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Open a notice; what does not open is not Kuaishou's."""
        opened = decrypt(inbound.body, connection.value("message_secret"))
        if opened is None:
            return Refusal("signature")
        try:
            message = Raw(msgspec.json.decode(opened))
            info = Raw(msgspec.json.decode(message.text("info") or "{}"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refusal("signature")
        if message.text("appKey") != connection.value("app_key"):
            return Refusal("foreign")
        sent = message.instant("updateTime", "createTime")
        if sent is None or abs(inbound.received_at - sent) > _FRESH:
            return Refusal("stale")
        own, seller = connection.value("seller_id"), message.text("userId")
        if message.flag("test") or (own and seller not in {"", own}):
            return Received((), _OK)
        notice = _notice(message, info)
        return Received((notice,) if notice else (), _OK)

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """List by time of change, oldest first; once a day the ids of all products."""
        if kind == PRODUCT:
            return _products(session, cursor) if spans_early_morning(window) else Page(())
        found = _call(session, "open.order.cursor.list", {
            "orderViewStatus": 1, "pageSize": _SIZE, "sort": _OLDEST_FIRST,
            "queryType": _BY_CHANGE, "beginTime": window.since // MILLISECOND,
            "endTime": -(-window.until // MILLISECOND), "cpsType": 0, "cursor": cursor,
        })  # fmt: skip
        items = [_listed(row) for row in found.rows("orderList")]
        after = found.text("cursor")
        return Page(tuple(items), "" if after in {"", _THE_END, cursor} else after)

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Ask for each; an order brings its latest refund along."""
        return [one for id in ids if (one := _fetch(session, kind, id)) is not None]  # noqa: A001

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Read an order and its refund."""
        raw = Raw(fetched.raw)
        order = raw.inner("order")
        base = order.inner("orderBaseInfo")
        after_sales = [after_sale(row) for row in raw.rows("after_sales")]
        changed = base.instant("updateTime", "createTime")
        if changed is None:
            raise lacks("orderBaseInfo.updateTime")
        word = base.text("status")
        status = status_of(connection, self.statuses, word)
        if status == "cancelled" and any(one.is_refunded for one in after_sales):
            # The platform has one word for both ways in which an order fails.
            status = "refunded"
        version = max([changed, *(one.updated_at or 0 for one in after_sales)])
        case = case_of(order, status, version, after_sales)
        return Story(
            ORDER, base.needed("oid"), version, word, status,
            Buyer(base.text("buyerOpenId"), country="CN"), story_of(case, after_sales),
            properties_of(order, case),
        )  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Read a product's variants."""
        del connection
        return list(variants(Raw(fetched.raw)))

    def renew(self, session: Session) -> Mapping[str, str]:
        """Renew by the refresh token, which changes each time."""
        shop = session.connection
        url = with_query(f"{base_url(session, _API)}/oauth2/refresh_token", {
            "app_id": shop.value("app_key"), "app_secret": shop.value("app_secret"),
            "grant_type": "refresh_token", "refresh_token": shop.value("refresh_token"),
        })  # fmt: skip
        found = Raw(ask(session, url, judge=_judge))
        lasts = found.whole("expires_in") or 0
        granted = {
            "access_token": found.needed("access_token"),
            "refresh_token": found.text("refresh_token"),
            EXPIRES_AT: str(session.now // SECOND + lasts) if lasts else "",
        }
        return {name: value for name, value in granted.items() if value}

    def test(self, session: Session) -> str:
        """Ask for the shop's own name."""
        found = _call(session, "open.shop.info.get", {})
        return found.text("shopName") or session.connection.value("app_key")


def _notice(message: Raw, info: Raw) -> Notice | None:
    """Return what an event points to; None where it is nothing of ours."""
    event = message.text("event")
    deliveries = tuple(key for key in (message.text("eventId"),) if key)
    if event.startswith("kwaishop_item_"):
        item = info.text("itemId", "kwaiItemId") or message.text("bizId")
        return Notice(PRODUCT, item, event, deliveries) if item else None
    order = info.text("oid", "orderId")
    if not order and event.startswith("kwaishop_order_"):
        order = message.text("bizId")
    return Notice(ORDER, order, event, deliveries) if order else None


def _call(session: Session, method: str, asked: Mapping[str, Value]) -> Raw:
    """Ask for something and return its `data`; raise ShopFailed."""
    shop = session.connection
    token = shop.value("access_token")
    if not token:
        raise ShopFailed(shop.name, ShopFault.EXPIRED, "no access token yet")
    query = {
        "access_token": token, "appkey": shop.value("app_key"), "method": method,
        "param": msgspec.json.encode(asked).decode(), "signMethod": "HMAC_SHA256",
        "timestamp": str(session.now // MILLISECOND), "version": "1",
    }  # fmt: skip
    query["sign"] = sign_request(query, shop.value("sign_secret"))
    url = f"{base_url(session, _API)}/{method.replace('.', '/')}"
    return Raw(ask(session, with_query(url, query), judge=_judge)).inner("data")


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Tell a refusal, which comes with status 200."""
    del got
    raw = Raw(found)
    result = raw.whole("result")
    if result is None or result == _GIVEN:
        return None
    words = " ".join(
        word for word in (str(result), raw.text("sub_code"), raw.text("error_msg", "msg")) if word
    )
    if is_absent(words):
        return None
    if result in _EXPIRED or "access_token" in words:
        return ShopFault.EXPIRED, words
    if result in _BUSY or "限流" in words or "频繁" in words:
        return ShopFault.BUSY, words
    return ShopFault.REFUSED, words


def _fetch(session: Session, kind: str, id: str) -> Fetched | None:  # noqa: A002 - the field's word
    """Return one thing as it is now."""
    if not id.isdecimal():
        return None
    if kind == PRODUCT:
        item = _call(session, "open.item.get", {"kwaiItemId": int(id)})
        return Fetched(PRODUCT, id, item.members) if item else None
    order = _call(session, "open.order.detail", {"oid": int(id)})
    if not order.inner("orderBaseInfo"):
        return None
    cases: list[Value] = []
    for row in (*order.rows("orderRefundList"), *order.rows("orderDetailRefundList")):
        case = row.whole("refundId")
        if case:
            found = _call(session, "open.seller.order.refund.detail", {"refundId": case})
            cases.append(dict(found.members))
    return Fetched(ORDER, id, {"order": dict(order.members), "after_sales": cases})


def _listed(row: Raw) -> Fetched:
    """Return a row of the list: whole, unless a refund was asked for."""
    raw: dict[str, Value] | None = {"order": dict(row.members)}
    if any(True for _ in row.rows("orderRefundList")):
        raw = None
    return Fetched(ORDER, row.text("orderBaseInfo.oid"), raw)


def _products(session: Session, cursor: str) -> Page:
    """List the ids of all products."""
    page = int(cursor) if cursor.isdecimal() else 1
    found = _call(session, "open.item.list.get", {"pageNumber": page, "pageSize": _SIZE})
    items = tuple(Fetched(PRODUCT, row.text("kwaiItemId"), None) for row in found.rows("items"))
    return Page(items, str(page + 1) if len(items) == _SIZE else "")
