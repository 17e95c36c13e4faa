-- Clicks on ads, conversions told of, what was asked of campaigns, what they cost.

-- name: keep_clicks
insert into ad_clicks (brand_id, profile_id, platform, name, click, at)
select %(brand)s, t.* from unnest(
    %(profiles)s::bigint[], %(platforms)s::text[], %(names)s::text[], %(clicks)s::text[],
    %(at)s::bigint[]
) as t
on conflict (brand_id, profile_id, platform) do update set name = excluded.name,
    click = excluded.click, at = excluded.at
where ad_clicks.at <= excluded.at;

-- name: clicks
select profile_id, platform, name, click, at from ad_clicks
where brand_id = %s and platform = %s and profile_id = any(%s) and at >= %s order by at;

-- name: forget_clicks
delete from ad_clicks where ctid = any(array(
    select ctid from ad_clicks where at < %s limit %s
));

-- name: add_conversions
insert into ad_conversions (
    brand_id, account, event_id, profile_id, event, order_id, value, currency, at, state, reason,
    due_at, n_tries, sent_at
)
select %(brand)s, t.*, 'waiting', '', 0, 0, 0 from unnest(
    %(accounts)s::text[], %(ids)s::text[], %(profiles)s::bigint[], %(events)s::text[],
    %(orders)s::text[], %(values)s::bigint[], %(currencies)s::text[], %(at)s::bigint[]
) as t
on conflict do nothing;

-- name: due_accounts
select distinct brand_id, account from ad_conversions
where state in ('waiting', 'sending') and due_at <= %s order by 1, 2;

-- name: alone
select pg_try_advisory_xact_lock(hashtextextended('conversions ' || %s::text, %s));

-- name: due_conversions
select account, event_id, profile_id, event, order_id, value, currency, at, state, reason, due_at,
    n_tries, sent_at
from ad_conversions
where brand_id = %s and account = %s and state in ('waiting', 'sending') and due_at <= %s
order by due_at, at, event_id limit %s;

-- name: write_conversions
update ad_conversions c set state = t.state, reason = t.reason, due_at = t.due,
    n_tries = t.tries, sent_at = t.sent
from unnest(
    %(accounts)s::text[], %(ids)s::text[], %(states)s::text[], %(reasons)s::text[],
    %(dues)s::bigint[], %(tries)s::integer[], %(sent)s::bigint[]
) as t (account, id, state, reason, due, tries, sent)
where c.brand_id = %(brand)s and c.account = t.account and c.event_id = t.id;

-- name: conversions
select account, event_id, profile_id, event, order_id, value, currency, at, state, reason, due_at,
    n_tries, sent_at
from ad_conversions
where brand_id = %(brand)s and account = %(account)s
    and (%(state)s = '' or state = %(state)s)
order by at desc, event_id limit %(limit)s;

-- name: conversion_counts
select state, reason, count(*) from ad_conversions where brand_id = %s and account = %s
group by 1, 2;

-- name: put_control
insert into ad_controls (
    brand_id, control_id, at, account, platform, object_id, action, amount, currency, reason,
    by_whom, state, answer, done_at
)
values (
    %(brand)s, %(control_id)s, %(at)s, %(account)s, %(platform)s, %(object_id)s, %(action)s,
    %(amount)s, %(currency)s, %(reason)s, %(by)s, %(state)s, %(answer)s, %(done_at)s
)
on conflict (brand_id, control_id) do update set state = excluded.state,
    answer = excluded.answer, done_at = excluded.done_at;

-- name: claim_control
update ad_controls set state = 'doing'
where brand_id = %s and control_id = %s and state = 'proposed' and at >= %s
returning control_id, at, account, platform, object_id, action, amount, currency, reason, by_whom,
    state, answer, done_at;

-- name: controls
select control_id, at, account, platform, object_id, action, amount, currency, reason, by_whom,
    state, answer, done_at
