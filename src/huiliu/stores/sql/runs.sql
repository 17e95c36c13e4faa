-- name: start
with runs as (
    select * from unnest(
        %(brand)s::smallint[], %(run)s::bytea[], %(journey)s::text[], %(version)s::integer[],
        %(profile)s::bigint[], %(key)s::text[], %(entered)s::bigint[], %(state)s::text[],
        %(reason)s::text[], %(ended)s::bigint[], %(entry)s::bytea[]
    ) as given (
        brand_id, run_id, journey, version, profile_id, key, entered_at, state, reason, ended_at,
        entry
    )
), fresh as (
    insert into journey_runs (
        brand_id, run_id, journey, version, profile_id, key, entered_at, state, reason, ended_at,
        entry
    )
    select * from runs on conflict do nothing
    returning brand_id, run_id
), placed as (
    insert into journey_tokens (brand_id, run_id, node, visit, due_at, memory, carried, since)
    select t.brand_id, t.run_id, t.node, t.visit, t.due_at, t.memory, t.carried, t.since
    from unnest(
        %(token_brand)s::smallint[], %(token_run)s::bytea[], %(node)s::text[],
        %(visit)s::integer[], %(due)s::bigint[], %(memory)s::bytea[], %(carried)s::bytea[],
        %(since)s::bigint[]
    ) as t (brand_id, run_id, node, visit, due_at, memory, carried, since)
    join fresh using (brand_id, run_id)
)
select run_id from fresh;

-- name: active
select brand_id, run_id, journey, version, profile_id, key, entered_at, state, reason, entry,
       ended_at
from journey_runs
where brand_id = %s and profile_id = any(%s) and state = 'active'
order by entered_at, run_id;

-- name: entered_since
select distinct g.profile_id, g.key
from unnest(%(profile)s::bigint[], %(key)s::text[], %(since)s::bigint[])
    as g (profile_id, key, since)
join journey_runs r
    on r.brand_id = %(brand)s and r.journey = %(journey)s and r.profile_id = g.profile_id
    and r.key = g.key and r.entered_at >= g.since;

-- name: entered_by
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select distinct ids.person
from ids
join journey_runs r on r.brand_id = %(brand)s and r.profile_id = ids.id
where r.journey = %(journey)s and r.key = %(key)s;

-- name: claim_due
-- The tokens are locked, not the runs: whoever ends a run deletes its token first.
select t.brand_id, t.run_id, t.node, t.visit, t.due_at, t.memory, t.carried, t.since,
       r.journey, r.version, r.profile_id, r.key, r.entered_at, r.state, r.reason, r.entry,
       r.ended_at
from journey_tokens t
join journey_runs r on r.brand_id = t.brand_id and r.run_id = t.run_id
where t.due_at <= %s and r.state = 'active'
order by t.due_at
limit %s
for update of t skip locked;

-- name: wake
-- What is held stays held, and looks again when it is released.
update journey_tokens t
set due_at = case when t.due_at >= %(held)s then least(t.due_at, w.at + %(held)s)
                  else least(t.due_at, w.at) end,
    since = case when t.since = 0 then w.since else least(t.since, w.since) end
from unnest(%(runs)s::bytea[], %(at)s::bigint[], %(since)s::bigint[]) as w (run_id, at, since)
where t.brand_id = %(brand)s and t.run_id = w.run_id;

-- name: lock
select run_id, node from journey_tokens
where brand_id = %s and run_id = any(%s)
order by run_id
for update;

-- name: make_quotas
insert into journey_quotas (brand_id, journey, node, period)
select %(brand)s, * from unnest(%(journey)s::text[], %(node)s::text[], %(period)s::text[])
on conflict do nothing;

-- name: lock_quotas
select q.journey, q.node, q.period, q.used
from journey_quotas q
join unnest(%(journey)s::text[], %(node)s::text[], %(period)s::text[]) as g (journey, node, period)
    on (q.journey, q.node, q.period) = (g.journey, g.node, g.period)
where q.brand_id = %(brand)s
order by q.journey, q.node, q.period
for update of q;

-- name: give
update journey_quotas q set used = q.used + g.amount
from unnest(%(journey)s::text[], %(node)s::text[], %(period)s::text[], %(amount)s::bigint[])
    as g (journey, node, period, amount)
where q.brand_id = %(brand)s
  and (q.journey, q.node, q.period) = (g.journey, g.node, g.period);

-- name: has_active
select exists (
    select from journey_runs
    where brand_id = %s and journey = %s and state = 'active' and entered_at <= %s
);

