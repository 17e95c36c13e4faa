"""The real sets arrive whole: every count is the one that the files give when counted apart."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.integration.warehouses import rows, settle, with_warehouse

from huiliu.ports.sources import Reject
from huiliu.ports.world import World
from huiliu.services.import_source import Imported, Watch, import_source
from huiliu.sources import SOURCES

pytestmark = pytest.mark.shared_data

DATA = Path(__file__).parents[4] / "shared" / "data"
#: Written out again here on purpose: a test that asks the source what is right proves nothing.
STATUS = {
    "created": "created", "approved": "paid", "invoiced": "paid", "processing": "paid",
    "shipped": "shipped", "delivered": "delivered", "canceled": "cancelled",
    "unavailable": "cancelled",
}  # fmt: skip


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one of Olist's files."""
    path = DATA / "olist" / f"olist_{name}_dataset.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def load(world: World, name: str, path: Path) -> tuple[Imported, list[Reject]]:
    """Import a set and let profiles and warehouse catch up."""
    rejects: list[Reject] = []
    watch = Watch(progress=lambda _: None, rejected=rejects.append)
    done = import_source(world, 1, name, path, None, watch)
    settle(world)
    return done, rejects


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with the sources and a warehouse."""
    from dataclasses import replace

    with with_warehouse(replace(world, sources=SOURCES), tmp_path) as opened:
        yield opened


def test_every_count_of_olist_is_the_count_of_its_files(asked: World) -> None:
    """Orders by status, dates, totals, people, places, items, payments and reviews."""
    _, rejects = load(asked, "olist", DATA / "olist")
    orders, items = table("orders"), table("order_items")
    people = {row["customer_id"]: row for row in table("customers")}

    assert not rejects
    found = rows(asked, "select status, count(*) as n from orders group by status")
    assert {row["status"]: row["n"] for row in found} == Counter(
        STATUS[row["order_status"]] for row in orders
    )
    [dated] = rows(
        asked,
        "select count(*) as orders, count(created_at) as created, count(paid_at) as paid, "
        "count(shipped_at) as shipped, count(delivered_at) as delivered, "
        "count(promised_at) as promised, count(distinct profile_id) as buyers from orders",
    )
    assert dated == {
        "orders": len(orders),
        "created": len(orders),
        "paid": sum(bool(row["order_approved_at"]) for row in orders),
        "shipped": sum(bool(row["order_delivered_carrier_date"]) for row in orders),
        "delivered": sum(bool(row["order_delivered_customer_date"]) for row in orders),
        "promised": sum(bool(row["order_estimated_delivery_date"]) for row in orders),
        "buyers": len({people[row["customer_id"]]["customer_unique_id"] for row in orders}),
    }
    paid = sum(Decimal(row["payment_value"]) for row in table("order_payments"))
    [total] = rows(
        asked, "select cast(sum(total) as double) as total, min(currency) as currency from orders"
    )
    assert float(str(total["total"])) == pytest.approx(float(paid), abs=0.005)
    assert total["currency"] == "BRL"
    [profiles] = rows(asked, "select count(*) as n from profiles")
    assert profiles["n"] == len({row["customer_unique_id"] for row in people.values()})
    [lines] = rows(
        asked,
        "select sum(json_array_length(properties, '$.products')) as items, "
        "sum(json_array_length(properties, '$.payments')) as payments "
        "from events where event = 'Order Created'",
    )
    assert (lines["items"], lines["payments"]) == (len(items), len(table("order_payments")))
    scores = rows(
        asked,
        "select cast(properties->>'$.score' as int) as score, count(*) as n "
        "from events where event = 'Review Posted' group by 1",
    )
    assert {row["score"]: row["n"] for row in scores} == Counter(
        int(row["review_score"]) for row in table("order_reviews")
    )


def test_every_date_and_total_of_olist_stands_at_its_order(asked: World) -> None:
    """Not only the sums: each order has its own instants as the file writes them."""
    load(asked, "olist", DATA / "olist")
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in table("order_payments"):
        paid[row["order_id"]] += Decimal(row["payment_value"])

    found = {
        row["order_id"]: (
            row["status"], row["created_at"], row["paid_at"], row["shipped_at"],
            row["delivered_at"], row["promised_at"], round(float(str(row["total"])), 2),
        )
        for row in rows(
            asked,
            "select order_id, status, cast(total as double) as total, "
            + ", ".join(
                f"strftime({name}_at, '%Y-%m-%d %H:%M:%S') as {name}_at"
                for name in ("created", "paid", "shipped", "delivered", "promised")
            )
            + " from orders",
        )
    }  # fmt: skip

    assert found == {
        row["order_id"]: (
            STATUS[row["order_status"]], row["order_purchase_timestamp"],
            row["order_approved_at"] or None, row["order_delivered_carrier_date"] or None,
            row["order_delivered_customer_date"] or None,
            row["order_estimated_delivery_date"] or None, float(paid[row["order_id"]]),
        )
        for row in table("orders")
    }  # fmt: skip


def test_olist_twice_is_olist_once(asked: World) -> None:
    """The second import finds everything known."""
    first, _ = load(asked, "olist", DATA / "olist")
    second, _ = load(asked, "olist", DATA / "olist")

    assert second == Imported(0, first.n_events, 0)


def test_people_keep_the_place_of_their_latest_order(asked: World) -> None:
    """City and state are traits; of several addresses the latest by the order's time stands."""
    load(asked, "olist", DATA / "olist")
    people = {row["customer_id"]: row for row in table("customers")}
    latest: dict[str, str] = {}
    for row in sorted(table("orders"), key=lambda row: row["order_purchase_timestamp"]):
        customer = people[row["customer_id"]]
        latest[customer["customer_unique_id"]] = customer["customer_state"]

    found = rows(
        asked, "select traits->>'$.state' as state, count(*) as n from profiles group by 1"
    )

    assert {row["state"]: row["n"] for row in found} == Counter(latest.values())


