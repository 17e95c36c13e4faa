-- name: enter_day
select pg_advisory_xact_lock_shared(hashtextextended('points', %s));

-- name: make_wallets
insert into points_wallets (brand_id, profile_id)
select %(brand)s, profile_id from unnest(%(profiles)s) as profile_id order by profile_id
on conflict do nothing;

-- name: lock_wallets
select profile_id, available, pending, debt from points_wallets
where brand_id = %s and profile_id = any(%s)
order by profile_id
for update;

-- name: closed_until
select coalesce(max(until), 0) from points_closes where brand_id = %s;

-- name: answered
-- One look into the index for each key, whatever the planner believes of a young table.
select e.entry, e.kind, e.profile_id, e.other, e.asked, e.amount, e.channel, e.reason, e.order_id,
    e.at, e.booked_at, e.by_whom, e.body, e.refused, e.available, e.pending, e.expires_at,
    e.is_whole, e.worth
from unnest(%(entries)s) as k (entry), lateral (
    select * from points_entries where brand_id = %(brand)s and entry = k.entry offset 0) e;

-- name: lots
select l.lot, l.nth, l.profile_id, l.came_with, l.channel, l.order_id, l.amount, l.open,
    l.is_pending, l.earned_at, l.matures_at, l.expires_at
from unnest(%(profiles)s) as p (profile_id), lateral (
    select * from points_lots
    where brand_id = %(brand)s and profile_id = p.profile_id and open > 0 offset 0) l
where l.profile_id = any(%(whole)s) or (l.is_pending and l.matures_at <= %(now)s)
    or (not l.is_pending and l.expires_at > 0 and l.expires_at <= %(now)s);

-- name: order_sums
select profile_id, order_id, kind, sum(asked), coalesce(min(nullif(expires_at, 0)), 0),
    bool_or(is_whole)
from points_entries
where brand_id = %s and profile_id = any(%s) and order_id = any(%s) and refused = ''
    and kind in ('earn', 'claw_back', 'burn', 'give_back')
group by profile_id, order_id, kind;

-- name: set_wallets
-- They are there; a conflict finds each by its key, where an update may read the whole table.
insert into points_wallets (brand_id, profile_id, available, pending, debt)
select %(brand)s, profile_id, available, pending, debt
from unnest(%(profiles)s, %(available)s::numeric[], %(pending)s::numeric[], %(debt)s::numeric[])
    as n (profile_id, available, pending, debt)
on conflict (brand_id, profile_id) do update
set available = excluded.available, pending = excluded.pending, debt = excluded.debt;

-- name: put_entries
insert into points_entries (brand_id, entry, kind, profile_id, other, asked, amount, channel,
    reason, order_id, at, booked_at, by_whom, body, refused, available, pending, expires_at, is_whole, worth)
select %(brand)s, entry, kind, profile_id, other, asked, amount, channel, reason, order_id, at,
    booked_at, by_whom, body, refused, available, pending, expires_at, is_whole = 1, worth
from unnest(
    %(entry)s, %(kind)s, %(profile_id)s, %(other)s, %(asked)s::numeric[], %(amount)s::numeric[],
    %(channel)s, %(reason)s, %(order_id)s, %(at)s, %(booked_at)s, %(by)s, %(body)s, %(refused)s,
    %(available)s::numeric[], %(pending)s::numeric[], %(expires_at)s, %(is_whole)s,
    %(worth)s::numeric[])
    as n (entry, kind, profile_id, other, asked, amount, channel, reason, order_id, at, booked_at,
    by_whom, body, refused, available, pending, expires_at, is_whole, worth);

-- name: put_legs
insert into points_legs (brand_id, entry, nth, account, profile_id, amount, lot, lot_nth)
select %(brand)s, entry, nth, account, profile_id, amount, nullif(lot, ''::bytea), lot_nth
from unnest(%(entry)s, %(nth)s, %(account)s, %(profile_id)s, %(amount)s::numeric[], %(lot)s,
    %(lot_nth)s) as n (entry, nth, account, profile_id, amount, lot, lot_nth);

-- name: put_lots
insert into points_lots (brand_id, lot, nth, profile_id, came_with, channel, order_id, amount,
    open, is_pending, earned_at, matures_at, expires_at)
select %(brand)s, lot, nth, profile_id, came_with, channel, order_id, amount, open,
    is_pending = 1, earned_at, matures_at, expires_at
from unnest(%(lot)s, %(nth)s, %(profile_id)s, %(came_with)s, %(channel)s, %(order_id)s,
    %(amount)s::numeric[], %(open)s::numeric[], %(is_pending)s, %(earned_at)s, %(matures_at)s,
    %(expires_at)s) as n (lot, nth, profile_id, came_with, channel, order_id, amount, open,
    is_pending, earned_at, matures_at, expires_at)
on conflict (brand_id, lot, nth) do update
set open = excluded.open, is_pending = excluded.is_pending, profile_id = excluded.profile_id,
    came_with = excluded.came_with;

-- name: look
select profile_id, available, pending, debt from points_wallets
where brand_id = %s and profile_id = any(%s);

