-- name: begin_at
insert into journey_schedules (brand_id, journey, looked_at) values (%s, %s, %s)
on conflict do nothing;

-- name: look
select looked_at from journey_schedules where brand_id = %s and journey = %s for update;

-- name: looked
update journey_schedules set looked_at = greatest(looked_at, %s)
where brand_id = %s and journey = %s;

-- name: plan
insert into journey_occasions (brand_id, journey, occasion, at, version, zones, state)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict do nothing;

-- name: take_due
select o.brand_id, o.journey, o.occasion, o.at, o.version, o.zones, o.state, o.n_audience,
    o.n_entered, o.n_chunks, o.begun_at, o.ended_at
from journey_occasions o
join document_states s
    on s.brand_id = o.brand_id and s.kind = 'journey' and s.slug = o.journey and s.state = 'live'
where o.state = 'due' and o.at <= %s
order by o.at, o.journey, o.occasion
limit 1
for update of o skip locked;

-- name: begin_filling
update journey_occasions
set state = case when %(n_chunks)s = 0 then 'filled' else 'filling' end,
    n_audience = %(n_audience)s, n_chunks = %(n_chunks)s, begun_at = %(now)s,
    ended_at = case when %(n_chunks)s = 0 then %(now)s else 0 end
where brand_id = %(brand)s and journey = %(journey)s and occasion = %(occasion)s and at = %(at)s;

-- name: miss
update journey_occasions
set state = 'missed', n_audience = %(n_audience)s, ended_at = %(now)s
where brand_id = %(brand)s and journey = %(journey)s and occasion = %(occasion)s and at = %(at)s;

-- name: add_chunk
insert into journey_chunks (brand_id, journey, occasion, at, nth, not_before, profiles)
values (%s, %s, %s, %s, %s, %s, %s);

-- name: segment_members
select profile_id from memberships where brand_id = %s and segment = %s order by profile_id;

-- name: in_zones
select p.profile_id from profiles p
join unnest(%(profiles)s::bigint[]) as g (profile_id) using (profile_id)
where p.brand_id = %(brand)s
  and case when p.traits -> 'zone' ->> 0 = any(%(known)s) then p.traits -> 'zone' ->> 0
           else %(home)s end = any(%(zones)s)
order by p.profile_id;

-- name: take_chunk
select o.brand_id, o.journey, o.occasion, o.at, o.version, o.zones, o.state, o.n_audience,
    o.n_entered, o.n_chunks, o.begun_at, o.ended_at, c.nth, c.not_before, c.profiles
from journey_chunks c
join journey_occasions o using (brand_id, journey, occasion, at)
join document_states s
    on s.brand_id = c.brand_id and s.kind = 'journey' and s.slug = c.journey and s.state = 'live'
where c.not_before <= %s
order by c.at, c.journey, c.occasion, c.nth
limit 1
for update of c skip locked;

-- name: remove_chunk
delete from journey_chunks
where brand_id = %s and journey = %s and occasion = %s and at = %s and nth = %s;

-- name: count_chunk
update journey_occasions
set n_entered = n_entered + %(n)s, n_chunks = n_chunks - 1,
    state = case when n_chunks = 1 and state = 'filling' then 'filled' else state end,
    ended_at = case when n_chunks = 1 and state = 'filling' then %(now)s else ended_at end
where brand_id = %(brand)s and journey = %(journey)s and occasion = %(occasion)s and at = %(at)s;

-- name: of_journey
select brand_id, journey, occasion, at, version, zones, state, n_audience, n_entered, n_chunks,
    begun_at, ended_at
from journey_occasions
where brand_id = %s and journey = %s
order by at desc
limit %s;

-- name: between
select brand_id, journey, occasion, at, version, zones, state, n_audience, n_entered, n_chunks,
    begun_at, ended_at
from journey_occasions
where brand_id = %s and at >= %s and at < %s
order by at, journey;

-- name: stop_chunks
delete from journey_chunks where brand_id = %s and journey = %s
returning cardinality(profiles);

-- name: stop
update journey_occasions set state = 'stopped', ended_at = %s, n_chunks = 0
where brand_id = %s and journey = %s and state in ('due', 'filling');

-- name: ask
insert into journey_sweeps (brand_id, journey, what, at) values (%s, %s, %s, %s)
on conflict (brand_id, journey, what) do update set at = excluded.at;

-- name: unask
delete from journey_sweeps where brand_id = %s and journey = %s and what = any(%s);

-- name: next_sweep
select brand_id, journey, what, at from journey_sweeps
order by what = 'stop' desc, at
limit 1
for update skip locked;

-- name: swept
delete from journey_sweeps where brand_id = %s and journey = %s and what = %s and at = %s;

-- name: stops
select journey, at from journey_sweeps where brand_id = %s and what = 'stop';
