-- name: claim
insert into reward_stock as stock (brand_id, catalogue, item, profile_id, taken)
values (%(brand)s, %(catalogue)s, %(item)s, %(profile)s, 1)
on conflict (brand_id, catalogue, item, profile_id) do update set taken = stock.taken + 1
where %(most)s = 0 or stock.taken < %(most)s
returning taken;

-- name: release
update reward_stock set taken = taken - 1
where brand_id = %s and catalogue = %s and item = %s and profile_id = %s and taken > 0;

-- name: taken
select item, taken from reward_stock where brand_id = %s and catalogue = %s and profile_id = %s;

-- name: add
insert into reward_exchanges
    (brand_id, exchange_id, asked, catalogue, item, version, profile_id, channel, points, gives,
    subject, code, state, at, changed_at, by, reason)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing
returning 1;

-- name: settle
update reward_exchanges set code = %s, state = %s, changed_at = %s, by = %s, reason = %s
where brand_id = %s and exchange_id = %s;

-- name: find
select exchange_id, asked, catalogue, item, version, profile_id, channel, points, gives, subject,
    code, state, at, changed_at, by, reason
from reward_exchanges where brand_id = %s and exchange_id = %s;

-- name: find_locked
select exchange_id, asked, catalogue, item, version, profile_id, channel, points, gives, subject,
    code, state, at, changed_at, by, reason
from reward_exchanges where brand_id = %s and exchange_id = %s
for update;

-- name: list
select exchange_id, asked, catalogue, item, version, profile_id, channel, points, gives, subject,
    code, state, at, changed_at, by, reason
from reward_exchanges
where brand_id = %(brand)s
    and (%(anybody)s or profile_id = any(%(profiles)s))
    and (%(catalogue)s = '' or catalogue = %(catalogue)s)
    and (%(item)s = '' or item = %(item)s)
    and (%(state)s = '' or state = %(state)s)
    and (at, exchange_id) < (%(before_at)s, %(before_id)s)
order by at desc, exchange_id desc
limit %(limit)s;