-- name: due
(select brand_id, profile_id from points_lots
 where open > 0 and is_pending and matures_at <= %(now)s
 order by matures_at limit %(limit)s)
union
(select brand_id, profile_id from points_lots
 where open > 0 and not is_pending and expires_at > 0 and expires_at <= %(now)s
 order by expires_at limit %(limit)s);

-- name: entries
select entry, kind, profile_id, other, asked, amount, channel, reason, order_id, at, booked_at,
    by_whom, body, refused, available, pending, expires_at, is_whole, worth
from points_entries
where brand_id = %(brand)s
    -- Each arm has its index: without one, one person's statement would read everybody's entries.
    and (%(any_profile)s or profile_id = any(%(profiles)s)
        or (other <> 0 and other = any(%(profiles)s)))
    and (%(any_kind)s or kind = any(%(kinds)s))
    and (%(channel)s = '' or channel = %(channel)s)
    and (%(reason)s = '' or reason = %(reason)s)
    and (%(order_id)s = '' or order_id = %(order_id)s)
    and (%(has_refused)s or refused = '')
    and booked_at >= %(since)s and booked_at < %(until)s
    and (booked_at, entry) < (%(before_at)s, %(before_entry)s)
order by booked_at desc, entry desc
limit %(limit)s;

-- name: legs
select entry, account, profile_id, amount, lot, lot_nth from points_legs
where brand_id = %s and entry = any(%s)
order by entry, nth;

-- name: people_of
select order_id, array_agg(distinct profile_id), max(worth) from points_entries
where brand_id = %s and order_id = any(%s) and order_id <> '' and refused = ''
    and kind in ('earn', 'burn')
group by order_id;

-- name: times
select count(*) from points_entries
where brand_id = %s and profile_id = any(%s) and kind = 'earn' and refused = '' and reason = %s
    and at >= %s and at < %s;

-- name: has_any
select 1 from points_wallets where brand_id = %s limit 1;

-- name: begin_close
select pg_advisory_xact_lock(hashtextextended('points', %s));

-- name: put_close
insert into points_closes (brand_id, day, until, n_entries, n_legs, totals, before, hash, closed_at,
    by_whom)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s);

-- name: finish_close
update points_closes
set n_entries = %(n_entries)s, n_legs = %(n_legs)s, totals = %(totals)s, before = %(before)s,
    hash = %(hash)s
where brand_id = %(brand)s and day = %(day)s and hash = '';

-- name: closes
select day::text, until, n_entries, n_legs, totals, before, hash, closed_at, by_whom
from points_closes where brand_id = %s
order by day desc limit %s;

-- name: day_lines
select jsonb_build_array(encode(e.entry, 'hex'), e.kind, e.profile_id, e.other, e.asked, e.amount,
        e.channel, e.reason, e.order_id, e.at, e.booked_at, e.by_whom, encode(e.body, 'hex'),
        e.refused, e.available, e.pending, e.expires_at, e.is_whole, e.worth, g.legs)::text, g.n
from points_entries e, lateral (
    select jsonb_agg(jsonb_build_array(l.nth, l.account, l.profile_id, l.amount,
        encode(l.lot, 'hex'), l.lot_nth) order by l.nth) as legs, count(*) as n
    from points_legs l where l.brand_id = e.brand_id and l.entry = e.entry) g
where e.brand_id = %s and e.booked_at >= %s and e.booked_at < %s
order by e.booked_at, e.entry;

-- name: day_sums
select l.account, sum(l.amount)
from points_legs l join points_entries e on e.brand_id = l.brand_id and e.entry = l.entry
where e.brand_id = %s and e.booked_at >= %s and e.booked_at < %s
group by l.account order by l.account;

-- name: faults
select 'entries', encode(entry, 'hex') from points_legs where brand_id = %(brand)s
group by entry having sum(amount) <> 0
union all
select 'wallets', coalesce(w.profile_id, l.profile_id)::text
from (select * from points_wallets where brand_id = %(brand)s) w
full join (
    select profile_id, coalesce(sum(amount) filter (where account = 'available'), 0) as available,
        coalesce(sum(amount) filter (where account = 'pending'), 0) as pending,
        coalesce(-sum(amount) filter (where account = 'debt'), 0) as debt
    from points_legs where brand_id = %(brand)s and profile_id <> 0 group by profile_id) l
    using (profile_id)
where (coalesce(w.available, 0), coalesce(w.pending, 0), coalesce(w.debt, 0)) is distinct from
    (coalesce(l.available, 0), coalesce(l.pending, 0), coalesce(l.debt, 0))
union all
select 'lots', coalesce(w.profile_id, l.profile_id)::text
from (select * from points_wallets where brand_id = %(brand)s) w
full join (
    select profile_id, coalesce(sum(open) filter (where not is_pending), 0) as available,
        coalesce(sum(open) filter (where is_pending), 0) as pending
    from points_lots where brand_id = %(brand)s group by profile_id) l using (profile_id)
where (coalesce(w.available, 0), coalesce(w.pending, 0)) is distinct from
    (coalesce(l.available, 0), coalesce(l.pending, 0))
limit 100;
