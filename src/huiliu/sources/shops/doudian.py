"""Doudian (抖店): the shops of Douyin.

Requests are POSTs of JSON whose keys are sorted; the signature is HMAC-SHA256 with the app's secret
over secret + app_key, method, param_json, timestamp, v and their values + secret. Notices are
arrays; the header `event-sign` is MD5 over app key + body + app secret.
Sources: op.jinritemai.com/docs/guide-docs/10/23 (signing), /docs/message-docs (tags), as the public
SDKs zsmhub/doudian-sdk (2023, generated from those pages) and `doudian` 0.6 write them; the
signature is held against the latter.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

import msgspec

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, SECOND
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
from huiliu.sources.shops.chinese import is_absent, story_of, turn_page
from huiliu.sources.shops.doudian_orders import (
    after_sale,
    case_of,
    latest,
    properties_of,
    variants,
)
from huiliu.sources.shops.platform import BASE_URL, EXPIRES_AT, PlatformDefaults, is_same
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import status_of

__all__ = ["Doudian", "sign_notice", "sign_request"]

_API: Final = "https://openapi-fxg.jinritemai.com"
_SIZE: Final = 100
_OK: Final = Reply(body=b'{"code":0,"msg":"success"}')
#: The tag of the message that Doudian sends to try an address.
_TRIED: Final = "0"
_PRODUCT_TAG: Final = "400"
_GIVEN: Final = "10000"
_EXPIRED: Final = frozenset({"30001", "30002", "30005", "30007"})


def sign_request(app_key: str, secret: str, method: str, param_json: str, timestamp: str) -> str:
    """Return the signature of a request."""
    said = f"app_key{app_key}method{method}param_json{param_json}timestamp{timestamp}v2"
    whole = f"{secret}{said}{secret}"
    return hmac.new(secret.encode(), whole.encode(), hashlib.sha256).hexdigest()


def sign_notice(app_key: str, secret: str, body: bytes) -> str:
    """Return the signature of a notice's raw body."""
    # The platform's own choice of hash; it is all that tells a forged notice.
    whole = app_key.encode() + body + secret.encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()


