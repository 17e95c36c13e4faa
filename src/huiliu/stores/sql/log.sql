-- name: lock_head
select next_offset, exists (select from event_keys where key_day = any(%s))
from log_heads where log_partition = %s for update;

-- name: move_head
with moved as (
    update log_heads set next_offset = %s where log_partition = %s
)
select pg_notify('huiliu_log', '');

-- name: head
select next_offset from log_heads where log_partition = %s;

-- name: known_keys
select key_day, message_key from event_keys where key_day = any(%b) and message_key = any(%b);

-- name: copy_keys
copy event_keys (key_day, message_key) from stdin (format binary);

-- name: copy_events
copy event_log (
    brand_id, log_partition, log_offset, received_at, occurred_at, name, kind, identifiers,
    subject, message_key, flags, body
) from stdin (format binary);

-- name: read
select log_partition, log_offset, brand_id, received_at, occurred_at, name, kind, identifiers,
    subject, flags, body
from event_log
where log_partition = %s and log_offset >= %s
order by log_offset
limit %s;

-- name: make_cursor
insert into log_cursors (consumer, log_partition, next_offset) values (%s, %s, 0)
on conflict do nothing;

-- name: lock_cursor
select next_offset from log_cursors where consumer = %s and log_partition = %s for update;

-- name: peek_cursor
select next_offset from log_cursors where consumer = %s and log_partition = %s;

-- name: move_cursor
insert into log_cursors (consumer, log_partition, next_offset, moved_at) values (%s, %s, %s, %s)
on conflict (consumer, log_partition)
do update set next_offset = excluded.next_offset, moved_at = excluded.moved_at;

-- name: copy_profiles
copy event_profiles (log_partition, log_offset, received_at, brand_id, profile_id)
from stdin;

-- name: read_profiles
select log_offset, profile_id from event_profiles
where log_partition = %s and log_offset between %s and %s;

-- name: refuse
insert into refused_events (brand_id, refused_at, key_id, reason, path, details, sealed)
values (%s, %s, %s, %s, %s, %s, %s);

-- name: refused
select brand_id, refused_at, key_id, reason, path, details, sealed
from refused_events
where brand_id = %s and refused_at < %s
order by refused_at desc, refused_id desc
limit %s;

-- name: has_news
-- kind 7 is internal: `Message Sent` and its like change neither a consent nor a cart.
select exists (
    select from event_log
    where log_partition = %s and log_offset >= %s
        and not (kind = 7 and name like 'Message %%')
);
