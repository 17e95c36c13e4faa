-- Push: places of the day at makers' channels, and what push tokens there are.

-- name: take
with asked as (
    select * from unnest(%(apps)s::text[], %(addresses)s::bytea[], %(most)s::integer[])
        as a (app, address, most)
), put as (
    insert into push_places (brand_id, day, app, address, message_id)
    select %(brand)s, %(day)s, a.app, a.address, %(message)s from asked a
    where (
        select count(*) from push_places p
        where p.brand_id = %(brand)s and p.day = %(day)s and p.app = a.app
            and p.address = a.address and p.message_id <> %(message)s
    ) < a.most
    on conflict do nothing
    returning address
)
select address from put
union
select p.address from push_places p join asked a on p.app = a.app and p.address = a.address
where p.brand_id = %(brand)s and p.day = %(day)s and p.message_id = %(message)s;

-- name: free
delete from push_places
where brand_id = %(brand)s and day >= %(day)s and message_id = any(%(messages)s::bytea[]);

-- name: forget
delete from push_places where brand_id = %(brand)s and day < %(before)s;

-- name: groups
select app, platform, vendor, provider,
    count(*) filter (where ended_at = 0),
    count(*) filter (where ended_at = 0 and seen_at >= %(days_30)s),
    count(*) filter (where ended_at = 0 and seen_at >= %(days_90)s and seen_at < %(days_30)s),
    count(*) filter (where ended_at = 0 and seen_at < %(days_90)s),
    count(*) filter (where ended_at >= %(days_30)s)
from contact_points
where brand_id = %(brand)s and channel = 'push'
group by app, platform, vendor, provider
order by app, platform, vendor, provider;

-- name: reasons
select reason, count(*) from contact_points
where brand_id = %(brand)s and channel = 'push' and ended_at >= %(since)s
group by reason order by count(*) desc, reason;
