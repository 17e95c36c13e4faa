-- name: stage
-- Every body is parsed once; everything below reads what is found here.
create or replace temp table staged as
select brand_id, position, event, name, kind, profile_id,
    make_timestamp(occurred_at) as occurred_at, make_timestamp(received_at) as received_at,
    make_timestamp(case when flags & 1 = 1 then occurred_at else received_at end) as replay_at,
    flags,
    case when starts_with(found[1]::varchar, '{') then found[1] else '{}'::json end as properties,
    found[2] as zone, found[3] as locale,
    coalesce(
        facts.json_text(found[4]), facts.json_text(found[5]),
        case when kind = 'internal' then facts.json_text(found[6]) end
    ) as channel,
    case when kind <> 'internal'
            and (starts_with(found[7]::varchar, '{') or starts_with(found[8]::varchar, '{'))
        then json_object('device', found[7], 'os', found[8], 'app', found[9]) end as device
from (
    select *, json_extract(body, [
        '$.properties', '$.context.timezone', '$.context.locale',
        '$.channel', '$.context.channel', '$.properties.channel',
        '$.context.device', '$.context.os', '$.context.app'
    ]) as found
    from arrived
);

-- name: events
-- By name inside the batch: a row group then holds few names, and a question skips the others.
insert into facts.events
select brand_id, position, event, name, kind, profile_id, occurred_at, received_at, replay_at,
    flags, properties, channel, device
from staged order by name, position;

-- name: people
insert into facts.people
with found as (
    select brand_id, profile_id, min(occurred_at) as first_seen_at, min(replay_at) as replay_at
    from staged where profile_id is not null and kind <> 'internal' group by all
)
select found.* from found
left join (
    select brand_id, profile_id, min(first_seen_at) as first_seen_at, min(replay_at) as replay_at
    from facts.people semi join found using (brand_id, profile_id) group by all
) known using (brand_id, profile_id)
where known.profile_id is null
    or found.first_seen_at < known.first_seen_at or found.replay_at < known.replay_at;

-- name: present
insert into facts.present
select distinct brand_id, profile_id from staged
where profile_id is not null and kind <> 'internal'
    and (brand_id, profile_id) not in (select (brand_id, profile_id) from facts.present)
    and (brand_id, profile_id) not in (select (brand_id, from_profile) from facts.identity_map);

-- name: told
-- Whom a context told a zone or language that does not stand here yet.
with told as (
    select distinct brand_id, profile_id, trait, value from (
        select brand_id, profile_id, 'zone' as trait, zone as value
        from staged where kind <> 'internal' and profile_id is not null
        union all
        select brand_id, profile_id, 'locale', locale
        from staged where kind <> 'internal' and profile_id is not null
    ) where value is not null
), known as (
    select brand_id, profile_id, trait, arg_max(value, rank) as value
    from facts.traits semi join told using (brand_id, profile_id, trait) group by all
)
select distinct told.brand_id, told.profile_id
from told left join known using (brand_id, profile_id, trait)
where known.value is distinct from told.value;

-- name: traits
insert into facts.traits
select brand_id, profile_id, trait, json_extract(value, '$'),
    occurred_at::hugeint * 72057594037927936 + position, make_timestamp(replay_at)
from arrived_traits;

-- name: newer_traits
create or replace temp table newer as
select t.brand_id, coalesce(m.to_profile, t.profile_id) as profile_id, t.trait,
    arg_max(json_extract(t.value, '$'), t.occurred_at::hugeint * 72057594037927936 + t.position) as value,
    max(t.occurred_at::hugeint * 72057594037927936 + t.position)::decimal(38, 0) as rank
from arrived_traits t
left join facts.identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
group by all;

-- name: drop_older
delete from facts.latest_traits old using newer
where old.brand_id = newer.brand_id and old.profile_id = newer.profile_id
    and old.trait = newer.trait and old.rank <= newer.rank;

-- name: add_newer
insert into facts.latest_traits
select newer.* from newer anti join facts.latest_traits using (brand_id, profile_id, trait)
order by trait, profile_id;

