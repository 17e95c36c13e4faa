"""A made-up shop straight in a warehouse file: a year of orders, looks, reads and messages.

Few people buy often and many rarely, as everywhere; orders have lines, discounts and channels; so
every tag of the library has something to compute.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import duckdb

from huiliu.benches.population import make_people
from huiliu.kernel.times import DAY, as_datetime
from huiliu.warehouses.load import tell_orders_again

__all__ = ["DAYS", "add_day", "make_shop"]

DAYS: Final = 365
#: Events that a follower would have loaded in one transaction.
_BATCH: Final = 200_000
#: Of so many events one is the beginning of an order, which brings three more.
_PER_ORDER: Final = 33

_TOUCHES = """
insert into facts.touches
select 1, 1 + i * 7919, c, i, c, i,
    ('{"os":{"name":"' || if(hash(i, 32) % 3 = 0, 'iOS', 'Android') || '"},"device":{"model":"m'
        || hash(i, 33) % 40 || '"}}')::json, i
from (
    select i, ['app', 'wechat', 'douyin', 'web'][(1 + hash(i, 31) % 4)::integer] as c
    from range($n_people) t(i)
)
"""
#: What people do besides buying. A person's number is the square of chance: few do much.
_ACTS = """
insert into facts.events
select 1, i, name, name, if(name like 'Message%', 'internal', 'track'),
    1 + (power((hash(i, 3) % 1000003) / 1000003.0, 2) * $n_people)::bigint * 7919, at_, at_, at_, 0,
    case
        when name like 'Message%' then '{"message_id":"m' || i || '","channel":"email"}'
        else '{"product_id":"p' || hash(i, 6) % 5000 || '","category":"c' || hash(i, 7) % 20
            || '","price":' || (hash(i, 8) % 50000) / 100.0 || '}'
    end::json,
    ['app', 'wechat', 'douyin', 'web'][(1 + hash(i, 5) % 4)::integer], null
from (
    select i, $began + to_microseconds((i * $step)::bigint) as at_,
        case
            when h < 4800 then 'Product Viewed' when h < 6800 then 'Page Opened'
            when h < 7800 then 'Product Added' when h < 8900 then 'App Opened'
            when h < 9400 then 'Article Read' when h < 9700 then 'Live Viewed'
            when h < 9900 then 'Message Sent' else 'Message Opened'
        end as name
    from (select i, hash(i, 9) % 10000 as h from range($first, $past) t(i))
    where i % $per_order > 3
)
order by name, i
"""
_ORDERS = """
insert into facts.events
select 1, i + step, name, name, 'track', who, at_, at_, at_, 0,
    case step
        when 0 then '{"order_id":"o' || i || '","total":' || total || ',"currency":"CNY"'
            || ',"discount":' || if(hash(i, 14) % 3 = 0, total / 10, 0)
            || ',"products":[{"product_id":"p' || hash(i, 15) % 5000
            || '","category":"c' || hash(i, 16) % 20 || '","price":' || total
            || ',"quantity":1}]}'
        else '{"order_id":"o' || i || '","total":' || total || ',"currency":"CNY"}'
    end::json,
    ['app', 'wechat', 'douyin', 'web'][(1 + hash(who, 17) % 4)::integer], null
from (
    select i, unnest([0, 1, 2, 3]) as step,
        1 + (power((hash(i, 11) % 1000003) / 1000003.0, 2) * $n_people)::bigint * 7919 as who,
        (1000 + hash(i, 12) % 50000) / 100.0 as total,
        unnest(['Order Created', 'Order Paid', 'Order Shipped',
            if(hash(i, 13) % 40 = 0, 'Order Refunded', 'Order Delivered')]) as name,
        $began + to_microseconds((i * $step)::bigint) as at_
    from range($first, $past) t(i)
    where i % $per_order = 0
)
order by name, i
"""
#: When each was seen first, as the loader notes it: of whoever did anything, that is when.
_SEEN = """
insert into facts.people
select brand_id, profile_id, min(occurred_at), min(replay_at) from facts.events
where kind <> 'internal' group by all
"""
_UNSEEN = """
delete from facts.people where profile_id in (
    select profile_id from facts.events where kind <> 'internal'
)
"""


def make_shop(file: Path, n_people: int, n_events: int, now: int) -> None:
    """Fill a new warehouse file with so many people and a year of events that ends at `now`."""
    began = as_datetime(now - DAYS * DAY).replace(tzinfo=None)
    with duckdb.connect(str(file)) as connection:
        make_people(connection, n_people, began)
        connection.execute(_TOUCHES, {"n_people": n_people})
        _fill(connection, began, (0, n_events), n_people, DAYS * DAY / n_events)
        _tell_again(connection)


def add_day(file: Path, n_people: int, n_events: int, now: int) -> int:
    """Add the day after a shop of so many events that ended at `now`; return how many it had."""
    began = as_datetime(now - DAYS * DAY).replace(tzinfo=None)
    n_more = n_events // DAYS
    with duckdb.connect(str(file)) as connection:
        span = (n_events, n_events + n_more)
        _fill(connection, began, span, n_people, DAYS * DAY / n_events)
        _tell_again(connection)
    return n_more


def _tell_again(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out of the events what the loader keeps beside them."""
    tell_orders_again(connection)
    connection.execute(_UNSEEN)
    connection.execute(_SEEN)


def _fill(
    connection: duckdb.DuckDBPyConnection,
    began: dt.datetime,
    span: tuple[int, int],
    n_people: int,
    step: float,
) -> None:
    """Add the events of a span of numbers, in batches."""
    for first in range(*span, _BATCH):
        said = {
            "n_people": n_people, "began": began, "first": first,
            "past": min(first + _BATCH, span[1]), "step": step, "per_order": _PER_ORDER,
        }  # fmt: skip
        connection.execute(_ACTS, said)
        connection.execute(_ORDERS, said)
