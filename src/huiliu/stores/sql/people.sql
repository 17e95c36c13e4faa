-- name: resolve
select identifier, profile_id from identities
where brand_id = %s and identifier = any(%s);

-- name: places
select identifier, came_with, profile_id from identities
where brand_id = %s and identifier = any(%s);

-- name: counts
select profile_id, type, count(*) from identities
where brand_id = %s and profile_id = any(%s)
group by profile_id, type;

-- name: apart
select one, other from (
    select coalesce(a.to_profile, s.profile_id) as one, coalesce(b.to_profile, s.other_profile) as other
    from identity_apart s
    left join identity_map a on a.brand_id = s.brand_id and a.from_profile = s.profile_id
    left join identity_map b on b.brand_id = s.brand_id and b.from_profile = s.other_profile
    where s.brand_id = %(brand)s
) pairs
where one <> other and (one = any(%(profiles)s) or other = any(%(profiles)s));

-- name: identifiers
select profile_id, type, identifier, came_with from identities
where brand_id = %s and profile_id = any(%s)
order by profile_id, type, position, identifier;

-- name: identities
select type, identifier, came_with, first_seen_at, position from identities
where brand_id = %s and profile_id = %s
order by type, position, identifier;

-- name: present
select from_profile, to_profile from identity_map
where brand_id = %s and from_profile = any(%s);

-- name: histories
select to_profile, from_profile from identity_map
where brand_id = %s and to_profile = any(%s)
order by position, from_profile;

-- name: profiles
select brand_id, profile_id, first_seen_at, last_seen_at, traits::text from profiles
where brand_id = %s and profile_id = any(%s);

-- name: recent
select brand_id, profile_id, first_seen_at, last_seen_at, traits::text from profiles
where brand_id = %s and (last_seen_at, profile_id) < (%s, %s)
order by last_seen_at desc, profile_id desc
limit %s;

-- name: standing
select profile_id, first_seen_at, last_seen_at, traits -> 'zone' ->> 0, traits -> 'locale' ->> 0
from profiles where brand_id = %s and profile_id = any(%s);

-- name: lock
select from profiles
where brand_id = %s and profile_id = any(%s)
order by profile_id
for no key update;

-- name: facts
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
-- Lateral and offset 0: always one index descent per person, whatever the statistics say.
select ids.person, f.name, f.occurred_at, f.position, f.properties::text
from ids cross join lateral (
    select name, occurred_at, position, properties from event_facts
    where brand_id = %(brand)s and profile_id = ids.id
      and name = any(%(names)s) and occurred_at >= %(since)s
    offset 0
) f
order by f.occurred_at, f.position;

-- name: add_event_facts
insert into event_facts (brand_id, profile_id, name, occurred_at, position, properties)
select brand, profile, name, at, position, properties::jsonb
from unnest(%s::smallint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::text[])
    as t(brand, profile, name, at, position, properties)
on conflict do nothing;

-- name: consents
-- What was only asked for is no answer yet; a yes that has ended is `expired`.
with ids as (
    select p as person, p as id from unnest(%(profiles)s::bigint[]) p
    union all
    select to_profile, from_profile from identity_map
    where brand_id = %(brand)s and to_profile = any(%(profiles)s)
)
select distinct on (ids.person, c.channel, c.purpose) ids.person, c.channel, c.purpose,
    case when c.state = 'granted' and c.expires_at > 0 and c.expires_at <= %(at)s
         then 'expired' else c.state end
from ids cross join lateral (
    select channel, purpose, state, occurred_at, position, expires_at from consents
    where brand_id = %(brand)s and profile_id = ids.id and state <> 'requested'
    offset 0
) c
order by ids.person, c.channel, c.purpose, c.occurred_at desc, c.position desc;

-- name: consent_history
select brand_id, profile_id, channel, purpose, state, occurred_at, position, method,
    evidence::text, legal_basis, jurisdiction, text_version, text_locale, source, collected_by,
    address, expires_at, prev, row_hash
from consents
where brand_id = %s and profile_id = any(%s)
order by occurred_at desc, position desc, channel, purpose;

-- name: consent_tails
select distinct on (profile_id) profile_id, row_hash from consents
where brand_id = %s and profile_id = any(%s)
order by profile_id, position desc, channel desc, purpose desc;

