"""The aggregates behind thirty tags as a careful person writes them for DuckDB alone."""

from __future__ import annotations

from typing import Final

__all__ = ["BARE"]

_NOW: Final = "timestamp '2026-11-23 04:00:00'"

#: One statement a tag; each ends in a count, so that nothing but the work is measured.
_OF_ORDERS: Final = (
    "count(*)", "sum(total)", "avg(total)", "max(total)", "min(paid_at)", "max(paid_at)",
    f"date_diff('day', max(paid_at), {_NOW})", f"date_diff('day', min(paid_at), {_NOW})",
    f"count(*) filter (paid_at > {_NOW} - interval 90 days)",
    f"sum(total) filter (paid_at > {_NOW} - interval 365 days)",
    "sum(discount) / nullif(sum(total + discount), 0)",
    "sum(total) filter (discount = 0) / nullif(sum(total), 0)",
    "arg_max(category, paid_at)", "mode(category)", "arg_max(channel, paid_at)", "mode(channel)",
    "list(distinct category)",
)  # fmt: skip
_OF_EVENTS: Final = (
    ("mode(json_extract_string(properties, '$.category'))", "name = 'Product Viewed'"),
    ("mode(json_extract_string(properties, '$.category'))",
     "name in ('Article Read', 'Live Viewed')"),
    ("mode(name)", "name in ('Article Read', 'Live Viewed')"),
    ("mode(hour(occurred_at + interval 8 hours))", "kind <> 'internal'"),
    ("mode(hour(occurred_at + interval 8 hours))", "name = 'Message Opened'"),
    ("max(occurred_at)", "name = 'App Opened'"),
)  # fmt: skip

BARE: Final = (
    """create temp table orders as
    select order_id, any_value(profile_id) as profile_id, max(total) as total,
        max(discount) as discount, max(category) as category, any_value(channel) as channel,
        min(occurred_at) filter (name = 'Order Paid') as paid_at
    from (
        select name, profile_id, occurred_at, channel,
            json_extract_string(properties, '$.order_id') as order_id,
            json_extract_string(properties, '$.total')::double as total,
            json_extract_string(properties, '$.discount')::double as discount,
            json_extract_string(properties, '$.products[0].category') as category
        from facts.events
        where name in ('Order Created', 'Order Paid', 'Order Refunded', 'Order Cancelled')
    )
    group by order_id
    having paid_at is not null and not bool_or(name in ('Order Refunded', 'Order Cancelled'))""",
    *(
        f"select count(v) from (select profile_id, {value} as v from orders group by 1)"  # noqa: S608 - own words
        for value in _OF_ORDERS
    ),
    *(
        f"select count(v) from (select profile_id, {value} as v from facts.events"  # noqa: S608 - own words
        f" where {where} and occurred_at > {_NOW} - interval 90 days group by 1)"
        for value, where in _OF_EVENTS
    ),
    # Scores: everybody's fifth of recency, frequency and money.
    *(
        f"select count(v) from (select profile_id, ntile(5) over (order by {value}) as v"  # noqa: S608 - own words
        " from orders group by 1)"
        for value in ("max(paid_at)", "count(*)", "sum(total)")
    ),
    # The gaps between orders, for cycles and stages.
    *(
        f"select count(v) from (select profile_id, {value} as v from (select profile_id,"  # noqa: S608 - own words
        " date_diff('day', lag(paid_at) over (partition by profile_id order by paid_at), paid_at)"
        " as gap from orders) where gap is not null group by 1)"
        for value in ("median(gap)", "quantile_cont(gap, 0.75)")
    ),
    # Channels and devices.
    "select count(first_channel), count(last_channel) from facts.touches",
    "select count(json_extract_string(device, '$.os.name')) from facts.touches",
)
