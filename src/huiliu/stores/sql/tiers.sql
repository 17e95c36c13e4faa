-- name: add_facts
insert into tier_facts as fact
    (brand_id, programme, profile_id, ref, at, paid, refunded, weight)
select %(brand)s, %(programme)s, * from unnest(
    %(profiles)s::bigint[], %(refs)s::bytea[], %(at)s::bigint[], %(paid)s::bigint[],
    %(refunded)s::bigint[], %(weights)s::smallint[]
)
-- The same order told twice, by a shop and by a file, counts once.
on conflict (brand_id, programme, profile_id, ref) do update set
    at = case when fact.paid = 0 then excluded.at else least(fact.at, excluded.at) end,
    paid = greatest(fact.paid, excluded.paid),
    refunded = least(fact.refunded + excluded.refunded, 1000000000000000),
    weight = case when fact.paid = 0 then excluded.weight else fact.weight end;

-- name: refund
-- At most all of what anything can cost, however often it is told.
update tier_facts set refunded = least(refunded + %s, 1000000000000000)
where brand_id = %s and programme = %s and ref = %s
returning profile_id;

-- name: measures
-- What is below nothing was taken back by itself: points of an order that came back.
select profile_id,
    sum(case when paid < 0 then paid else greatest(paid - refunded, 0) end * weight / 100)::bigint
from tier_facts
where brand_id = %s and programme = %s and profile_id = any(%s) and at > %s
group by profile_id;

-- name: facts_of
select profile_id, ref, at, paid, refunded, weight from tier_facts
where brand_id = %s and programme = %s and profile_id = any(%s)
order by at desc, ref
limit %s;

-- name: lock
select profile_id, level, since, until, measured from tier_states
where brand_id = %s and programme = %s and profile_id = any(%s)
order by profile_id
for update;

-- name: states_of
select programme, profile_id, level, since, until, measured from tier_states
where brand_id = %s and profile_id = any(%s)
order by programme, since desc;

-- name: put
insert into tier_states (brand_id, programme, profile_id, level, since, until, measured)
select %(brand)s, %(programme)s, * from unnest(
    %(profiles)s::bigint[], %(levels)s::text[], %(since)s::bigint[], %(until)s::bigint[],
    %(measured)s::bigint[]
)
on conflict (brand_id, programme, profile_id) do update set
    level = excluded.level, since = excluded.since, until = excluded.until,
    measured = excluded.measured;

-- name: drop
delete from tier_states where brand_id = %s and programme = %s and profile_id = any(%s);

-- name: due
select profile_id from tier_states
where brand_id = %s and programme = %s and until <= %s
order by until, profile_id
limit %s;

-- name: next_due
select min(until) from tier_states where brand_id = %s and programme = %s;

-- name: counts
select level, count(*) from tier_states where brand_id = %s and programme = %s group by level;

-- name: people
select profile_id, level, since, until, measured from tier_states
where brand_id = %s and programme = %s and level = %s
order by measured desc, profile_id
limit %s;

-- name: given
select count(*) from tier_gifts
where brand_id = %s and programme = %s and profile_id = %s and source = %s and name = %s
    and at > %s and refused = '';

-- name: add_gift
insert into tier_gifts
    (brand_id, programme, profile_id, ref, source, name, at, points, coupon, code, refused)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing
returning 1;

-- name: settle_gift
update tier_gifts set points = %s, code = %s, refused = %s
where brand_id = %s and programme = %s and profile_id = %s and ref = %s;

-- name: gifts_of
select profile_id, ref, source, name, at, points, coupon, code, refused from tier_gifts
where brand_id = %s and profile_id = any(%s)
order by at desc, ref
limit %s;

-- name: forget
delete from tier_facts where brand_id = %s and programme = %s;
