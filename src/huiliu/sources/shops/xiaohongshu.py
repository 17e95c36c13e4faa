"""Xiaohongshu (小红书) shops.

Every request is a POST of JSON to one address; the signature is MD5 over
`method?appId=..&timestamp=..&version=..` + app secret and covers nothing else. A notice carries
`app-key`, `timestamp` and `sign` in its headers: MD5 over the address's path, its parameters and
these two, sorted, + app secret. The body is not signed, so a notice is worth no more than a hint.
Sources: open.xiaohongshu.com/document/developer (signing 39, system parameters 40, message tags
115 to 127), the interfaces order.getOrderList, order.getOrderDetail and
afterSale.listAfterSaleInfos, read in 2026; the older worked example of
school.xiaohongshu.com/en/open/quick-start/sign.html proves the notice's signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import MILLISECOND, MINUTE, SECOND
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
from huiliu.sources.shops.calling import ask, base_url
from huiliu.sources.shops.chinese import is_absent, story_of, turn_page
from huiliu.sources.shops.platform import BASE_URL, EXPIRES_AT, PlatformDefaults, is_same
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import status_of
from huiliu.sources.shops.xiaohongshu_orders import (
    after_sale,
    case_of,
    properties_of,
    variant,
)

__all__ = ["Xiaohongshu", "sign_notice", "sign_request"]

_API: Final = "https://ark.xiaohongshu.com"
_PATH: Final = "/ark/open_api/v3/common_controller"
_VERSION: Final = "2.0"
_SIZE: Final = 100
_BY_CHANGE: Final = 2
#: A notice that was written longer ago is a replay.
_FRESH: Final = 60 * MINUTE
_OK: Final = Reply(body=b'{"success":true,"error_code":0,"error_msg":""}')


def sign_request(app_id: str, secret: str, method: str, timestamp: str) -> str:
    """Return the signature of a request."""
    said = f"{method}?appId={app_id}&timestamp={timestamp}&version={_VERSION}{secret}"
    return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()


def sign_notice(path: str, parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature of a notice: its path, its parameters and signed headers, sorted."""
    said = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return hashlib.md5(f"{path}?{said}{secret}".encode(), usedforsecurity=False).hexdigest()


