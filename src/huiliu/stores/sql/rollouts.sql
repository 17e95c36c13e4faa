-- How far roll-outs have come.

-- name: all
select brand_id, slug, state, tier, percent, since, due_at, looked_at, readings, fault, told_at
from rollouts where brand_id = %s order by slug;

-- name: begin
insert into rollouts (brand_id, slug, state, tier, percent, since, due_at, looked_at, readings,
    fault, told_at)
values (%s, %s, %s, %s, %s, %s, %s, 0, '[]', '', 0)
on conflict (brand_id, slug) do nothing
returning slug;

-- name: adoptable
select d.brand_id, d.slug from document_states d
where d.kind = 'rollout' and d.state = 'live'
    and not exists (select from rollouts r where r.brand_id = d.brand_id and r.slug = d.slug)
order by d.brand_id, d.slug;

-- name: claim
update rollouts r set due_at = %(until)s
from (
    select brand_id, slug from rollouts
    where due_at <= %(now)s and state in ('checking', 'running')
    order by due_at limit 1 for update skip locked
) due
where r.brand_id = due.brand_id and r.slug = due.slug
returning r.brand_id, r.slug, r.state, r.tier, r.percent, r.since, r.due_at, r.looked_at,
    r.readings, r.fault, r.told_at;

-- name: lock
select brand_id, slug, state, tier, percent, since, due_at, looked_at, readings, fault, told_at
from rollouts where brand_id = %s and slug = %s for update;

-- name: put
update rollouts set state = %(state)s, tier = %(tier)s, percent = %(percent)s, since = %(since)s,
    due_at = %(due_at)s, looked_at = %(looked_at)s, readings = %(readings)s, fault = %(fault)s,
    told_at = %(told_at)s
where brand_id = %(brand_id)s and slug = %(slug)s;

-- name: forget
delete from rollouts where brand_id = %s and slug = %s;

-- name: note
insert into rollout_moves (brand_id, slug, at, what, tier, percent, by, note, readings)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s);

-- name: moves
select brand_id, slug, at, what, tier, percent, by, note, readings
from rollout_moves where brand_id = %s and slug = %s order by move_id desc limit %s;

-- name: wake
update messages set not_before = %(now)s
where brand_id = %(brand)s and status = 'queued' and journey = any(%(journeys)s)
    and reason in ('not_rolled_out', 'rollout_held')
    -- Those of a paused journey lie far behind and are brought back when it goes on.
    and not_before > %(now)s and not_before < %(held)s;
