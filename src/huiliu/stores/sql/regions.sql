-- Disrupted regions.

-- name: add
insert into disruptions (
    brand_id, region, country, starts_at, ends_at, note, created_at, created_by, looked, due_at
) values (
    %(brand_id)s, %(region)s, %(country)s, %(starts_at)s, %(ends_at)s, %(note)s, %(created_at)s,
    %(created_by)s, %(looked)s, %(due_at)s
) returning disruption_id;

-- name: listed
select brand_id, disruption_id, region, country, starts_at, ends_at, note, created_at, created_by,
    looked, due_at,
    (select count(*) from disrupted_orders o
     where o.brand_id = d.brand_id and o.disruption_id = d.disruption_id)
from disruptions d where brand_id = %s
order by (due_at = 0), disruption_id desc limit %s;

-- name: lock
select brand_id, disruption_id, region, country, starts_at, ends_at, note, created_at, created_by,
    looked, due_at, 0
from disruptions where brand_id = %s and disruption_id = %s for update;

-- name: due
select brand_id, disruption_id, region, country, starts_at, ends_at, note, created_at, created_by,
    looked, due_at, 0
from disruptions where due_at > 0 and due_at <= %s
order by due_at limit 1 for update skip locked;

-- name: save
update disruptions set ends_at = %(ends_at)s, looked = %(looked)s, due_at = %(due_at)s
where brand_id = %(brand_id)s and disruption_id = %(disruption_id)s;

-- name: catch
insert into disrupted_orders (
    brand_id, disruption_id, order_id, profile_id, region, country, platform, shop, usage_scope,
    caught_at, to_tell
)
select %(brand)s, %(disruption)s, t.order_id, t.profile_id, t.region, t.country, t.platform,
    t.shop, t.usage_scope, %(at)s, 'disrupted'
from jsonb_to_recordset(%(rows)s::jsonb) as t(
    order_id text, profile_id bigint, region text, country text, platform text, shop text,
    usage_scope text
)
on conflict do nothing;

-- name: told_orders
select order_id from disrupted_orders where brand_id = %s and disruption_id = %s;

-- name: clear
-- Who was not told that it began need not hear that it is over.
update disrupted_orders set to_tell = case
    when to_tell = '' and order_id = any(%(open)s) then 'cleared' else '' end
where brand_id = %(brand)s and disruption_id = %(disruption)s;

-- name: count_clear
select count(*) from disrupted_orders
where brand_id = %s and disruption_id = %s and to_tell = 'cleared';

-- name: take
with taken as (
    select brand_id, disruption_id, order_id, to_tell from disrupted_orders
    where to_tell <> '' order by brand_id, disruption_id, order_id limit %s
    for update skip locked
), changed as (
    update disrupted_orders o set to_tell = '' from taken t
    where o.brand_id = t.brand_id and o.disruption_id = t.disruption_id
        and o.order_id = t.order_id
    returning o.*, t.to_tell as told
)
select d.brand_id, d.disruption_id, d.region, d.country, d.starts_at, d.ends_at, d.note,
    d.created_at, d.created_by, d.looked, d.due_at, 0,
    c.told, c.order_id, c.profile_id, c.region, c.country, c.platform, c.shop, c.usage_scope
from changed c join disruptions d using (brand_id, disruption_id)
order by d.brand_id, d.disruption_id, c.order_id;
