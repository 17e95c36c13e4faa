-- name: lock
select reached from warehouse_offsets where consumer = 'version' for update;

-- name: reached
select consumer, reached from warehouse_offsets;

-- name: move
insert into warehouse_offsets (consumer, reached)
select unnest(%(consumers)s::text[]), unnest(%(reached)s::bigint[])
on conflict (consumer) do update set reached = excluded.reached;

-- name: grow
update warehouse_offsets set reached = reached + 1 where consumer = 'version';

-- name: take_ids
select nextval('warehouse_file_ids') from generate_series(1, %s);

-- name: files
select file_id, fact, path, n_rows, n_bytes from warehouse_files
where retired_at is null order by file_id;

-- name: add
-- The server's own clock: how long a file lies unread has nothing to do with simulated time.
insert into warehouse_files (file_id, fact, path, n_rows, n_bytes, added_at)
values (%s, %s, %s, %s, %s, (extract(epoch from clock_timestamp()) * 1000000)::bigint);

-- name: retire
update warehouse_files
set retired_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint
where file_id = any(%s) and retired_at is null;

-- name: forget_retired
delete from warehouse_files
where retired_at <= (extract(epoch from clock_timestamp()) * 1000000)::bigint - %s
returning path;

-- name: known_paths
select path from warehouse_files;
