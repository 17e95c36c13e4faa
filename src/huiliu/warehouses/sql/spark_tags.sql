-- name: encode_number
-- As in tags.sql, letter for letter, so that facts that moved here are not all new: rounded, whole
-- numbers as such, never with an exponent.
case when not isnan(cast(value as double)) and abs(cast(value as double)) < 1e30d then
    concat('{"v":', case
        when abs(cast(value as double)) < 1e15d
            and round(cast(value as double), 6) = floor(round(cast(value as double), 6))
        then cast(cast(round(cast(value as double), 6) as bigint) as string)
        else regexp_replace(regexp_replace(
            cast(cast(round(cast(value as double), 6) as decimal(38, 6)) as string),
            '0+$', ''), '[.]$', '.0') end, '}') end

-- name: encode_text
to_json(named_struct('v', cast(value as string)))

-- name: encode_flag
to_json(named_struct('v', cast(value as boolean)))

-- name: encode_moment
to_json(named_struct('v', date_format(value, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'")))

-- name: encode_list
to_json(named_struct('v', cast(value as array<string>)))

-- name: changed
-- What is new, other, gone, or would run out before it is looked at again; of merged persons the
-- youngest value stood, and nothing set under another of their ids may stand again.
with so_far as (
    select t.profile_id as id, coalesce(m.to_profile, t.profile_id) as profile_id, t.value,
        t.set_at, t.expires_at,
        row_number() over (
            partition by coalesce(m.to_profile, t.profile_id)
            order by t.set_at desc, m.to_profile is null desc, t.profile_id desc) as nth
    from facts_latest_tags t
    left join facts_identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
    where t.brand_id = {brand} and t.tag = {tag}
), changed as (
    select coalesce(c.profile_id, l.profile_id) as profile_id, c.value, c.expires_at
    from ({values}) c
    full join (select * from so_far where nth = 1) l on l.profile_id = c.profile_id
    where not (c.value <=> l.value)
        or (not (c.expires_at <=> l.expires_at)
            and ({dated} or l.expires_at is null or c.expires_at is null
                or l.expires_at < cast(timestamp_micros({renew}L) as timestamp_ntz)))
), others as (
    select s.id as profile_id, cast(null as string) as value,
        cast(null as timestamp_ntz) as expires_at
    from so_far s left semi join changed c on c.profile_id = s.profile_id
    where s.id <> s.profile_id
)
select cast({brand} as smallint) as brand_id, {tag} as tag, profile_id, value,
    cast(timestamp_micros({at}L) as timestamp_ntz) as set_at, expires_at
from (select * from changed union all select * from others)
