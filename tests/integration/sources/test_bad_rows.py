"""A bad row goes to the report with its line and reason, and never stops the rest."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from huiliu.kernel.errors import BadInput
from huiliu.ports.sources import Record, Reject
from huiliu.sources import SOURCES

MAP = """huiliu: 1
kind: csv-mapping
event: Order Paid
identifiers: {userId: member}
timestamp: {column: at, zone: UTC}
key: order
properties:
  order_id: order
  total: {column: total, type: number}
"""


def read(tmp_path: Path, raw: bytes, mapping: str = MAP) -> tuple[list[Record], dict[int, str]]:
    """Return the records and line -> reason of the rejects of a CSV."""
    (tmp_path / "rows.csv").write_bytes(raw)
    (tmp_path / "map.yaml").write_text(mapping, "utf-8")
    rows = list(SOURCES["csv"].read(tmp_path / "rows.csv", tmp_path / "map.yaml"))
    records = [row for row in rows if isinstance(row, Record)]
    return records, {r.line: r.problem.text.key for r in rows if isinstance(r, Reject)}


def orders(records: list[Record]) -> list[object]:
    """Return the order ids of records."""
    return [r.message["properties"]["order_id"] for r in records]  # type: ignore[index] # a mapping's own shape


def test_every_kind_of_bad_row_is_told_with_its_line(tmp_path: Path) -> None:
    """Bytes, quotes, width, dates, numbers, nobody, NUL: each costs its own line only."""
    raw = b"\n".join([
        b"\xef\xbb\xbfmember,order,at,total",  # 1, with a byte-order mark
        b"m1,o1,2026-01-02,10.5\r",
        b"m2,o2,2026-01-02,\xff\xfe",  # 3
        b'm3,"o3,2026-01-02,1',  # 4, never closed
        b"m4,o4,2026-01-02",  # 5
        b"m5,o5,2026-01-02,1,2",  # 6
        b"m6,o6,02.01.2026,1",  # 7
        b"m7,o7,2026-01-02,ten",  # 8
        b",o8,2026-01-02,1",  # 9
        b"m9,o\x009,2026-01-02,1",  # 10
        b'm10,"o""10",2026-01-02,7',  # 11, good
        b'm11,o11" x,2026-01-02,7',  # 12, good: a quote inside an unquoted cell is a letter
        b'm12,"o12"x,2026-01-02,7',  # 13
        b"",  # 14, empty
        b'm13,"o\r\n13",2026-01-02,7',  # 15 and 16, good
        b"m14,o14,2026-01-02,1e400",  # 17
        b"m15,o15,2026-01-02,3",
    ])  # fmt: skip

    records, rejects = read(tmp_path, raw)

    assert orders(records) == ["o1", 'o"10', 'o11" x', "o\r\n13".replace("\r", ""), "o15"]
    assert rejects == {
        3: "sources.not_encoded",
        4: "sources.quotes",
        5: "sources.wrong_width",
        6: "sources.wrong_width",
        7: "sources.bad_moment",
        8: "sources.bad_value",
        9: "sources.row_nobody",
        10: "sources.nul",
        13: "sources.quotes",
        17: "sources.bad_value",
    }


def test_a_line_of_megabytes_is_not_held_and_costs_itself_only(tmp_path: Path) -> None:
    """The reader's memory does not grow with a broken line."""
    huge = b"m2,o2,2026-01-02," + b"9" * 5_000_000

    records, rejects = read(
        tmp_path, b"member,order,at,total\nm1,o1,2026-01-02,1\n" + huge + b"\nm3,o3,2026-01-02,3\n"
    )

    assert orders(records) == ["o1", "o3"]
    assert rejects == {3: "sources.line_too_long"}


