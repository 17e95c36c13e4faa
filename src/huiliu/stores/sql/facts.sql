-- Facts that conditions ask for besides traits and events. A person's ids: the present one and all
-- that came into it; rows stand under the id that they came with.

-- name: identifiers
-- Who only wants no marketing can be reached; what they said of marketing, their consent tells.
select i.profile_id, i.type, encode(i.identifier, 'hex'),
    exists (
        select from suppressions s
        where s.brand_id = i.brand_id and s.address = i.identifier and s.scope = 'all'
    )
from identities i
where i.brand_id = %(brand)s and i.profile_id = any(%(profiles)s);

-- name: touches
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select ids.person, t.first_channel, t.first_at, t.first_position, t.last_channel, t.last_at,
    t.last_position, t.device::text, t.device_at, t.device_position
from ids join touches t on t.brand_id = %(brand)s and t.profile_id = ids.id;

-- name: tags
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
-- The youngest stands; of equally young ones that of the person who stayed.
select distinct on (ids.person, v.tag) ids.person, v.tag, v.value::text, v.set_at, v.expires_at
from ids cross join lateral (
    select profile_id, tag, value, set_at, expires_at from tag_values
    where brand_id = %(brand)s and profile_id = ids.id and tag = any(%(tags)s)
    offset 0
) v
order by ids.person, v.tag, v.set_at desc, v.profile_id = ids.person desc, v.profile_id desc;

-- name: runs
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select ids.person, r.journey, r.entered_at, case when r.state <> 'active' then r.ended_at end,
    coalesce(t.node, '')
from ids cross join lateral (
    select run_id, journey, entered_at, state, ended_at from journey_runs
    where brand_id = %(brand)s and profile_id = ids.id and came_with is null
      and journey = any(%(journeys)s)
    union all
    select run_id, journey, entered_at, state, ended_at from journey_runs
    where brand_id = %(brand)s and came_with = ids.id and journey = any(%(journeys)s)
) r
left join journey_tokens t on t.brand_id = %(brand)s and t.run_id = r.run_id;

-- name: add_touches
insert into touches as t (
    brand_id, profile_id, first_channel, first_at, first_position, last_channel, last_at,
    last_position, device, device_at, device_position
)
select %(brand)s, profile, first_channel, first_at, first_position, last_channel, last_at,
    last_position, device::jsonb, device_at, device_position
from unnest(
    %(profiles)s::bigint[], %(first_channel)s::text[], %(first_at)s::bigint[],
    %(first_position)s::bigint[], %(last_channel)s::text[], %(last_at)s::bigint[],
    %(last_position)s::bigint[], %(device)s::text[], %(device_at)s::bigint[],
    %(device_position)s::bigint[]
) as n(
    profile, first_channel, first_at, first_position, last_channel, last_at, last_position,
    device, device_at, device_position
)
order by profile
on conflict (brand_id, profile_id) do update set
    (first_channel, first_at, first_position) = (select * from (values
        (t.first_channel, t.first_at, t.first_position),
        (excluded.first_channel, excluded.first_at, excluded.first_position)
    ) v order by 2 nulls last, 3 limit 1),
    (last_channel, last_at, last_position) = (select * from (values
        (t.last_channel, t.last_at, t.last_position),
        (excluded.last_channel, excluded.last_at, excluded.last_position)
    ) v order by 2 desc nulls last, 3 desc limit 1),
    (device, device_at, device_position) = (select * from (values
        (t.device, t.device_at, t.device_position),
        (excluded.device, excluded.device_at, excluded.device_position)
    ) v order by 2 desc nulls last, 3 desc limit 1);
