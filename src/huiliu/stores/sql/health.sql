-- name: head
select next_offset from log_heads where log_partition = 0;

-- name: cursors
-- One that has not begun yet has all of the log before it.
select consumer, max(next_offset) from (
    select consumer, next_offset from log_cursors where log_partition = 0
    union all values ('projector', 0), ('analyst', 0)
) as told group by consumer;

-- name: outbox
select channel, count(*) from messages where status in ('queued', 'sending') group by channel;

-- name: results
select channel, account, outcome, count(*) from attempts
where started_at >= %s group by channel, account, outcome;

-- name: beats
select process, loop, at, n_done, n_failed, fault from loop_beats order by process, loop;

-- name: beat
insert into loop_beats (process, loop, at, n_done, n_failed, fault)
values (%s, %s, %s, %s, %s, %s)
on conflict (process, loop) do update set at = excluded.at, n_done = excluded.n_done,
    n_failed = excluded.n_failed, fault = excluded.fault;

-- name: forget
delete from loop_beats where at < %s;

-- name: lateness
select coalesce(max(%s - due_at), 0) from
    (select due_at from journey_tokens where due_at <= %s order by due_at limit 1) as oldest;
