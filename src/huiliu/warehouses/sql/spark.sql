-- name: facts_identity_map
-- `seq` is the number of the file that a row came with: the last word about a profile holds.
select brand_id, from_profile, to_profile from (
    select *, row_number() over (partition by brand_id, from_profile order by seq desc) as nth
    from files_identity_map
) where nth = 1 and to_profile is not null

-- name: facts_merges
select brand_id, from_profile, to_profile, position from (
    select *, row_number() over (partition by brand_id, from_profile order by seq desc) as nth
    from files_merges
) where nth = 1 and to_profile is not null

-- name: facts_tag_values
select brand_id, tag, profile_id, value, set_at, expires_at from files_tag_values

-- name: facts_latest_tags
select brand_id, tag, profile_id, value, set_at, expires_at from (
    select *, row_number() over (
        partition by brand_id, tag, profile_id order by set_at desc, seq desc) as nth
    from files_tag_values
) where nth = 1 and value is not null

-- name: facts_present
-- The zero stands for nothing: it tells the engine that there is no null, which a negated
-- comparison with all of them would otherwise have to look for.
select distinct p.brand_id, coalesce(m.to_profile, p.profile_id, 0L) as profile_id
from facts_people p
left join facts_identity_map m on m.brand_id = p.brand_id and m.from_profile = p.profile_id

-- name: facts_latest_traits
-- By row number, not by max_by: a column that is passed on keeps the mark that it is JSON.
select brand_id, coalesce(profile_id, 0L) as profile_id, trait, value, rank from (
    select t.brand_id, coalesce(m.to_profile, t.profile_id) as profile_id, t.trait, t.value,
        t.rank, row_number() over (
            partition by t.brand_id, coalesce(m.to_profile, t.profile_id), t.trait
            order by t.rank desc) as nth
    from facts_traits t
    left join facts_identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
) where nth = 1

-- name: facts_present_events
select e.brand_id, coalesce(m.to_profile, e.profile_id, 0L) as profile_id, e.name, e.kind,
    e.occurred_at, e.position, e.properties, e.channel
from facts_events e
left join facts_identity_map m on m.brand_id = e.brand_id and m.from_profile = e.profile_id
where e.profile_id is not null

-- name: events
select e.brand_id, e.position, e.event, e.kind,
    coalesce(m.to_profile, e.profile_id) as profile_id,
    e.occurred_at, e.received_at, e.properties, e.channel, e.name
from facts_events e
left join facts_identity_map m on m.brand_id = e.brand_id and m.from_profile = e.profile_id

-- name: trait_changes
-- What a context told may lie in the files of several batches.
select distinct t.brand_id, coalesce(m.to_profile, t.profile_id) as profile_id, t.trait, t.value,
    cast(timestamp_micros(cast(floor(t.rank / 72057594037927936) as bigint)) as timestamp) as set_at
from facts_traits t
left join facts_identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id

-- name: profiles
select p.brand_id, p.profile_id, s.first_seen_at, coalesce(t.traits, '{}') as traits
from facts_present p
left join (
    select p.brand_id, coalesce(m.to_profile, p.profile_id) as profile_id,
        min(p.first_seen_at) as first_seen_at
    from facts_people p
    left join facts_identity_map m on m.brand_id = p.brand_id and m.from_profile = p.profile_id
    group by all
) s on s.brand_id = p.brand_id and s.profile_id = p.profile_id
left join (
    select brand_id, profile_id,
        concat('{', array_join(transform(
            array_sort(collect_list(named_struct('trait', trait, 'value', value))),
            one -> concat(
                -- The text without the `{"k":` before it and the brace behind it.
                substring(to_json(named_struct('k', one.trait)), 6,
                    length(to_json(named_struct('k', one.trait))) - 6),
                ':', one.value)
        ), ','), '}') as traits
    from facts_latest_traits
    where value <> 'null'
    group by all
) t on t.brand_id = p.brand_id and t.profile_id = p.profile_id

-- name: identities
select i.brand_id, coalesce(m.to_profile, i.profile_id) as profile_id, i.type, i.identifier,
    i.first_seen_at
