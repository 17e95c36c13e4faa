-- name: states
select brand_id, tag, due_at, computed_at, version, took_us, n_values, n_changed, failed_at, fault,
    carried_at, carried_profile
from tag_states where brand_id = %s order by tag;

-- name: schedule
insert into tag_states (brand_id, tag, due_at) values (%s, %s, %s)
on conflict (brand_id, tag) do update set due_at = least(tag_states.due_at, excluded.due_at);

-- name: next_due
select due_at, brand_id from tag_states order by due_at limit 1;

-- name: alone
select pg_try_advisory_xact_lock(hashtextextended('tags', %s));

-- name: computed
update tag_states set due_at = %(due)s, computed_at = %(at)s, version = %(version)s,
    took_us = %(took)s, n_values = %(values)s, n_changed = %(changed)s, failed_at = 0, fault = ''
where brand_id = %(brand)s and tag = %(tag)s;

-- name: add_refresh
insert into tag_refreshes
    (brand_id, tag, at, version, took_us, n_values, n_changed, published)
values (%(brand)s, %(tag)s, %(at)s, %(version)s, %(took)s, %(values)s, %(changed)s, %(published)s)
on conflict (brand_id, tag, at) do update set version = excluded.version,
    took_us = excluded.took_us, n_values = excluded.n_values, n_changed = excluded.n_changed,
    published = excluded.published;

-- name: failed
update tag_states set failed_at = %s, fault = %s, due_at = %s where brand_id = %s and tag = %s;

-- name: refreshes
select tag, at, version, took_us, n_values, n_changed, published
from tag_refreshes where brand_id = %s and tag = %s order by at desc limit %s;

-- name: published
select distinct on (tag) tag, published
from tag_refreshes where brand_id = %s and at <= %s order by tag, at desc;

-- name: stand
-- What stands already is left alone, and what is older than what stands changes nothing.
insert into tag_values (brand_id, tag, profile_id, value, set_at, expires_at)
select %(brand)s, %(tag)s, t.profile, t.value::jsonb, t.set_at, t.expires
from unnest(%(profiles)s::bigint[], %(values)s::text[], %(set)s::bigint[], %(expires)s::bigint[])
    as t(profile, value, set_at, expires)
order by t.profile
on conflict (brand_id, profile_id, tag) do update
    set value = excluded.value, set_at = excluded.set_at, expires_at = excluded.expires_at
    where tag_values.set_at <= excluded.set_at
        and (tag_values.value, tag_values.expires_at)
            is distinct from (excluded.value, excluded.expires_at)
returning profile_id;

-- name: clear
delete from tag_values using unnest(%(profiles)s::bigint[], %(set)s::bigint[]) as t(profile, at)
where tag_values.brand_id = %(brand)s and tag_values.tag = %(tag)s
    and tag_values.profile_id = t.profile and tag_values.set_at <= t.at
returning tag_values.profile_id;

-- name: carried
update tag_states set carried_at = %s, carried_profile = %s where brand_id = %s and tag = %s;

-- name: forget_values
delete from tag_values where brand_id = %s and tag = %s returning profile_id;

-- name: forget_state
delete from tag_states where brand_id = %s and tag = %s;

-- name: of_profile
select tag, profile_id, value, set_at, expires_at
from tag_values where brand_id = %s and profile_id = %s order by tag;

-- name: cuts
-- Nobody has the id 0: such a row says that the top is empty from there on.
select distinct on (tag, n) tag, n, value, profile_id
from tag_cuts where brand_id = %s and at <= %s order by tag, n, at desc;

-- name: publish_cut
insert into tag_cuts (brand_id, tag, n, at, value, profile_id) values (%s, %s, %s, %s, %s, %s)
on conflict (brand_id, tag, n, at) do update
    set value = excluded.value, profile_id = excluded.profile_id;
