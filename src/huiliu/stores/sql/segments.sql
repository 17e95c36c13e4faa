-- name: of_profiles
select profile_id, segment from memberships where brand_id = %s and profile_id = any(%s);

-- name: enter
insert into memberships (brand_id, segment, profile_id, since_at)
select %s, segment, profile, %s from unnest(%s::text[], %s::bigint[]) as t(segment, profile)
on conflict do nothing;

-- name: leave
delete from memberships using unnest(%s::text[], %s::bigint[]) as t(segment, profile)
where brand_id = %s and memberships.segment = t.segment and profile_id = t.profile;

-- name: set_timers
-- Read first: a conflict that changes nothing would still write its row's lock.
insert into condition_timers (brand_id, profile_id, due_at)
select %(brand)s, t.profile, t.due
from unnest(%(profiles)s::bigint[], %(due)s::bigint[]) as t(profile, due)
left join lateral (
    select due_at from condition_timers where brand_id = %(brand)s and profile_id = t.profile
    offset 0
) c on true
where c.due_at is null or t.due < c.due_at
order by t.profile
on conflict (brand_id, profile_id) do update set due_at = excluded.due_at;

-- name: claim_due
delete from condition_timers where ctid = any(array(
    select ctid from condition_timers where due_at <= %s order by due_at limit %s
    for update skip locked
))
returning brand_id, profile_id;

-- name: next_due
select min(due_at) from condition_timers;

-- name: forget_memberships
delete from memberships where brand_id = %s and profile_id = any(%s);

-- name: forget_timers
delete from condition_timers where brand_id = %s and profile_id = any(%s);

-- name: members
select profile_id, since_at from memberships
where brand_id = %s and segment = %s and profile_id > %s
order by profile_id
limit %s;

-- name: member_ids
select profile_id from memberships where brand_id = %s and segment = %s;

-- name: counts
select segment, count(*) from memberships where brand_id = %s group by segment;

-- name: keep_news
-- The latest word stands: an older one that was not told yet would only be taken back.
insert into segment_news (brand_id, segment, profile_id, enters, at)
select %(brand)s, %(segment)s, profile, enters, %(at)s
from unnest(%(profiles)s::bigint[], %(enters)s::boolean[]) as t(profile, enters)
on conflict (brand_id, segment, profile_id) do update set enters = excluded.enters, at = excluded.at;

-- name: take_news
-- What no longer stands is not told: the projector has told what came after.
with taken as (
    delete from segment_news where ctid = any(array(
        select ctid from segment_news order by brand_id, segment, profile_id limit %s
        for update skip locked
    ))
    returning brand_id, segment, profile_id, enters, at
)
select n.brand_id, n.segment, n.profile_id, n.enters, n.at,
    case when n.enters then m.since_at is not distinct from n.at else m.since_at is null end
from taken n
left join memberships m on m.brand_id = n.brand_id and m.segment = n.segment
    and m.profile_id = n.profile_id
order by n.brand_id, n.segment, n.profile_id;

-- name: has_news
select exists (select from segment_news) or exists (select from segment_fills);

-- name: keep_fill
insert into segment_fills (brand_id, segment, at) values (%s, %s, %s) on conflict do nothing;

-- name: align_fill
-- Rows of another one that prepared the same segment at the same time are this one's now.
update memberships set since_at = %(at)s
where brand_id = %(brand)s and segment = %(segment)s and since_at <> %(at)s;

-- name: next_fill
select brand_id, segment, at, told from segment_fills
order by brand_id, segment, at limit 1 for update skip locked;

-- name: filled
select profile_id from memberships
where brand_id = %s and segment = %s and since_at = %s and profile_id > %s
order by profile_id limit %s;

-- name: told_fill
update segment_fills set told = %s where brand_id = %s and segment = %s and at = %s;

-- name: end_fill
delete from segment_fills where brand_id = %s and segment = %s and at = %s;

-- name: forget_segment
delete from memberships where brand_id = %s and segment = %s returning profile_id;
