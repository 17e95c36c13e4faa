-- What was counted of a brand's messages.

-- name: made_at
select made_at from policy_odds where brand_id = %s;

-- name: odds
select body from policy_odds where brand_id = %s;

-- name: keep
insert into policy_odds (brand_id, made_at, due_at, body) values (%s, %s, %s, %s)
on conflict (brand_id) do update
set made_at = excluded.made_at, due_at = excluded.due_at, body = excluded.body;

-- name: schedule
insert into policy_odds (brand_id, made_at, due_at, body) values (%s, 0, %s, '')
on conflict (brand_id) do update set due_at = least(policy_odds.due_at, excluded.due_at);

-- name: due
select brand_id from policy_odds where due_at <= %s
order by due_at limit 1 for update skip locked;
