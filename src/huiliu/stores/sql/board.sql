-- Content that people make and post, what it brought, communities, and links that stand in it.

-- name: open
insert into content_tasks (
    brand_id, task_id, title, platform, account, brief, words, audience, assignee, group_slug,
    target, code, link, post_url, state, due_at, opened_at, opened_by, published_at, changed_at,
    version, journey, node, n_people
) values (
    %(brand_id)s, %(task_id)s, %(title)s, %(platform)s, %(account)s, %(brief)s, %(words)s,
    %(audience)s, %(assignee)s, %(group)s, %(target)s, %(code)s, %(link)s, %(post_url)s,
    %(state)s, %(due_at)s, %(opened_at)s, %(opened_by)s, %(published_at)s, %(changed_at)s,
    %(version)s, %(journey)s, %(node)s, %(n_people)s
)
on conflict (brand_id, task_id) do update
    set n_people = content_tasks.n_people + excluded.n_people
returning (xmax = 0) as is_new;

-- name: lock
select c.brand_id, c.task_id, c.title, c.platform, c.account, c.brief, c.words, c.audience,
    c.assignee, c.group_slug, c.target, c.code, c.link, c.post_url, c.state, c.due_at,
    c.opened_at, c.opened_by, c.published_at, c.changed_at, c.version, c.journey, c.node,
    c.n_people,
    (select count(*) from content_materials m
        where m.brand_id = c.brand_id and m.task_id = c.task_id),
    exists (select from outcomes o where o.brand_id = c.brand_id and o.kind = 'content'
        and o.subject = encode(c.task_id, 'hex'))
from content_tasks c where c.brand_id = %s and c.task_id = %s
for update of c;

-- name: piece
select c.brand_id, c.task_id, c.title, c.platform, c.account, c.brief, c.words, c.audience,
    c.assignee, c.group_slug, c.target, c.code, c.link, c.post_url, c.state, c.due_at,
    c.opened_at, c.opened_by, c.published_at, c.changed_at, c.version, c.journey, c.node,
    c.n_people,
    (select count(*) from content_materials m
        where m.brand_id = c.brand_id and m.task_id = c.task_id),
    exists (select from outcomes o where o.brand_id = c.brand_id and o.kind = 'content'
        and o.subject = encode(c.task_id, 'hex'))
from content_tasks c where c.brand_id = %s and c.task_id = %s;

-- name: change
update content_tasks set
    title = %(title)s, platform = %(platform)s, account = %(account)s, brief = %(brief)s,
    words = %(words)s, audience = %(audience)s, assignee = %(assignee)s, group_slug = %(group)s,
    target = %(target)s, code = %(code)s, link = %(link)s, post_url = %(post_url)s,
    state = %(state)s, due_at = %(due_at)s, published_at = %(published_at)s,
    changed_at = %(changed_at)s, version = %(version)s
where brand_id = %(brand_id)s and task_id = %(task_id)s;

-- name: column_by_date
select c.brand_id, c.task_id, c.title, c.platform, c.account, c.brief, c.words, c.audience,
    c.assignee, c.group_slug, c.target, c.code, c.link, c.post_url, c.state, c.due_at,
    c.opened_at, c.opened_by, c.published_at, c.changed_at, c.version, c.journey, c.node,
    c.n_people,
    (select count(*) from content_materials m
        where m.brand_id = c.brand_id and m.task_id = c.task_id),
    exists (select from outcomes o where o.brand_id = c.brand_id and o.kind = 'content'
        and o.subject = encode(c.task_id, 'hex'))
from content_tasks c
where c.brand_id = %(brand)s and c.state = %(state)s
    and (%(platform)s = '' or c.platform = %(platform)s)
    and (%(assignee)s = '' or c.assignee = %(assignee)s)
    and (%(group)s = '' or c.group_slug = %(group)s)
order by c.due_at = 0, c.due_at, c.task_id
limit %(limit)s;

-- name: column_by_change
select c.brand_id, c.task_id, c.title, c.platform, c.account, c.brief, c.words, c.audience,
    c.assignee, c.group_slug, c.target, c.code, c.link, c.post_url, c.state, c.due_at,
    c.opened_at, c.opened_by, c.published_at, c.changed_at, c.version, c.journey, c.node,
    c.n_people,
    (select count(*) from content_materials m
        where m.brand_id = c.brand_id and m.task_id = c.task_id),
    exists (select from outcomes o where o.brand_id = c.brand_id and o.kind = 'content'
        and o.subject = encode(c.task_id, 'hex'))
from content_tasks c
where c.brand_id = %(brand)s and c.state = %(state)s
    and (%(platform)s = '' or c.platform = %(platform)s)
    and (%(assignee)s = '' or c.assignee = %(assignee)s)
    and (%(group)s = '' or c.group_slug = %(group)s)
order by c.changed_at desc, c.task_id
limit %(limit)s;

-- name: counts
select state, count(*) from content_tasks
where brand_id = %(brand)s
    and (%(platform)s = '' or platform = %(platform)s)
    and (%(assignee)s = '' or assignee = %(assignee)s)
    and (%(group)s = '' or group_slug = %(group)s)