-- name: abort
-- Tokens first, and those that somebody moves just now are left for the next time.
with standing as (
    select t.brand_id, t.run_id
    from journey_tokens t
    join journey_runs r using (brand_id, run_id)
    where t.brand_id = %(brand)s and r.journey = %(journey)s and r.state = 'active'
      and r.entered_at <= %(before)s
    order by t.run_id
    limit %(limit)s
    for update of t skip locked
), gone as (
    delete from journey_tokens t using standing s
    where t.brand_id = s.brand_id and t.run_id = s.run_id
)
update journey_runs r set state = 'aborted', reason = 'stopped', ended_at = %(at)s
from standing s
where r.brand_id = s.brand_id and r.run_id = s.run_id
returning r.brand_id, r.run_id, r.journey, r.version, r.profile_id, r.key, r.entered_at, r.state,
    r.reason, r.entry, r.ended_at;

-- name: move
update journey_tokens t
set node = m.node, visit = m.visit, due_at = m.due_at, memory = m.memory, carried = m.carried,
    since = 0
from unnest(
    %s::smallint[], %s::bytea[], %s::text[], %s::integer[], %s::bigint[], %s::bytea[], %s::bytea[]
) as m (brand_id, run_id, node, visit, due_at, memory, carried)
where t.brand_id = m.brand_id and t.run_id = m.run_id;

-- name: remove_tokens
delete from journey_tokens where brand_id = %s and run_id = any(%s);

-- name: finish
update journey_runs r
set state = e.state, reason = e.reason, ended_at = e.ended_at
from unnest(%s::bytea[], %s::text[], %s::text[], %s::bigint[])
    as e (run_id, state, reason, ended_at)
where r.brand_id = %s and r.run_id = e.run_id and r.state = 'active'
returning r.run_id;

-- name: withdraw_tasks
-- Who waits for an outcome waits no more. A task that nobody waits for outlives a run that came to
-- its end, but not one that was ended before.
update staff_tasks t set outcome = 'withdrawn', done_at = r.ended_at
from journey_runs r
where t.brand_id = %s and t.run_id = any(%s) and t.outcome = ''
  and r.brand_id = t.brand_id and r.run_id = t.run_id and r.state <> 'active'
  and (r.state <> 'ended' or cardinality(t.outcomes) > 0);

-- name: record_steps
copy journey_steps (
    brand_id, run_id, journey, version, profile_id, node, visit, at, what, details, inputs
) from stdin (format binary);

-- name: versions_in_flight
select distinct journey, version from journey_runs where brand_id = %s and state = 'active';

-- name: counts
select journey, state, count(*) from journey_runs where brand_id = %s
group by journey, state order by journey, state;

-- name: hold
update journey_tokens t set due_at = t.due_at + %(held)s
from journey_runs r
where r.brand_id = %(brand)s and r.journey = %(journey)s and r.state = 'active'
  and t.brand_id = r.brand_id and t.run_id = r.run_id and t.due_at < %(held)s;

-- name: release
update journey_tokens t set due_at = t.due_at - %(held)s
from journey_runs r
where r.brand_id = %(brand)s and r.journey = %(journey)s and r.state = 'active'
  and t.brand_id = r.brand_id and t.run_id = r.run_id and t.due_at >= %(held)s;

-- name: stand_still
-- Until this transaction ends nobody else moves runs, and all who did have committed.
select pg_advisory_xact_lock(hashtextextended('journeys', 0));

-- name: is_settled
-- Whether the analyst can read every step: none is newer than the oldest open transaction.
select coalesce((
    select txid < pg_snapshot_xmin(pg_current_snapshot())
    from journey_steps order by txid desc, step_id desc limit 1
), true);

-- name: move_along
select pg_advisory_xact_lock_shared(hashtextextended('journeys', 0));

-- name: lateness
select coalesce(greatest(%(now)s - min(due_at), 0), 0)
from journey_tokens where due_at <= %(now)s;

-- name: history
select brand_id, run_id, journey, version, profile_id, key, entered_at, state, reason, entry,
    ended_at
from journey_runs
where brand_id = %s and profile_id = any(%s::bigint[])
order by entered_at desc, run_id
limit %s;

-- name: steps
select brand_id, run_id, journey, version, profile_id, node, visit, at, what, details, inputs
from journey_steps
where brand_id = %s and profile_id = any(%s::bigint[]) and run_id = any(%s::bytea[])
order by step_id;
