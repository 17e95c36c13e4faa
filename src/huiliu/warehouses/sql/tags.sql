-- name: encode_number
-- Rounded, so that a sum whose parts were added in another order is no other value; plus zero, so
-- that no zero is negative. Whole numbers are written as such.
case when isfinite(value::double) then
    case when abs(value::double) < 1e15 and round(value::double, 6) = trunc(round(value::double, 6))
        then to_json(round(value::double, 6)::bigint)
        else to_json(round(value::double, 6) + 0.0) end
end

-- name: encode_text
to_json(value::varchar)

-- name: encode_flag
to_json(value::boolean)

-- name: encode_moment
to_json(strftime(value, '%Y-%m-%dT%H:%M:%S.%fZ'))

-- name: encode_list
to_json(value::varchar[])

-- name: before
-- The values so far, and whose they are today.
create or replace temp table before as
select t.profile_id as id, coalesce(m.to_profile, t.profile_id) as profile_id, t.value, t.set_at,
    t.expires_at
from facts.latest_tags t
left join facts.identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
where t.brand_id = $brand and t.tag = $tag

-- name: compare
-- What is new, other, gone, or would run out before it is looked at again. Of merged persons the
-- youngest value stood; of equally young ones that of the person who stayed.
create or replace temp table changed as
with moved as (
    select distinct profile_id from before where id <> profile_id
), stood as (
    select * from before anti join moved using (profile_id)
    union all
    select * from before semi join moved using (profile_id)
    qualify row_number() over (
        partition by profile_id order by set_at desc, id = profile_id desc, id desc
    ) = 1
)
select profile_id, c.value, c.expires_at
from ({values}) c
full join stood l using (profile_id)
where c.value::varchar is distinct from l.value::varchar
    or (c.expires_at is distinct from l.expires_at
        and ($dated or l.expires_at is null or c.expires_at is null
            or l.expires_at < make_timestamp($renew)))

-- name: forget_others
-- Nothing that was set under another id of a person may stand again when the person's own goes.
insert into changed
select id, null, null from before semi join changed using (profile_id) where id <> profile_id

-- name: remember
insert into facts.tag_values (brand_id, tag, profile_id, value, set_at, expires_at)
select $brand, $tag, profile_id, value, make_timestamp($at), expires_at from changed
order by profile_id

-- name: drop_changed
delete from facts.latest_tags old using changed
where old.brand_id = $brand and old.tag = $tag and old.profile_id = changed.profile_id

-- name: add_changed
insert into facts.latest_tags (brand_id, tag, profile_id, value, set_at, expires_at)
select $brand, $tag, profile_id, value, make_timestamp($at), expires_at from changed
where value is not null order by profile_id

-- name: counts
select (select count(*) from ({values})), (select count(*) from changed)
