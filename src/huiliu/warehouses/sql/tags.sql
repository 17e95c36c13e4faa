-- name: encode_number
-- Rounded, so that a sum whose parts were added in another order is no other value; plus zero, so
-- that no zero is negative.
case when isfinite(value::double) then to_json(round(value::double, 6) + 0.0) end

-- name: encode_text
to_json(value::varchar)

-- name: encode_flag
to_json(value::boolean)

-- name: encode_moment
to_json(strftime(value, '%Y-%m-%dT%H:%M:%S.%fZ'))

-- name: encode_list
to_json(value::varchar[])

-- name: stand
-- Which of the computed values stand: none that ran out already.
create or replace temp table standing as
select profile_id, value, expires_at from found
where profile_id is not null and value is not null
    and (expires_at is null or expires_at > make_timestamp($at))

-- name: compare
-- What is new, other, gone, or would run out before it is looked at again.
create or replace temp table changed as
select profile_id, c.value, c.expires_at
from standing c
full join (
    select profile_id, value, expires_at from facts.latest_tags
    where brand_id = $brand and tag = $tag
) l using (profile_id)
where c.value::varchar is distinct from l.value::varchar
    or (c.expires_at is distinct from l.expires_at
        and ($dated or l.expires_at is null or c.expires_at is null
            or l.expires_at < make_timestamp($renew)))

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
select (select count(*) from standing), (select count(*) from changed)
