"""WeChat shop (微信小店, before that 视频号小店).

Notices come encrypted: `msg_signature` over token, timestamp, nonce and cipher text is checked,
then the text is opened (see `wechat_crypto`). The token is WeChat's stable one: asked for again it
is the same, so two processes never take it from each other.
Sources: developers.weixin.qq.com/doc/store/shop (message push with its worked example, order and
after-sale interfaces, event names), read in 2026-11; the crypto is also held against wechatpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final
from urllib.parse import parse_qs

import msgspec

from huiliu.kernel.errors import Problem, ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.texts import text
from huiliu.kernel.times import DAY, MINUTE, SECOND
from huiliu.messages.wechat_crypto import decrypt, signed
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
from huiliu.sources.shops.chinese import is_absent, spans_early_morning, story_of
from huiliu.sources.shops.platform import BASE_URL, EXPIRES_AT, PlatformDefaults
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import status_of
from huiliu.sources.shops.wechat_orders import after_sale, case_of, properties_of, variants

__all__ = ["WechatShop"]

_API: Final = "https://api.weixin.qq.com"
_SIZE: Final = 100
#: A notice that was written longer ago is a replay: WeChat tries again for under four hours.
_FRESH: Final = 6 * 60 * MINUTE
_TOKEN_FAULTS: Final = frozenset({40001, 40014, 41001, 42001})
_BUSY_FAULTS: Final = frozenset({-1, 45009, 45011})
_DOWN_FAULT: Final = -1
#: Where events of products hold the product's id.
_PRODUCT_PARTS: Final = ("ProductSpuUpdate", "ProductSpuListing", "ProductSpuAudit")


class WechatShop(PlatformDefaults):
    """A shop inside WeChat."""

    name: ClassVar[str] = "wechat-shop"
    evidence: ClassVar[Evidence] = Evidence.DOCUMENTS
    kinds: ClassVar[tuple[str, ...]] = (ORDER, PRODUCT)
    fields: ClassVar[tuple[ShopField, ...]] = (
        ShopField("app_id"),
        ShopField("app_secret", is_secret=True),
        ShopField("token", is_secret=True),
        ShopField("aes_key", is_secret=True),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = MappingProxyType({
        "10": "created", "12": "paid", "13": "paid", "20": "paid", "21": "shipped",
        "30": "shipped", "100": "delivered", "190": "cancelled", "200": "refunded",
        "250": "cancelled",
    })  # fmt: skip
    scope: ClassVar[Scope] = Scope.SERVICE
    longest_window: ClassVar[int] = 7 * DAY

    def problems(self, config: Mapping[str, str]) -> Sequence[Problem]:
        """Say when the EncodingAESKey has not its 43 letters."""
        if len(config.get("aes_key", "")) == 43:
            return ()
        return (Problem("aes_key", text("shops.wechat_aes_key")),)

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Answer the handshake, or open an encrypted notice; plain ones are not let in."""
        query = {name: found[0] for name, found in parse_qs(inbound.query).items()}
        token = connection.value("token")
        at, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not token or not _is_fresh(at, inbound.received_at):
            return Refusal("stale" if token else "signature")
        if inbound.method == "GET":
            if not signed(query.get("signature", ""), token, at, nonce):
                return Refusal("signature")
            echo = query.get("echostr", "").encode()
            return Received((), Reply(body=echo, content_type="text/plain; charset=utf-8"))
        sealed = Raw(_decoded(inbound.body)).text("Encrypt")
        if not sealed or not signed(query.get("msg_signature", ""), token, at, nonce, sealed):
            return Refusal("signature")
        opened = decrypt(sealed, connection.value("aes_key"), connection.value("app_id"))
        if opened is None:
            return Refusal("foreign")
        notice = _notice(Raw(_decoded(opened)))
        done = Reply(body=b"success", content_type="text/plain; charset=utf-8")
        return Received((notice,) if notice else (), done)

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """List the ids of changed orders, and once a day those of all products."""
        if kind == PRODUCT:
            return _products(session, cursor) if spans_early_morning(window) else Page(())
        found = _call(session, "/channels/ec/order/list/get", {
            "update_time_range": {
                "start_time": window.since // SECOND, "end_time": -(-window.until // SECOND),
            },
            "page_size": _SIZE, "next_key": cursor,
        })  # fmt: skip
        ids = found.get("order_id_list")
        items = [Fetched(ORDER, str(id), None) for id in (ids if isinstance(ids, list) else ())]  # noqa: A001
        return Page(tuple(items), found.text("next_key") if found.flag("has_more") else "")

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Ask for each; an order brings its after-sale cases along."""
        if kind == PRODUCT:
            return [_product(session, id) for id in ids]  # noqa: A001 - the field's own word
        return [one for id in ids if (one := _order(session, id)) is not None]  # noqa: A001

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Read an order and its after-sale cases."""
        raw = Raw(fetched.raw)
        order = raw.inner("order")
        after_sales = [after_sale(row) for row in raw.rows("after_sales")]
        changed = order.instant("update_time", "create_time")
        if changed is None:
            raise lacks("order.update_time")
        word = order.text("status")
        status = status_of(connection, self.statuses, word)
        version = max([changed, *(one.updated_at or 0 for one in after_sales)])
        case = case_of(order, status, version, after_sales)
        openid, unionid = order.text("openid"), order.text("unionid")
        buyer = Buyer(openid, country="CN", openid=openid, unionid=unionid)
        return Story(
            ORDER, order.needed("order_id"), version, word, status, buyer,
            story_of(case, after_sales), properties_of(order, case),
        )  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Read a product's variants."""
        del connection
        return list(variants(Raw(fetched.raw)))

    def renew(self, session: Session) -> Mapping[str, str]:
        """Ask for the stable token: the same one again until shortly before it ends."""
        shop = session.connection
        found = _call(session, "/cgi-bin/stable_token", {
            "grant_type": "client_credential", "appid": shop.value("app_id"),
            "secret": shop.value("app_secret"), "force_refresh": False,
        }, has_token=False)  # fmt: skip
        lasts = found.whole("expires_in") or 0
        return {
            "access_token": found.needed("access_token"),
            EXPIRES_AT: str(session.now // SECOND + lasts),
        }

    def test(self, session: Session) -> str:
        """Ask for the shop's own name."""
        found = _call(session, "/channels/ec/basics/info/get", {}, method="GET")
        return found.text("info.nickname") or session.connection.value("app_id")


def _is_fresh(at: str, now: int) -> bool:
    """Say whether a notice's time is near: an old one is a replay."""
    return at.isdecimal() and len(at) < 12 and abs(int(at) * SECOND - now) <= _FRESH


def _decoded(body: bytes) -> Value:
    """Return a body's JSON, None where it is none."""
    try:
        found: Value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found


def _notice(message: Raw) -> Notice | None:
    """Return what an event points to; None where it is nothing of ours."""
    event = message.text("Event")
    order = message.text("order_info.order_id", "finder_shop_aftersale_status_update.order_id")
    # WeChat gives no id to an event: who, when, what and which tell it from others.
    key = f"{message.text('FromUserName')}:{message.text('CreateTime')}:{event}"
    if order:
        return Notice(ORDER, order, event, (f"{key}:{order}",))
    product = message.text(*(f"{name}.product_id" for name in _PRODUCT_PARTS))
    return Notice(PRODUCT, product, event, (f"{key}:{product}",)) if product else None


def _call(
    session: Session,
    path: str,
    asked: Mapping[str, Value],
    *,
    has_token: bool = True,
    method: str = "POST",
) -> Raw:
    """Ask for something and return the answer; raise ShopFailed."""
    shop = session.connection
    token = shop.value("access_token")
    if has_token and not token:
        raise ShopFailed(shop.name, ShopFault.EXPIRED, "no access token yet")
    url = f"{base_url(session, _API)}{path}"
    if has_token:
        url += f"?access_token={token}"
    body = b"" if method == "GET" else msgspec.json.encode(asked)
    headers = {"Content-Type": "application/json"}
    return Raw(ask(session, url, method=method, headers=headers, body=body, judge=_judge))


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Tell a refusal, which comes with status 200."""
    del got
    code = Raw(found).whole("errcode") or 0
    words = f"{code} {Raw(found).text('errmsg')}"
    if code == 0 or is_absent(words):
        return None
    if code in _TOKEN_FAULTS:
        return ShopFault.EXPIRED, words
    if code == _DOWN_FAULT:
        return ShopFault.DOWN, words
    return (ShopFault.BUSY if code in _BUSY_FAULTS else ShopFault.REFUSED), words


def _order(session: Session, id: str) -> Fetched | None:  # noqa: A002 - the field's own word
    """Return an order with its after-sale cases; None where the shop does not have it."""
    order = _call(session, "/channels/ec/order/get", {"order_id": id}).inner("order")
    if not order:
        return None
    cases: list[Value] = []
    for row in order.rows("aftersale_detail.aftersale_order_list"):
        case = row.text("aftersale_order_id")
        if case:
            asked = {"after_sale_order_id": case}
            found = _call(session, "/channels/ec/aftersale/getaftersaleorder", asked)
            cases.append(dict(found.inner("after_sale_order").members))
    return Fetched(ORDER, id, {"order": dict(order.members), "after_sales": cases})


def _product(session: Session, id: str) -> Fetched:  # noqa: A002 - the field's own word
    """Return a product as it is sold now."""
    found = _call(session, "/channels/ec/product/get", {"product_id": id, "data_type": 1})
    return Fetched(PRODUCT, id, found.inner("product").members)


def _products(session: Session, cursor: str) -> Page:
    """List the ids of all products on sale."""
    asked: dict[str, Value] = {"status": 5, "page_size": 30, "next_key": cursor}
    found = _call(session, "/channels/ec/product/list/get", asked)
    ids = found.get("product_ids")
    items = [Fetched(PRODUCT, str(id), None) for id in (ids if isinstance(ids, list) else ())]  # noqa: A001
    after = found.text("next_key")
    return Page(tuple(items), after if items and after != cursor else "")
