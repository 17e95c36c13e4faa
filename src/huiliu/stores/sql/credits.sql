-- Credits: a row a right to send one message. Reserved by one statement, spent when it went.

-- name: confirm
-- The same act told by the other side too: it is one.
update message_credits c set source = 'both'
where (c.brand_id, c.channel, c.app, c.address, c.subject, c.position, c.nth) = (
    select brand_id, channel, app, address, subject, position, nth from message_credits
    where brand_id = %(brand_id)s and channel = %(channel)s and app = %(app)s
        and address = %(key)s and subject = %(subject)s
        -- Without an address it is of one person only.
        and (address <> ''::bytea or profile_id = %(profile_id)s)
        and source <> %(source)s and source <> 'both' and source <> ''
        and abs(granted_at - %(granted_at)s) <= %(near)s
    order by abs(granted_at - %(granted_at)s) limit 1 for update)
returning c.position;

-- name: replace
delete from message_credits
where brand_id = %(brand_id)s and channel = %(channel)s and app = %(app)s and address = %(key)s
    and (address <> ''::bytea or profile_id = %(profile_id)s)
    and subject = %(subject)s and message_id is null and granted_at <= %(granted_at)s
    and position <> %(position)s;

-- name: grant
insert into message_credits (brand_id, channel, app, address, profile_id, subject, position, nth,
    lasting, granted_at, until, message_id, taken_at, spent_at, source)
select %(brand_id)s, %(channel)s, %(app)s, %(key)s, %(profile_id)s, %(subject)s, %(position)s, n,
    %(lasting)s, %(granted_at)s, %(until)s, null, 0, 0, %(source)s
from generate_series(1, %(n)s) n
where not exists (
    select from message_credits
    where brand_id = %(brand_id)s and channel = %(channel)s and app = %(app)s
        and address = %(key)s and subject = %(subject)s
        and (address <> ''::bytea or profile_id = %(profile_id)s)
        and ((%(replaces)s and granted_at > %(granted_at)s)
            -- For ever is once.
            or (%(lasting)s and lasting and until = 0)))
on conflict do nothing;

-- name: held
select subject from message_credits
where brand_id = %(brand)s and message_id = %(message)s and spent_at = 0
    and (until = 0 or until > %(now)s)
limit 1;

-- name: take
-- What ends first goes first; what is not used up goes before all.
update message_credits c
set message_id = case when c.lasting then null else %(message)s::bytea end, taken_at = %(now)s
where (c.brand_id, c.channel, c.app, c.address, c.subject, c.position, c.nth) = (
    select f.brand_id, f.channel, f.app, f.address, f.subject, f.position, f.nth
    from message_credits f
    where f.brand_id = %(brand)s and f.channel = %(channel)s
        and (f.address = %(key)s or (f.address = ''::bytea and f.profile_id in (
            select %(profile)s::bigint union all
            select from_profile from identity_map
            where brand_id = %(brand)s and to_profile = %(profile)s)))
        and (f.app = %(app)s or f.app = '' or %(app)s = '')
        and (f.subject = any(%(subjects)s::text[])
            or (%(windows)s and f.subject like 'window:%%'))
        and f.spent_at = 0 and (f.until = 0 or f.until > %(now)s)
        and (f.lasting or f.message_id is null)
    order by f.lasting desc, f.until = 0, f.until, f.granted_at, f.position, f.nth
    limit 1 for update skip locked)
returning c.subject;

-- name: reclaim
-- A message that ended otherwise than by going holds nothing any more.
update message_credits c set message_id = null, taken_at = 0
from messages m
where c.brand_id = %(brand)s and c.channel = %(channel)s
    and (c.address = %(key)s or (c.address = ''::bytea and c.profile_id in (
            select %(profile)s::bigint union all
            select from_profile from identity_map
            where brand_id = %(brand)s and to_profile = %(profile)s)))
    and c.spent_at = 0 and c.message_id is not null
    and m.brand_id = c.brand_id and m.message_id = c.message_id
    and m.status in ('not_sent', 'failed')
returning c.subject;

