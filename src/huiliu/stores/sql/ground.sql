-- Accounts at WeChat besides messages: codes, menus, articles, links, questions.

-- name: count_permanent
select count(*) from scan_codes
where brand_id = %s and channel = %s and account = %s and lives_s = 0 and ended_at = 0;

-- name: lock_account
select pg_advisory_xact_lock(hashtextextended(%s, 0));

-- name: add_code
insert into scan_codes (
    brand_id, channel, account, scene, name, campaign, store, answer, users, ticket, url, lives_s,
    made_at, made_by, expires_at
) values (
    %(brand_id)s, %(channel)s, %(account)s, %(scene)s, %(name)s, %(campaign)s, %(store)s,
    %(answer)s, %(users)s, %(ticket)s, %(url)s, %(lives_s)s, %(made_at)s, %(made_by)s,
    %(expires_at)s
) on conflict (brand_id, channel, account, scene) where ended_at = 0 do nothing
returning code_id;

-- name: made
update scan_codes set
    ticket = %(ticket)s, url = %(url)s, lives_s = %(lives_s)s, made_at = %(made_at)s,
    expires_at = %(expires_at)s
where brand_id = %(brand_id)s and code_id = %(code_id)s;

-- name: codes
select brand_id, code_id, channel, account, scene, name, campaign, store, answer, users, ticket,
    url, lives_s, made_at, made_by, expires_at, ended_at
from scan_codes where brand_id = %s and channel = %s
order by code_id desc;

-- name: code
select brand_id, code_id, channel, account, scene, name, campaign, store, answer, users, ticket,
    url, lives_s, made_at, made_by, expires_at, ended_at
from scan_codes where brand_id = %s and code_id = %s;

-- name: code_of
select brand_id, code_id, channel, account, scene, name, campaign, store, answer, users, ticket,
    url, lives_s, made_at, made_by, expires_at, ended_at
from scan_codes
where brand_id = %s and channel = %s and account = %s and scene = %s and ended_at = 0;

-- name: drop_code
delete from scan_codes where brand_id = %s and code_id = %s and ticket = '';

-- name: end_code
update scan_codes set ended_at = %(at)s where brand_id = %(brand_id)s and code_id = %(code_id)s;

-- name: shown
select brand_id, slug, account, version, menu_id, tried_version, tried_at, response
from shown_menus where brand_id = %s;

-- name: put_shown
insert into shown_menus
    (brand_id, slug, account, version, menu_id, tried_version, tried_at, response)
values (%(brand_id)s, %(slug)s, %(account)s, %(version)s, %(menu_id)s, %(tried_version)s,
    %(tried_at)s, %(response)s)
on conflict (brand_id, slug) do update set
    account = excluded.account, version = excluded.version, menu_id = excluded.menu_id,
    tried_version = excluded.tried_version, tried_at = excluded.tried_at,
    response = excluded.response;

-- name: drop_shown
delete from shown_menus where brand_id = %s and slug = %s;

-- name: add_article
insert into articles (
    brand_id, account, title, templates, draft, job, state, reason, urls, made_at, made_by,
    changed_at
) values (
    %(brand_id)s, %(account)s, %(title)s, %(templates)s, %(draft)s, %(job)s, %(state)s,
    %(reason)s, %(urls)s, %(made_at)s, %(made_by)s, %(changed_at)s
) returning article_id;

-- name: articles
select brand_id, article_id, account, title, templates, draft, job, state, reason, urls, made_at,
    made_by, changed_at
from articles where brand_id = %s order by article_id desc;

-- name: article
select brand_id, article_id, account, title, templates, draft, job, state, reason, urls, made_at,
    made_by, changed_at
from articles where brand_id = %s and article_id = %s for update;

-- name: put_article
update articles set
    draft = %(draft)s, job = %(job)s, state = %(state)s, reason = %(reason)s, urls = %(urls)s,
    changed_at = %(changed_at)s
where brand_id = %(brand_id)s and article_id = %(article_id)s;

-- name: article_of
select brand_id, article_id, account, title, templates, draft, job, state, reason, urls, made_at,
    made_by, changed_at
from articles where brand_id = %s and account = %s and job = %s and job <> '' for update;

-- name: publishing
select brand_id, article_id, account, title, templates, draft, job, state, reason, urls, made_at,
    made_by, changed_at
from articles where state = 'publishing' and changed_at <= %s order by changed_at limit %s;

-- name: picture
select place from platform_pictures
where brand_id = %s and account = %s and digest = %s and is_cover = %s;

-- name: put_picture
insert into platform_pictures (brand_id, account, digest, is_cover, place, made_at)
values (%s, %s, %s, %s, %s, %s)
on conflict do nothing;

-- name: add_link
insert into mini_links
    (code, brand_id, account, name, page, query, fallback, made_at, made_by)
values (%(code)s, %(brand_id)s, %(account)s, %(name)s, %(page)s, %(query)s, %(fallback)s,
    %(made_at)s, %(made_by)s);

-- name: links
select code, brand_id, account, name, page, query, fallback, made_at, made_by, n_opened,
    n_refused, ended_at
from mini_links where brand_id = %s and ended_at = 0 order by made_at desc, code;

-- name: link
select code, brand_id, account, name, page, query, fallback, made_at, made_by, n_opened,
    n_refused, ended_at
from mini_links where code = %s and ended_at = 0;

-- name: count_opened
update mini_links set n_opened = n_opened + 1 where code = %s;

-- name: count_refused
update mini_links set n_refused = n_refused + 1 where code = %s;

-- name: end_link
update mini_links set ended_at = %(at)s
where brand_id = %(brand_id)s and code = %(code)s and ended_at = 0;

-- name: look_up
insert into platform_lookups (brand_id, channel, account, mark, sealed, reason, due_at, n_tries)
values (%(brand_id)s, %(channel)s, %(account)s, %(mark)s, %(sealed)s, %(reason)s, %(due_at)s,
    %(n_tries)s)
on conflict (brand_id, channel, account, mark) do update set
    reason = excluded.reason, due_at = excluded.due_at, n_tries = excluded.n_tries;

-- name: lookups
with first as (
    select brand_id, channel, account from platform_lookups where due_at <= %(now)s
    order by due_at limit 1
), taken as (
    select l.brand_id, l.channel, l.account, l.mark from platform_lookups l
    join first using (brand_id, channel, account)
    where l.due_at <= %(now)s
    order by l.due_at limit %(limit)s
    for update of l skip locked
)
update platform_lookups p set due_at = %(until)s, n_tries = p.n_tries + 1
from taken t
where (p.brand_id, p.channel, p.account, p.mark) = (t.brand_id, t.channel, t.account, t.mark)
returning p.brand_id, p.channel, p.account, p.mark, p.sealed, p.reason, p.due_at, p.n_tries;

-- name: answered
delete from platform_lookups
where brand_id = %s and channel = %s and account = %s and mark = any(%s);
