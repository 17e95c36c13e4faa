-- Accounts at providers; their fields are sealed with the instance key.

-- name: put
insert into channel_accounts (brand_id, channel, name, provider, sealed, paused, created_at)
values (%(brand_id)s, %(channel)s, %(name)s, %(provider)s, %(sealed)s, '', %(at)s)
on conflict (brand_id, channel, name)
do update set provider = excluded.provider, sealed = excluded.sealed, paused = '';

-- name: accounts
select brand_id, channel, name, sealed, paused, provider from channel_accounts
where %(brand_id)s::smallint is null or brand_id = %(brand_id)s
order by brand_id, channel, name;

-- name: pause
update channel_accounts set paused = %(reason)s
where brand_id = %(brand_id)s and channel = %(channel)s and name = %(name)s;

-- name: is_paused
select paused <> '' from channel_accounts
where brand_id = %(brand_id)s and channel = %(channel)s and name = %(name)s;

-- name: remove
delete from channel_accounts
where brand_id = %(brand_id)s and channel = %(channel)s and name = %(name)s;
