-- name: begin
insert into pos_receipts (brand_id, order_id, store, terminal, business_date, receipt, state,
    origin, asked, profile_id, currency, total, discount, points_burnt, sale, differences,
    occurred_at, created_at)
values (%(brand_id)s, %(order_id)s, %(store)s, %(terminal)s, %(business_date)s, %(receipt)s,
    %(state)s, %(origin)s, %(asked)s, %(profile_id)s, %(currency)s, %(total)s, %(discount)s,
    %(points_burnt)s, %(sale)s::json, %(differences)s, %(occurred_at)s, %(created_at)s)
on conflict do nothing;

-- name: get
select brand_id, order_id, store, terminal, business_date, receipt, state, origin, asked,
    profile_id, currency, total, discount, points_burnt, sale, differences, occurred_at,
    created_at, committed_at, voided_at, voided_by
from pos_receipts where brand_id = %s and order_id = %s;

-- name: lock
select brand_id, order_id, store, terminal, business_date, receipt, state, origin, asked,
    profile_id, currency, total, discount, points_burnt, sale, differences, occurred_at,
    created_at, committed_at, voided_at, voided_by
from pos_receipts where brand_id = %s and order_id = %s for update;

-- name: put
update pos_receipts set state = %(state)s, profile_id = %(profile_id)s, total = %(total)s,
    discount = %(discount)s, points_burnt = %(points_burnt)s, sale = %(sale)s::json,
    differences = %(differences)s, committed_at = nullif(%(committed_at)s, 0),
    voided_at = nullif(%(voided_at)s, 0), voided_by = %(voided_by)s
where brand_id = %(brand_id)s and order_id = %(order_id)s;

-- name: list
select brand_id, order_id, store, terminal, business_date, receipt, state, origin, asked,
    profile_id, currency, total, discount, points_burnt, sale, differences, occurred_at,
    created_at, committed_at, voided_at, voided_by
from pos_receipts
where brand_id = %(brand)s
    and (%(store)s = '' or store = %(store)s)
    and (%(state)s = '' or state = %(state)s)
    and (%(origin)s = '' or origin = %(origin)s)
    and (%(receipt)s = '' or strpos(receipt, %(receipt)s) > 0)
    and (not %(differing)s or differences <> '{}')
    and (%(at)s::bigint is null or (created_at, order_id) < (%(at)s, %(order_id)s))
order by created_at desc, order_id desc limit %(limit)s;

-- name: counts
select state, count(*) from pos_receipts where brand_id = %(brand)s and created_at >= %(since)s
group by state
union all
select 'differing', count(*) from pos_receipts
where brand_id = %(brand)s and created_at >= %(since)s and differences <> '{}';

-- name: stores
-- Of the newest sales: a page does not read years of them for its list of stores.
select distinct store from (
    select store from pos_receipts where brand_id = %s order by created_at desc, order_id limit 20000
) t order by store limit 200;

-- name: held
-- Codes of somebody that can still be used, as far as the code itself says.
select c.code, c.coupon, c.expires_at
from coupon_codes c
left join reward_counters u on u.brand_id = c.brand_id and u.scope = 'code' and u.slug = c.code
    and u.what = 'total' and u.member = ''
where c.brand_id = %(brand)s and c.profile_id = any(%(ids)s) and not c.is_void
    and (c.expires_at = 0 or c.expires_at > %(now)s)
    and (u.used is null or u.used < u.cap)
order by nullif(c.expires_at, 0) nulls last, c.code limit %(limit)s;
