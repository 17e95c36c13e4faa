"""Taobao and Tmall (淘宝、天猫), through TOP, the open platform, and TMC, its message service.

Requests are form posts; the signature is MD5 over the app's secret around all parameters, sorted,
name and value joined. TMC is a queue: messages are consumed, and confirmed once they are stored;
what is not confirmed comes again. Nothing is pushed over HTTP, so whatever comes to our address is
refused.
Buyers' names, phones and addresses are masked outside the platform's own cloud (聚石塔).
Sources: the metadata of TOP's interfaces in bububa/opentaobao (2026), Alibaba's own client
alibaba/top (signing and a recorded answer of TMC); the signature is that of the worked example of
open.taobao.com/doc.htm?docId=101617.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final
from urllib.parse import urlencode

import msgspec

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import DAY, SECOND, local_datetime
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
    Pulled,
    Refusal,
    Scope,
    Session,
    ShopConnection,
    ShopField,
    ShopProduct,
    Story,
    Window,
)
from huiliu.sources.shops.calling import ask, base_url
from huiliu.sources.shops.chinese import LOCAL, is_absent, story_of, turn_page
from huiliu.sources.shops.platform import BASE_URL, EXPIRES_AT, PlatformDefaults
from huiliu.sources.shops.raw import Raw, lacks
from huiliu.sources.shops.stages import status_of
from huiliu.sources.shops.taobao_orders import after_sale, case_of, properties_of, variants

__all__ = ["Taobao", "sign_request"]

_API: Final = "https://eco.taobao.com"
_PATH: Final = "/router/rest"
_AUTH: Final = "https://oauth.taobao.com"
_SIZE: Final = 100
#: How many messages are taken from the queue at once.
_TAKEN: Final = 100
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
_TRADE: Final = (
    "tid,status,type,created,pay_time,consign_time,end_time,modified,payment,total_fee,post_fee,"
    "discount_fee,step_trade_status,buyer_open_uid,buyer_nick,buyer_rate,receiver_state,"
    "receiver_city,receiver_district,receiver_country,delivery_time,sign_time,est_con_time,orders"
)
_REFUND: Final = (
    "refund_id,tid,oid,status,created,modified,refund_fee,reason,cs_status,has_good_return,"
    "dispute_type"
)
_ITEM: Final = (
    "num_iid,title,price,num,outer_id,approve_status,modified,pic_url,detail_url,cid,sku,skus"
)
#: 27 Invalid Session, 26 missing; sub code invalid-sessionkey, session-expired.
_EXPIRED: Final = frozenset({"26", "27"})
#: 7 App Call Limited.
_BUSY: Final = "7"


def sign_request(parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature of a request's parameters."""
    said = "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    whole = f"{secret}{said}{secret}".encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()


