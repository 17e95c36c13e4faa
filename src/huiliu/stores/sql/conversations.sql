-- Conversations and disputes. A person's lines stay with the profile that they came with.

-- name: add_line
insert into conversation_lines (brand_id, profile_id, line_id, at, kind, channel, account, what,
    token, title_token, user_id, by_whom, message_id, keyword, is_claim)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing;

-- name: hear
-- Who writes again is open again; whom nobody has to answer keeps the state that they had.
insert into conversations as c (brand_id, profile_id, state, channel, account, assignee, opened_at,
    unanswered_since, heard_at, answered_at, closed_at, changed_at)
values (%(brand)s, %(profile)s, case when %(opens)s then 'open' else 'closed' end, %(channel)s,
    %(account)s, 0, %(at)s, case when %(opens)s then %(at)s else 0 end, %(at)s, 0,
    case when %(opens)s then 0 else %(at)s end, %(at)s)
on conflict (brand_id, profile_id) do update
set heard_at = greatest(c.heard_at, excluded.heard_at),
    channel = case when excluded.heard_at >= c.heard_at then excluded.channel else c.channel end,
    account = case when excluded.heard_at >= c.heard_at then excluded.account else c.account end,
    changed_at = greatest(c.changed_at, excluded.changed_at),
    state = case when %(opens)s then 'open' else c.state end,
    opened_at = case when %(opens)s and c.state = 'closed' then excluded.opened_at
        else c.opened_at end,
    unanswered_since = case when not %(opens)s or c.unanswered_since > 0 then c.unanswered_since
        else excluded.unanswered_since end,
    closed_at = case when %(opens)s then 0 else c.closed_at end;

-- name: lock
select brand_id, profile_id, state, channel, account, assignee, opened_at, unanswered_since,
    heard_at, answered_at, closed_at, changed_at
from conversations where brand_id = %s and profile_id = %s
for update;

-- name: get
select brand_id, profile_id, state, channel, account, assignee, opened_at, unanswered_since,
    heard_at, answered_at, closed_at, changed_at
from conversations where brand_id = %s and profile_id = %s;

-- name: put
update conversations
set state = %s, channel = %s, account = %s, assignee = %s, opened_at = %s, unanswered_since = %s,
    heard_at = %s, answered_at = %s, closed_at = %s, changed_at = %s
where brand_id = %s and profile_id = %s;

-- name: page
select c.brand_id, c.profile_id, c.state, c.channel, c.account, c.assignee, c.opened_at,
    c.unanswered_since, c.heard_at, c.answered_at, c.closed_at, c.changed_at
from conversations c
where c.brand_id = %(brand)s
    and case %(state)s when '' then c.state <> 'closed' else c.state = %(state)s end
    and (%(channel)s = '' or c.channel = %(channel)s)
    and (%(assignee)s::integer is null or c.assignee = %(assignee)s::integer)
    and (%(waiting)s::bigint = 0 or c.unanswered_since between 1 and %(waiting)s)
    -- Behind those who wait, by the last change; one number puts all in a row.
    and (%(mark)s::bigint is null
        or (case when c.unanswered_since > 0 then c.unanswered_since
            else %(end)s - c.changed_at end, c.profile_id) > (%(mark)s::bigint, %(last)s::bigint))
order by case when c.unanswered_since > 0 then c.unanswered_since else %(end)s - c.changed_at end,
    c.profile_id
limit %(limit)s;

-- name: counts
select count(*) filter (where unanswered_since > 0),
    count(*) filter (where unanswered_since between 1 and %(overdue)s),
    count(*) filter (where unanswered_since > 0 and assignee = 0),
    count(*) filter (where unanswered_since > 0 and assignee = %(user)s),
    count(*) filter (where state = 'waiting'),
    coalesce(min(unanswered_since) filter (where unanswered_since > 0), 0)
from conversations where brand_id = %(brand)s and state <> 'closed';

-- name: lines
select l.brand_id, l.profile_id, l.line_id, l.at, l.kind, l.channel, l.account, l.what, l.token,
    l.title_token, l.user_id, l.by_whom, l.message_id, l.keyword, l.is_claim
from conversation_lines l
where l.brand_id = %(brand)s and l.profile_id = any(
    select %(profile)s::bigint
    union all
    select from_profile from identity_map where brand_id = %(brand)s and to_profile = %(profile)s
) and (%(at)s::bigint is null or (l.at, l.line_id) < (%(at)s::bigint, %(last)s::bytea))
order by l.at desc, l.line_id desc
limit %(limit)s;

-- name: last_lines
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select distinct on (ids.person) l.brand_id, ids.person, l.line_id, l.at, l.kind, l.channel,
    l.account, l.what, l.token, l.title_token, l.user_id, l.by_whom, l.message_id, l.keyword,
    l.is_claim
from ids join conversation_lines l on l.brand_id = %(brand)s and l.profile_id = ids.id
where l.kind in ('in', 'out')
order by ids.person, l.at desc, l.line_id desc;