group by state;

-- name: assignees
select distinct assignee from content_tasks where brand_id = %s and assignee <> '' order by 1;

-- name: due
select c.brand_id, c.task_id, c.title, c.platform, c.account, c.brief, c.words, c.audience,
    c.assignee, c.group_slug, c.target, c.code, c.link, c.post_url, c.state, c.due_at,
    c.opened_at, c.opened_by, c.published_at, c.changed_at, c.version, c.journey, c.node,
    c.n_people, 0, false
from content_tasks c
where c.brand_id = %s and c.due_at >= %s and c.due_at < %s and c.due_at > 0
    and c.state <> 'dropped'
order by c.due_at, c.task_id
limit 2000;

-- name: find
select c.brand_id, c.task_id, c.title, c.platform, c.account, c.brief, c.words, c.audience,
    c.assignee, c.group_slug, c.target, c.code, c.link, c.post_url, c.state, c.due_at,
    c.opened_at, c.opened_by, c.published_at, c.changed_at, c.version, c.journey, c.node,
    c.n_people, 0, false
from content_tasks c
where c.brand_id = %(brand)s and case %(field)s
    when 'post_url' then c.post_url when 'code' then c.code else c.title end = %(said)s
order by c.opened_at desc, c.task_id
limit 3;

-- name: add_material
insert into content_materials (
    brand_id, task_id, material_id, name, type, size, data, added_at, added_by
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing;

-- name: materials
select brand_id, task_id, material_id, name, type, size, added_at, added_by
from content_materials where brand_id = %s and task_id = %s
order by added_at, material_id;

-- name: material
select brand_id, task_id, material_id, name, type, size, added_at, added_by, data
from content_materials where brand_id = %s and task_id = %s and material_id = %s;

-- name: remove_material
delete from content_materials where brand_id = %s and task_id = %s and material_id = %s;

-- name: stored_bytes
select coalesce(sum(size), 0)::bigint from content_materials where brand_id = %s;

-- name: note
insert into outcomes (
    brand_id, kind, subject, day, figures, revenue, currency, source, noted_at, noted_by
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (brand_id, kind, subject, day) do update set
    figures = excluded.figures, revenue = excluded.revenue, currency = excluded.currency,
    source = excluded.source, noted_at = excluded.noted_at, noted_by = excluded.noted_by;

-- name: outcomes
select brand_id, kind, subject, day, figures, revenue, currency, source, noted_at, noted_by
from outcomes where brand_id = %s and kind = %s and subject = %s
order by day desc;

-- name: latest
select distinct on (subject)
    brand_id, kind, subject, day, figures, revenue, currency, source, noted_at, noted_by
from outcomes where brand_id = %s and kind = %s and day >= %s
order by subject, day desc;

-- name: put_group
insert into community_groups (
    brand_id, slug, name, platform, owner, audience, size, most, state, note, made_at, changed_at
) values (
    %(brand_id)s, %(slug)s, %(name)s, %(platform)s, %(owner)s, %(audience)s, %(size)s, %(most)s,
    %(state)s, %(note)s, %(made_at)s, %(changed_at)s
)
on conflict (brand_id, slug) do update set
    name = excluded.name, platform = excluded.platform, owner = excluded.owner,
    audience = excluded.audience, size = excluded.size, most = excluded.most,
    state = excluded.state, note = excluded.note, changed_at = excluded.changed_at
returning (xmax = 0) as is_new;

-- name: put_size
insert into community_sizes (brand_id, slug, day, size) values (%s, %s, %s, %s)
on conflict (brand_id, slug, day) do update set size = excluded.size;

-- name: groups
select brand_id, slug, name, platform, owner, audience, size, most, state, note, made_at,
    changed_at
from community_groups where brand_id = %s order by state = 'closed', name, slug;

-- name: group
select brand_id, slug, name, platform, owner, audience, size, most, state, note, made_at,
    changed_at
from community_groups where brand_id = %s and slug = %s;

-- name: sizes
select day, size from community_sizes where brand_id = %s and slug = %s order by day;

-- name: remove_group
delete from community_groups where brand_id = %s and slug = %s;

-- name: forget_sizes
delete from community_sizes where brand_id = %s and slug = %s;

-- name: put_link
insert into public_links (code, brand_id, kind, subject, url, source, campaign, content, made_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (code) do update set
    url = excluded.url, source = excluded.source, campaign = excluded.campaign,
    content = excluded.content
    where public_links.brand_id = excluded.brand_id;

-- name: link
select code, brand_id, kind, subject, url, source, campaign, content, made_at
from public_links where code = %s;

-- name: clicked
insert into public_clicks (brand_id, code, day, what, slot, n) values (%s, %s, %s, %s, %s, 1)
on conflict (brand_id, code, day, what, slot) do update set n = public_clicks.n + 1;

-- name: clicks
select code, what, sum(n)::bigint from public_clicks
where brand_id = %s and code = any(%s) group by code, what;
