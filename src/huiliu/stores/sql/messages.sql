-- The outbox, the attempt ledger and receipts. Sets of rows come as arrays, a column each.

-- name: queue
insert into messages (
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
    band, changed_at
)
select u.*, u.queued_at
from unnest(
    %s::smallint[], %s::bytea[], %s::bigint[], %s::text[], %s::integer[], %s::bytea[], %s::text[],
    %s::text[], %s::text[], %s::integer[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bytea[], %s::bytea[], %s::smallint[]
) as u (
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
    band
)
on conflict do nothing;

-- name: refuse
insert into messages (
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
    band, reason, status, changed_at
)
select u.*, 'not_sent', u.queued_at
from unnest(
    %s::smallint[], %s::bytea[], %s::bigint[], %s::text[], %s::integer[], %s::bytea[], %s::text[],
    %s::text[], %s::text[], %s::integer[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bytea[], %s::bytea[], %s::smallint[], %s::text[]
) as u (
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
    band, reason
)
on conflict do nothing;

-- name: unreachable
-- In the order of the policy: the reason given is the strongest one.
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
), said as (
    select distinct on (ids.person) ids.person, c.state
    from ids cross join lateral (
        select state, occurred_at, position from consents
        where brand_id = %(brand)s and profile_id = ids.id and channel = %(channel)s
          and purpose = 'marketing'
        offset 0
    ) c
    order by ids.person, c.occurred_at desc, c.position desc
), reached as (
    select distinct ids.person from ids join contact_points c
        on c.brand_id = %(brand)s and c.profile_id = ids.id and c.channel = %(channel)s
    where %(has_contacts)s and c.ended_at = 0
), known as (
    select p.profile_id, s.state,
        -- Neither trait nor contact points: the profile itself is the address.
        case when %(trait)s <> '' then nullif(p.traits -> %(trait)s ->> 0, '') is not null
             when %(has_contacts)s then r.person is not null
             else true end as has_address
    from profiles p
    left join said s on s.person = p.profile_id
    left join reached r on r.person = p.profile_id
    where p.brand_id = %(brand)s and p.profile_id = any(%(profiles)s)
)
select profile_id,
    case when not has_address then 'address_missing'
         when state = 'withdrawn' then 'consent_withdrawn'
         else 'consent_missing' end
from known
where not has_address or state is distinct from 'granted';

-- name: is_due
select exists (
    select from messages
    where status = 'queued' and channel = %(channel)s and message_class = %(message_class)s
        and band = any(array[0, 1, 2]::smallint[]) and not_before <= %(now)s
);

-- name: claim
-- Band after band: the inner queries run only until enough is found, so only that is locked.
select m.*
from unnest(array[0, 1, 2]::smallint[]) with ordinality as b (band, place)
cross join lateral (
    select
        brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
        template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
        band, status, reason, sent_at, changed_at, fence, tries
    from messages
    where status = 'queued' and channel = %(channel)s and message_class = %(message_class)s
        and band = b.band and not_before <= %(now)s
        and (%(cancellable)s or cancel_when = '')
        and brand_id <> all(%(full)s::smallint[])
    order by not_before, message_id
    limit %(limit)s
    for update skip locked
) m
limit %(limit)s;

-- name: take_overdue
update messages m set status = 'not_sent', reason = 'expired', changed_at = %(now)s
from (
    select brand_id, message_id from messages
    where status = 'queued' and expires_at > 0 and expires_at <= %(now)s
    limit %(limit)s
    for update skip locked
) w
where m.brand_id = w.brand_id and m.message_id = w.message_id
returning m.brand_id, m.message_id, m.profile_id, m.journey, m.version, m.run_id, m.node,
    m.channel, m.template, m.template_version, m.message_class, m.queued_at, m.expires_at,
    m.not_before, m.cancel_when, m.inputs, m.band, m.status, m.reason, m.sent_at, m.changed_at,
    m.fence, m.tries;

-- name: traffic
-- What else a person is sent: messages of the window, and marketing that may go about now.
with histories as (
    select p.profile_id as present, p.profile_id from unnest(%(profiles)s::bigint[]) p (profile_id)
    union all
    select m.to_profile, m.from_profile from identity_map m
    where m.brand_id = %(brand_id)s and m.to_profile = any(%(profiles)s::bigint[])
)
select
    h.present, s.sent_at, s.channel, s.message_class, s.journey,
    case when s.status = 'queued' then s.message_id else ''::bytea end, s.queued_at, s.not_before
from histories h
join messages s on s.brand_id = %(brand_id)s and s.profile_id = h.profile_id
where s.sent_at > %(since)s and s.status in ('sending', 'sent', 'delivered', 'unknown')
    -- One that waits for something else than its time may wait for long: nobody lets it go first.
    or s.status = 'queued' and s.message_class <> 'service' and s.not_before <= %(until)s
        and s.reason in ('', 'quiet_hours', 'outcompeted', 'frequency_cap');

-- name: decide
update messages m
set status = u.status, reason = u.reason, not_before = u.not_before, sent_at = u.sent_at,
    changed_at = u.changed_at, fence = u.fence,
    lease_until = case when u.status = 'sending' then u.lease_until else 0 end
from unnest(
    %s::smallint[], %s::bytea[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::integer[], %s::bigint[]
) as u (
    brand_id, message_id, status, reason, not_before, sent_at, changed_at, fence, lease_until
)
where m.brand_id = u.brand_id and m.message_id = u.message_id;

-- name: start
-- Only what is still held under the same fence: whose lease ran out may be another's by now.
insert into attempts (
    brand_id, message_id, number, channel, account, started_at, finished_at, outcome,
    provider_id, response
)
select u.* from unnest(
    %s::smallint[], %s::bytea[], %s::integer[], %s::text[], %s::text[], %s::bigint[],
    %s::bigint[], %s::text[], %s::text[], %s::text[]
) as u (
    brand_id, message_id, number, channel, account, started_at, finished_at, outcome,
    provider_id, response
)
join messages m on m.brand_id = u.brand_id and m.message_id = u.message_id
    and m.fence = u.number and m.status = 'sending'
returning brand_id, message_id;

-- name: finish_attempts
update attempts a
set finished_at = u.finished_at, outcome = u.outcome, provider_id = u.provider_id,
    response = u.response
from unnest(
    %s::smallint[], %s::bytea[], %s::integer[], %s::bigint[], %s::text[], %s::text[], %s::text[]
) as u (brand_id, message_id, number, finished_at, outcome, provider_id, response)
where a.brand_id = u.brand_id and a.message_id = u.message_id and a.number = u.number;

-- name: finish_messages
update messages m
set status = u.status, reason = u.reason, changed_at = u.changed_at, lease_until = 0,
    not_before = case when u.status = 'queued' then u.not_before else m.not_before end,
    sent_at = case when u.status in ('sent', 'unknown') then m.sent_at else 0 end,
    tries = m.tries + case when u.outcome = 'retry' then 1 else 0 end,
    parts = u.parts
from unnest(
    %s::smallint[], %s::bytea[], %s::integer[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::text[], %s::smallint[]
) as u (brand_id, message_id, number, status, reason, changed_at, not_before, outcome, parts)
where m.brand_id = u.brand_id and m.message_id = u.message_id and m.fence = u.number
    -- An answer may come after the lease ran out: knowing beats not knowing, but what was
    -- given up as unknown is never queued again.
    and (m.status = 'sending'
        or m.status = 'unknown' and u.status in ('sent', 'failed'))
returning m.brand_id, m.message_id;

-- name: provider_ids
insert into provider_ids (brand_id, channel, account, provider_id, message_id)
select * from unnest(%s::smallint[], %s::text[], %s::text[], %s::text[], %s::bytea[])
on conflict do nothing;

-- name: take_expired
select
    m.brand_id, m.message_id, m.profile_id, m.journey, m.version, m.run_id, m.node, m.channel,
    m.template, m.template_version, m.message_class, m.queued_at, m.expires_at, m.not_before,
    m.cancel_when, m.inputs, m.band, m.status, m.reason, m.sent_at, m.changed_at, m.fence,
    m.tries
from messages m
where m.status = 'sending' and m.lease_until < %(now)s
order by m.lease_until
limit %(limit)s
for update skip locked;

-- name: keep_receipts
insert into receipts (brand_id, channel, account, provider_id, state, response, at)
select * from unnest(
    %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[]
)
on conflict do nothing;

-- name: learn_ids
insert into provider_ids (brand_id, channel, account, provider_id, message_id)
select u.brand_id, u.channel, u.account, u.provider_id, u.message_id
from unnest(%s::smallint[], %s::text[], %s::text[], %s::text[], %s::bytea[])
    as u (brand_id, channel, account, provider_id, message_id)
join messages m on m.brand_id = u.brand_id and m.message_id = u.message_id
    and m.channel = u.channel and m.status in ('sending', 'sent', 'unknown')
on conflict do nothing;

-- name: match_receipts
with found as (
    select r.receipt_id, p.message_id
    from receipts r
    join provider_ids p using (brand_id, channel, account, provider_id)
    where r.message_id is null
    order by r.receipt_id
    limit %(limit)s
    for update of r skip locked
), matched as (
    update receipts r set message_id = f.message_id
    from found f where r.receipt_id = f.receipt_id
    returning r.*
), reported as (
    update provider_ids p set state = m.state
    from matched m
    where p.brand_id = m.brand_id and p.channel = m.channel and p.account = m.account
        and p.provider_id = m.provider_id and p.state <> 'delivered'
)
select brand_id, channel, account, provider_id, state, response, at, message_id
from matched order by receipt_id;

-- name: forget_receipts
delete from receipts where message_id is null and at < %(before)s;

-- name: lock
select
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages
where brand_id = %(brand_id)s and message_id = any(%(messages)s::bytea[])
order by message_id
for update;

-- name: parts
-- An id with a star is of the whole message, the others each of a part. What was cut into more
-- parts than were answered is not delivered with those.
select
    p.message_id, p.n,
    case when p.is_whole then p.n else p.n_delivered end, p.n_failed,
    coalesce((
        select r.response from receipts r
        where r.brand_id = p.brand_id and r.message_id = p.message_id and r.state <> 'delivered'
        order by r.receipt_id limit 1
    ), '')
from (
    select i.brand_id, i.message_id,
        greatest(count(*) filter (where i.provider_id not like '*%%'), max(m.parts), 1) as n,
        coalesce(bool_or(i.provider_id like '*%%' and i.state = 'delivered'), false) as is_whole,
        count(*) filter (where i.state = 'delivered' and i.provider_id not like '*%%')
            as n_delivered,
        count(*) filter (where i.state in ('failed', 'expired')) as n_failed
    from provider_ids i
    left join messages m on m.brand_id = i.brand_id and m.message_id = i.message_id
    where i.brand_id = %(brand_id)s and i.message_id = any(%(messages)s::bytea[])
    group by i.brand_id, i.message_id
) p;

-- name: settle
update messages m
set status = u.status, reason = u.reason, changed_at = u.at, lease_until = 0
from unnest(%(messages)s::bytea[], %(statuses)s::text[], %(reasons)s::text[], %(ats)s::bigint[])
    as u (message_id, status, reason, at)
where m.brand_id = %(brand_id)s and m.message_id = u.message_id
    and m.status in ('sending', 'sent', 'unknown')
returning m.message_id;

-- name: message
select
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages
where brand_id = %(brand_id)s and message_id = %(message_id)s;

-- name: of_profile
select
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages
where brand_id = %(brand_id)s and profile_id = any(
    select %(profile_id)s::bigint
    union all
    select from_profile from identity_map
    where brand_id = %(brand_id)s and to_profile = %(profile_id)s
)
order by queued_at desc, message_id
limit %(limit)s;

-- name: recent
select
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages
where brand_id = %(brand_id)s and (%(before)s::bigint = 0 or queued_at < %(before)s::bigint)
order by queued_at desc, message_id
limit %(limit)s;

-- name: attempts
select
    brand_id, message_id, number, channel, account, started_at, finished_at, outcome,
    provider_id, response
from attempts
where brand_id = %(brand_id)s and message_id = any(%(messages)s::bytea[])
order by message_id, number;

-- name: receipts
select brand_id, channel, account, provider_id, state, response, at, message_id
from receipts
where brand_id = %(brand_id)s and message_id = any(%(messages)s::bytea[])
order by receipt_id;

-- name: cancel
with waiting as (
    select brand_id, message_id from messages
    where brand_id = %(brand)s and journey = %(journey)s and status = 'queued'
      and queued_at <= %(before)s
    limit %(limit)s
    for update skip locked
)
update messages m set status = 'not_sent', reason = %(reason)s, changed_at = %(at)s
from waiting w where m.brand_id = w.brand_id and m.message_id = w.message_id
returning m.brand_id, m.message_id, m.profile_id, m.journey, m.version, m.run_id, m.node,
    m.channel, m.template, m.template_version, m.message_class, m.queued_at, m.expires_at,
    m.not_before, m.cancel_when, m.inputs, m.band, m.status, m.reason, m.sent_at, m.changed_at,
    m.fence, m.tries;

-- name: park
with waiting as (
    select brand_id, message_id from messages
    where brand_id = %(brand)s and journey = %(journey)s and status = 'queued'
      and not_before < %(held)s
    limit %(limit)s
    for update skip locked
)
update messages m set not_before = m.not_before + %(held)s
from waiting w where m.brand_id = w.brand_id and m.message_id = w.message_id;

-- name: unpark
with waiting as (
    select brand_id, message_id from messages
    where brand_id = %(brand)s and journey = %(journey)s and status = 'queued'
      and not_before >= %(held)s
    limit %(limit)s
    for update skip locked
)
update messages m set not_before = m.not_before - %(held)s
from waiting w where m.brand_id = w.brand_id and m.message_id = w.message_id;

-- name: counts
select m.node, m.status, m.reason, count(*)
from unnest(%(first)s::bigint[], %(last)s::bigint[]) as span (first, last)
join messages m on m.brand_id = %(brand)s and m.queued_at between span.first and span.last
where m.journey = %(journey)s
group by m.node, m.status, m.reason
order by m.node, m.status, m.reason;

-- name: depth
select brand_id, channel, message_class, status, count(*)
from messages where status in ('queued', 'sending')
group by brand_id, channel, message_class, status;

-- name: claim_doubts
-- Each is one worker's until it is asked again; waits double from a minute to a day.
update messages m
set asked = least(m.asked + 1, 100),
    ask_at = %(now)s + least(60000000 * (1::bigint << least(m.asked, 20)::integer), 86400000000)
from (
    select brand_id, message_id from messages
    where status = 'unknown' and ask_at <= %(now)s and changed_at >= %(since)s
        and changed_at <= %(until)s and channel = any(%(channels)s)
    order by ask_at
    limit %(limit)s
    for update skip locked
) w
where m.brand_id = w.brand_id and m.message_id = w.message_id
returning m.brand_id, m.message_id, m.profile_id, m.journey, m.version, m.run_id, m.node,
    m.channel, m.template, m.template_version, m.message_class, m.queued_at, m.expires_at,
    m.not_before, m.cancel_when, m.inputs, m.band, m.status, m.reason, m.sent_at, m.changed_at,
    m.fence, m.tries;

-- name: unknown
select
    brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages
where brand_id = %(brand_id)s and status = 'unknown'
    and (%(before)s::bigint = 0 or changed_at < %(before)s::bigint)
order by changed_at desc, message_id
limit %(limit)s;

-- name: n_unknown
select channel, count(*) from messages
where brand_id = %(brand_id)s and status = 'unknown' group by channel;

-- name: known_ids
select p.brand_id, p.message_id, p.provider_id from provider_ids p
where p.brand_id = %(brand_id)s and p.message_id = any(%(messages)s::bytea[]);