-- name: heard_on
select l.channel, max(l.at) from conversation_lines l
where l.brand_id = %(brand)s and l.kind = 'in' and l.profile_id = any(
    select %(profile)s::bigint
    union all
    select from_profile from identity_map where brand_id = %(brand)s and to_profile = %(profile)s
)
group by l.channel;

-- name: has_line
select 1 from conversation_lines where brand_id = %s and line_id = %s;

-- name: waiting
select distinct brand_id from conversations where state = 'waiting';

-- name: take_silent
select brand_id, profile_id, state, channel, account, assignee, opened_at, unanswered_since,
    heard_at, answered_at, closed_at, changed_at
from conversations where brand_id = %s and state = 'waiting' and changed_at < %s
order by changed_at limit %s
for update skip locked;

-- name: release
update messages set not_before = %(now)s
where brand_id = %(brand)s and status = 'queued' and reason = %(reason)s
    -- Those of a paused journey stay parked.
    and not_before > %(now)s and not_before < %(parked)s
    and profile_id in (
        select unnest(%(profiles)s::bigint[])
        union all
        select from_profile from identity_map
        where brand_id = %(brand)s and to_profile = any(%(profiles)s)
    );

-- name: fold
-- What was open with either is open with the one; the longest wait counts.
with gone as (
    delete from conversations c
    using unnest(%(gone)s::bigint[], %(into)s::bigint[]) as m (gone, into_profile)
    where c.brand_id = %(brand)s and c.profile_id = m.gone
    returning m.into_profile, c.*
), one as (
    select distinct on (into_profile) * from gone
    order by into_profile, state = 'closed', heard_at desc
)
insert into conversations as c (brand_id, profile_id, state, channel, account, assignee, opened_at,
    unanswered_since, heard_at, answered_at, closed_at, changed_at)
select brand_id, into_profile, state, channel, account, assignee, opened_at, unanswered_since,
    heard_at, answered_at, closed_at, changed_at
from one
on conflict (brand_id, profile_id) do update
set state = case when 'open' in (c.state, excluded.state) then 'open'
        when 'waiting' in (c.state, excluded.state) then 'waiting' else 'closed' end,
    channel = case when excluded.heard_at > c.heard_at then excluded.channel else c.channel end,
    account = case when excluded.heard_at > c.heard_at then excluded.account else c.account end,
    assignee = case when c.assignee > 0 then c.assignee else excluded.assignee end,
    opened_at = least(c.opened_at, excluded.opened_at),
    unanswered_since = case
        when c.unanswered_since > 0 and excluded.unanswered_since > 0
            then least(c.unanswered_since, excluded.unanswered_since)
        else greatest(c.unanswered_since, excluded.unanswered_since) end,
    heard_at = greatest(c.heard_at, excluded.heard_at),
    answered_at = greatest(c.answered_at, excluded.answered_at),
    closed_at = case when c.state = 'closed' and excluded.state = 'closed'
        then greatest(c.closed_at, excluded.closed_at) else 0 end,
    changed_at = greatest(c.changed_at, excluded.changed_at);

-- name: note_dispute
insert into disputes as d (brand_id, dispute_id, profile_id, order_id, opened_at, ended_at)
values (%s, %s, %s, %s, %s, %s)
on conflict (brand_id, dispute_id) do update
set opened_at = case when excluded.opened_at > 0 then excluded.opened_at else d.opened_at end,
    -- Opened again after its end, it is open.
    ended_at = case
        when excluded.ended_at > 0 then greatest(d.ended_at, excluded.ended_at)
        when excluded.opened_at > d.ended_at then 0
        else d.ended_at end;

-- name: settle_order
-- One side names a dispute, the other only its order: they are the same.
update disputes d set ended_at = e.ended_at
from disputes e
where d.brand_id = %(brand)s and d.order_id = %(order)s and d.opened_at > 0 and d.ended_at = 0
    and e.brand_id = d.brand_id and e.order_id = d.order_id and e.ended_at >= d.opened_at
    and e.dispute_id <> d.dispute_id and %(by_order)s in (d.dispute_id, e.dispute_id);

-- name: disputes
select d.brand_id, d.profile_id, d.dispute_id, d.order_id, d.opened_at, d.ended_at
from disputes d
where d.brand_id = %(brand)s and d.ended_at = 0 and d.opened_at > 0 and d.profile_id = any(
    select %(profile)s::bigint
    union all
    select from_profile from identity_map where brand_id = %(brand)s and to_profile = %(profile)s
)
order by d.opened_at desc;

-- name: holds
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select ids.person, 'conversation_open', c.heard_at
from ids join conversations c on c.brand_id = %(brand)s and c.profile_id = ids.id
where c.state <> 'closed' and c.heard_at > %(heard)s
union all
select ids.person, 'dispute_open', d.opened_at
from ids join disputes d on d.brand_id = %(brand)s and d.profile_id = ids.id
where d.ended_at = 0 and d.opened_at > %(opened)s;
