-- The channel guard: what it read, incidents, and what is paused.

-- name: adopt
insert into guard_looks (brand_id, slug, due_at, looked_at, fault, blind_since, readings)
select d.brand_id, d.slug, %(now)s, 0, '', 0, '[]' from document_states d
where d.kind = 'guard' and d.state = 'live'
on conflict (brand_id, slug) do nothing;

-- name: forget
delete from guard_looks g
where not exists (
    select from document_states d
    where d.brand_id = g.brand_id and d.slug = g.slug and d.kind = 'guard' and d.state = 'live'
);

-- name: claim
update guard_looks g set due_at = %(until)s
from (
    select brand_id, slug from guard_looks where due_at <= %(now)s
    order by due_at limit 1 for update skip locked
) due
where g.brand_id = due.brand_id and g.slug = due.slug
returning g.brand_id, g.slug, g.due_at, g.looked_at, g.fault, g.blind_since, g.readings::text;

-- name: looks
select brand_id, slug, due_at, looked_at, fault, blind_since, readings::text
from guard_looks where brand_id = %s order by slug;

-- name: look
select brand_id, slug, due_at, looked_at, fault, blind_since, readings::text
from guard_looks where brand_id = %s and slug = %s for update;

-- name: put_look
insert into guard_looks (brand_id, slug, due_at, looked_at, fault, blind_since, readings)
values (%(brand_id)s, %(slug)s, %(due_at)s, %(looked_at)s, %(fault)s, %(blind_since)s, %(readings)s)
on conflict (brand_id, slug) do update
set due_at = excluded.due_at, looked_at = excluded.looked_at, fault = excluded.fault,
    blind_since = excluded.blind_since, readings = excluded.readings;

-- name: incidents
select brand_id, incident_id, guard, kind, metric, channel, campaign, state, opened_at, since,
    changed_at, closed_at, n, seen, expected, usual, basis, dispersion, evidence::text,
    suspects::text
from incidents
where brand_id = %(brand)s and (closed_at = 0 or not %(is_open)s and closed_at >= %(first)s)
    and (%(past)s = 0 or opened_at < %(past)s)
order by incident_id desc limit %(limit)s;

-- name: incident
select brand_id, incident_id, guard, kind, metric, channel, campaign, state, opened_at, since,
    changed_at, closed_at, n, seen, expected, usual, basis, dispersion, evidence::text,
    suspects::text
from incidents where brand_id = %s and incident_id = %s for update;

-- name: recent
select brand_id, incident_id, guard, kind, metric, channel, campaign, state, opened_at, since,
    changed_at, closed_at, n, seen, expected, usual, basis, dispersion, evidence::text,
    suspects::text
from incidents
where brand_id = %s and guard = %s and (closed_at = 0 or closed_at >= %s)
order by incident_id desc for update;

-- name: open_incident
insert into incidents (
    brand_id, guard, kind, metric, channel, campaign, state, opened_at, since, changed_at,
    closed_at, n, seen, expected, usual, basis, dispersion, evidence, suspects
) values (
    %(brand_id)s, %(guard)s, %(kind)s, %(metric)s, %(channel)s, %(campaign)s, %(state)s,
    %(opened_at)s, %(since)s, %(changed_at)s, %(closed_at)s, %(n)s, %(seen)s,
    %(expected)s, %(usual)s, %(basis)s, %(dispersion)s, %(evidence)s, %(suspects)s
)
on conflict do nothing returning incident_id;

-- name: put_incident
update incidents
set state = %(state)s, changed_at = %(changed_at)s, closed_at = %(closed_at)s,
    n = %(n)s, seen = %(seen)s, expected = %(expected)s, basis = %(basis)s,
    usual = %(usual)s, dispersion = %(dispersion)s, evidence = %(evidence)s,
    suspects = %(suspects)s
where brand_id = %(brand_id)s and incident_id = %(incident_id)s;

-- name: note
insert into incident_moves (brand_id, incident_id, at, what, by, note)
values (%s, %s, %s, %s, %s, %s);

-- name: moves
select at, what, by, note from incident_moves
where brand_id = %s and incident_id = %s order by move_id;

-- name: pauses
select brand_id, pause_id, incident_id, kind, scope::text, wait, percent, since, changed_at,
    ended_at, control_id
from guard_pauses where brand_id = %s and ended_at = 0 order by pause_id;

-- name: pauses_of
select brand_id, pause_id, incident_id, kind, scope::text, wait, percent, since, changed_at,
    ended_at, control_id
from guard_pauses where brand_id = %s and incident_id = %s order by pause_id;

-- name: new_pause
insert into guard_pauses (
    brand_id, incident_id, kind, scope, wait, percent, since, changed_at, ended_at, control_id
) values (
    %(brand_id)s, %(incident_id)s, %(kind)s, %(scope)s, %(wait)s, %(percent)s, %(since)s,
    %(changed_at)s, %(ended_at)s, %(control_id)s
) returning pause_id;

-- name: put_pause
update guard_pauses
set percent = %(percent)s, changed_at = %(changed_at)s, ended_at = %(ended_at)s,
    control_id = %(control_id)s
where brand_id = %(brand_id)s and pause_id = %(pause_id)s returning pause_id;

-- name: wake
update messages set not_before = %(now)s
where brand_id = %(brand)s and status = 'queued' and reason = 'guard_paused'
    -- Those of a paused journey lie far behind and are brought back when it goes on.
    and not_before > %(now)s and not_before < %(held)s;

-- name: n_waiting
select count(*) from messages
where brand_id = %s and status = 'queued' and reason = 'guard_paused';
