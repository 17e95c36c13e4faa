"""Community group-buy orders: who bought, who led the group, and where it is picked up.

One row an order or a line of one (rows of an order follow each other), by the headers below in
English or Chinese; a webhook sends the same fields as JSON. An order that is known at a later stage
only adds what is new, so the same export may be loaded every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest
from huiliu.kernel.money import Money
from huiliu.kernel.texts import Text, text
from huiliu.ports.sources import Record, Reject
from huiliu.sources.cells import Moment, as_amount, as_whole
from huiliu.sources.lines import file_size
from huiliu.sources.rows import Dialect, Row, read_rows
from huiliu.sources.shops.properties import Line, Ordered, order_properties

__all__ = ["FIELDS", "LED", "NAME", "GroupBuy", "order_records"]

NAME: Final = "group_buy"
#: What the leader of a group is told to have done, once for every order of it.
LED: Final = "Group Order Led"
#: Field -> what an export may call it.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "order_id": ("订单号", "订单编号"),
    "status": ("订单状态", "状态"),
    "buyer_id": ("会员号", "买家ID", "用户ID"),
    "buyer_phone": ("手机号", "收货人手机", "联系电话"),
    "buyer_unionid": ("unionid",),
    "buyer_openid": ("openid",),
    "leader_id": ("团长ID", "团长编号"),
    "leader_phone": ("团长手机号", "团长电话"),
    "pickup_point": ("自提点", "提货点"),
    "group_id": ("团号", "团购ID", "活动ID"),
    "created_at": ("下单时间",),
    "paid_at": ("支付时间", "付款时间"),
    "picked_up_at": ("提货时间", "核销时间"),
    "refunded_at": ("退款时间",),
    "cancelled_at": ("取消时间",),
    "total": ("实付金额", "订单金额"),
    "currency": ("币种",),
    "sku": ("商品编码", "SKU"),
    "product": ("商品名称",),
    "quantity": ("数量", "购买数量"),
    "price": ("单价", "商品单价"),
}
#: What an export says of an order -> how far it came.
_STATUS: Final[Mapping[str, str]] = {
    "created": "created", "unpaid": "created", "待付款": "created", "待支付": "created",
    "paid": "paid", "已付款": "paid", "已支付": "paid", "待提货": "paid", "待发货": "paid",
    "shipped": "paid", "已发货": "paid", "待自提": "paid",
    "picked_up": "picked_up", "delivered": "picked_up", "已提货": "picked_up",
    "已完成": "picked_up", "已核销": "picked_up", "completed": "picked_up",
    "refunded": "refunded", "已退款": "refunded", "退款成功": "refunded",
    "cancelled": "cancelled", "canceled": "cancelled", "已取消": "cancelled", "已关闭": "cancelled",
}  # fmt: skip
#: How far an order came -> its events, each with the field that dates it.
_STAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "created": (("Order Created", "created_at"),),
    "paid": (("Order Paid", "paid_at"),),
    "picked_up": (("Order Paid", "paid_at"), ("Order Delivered", "picked_up_at")),
    "refunded": (("Order Paid", "paid_at"), ("Order Refunded", "refunded_at")),
    "cancelled": (("Order Cancelled", "cancelled_at"),),
}
_PEOPLE: Final = {
    "buyer": {"phone": "buyer_phone", "wechat_unionid": "buyer_unionid",
              "wechat_openid": "buyer_openid"},
    "leader": {"phone": "leader_phone"},
}  # fmt: skip
_ZONE: Final = "Asia/Shanghai"
_LONGEST: Final = 200


class _Bad(Exception):
    """An order cannot be used: which field, and why."""

    def __init__(self, name: str, said: Text) -> None:
        """Hold the field and the reason."""
        super().__init__(str(said))
        self.name = name
        self.said = said


@dataclass(frozen=True, slots=True)
class GroupBuy:
    """Exports of community group-buy tools."""

    name: str = NAME

    def size(self, path: Path) -> int:
        """Return the file's bytes."""
        return file_size(path)

    def read(self, path: Path, mapping: Path | None) -> Iterator[Record | Reject]:
        """Yield the records of every order; raise BadInput for a file without order numbers."""
        del mapping
        header = _header(path)
        names = {
            name: next((one for one in (name, *others) if one.casefold() in header), "")
            for name, others in FIELDS.items()
        }  # fmt: skip
        if not names["order_id"]:
            said = text("sources.missing_columns", columns="order_id")
            raise BadInput((Problem(path.name, said, 1),))
        columns = [one for one in names.values() if one]
        known = [name for name, one in names.items() if one]
        dialect = Dialect(second_encoding="gb18030")
        rows = read_rows(path, columns, dialect=dialect)
        for key, found in groupby(rows, lambda row: _order_of(row, columns, names)):
            together = list(found)
            if not key or isinstance(together[0], Reject):
                yield from _unusable(path, together)
                continue
            read = [one for one in together if isinstance(one, Row)]
            cells = [dict(zip(known, one.cells, strict=True)) for one in read]
            try:
                yield from _placed(order_records(cells[0], cells), path.name, read)
            except _Bad as fault:
                problem = Problem(names.get(fault.name) or fault.name, fault.said, read[0].line)
                yield Reject(path.name, read[0].line, problem, read[-1].progress)


