-- name: queue
insert into journey_calls (
    brand_id, call_id, profile_id, journey, run_id, node, visit, method, url, body, queued_at,
    give_up_at, not_before, changed_at
)
select u.*, u.queued_at
from unnest(
    %s::smallint[], %s::bytea[], %s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::integer[],
    %s::text[], %s::text[], %s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[]
) as u (
    brand_id, call_id, profile_id, journey, run_id, node, visit, method, url, body, queued_at,
    give_up_at, not_before
)
on conflict do nothing;

-- name: claim
with due as (
    select w.brand_id, w.call_id from journey_calls w
    left join document_states s
        on s.brand_id = w.brand_id and s.kind = 'journey' and s.slug = w.journey
    where w.status = 'waiting' and w.not_before <= %(now)s and w.give_up_at >= %(now)s
      and coalesce(s.state, 'live') not in ('paused', 'stopped')
    order by w.not_before, w.call_id
    limit %(limit)s
    for update of w skip locked
)
update journey_calls c
set status = 'calling', fence = c.fence + 1, lease_until = %(lease)s, changed_at = %(now)s
from due d where c.brand_id = d.brand_id and c.call_id = d.call_id
returning c.brand_id, c.call_id, c.profile_id, c.journey, c.run_id, c.node, c.visit, c.method,
    c.url, c.body, c.queued_at, c.give_up_at, c.not_before, c.status, c.fence, c.code, c.reason;

-- name: give_up
-- Whoever waited for the answer has gone on without it.
update journey_calls set status = 'given_up', reason = 'timeout', changed_at = %(now)s
where (brand_id, call_id) in (
    select brand_id, call_id from journey_calls
    where status = 'waiting' and not_before <= %(now)s and give_up_at < %(now)s
    order by not_before, call_id
    limit %(limit)s
    for update skip locked
);

-- name: withdraw
update journey_calls set status = 'withdrawn', reason = 'journey_stopped', changed_at = %(now)s
where (brand_id, call_id) in (
    select brand_id, call_id from journey_calls
    where brand_id = %(brand)s and journey = %(journey)s and status = 'waiting'
      and queued_at <= %(before)s
    order by call_id
    limit %(limit)s
    for update skip locked
);

-- name: start
insert into journey_call_attempts (brand_id, call_id, number, started_at)
select * from unnest(%s::smallint[], %s::bytea[], %s::integer[], %s::bigint[]);

-- name: finish_attempts
update journey_call_attempts a
set finished_at = u.finished_at, reach = u.reach, code = u.code, cause = u.cause
from unnest(
    %s::smallint[], %s::bytea[], %s::integer[], %s::bigint[], %s::text[], %s::integer[], %s::text[]
) as u (brand_id, call_id, number, finished_at, reach, code, cause)
where a.brand_id = u.brand_id and a.call_id = u.call_id and a.number = u.number;

-- name: finish_calls
update journey_calls c
set status = u.status, reason = u.reason, code = u.code, not_before = u.not_before,
    changed_at = u.at, lease_until = 0
from unnest(
    %s::smallint[], %s::bytea[], %s::integer[], %s::text[], %s::text[], %s::integer[],
    %s::bigint[], %s::bigint[]
) as u (brand_id, call_id, number, status, reason, code, not_before, at)
where c.brand_id = u.brand_id and c.call_id = u.call_id and c.fence = u.number
  and c.status = 'calling'
returning c.brand_id, c.call_id;

-- name: recover
update journey_calls set status = 'waiting', lease_until = 0, changed_at = %(now)s
where (brand_id, call_id) in (
    select brand_id, call_id from journey_calls
    where status = 'calling' and lease_until < %(now)s
    order by lease_until
    limit %(limit)s
    for update skip locked
);

-- name: recent
select brand_id, call_id, profile_id, journey, run_id, node, visit, method, url, body, queued_at,
    give_up_at, not_before, status, fence, code, reason
from journey_calls
where brand_id = %(brand)s and (%(status)s = '' or status = %(status)s)
order by queued_at desc, call_id
limit %(limit)s;

-- name: of_run
select brand_id, call_id, profile_id, journey, run_id, node, visit, method, url, body, queued_at,
    give_up_at, not_before, status, fence, code, reason
from journey_calls
where brand_id = %s and run_id = %s
order by queued_at, call_id;

-- name: attempts
select brand_id, call_id, number, started_at, finished_at, reach, code, cause
from journey_call_attempts
where brand_id = %s and call_id = any(%s)
order by call_id, number;

-- name: put_headers
insert into call_headers (brand_id, host, sealed, changed_at) values (%s, %s, %s, %s)
on conflict (brand_id, host)
do update set sealed = excluded.sealed, changed_at = excluded.changed_at;

-- name: remove_headers
delete from call_headers where brand_id = %s and host = %s;

-- name: headers
select host, sealed from call_headers where brand_id = %s order by host;
