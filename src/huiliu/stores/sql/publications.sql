-- name: record
insert into publications (
    brand_id, at, by_whom, kind, slug, version, from_version, in_flight, moves, n_in_flight,
    n_moved, n_exited, state
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
returning publication_id;

-- name: of
select brand_id, at, by_whom, kind, slug, version, from_version, in_flight, moves, n_in_flight,
       n_moved, n_exited, state, publication_id
from publications
where brand_id = %(brand)s and (%(kind)s = '' or kind = %(kind)s) and (%(slug)s = '' or slug = %(slug)s)
order by publication_id desc
limit %(limit)s;

-- name: claim_open
select brand_id, at, by_whom, kind, slug, version, from_version, in_flight, moves, n_in_flight,
       n_moved, n_exited, state, publication_id
from publications
where state = %s
order by publication_id
limit %s
for update skip locked;

-- name: open_for
select brand_id, at, by_whom, kind, slug, version, from_version, in_flight, moves, n_in_flight,
       n_moved, n_exited, state, publication_id
from publications
where brand_id = %s and slug = %s and kind = 'journey' and state <> 'done'
order by publication_id;

-- name: update
update publications set n_moved = %s, n_exited = %s, state = %s
where brand_id = %s and publication_id = %s;

-- name: supersede
update publications set state = 'done'
where brand_id = %s and slug = %s and kind = 'journey' and state = 'moving';

-- name: standing
select r.version, t.node, count(*)
from journey_runs r
join journey_tokens t on t.brand_id = r.brand_id and t.run_id = r.run_id
where r.brand_id = %s and r.journey = %s and r.state = 'active'
group by r.version, t.node
order by r.version, t.node;

-- name: sample
-- Run ids are hashes, so the first ones are a fair choice, and the same one every time.
select t.brand_id, t.run_id, t.node, t.visit, t.due_at, t.memory, t.carried, t.since,
       r.journey, r.version, r.profile_id, r.key, r.entered_at, r.state, r.reason, r.entry,
       r.ended_at
from journey_runs r
join journey_tokens t on t.brand_id = r.brand_id and t.run_id = r.run_id
where r.brand_id = %s and r.journey = %s and r.state = 'active'
order by r.run_id
limit %s;

-- name: claim_standing
-- The tokens are locked, not the runs: whoever ends a run deletes its token first.
select t.brand_id, t.run_id, t.node, t.visit, t.due_at, t.memory, t.carried, t.since,
       r.journey, r.version, r.profile_id, r.key, r.entered_at, r.state, r.reason, r.entry,
       r.ended_at
from journey_runs r
join journey_tokens t on t.brand_id = r.brand_id and t.run_id = r.run_id
where r.brand_id = %(brand)s and r.journey = %(journey)s and r.state = 'active'
  and (r.version, t.node) in (
      select * from unnest(%(versions)s::integer[], %(nodes)s::text[]) as p (version, node)
  )
limit %(limit)s
for update of t skip locked;

-- name: repin
update journey_runs set version = %s where brand_id = %s and run_id = any(%s::bytea[]);

-- name: n_older
select count(*)
from journey_runs r
join journey_tokens t on t.brand_id = r.brand_id and t.run_id = r.run_id
where r.brand_id = %s and r.journey = %s and r.state = 'active' and r.version < %s
  and t.node <> %s;