from ad_controls
where brand_id = %(brand)s and (%(account)s = '' or account = %(account)s)
    and (%(id)s::bytea = '' or control_id = %(id)s)
order by at desc, control_id limit %(limit)s;

-- name: take_spend_due
update ad_accounts set spend_due_at = %(next)s
where (brand_id, name) = (
    select brand_id, name from ad_accounts
    where paused = '' and spend_due_at <= %(now)s and changed_at < %(now)s
    order by spend_due_at, brand_id, name limit 1 for update skip locked
)
returning brand_id, name;

-- name: put_spend
insert into ad_spend (
    brand_id, account, day, object_id, name, currency, cost, impressions, clicks, conversions,
    source, written_at
)
select %(brand)s, %(account)s, t.day::date, t.object, t.name, t.currency, t.cost, t.shown,
    t.clicks, t.conversions, %(source)s, %(at)s
from unnest(
    %(days)s::text[], %(objects)s::text[], %(names)s::text[], %(currencies)s::text[],
    %(costs)s::bigint[], %(shown)s::bigint[], %(clicks)s::bigint[], %(conversions)s::bigint[]
) as t (day, object, name, currency, cost, shown, clicks, conversions)
on conflict (brand_id, account, day, object_id) do update set name = excluded.name,
    currency = excluded.currency, cost = excluded.cost, impressions = excluded.impressions,
    clicks = excluded.clicks, conversions = excluded.conversions, source = excluded.source,
    written_at = excluded.written_at;

-- name: spend
select account, day::text, object_id, name, currency, cost, impressions, clicks, conversions
from ad_spend
where brand_id = %(brand)s and day between %(first)s::date and %(last)s::date
    and (%(account)s = '' or account = %(account)s)
order by day desc, account, cost desc, object_id limit %(limit)s;

-- name: spend_totals
select account, currency, sum(cost)::bigint, sum(impressions)::bigint, sum(clicks)::bigint,
    sum(conversions)::bigint, min(day)::text, max(day)::text
from ad_spend
where brand_id = %s and day between %s::date and %s::date
group by account, currency order by account, currency;

-- name: spend_days
select s.day::text, s.account, coalesce(a.platform, ''), s.currency, sum(s.cost)::bigint
from ad_spend as s left join ad_accounts as a on a.brand_id = s.brand_id and a.name = s.account
where s.brand_id = %s and s.day between %s::date and %s::date
group by s.day, s.account, a.platform, s.currency;

-- name: put_media
-- What stands there already is neither new nor changed.
insert into media_spend (
    brand_id, day, channel, campaign, currency, cost, note, written_at, by_whom
)
select %(brand)s, t.day::date, t.channel, t.campaign, t.currency, t.cost, t.note, %(at)s, %(by)s
from unnest(
    %(days)s::text[], %(channels)s::text[], %(campaigns)s::text[], %(currencies)s::text[],
    %(costs)s::bigint[], %(notes)s::text[]
) as t (day, channel, campaign, currency, cost, note)
on conflict (brand_id, day, channel, campaign, currency) do update set cost = excluded.cost,
    note = excluded.note, written_at = excluded.written_at, by_whom = excluded.by_whom
where (media_spend.cost, media_spend.note) is distinct from (excluded.cost, excluded.note)
returning xmax = 0;

-- name: media
select day::text, channel, campaign, currency, cost, note, by_whom from media_spend
where brand_id = %(brand)s and day between %(first)s::date and %(last)s::date
order by day desc, channel, campaign, currency limit %(limit)s;

-- name: media_days
select day::text, channel, currency, sum(cost)::bigint from media_spend
where brand_id = %s and day between %s::date and %s::date
group by day, channel, currency;

-- name: drop_media
delete from media_spend where brand_id = %(brand)s and day = %(day)s::date
    and channel = %(channel)s and campaign = %(campaign)s and currency = %(currency)s;