class Xiaohongshu(PlatformDefaults):
    """A shop on Xiaohongshu."""

    name: ClassVar[str] = "xiaohongshu"
    evidence: ClassVar[Evidence] = Evidence.DOCUMENTS
    kinds: ClassVar[tuple[str, ...]] = (ORDER, PRODUCT)
    fields: ClassVar[tuple[ShopField, ...]] = (
        ShopField("app_id"),
        ShopField("app_secret", is_secret=True),
        ShopField("seller_id", is_needed=False),
        ShopField("access_token", is_secret=True, is_needed=False),
        ShopField("refresh_token", is_secret=True),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = MappingProxyType({
        "1": "created", "2": "paid", "3": "paid", "4": "paid", "5": "shipped", "6": "shipped",
        "7": "delivered", "8": "refunded", "9": "cancelled", "10": "shipped",
    })  # fmt: skip
    scope: ClassVar[Scope] = Scope.PLATFORM
    #: What changed is listed for half an hour at the most.
    longest_window: ClassVar[int] = 30 * MINUTE

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check the signed headers; a body holds many messages, some perhaps of another shop."""
        headers = inbound.headers
        at, key = headers.get("timestamp", ""), headers.get("app-key", "")
        signed = dict(parse_qsl(inbound.query, keep_blank_values=True))
        signed |= {"app-key": connection.value("app_id"), "timestamp": at}
        expected = sign_notice(urlsplit(inbound.url).path, signed, connection.value("app_secret"))
        if key != connection.value("app_id") or not is_same(headers.get("sign", ""), expected):
            return Refusal("signature")
        if not _is_fresh(at, inbound.received_at):
            return Refusal("stale")
        try:
            found: Value = msgspec.json.decode(inbound.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refusal("malformed", 400)
        rows = Raw({"rows": found if isinstance(found, list) else [found]})
        notices = [_notice(row, connection) for row in rows.rows("rows")]
        return Received([one for one in notices if one is not None], _OK)

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """List by time of change, from the last page to the first as the platform asks."""
        start, end = window.since // SECOND, -(-window.until // SECOND)
        if kind == PRODUCT:
            return _products(session, start, end, cursor)
        asked: dict[str, Value] = {
            "startTime": start,
            "endTime": end,
            "timeType": _BY_CHANGE,
            "pageSize": _SIZE,
        }
        first, total = None, 0
        if not cursor:
            first = _call(session, "order.getOrderList", {**asked, "pageNo": 1})
            total = first.whole("total") or 0
        page, after = turn_page(cursor, total, _SIZE, 1)
        found = first
        if found is None or page != 1:
            found = _call(session, "order.getOrderList", {**asked, "pageNo": page})
        items = [Fetched(ORDER, row.text("orderId"), None) for row in found.rows("orderList")]
        return Page(tuple(items), after)

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Ask for each; an order that has after-sale cases brings them along."""
        return [one for id in ids if (one := _fetch(session, kind, id)) is not None]  # noqa: A001

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Read an order and its after-sale cases."""
        raw = Raw(fetched.raw)
        order = raw.inner("order")
        after_sales = [after_sale(row) for row in raw.rows("after_sales")]
        changed = order.instant("updateTime", "createdTime")
        if changed is None:
            raise lacks("order.updateTime")
        word = order.text("orderStatus")
        status = status_of(connection, self.statuses, word)
        version = max([changed, *(one.updated_at or 0 for one in after_sales)])
        case = case_of(order, status, version, after_sales)
        return Story(
            ORDER, order.needed("orderId"), version, word, status,
            Buyer(order.text("userId"), country="CN"), story_of(case, after_sales),
            properties_of(order, case),
        )  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Read one variant: the platform lists them apart."""
        del connection
        return [variant(Raw(fetched.raw))]

    def renew(self, session: Session) -> Mapping[str, str]:
        """Renew by the refresh token, which changes each time."""
        refresh = session.connection.value("refresh_token")
        asked: dict[str, Value] = {"refreshToken": refresh}
        found = _call(session, "oauth.refreshToken", asked, has_token=False)
        ends = found.instant("accessTokenExpiresAt")
        granted = {
            "access_token": found.needed("accessToken"),
            "refresh_token": found.text("refreshToken"),
            "shop_name": found.text("sellerName"),
            EXPIRES_AT: str(ends // SECOND) if ends else "",
        }
        return {name: value for name, value in granted.items() if value}

    def test(self, session: Session) -> str:
        """Ask for the last minute's orders, and return the shop's name."""
        now = session.now // SECOND
        asked: dict[str, Value] = {
            "startTime": now - 60, "endTime": now, "timeType": _BY_CHANGE, "pageSize": 1,
            "pageNo": 1,
        }  # fmt: skip
        _call(session, "order.getOrderList", asked)
        return session.connection.value("shop_name") or session.connection.value("app_id")


def _is_fresh(at: str, now: int) -> bool:
    """Say whether a notice's time (seconds or milliseconds) is near: an old one is a replay."""
    if not at.isdecimal() or len(at) > 13:
        return False
    moment = int(at) * (MILLISECOND if len(at) == 13 else SECOND)
    return abs(moment - now) <= _FRESH


def _notice(row: Raw, connection: ShopConnection) -> Notice | None:
    """Return what a message points to; None for another shop's, or nothing of ours."""
    written, tag = row.text("data"), row.text("msgTag")
    own, seller = connection.value("seller_id"), row.text("sellerId")
    try:
        data = Raw(msgspec.json.decode(written or "{}"))
    except (msgspec.DecodeError, RecursionError):
        return None
    order = data.text("orderId", "packageId")
    if not order or (own and seller not in {"", own}):
        return None
    # The platform gives its messages no id: one that says the same is the same.
    said = f"{tag}\n{seller}\n{written}".encode()
    return Notice(ORDER, order, tag, (hashlib.sha256(said).hexdigest(),))


def _call(
    session: Session, method: str, asked: Mapping[str, Value], *, has_token: bool = True
) -> Raw:
    """Ask for something and return its `data`; raise ShopFailed."""
    shop = session.connection
    token = shop.value("access_token")
    if has_token and not token:
        raise ShopFailed(shop.name, ShopFault.EXPIRED, "no access token yet")
    at, app = str(session.now // SECOND), shop.value("app_id")
    system: dict[str, Value] = {
        "appId": app, "method": method, "timestamp": at, "version": _VERSION,
        "sign": sign_request(app, shop.value("app_secret"), method, at),
    }  # fmt: skip
    if has_token:
        system["accessToken"] = token
    found = ask(
        session, base_url(session, _API) + _PATH, method="POST",
        headers={"Content-Type": "application/json;charset=utf-8"},
        body=msgspec.json.encode({**asked, **system}), judge=_judge,
    )  # fmt: skip
    data = Raw(found).inner("data")
    # The newer interfaces answer with an envelope of their own inside the gateway's.
    return data.inner("data") if "success" in data.members and "data" in data.members else data


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Tell a refusal, which comes with status 200, outside or inside."""
    del got
    for raw in (Raw(found), Raw(found).inner("data")):
        if "success" not in raw.members:
            continue
        code = raw.text("error_code", "code")
        if raw.flag("success") and code in {"", "0", "200"}:
            continue
        words = f"{code} {raw.text('error_msg', 'msg')}"
        if is_absent(words):
            return None
        if "token" in words.lower() or "授权" in words:
            return ShopFault.EXPIRED, words
        if "限流" in words or "频繁" in words or "limit" in words.lower():
            return ShopFault.BUSY, words
        return ShopFault.REFUSED, words
    return None


def _fetch(session: Session, kind: str, id: str) -> Fetched | None:  # noqa: A002 - the field's word
    """Return one thing as it is now."""
    if kind == PRODUCT:
        found = _call(session, "product.getDetailSkuList", {"id": id, "pageNo": 1, "pageSize": 1})
        row = next(found.rows("data"), Raw(None))
        return Fetched(PRODUCT, id, row.members) if row else None
    order = _call(session, "order.getOrderDetail", {"orderId": id})
    if not order:
        return None
    raw: dict[str, Value] = {"order": dict(order.members)}
    if (order.whole("orderAfterSalesStatus") or 1) > 1:
        asked: dict[str, Value] = {"orderId": id, "pageNo": 1, "pageSize": 50}
        cases = _call(session, "afterSale.listAfterSaleInfos", asked)
        raw["after_sales"] = [dict(row.members) for row in cases.rows("afterSaleBasicInfos")]
    return Fetched(ORDER, id, raw)


def _products(session: Session, start: int, end: int, cursor: str) -> Page:
    """List changed variants, whole."""
    page = int(cursor) if cursor.isdecimal() else 1
    found = _call(session, "product.getDetailSkuList", {
        "updateTimeFrom": start, "updateTimeTo": end, "pageNo": page, "pageSize": _SIZE,
    })  # fmt: skip
    rows = list(found.rows("data"))
    items = tuple(Fetched(PRODUCT, row.text("sku.id"), row.members) for row in rows)
    return Page(items, str(page + 1) if len(rows) == _SIZE else "")