def test_a_quote_that_never_closes_at_the_end_of_the_file_costs_one_line(tmp_path: Path) -> None:
    """The lines behind it are read all the same."""
    rows = b"".join(b"m%d,o%d,2026-01-02,1\n" % (n, n) for n in range(3, 1500))

    records, rejects = read(tmp_path, b'member,order,at,total\nm2,"o2,2026-01-02,1\n' + rows)

    assert len(records) == 1497
    assert rejects == {2: "sources.quotes"}


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"member,order,total\n", "sources.missing_columns"),
        (b"", "sources.empty"),
        ("member,order,at,total\n".encode("utf-16"), "sources.utf16"),
    ],
)
def test_a_file_that_cannot_be_used_at_all_is_bad_input(
    tmp_path: Path, raw: bytes, key: str
) -> None:
    """Nothing is loaded from a file whose header is wrong."""
    with pytest.raises(BadInput) as raised:
        read(tmp_path, raw)

    assert [p.text.key for p in raised.value.problems] == [key]


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """Missing files and folders are named."""
    for name in SOURCES:
        (tmp_path / "map.yaml").write_text(MAP, "utf-8")
        with pytest.raises(BadInput):
            list(SOURCES[name].read(tmp_path / "nowhere", tmp_path / "map.yaml"))


def test_a_csv_needs_a_mapping(tmp_path: Path) -> None:
    """Without one nobody knows what the columns mean."""
    with pytest.raises(BadInput) as raised:
        list(SOURCES["csv"].read(tmp_path / "rows.csv", None))

    assert raised.value.problems[0].path == "--map"


def test_other_encodings_and_delimiters_are_read(tmp_path: Path) -> None:
    """A spreadsheet of a Chinese shop: GBK, tabs, and a column that names the event."""
    mapping = """huiliu: 1
kind: csv-mapping
encoding: gbk
delimiter: tab
event: {column: 类型, names: {付款: Order Paid}}
identifiers: {phone: 手机}
timestamp: {column: 时间, format: "%Y/%m/%d %H:%M", zone: Asia/Shanghai}
traits: {city: 城市}
"""
    raw = "手机\t类型\t时间\t城市\n13800138000\t付款\t2026/1/2 08:30\t上海\n".encode("gbk")

    records, rejects = read(tmp_path, raw, mapping)

    assert not rejects
    person, event = (record.message for record in records)
    assert person["type"] == "identify"
    assert person["traits"] == {"city": "上海"}
    assert (event["event"], event["timestamp"]) == ("Order Paid", "2026-01-02T00:30:00Z")


def test_bad_lines_of_json_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    """Plain or gzip; a file that breaks off says so at its last line."""
    lines = [
        b'{"type":"track","event":"A","userId":"u1","messageId":"m1"}',
        b"{broken",
        b"[1,2]",
        b'{"type":"track","event":"B","userId":"u1"}',
        b"",
        b'{"type":"track","event":"' + b"x" * 40_000 + b'"}',
        b'{"type":"track","event":"\xff"}',
        b'{"type":"track","event":"B","userId":"u1"}',
        b'{"type":"track","event":"C","userId":"u1","properties":'
        + b"[" * 9_000
        + b"]" * 9_000
        + b"}",
        b'{"type":"track","event":"D","userId":"u1","properties":{"n":1e999}}',
    ]
    (tmp_path / "events.jsonl").write_bytes(b"\r\n".join(lines))
    packed = gzip.compress(b"\n".join(lines))
    (tmp_path / "events.jsonl.gz").write_bytes(packed)
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])

    for name in ("events.jsonl", "events.jsonl.gz"):
        rows = list(SOURCES["segment-jsonl"].read(tmp_path / name, None))
        records = [row for row in rows if isinstance(row, Record)]
        assert [(r.line, r.problem.text.key) for r in rows if isinstance(r, Reject)] == [
            (2, "sources.not_json"),
            (3, "sources.not_json"),
            (6, "sources.event_too_large"),
            (7, "sources.not_json"),
            (9, "collect.too_deep"),
            (10, "collect.unreadable"),
        ]
        assert [r.line for r in records] == [1, 4, 8]
        # A line without messageId is known by itself: the same line again is the same event.
        assert records[0].key == "m1"
        assert records[1].key == records[2].key

    cut = list(SOURCES["segment-jsonl"].read(tmp_path / "cut.jsonl.gz", None))
    assert isinstance(cut[-1], Reject)
    assert cut[-1].problem.text.key == "sources.broken_file"