-- name: recent_consents
-- The newest first, below a place; each person's present id beside the one that it came with.
select coalesce(m.to_profile, c.profile_id), c.brand_id, c.profile_id, c.channel, c.purpose,
    c.state, c.occurred_at, c.position, c.method, c.evidence::text, c.legal_basis,
    c.jurisdiction, c.text_version, c.text_locale, c.source, c.collected_by, c.address,
    c.expires_at, c.prev, c.row_hash
from consents c
left join identity_map m on m.brand_id = c.brand_id and m.from_profile = c.profile_id
where c.brand_id = %(brand)s and c.position < %(before)s
  and (%(channel)s = '' or c.channel = %(channel)s)
  and (%(purpose)s = '' or c.purpose = %(purpose)s)
  and (%(state)s = '' or c.state = %(state)s)
  and (%(method)s = '' or c.method = %(method)s)
order by c.position desc, c.channel, c.purpose
limit %(limit)s;

-- name: consent_counts
-- How many people stand where now, by channel and purpose.
select channel, purpose, state, count(*) from (
    select distinct on (coalesce(m.to_profile, c.profile_id), c.channel, c.purpose)
        c.channel, c.purpose,
        case when c.state = 'granted' and c.expires_at > 0 and c.expires_at <= %(at)s
             then 'expired' else c.state end as state
    from consents c
    left join identity_map m on m.brand_id = c.brand_id and m.from_profile = c.profile_id
    where c.brand_id = %(brand)s and c.state <> 'requested'
    order by coalesce(m.to_profile, c.profile_id), c.channel, c.purpose,
        c.occurred_at desc, c.position desc
) last
group by channel, purpose, state
order by channel, purpose, state;

-- name: ended_consents
-- A yes that has ended, and whether anything was said since by the same person.
with ended as (
    select c.brand_id, c.profile_id, c.channel, c.purpose, c.expires_at, c.position,
        c.occurred_at, coalesce(m.to_profile, c.profile_id) as person
    from consents c
    left join identity_map m on m.brand_id = c.brand_id and m.from_profile = c.profile_id
    where c.expires_at > 0 and c.state = 'granted' and not c.end_told and c.expires_at <= %(at)s
    order by c.expires_at
    limit %(limit)s
)
select e.brand_id, e.profile_id, e.channel, e.purpose, e.expires_at, e.position, exists (
    select from consents later
    where later.brand_id = e.brand_id and later.channel = e.channel and later.purpose = e.purpose
      and later.state <> 'requested'
      and (later.occurred_at, later.position) > (e.occurred_at, e.position)
      and later.profile_id in (
          select e.person union all
          select from_profile from identity_map
          where brand_id = e.brand_id and to_profile = e.person
      )
) from ended e;

-- name: tell_ended
update consents c set end_told = true
from unnest(%s::smallint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[])
    as t(brand, profile, channel, purpose, position)
where c.brand_id = t.brand and c.profile_id = t.profile and c.channel = t.channel
  and c.purpose = t.purpose and c.position = t.position;

-- name: record_consents
insert into consents (
    brand_id, profile_id, channel, purpose, state, occurred_at, position, method, evidence,
    legal_basis, jurisdiction, text_version, text_locale, source, collected_by, address,
    expires_at, prev, row_hash
)
select brand, profile, channel, purpose, state, at, position, method, evidence::jsonb,
    basis, country, version, locale, source, by, address, expires, prev, hash
from unnest(
    %s::smallint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::bytea[], %s::bigint[], %s::bytea[], %s::bytea[]
) as t(brand, profile, channel, purpose, state, at, position, method, evidence, basis, country,
       version, locale, source, by, address, expires, prev, hash)
on conflict do nothing;

-- name: suppressed
select distinct address from suppressions where brand_id = %s and address = any(%s);

-- name: suppressions
select address, reason, scope from suppressions where brand_id = %s and address = any(%s);