-- name: orders
insert into facts.orders
select brand_id, json_extract_string(properties, '$.order_id'), profile_id, position, occurred_at,
    name,
    case when json_extract_string(properties, '$.status') in
        ('created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')
        then json_extract_string(properties, '$.status') end,
    try_cast(json_extract_string(properties, '$.total') as decimal(18, 3)),
    json_extract_string(properties, '$.currency'),
    try_cast(json_extract_string(properties, '$.promised_at') as timestamptz)::timestamp
from staged
where name in (select unnest($names)) and kind = 'track'
    and json_extract_string(properties, '$.order_id') is not null;

-- name: order_told
-- The same words as metrics/purchases.py reads where nothing was taken out beforehand.
insert into facts.order_told
select brand_id, profile_id, name, occurred_at, position, order_id, total, discount, coupon,
    category, channel, currency, refund, is_part
from (
    select brand_id, profile_id, name, occurred_at, position,
        coalesce(facts.json_text(f[1]), facts.json_number(f[1])::bigint::varchar) as order_id,
        coalesce(facts.json_number(f[2]), facts.json_number(f[3])) as total,
        facts.json_number(f[4]) as discount,
        coalesce(f[5]::varchar <> 'null', false) as coupon,
        coalesce(
            facts.json_text(f[6]),
            facts.json_text(json_extract(facts.json_items(f[7])[1], '$.category'))
        ) as category,
        nullif(coalesce(facts.json_text(f[8]), channel), 'server') as channel,
        facts.json_text(f[9]) as currency,
        facts.json_number(f[10]) as refund,
        coalesce(facts.json_flag(f[11]), false) as is_part
    from (
        select brand_id, profile_id, name, occurred_at, position, channel,
            json_extract(properties, [
                '$.order_id', '$.total', '$.revenue', '$.discount', '$.coupon', '$.category',
                '$.products', '$.channel', '$.currency', '$.refund', '$.is_partial'
            ]) as f
        from staged
        where profile_id is not null and name in (
            'Order Created', 'Order Paid', 'Order Cancelled', 'Order Refunded', 'Order Shipped',
            'Order Out For Delivery', 'Order Delivered'
        )
    )
)
where order_id is not null
order by name, position;

-- name: messages
insert into facts.messages
select brand_id, json_extract_string(properties, '$.message_id'), profile_id, position,
    occurred_at, name, json_extract_string(properties, '$.channel'),
    json_extract_string(properties, '$.template'), json_extract_string(properties, '$.journey'),
    json_extract_string(properties, '$.node'), json_extract_string(properties, '$.reason')
from staged
where kind = 'internal'
    and name in ('Message Sent', 'Message Unknown', 'Message Not Sent', 'Message Failed',
        'Message Delivered', 'Message Replied')
    and json_extract_string(properties, '$.message_id') is not null;

-- name: memberships
insert into facts.memberships
select brand_id, json_extract_string(properties, '$.segment'), profile_id, position, occurred_at,
    name <> 'Segment Exited'
from staged
where kind = 'internal' and name in ('Segment Entered', 'Segment Exited', 'Segment Kept')
    and profile_id is not null;

-- name: suppressions
insert into facts.suppressions
select brand_id, json_extract_string(properties, '$.address'), name = 'Address Suppressed',
    position, replay_at
from staged
where kind = 'internal' and name in ('Address Suppressed', 'Address Restored')
    and json_extract_string(properties, '$.address') is not null;