def order_records(
    order: Mapping[str, str], lines: Sequence[Mapping[str, str]], path: str = ""
) -> list[Record]:
    """Return the records of one order.

    Args:
        order: fields by their English names; what is not known is absent or "".
        lines: what was bought: `sku`, `product`, `quantity`, `price`.
        path: where it stands in what a client sent; with one, problems are BadInput.
    """
    if not path:
        return list(_records(order, lines))
    try:
        return list(_records(order, lines))
    except _Bad as fault:
        raise BadInput((Problem(f"{path}.{fault.name}", fault.said),)) from fault


def _records(
    order: Mapping[str, str], lines: Sequence[Mapping[str, str]]
) -> Iterator[Record]:  # fmt: skip
    """Yield what has happened to an order, and what its leader did."""
    order_id = order.get("order_id", "")[:_LONGEST]
    if not order_id:
        raise _Bad("order_id", text("sources.empty_cell"))
    buyer, leader = _who(order, "buyer"), _who(order, "leader")
    if not buyer:
        raise _Bad("buyer_phone", text("sources.row_nobody"))
    said = _properties(order, lines)
    for event, field in _STAGES[_status(order)]:
        at = _moment(order, field)
        told: dict[str, Value] = dict(said)
        if event == "Order Refunded":
            told["refund"] = said["total"]
        yield _record(order_id, event, at, buyer, told)
        if event == "Order Paid" and leader:
            led: dict[str, Value] = {name: said[name] for name in _LED if name in said}
            yield _record(order_id, LED, at, leader, led)


#: What is told of the order to whom the group's leader is: nothing of the buyer.
_LED: Final = ("order_id", "source", "group_id", "pickup_point", "total", "currency")


def _record(
    order_id: str, event: str, at: str, who: Mapping[str, object], said: Mapping[str, Value]
) -> Record:
    """Return one message; the same order and event is the same message."""
    key = digest(NAME, order_id, event).hex()
    context = {"channel": NAME, **dict(_mapping(who.get("context")))}
    message = {
        "type": "track", "event": event, "messageId": key, "timestamp": at,
        "properties": dict(said), **who, "context": context,
    }  # fmt: skip
    return Record(key, message, 0)


def _mapping(found: object) -> Mapping[str, object]:
    """Return a map, or an empty one."""
    return found if isinstance(found, Mapping) else {}


def _who(order: Mapping[str, str], role: str) -> dict[str, object]:
    """Return the names of a person as a message carries them; empty = nobody is named."""
    found: dict[str, object] = {}
    if order.get(f"{role}_id"):
        found["userId"] = order[f"{role}_id"]
    external = [
        {"type": kind, "id": order[field]}
        for kind, field in _PEOPLE[role].items()
        if order.get(field)
    ]
    if external:
        found["context"] = {"externalIds": external}
    return found


