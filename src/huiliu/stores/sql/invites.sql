-- Invites, the friends who came by them, and what both get for it.

-- name: open
insert into invites (
    brand_id, invite_id, campaign, version, mechanic, owner, profile_id, needs, state, n_taken,
    n_counted, device, address, code, opened_at, closes_at, ended_at
) values (
    %(brand_id)s, %(invite_id)s, %(campaign)s, %(version)s, %(mechanic)s, %(owner)s,
    %(profile_id)s, %(needs)s, %(state)s, %(n_taken)s, %(n_counted)s, %(device)s, %(address)s,
    %(code)s, %(opened_at)s, %(closes_at)s, %(ended_at)s
)
on conflict do nothing;

-- name: invite
select brand_id, invite_id, campaign, version, mechanic, owner, profile_id, needs, state, n_taken,
    n_counted, device, address, code, opened_at, closes_at, ended_at
from invites where brand_id = %s and invite_id = %s;

-- name: lock
select brand_id, invite_id, campaign, version, mechanic, owner, profile_id, needs, state, n_taken,
    n_counted, device, address, code, opened_at, closes_at, ended_at
from invites where brand_id = %s and invite_id = %s for update;

-- name: change
update invites set profile_id = %(profile_id)s, state = %(state)s, n_taken = %(n_taken)s,
    n_counted = %(n_counted)s, ended_at = %(ended_at)s
where brand_id = %(brand_id)s and invite_id = %(invite_id)s;

-- name: of_owner
select brand_id, invite_id, campaign, version, mechanic, owner, profile_id, needs, state, n_taken,
    n_counted, device, address, code, opened_at, closes_at, ended_at
from invites where brand_id = %s and campaign = %s and owner = any(%s)
order by opened_at desc, invite_id;

-- name: recent
select brand_id, invite_id, campaign, version, mechanic, owner, profile_id, needs, state, n_taken,
    n_counted, device, address, code, opened_at, closes_at, ended_at
from invites where brand_id = %s and campaign = %s
order by opened_at desc, invite_id limit %s;

-- name: states
select state, count(*) from invites where brand_id = %s and campaign = %s group by state;

-- name: overdue
select i.brand_id, i.invite_id from invites i
where i.state = 'open' and i.closes_at <= %s and not exists (
    select from invite_friends f
    where f.brand_id = i.brand_id and f.invite_id = i.invite_id
        and f.state in ('waiting', 'review')
)
order by i.closes_at limit %s;

-- name: claim
insert into invite_uses (brand_id, campaign, what, key, n) values (%s, %s, %s, %s, 1)
on conflict (brand_id, campaign, what, key) do update set n = invite_uses.n + 1
    where invite_uses.n < %s
returning n;

-- name: join
insert into invite_friends (
    brand_id, invite_id, friend, campaign, profile_id, inviter, state, reason, is_new, is_proved,
    score, signals, device, address, took, is_machine, accepted_at, due_at, paid_at, order_key,
    decided_at, decided_by, note
) values (
    %(brand_id)s, %(invite_id)s, %(friend)s, %(campaign)s, %(profile_id)s, %(inviter)s, %(state)s,
    %(reason)s, %(is_new)s, %(is_proved)s, %(score)s, %(signals)s, %(device)s, %(address)s,
    %(took)s, %(is_machine)s, %(accepted_at)s, %(due_at)s, %(paid_at)s, %(order_key)s,
    %(decided_at)s, %(decided_by)s, %(note)s
)
on conflict do nothing;

-- name: friends
select brand_id, invite_id, friend, campaign, profile_id, inviter, state, reason, is_new,
    is_proved, score, signals, device, address, took, is_machine, accepted_at, due_at, paid_at,
    order_key, decided_at, decided_by, note
from invite_friends where brand_id = %s and invite_id = %s order by accepted_at, friend;

-- name: friend
select brand_id, invite_id, friend, campaign, profile_id, inviter, state, reason, is_new,
    is_proved, score, signals, device, address, took, is_machine, accepted_at, due_at, paid_at,
    order_key, decided_at, decided_by, note
from invite_friends where brand_id = %s and invite_id = %s and friend = %s;

-- name: change_friend
update invite_friends set profile_id = %(profile_id)s, inviter = %(inviter)s, state = %(state)s,
    reason = %(reason)s, is_new = %(is_new)s, score = %(score)s, signals = %(signals)s,
    due_at = %(due_at)s, paid_at = %(paid_at)s, order_key = %(order_key)s,
    decided_at = %(decided_at)s, decided_by = %(decided_by)s, note = %(note)s
where brand_id = %(brand_id)s and invite_id = %(invite_id)s and friend = %(friend)s;

-- name: due_friends
select brand_id, invite_id, friend from invite_friends
where due_at > 0 and due_at <= %s order by due_at, invite_id, friend limit %s;

-- name: reviews
select brand_id, invite_id, friend, campaign, profile_id, inviter, state, reason, is_new,
    is_proved, score, signals, device, address, took, is_machine, accepted_at, due_at, paid_at,
    order_key, decided_at, decided_by, note
from invite_friends where brand_id = %s and state = 'review' order by accepted_at limit %s;