-- name: fresh_touches
create or replace temp table touched as
with told as (
    select brand_id, profile_id, channel, device,
        epoch_us(occurred_at)::hugeint * 72057594037927936 + position as rank
    from staged
    where kind <> 'internal' and profile_id is not null
        and (channel is not null or device is not null)
), rows as (
    select brand_id, profile_id,
        arg_min(channel, rank) filter (channel is not null) as first_channel,
        min(rank) filter (channel is not null) as first_rank,
        arg_max(channel, rank) filter (channel is not null) as last_channel,
        max(rank) filter (channel is not null) as last_rank,
        arg_max(device, rank) filter (device is not null) as device,
        max(rank) filter (device is not null) as device_rank
    from told group by all
    union all
    select known.* from facts.touches known
    semi join told using (brand_id, profile_id)
)
select brand_id, profile_id,
    arg_min(first_channel, first_rank) as first_channel, min(first_rank)::decimal(38, 0) as first_rank,
    arg_max(last_channel, last_rank) as last_channel, max(last_rank)::decimal(38, 0) as last_rank,
    arg_max(device, device_rank) as device, max(device_rank)::decimal(38, 0) as device_rank
from rows group by all;

-- name: forget_touches
delete from facts.touches old using touched
where old.brand_id = touched.brand_id and old.profile_id = touched.profile_id;

-- name: touches
insert into facts.touches select * from touched;

-- name: decisions
select brand_id, position, name, json_extract_string(properties, '$.from')::bigint,
    json_extract_string(properties, '$.to')::bigint
from staged where kind = 'internal' and name in ('$merge', '$unmerge') order by position;

-- name: record_merges
insert into facts.merges select * from merged;

-- name: follow_merges
update facts.identity_map as known set to_profile = settled.to_profile
from settled
where known.brand_id = settled.brand_id and known.to_profile = settled.from_profile;

-- name: map_merged
insert into facts.identity_map select brand_id, from_profile, to_profile from settled;

-- name: absent
delete from facts.present known using settled
where known.brand_id = settled.brand_id and known.profile_id = settled.from_profile;

-- name: moved_traits
create or replace temp table newer as
select t.brand_id, s.to_profile as profile_id, t.trait, arg_max(t.value, t.rank) as value,
    max(t.rank) as rank
from facts.latest_traits t
join settled s on s.brand_id = t.brand_id and s.from_profile = t.profile_id
group by all;

-- name: forget_moved
delete from facts.latest_traits old using settled
where old.brand_id = settled.brand_id and old.profile_id = settled.from_profile;

-- name: present_again
insert into facts.present
select distinct brand_id, profile_id from facts.people
where brand_id = $brand and profile_id = $profile;

-- name: forget_parted
delete from facts.latest_traits
where brand_id = $brand and profile_id in ($profile, $other);

-- name: newer_parted
create or replace temp table newer as
select t.brand_id, coalesce(m.to_profile, t.profile_id) as profile_id, t.trait,
    arg_max(t.value, t.rank) as value, max(t.rank) as rank
from facts.traits t
left join facts.identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
where t.brand_id = $brand and coalesce(m.to_profile, t.profile_id) in ($profile, $other)
group by all;

-- name: forget_merge
delete from facts.merges where brand_id = $brand and from_profile = $profile;

-- name: forget_mapping
delete from facts.identity_map where brand_id = $brand and from_profile = $profile;

-- name: restore_branch
update facts.identity_map set to_profile = $profile
where brand_id = $brand and from_profile in (
    with recursive branch(id) as (
        select from_profile from facts.merges where brand_id = $brand and to_profile = $profile
        union
        select m.from_profile from facts.merges m join branch on m.to_profile = branch.id
        where m.brand_id = $brand
    )
    select id from branch
);

-- name: identities
insert into facts.identities
select new.brand_id, new.type, new.identifier, new.profile_id,
    make_timestamp(new.first_seen_at),
    coalesce(staged.replay_at, make_timestamp(new.first_seen_at))
from arrived_identities new left join staged on staged.position = new.position;

-- name: journey_steps
insert into facts.journey_steps
select brand_id, run_id, journey, version, profile_id, node, visit, make_timestamp(occurred_at), what,
    nullif(details, '')::json, step_id,
    coalesce(json_extract_string(nullif(details, ''), '$.to'), node)
from arrived_steps;

-- name: reached
select consumer, reached from facts.offsets;

-- name: forget_reached
delete from facts.offsets where consumer in (select unnest($consumers));

-- name: set_reached
insert into facts.offsets select unnest($consumers), unnest($reached);
