-- name: open
insert into staff_tasks (
    brand_id, task_id, profile_id, journey, run_id, node, visit, title, assignee, outcomes,
    opened_at, due_at, said, link
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing;

-- name: listed_open
select brand_id, task_id, profile_id, journey, run_id, node, visit, title, assignee, outcomes,
    opened_at, due_at, outcome, note, done_at, done_by, said, link
from staff_tasks
where brand_id = %(brand)s and outcome = '' and (%(assignee)s = '' or assignee = %(assignee)s)
    and (opened_at < %(at)s or (opened_at = %(at)s and task_id > %(last)s))
order by opened_at desc, task_id
limit %(limit)s;

-- name: listed_done
select brand_id, task_id, profile_id, journey, run_id, node, visit, title, assignee, outcomes,
    opened_at, due_at, outcome, note, done_at, done_by, said, link
from staff_tasks
where brand_id = %(brand)s and outcome <> '' and (%(assignee)s = '' or assignee = %(assignee)s)
    and (opened_at < %(at)s or (opened_at = %(at)s and task_id > %(last)s))
order by opened_at desc, task_id
limit %(limit)s;

-- name: lock
select brand_id, task_id, profile_id, journey, run_id, node, visit, title, assignee, outcomes,
    opened_at, due_at, outcome, note, done_at, done_by, said, link
from staff_tasks
where brand_id = %s and task_id = %s
for update;

-- name: done
update staff_tasks set outcome = %s, note = %s, done_at = %s, done_by = %s
where brand_id = %s and task_id = %s;

-- name: counts
select assignee, count(*) from staff_tasks where brand_id = %s and outcome = '' group by assignee;