def test_online_retail_arrives_with_its_invoices_people_and_money(asked: World) -> None:
    """541,909 lines: 22,190 invoices of 4,372 customers; 135,080 lines belong to nobody."""
    done, rejects = load(asked, "online-retail", DATA / "online_retail")
    file = DATA / "online_retail" / "online_retail.parquet"
    with closing(duckdb.connect()) as apart:
        told = apart.sql(f"""
            select count(distinct InvoiceNo), count(distinct CustomerID),
                count(distinct InvoiceNo) filter (InvoiceNo like 'C%'),
                sum(round(Quantity * UnitPrice, 4)),
                sum(round(Quantity * UnitPrice, 4)) filter (InvoiceNo like 'C%'), count(*)
            from '{file}' where CustomerID is not null
        """).fetchall()[0]
    n_invoices, n_people, n_cancelled, money, back, n_lines = told

    assert Counter(reject.problem.text.key for reject in rejects) == {
        "sources.no_customer": 135_080
    }
    assert done.n_rejected == 135_080
    found = {
        row["status"]: row
        for row in rows(
            asked,
            "select status, count(*) as n, cast(sum(total) as double) as total "
            "from orders group by 1",
        )
    }
    assert {status: row["n"] for status, row in found.items()} == {
        "paid": n_invoices - n_cancelled,
        "cancelled": n_cancelled,
    }
    # Thousandths of a pound in some prices are rounded away at each order's total.
    assert float(str(found["cancelled"]["total"])) == pytest.approx(back, abs=1)
    assert float(str(found["paid"]["total"])) == pytest.approx(money - back, abs=1)
    [profiles] = rows(asked, "select count(*) as n from profiles")
    assert profiles["n"] == n_people
    [lines] = rows(
        asked,
        "select sum(json_array_length(properties, '$.products')) as n from events "
        "where event in ('Order Created', 'Order Cancelled')",
    )
    assert lines["n"] == n_lines