-- name: friend_states
select state, reason, count(*) from invite_friends
where brand_id = %s and campaign = %s group by state, reason;

-- name: n_of_device
select count(*) from invite_friends
where brand_id = %s and campaign = %s and device = %s and friend <> %s;

-- name: met
select count(*) filter (where o.address = f.address and o.friend <> f.friend),
    count(*) filter (where o.accepted_at > f.accepted_at - %s and o.accepted_at <= f.accepted_at)
from invite_friends f
join invites i on i.brand_id = f.brand_id and i.invite_id = f.invite_id
join invites mine on mine.brand_id = i.brand_id and mine.campaign = i.campaign
    and mine.owner = i.owner
join invite_friends o on o.brand_id = mine.brand_id and o.invite_id = mine.invite_id
where f.brand_id = %s and f.invite_id = %s and f.friend = %s;

-- name: ring
with recursive way (profile_id, n) as (
    select %(friend)s::bigint, 0
    union
    select f.profile_id, w.n + 1 from way w
    join invite_friends f on f.brand_id = %(brand)s and f.inviter = w.profile_id
        and f.profile_id > 0 and f.state <> 'refused'
    where w.n < %(most)s and w.profile_id <> %(inviter)s
)
select coalesce(min(n), 0) from way where profile_id = %(inviter)s and n > 0;

-- name: buyers
select brand_id, invite_id, friend, campaign, profile_id, inviter, state, reason, is_new,
    is_proved, score, signals, device, address, took, is_machine, accepted_at, due_at, paid_at,
    order_key, decided_at, decided_by, note
from invite_friends
where brand_id = %s and profile_id = any(%s) and state <> 'refused'
order by invite_id, friend;

-- name: is_empty
select not exists (select from invite_friends);

-- name: reward
insert into invite_rewards (
    brand_id, invite_id, person, for_friend, campaign, role, coupon, points, worth, currency,
    state, reason, given, due_at, made_at, given_at
) values (
    %(brand_id)s, %(invite_id)s, %(person)s, %(for_friend)s, %(campaign)s, %(role)s, %(coupon)s,
    %(points)s, %(worth)s, %(currency)s, %(state)s, %(reason)s, %(given)s, %(due_at)s, %(made_at)s,
    %(given_at)s
)
on conflict do nothing;

-- name: due_rewards
select brand_id, invite_id, person, for_friend, campaign, role, coupon, points, worth, currency,
    state, reason, given, due_at, made_at, given_at
from invite_rewards where due_at > 0 and due_at <= %s
order by due_at, invite_id, person limit %s for update skip locked;

-- name: change_reward
update invite_rewards set state = %(state)s, reason = %(reason)s, given = %(given)s,
    due_at = %(due_at)s, given_at = %(given_at)s
where brand_id = %(brand_id)s and invite_id = %(invite_id)s and person = %(person)s
    and for_friend = %(for_friend)s;

-- name: rewards
select brand_id, invite_id, person, for_friend, campaign, role, coupon, points, worth, currency,
    state, reason, given, due_at, made_at, given_at
from invite_rewards where brand_id = %s and invite_id = %s order by made_at, role, person;

-- name: reward_states
select role, state, reason, count(*) from invite_rewards
where brand_id = %s and campaign = %s group by role, state, reason;

-- name: try_again
update invite_rewards set state = 'due', due_at = %(now)s, made_at = %(now)s
where brand_id = %(brand)s and campaign = %(campaign)s and state = 'refused'
    and reason <> 'limit';

-- name: figures
with mine as (
    select owner, count(*) as n_invites from invites
    where brand_id = %(brand)s and campaign = %(campaign)s group by owner
), came as (
    select i.owner, count(*) filter (where f.state <> 'refused') as n_friends,
        count(*) filter (where f.state in ('ordering', 'counted') and f.is_new) as n_new,
        count(*) filter (where f.state in ('ordering', 'counted') and f.is_new and f.paid_at > 0)
            as n_customers
    from invites i
    join invite_friends f on f.brand_id = i.brand_id and f.invite_id = i.invite_id
    where i.brand_id = %(brand)s and i.campaign = %(campaign)s group by i.owner
), paid as (
    select owner, jsonb_object_agg(currency, worth) as worth from (
        select i.owner, r.currency, sum(r.worth)::bigint as worth from invites i
        join invite_rewards r on r.brand_id = i.brand_id and r.invite_id = i.invite_id
        where i.brand_id = %(brand)s and i.campaign = %(campaign)s and r.state = 'given'
            and r.currency <> ''
        group by i.owner, r.currency
    ) as sums group by owner
)
select m.n_invites, coalesce(c.n_friends, 0), coalesce(c.n_new, 0), coalesce(c.n_customers, 0),
    coalesce(p.worth, '{}'::jsonb)
from mine m left join came c using (owner) left join paid p using (owner)
order by m.owner;

-- name: forget
with old as (
    select brand_id, invite_id from invites
    where ended_at > 0 and ended_at < %s and (device is not null or address is not null)
    limit %s
), friends as (
    update invite_friends f set device = null, address = null from old
    where f.brand_id = old.brand_id and f.invite_id = old.invite_id
)
update invites i set device = null, address = null from old
where i.brand_id = old.brand_id and i.invite_id = old.invite_id;
