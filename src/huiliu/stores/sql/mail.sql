-- name: put_domain
insert into sender_domains
    (brand_id, domain, sealed, live, plan, step, day, created_at, checked_at, findings)
values (%(brand_id)s, %(domain)s, %(sealed)s, %(live)s, %(plan)s, %(step)s, %(day)s,
        %(created_at)s, %(checked_at)s, %(findings)s)
on conflict (brand_id, domain) do update set
    sealed = excluded.sealed, live = excluded.live, plan = excluded.plan, step = excluded.step,
    day = excluded.day, checked_at = excluded.checked_at, findings = excluded.findings;

-- name: domains
select brand_id, domain, sealed, live, plan, step, day, created_at, checked_at, findings
from sender_domains
where %(brand_id)s::smallint is null or brand_id = %(brand_id)s
order by brand_id, domain;

-- name: domain
select brand_id, domain, sealed, live, plan, step, day, created_at, checked_at, findings
from sender_domains
where brand_id = %(brand_id)s and domain = %(domain)s;

-- name: domain_locked
select brand_id, domain, sealed, live, plan, step, day, created_at, checked_at, findings
from sender_domains
where brand_id = %(brand_id)s and domain = %(domain)s
for update;

-- name: remove_domain
delete from sender_domains where brand_id = %(brand_id)s and domain = %(domain)s;

-- name: remove_days
delete from sender_days where brand_id = %(brand_id)s and domain = %(domain)s;

-- name: open_day
insert into sender_days (brand_id, domain, day, sent, bounced, complained)
values (%(brand_id)s, %(domain)s, %(day)s, 0, 0, 0)
on conflict (brand_id, domain, day) do update set sent = sender_days.sent
returning sent;

-- name: count
insert into sender_days (brand_id, domain, day, sent, bounced, complained)
values (%(brand_id)s, %(domain)s, %(day)s, %(sent)s, %(bounced)s, %(complained)s)
on conflict (brand_id, domain, day) do update set
    sent = sender_days.sent + excluded.sent,
    bounced = sender_days.bounced + excluded.bounced,
    complained = sender_days.complained + excluded.complained;

-- name: days
select domain, day, sent, bounced, complained
from sender_days
where brand_id = %(brand_id)s and domain = %(domain)s
order by day desc
limit %(limit)s;

-- name: waiting
select account, domain, n, until, response
from mail_waits
where brand_id = %(brand_id)s and until > %(now)s
order by account, domain;

-- name: take_turns
select pg_advisory_xact_lock(hashtextextended('mail waits ' || %(account)s, %(brand_id)s));

-- name: patience
select account, domain, n, until, response
from mail_waits
where brand_id = %(brand_id)s and account = %(account)s and domain = any(%(domains)s)
order by domain
for update;

-- name: wait
insert into mail_waits (brand_id, account, domain, n, until, response)
values (%(brand_id)s, %(account)s, %(domain)s, %(n)s, %(until)s, %(response)s)
on conflict (brand_id, account, domain) do update set
    n = excluded.n, until = excluded.until, response = excluded.response;

-- name: go_on
delete from mail_waits
where brand_id = %(brand_id)s and account = %(account)s and domain = any(%(domains)s);

-- name: soft_bounces
select n, first_at, last_at, rests_until
from soft_bounces
where brand_id = %(brand_id)s and address = %(address)s
for update;

-- name: put_soft_bounces
insert into soft_bounces (brand_id, address, n, first_at, last_at, rests_until)
values (%(brand_id)s, %(address)s, %(n)s, %(first_at)s, %(last_at)s, %(rests_until)s)
on conflict (brand_id, address) do update set
    n = excluded.n, first_at = excluded.first_at, last_at = excluded.last_at,
    rests_until = excluded.rests_until;

-- name: keep_report
insert into receipts (brand_id, channel, account, provider_id, state, response, at, message_id)
values (%(brand_id)s, 'email', %(account)s, %(provider_id)s, %(state)s, %(response)s, %(at)s,
        %(message_id)s)
on conflict do nothing;
