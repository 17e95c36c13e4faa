-- name: events
-- A column is one run of bytes: PostgreSQL joins them faster than a client takes rows apart.
-- At most 256 MB of bodies at once, but always one event.
select count(*), max(log_offset),
    string_agg(int8send(log_offset), ''), string_agg(int2send(brand_id), ''),
    string_agg(int8send(received_at), ''), string_agg(int8send(occurred_at), ''),
    string_agg(convert_to(name, 'UTF8'), ''), string_agg(int4send(octet_length(name)), ''),
    string_agg(int2send(kind), ''), string_agg(int2send(flags), ''),
    string_agg(body, ''), string_agg(int4send(length(body)), ''),
    string_agg(int8send(coalesce(profile_id, 0)), '')
from (
    select l.log_offset, l.brand_id, l.received_at, l.occurred_at, l.name, l.kind, l.flags, l.body,
        p.profile_id,
        sum(length(l.body)) over (order by l.log_offset) - length(l.body) as before
    from event_log l
    left join event_profiles p
        on p.log_partition = l.log_partition and p.log_offset = l.log_offset
        and p.received_at = l.received_at
    where l.log_partition = %(partition)s and l.log_offset >= %(first)s
        and l.log_offset < %(first)s + %(limit)s::bigint
        and l.log_offset < (
            select next_offset from log_cursors
            where consumer = 'projector' and log_partition = %(partition)s)
    order by l.log_offset
) ordered
where before < 268435456;

-- name: identities
select brand_id, type, identifier, came_with, first_seen_at, position
from identities where position >= %s and position < %s
order by position, identifier;

-- name: steps
select txid::text::bigint, step_id, brand_id, run_id, journey, version, profile_id, node, visit,
    at, what, details
from journey_steps
where (txid, step_id) > (%s::text::xid8, %s) and txid < pg_snapshot_xmin(pg_current_snapshot())
order by txid, step_id
limit %s;

-- name: last_step
select txid::text::bigint, step_id from journey_steps
where txid < pg_snapshot_xmin(pg_current_snapshot())
order by txid desc, step_id desc
limit 1;

-- name: told
select distinct p.brand_id, p.profile_id, t.key, (t.value -> 0)::text,
    (t.value ->> 1)::bigint, (t.value ->> 2)::bigint
from unnest(%(profiles)s::bigint[]) as asked(id)
left join identity_map m on m.brand_id = %(brand)s and m.from_profile = asked.id
join profiles p on p.brand_id = %(brand)s and p.profile_id = coalesce(m.to_profile, asked.id)
cross join jsonb_each(p.traits) t
where t.key in ('zone', 'locale');