from facts_identities i
left join facts_identity_map m on m.brand_id = i.brand_id and m.from_profile = i.profile_id

-- name: orders
with told as (
    select o.*, coalesce(m.to_profile, o.profile_id) as present,
        case o.name when 'Order Created' then 1 when 'Order Paid' then 2
            when 'Order Shipped' then 3 when 'Order Out For Delivery' then 3
            when 'Order Delivered' then 4 when 'Order Cancelled' then 5
            when 'Order Refunded' then 6 end as named,
        array_position(
            array('created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded'), o.status
        ) as stated,
        max(case when o.status is not null then o.position end)
            over (partition by o.brand_id, o.order_id) as stated_at
    from facts_orders o
    left join facts_identity_map m on m.brand_id = o.brand_id and m.from_profile = o.profile_id
), folded as (
    select brand_id, order_id,
        max_by(present, position) filter (where present is not null) as profile_id,
        max(case when position = stated_at then stated
            when stated_at is null or position > stated_at then named end) as reached,
        min(occurred_at) filter (where name = 'Order Created') as created_at,
        min(occurred_at) filter (where name = 'Order Paid') as paid_at,
        min(occurred_at) filter (where name = 'Order Shipped') as shipped_at,
        min(occurred_at) filter (where name = 'Order Delivered') as delivered_at,
        max_by(promised_at, position) filter (where promised_at is not null) as promised_at,
        max_by(total, position) filter (where total is not null) as total,
        max_by(currency, position) filter (where currency is not null) as currency
    from told
    group by brand_id, order_id
)
select brand_id, order_id, profile_id,
    element_at(
        array('created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded'),
        cast(reached as int)) as status,
    created_at, paid_at, shipped_at, delivered_at, promised_at, total, currency
from folded
where reached is not null

-- name: messages
with told as (
    select g.*, coalesce(m.to_profile, g.profile_id) as present,
        case g.name when 'Message Unknown' then 1 when 'Message Sent' then 2
            when 'Message Not Sent' then 3 when 'Message Failed' then 4
            when 'Message Delivered' then 5 end as reached
    from facts_messages g
    left join facts_identity_map m on m.brand_id = g.brand_id and m.from_profile = g.profile_id
)
select brand_id, message_id,
    max_by(present, position) filter (where present is not null) as profile_id,
    max_by(channel, position) filter (where channel is not null) as channel,
    max_by(template, position) filter (where template is not null) as template,
    max_by(journey, position) filter (where journey is not null) as journey,
    element_at(array('unknown', 'sent', 'not_sent', 'failed', 'delivered'), max(reached)) as status,
    max_by(reason, reached) filter (where reached is not null and reason is not null) as reason,
    min(occurred_at) filter (where name in ('Message Sent', 'Message Unknown')) as sent_at
from told
group by brand_id, message_id

-- name: memberships
select brand_id, segment, profile_id, since
from (
    select s.brand_id, s.segment, coalesce(m.to_profile, s.profile_id) as profile_id,
        max_by(s.entered, s.position) as entered, max_by(s.occurred_at, s.position) as since
    from facts_memberships s
    left join facts_identity_map m on m.brand_id = s.brand_id and m.from_profile = s.profile_id
    group by all
)
where entered

-- name: journey_steps
select s.brand_id, s.run_id, s.journey, s.version,
    coalesce(m.to_profile, s.profile_id) as profile_id, s.node, s.visit, s.occurred_at, s.what,
    s.details
from facts_journey_steps s
left join facts_identity_map m on m.brand_id = s.brand_id and m.from_profile = s.profile_id

-- name: tags
select brand_id, tag, profile_id, value, set_at, expires_at from (
    select t.brand_id, t.tag, coalesce(m.to_profile, t.profile_id) as profile_id, t.value,
        t.set_at, t.expires_at, row_number() over (
            partition by t.brand_id, t.tag, coalesce(m.to_profile, t.profile_id)
            order by t.set_at desc, m.to_profile is null desc, t.profile_id desc) as nth
    from facts_latest_tags t
    left join facts_identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
) where nth = 1
