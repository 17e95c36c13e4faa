-- name: usage
select case %(what)s when 'coupon' then p.coupon else p.promotion end as slug, r.currency,
    count(distinct p.order_id) filter (where r.state = 'redeemed'),
    count(distinct p.order_id) filter (where r.state = 'reserved'),
    coalesce(sum(p.discount) filter (where r.state = 'redeemed'), 0)::bigint,
    coalesce(max(r.changed_at) filter (where r.state = 'redeemed'), 0)
from redemption_parts p
join redemptions r using (brand_id, order_id)
where p.brand_id = %(brand)s and r.changed_at >= %(since)s
    and (%(until)s = 0 or r.changed_at < %(until)s)
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

-- name: coupons_in
with issued as (
    select c.coupon, count(*) as n_issued, count(*) filter (where exists (
        select from redemption_parts p
        join redemptions r on r.brand_id = p.brand_id and r.order_id = p.order_id
        where p.brand_id = c.brand_id and p.code = c.code and r.state = 'redeemed'
    )) as n_used
    from coupon_codes c
    where c.brand_id = %(brand)s and c.issued_at >= %(since)s and c.issued_at < %(until)s
    group by c.coupon
), parts as (
    select p.coupon, r.order_id, r.currency, r.total, sum(p.discount) as discount
    from redemptions r join redemption_parts p
        on p.brand_id = r.brand_id and p.order_id = r.order_id
    where r.brand_id = %(brand)s and r.state = 'redeemed' and p.coupon <> ''
        and r.changed_at >= %(since)s and r.changed_at < %(until)s
    group by p.coupon, r.order_id, r.currency, r.total
), taken as (
    select coupon, count(*) filter (where currency = %(currency)s) as n_orders,
        coalesce(sum(total) filter (where currency = %(currency)s), 0) as total,
        coalesce(sum(discount) filter (where currency = %(currency)s), 0) as discount,
        count(*) filter (where currency <> %(currency)s) as n_other
    from parts group by coupon
)
select coalesce(i.coupon, t.coupon), coalesce(i.n_issued, 0), coalesce(i.n_used, 0),
    coalesce(t.n_orders, 0), coalesce(t.total, 0)::bigint, coalesce(t.discount, 0)::bigint,
    coalesce(t.n_other, 0)
from issued i full join taken t on t.coupon = i.coupon
order by 6 desc, 2 desc, 1;
