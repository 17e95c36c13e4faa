-- name: claim
insert into reward_counters as c (brand_id, scope, slug, what, member, used, cap)
select %(brand)s, scope, slug, what, member, n, cap
from unnest(
    %(scopes)s::text[], %(slugs)s::text[], %(whats)s::text[], %(members)s::text[], %(ns)s::bigint[],
    %(caps)s::bigint[]
) as given (scope, slug, what, member, n, cap)
-- What is given back needs no room.
where n <= 0 or n <= cap
order by scope collate "C", slug collate "C", what collate "C", member collate "C"
on conflict (brand_id, scope, slug, what, member) do update set
    used = greatest(c.used + excluded.used, 0),
    cap = case when excluded.used > 0 then excluded.cap else c.cap end
where excluded.used <= 0 or c.used + excluded.used <= excluded.cap
returning scope, slug, what, member;

-- name: mark_claims
savepoint claims;

-- name: undo_claims
rollback to savepoint claims;

-- name: forget_claims_mark
release savepoint claims;

-- name: used
select c.scope, c.slug, c.what, c.member, c.used
from reward_counters c
join unnest(
    %(scopes)s::text[], %(slugs)s::text[], %(whats)s::text[], %(members)s::text[]
) as asked (scope, slug, what, member) using (scope, slug, what, member)
where c.brand_id = %(brand)s;

-- name: lock
select pg_advisory_xact_lock(%s);

-- name: redemption
select order_id, state, profile_id, digest, codes, currency, channel, store, total, discount,
    answer, claims, created_at, expires_at, changed_at, by, reason
from redemptions where brand_id = %s and order_id = %s for update;

-- name: look
select order_id, state, profile_id, digest, codes, currency, channel, store, total, discount,
    answer, claims, created_at, expires_at, changed_at, by, reason
from redemptions where brand_id = %s and order_id = %s;

-- name: put_redemption
insert into redemptions (
    brand_id, order_id, state, profile_id, digest, codes, currency, channel, store, total, discount,
    answer, claims, created_at, expires_at, changed_at, by, reason
) values (
    %(brand)s, %(order_id)s, %(state)s, %(profile_id)s, %(digest)s, %(codes)s, %(currency)s,
    %(channel)s, %(store)s, %(total)s, %(discount)s, %(answer)s, %(claims)s, %(created_at)s,
    %(expires_at)s, %(changed_at)s, %(by)s, %(reason)s
)
on conflict (brand_id, order_id) do update set
    state = excluded.state, profile_id = excluded.profile_id, digest = excluded.digest,
    codes = excluded.codes, currency = excluded.currency, channel = excluded.channel,
    store = excluded.store, total = excluded.total, discount = excluded.discount,
    answer = excluded.answer, claims = excluded.claims, expires_at = excluded.expires_at,
    changed_at = excluded.changed_at, by = excluded.by, reason = excluded.reason;

-- name: drop_parts
delete from redemption_parts where brand_id = %s and order_id = %s;

-- name: put_parts
insert into redemption_parts (
    brand_id, order_id, nth, promotion, version, coupon, code, discount
)
select %(brand)s, %(order)s, row_number() over () - 1, promotion, version, coupon, code, discount
from unnest(
    %(promotions)s::text[], %(versions)s::integer[], %(coupons)s::text[], %(codes)s::text[],
    %(discounts)s::bigint[]
) as given (promotion, version, coupon, code, discount);

-- name: parts
select promotion, version, coupon, code, discount from redemption_parts
where brand_id = %s and order_id = %s order by nth;

-- name: due
select brand_id, order_id, state, profile_id, digest, codes, currency, channel, store, total,
    discount, answer, claims, created_at, expires_at, changed_at, by, reason
from redemptions
where state = 'reserved' and expires_at <= %(now)s and (%(brand)s = 0 or brand_id = %(brand)s)
order by expires_at limit %(limit)s
for update skip locked;

-- name: codes
select code, coupon, job_id, profile_id, issued_at, expires_at, channel, is_void
from coupon_codes where brand_id = %s and code = any(%s::text[]);

-- name: code_of_key
select code, coupon, job_id, profile_id, issued_at, expires_at, channel, is_void
from coupon_codes where brand_id = %s and coupon = %s and issue_key = %s;

-- name: issue_free
update coupon_codes set profile_id = %(profile)s, issue_key = %(key)s, issued_at = %(now)s,
    expires_at = %(expires)s, channel = %(channel)s
where (brand_id, code) = (
    select brand_id, code from coupon_codes
    where brand_id = %(brand)s and coupon = %(coupon)s and issued_at is null and not is_void
    limit 1 for update skip locked
)
returning code;

-- name: put_code
insert into coupon_codes (
    brand_id, code, coupon, job_id, profile_id, issue_key, issued_at, expires_at, channel
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (brand_id, code) do nothing;

-- name: mark_used
-- Written so that the index of free codes cannot serve: while a pool is young, the planner would
-- read all of it for one code.
update coupon_codes set issued_at = %(now)s, profile_id = %(who)s
where brand_id = %(brand)s and code = any(%(codes)s::text[]) and coalesce(issued_at, -1) = -1;

-- name: void
update coupon_codes set is_void = true
where brand_id = %s and code = any(%s::text[]) and not is_void;

-- name: open_job
insert into coupon_jobs (brand_id, coupon, n_wanted, n_made, at, by, done_at, exported_at)
values (%s, %s, %s, 0, %s, %s, 0, 0)
returning job_id, coupon, n_wanted, n_made, at, by, done_at, exported_at;

-- name: job
select job_id, coupon, n_wanted, n_made, at, by, done_at, exported_at
from coupon_jobs where brand_id = %s and job_id = %s;

-- name: lock_job
select job_id, coupon, n_wanted, n_made, at, by, done_at, exported_at
from coupon_jobs where brand_id = %s and job_id = %s for update;

-- name: jobs
select job_id, coupon, n_wanted, n_made, at, by, done_at, exported_at
from coupon_jobs where brand_id = %(brand)s and (%(coupon)s = '' or coupon = %(coupon)s)
order by job_id desc;

-- name: copy_codes
copy coupon_codes (brand_id, code, coupon, job_id, expires_at, channel) from stdin;

-- name: known_codes
select code from coupon_codes where brand_id = %s and code = any(%s::text[]);

-- name: move_job
update coupon_jobs set n_made = n_made + %s where brand_id = %s and job_id = %s;

-- name: end_job
update coupon_jobs set done_at = %s where brand_id = %s and job_id = %s and done_at = 0;

-- name: stream_codes
select code from coupon_codes
where brand_id = %(brand)s and job_id = %(job)s and code > %(after)s
order by code limit %(size)s;

-- name: export_once
update coupon_jobs set exported_at = %s where brand_id = %s and job_id = %s and exported_at = 0;

-- name: count_codes
select coupon, count(*), count(*) filter (where issued_at is null and not is_void)
from coupon_codes where brand_id = %s group by coupon;
