-- Who is in which arm of an experiment or holdout.

-- name: of_people
with ids as (
    select p as present, p as id from unnest(%(people)s::bigint[]) as p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(people)s::bigint[])
)
select distinct on (a.scope, i.present)
    a.scope, i.present, a.arm, a.at, a.propensity, a.ended_at
from ids i
join assignments a on a.brand_id = %(brand)s and a.profile_id = i.id
where a.scope = any(%(scopes)s::text[])
order by a.scope, i.present, a.at, a.profile_id;

-- name: add
-- In id order: two who add the same people wait for each other and never in a circle.
insert into assignments (brand_id, profile_id, scope, arm, propensity, at)
select %(brand)s, t.* from unnest(
    %(people)s::bigint[], %(scopes)s::text[], %(arms)s::text[],
    %(propensities)s::double precision[], %(at)s::bigint[]
) as t (profile_id, scope, arm, propensity, at)
order by t.profile_id, t.scope
on conflict do nothing
returning profile_id, scope;

-- name: add_scopes
-- Nothing is locked where nothing changes: batches draw side by side.
with begun as (
    insert into assignment_scopes (brand_id, scope, began_at)
    select %(brand)s, t.scope, t.at
    from unnest(%(scopes)s::text[], %(at)s::bigint[]) as t (scope, at)
    order by t.scope
    on conflict do nothing
)
update assignment_scopes set ended_at = 0
where brand_id = %(brand)s and scope = any(%(scopes)s::text[]) and ended_at > 0;

-- name: of_person
select profile_id, scope, arm, propensity, at, ended_at, ended_by, reason from assignments
where brand_id = %s and profile_id = any(%s) order by at, scope, profile_id;

-- name: listed
select profile_id, scope, arm, propensity, at, ended_at, ended_by, reason from assignments
where brand_id = %s and scope = %s and arm = %s and (at, profile_id) < (%s, %s)
order by at desc, profile_id desc limit %s;

-- name: counts
select scope, arm, count(*) from assignments where brand_id = %s group by 1, 2;

-- name: by_day
select (to_timestamp(at / 1000000.0) at time zone %(zone)s)::date::text as day, arm, count(*)
from assignments where brand_id = %(brand)s and scope = %(scope)s group by 1, 2 order by 1, 2;

-- name: scopes
select scope, began_at, ended_at from assignment_scopes where brand_id = %s order by scope;

-- name: open_scopes
select brand_id, scope from assignment_scopes
where ended_at = 0 and starts_with(scope, %s) order by 1, 2;

-- name: end_scopes
update assignment_scopes set ended_at = %s
where brand_id = %s and scope = any(%s) and ended_at = 0;

-- name: release
update assignments set ended_at = %(at)s, ended_by = %(by)s, reason = %(reason)s
where brand_id = %(brand)s and scope = %(scope)s and profile_id = any(%(people)s)
    and arm = 'held' and ended_at = 0;
