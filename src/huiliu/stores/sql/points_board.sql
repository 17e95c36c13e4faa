-- name: totals
select coalesce(sum(available), 0), coalesce(sum(pending), 0), coalesce(sum(debt), 0),
    count(*) filter (where available > 0 or pending > 0)
from points_wallets where brand_id = %s;

-- name: earned
select e.channel, sum(e.amount) from points_entries as e
where e.brand_id = %s and e.booked_at >= %s and e.booked_at < %s and e.kind = 'earn'
    and e.refused = ''
group by e.channel
order by sum(e.amount) desc, e.channel;

-- name: flows
select l.channel, e.kind, case when e.kind = 'burn' then e.channel else '' end, sum(-g.amount)
from points_entries as e
join points_legs as g on g.brand_id = e.brand_id and g.entry = e.entry
join points_lots as l on l.brand_id = g.brand_id and l.lot = g.lot and l.nth = g.lot_nth
where e.brand_id = %s and e.booked_at >= %s and e.booked_at < %s
    and e.kind in ('burn', 'expire', 'claw_back', 'adjust')
    and g.amount < 0 and g.account in ('available', 'pending')
group by 1, 2, 3
order by 4 desc, 1, 2, 3;

-- name: lots
-- Only what was earned: a transfer hands on a part of a lot that is counted already.
select mod(hashint8(l.came_with) & 2147483647, %(groups)s), (%(now)s - l.earned_at) / %(span)s,
    sum(l.amount)::float8
from points_lots as l
join points_entries as e on e.brand_id = l.brand_id and e.entry = l.lot
where l.brand_id = %(brand)s and e.kind = 'earn' and l.earned_at <= %(now)s
group by 1, 2;

-- name: uses
select mod(hashint8(l.came_with) & 2147483647, %(groups)s), (%(now)s - l.earned_at) / %(span)s,
    greatest(e.at - l.earned_at, 0) / %(span)s, e.kind = 'burn', sum(-g.amount)::float8
from points_lots as l
join points_entries as made on made.brand_id = l.brand_id and made.entry = l.lot
join points_legs as g on g.brand_id = l.brand_id and g.lot = l.lot and g.lot_nth = l.nth
join points_entries as e on e.brand_id = g.brand_id and e.entry = g.entry
where l.brand_id = %(brand)s and made.kind = 'earn' and l.earned_at <= %(now)s
    and g.amount < 0 and g.account in ('available', 'pending')
    and e.kind in ('burn', 'expire', 'claw_back', 'adjust', 'transfer')
group by 1, 2, 3, 4;

-- name: open
select greatest(%(now)s - earned_at, 0) / %(span)s,
    case when expires_at > 0
        then (greatest(expires_at - %(now)s, 0) + %(span)s - 1) / %(span)s end,
    sum(open)::float8
from points_lots
where brand_id = %(brand)s and open > 0
group by 1, 2;