def olist(folder: Path, **tables: str) -> list[Record | Reject]:
    """Return what a small Olist folder reads as."""
    given = {
        "customers": "customer_id,customer_unique_id,customer_city,customer_state\nc1,p1,sp,SP\n",
        "orders": "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
        "o1,c1,shipped,2018-01-01 10:00:00,,,,\n",
        **tables,
    }
    for name, rows in given.items():
        (folder / f"olist_{name}_dataset.csv").write_text(rows, "utf-8")
    return list(SOURCES["olist"].read(folder, None))


def test_rows_of_olist_that_fit_no_order_are_told(tmp_path: Path) -> None:
    """Orphans, repeats, unknown people and bad amounts go to the report, the order stays."""
    rows = olist(
        tmp_path,
        order_items="order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,"
        "freight_value\no1,1,p,s,,10.0,1.0\no1,1,p,s,,10.0,1.0\no9,1,p,s,,10.0,1.0\n"
        "o1,2,p,s,,-3,1.0\n",
        order_reviews="review_id,order_id,review_score,review_comment_title,"
        "review_comment_message,review_creation_date,review_answer_timestamp\n"
        'r1,o1,5,,"zwei\nZeilen",2018-02-01,\nr2,o1,9,,,2018-02-01,\n',
    )

    rejects = {
        (r.file.split("_")[-2], r.line): r.problem.text.key for r in rows if isinstance(r, Reject)
    }
    assert rejects == {
        ("items", 3): "sources.repeats",
        ("items", 4): "sources.no_such_row",
        ("items", 5): "sources.bad_value",
        ("reviews", 4): "sources.bad_score",
        ("payments", 0): "sources.table_absent",
    }
    records = [row for row in rows if isinstance(row, Record)]
    assert [r.message.get("event") for r in records] == [None, "Order Created", "Review Posted"]
    created = records[1].message["properties"]
    assert isinstance(created, dict)
    assert created["status"] == "shipped"
    assert len(created["products"]) == 1
    assert "total" not in created


def test_an_olist_folder_without_orders_is_bad_input(tmp_path: Path) -> None:
    """The two tables without which there is nothing to load are named."""
    with pytest.raises(BadInput) as raised:
        list(SOURCES["olist"].read(tmp_path, None))

    files = str(raised.value.problems[0].text.arguments["files"])
    assert "olist_orders_dataset.csv" in files


def test_invoice_lines_are_grouped_and_what_is_no_sale_is_told(tmp_path: Path) -> None:
    """Cancellations keep their negative total; lines of nobody and corrections are left out."""
    (tmp_path / "data.csv").write_bytes(
        b"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        b"536365,A,LAMP \xa3 1,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
        b"C536379,D,Discount,-1,12/1/2010 9:41,27.5,17850,United Kingdom\n"
        b"536365,B,CUP,2,12/1/2010 8:27,1.00,17850,United Kingdom\n"
        b"536370,B,CUP,2,12/1/2010 8:27,1.00,,France\n"
        b"536371,B,CUP,2,12/1/2010 8:27,-1.00,17850,France\n"
        b"536372,B,CUP,2.5,12/1/2010 8:27,1.00,17850,France\n"
        b"536365,B,CUP,2,12/1/2010 8:27,1.00,17851,France\n"
        b"536373,B,CUP,2,13/1/2010 8:27,1.00,17850,France\n"
        b"536374,Z,GIFT,1,12/1/2010 8:30,0,17850.0,France\n"
    )

    rows = list(SOURCES["online-retail"].read(tmp_path, None))

    rejects = {r.line: r.problem.text.key for r in rows if isinstance(r, Reject)}
    assert rejects == {
        5: "sources.no_customer",
        6: "sources.negative_price",
        7: "sources.bad_value",
        8: "sources.two_customers",
        9: "sources.bad_moment",
    }
    events = {
        (r.message["event"], r.message["properties"]["order_id"]): r.message["properties"]["total"]  # type: ignore[index] # the source's own shape
        for r in rows
        if isinstance(r, Record) and "event" in r.message
    }
    # 6 x 2.55 + 2 x 1.00 = 17.30
    assert events == {
        ("Order Created", "536365"): 17.3,
        ("Order Paid", "536365"): 17.3,
        ("Order Cancelled", "C536379"): -27.5,
        ("Order Created", "536374"): 0.0,
        ("Order Paid", "536374"): 0.0,
    }
