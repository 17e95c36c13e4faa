-- Contact points: addresses that are no trait. Sets of rows come as arrays, a column each.

-- name: put
insert into contact_points as c (brand_id, channel, app, address, profile_id, platform, vendor,
    provider, added_at, seen_at, position, ended_at, reason)
select brand_id, channel, app, address, profile_id, platform, vendor, provider, seen_at, seen_at,
    position, 0, ''
from unnest(%s::smallint[], %s::text[], %s::text[], %s::bytea[], %s::bigint[], %s::text[],
    %s::text[], %s::text[], %s::bigint[], %s::bigint[])
    as u (brand_id, channel, app, address, profile_id, platform, vendor, provider, seen_at, position)
on conflict (brand_id, channel, app, address) do update
set profile_id = excluded.profile_id,
    -- What is not said again stays.
    platform = coalesce(nullif(excluded.platform, ''), c.platform),
    vendor = coalesce(nullif(excluded.vendor, ''), c.vendor),
    provider = coalesce(nullif(excluded.provider, ''), c.provider),
    added_at = case when c.ended_at > 0 then excluded.seen_at else c.added_at end,
    seen_at = excluded.seen_at, position = excluded.position, ended_at = 0, reason = ''
where (c.seen_at, c.position) < (excluded.seen_at, excluded.position)
    and (c.ended_at = 0 or c.ended_at <= excluded.seen_at);

-- name: end
update contact_points c set ended_at = u.at, reason = u.reason
from unnest(%(channels)s::text[], %(apps)s::text[], %(keys)s::bytea[], %(reasons)s::text[],
    %(ats)s::bigint[], %(sinces)s::bigint[]) as u (channel, app, address, reason, at, since)
where c.brand_id = %(brand)s and c.channel = u.channel and c.address = u.address
    and (u.app is null or c.app = u.app)
    and c.ended_at = 0 and c.seen_at <= u.at and (u.since = 0 or c.seen_at <= u.since);

-- name: of_people
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select c.brand_id, c.channel, c.app, c.address, ids.person, c.platform, c.vendor, c.provider,
    c.added_at, c.seen_at, c.position, c.ended_at, c.reason
from ids join contact_points c
    on c.brand_id = %(brand)s and c.profile_id = ids.id and c.channel = %(channel)s
where c.ended_at = 0
order by ids.person, c.seen_at desc, c.position desc, c.address;

-- name: of_person
select c.brand_id, c.channel, c.app, c.address, c.profile_id, c.platform, c.vendor, c.provider,
    c.added_at, c.seen_at, c.position, c.ended_at, c.reason
from contact_points c
where c.brand_id = %(brand)s and c.profile_id = any(%(profiles)s::bigint[])
order by c.channel, c.seen_at desc, c.position desc, c.address;

-- name: owners
select c.address, coalesce(m.to_profile, c.profile_id)
from contact_points c
left join identity_map m on m.brand_id = c.brand_id and m.from_profile = c.profile_id
where c.brand_id = %(brand)s and c.channel = %(channel)s and c.app = %(app)s
    and c.address = any(%(keys)s::bytea[]) and c.ended_at = 0;
