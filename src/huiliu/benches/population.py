"""A made-up population straight in a warehouse file: people, traits and 90 days of events."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import duckdb

from huiliu.kernel.times import DAY, as_datetime
from huiliu.warehouses.load import prepare, tell_orders_again

__all__ = ["DAYS", "make_people", "make_population"]

DAYS: Final = 90
#: Rows that a follower would have loaded in one transaction.
_BATCH: Final = 200_000


_PEOPLE = """
insert into facts.people
select 1, 1 + i * 7919, $began, $began from range($n_people) t(i)
"""
_TRAITS = """
insert into facts.traits
select 1, 1 + i * 7919, unnest(['city', 'age', 'vip', 'email', 'born']),
    unnest([
        '"' || ['上海', '北京', '广州', '深圳', '成都', '杭州', '武汉', '西安']
            [(1 + hash(i) % 8)::integer] || '"',
        (18 + hash(i, 1) % 60)::varchar, case when hash(i, 2) % 10 = 0 then 'true' else 'false' end,
        '"vlt_' || md5(i::varchar) || '"',
        '"' || strftime(date '1950-01-01' + (hash(i, 3) % 20000)::integer, '%Y-%m-%d') || '"'
    ])::json,
    epoch_us($began)::hugeint * 72057594037927936 + i, $began
from range($n_people) t(i)
"""
_PRESENT = "insert into facts.present select brand_id, profile_id from facts.people"
_LATEST = """
insert into facts.latest_traits select brand_id, profile_id, trait, value, rank from facts.traits
order by (rank % 72057594037927936)::bigint // 200000, trait, profile_id
"""
_EVENTS = """
insert into facts.events
select 1, i, name, name, 'track', 1 + (hash(i, 3) % $n_people)::bigint * 7919, at_, at_, at_, 0,
    case
        when name like 'Order%' then '{"order_id":"o' || i || '","total":'
            || (hash(i, 4) % 100000) / 100.0 || ',"currency":"CNY","payment":"'
            || ['alipay', 'wechat', 'card'][(1 + hash(i, 5) % 3)::integer] || '"}'
        else '{"product_id":"p' || hash(i, 6) % 5000 || '","category":"c' || hash(i, 7) % 20
            || '","price":' || (hash(i, 8) % 50000) / 100.0 || '}'
    end::json,
    'app', null
from (
    select i, $began + to_microseconds((i * $step)::bigint) as at_,
        case
            when h < 4500 then 'Product Viewed' when h < 7000 then 'Page Opened'
            when h < 8000 then 'Product Added' when h < 9000 then 'App Opened'
            when h < 9300 then 'Order Created' when h < 9600 then 'Order Paid'
            when h < 9800 then 'Order Shipped' else 'Order Delivered'
        end as name
    from (select i, hash(i, 9) % 10000 as h from range($first, $past) t(i))
)
order by name, i
"""


def make_population(file: Path, n_people: int, n_events: int, now: int) -> None:
    """Fill a new warehouse file with so many people and events that end at `now`.

    Events come in log order and in batches, as a follower would have loaded them, so rows lie in
    the file as they do in a real one.
    """
    began = as_datetime(now - DAYS * DAY).replace(tzinfo=None)
    with duckdb.connect(str(file)) as connection:
        people = make_people(connection, n_people, began)
        step = DAYS * DAY / n_events
        for first in range(0, n_events, _BATCH):
            past = min(first + _BATCH, n_events)
            connection.execute(_EVENTS, people | {"first": first, "past": past, "step": step})
        tell_orders_again(connection)


def make_people(
    connection: duckdb.DuckDBPyConnection, n_people: int, began: dt.datetime
) -> dict[str, object]:
    """Fill an empty file with people and their traits; return what events are made from."""
    connection.execute("set preserve_insertion_order = true")
    prepare(connection)
    people: dict[str, object] = {"n_people": n_people, "began": began}
    connection.execute(_PEOPLE, people)
    connection.execute(_TRAITS, people)
    connection.execute(_PRESENT)
    connection.execute(_LATEST)
    return people
