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

-- name: adopt
insert into policy_odds (brand_id, made_at, due_at, body)
select found.brand_id, 0, 0, '' from (select distinct brand_id from documents) found
where not exists (select from policy_odds o where o.brand_id = found.brand_id)
on conflict do nothing;

-- name: asked
-- Marketing that was sent, or held back only because somebody had enough: by person, then time.
with ids as (
    select m.profile_id, m.sent_at, m.changed_at, m.channel, m.journey
    from messages m
    where m.brand_id = %(brand)s and m.queued_at >= %(since)s and m.message_class <> 'service'
      and (m.sent_at > 0 and m.status in ('sending', 'sent', 'delivered', 'unknown')
        or m.reason in ('frequency_cap', 'outcompeted', 'frequency_chosen'))
)
select coalesce(map.to_profile, i.profile_id) as person,
    case when i.sent_at > 0 then i.sent_at else i.changed_at end as at,
    i.channel, i.journey, i.sent_at > 0 as was_sent,
    coalesce(p.traits -> 'zone' ->> 0, '') as zone
from ids i
left join identity_map map on map.brand_id = %(brand)s and map.from_profile = i.profile_id
left join profiles p
    on p.brand_id = %(brand)s and p.profile_id = coalesce(map.to_profile, i.profile_id)
where abs(coalesce(map.to_profile, i.profile_id) %% %(of)s) = 0
order by 1, 2, i.channel, i.journey
limit %(limit)s;

-- name: n_asked
select count(*) from messages
where brand_id = %s and queued_at >= %s and message_class <> 'service';
