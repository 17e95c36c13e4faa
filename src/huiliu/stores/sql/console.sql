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
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
    status, reason, sent_at, changed_at, fence
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
    template_version, message_class, queued_at, expires_at, not_before, cancel_when, inputs,
    status, reason, sent_at, changed_at, fence
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
select node, what,
    case when what = 'branched' then coalesce(convert_from(details, 'UTF8')::jsonb ->> 'to', '')
        else '' end as leads_to,
    count(*)
from journey_steps
where brand_id = %(brand_id)s and journey = %(journey)s
    and what in ('waited', 'branched', 'sent', 'ended')
group by node, what, leads_to;

-- name: node_waits
select t.node, count(*) from journey_tokens t
join journey_runs r on r.brand_id = t.brand_id and r.run_id = t.run_id
where t.brand_id = %(brand_id)s and r.journey = %(journey)s and r.state = 'active'
group by t.node;

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
insert into user_actions (brand_id, at, user_id, what, subject)
values (%(brand_id)s, %(at)s, %(user_id)s, %(what)s, %(subject)s);

-- name: actions
select action_id, brand_id, at, user_id, what, subject from user_actions
where brand_id = %(brand_id)s and action_id < %(before)s
order by action_id desc
limit %(limit)s;
