-- Connected shops: how they fare, what waits, and what was told of their orders.

-- name: put
insert into shop_connections (brand_id, platform, name, sealed, statuses, scope, connected_at)
values (%(brand_id)s, %(platform)s, %(name)s, %(sealed)s, %(statuses)s::jsonb, %(scope)s, %(at)s)
on conflict (brand_id, platform, name)
do update set sealed = excluded.sealed, granted = '', scope = excluded.scope,
    statuses = excluded.statuses, rests_until = 0, failures = 0, fault = '', response = '';

-- name: add_poll
insert into shop_polls (brand_id, platform, name, kind, reached, due_at)
values (%(brand_id)s, %(platform)s, %(name)s, %(kind)s, %(since)s, 0)
on conflict (brand_id, platform, name, kind) do update set due_at = 0;

-- name: states
select brand_id, platform, name, sealed, granted, statuses::text, scope, connected_at,
    is_on, rests_until, failures, fault, response, failed_at, worked_at, noticed_at
from shop_connections
where %(brand_id)s::smallint is null or brand_id = %(brand_id)s
order by brand_id, platform, name;

-- name: state
select brand_id, platform, name, sealed, granted, statuses::text, scope, connected_at,
    is_on, rests_until, failures, fault, response, failed_at, worked_at, noticed_at
from shop_connections
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: state_locked
select brand_id, platform, name, sealed, granted, statuses::text, scope, connected_at,
    is_on, rests_until, failures, fault, response, failed_at, worked_at, noticed_at
from shop_connections
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s
for update;

-- name: remove
delete from shop_connections
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: remove_polls
delete from shop_polls
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: remove_notices
delete from shop_notices
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: remove_counts
delete from shop_counts
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: switch
update shop_connections set is_on = %(is_on)s, rests_until = 0
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: map_statuses
update shop_connections set statuses = %(statuses)s::jsonb
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: keep_grant
update shop_connections set granted = %(granted)s
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: worked
update shop_connections
set worked_at = %(at)s, failures = 0, fault = '', response = '', rests_until = 0
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: failed
update shop_connections
set failures = failures + 1, fault = %(fault)s, response = %(response)s, failed_at = %(at)s,
    rests_until = greatest(rests_until, %(rests_until)s)
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: noticed
update shop_connections set noticed_at = %(at)s
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: count
insert into shop_counts (brand_id, platform, name, what, n, last_at)
values (%(brand_id)s, %(platform)s, %(name)s, %(what)s, %(n)s, %(at)s)
on conflict (brand_id, platform, name, what)
do update set n = shop_counts.n + excluded.n, last_at = excluded.last_at;

-- name: counts
select brand_id, platform, name, what, n, last_at from shop_counts
where brand_id = %(brand_id)s order by platform, name, what;

-- name: remember_deliveries
insert into shop_deliveries (brand_id, platform, name, delivery, received_at)
select %(brand_id)s, %(platform)s, %(name)s, given.delivery, %(at)s
from unnest(%(deliveries)s::bytea[]) as given (delivery)
order by given.delivery
on conflict do nothing;

-- name: forget_deliveries
delete from shop_deliveries where received_at < %(before)s;

-- name: add_notices
insert into shop_notices (brand_id, platform, name, kind, thing_id, topic, received_at, due_at)
select %(brand_id)s, %(platform)s, %(name)s, given.kind, given.thing, given.topic, %(at)s, %(at)s
from unnest(%(kinds)s::text[], %(things)s::text[], %(topics)s::text[])
    as given (kind, thing, topic);

-- name: backlogs
select brand_id, platform, name, count(*), min(received_at) from shop_notices
where brand_id = %(brand_id)s group by brand_id, platform, name;

-- name: next_shop
select n.brand_id, n.platform, n.name from shop_notices n
join shop_connections c using (brand_id, platform, name)
where n.due_at <= %(now)s and c.is_on and c.rests_until <= %(now)s
order by n.due_at limit 1;

-- name: claim_notices
update shop_notices n set due_at = %(until)s, attempts = attempts + 1
from (
    select brand_id, notice_id from shop_notices
    where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s
        and due_at <= %(now)s
    order by due_at, notice_id limit %(limit)s for update skip locked
) due
where n.brand_id = due.brand_id and n.notice_id = due.notice_id
returning n.notice_id, n.kind, n.thing_id, n.attempts;

-- name: drop_notices
delete from shop_notices where brand_id = %(brand_id)s and notice_id = any(%(ids)s);

-- name: postpone_notices
update shop_notices set due_at = %(until)s
where brand_id = %(brand_id)s and notice_id = any(%(ids)s);

-- name: polls
select kind, reached, due_at, until, cursor, polled_at, response from shop_polls
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s order by kind;

-- name: claim_poll
update shop_polls p set due_at = %(until)s
from (
    select q.brand_id, q.platform, q.name, q.kind from shop_polls q
    join shop_connections c using (brand_id, platform, name)
    where q.due_at <= %(now)s and c.is_on and c.rests_until <= %(now)s
    order by q.due_at, q.brand_id, q.platform, q.name, q.kind
    limit 1 for update of q skip locked
) due
where p.brand_id = due.brand_id and p.platform = due.platform and p.name = due.name
    and p.kind = due.kind
returning p.brand_id, p.platform, p.name, p.kind, p.reached, p.due_at, p.until, p.cursor,
    p.polled_at, p.response;

-- name: save_poll
update shop_polls
set reached = %(reached)s, due_at = %(due_at)s, until = %(until)s, cursor = %(cursor)s,
    polled_at = %(polled_at)s, response = %(response)s
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s and kind = %(kind)s;

-- name: hurry_polls
update shop_polls set due_at = least(due_at, %(now)s)
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s;

-- name: begin_stories
insert into shop_stories (brand_id, platform, name, kind, thing_id, updated_at)
select %(brand_id)s, %(platform)s, %(name)s, %(kind)s, given.id, 0
from unnest(%(ids)s::text[]) as given (id)
order by given.id
on conflict do nothing;

-- name: lock_stories
select thing_id, version, status, word, told, buyer from shop_stories
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s
    and kind = %(kind)s and thing_id = any(%(ids)s)
order by thing_id for update;

-- name: save_stories
update shop_stories s
set version = given.version, status = given.status, word = given.word,
    told = string_to_array(given.told, E'\n'), buyer = given.buyer, updated_at = %(at)s
from unnest(%(ids)s::text[], %(versions)s::bigint[], %(statuses)s::text[], %(words)s::text[],
    %(told)s::text[], %(buyers)s::bytea[]) as given (id, version, status, word, told, buyer)
where s.brand_id = %(brand_id)s and s.platform = %(platform)s and s.name = %(name)s
    and s.kind = %(kind)s and s.thing_id = given.id;

-- name: words
select word, count(*) from shop_stories
where brand_id = %(brand_id)s and platform = %(platform)s and name = %(name)s and kind = 'order'
group by word order by word;
