"""Group-buy exports: who bought, who led, what was picked up where."""

from __future__ import annotations

from pathlib import Path

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.ports.sources import Record, Reject
from huiliu.sources.group_buy import GroupBuy, order_records

EXPORT = """\
订单号,订单状态,手机号,团长ID,自提点,支付时间,提货时间,实付金额,商品编码,商品名称,数量,单价
G1,已提货,13800138000,lead-7,海珠一号店,2026-11-20 10:00,2026-11-21 18:30,"¥1,039.80",S1,膜,2,19.90
G1,已提货,13800138000,lead-7,海珠一号店,2026-11-20 10:00,2026-11-21 18:30,"¥1,039.80",S2,礼盒,1,1000
G2,已退款,13900139000,,海珠一号店,2026-11-20 11:00:00,,20,S1,面膜,1,20
G3,神秘,13700137000,,,2026-11-20 12:00:00,,20,S1,面膜,1,20
,已付款,13700137000,,,2026-11-20 12:00:00,,20,S1,面膜,1,20
G4,已付款,,lead-7,,2026-11-20 12:00:00,,20,S1,面膜,1,20
"""


def _read(path: Path) -> tuple[list[Record], list[Reject]]:
    """Return what a file holds."""
    found = list(GroupBuy().read(path, None))
    return (
        [one for one in found if isinstance(one, Record)],
        [one for one in found if isinstance(one, Reject)],
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_an_export_becomes_orders_of_buyers_and_deeds_of_leaders(
    tmp_path: Path, encoding: str
) -> None:
    """Rows of one order are one order; its leader hears of it without hearing who bought."""
    path = tmp_path / "orders.csv"
    path.write_bytes(EXPORT.encode(encoding))

    records, rejects = _read(path)

    told = [(one.message["event"], one.message["timestamp"]) for one in records]
    assert told == [
        ("Order Paid", "2026-11-20T02:00:00Z"), ("Group Order Led", "2026-11-20T02:00:00Z"),
        ("Order Delivered", "2026-11-21T10:30:00Z"), ("Order Paid", "2026-11-20T03:00:00Z"),
        ("Order Refunded", "2026-11-20T03:00:00Z"),
    ]  # fmt: skip
    paid, led = records[0].message, records[1].message
    said = paid["properties"]
    assert isinstance(said, dict)
    assert (said["total"], said["currency"], said["source"]) == (1039.8, "CNY", "group_buy")
    assert (said["pickup_point"], len(said["products"])) == ("海珠一号店", 2)
    assert led["userId"] == "lead-7"
    assert "13800138000" not in str(led)
    assert [(one.line, one.problem.text.key) for one in rejects] == [
        (5, "sources.unknown_status"), (6, "sources.empty_cell"), (7, "sources.row_nobody"),
    ]  # fmt: skip


def test_a_file_without_order_numbers_is_refused_whole(tmp_path: Path) -> None:
    """Nothing could tell its rows from each other tomorrow."""
    path = tmp_path / "orders.csv"
    path.write_text("buyer_id,total\n1,2\n", "utf-8")

    with pytest.raises(BadInput):
        _read(path)


def test_a_later_export_of_an_order_has_the_keys_of_the_earlier() -> None:
    """Loaded again, only what is new is new."""
    order = {"order_id": "G1", "buyer_id": "u1", "paid_at": "2026-11-20 10:00", "total": "20"}
    first = {one.key for one in order_records(order, [])}
    later = {
        one.key
        for one in order_records(order | {"picked_up_at": "2026-11-21 10:00"}, [])
    }  # fmt: skip

    assert first < later
    assert len(later - first) == 1
