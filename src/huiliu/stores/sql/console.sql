-- name: message_counts
select channel, status, reason, count(*) from messages
where brand_id = %(brand_id)s and queued_at >= %(since)s
group by channel, status, reason order by count(*) desc;

-- name: messages_by_day
select (to_timestamp(sent_at / 1000000.0) at time zone %(zone)s)::date as day, channel, count(*)
from messages
where brand_id = %(brand_id)s and queued_at >= %(since)s and sent_at > 0
group by day, channel order by day, channel;

-- name: messages
select brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages
where brand_id = %(brand_id)s
    and (cardinality(%(statuses)s::text[]) = 0 or status = any(%(statuses)s))
    and (%(channel)s = '' or channel = %(channel)s)
    and (%(reason)s = '' or reason = %(reason)s)
    and (%(journey)s = '' or journey = %(journey)s)
    and (%(node)s = '' or node = %(node)s)
    and (%(template)s = '' or template = %(template)s)
    and (queued_at, message_id) < (%(before_at)s, %(before_id)s)
order by queued_at desc, message_id desc
limit %(limit)s;

-- name: message
select brand_id, message_id, profile_id, journey, version, run_id, node, channel, template,
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs, band,
    status, reason, sent_at, changed_at, fence, tries
from messages where brand_id = %(brand_id)s and message_id = %(message_id)s;

-- name: n_open_messages
select count(*) from messages
where brand_id = %(brand_id)s and status in ('queued', 'sending');

-- name: people
select brand_id, profile_id, first_seen_at, last_seen_at, traits from profiles
where brand_id = %(brand_id)s and (last_seen_at, profile_id) < (%(before_at)s, %(before_id)s)
order by last_seen_at desc, profile_id desc
limit %(limit)s;

-- name: n_people
select count(*) from profiles where brand_id = %(brand_id)s;

-- name: run_counts
select journey, state, count(*) from journey_runs
where brand_id = %(brand_id)s group by journey, state;

-- name: node_steps
-- A node's trace names where it led to; what rests at a node, or entered, left it by no way.
select node, coalesce(convert_from(details, 'UTF8')::jsonb ->> 'to', '') as leads_to, count(*)
from journey_steps
where brand_id = %(brand_id)s and journey = %(journey)s
    and (%(version)s = 0 or version = %(version)s)
    and (what = 'ended' or position('"to":'::bytea in details) > 0)
group by node, leads_to;

-- name: node_waits
select t.node, count(*) from journey_tokens t
join journey_runs r on r.brand_id = t.brand_id and r.run_id = t.run_id
where t.brand_id = %(brand_id)s and r.journey = %(journey)s and r.state = 'active'
    and (%(version)s = 0 or r.version = %(version)s)
group by t.node;

-- name: version_runs
select version, state, count(*) from journey_runs
where brand_id = %(brand_id)s and journey = %(journey)s group by version, state;

-- name: message_counts_at
select node, status, count(*) from messages
where brand_id = %(brand_id)s and journey = %(journey)s
    and (%(version)s = 0 or version = %(version)s)
group by node, status;

-- name: message_counts_by_template
select node, template, status, count(*) from messages
where brand_id = %(brand_id)s and journey = %(journey)s
group by node, template, status;

-- name: people_at
select r.run_id, r.profile_id, r.version, r.key, r.entered_at, t.due_at
from journey_tokens t
join journey_runs r on r.brand_id = t.brand_id and r.run_id = t.run_id
where t.brand_id = %(brand_id)s and t.node = %(node)s and r.journey = %(journey)s
    and r.state = 'active' and r.run_id > %(after)s
order by r.run_id limit %(limit)s;

-- name: segment_counts
select segment, count(*) from memberships where brand_id = %(brand_id)s group by segment;

-- name: members
select since_at, profile_id from memberships
where brand_id = %(brand_id)s and segment = %(segment)s
    and (since_at, profile_id) < (%(before_at)s, %(before_id)s)
order by since_at desc, profile_id desc
limit %(limit)s;

-- name: refused
select refused_id, brand_id, refused_at, key_id, reason, path, details, sealed
from refused_events
where brand_id = %(brand_id)s and (%(reason)s = '' or reason = %(reason)s)
    and refused_id < %(before)s
order by refused_id desc
limit %(limit)s;

-- name: refused_event
select brand_id, refused_at, key_id, reason, path, details, sealed
from refused_events where brand_id = %(brand_id)s and refused_id = %(refused_id)s;

-- name: refused_counts
select reason, count(*) from refused_events
where brand_id = %(brand_id)s and refused_at >= %(since)s
group by reason order by count(*) desc;

-- name: head
select next_offset from log_heads where log_partition = 0;

-- name: received_at
select received_at from event_log
where log_partition = 0 and log_offset >= %(at)s order by log_offset limit 1;

-- name: cursors
select consumer, next_offset, moved_at from log_cursors
where log_partition = 0 order by consumer;

-- name: record_action
-- One statement: the head of the brand's chain is locked, moved on and noted, so that rows come one
-- after the other however many are written at once. governance/audit.py computes the same hash.
with head as (
    insert into action_heads as h (brand_id, n, prev, row_hash)
    values (%(brand_id)s, 1, '', sha256(convert_to(concat_ws('|', 1, %(brand_id)s::smallint,
        %(at)s::bigint, %(user_id)s::bigint, char_length(%(what)s::text), %(what)s::text,
        %(subject)s::text), 'UTF8')))
    on conflict (brand_id) do update set n = h.n + 1, prev = h.row_hash,
        row_hash = sha256(h.row_hash || convert_to(concat_ws('|', h.n + 1, h.brand_id,
            %(at)s::bigint, %(user_id)s::bigint, char_length(%(what)s::text), %(what)s::text,
            %(subject)s::text), 'UTF8'))
    returning n, prev, row_hash
)
insert into user_actions (brand_id, at, user_id, what, subject, nth, prev, row_hash)
select %(brand_id)s, %(at)s, %(user_id)s, %(what)s, %(subject)s, n, prev, row_hash from head;

-- name: action_head
select n, row_hash from action_heads where brand_id = %(brand_id)s;

-- name: action_links
select nth, brand_id, at, user_id, what, subject, prev, row_hash from user_actions
where brand_id = %(brand_id)s and nth > %(after)s order by nth limit %(limit)s;

-- name: has_action_hash
select 1 from user_actions where brand_id = %(brand_id)s and row_hash = %(row_hash)s;

-- name: actions
select action_id, brand_id, at, user_id, what, subject from user_actions
where brand_id = %(brand_id)s and action_id < %(before)s
order by action_id desc
limit %(limit)s;
