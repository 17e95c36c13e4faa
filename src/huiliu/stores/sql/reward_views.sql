-- name: usage
select case %(what)s when 'coupon' then p.coupon else p.promotion end as slug, r.currency,
    count(distinct p.order_id) filter (where r.state = 'redeemed'),
    count(distinct p.order_id) filter (where r.state = 'reserved'),
    coalesce(sum(p.discount) filter (where r.state = 'redeemed'), 0)::bigint,
    coalesce(max(r.changed_at) filter (where r.state = 'redeemed'), 0)
from redemption_parts p
join redemptions r using (brand_id, order_id)
where p.brand_id = %(brand)s and r.changed_at >= %(since)s
    and r.state in ('redeemed', 'reserved')
    and (%(what)s <> 'coupon' or p.coupon <> '')
    and (
        cardinality(%(slugs)s::text[]) = 0
        or case %(what)s when 'coupon' then p.coupon else p.promotion end = any(%(slugs)s::text[])
    )
group by 1, 2 order by 1, 2;

-- name: by_day
select (r.changed_at + %(offset)s) / 86400000000, count(distinct p.order_id),
    sum(p.discount)::bigint
from redemption_parts p
join redemptions r using (brand_id, order_id)
where p.brand_id = %(brand)s and r.state = 'redeemed' and r.changed_at >= %(since)s
    and case %(what)s when 'coupon' then p.coupon else p.promotion end = %(slug)s
group by 1 order by 1;

-- name: orders_of_code
select distinct order_id from redemption_parts
where brand_id = %s and code = %s and code <> '' limit 1000;

-- name: find
select order_id, state, profile_id, digest, codes, currency, channel, store, total, discount,
    answer, claims, created_at, expires_at, changed_at, by, reason
from redemptions r
where brand_id = %(brand)s
    and (changed_at, order_id) < (%(at)s, %(order)s)
    and (%(state)s = '' or state = %(state)s)
    and (%(orders)s::text[] is null or order_id = any(%(orders)s::text[]))
    and (cardinality(%(profiles)s::bigint[]) = 0 or profile_id = any(%(profiles)s::bigint[]))
    and (%(promotion)s = '' or exists (
        select from redemption_parts p
        where p.brand_id = r.brand_id and p.order_id = r.order_id and p.promotion = %(promotion)s
    ))
    and (%(coupon)s = '' or exists (
        select from redemption_parts p
        where p.brand_id = r.brand_id and p.order_id = r.order_id and p.coupon = %(coupon)s
    ))
order by changed_at desc, order_id desc limit %(limit)s;

-- name: held
select c.code, c.coupon, coalesce(c.issued_at, 0), c.expires_at, c.channel, c.is_void, (
    select count(distinct p.order_id) from redemption_parts p
    join redemptions r using (brand_id, order_id)
    where p.brand_id = c.brand_id and p.code = c.code and r.state in ('redeemed', 'reserved')
)
from coupon_codes c
where c.brand_id = %(brand)s and c.profile_id = any(%(profiles)s::bigint[])
order by c.issued_at desc nulls last, c.code limit %(limit)s;
