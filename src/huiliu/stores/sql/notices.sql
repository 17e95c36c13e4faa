-- name: add
insert into notices (brand_id, kind, key, facts, address, departments, at)
values (%(brand)s, %(kind)s, %(key)s, %(facts)s, %(address)s, %(departments)s, %(at)s)
on conflict (brand_id, key) do nothing returning notice_id;

-- name: page
select n.brand_id, n.notice_id, n.kind, n.facts, n.address, n.departments, n.at,
    r.notice_id is not null
from notices n left join notice_reads r
    on r.brand_id = n.brand_id and r.user_id = %(user)s and r.notice_id = n.notice_id
where n.brand_id = %(brand)s
    and (%(all)s or n.departments = '{}' or n.departments && %(departments)s::text[])
    and (%(before)s::bigint is null or n.notice_id < %(before)s)
    and (%(kind)s = '' or n.kind = %(kind)s)
    and (not %(unread)s or r.notice_id is null)
order by n.notice_id desc limit %(limit)s;

-- name: get
select brand_id, notice_id, kind, facts, address, departments, at, false
from notices where brand_id = %s and notice_id = %s;

-- name: n_unread
select count(*) from (
    select from notices n
    where n.brand_id = %(brand)s
        and (%(all)s or n.departments = '{}' or n.departments && %(departments)s::text[])
        and not exists (
            select from notice_reads r where r.brand_id = n.brand_id and r.user_id = %(user)s
                and r.notice_id = n.notice_id
        )
    limit %(most)s
) as unread;

-- name: mark_read
insert into notice_reads (brand_id, user_id, notice_id, read_at)
select n.brand_id, %(user)s, n.notice_id, %(at)s from notices n
where n.brand_id = %(brand)s and n.notice_id = any(%(ids)s)
on conflict do nothing;

-- name: mark_all_read
insert into notice_reads (brand_id, user_id, notice_id, read_at)
select n.brand_id, %(user)s, n.notice_id, %(at)s from notices n
where n.brand_id = %(brand)s
    and (%(all)s or n.departments = '{}' or n.departments && %(departments)s::text[])
on conflict do nothing;

-- name: forget
with gone as (
    delete from notices where (brand_id, notice_id) in (
        select brand_id, notice_id from notices where at < %(before)s order by at limit %(limit)s
    ) returning brand_id, notice_id
), reads as (
    delete from notice_reads r using gone g
    where r.brand_id = g.brand_id and r.notice_id = g.notice_id
), went as (
    delete from notice_deliveries d using gone g
    where d.brand_id = g.brand_id and d.notice_id = g.notice_id and d.schedule = ''
)
select count(*) from gone;

-- name: take_fresh
select brand_id, notice_id, kind, facts, address, departments, at, false
from notices where spread_at is null order by notice_id limit %s for update skip locked;

-- name: mark_spread
update notices n set spread_at = %(at)s
from unnest(%(brands)s::smallint[], %(ids)s::bigint[]) as t(brand_id, notice_id)
where n.brand_id = t.brand_id and n.notice_id = t.notice_id;

-- name: rules
select brand_id, kind, departments, by_email, by_robot, changed_at
from notice_rules where brand_id = %s;

-- name: put_rule
insert into notice_rules (brand_id, kind, departments, by_email, by_robot, changed_at)
values (%s, %s, %s, %s, %s, %s)
on conflict (brand_id, kind) do update set departments = excluded.departments,
    by_email = excluded.by_email, by_robot = excluded.by_robot, changed_at = excluded.changed_at;

-- name: robots
select brand_id, name, service, sealed, locale, kinds, state, changed_at, last_ok_at, last_error,
    last_error_at
from notice_robots where brand_id = %(brand)s and (%(name)s = '' or name = %(name)s)
order by name;

-- name: put_robot
insert into notice_robots (brand_id, name, service, sealed, locale, kinds, state, changed_at)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (brand_id, name) do update set service = excluded.service, sealed = excluded.sealed,
    locale = excluded.locale, kinds = excluded.kinds, state = excluded.state,
    changed_at = excluded.changed_at, last_error = '', last_error_at = 0;

-- name: robot_did
update notice_robots set
    last_ok_at = case when %(error)s = '' then %(at)s else last_ok_at end,
    last_error = %(error)s,
    last_error_at = case when %(error)s = '' then last_error_at else %(at)s end
where brand_id = %(brand)s and name = %(name)s;

-- name: remove_robot
delete from notice_robots where brand_id = %s and name = %s;

-- name: queue
insert into notice_deliveries (
    brand_id, key, way, target, notice_id, schedule, run_at, state, queued_at, due_at
)
select %(brand)s, t.key, t.way, t.target, t.notice_id, t.schedule, t.run_at, 'waiting', %(at)s,
    %(at)s
from unnest(
    %(keys)s::text[], %(ways)s::text[], %(targets)s::text[], %(notices)s::bigint[],
    %(schedules)s::text[], %(runs)s::bigint[]
) as t(key, way, target, notice_id, schedule, run_at)
on conflict (brand_id, key) do nothing;

-- name: lapse
update notice_deliveries set
    -- Of a letter nobody knows whether it went: it is never sent twice.
    state = case when way = 'email' then 'unknown' else 'waiting' end,
    done_at = case when way = 'email' then %(now)s else 0 end
where state = 'sending' and due_at <= %(now)s;

-- name: claim
update notice_deliveries set state = 'sending', due_at = %(until)s, n_tries = n_tries + 1
where (brand_id, delivery_id) in (
    select brand_id, delivery_id from notice_deliveries
    where state = 'waiting' and due_at <= %(now)s and way = %(way)s
    order by due_at, delivery_id limit %(limit)s for update skip locked
)
returning brand_id, delivery_id, way, target, notice_id, schedule, run_at, state, queued_at,
    due_at, n_tries, said, done_at;

-- name: finish
update notice_deliveries set state = %(state)s, said = %(said)s, done_at = %(done)s,
    due_at = %(due)s
where brand_id = %(brand)s and delivery_id = %(id)s and n_tries = %(tries)s
    and state in ('sending', 'unknown');

-- name: deliveries
select brand_id, delivery_id, way, target, notice_id, schedule, run_at, state, queued_at, due_at,
    n_tries, said, done_at
from notice_deliveries
where brand_id = %(brand)s and notice_id = %(notice)s and schedule = %(schedule)s
order by delivery_id desc limit %(limit)s;