class Taobao(PlatformDefaults):
    """A shop on Taobao or Tmall."""

    name: ClassVar[str] = "taobao"
    evidence: ClassVar[Evidence] = Evidence.DOCUMENTS
    kinds: ClassVar[tuple[str, ...]] = (ORDER, PRODUCT)
    fields: ClassVar[tuple[ShopField, ...]] = (
        ShopField("app_key"),
        ShopField("app_secret", is_secret=True),
        ShopField("access_token", is_secret=True),
        ShopField("refresh_token", is_secret=True, is_needed=False),
        ShopField("seller_nick", is_needed=False),
        ShopField("group_name", is_needed=False),
        BASE_URL,
    )
    statuses: ClassVar[Mapping[str, str]] = MappingProxyType({
        "TRADE_NO_CREATE_PAY": "created", "WAIT_BUYER_PAY": "created", "PAY_PENDING": "created",
        "WAIT_PRE_AUTH_CONFIRM": "created", "PAID_FORBID_CONSIGN": "paid",
        "WAIT_SELLER_SEND_GOODS": "paid", "SELLER_CONSIGNED_PART": "shipped",
        "WAIT_BUYER_CONFIRM_GOODS": "shipped", "TRADE_BUYER_SIGNED": "delivered",
        "TRADE_FINISHED": "delivered", "TRADE_CLOSED": "refunded",
        "TRADE_CLOSED_BY_TAOBAO": "cancelled",
    })  # fmt: skip
    scope: ClassVar[Scope] = Scope.PLATFORM
    longest_window: ClassVar[int] = DAY
    has_queue: ClassVar[bool] = True

    def receive(self, inbound: Inbound, connection: ShopConnection) -> Answer:
        """Refuse: TOP pushes nothing over HTTP, so whatever comes is not from there."""
        del inbound, connection
        return Refusal("signature")

    def pull(self, session: Session) -> Pulled:
        """Consume messages; they come again until they are confirmed."""
        asked = {"quantity": str(_TAKEN)}
        group = session.connection.value("group_name")
        found = _call(session, "taobao.tmc.messages.consume", {
            **asked, **({"group_name": group} if group else {}),
        }, has_token=False)  # fmt: skip
        notices: list[Notice] = []
        receipts: list[str] = []
        for row in found.rows("messages.tmc_message"):
            receipts.append(row.text("id"))
            notice = _notice(row, session.connection)
            if notice is not None:
                notices.append(notice)
        return Pulled(tuple(notices), tuple(one for one in receipts if one))

    def acknowledge(self, session: Session, receipts: Sequence[str]) -> None:
        """Confirm messages that are stored."""
        if not receipts:
            return
        group = session.connection.value("group_name")
        _call(session, "taobao.tmc.messages.confirm", {
            "s_message_ids": ",".join(receipts), **({"group_name": group} if group else {}),
        }, has_token=False)  # fmt: skip

    def changed(self, session: Session, kind: str, window: Window, cursor: str) -> Page:
        """List by time of change, from the last page to the first as TOP advises."""
        since, until = _wall(window.since), _wall(-(-window.until // SECOND) * SECOND)
        if kind == PRODUCT:
            return _products(session, since, until, cursor)
        asked = {
            "fields": "tid,modified,status", "start_modified": since, "end_modified": until,
            "page_size": str(_SIZE), "type": "fixed,auction,guarantee_trade,auto_delivery,ec,step,"
            "independent_simple_trade,independent_shop_trade,cod,tmall_i18n",
        }  # fmt: skip
        name = "taobao.trades.sold.increment.get"
        first, total = None, 0
        if not cursor:
            first = _call(session, name, {**asked, "page_no": "1"})
            total = first.whole("total_results") or 0
        page, after = turn_page(cursor, total, _SIZE, 1)
        found = first
        if found is None or page != 1:
            found = _call(session, name, {**asked, "page_no": str(page)})
        rows = found.rows("trades.trade")
        return Page(tuple(Fetched(ORDER, row.text("tid", "tid_str"), None) for row in rows), after)

    def fetch(self, session: Session, kind: str, ids: Sequence[str]) -> list[Fetched]:
        """Ask for each; an order that has refunds brings them along."""
        return [one for id in ids if (one := _fetch(session, kind, id)) is not None]  # noqa: A001

    def read(self, fetched: Fetched, connection: ShopConnection) -> Story:
        """Read an order and its refunds."""
        raw = Raw(fetched.raw)
        order = raw.inner("order")
        after_sales = [after_sale(row) for row in raw.rows("after_sales")]
        changed = order.instant("modified", "created", naive=LOCAL)
        if changed is None:
            raise lacks("order.modified")
        word = order.text("status")
        status = status_of(connection, self.statuses, word)
        version = max([changed, *(one.updated_at or 0 for one in after_sales)])
        case = case_of(order, status, version, after_sales)
        buyer = Buyer(order.text("buyer_open_uid") or order.clear("buyer_nick"), country="CN")
        return Story(
            ORDER, order.needed("tid"), version, word, status, buyer,
            story_of(case, after_sales), properties_of(order, case),
        )  # fmt: skip

    def read_products(self, fetched: Fetched, connection: ShopConnection) -> list[ShopProduct]:
        """Read an item's variants."""
        del connection
        return list(variants(Raw(fetched.raw)))

    def renew(self, session: Session) -> Mapping[str, str]:
        """Renew by the refresh token; an app without one is authorised anew in the console.

        Raises:
            ShopFailed: it cannot be renewed.
        """
        shop = session.connection
        refresh = shop.value("refresh_token")
        if not refresh:
            raise ShopFailed(shop.name, ShopFault.REFUSED, "no refresh token: authorise it anew")
        asked = {
            "grant_type": "refresh_token", "client_id": shop.value("app_key"),
            "client_secret": shop.value("app_secret"), "refresh_token": refresh,
        }  # fmt: skip
        url = f"{base_url(session, _AUTH)}/token"
        body = urlencode(asked).encode()
        found = Raw(ask(session, url, method="POST", headers=_FORM, body=body, judge=_judge))
        lasts = found.whole("expires_in") or 0
        granted = {
            "access_token": found.needed("access_token"),
            "refresh_token": found.text("refresh_token"),
            EXPIRES_AT: str(session.now // SECOND + lasts) if lasts else "",
        }
        return {name: value for name, value in granted.items() if value}

    def test(self, session: Session) -> str:
        """Ask who the seller is."""
        found = _call(session, "taobao.user.seller.get", {"fields": "nick,user_id"})
        return found.text("user.nick") or session.connection.value("seller_nick")


def _wall(at: int) -> str:
    """Return an instant as TOP writes it: Beijing's clock."""
    return local_datetime(at, "Asia/Shanghai").strftime("%Y-%m-%d %H:%M:%S")


def _notice(row: Raw, connection: ShopConnection) -> Notice | None:
    """Return what a message points to; None for another seller's, or nothing of ours."""
    topic, own = row.text("topic"), connection.value("seller_nick")
    try:
        content = Raw(msgspec.json.decode(row.text("content") or "{}"))
    except (msgspec.DecodeError, RecursionError):
        return None
    seller = row.text("user_nick") or content.text("seller_nick", "nick")
    if own and seller and seller != own:
        return None
    deliveries = (row.text("id"),)
    if topic.startswith("taobao_item_") and content.text("num_iid"):
        return Notice(PRODUCT, content.text("num_iid"), topic, deliveries)
    order = content.text("tid")
    return Notice(ORDER, order, topic, deliveries) if order else None


def _call(
    session: Session, method: str, asked: Mapping[str, str], *, has_token: bool = True
) -> Raw:
    """Ask for something and return what is inside the answer's envelope; raise ShopFailed."""
    shop = session.connection
    parameters = {
        "method": method, "app_key": shop.value("app_key"), "sign_method": "md5",
        "timestamp": _wall(session.now), "format": "json", "v": "2.0", **asked,
    }  # fmt: skip
    if has_token:
        parameters["session"] = shop.value("access_token")
    parameters["sign"] = sign_request(parameters, shop.value("app_secret"))
    found = ask(
        session, base_url(session, _API) + _PATH, method="POST", headers=_FORM,
        body=urlencode(parameters).encode(), judge=_judge,
    )  # fmt: skip
    name = method.removeprefix("taobao.").replace(".", "_")
    return Raw(found).inner(f"{name}_response")


def _judge(got: HttpAnswer, found: Value) -> tuple[ShopFault, str] | None:
    """Tell a refusal, which comes with status 200 (of tokens with 400)."""
    if got.status >= 500:
        return None
    error = Raw(found).inner("error_response")
    if not error:
        plain = Raw(found).text("error", "error_description")
        return (ShopFault.REFUSED, plain) if plain else None
    code, sub = error.text("code"), error.text("sub_code")
    words = " ".join(word for word in (code, sub, error.text("sub_msg", "msg")) if word)
    if is_absent(words) or sub.startswith(("isv.trade-not-exist", "isv.item-not-exist")):
        return None
    if code in _EXPIRED or "session" in sub:
        return ShopFault.EXPIRED, words
    if code == _BUSY or "limited" in sub:
        return ShopFault.BUSY, words
    return (ShopFault.DOWN if sub.startswith("isp.") else ShopFault.REFUSED), words


def _fetch(session: Session, kind: str, id: str) -> Fetched | None:  # noqa: A002 - the field's word
    """Return one thing as it is now."""
    if kind == PRODUCT:
        asked = {"num_iid": id, "fields": _ITEM}
        item = _call(session, "taobao.item.seller.get", asked).inner("item")
        return Fetched(PRODUCT, id, item.members) if item else None
    asked = {"tid": id, "fields": _TRADE}
    order = _call(session, "taobao.trade.fullinfo.get", asked).inner("trade")
    if not order:
        return None
    cases: list[Value] = []
    for row in order.rows("orders.order"):
        case = row.text("refund_id")
        if case not in {"", "0"}:
            wanted = {"refund_id": case, "fields": _REFUND}
            found = _call(session, "taobao.refund.get", wanted).inner("refund")
            cases.append(dict(found.members))
    return Fetched(ORDER, id, {"order": dict(order.members), "after_sales": cases})


def _products(session: Session, since: str, until: str, cursor: str) -> Page:
    """List changed items on sale; the list has no variants, so each is fetched."""
    page = int(cursor) if cursor.isdecimal() else 1
    found = _call(session, "taobao.items.onsale.get", {
        "fields": "num_iid,modified", "start_modified": since, "end_modified": until,
        "page_no": str(page), "page_size": str(_SIZE),
    })  # fmt: skip
    items = tuple(Fetched(PRODUCT, row.text("num_iid"), None) for row in found.rows("items.item"))
    return Page(items, str(page + 1) if len(items) == _SIZE else "")