-- name: suppress
-- The same reason again holds for the longer of the two times; 0 is for ever.
insert into suppressions as s (brand_id, address, reason, at, scope, until, source)
select %s, address, reason, at, scope, until, source
from unnest(%s::bytea[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[])
    as t(address, reason, at, scope, until, source)
order by address, reason
on conflict (brand_id, address, reason) do update set
    until = case when s.until = 0 or excluded.until = 0 then 0
                 else greatest(s.until, excluded.until) end
where s.until <> 0 and (excluded.until = 0 or excluded.until > s.until);

-- name: unsuppress
delete from suppressions where brand_id = %s and address = any(%s) and reason = %s;

-- name: lift_refusals
delete from suppressions s
using unnest(%(profiles)s::bigint[], %(types)s::smallint[], %(at)s::bigint[])
    as t(profile, type, at), identities i
where i.brand_id = %(brand)s and i.profile_id = t.profile and i.type = t.type
  and s.brand_id = i.brand_id and s.address = i.identifier
  and s.reason in ('opted_out', 'complained') and s.at < t.at;

-- name: ended_suppressions
select brand_id, reason, array_agg(address) from (
    select brand_id, address, reason from suppressions
    where until > 0 and until <= %s
    order by until
    limit %s
) ended
group by brand_id, reason;

-- name: list_suppressions
select address, reason, scope, at, until, source from suppressions
where brand_id = %(brand)s
  and (%(reason)s = '' or reason = %(reason)s)
  and (%(at)s::bigint is null or (at, address, reason) < (%(at)s, %(address)s, %(after)s))
order by at desc, address desc, reason desc
limit %(limit)s;

-- name: suppression_rows
select address, reason, scope, at, until, source from suppressions
where brand_id = %s and address = %s order by at, reason;

-- name: count_suppressions
select reason, scope, count(*) from suppressions where brand_id = %s
group by reason, scope order by reason, scope;

-- name: attach
insert into identities (
    brand_id, identifier, type, profile_id, came_with, first_seen_at, position
)
select %s, identifier, type, profile, came_with, at, position
from unnest(%s::bytea[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    as t(identifier, type, profile, came_with, at, position)
-- Neighbours in the index are met together.
order by identifier
on conflict do nothing;

-- name: see
-- In id order: whoever locks several people locks them in this order too.
insert into profiles as p (brand_id, profile_id, first_seen_at, last_seen_at, traits)
select brand, profile, first_at, last_at, traits::jsonb
from unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
    as t(brand, profile, first_at, last_at, traits)
order by brand, profile
on conflict (brand_id, profile_id) do update set
    first_seen_at = least(p.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at),
    traits = merge_traits(p.traits, excluded.traits)
where excluded.first_seen_at < p.first_seen_at or excluded.last_seen_at > p.last_seen_at
   or excluded.traits <> '{}';

-- name: rewrite
insert into profiles as p (brand_id, profile_id, first_seen_at, last_seen_at, traits)
select brand, profile, first_at, last_at, traits::jsonb
from unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
    as t(brand, profile, first_at, last_at, traits)
order by brand, profile
on conflict (brand_id, profile_id) do update set
    first_seen_at = excluded.first_seen_at,
    last_seen_at = excluded.last_seen_at,
    traits = excluded.traits;

-- name: merge_map
update identity_map m set to_profile = t.final
from unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
where m.brand_id = %(brand)s and m.to_profile = t.gone and m.to_profile = any(%(gone)s);

-- name: merge_add
insert into identity_map (
    brand_id, from_profile, to_profile, merged_into, position, merged_at
)
select %(brand)s, gone, final, merged_into, position, %(at)s
from unnest(%(gone)s::bigint[], %(final)s::bigint[], %(into)s::bigint[], %(position)s::bigint[])
    as t(gone, final, merged_into, position);

-- name: merge_identities
update identities i set profile_id = t.final
from unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
where i.brand_id = %(brand)s and i.profile_id = t.gone and i.profile_id = any(%(gone)s);

-- name: merge_profiles
with moves as (
    select * from unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
), rows as (
    select m.final, p.first_seen_at, p.last_seen_at, p.traits
    from moves m join profiles p on p.brand_id = %(brand)s and p.profile_id = m.gone
), times as (
    select final, min(first_seen_at) as first_at, max(last_seen_at) as last_at
    from rows group by final
), latest as (
    -- The last value of a key stays in jsonb_object_agg.
    select final, jsonb_object_agg(t.key, t.value
        order by (t.value ->> 1)::bigint, (t.value ->> 2)::bigint) as traits
    from rows, jsonb_each(rows.traits) t group by final
)
update profiles p set
    first_seen_at = least(p.first_seen_at, times.first_at),
    last_seen_at = greatest(p.last_seen_at, times.last_at),
    traits = merge_traits(p.traits, coalesce(latest.traits, '{}'))
from times left join latest using (final)
where p.brand_id = %(brand)s and p.profile_id = times.final;

-- name: merge_delete
delete from profiles where brand_id = %(brand)s and profile_id = any(%(gone)s);

-- name: merge_subjects
update subject_keys s set profile_id = t.final
from unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
where s.brand_id = %(brand)s and s.profile_id = t.gone and s.profile_id = any(%(gone)s);

-- name: merge_memberships
with moved as (
    delete from memberships m
    using unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
    where m.brand_id = %(brand)s and m.profile_id = t.gone and m.profile_id = any(%(gone)s)
    returning m.segment, t.final, m.since_at
)
insert into memberships (brand_id, segment, profile_id, since_at)
select %(brand)s, segment, final, min(since_at) from moved group by segment, final
on conflict do nothing;

-- name: merge_timers
with moved as (
    delete from condition_timers c
    using unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
    where c.brand_id = %(brand)s and c.profile_id = any(%(gone)s) and c.profile_id = t.gone
    returning t.final, c.due_at
)
insert into condition_timers as c (brand_id, profile_id, due_at)
select %(brand)s, final, min(due_at) from moved group by final
on conflict (brand_id, profile_id) do update set due_at = least(c.due_at, excluded.due_at);

-- name: merge_runs_doubled
-- Two active runs of one journey and key cannot stand: the one that began first goes on.
select run_id from (
    select r.run_id, row_number() over (
        partition by r.journey, coalesce(t.final, r.profile_id), r.key
        order by r.entered_at, r.run_id
    ) as nth
    from journey_runs r
    left join unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
        on t.gone = r.profile_id
    where r.brand_id = %(brand)s and r.state = 'active'
      and r.profile_id = any(%(gone)s::bigint[] || %(final)s::bigint[])
) runs
where nth > 1
order by run_id;

-- name: merge_tokens_end
-- Before their runs: whoever ends a run takes the token first.
delete from journey_tokens where brand_id = %(brand)s and run_id = any(%(runs)s);

-- name: merge_runs_end
with ended as (
    update journey_runs set state = 'exited', reason = 'merged', ended_at = %(at)s
    where brand_id = %(brand)s and run_id = any(%(runs)s) and state = 'active'
    returning run_id, journey, version, profile_id
)
insert into journey_steps (
    brand_id, run_id, journey, version, profile_id, node, visit, at, what, details
)
select %(brand)s, run_id, journey, version, profile_id, '', 1, %(at)s, 'exited',
    '{"reason":"merged"}'::bytea
from ended order by run_id;

-- name: merge_runs_move
update journey_runs r set
    came_with = coalesce(r.came_with, r.profile_id), profile_id = t.final
from unnest(%(gone)s::bigint[], %(final)s::bigint[]) as t(gone, final)
where r.brand_id = %(brand)s and r.state = 'active' and r.profile_id = t.gone
  and r.profile_id = any(%(gone)s);

-- name: unmerge_map
delete from identity_map where brand_id = %(brand)s and from_profile = %(gone)s;

-- name: unmerge_subtree
update identity_map set to_profile = %(gone)s
where brand_id = %(brand)s and from_profile = any(%(restored)s);

-- name: unmerge_identities
update identities set profile_id = %(gone)s
where brand_id = %(brand)s and profile_id = %(present)s and came_with = any(%(restored)s);

-- name: unmerge_subjects
-- A subject is the strongest identifier of its event, so it goes where that one goes.
update subject_keys s set profile_id = %(gone)s
from identities i
where s.brand_id = %(brand)s and s.profile_id = %(present)s
  and i.brand_id = s.brand_id and i.identifier = s.subject and i.came_with = any(%(restored)s);

-- name: unmerge_runs
update journey_runs set profile_id = %(gone)s
where brand_id = %(brand)s and profile_id = %(present)s and state = 'active'
  and came_with = any(%(restored)s);

-- name: unmerge_apart
insert into identity_apart (brand_id, profile_id, other_profile, position, at)
values (%(brand)s, %(gone)s, %(into)s, %(position)s, %(at)s)
on conflict do nothing;

-- name: clear_memberships
delete from memberships where brand_id = %(brand)s and profile_id = any(%(people)s);

-- name: rewrite_memberships
insert into memberships (brand_id, segment, profile_id, since_at)
select %(brand)s, segment, person, at from (
    select distinct on (t.person, segment) t.person, l.name, l.occurred_at as at,
        convert_from(l.body, 'UTF8')::jsonb -> 'properties' ->> 'segment' as segment
    from unnest(%(persons)s::bigint[], %(ids)s::bigint[]) as t(person, id)
    join event_profiles e on e.brand_id = %(brand)s and e.profile_id = t.id
    join event_log l on l.log_partition = e.log_partition and l.log_offset = e.log_offset
        and l.received_at = e.received_at
    where l.brand_id = %(brand)s and l.kind = 7
        and l.name in ('Segment Entered', 'Segment Exited', 'Segment Kept')
    order by t.person, segment, l.log_offset desc
) last
where name <> 'Segment Exited' and segment is not null
on conflict do nothing;

-- name: merges
select from_profile, merged_into, position, merged_at from identity_map
where brand_id = %s and to_profile = %s
order by position, merged_at, from_profile;

-- name: refuse_merges
insert into identity_conflicts as c (
    brand_id, profile_id, identifier, type, other_profile, limit_type, first_position,
    first_at, last_at, n_seen
)
select %s, profile, identifier, type, other, limit_type, position, at, at, n
from unnest(
    %s::bigint[], %s::bytea[], %s::smallint[], %s::bigint[], %s::smallint[], %s::bigint[],
    %s::bigint[], %s::bigint[]
) as t(profile, identifier, type, other, limit_type, position, at, n)
on conflict (brand_id, profile_id, identifier) do update set
    other_profile = excluded.other_profile,
    limit_type = excluded.limit_type,
    first_at = least(c.first_at, excluded.first_at),
    last_at = greatest(c.last_at, excluded.last_at),
    n_seen = c.n_seen + excluded.n_seen;

-- name: conflicts
select profile_id, type, identifier, other_profile, limit_type, first_at, last_at, n_seen
from identity_conflicts
where brand_id = %(brand)s
  and (%(profile)s::bigint is null or profile_id = %(profile)s or other_profile = %(profile)s)
order by last_at desc, conflict_id desc
limit %(limit)s;

-- name: events
-- Per id the newest few by index, then the newest of those: never a person's whole history.
select l.log_partition, l.log_offset, l.brand_id, l.received_at, l.occurred_at, l.name, l.kind,
    l.identifiers, l.subject, l.flags, l.body
from (
    select e.log_partition, e.log_offset, e.received_at
    from unnest(%(ids)s::bigint[]) as t(id) cross join lateral (
        select log_partition, log_offset, received_at from event_profiles
        where brand_id = %(brand)s and profile_id = t.id
          and (log_partition, log_offset) < (%(partition)s, %(offset)s)
        order by log_partition desc, log_offset desc
        limit %(limit)s
    ) e
    order by e.log_partition desc, e.log_offset desc
    limit %(limit)s
) e
join event_log l on l.log_partition = e.log_partition and l.log_offset = e.log_offset
    and l.received_at = e.received_at
order by l.log_partition desc, l.log_offset desc;

-- name: backfill_facts
insert into event_facts (brand_id, profile_id, name, occurred_at, position, properties)
select l.brand_id, e.profile_id, t.canonical, l.occurred_at,
    (l.log_partition::bigint << 48) | l.log_offset,
    coalesce(convert_from(l.body, 'UTF8')::jsonb -> 'properties', '{}')
from event_log l
join unnest(%(written)s::text[], %(canonical)s::text[]) as t(written, canonical)
    on t.written = l.name
join event_profiles e on e.log_partition = l.log_partition and e.log_offset = l.log_offset
    and e.received_at = l.received_at
where l.brand_id = %(brand)s and l.name = any(%(written)s)
  and l.log_partition = %(partition)s and l.log_offset >= %(first)s and l.log_offset < %(past)s
on conflict do nothing;
