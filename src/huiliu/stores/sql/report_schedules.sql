-- name: adoptable
select d.brand_id, d.slug, d.latest from document_states d
where d.kind = 'report_schedule' and d.state = 'live'
    and not exists (
        select from report_schedules r
        where r.brand_id = d.brand_id and r.schedule = d.slug and r.version = d.latest
    )
order by d.brand_id, d.slug;

-- name: put
insert into report_schedules (brand_id, schedule, version, next_at, n_failures, retry_at)
values (%s, %s, %s, %s, %s, %s)
on conflict (brand_id, schedule) do update set version = excluded.version,
    next_at = excluded.next_at, n_failures = excluded.n_failures,
    retry_at = excluded.retry_at;

-- name: take_due
select r.brand_id, r.schedule, r.version, r.next_at, r.n_failures, r.retry_at
from report_schedules r
where r.next_at <= %(now)s and r.retry_at <= %(now)s and exists (
    select from document_states d where d.brand_id = r.brand_id and d.kind = 'report_schedule'
        and d.slug = r.schedule and d.state = 'live'
)
order by r.next_at limit 1 for update of r skip locked;

-- name: all
select brand_id, schedule, version, next_at, n_failures, retry_at
from report_schedules where brand_id = %s;

-- name: add_run
insert into report_runs (brand_id, schedule, run_at, version, report, first_day, last_day, locale,
    content, made_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (brand_id, schedule, run_at) do nothing;

-- name: run
select brand_id, schedule, run_at, version, report, first_day, last_day, locale, content, made_at
from report_runs where brand_id = %s and schedule = %s and run_at = %s;

-- name: runs
select brand_id, schedule, run_at, version, report, first_day, last_day, locale, ''::bytea, made_at
from report_runs where brand_id = %s and schedule = %s order by run_at desc limit %s;