-- name: spend
update message_credits set spent_at = %(now)s
where brand_id = %(brand)s and message_id = any(%(messages)s::bytea[]) and spent_at = 0;

-- name: release
update message_credits set message_id = null, taken_at = 0
where brand_id = %(brand)s and message_id = any(%(messages)s::bytea[]) and spent_at = 0;

-- name: void
-- What a person has without an address goes with it; never that of somebody else.
delete from message_credits
where brand_id = %(brand)s and channel = %(channel)s
    and ((address = %(key)s and address <> ''::bytea)
        or (address = ''::bytea and profile_id in (
            select %(profile)s::bigint union all
            select from_profile from identity_map
            where brand_id = %(brand)s and to_profile = %(profile)s)))
    and (app = %(app)s or app = '' or %(app)s = '') and spent_at = 0
    and (subject = any(%(subjects)s::text[]) or (%(windows)s and subject like 'window:%%'));

-- name: mute
insert into message_mutes (brand_id, channel, app, address, template_id, at, until)
values (%(brand_id)s, %(channel)s, %(app)s, %(key)s, %(template_id)s, %(at)s, %(until)s)
on conflict (brand_id, channel, app, address, template_id) do update
set at = excluded.at, until = excluded.until;

-- name: is_muted
select exists (
    select from message_mutes
    where brand_id = %(brand)s and channel = %(channel)s and app = %(app)s and address = %(key)s
        and template_id = %(template)s and until > %(now)s);

-- name: block
insert into channel_blocks (brand_id, channel, account, kind, until)
values (%(brand)s, %(channel)s, %(account)s, %(kind)s, %(until)s)
on conflict (brand_id, channel, account, kind) do update
set until = greatest(channel_blocks.until, excluded.until);

-- name: blocked
select account, kind, until from channel_blocks
where brand_id = %(brand)s and channel = %(channel)s and until > %(now)s;

-- name: of_person
select channel, app, subject, count(*), bool_or(lasting),
    case when bool_or(until = 0) then 0 else max(until) end
from message_credits c
where brand_id = %(brand)s and spent_at = 0
    and profile_id in (
        select %(profile)s::bigint union all
        select from_profile from identity_map
        where brand_id = %(brand)s and to_profile = %(profile)s)
    and (until = 0 or until > %(now)s)
    -- What is held by a message that never goes is free.
    and (lasting or message_id is null or exists (
        select from messages m
        where m.brand_id = c.brand_id and m.message_id = c.message_id
            and m.status in ('not_sent', 'failed')))
group by channel, app, subject
order by channel, app, subject;

-- name: counts
with credits as (
    select app, subject,
        count(distinct address) filter (where is_free) as n_people,
        count(*) filter (where is_free) as n_free,
        count(*) filter (where message_id is not null and spent_at = 0
            and coalesce(status, 'queued') in ('queued', 'sending')) as n_taken,
        -- Of an unknown message nobody wrote down what became of what it held.
        count(*) filter (where spent_at > 0
            or status not in ('queued', 'sending', 'not_sent', 'failed')) as n_spent
    from (
        select c.*, m.status, c.spent_at = 0 and (c.until = 0 or c.until > %(now)s)
            and (c.lasting or c.message_id is null or m.status in ('not_sent', 'failed'))
            as is_free
        from message_credits c
        left join messages m on m.brand_id = c.brand_id and m.message_id = c.message_id
            and c.spent_at = 0
        where c.brand_id = %(brand)s and c.channel = %(channel)s
    ) c
    group by app, subject
), mutes as (
    select app, template_id as subject, count(*) as n_muted from message_mutes
    where brand_id = %(brand)s and channel = %(channel)s and until > %(now)s
    group by app, template_id
)
select %(channel)s, app, subject, coalesce(n_people, 0), coalesce(n_free, 0),
    coalesce(n_taken, 0), coalesce(n_spent, 0), coalesce(n_muted, 0)
from credits full join mutes using (app, subject)
order by app, subject;

-- name: forget
delete from message_credits
where brand_id = %(brand)s and ((spent_at > 0 and spent_at < %(before)s)
    -- Whoever held it has nothing of it any more.
    or (until > 0 and until < %(before)s));
