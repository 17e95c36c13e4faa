-- WeCom: greetings that are due, and what employees were asked to send.

-- name: greet
insert into wecom_greetings
    (brand_id, account, mark, sealed, scene, made_at, until, state, response)
values (%(brand_id)s, %(account)s, %(mark)s, %(sealed)s, %(scene)s, %(made_at)s, %(until)s,
    %(state)s, %(response)s)
on conflict do nothing;

-- name: greetings
with taken as (
    select brand_id, account, mark from wecom_greetings where state = 'waiting'
    order by until limit %(limit)s
    for update skip locked
)
update wecom_greetings g set state = 'sending'
from taken t where (g.brand_id, g.account, g.mark) = (t.brand_id, t.account, t.mark)
returning g.brand_id, g.account, g.mark, g.sealed, g.scene, g.made_at, g.until, g.state,
    g.response;

-- name: greeted
update wecom_greetings set state = %(state)s, response = %(response)s, sealed = ''
where brand_id = %(brand_id)s and account = %(account)s and mark = %(mark)s;

-- name: greeting_counts
select state, count(*) from wecom_greetings where brand_id = %s and made_at >= %s group by state;

-- name: add_job
insert into wecom_jobs (
    brand_id, account, job, kind, title, n_asked, n_sent, n_failed, n_waiting, made_at, made_by,
    looked_at, due_at, reminded, until, ended_at
) values (
    %(brand_id)s, %(account)s, %(job)s, %(kind)s, %(title)s, %(n_asked)s, %(n_sent)s,
    %(n_failed)s, %(n_waiting)s, %(made_at)s, %(made_by)s, %(looked_at)s, %(due_at)s,
    %(reminded)s, %(until)s, %(ended_at)s
) on conflict (brand_id, account, job) do update set
    n_asked = wecom_jobs.n_asked + excluded.n_asked,
    n_waiting = wecom_jobs.n_waiting + excluded.n_waiting;

-- name: jobs
select brand_id, account, job, kind, title, n_asked, n_sent, n_failed, n_waiting, made_at,
    made_by, looked_at, due_at, reminded, until, ended_at
from wecom_jobs where brand_id = %s order by made_at desc, job limit %s;

-- name: job
select brand_id, account, job, kind, title, n_asked, n_sent, n_failed, n_waiting, made_at,
    made_by, looked_at, due_at, reminded, until, ended_at
from wecom_jobs where brand_id = %s and account = %s and job = %s for update;

-- name: due
with taken as (
    select brand_id, account, job from wecom_jobs
    where ended_at = 0 and due_at <= %(now)s
    order by due_at limit %(limit)s
    for update skip locked
)
update wecom_jobs j set due_at = %(until)s
from taken t where (j.brand_id, j.account, j.job) = (t.brand_id, t.account, t.job)
returning j.brand_id, j.account, j.job, j.kind, j.title, j.n_asked, j.n_sent, j.n_failed,
    j.n_waiting, j.made_at, j.made_by, j.looked_at, j.due_at, j.reminded, j.until, j.ended_at;

-- name: put_job
update wecom_jobs set
    n_sent = %(n_sent)s, n_failed = %(n_failed)s, n_waiting = %(n_waiting)s,
    looked_at = %(looked_at)s, due_at = %(due_at)s, reminded = %(reminded)s,
    ended_at = %(ended_at)s
where brand_id = %(brand_id)s and account = %(account)s and job = %(job)s;

-- name: had
select count(*) from messages
where brand_id = %(brand_id)s and channel = 'wecom' and sent_at >= %(since)s
    and status in ('sending', 'sent', 'delivered', 'unknown')
    and profile_id = any(
        select %(profile_id)s::bigint
        union all
        select from_profile from identity_map
        where brand_id = %(brand_id)s and to_profile = %(profile_id)s
    );