class Doudian(PlatformDefaults):
    """A shop on Douyin."""

    name: ClassVar[str] = "doudian"
    evidence: ClassVar[Evidence] = Evidence.DOCUMENTS
    kinds: ClassVar[tuple[str, ...]] = (ORDER, PRODUCT)
    fields: ClassVar[tuple[ShopField, ...]] = (
        ShopField("app_key"),
        ShopField("app_secret", is_secret=True),
        ShopField("shop_id"),
        ShopField("refresh_token", is_secret=True, is_needed=False),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = MappingProxyType({
        "1": "created", "103": "created", "105": "paid", "2": "paid", "101": "shipped",
        "3": "shipped", "4": "cancelled", "5": "delivered", "21": "refunded", "22": "refunded",
        "39": "refunded",
    })  # fmt: skip
    scope: ClassVar[Scope] = Scope.PLATFORM
    longest_window: ClassVar[int] = DAY

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Check `event-sign`; a body holds many messages, some perhaps of another shop."""
        key, secret = connection.value("app_key"), connection.value("app_secret")
        if not is_same(
            inbound.headers.get("event-sign", ""), sign_notice(key, secret, inbound.body)
        ):
            return Refusal("signature")
        try:
            found: Value = msgspec.json.decode(inbound.body)
        except (msgspec.DecodeError, RecursionError):
            return Refusal("malformed", 400)
        rows = Raw({"rows": found if isinstance(found, list) else [found]})
        notices = [_notice(row, connection) for row in rows.rows("rows")]
        return Received([one for one in notices if one is not None], _OK)

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """List by time of change, from the last page to the first."""
        start, end = window.since // SECOND, -(-window.until // SECOND)
        if kind == PRODUCT:
            return self._products(session, start, end, cursor)
        asked: dict[str, Value] = {
            "update_time_start": start, "update_time_end": end, "order_by": "update_time",
            "order_asc": True, "size": _SIZE,
        }  # fmt: skip
        total = 0
        if not cursor:
            first = _call(session, "order.searchList", {**asked, "page": 0})
            total = first.whole("total") or 0
        page, after = turn_page(cursor, total, _SIZE, 0)
        found = first if not cursor and page == 0 else None
        if found is None:
            found = _call(session, "order.searchList", {**asked, "page": page})
        return Page(tuple(_listed(row) for row in found.rows("shop_order_list")), after)

    def _products(self, session: Session, start: int, end: int, cursor: str) -> Page:
        """List products by time of change; the list has no stock, so each is fetched."""
        page = int(cursor) if cursor.isdecimal() else 1
        found = _call(session, "product.listV2", {
            # Both ends are left out by the platform.
            "update_start_time": start - 1, "update_end_time": end, "page": page, "size": _SIZE,
        })  # fmt: skip
        items = [Fetched(PRODUCT, row.text("product_id"), None) for row in found.rows("data")]
        return Page(tuple(items), str(page + 1) if len(items) == _SIZE else "")

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Ask for each; an order that has after-sale cases brings them along."""
        return [one for id in ids if (one := _fetch(session, kind, id)) is not None]  # noqa: A001

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Read an order and its after-sale cases."""
        raw = Raw(fetched.raw)
        order = raw.inner("order")
        after_sales = [after_sale(row) for row in raw.rows("after_sales")]
        version = order.instant("update_time", "create_time")
        if version is None:
            raise lacks("order.update_time")
        word = order.text("main_status", "order_status")
        status = status_of(connection, self.statuses, word)
        case = case_of(order, status, latest(version, after_sales), after_sales)
        told = story_of(case, after_sales)
        return Story(
            ORDER, order.needed("order_id"), case.version, word, status,
            Buyer(order.text("doudian_open_id"), country="CN"), told, properties_of(order, case),
        )  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Read a product's variants."""
        del connection
        return list(variants(Raw(fetched.raw)))

    def renew(self, session: Session) -> Mapping[str, str]:
        """Renew by the refresh token (it changes each time), or as the shop's own app."""
        shop = session.connection
        refresh = shop.value("refresh_token")
        asked: dict[str, Value] = {"grant_type": "authorization_self", "code": ""}
        asked["shop_id"] = shop.value("shop_id")
        if refresh:
            asked = {"grant_type": "refresh_token", "refresh_token": refresh}
        method = "token.refresh" if refresh else "token.create"
        found = _call(session, method, asked, has_token=False)
        lasts = found.whole("expires_in") or 0
        granted = {
            "access_token": found.needed("access_token"),
            "refresh_token": found.text("refresh_token"),
            "shop_name": found.text("shop_name"),
            EXPIRES_AT: str(session.now // SECOND + lasts),
        }
        return {name: value for name, value in granted.items() if value}

    def test(self, session: Session) -> str:
        """Ask for one order, and return the shop's name."""
        now = session.now // SECOND
        asked: dict[str, Value] = {
            "update_time_start": now - 60,
            "update_time_end": now,
            "size": 1,
            "page": 0,
        }
        _call(session, "order.searchList", asked)
        return session.connection.value("shop_name") or session.connection.value("shop_id")


def _notice(row: Raw, connection: ShopConnection) -> Notice | None:
    """Return what a message points to; None for a trial, another shop's, or nothing of ours."""
    tag = row.text("tag")
    try:
        data = Raw(msgspec.json.decode(row.text("data") or "{}"))
    except (msgspec.DecodeError, RecursionError):
        return None
    own = connection.value("shop_id")
    if tag == _TRIED or (own and data.text("shop_id") not in {"", own}):
        return None
    deliveries = (row.text("msg_id"),) if row.text("msg_id") else ()
    if tag == _PRODUCT_TAG and data.text("product_id"):
        return Notice(PRODUCT, data.text("product_id"), tag, deliveries)
    order = data.text("p_id")
    return Notice(ORDER, order, tag, deliveries) if order else None


def _call(
    session: Session, method: str, asked: Mapping[str, Value], *, has_token: bool = True
) -> Raw:
    """Ask for something and return its `data`; raise ShopFailed."""
    shop = session.connection
    token = shop.value("access_token")
    if has_token and not token:
        raise ShopFailed(shop.name, ShopFault.EXPIRED, "no access token yet")
    params = msgspec.json.encode(asked, order="deterministic").decode()
    at, key = str(session.now // SECOND), shop.value("app_key")
    query = {
        "app_key": key, "method": method, "timestamp": at, "v": "2", "sign_method": "hmac-sha256",
        "sign": sign_request(key, shop.value("app_secret"), method, params, at),
    }  # fmt: skip
    if has_token:
        query["access_token"] = token
    url = f"{base_url(session, _API)}/{method.replace('.', '/')}"
    found = ask(
        session, with_query(url, query), method="POST", body=params.encode(), judge=_judge,
        headers={"Content-Type": "application/json;charset=UTF-8"},
    )  # fmt: skip
    return Raw(found).inner("data")


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Tell a refusal, which comes with status 200."""
    del got
    raw = Raw(found)
    code = raw.text("code")
    if not code or code == _GIVEN:
        return None
    sub = raw.text("sub_code")
    words = " ".join(word for word in (code, sub, raw.text("sub_msg", "msg")) if word)
    if is_absent(words):
        return None
    if code in _EXPIRED or "access-token" in sub:
        return ShopFault.EXPIRED, words
    if "limit" in sub or "frequency" in sub:
        return ShopFault.BUSY, words
    if sub.startswith("isp."):
        return ShopFault.DOWN, words
    return ShopFault.REFUSED, words


def _fetch(session: Session, kind: str, id: str) -> Fetched | None:  # noqa: A002 - the field's word
    """Return one thing as it is now."""
    if kind == PRODUCT:
        product = _call(session, "product.detail", {"product_id": id})
        return Fetched(PRODUCT, id, product.members) if product else None
    order = _call(session, "order.orderDetail", {"shop_order_id": id}).inner("shop_order_detail")
    if not order:
        return None
    raw: dict[str, Value] = {"order": dict(order.members)}
    if _hasafter_sale(order):
        cases = _call(session, "afterSale.List", {"order_id": id, "page": 0, "size": _SIZE})
        raw["after_sales"] = [dict(row.members) for row in cases.rows("items")]
    return Fetched(ORDER, id, raw)


def _listed(row: Raw) -> Fetched:
    """Return a row of the list: whole, unless it has after-sale cases, which are asked for."""
    raw = None if _hasafter_sale(row) else {"order": dict(row.members)}
    return Fetched(ORDER, row.text("order_id"), raw)


def _hasafter_sale(order: Raw) -> bool:
    """Say whether any line has an after-sale case."""
    lines = order.rows("sku_order_list")
    return any((line.whole("after_sale_info.after_sale_status") or 0) > 0 for line in lines)
