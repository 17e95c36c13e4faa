-- Ad accounts, their audiences, and the log of what was shared.

-- name: put_account
insert into ad_accounts (brand_id, name, platform, sealed, paused, created_at, changed_at)
values (%(brand)s, %(name)s, %(platform)s, %(sealed)s, %(paused)s, %(at)s, %(at)s)
on conflict (brand_id, name) do update set platform = excluded.platform,
    sealed = excluded.sealed, paused = excluded.paused, changed_at = excluded.changed_at;

-- name: accounts
select brand_id, name, platform, sealed, paused, created_at, changed_at from ad_accounts
where (%(brand)s::smallint is null or brand_id = %(brand)s)
    and (%(name)s::text is null or name = %(name)s)
order by brand_id, name;

-- name: pause_account
update ad_accounts set paused = %s where brand_id = %s and name = %s;

-- name: remove_account
delete from ad_accounts where brand_id = %s and name = %s;

-- name: brands
select distinct brand_id from ad_accounts;

-- name: put_audience
insert into ad_audiences (
    brand_id, slug, account, stamp, remote, is_published, fill_after, due_at, n_failures,
    failing_since, last_error, last_ok_at, served_at
)
values (
    %(brand_id)s, %(slug)s, %(account)s, %(stamp)s, %(remote)s, %(is_published)s, %(fill_after)s,
    %(due_at)s, %(n_failures)s, %(failing_since)s, %(last_error)s, %(last_ok_at)s, 0
)
on conflict (brand_id, slug) do update set account = excluded.account, stamp = excluded.stamp,
    remote = excluded.remote, is_published = excluded.is_published,
    fill_after = excluded.fill_after, due_at = excluded.due_at,
    n_failures = excluded.n_failures, failing_since = excluded.failing_since,
    last_error = excluded.last_error, last_ok_at = excluded.last_ok_at;

-- name: audiences
select brand_id, slug, account, stamp, remote, is_published, fill_after, due_at, n_failures,
    failing_since, last_error, last_ok_at
from ad_audiences
where (%(brand)s::smallint is null or brand_id = %(brand)s)
    and (%(slug)s::text is null or slug = %(slug)s)
order by brand_id, slug;

-- name: forget_audience
delete from ad_audiences where brand_id = %s and slug = %s;

-- name: forget_members
delete from ad_members where brand_id = %s and audience = %s;

-- name: due
select a.brand_id, a.slug from ad_audiences a
where a.due_at <= %(now)s and (
    a.fill_after >= 0
    or (a.remote <> '' and not a.is_published)
    or exists (
        select from ad_members m
        where m.brand_id = a.brand_id and m.audience = a.slug and m.dirty_at > 0
            and (m.shared <> '' or m.dirty_at <= %(adds_before)s)
    )
)
order by a.served_at, a.brand_id, a.slug;

-- name: alone
select pg_try_advisory_xact_lock(hashtextextended('ads ' || %s::text, %s));

-- name: served
update ad_audiences set served_at = %s where brand_id = %s and slug = %s;

-- name: mark
insert into ad_members
    (brand_id, audience, profile_id, joined, shared, shared_at, why, dirty_at)
select %(brand)s, %(audience)s, p, 0, '', 0, 'new', %(at)s
from unnest(%(profiles)s::bigint[]) as p order by p
on conflict (brand_id, audience, profile_id) do update set dirty_at = excluded.dirty_at;

-- name: mark_known
update ad_members set dirty_at = %s where brand_id = %s and profile_id = any(%s);

-- name: mark_all
update ad_members set dirty_at = %s where brand_id = %s and audience = %s;

-- name: join
insert into ad_members
    (brand_id, audience, profile_id, joined, shared, shared_at, why, dirty_at)
values (%(brand)s, %(audience)s, %(profile)s, %(joined)s, '', 0, 'new', %(at)s)
on conflict (brand_id, audience, profile_id)
do update set joined = excluded.joined, dirty_at = excluded.dirty_at;

-- name: of_person
select audience, profile_id, joined, shared, shared_at, why, dirty_at from ad_members
where brand_id = %s and profile_id = any(%s) order by audience, profile_id;

-- name: lock_person
select 1 from ad_members where brand_id = %s and profile_id = any(%s)
order by audience, profile_id for update;

-- name: drop_person
delete from ad_members where brand_id = %s and profile_id = %s;

-- name: dirty
select profile_id, joined, shared, shared_at, why, dirty_at from ad_members
where brand_id = %(brand)s and audience = %(audience)s and dirty_at > 0
    and (shared <> '' or dirty_at <= %(adds_before)s)
order by (shared = ''), dirty_at, profile_id
limit %(limit)s;

-- name: members
select profile_id, joined, shared, shared_at, why, dirty_at from ad_members
where brand_id = %s and audience = %s and profile_id > %s order by profile_id limit %s;

-- name: write_members
insert into ad_members
    (brand_id, audience, profile_id, joined, shared, shared_at, why, dirty_at)
select %(brand)s, %(audience)s, t.* from unnest(
    %(profiles)s::bigint[], %(joined)s::smallint[], %(shared)s::bytea[], %(at)s::bigint[],
    %(why)s::text[], %(dirty)s::bigint[]
) as t
on conflict (brand_id, audience, profile_id) do update set shared = excluded.shared,
    shared_at = excluded.shared_at, why = excluded.why;

-- name: settle
update ad_members m set dirty_at = 0
from unnest(%(profiles)s::bigint[], %(dirty)s::bigint[]) as t (profile, dirty)
where m.brand_id = %(brand)s and m.audience = %(audience)s and m.profile_id = t.profile
    and m.dirty_at = t.dirty;

-- name: drop_members
delete from ad_members
where brand_id = %s and audience = %s and profile_id = any(%s) and shared = '' and dirty_at = 0;

-- name: member_counts
select shared <> '', dirty_at > 0, why, count(*) from ad_members
where brand_id = %s and audience = %s group by 1, 2, 3;

-- name: record_transfers
insert into ad_transfers (
    brand_id, at, profile_id, platform, account, audience, action, kinds, reason, consent,
    reference
)
select %(brand)s, t.* from unnest(
    %(at)s::bigint[], %(profiles)s::bigint[], %(platforms)s::text[], %(accounts)s::text[],
    %(audiences)s::text[], %(actions)s::text[], %(kinds)s::text[], %(reasons)s::text[],
    %(consents)s::bigint[], %(references)s::text[]
) as t;

-- name: transfers
select at, profile_id, platform, account, audience, action, kinds, reason, consent, reference,
    transfer_id
from ad_transfers
where brand_id = %(brand)s
    and (%(audience)s = '' or audience = %(audience)s)
    and (%(account)s = '' or account = %(account)s)
    and (%(profiles)s::bigint[] is null or profile_id = any(%(profiles)s))
    and (%(before)s::bigint is null or transfer_id < %(before)s)
order by transfer_id desc limit %(limit)s;

-- name: words
-- The last word of each channel on sharing with ad platforms; the merged speak for the present.
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select distinct on (ids.person, c.channel) ids.person, c.channel, c.state, c.occurred_at,
    c.position, c.expires_at
from ids cross join lateral (
    select channel, state, occurred_at, position, expires_at from consents
    where brand_id = %(brand)s and profile_id = ids.id and state <> 'requested'
        and purpose = %(purpose)s
    offset 0
) c
order by ids.person, c.channel, c.occurred_at desc, c.position desc;
