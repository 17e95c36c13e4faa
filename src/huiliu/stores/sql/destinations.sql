-- Destinations; their settings are sealed with the instance key.

-- name: put
insert into destinations (
    brand_id, name, format, sealed, state, reason, created_at, changed_at, next_offset,
    started_offset, tag_cursors, due_at, tags_due_at, failing_since, n_failures, last_error,
    last_error_at, last_ok_at, n_sent, revealed_on
)
values (
    %(brand_id)s, %(name)s, %(format)s, %(sealed)s, %(state)s, %(reason)s, %(created_at)s,
    %(changed_at)s, %(next_offset)s, %(started_offset)s, %(tag_cursors)s, %(due_at)s,
    %(tags_due_at)s, %(failing_since)s, %(n_failures)s, %(last_error)s, %(last_error_at)s,
    %(last_ok_at)s, %(n_sent)s, %(revealed_on)s
)
on conflict (brand_id, name) do update set
    format = excluded.format, sealed = excluded.sealed, state = excluded.state,
    reason = excluded.reason, changed_at = excluded.changed_at,
    next_offset = excluded.next_offset, started_offset = excluded.started_offset,
    tag_cursors = excluded.tag_cursors, due_at = excluded.due_at,
    tags_due_at = excluded.tags_due_at, failing_since = excluded.failing_since,
    n_failures = excluded.n_failures, last_error = excluded.last_error,
    last_error_at = excluded.last_error_at, last_ok_at = excluded.last_ok_at,
    n_sent = excluded.n_sent, revealed_on = excluded.revealed_on;

-- name: all
select brand_id, sealed, state, reason, created_at, changed_at, next_offset, started_offset,
    tag_cursors, due_at, tags_due_at, failing_since, n_failures, last_error, last_error_at,
    last_ok_at, n_sent, revealed_on
from destinations
where (%(brand)s::smallint is null or brand_id = %(brand)s)
    and (%(name)s::text is null or name = %(name)s)
order by brand_id, name;

-- name: lock
select 1 from destinations where brand_id = %s and name = %s for update;

-- name: remove
delete from destinations where brand_id = %s and name = %s;

-- name: remove_items
delete from destination_items where brand_id = %s and destination = %s;

-- name: remove_told
delete from destination_told where brand_id = %s and destination = %s;

-- name: due
select d.brand_id, d.name from destinations d
where d.state = 'live' and d.due_at <= %(now)s
    and (d.format = 'csv' or d.next_offset < %(projected)s or d.tags_due_at <= %(now)s
        or exists (
            select from destination_items i
            where i.brand_id = d.brand_id and i.destination = d.name and i.state = 'waiting'
                and i.due_at <= %(now)s
                and not exists (
                    select from destination_items e
                    where e.brand_id = i.brand_id and e.destination = i.destination
                        and e.state = 'waiting' and e.profile_id = i.profile_id
                        and e.profile_id <> 0 and e.due_at > %(now)s and e.seq < i.seq
                )
        ))
order by d.served_at, d.brand_id, d.name;

-- name: alone
select pg_try_advisory_xact_lock(hashtextextended('destination ' || %s::text, %s));

-- name: served
update destinations set served_at = %s where brand_id = %s and name = %s;

-- name: backlog
select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'dead')
from destination_items where brand_id = %s and destination = %s;

-- name: oldest
select received_at from event_log where log_partition = 0 and log_offset >= %s
order by log_offset limit 1;

-- name: due_items
select item_id, seq, profile_id, item, state, first_at, due_at, n_tries, last_status, last_error
from destination_items i
where brand_id = %(brand)s and destination = %(name)s and state = 'waiting' and due_at <= %(now)s
    and not exists (
        select from destination_items e
        where e.brand_id = i.brand_id and e.destination = i.destination and e.state = 'waiting'
            and e.profile_id = i.profile_id and e.profile_id <> 0 and e.due_at > %(now)s
            and e.seq < i.seq
    )
order by seq limit %(limit)s;

-- name: busy
select distinct profile_id from destination_items
where brand_id = %s and destination = %s and state = 'waiting' and profile_id = any(%s)
    and profile_id <> 0;

-- name: park
insert into destination_items (
    brand_id, destination, item_id, seq, profile_id, item, state, first_at, due_at, n_tries,
    last_status, last_error
)
select %(brand)s, %(name)s, t.* from unnest(
    %(ids)s::bytea[], %(seqs)s::bigint[], %(profiles)s::bigint[], %(items)s::bytea[],
    %(states)s::text[], %(firsts)s::bigint[], %(dues)s::bigint[], %(tries)s::integer[],
    %(statuses)s::integer[], %(errors)s::text[]
) as t
on conflict (brand_id, destination, item_id) do update set state = excluded.state,
    due_at = excluded.due_at, n_tries = excluded.n_tries, last_status = excluded.last_status,
    last_error = excluded.last_error;

-- name: unpark
delete from destination_items where brand_id = %s and destination = %s and item_id = any(%s);

-- name: parked
select item_id, seq, profile_id, item, state, first_at, due_at, n_tries, last_status, last_error
from destination_items where brand_id = %s and destination = %s and state = %s
order by seq limit %s;

-- name: revive
update destination_items set state = 'waiting', first_at = %s, due_at = 0
where brand_id = %s and destination = %s and state = 'dead';

-- name: told
select profile_id, told from destination_told
where brand_id = %s and destination = %s and profile_id = any(%s);

-- name: keep_told
insert into destination_told (brand_id, destination, profile_id, told)
select %(brand)s, %(name)s, t.* from unnest(%(profiles)s::bigint[], %(told)s::bytea[]) as t
on conflict (brand_id, destination, profile_id) do update set told = excluded.told;

-- name: forget_told
delete from destination_told
where brand_id = %s and destination = %s and profile_id = any(%s);

-- name: received_at
select received_at from event_log where log_partition = 0 and log_offset = %s;
