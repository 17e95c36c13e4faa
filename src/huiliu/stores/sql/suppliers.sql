-- What workers share about accounts. Sets of rows come as arrays, a column each.

-- name: paces
select brand_id, channel, account, rate, top, changed_at, failures, open_until, times_opened, reason
from supplier_states
where %(channel)s::text is null or channel = %(channel)s;

-- name: make
insert into supplier_states (brand_id, channel, account)
select * from unnest(%s::smallint[], %s::text[], %s::text[])
on conflict do nothing;

-- name: claim_rates
-- Rows are locked first and everything is decided under the locks. A bucket holds half a second and
-- the reserve.
with asked as (
    select * from unnest(
        %(brands)s::smallint[], %(channels)s::text[], %(accounts)s::text[],
        %(ceilings)s::double precision[], %(wanted)s::bigint[], %(reserves)s::double precision[]
    ) as u (brand_id, channel, account, ceiling, wanted, reserve)
), held as (
    select s.*, a.ceiling, a.wanted, a.reserve,
        case when s.rate = 0 or (a.ceiling > 0 and a.ceiling < s.rate) then a.ceiling
             else s.rate end as units_a_second
    from supplier_states s join asked a using (brand_id, channel, account)
    order by s.brand_id, s.channel, s.account
    for update of s
), filled as (
    select h.*, least(
        1.2 * greatest(h.units_a_second / 2, 1),
        h.tokens + h.units_a_second * least(%(now)s::bigint - h.refilled_at, 3600000000) / 1000000.0
    ) as full_tokens
    from held h
), granted as (
    select f.*, case
        when f.open_until > %(now)s or f.open_until > 0 and f.probing_until > %(now)s then 0
        else least(
            f.wanted,
            case when f.open_until > 0 then %(probes)s::bigint else f.wanted end,
            case when f.units_a_second = 0 then f.wanted
                 else greatest(0, floor(f.full_tokens - f.reserve * greatest(f.units_a_second / 2, 1)))
            end)
        end::bigint as n
    from filled f
)
update supplier_states s
set tokens = case when g.units_a_second = 0 then 0 else g.full_tokens - g.n end,
    refilled_at = %(now)s,
    probing_until = case when g.open_until > 0 and g.n > 0
        then %(now)s + %(probing)s else s.probing_until end
from granted g
where s.brand_id = g.brand_id and s.channel = g.channel and s.account = g.account
returning s.brand_id, s.channel, s.account, g.n;

-- name: return_rates
update supplier_states s set tokens = s.tokens + u.n
from (
    select h.brand_id, h.channel, h.account, u.n
    from unnest(%s::smallint[], %s::text[], %s::text[], %s::bigint[])
        as u (brand_id, channel, account, n)
    join supplier_states h using (brand_id, channel, account)
    order by h.brand_id, h.channel, h.account
    for update of h
) u
where s.brand_id = u.brand_id and s.channel = u.channel and s.account = u.account
    and s.refilled_at > 0;

-- name: claim_quotas
insert into provider_quotas as q (
    brand_id, channel, account, name, window_start, used, amount, asked, granted
)
select brand_id, channel, account, name, window_start, greatest(0, least(wanted, amount)), amount,
    wanted, greatest(0, least(wanted, amount))
from unnest(
    %s::smallint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[]
) as u (brand_id, channel, account, name, window_start, amount, wanted)
order by brand_id, channel, account, name, window_start
on conflict (brand_id, channel, account, name, window_start) do update
set granted = greatest(0, least(excluded.asked, excluded.amount - q.used)),
    used = q.used + greatest(0, least(excluded.asked, excluded.amount - q.used)),
    amount = excluded.amount, asked = excluded.asked
returning brand_id, channel, account, name, granted;

-- name: return_quotas
update provider_quotas q set used = greatest(0, q.used - u.n)
from (
    select h.brand_id, h.channel, h.account, h.name, h.window_start, u.n
    from unnest(
        %s::smallint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]
    ) as u (brand_id, channel, account, name, window_start, n)
    join provider_quotas h using (brand_id, channel, account, name, window_start)
    order by h.brand_id, h.channel, h.account, h.name, h.window_start
    for update of h
) u
where q.brand_id = u.brand_id and q.channel = u.channel and q.account = u.account
    and q.name = u.name and q.window_start = u.window_start;

-- name: quotas
select brand_id, channel, account, name, window_start, used, amount
from provider_quotas
where brand_id = %(brand_id)s and window_start >= %(since)s
order by channel, account, name, window_start;

-- name: lock_pace
select rate, top, changed_at, failures, open_until, times_opened, reason
from supplier_states
where brand_id = %(brand_id)s and channel = %(channel)s and account = %(account)s
for update;

-- name: put_pace
update supplier_states
set rate = %(rate)s, top = %(top)s, changed_at = %(changed_at)s, failures = %(failures)s,
    open_until = %(open_until)s, times_opened = %(times_opened)s, reason = %(reason)s,
    probing_until = 0
where brand_id = %(brand_id)s and channel = %(channel)s and account = %(account)s;

-- name: drop
delete from supplier_states s
using unnest(%s::smallint[], %s::text[], %s::text[]) as u (brand_id, channel, account)
where s.brand_id = u.brand_id and s.channel = u.channel and s.account = u.account;

-- name: add_counts
insert into channel_minutes as c (brand_id, channel, account, message_class, minute, name, n)
select * from unnest(
    %s::smallint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[]
) as u (brand_id, channel, account, message_class, minute, name, n)
order by 1, 2, 3, 4, 5, 6
on conflict (brand_id, channel, account, message_class, minute, name)
do update set n = c.n + excluded.n;

-- name: counts
select channel, account, minute - minute %% %(step)s::bigint as step, name, sum(n)::bigint
from channel_minutes
where brand_id = %(brand_id)s and minute >= %(since)s and minute < %(until)s
group by channel, account, step, name
order by channel, account, step, name;

-- name: forget_counts
delete from channel_minutes where ctid = any(array(
    select ctid from channel_minutes where minute < %(before)s limit %(limit)s
));

-- name: forget_quotas
delete from provider_quotas where window_start < %(before)s;

-- name: stop_template
insert into stopped_templates as s (
    brand_id, template, version, channel, account, response, stopped_at
)
values (
    %(brand_id)s, %(template)s, %(version)s, %(channel)s, %(account)s, %(response)s, %(stopped_at)s
)
on conflict (brand_id, template) do update
set version = excluded.version, channel = excluded.channel, account = excluded.account,
    response = excluded.response, stopped_at = excluded.stopped_at
where s.version < excluded.version;

-- name: stopped_templates
select brand_id, template, version, channel, account, response, stopped_at
from stopped_templates where brand_id = %(brand_id)s order by template;

-- name: all_stopped
select brand_id, template, version, channel, account, response, stopped_at
from stopped_templates order by brand_id, template;

-- name: resume_template
delete from stopped_templates where brand_id = %(brand_id)s and template = %(template)s
returning brand_id, template, version, channel, account, response, stopped_at;

-- name: upgrade
-- What a worker holds just now is left to it: it comes with the old version once more at most.
update messages m
set template_version = %(version)s, not_before = least(m.not_before, %(now)s)
from (
    select message_id from messages
    where brand_id = %(brand_id)s and template = %(template)s and status = 'queued'
        and template_version <= %(before)s
    for update skip locked
) w
where m.brand_id = %(brand_id)s and m.message_id = w.message_id;