def _status(order: Mapping[str, str]) -> str:
    """Return how far an order came: by its state, else by its dates."""
    word = order.get("status", "").strip().casefold()
    if word:
        if word not in _STATUS:
            raise _Bad("status", text("sources.unknown_status", status=word[:40]))
        return _STATUS[word]
    for field, status in (("refunded_at", "refunded"), ("cancelled_at", "cancelled"),
                          ("picked_up_at", "picked_up"), ("paid_at", "paid")):  # fmt: skip
        if order.get(field):
            return status
    return "created"


def _moment(order: Mapping[str, str], field: str) -> str:
    """Return when something happened; what is not dated happened when the order was paid."""
    for name in (field, "paid_at", "created_at"):
        if written := order.get(name, ""):
            shown = Moment(zone=_ZONE).shown(written)
            if shown is None:
                raise _Bad(name, text("sources.bad_moment"))
            return shown
    raise _Bad(field, text("sources.empty_cell"))


def _properties(
    order: Mapping[str, str], lines: Sequence[Mapping[str, str]]
) -> dict[str, Value]:  # fmt: skip
    """Return what every event of an order carries."""
    currency = (order.get("currency") or "CNY").upper()
    total = _amount(order, "total", currency)
    if total is None:
        raise _Bad("total", text("sources.empty_cell"))
    bought = tuple(
        _line(one, currency) for one in lines if one.get("sku") or one.get("product")
    )  # fmt: skip
    more: dict[str, Value] = {
        "source": NAME, "channel": NAME,
        "group_id": order.get("group_id", "")[:_LONGEST],
        "pickup_point": order.get("pickup_point", "")[:_LONGEST],
    }  # fmt: skip
    ordered = Ordered(
        order["order_id"][:_LONGEST], currency, total=total, lines=bought, more=more
    )  # fmt: skip
    return order_properties(ordered)


def _line(line: Mapping[str, str], currency: str) -> Line:
    """Return one thing that was bought."""
    sku, product = line.get("sku", "")[:_LONGEST], line.get("product", "")[:_LONGEST]
    quantity = as_whole(line.get("quantity") or "1")
    if quantity is None or not 0 < quantity < 1_000_000:
        raise _Bad("quantity", text("sources.bad_value", type="integer"))
    return Line(sku or product, product, quantity, _amount(line, "price", currency), sku=sku)


def _amount(cells: Mapping[str, str], name: str, currency: str) -> int | None:
    """Return an amount in minor units; None where there is none."""
    written = cells.get(name, "").lstrip("¥￥").replace(",", "").strip()
    if not written:
        return None
    exact = as_amount(written)
    money = Money.parse(exact, currency) if exact is not None and exact >= 0 else None
    if money is None:
        raise _Bad(name, text("sources.bad_value", type="number"))
    return money.minor


def _header(path: Path) -> set[str]:
    """Return the names of the columns, without regard to case."""
    found: set[str] = set()
    try:
        with path.open("rb") as file:
            raw = file.readline(1 << 16).removeprefix(b"\xef\xbb\xbf")
    except OSError:
        # Reading the rows says what is wrong with the file.
        return {"order_id"}
    for encoding in ("utf-8", "gb18030"):
        try:
            found = {one.strip().strip('"').casefold() for one in raw.decode(encoding).split(",")}
        except UnicodeDecodeError:
            continue
        break
    return found


def _order_of(row: Row | Reject, columns: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the order that a row is of; "" = of none."""
    return "" if isinstance(row, Reject) else row.cells[columns.index(names["order_id"])]


def _unusable(path: Path, rows: Iterable[Row | Reject]) -> Iterator[Reject]:
    """Yield rows that are broken, or of no order."""
    for row in rows:
        if isinstance(row, Reject):
            yield row
        else:
            problem = Problem("order_id", text("sources.empty_cell"), row.line)
            yield Reject(path.name, row.line, problem, row.progress)


def _placed(records: Iterable[Record], file: str, rows: Sequence[Row]) -> Iterator[Record]:
    """Yield records with the place of their order's first row."""
    for one in records:
        yield Record(one.key, one.message, rows[-1].progress, file, rows[0].line)
