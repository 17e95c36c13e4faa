-- name: json_at
-- What stands at a JSON path; null where nothing does.
create or replace macro facts.json_at(document, path) as json_extract(document, path);

-- name: json_text
-- The string in a JSON value; null where it is none.
create or replace macro facts.json_text(value) as
    case when starts_with(value::varchar, '"') then json_extract_string(value, '$') end;

-- name: json_is
-- Whether a value in a document is this text. Documents are written by one writer, so equal
-- strings have equal letters; a document without those letters need not be taken apart.
create or replace macro facts.json_is(document, value, words) as
    case when contains(document::varchar, to_json(words)::varchar)
        then coalesce(value::varchar = to_json(words)::varchar, false) else false end;

-- name: json_number
-- The number in a JSON value; a string keeps its quotation marks and is none.
create or replace macro facts.json_number(value) as try_cast(value::varchar as double);

-- name: json_items
-- The items of a JSON list; null where it is none.
create or replace macro facts.json_items(value) as
    case when starts_with(value::varchar, '[') then value::json[] end;

-- name: json_flag
create or replace macro facts.json_flag(value) as
    case value::varchar when 'true' then true when 'false' then false end;

-- name: json_length
-- How many items a list has.
create or replace macro facts.json_length(value) as
    case when starts_with(value::varchar, '[') then json_array_length(value)::bigint end;

-- name: json_has_text
-- Whether a list has this text. What does not have its letters need not be taken apart.
create or replace macro facts.json_has_text(value, words) as
    case when starts_with(value::varchar, '[') and contains(value::varchar, to_json(words)::varchar)
        then list_contains(json_extract(value, '$[*]')::varchar[], to_json(words)::varchar)
        else false end;

-- name: json_has_number
create or replace macro facts.json_has_number(value, number) as
    case when starts_with(value::varchar, '[') then coalesce(list_contains(
        list_transform(
            json_extract(value, '$[*]'), lambda item: try_cast(item::varchar as double)
        ), number), false)
        else false end;

-- name: json_has_flag
create or replace macro facts.json_has_flag(value, flag) as
    case when starts_with(value::varchar, '[')
        then list_contains(
            json_extract(value, '$[*]')::varchar[], case when flag then 'true' else 'false' end
        ) else false end;

-- name: events
create or replace view events as
select e.brand_id, e.position, e.event, e.kind,
    coalesce(m.to_profile, e.profile_id) as profile_id,
    e.occurred_at, e.received_at, e.properties, e.channel, e.name
from facts.events e
left join facts.identity_map m on m.brand_id = e.brand_id and m.from_profile = e.profile_id;

-- name: trait_changes
create or replace view trait_changes as
select t.brand_id, coalesce(m.to_profile, t.profile_id) as profile_id, t.trait, t.value,
    make_timestamp((t.rank // 72057594037927936)::bigint) as set_at
from facts.traits t
left join facts.identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id;

-- name: present_events
-- What conditions read of events.
create or replace view facts.present_events as
select e.brand_id, coalesce(m.to_profile, e.profile_id) as profile_id, e.name, e.kind, e.occurred_at,
    e.position, e.properties, e.channel
from facts.events e
left join facts.identity_map m on m.brand_id = e.brand_id and m.from_profile = e.profile_id
where e.profile_id is not null;

-- name: present_order_told
create or replace view facts.present_order_told as
select o.brand_id, coalesce(m.to_profile, o.profile_id) as profile_id, o.name, o.occurred_at,
    o.position, o.order_id, o.total, o.discount, o.coupon, o.category, o.channel, o.currency,
    o.refund, o.is_part
from facts.order_told o
left join facts.identity_map m on m.brand_id = o.brand_id and m.from_profile = o.profile_id;

-- name: profiles
create or replace view profiles as
select p.brand_id, p.profile_id, s.first_seen_at, coalesce(t.traits, '{}')::json as traits
from facts.present p
left join (
    select p.brand_id, coalesce(m.to_profile, p.profile_id) as profile_id,
        min(p.first_seen_at) as first_seen_at
    from facts.people p
    left join facts.identity_map m on m.brand_id = p.brand_id and m.from_profile = p.profile_id
    group by all
) s using (brand_id, profile_id)
left join (
    select brand_id, profile_id,
        to_json(map(list(trait order by trait), list(value order by trait))) as traits
    from facts.latest_traits
    where value::varchar <> 'null'
    group by all
) t using (brand_id, profile_id);

-- name: identities
create or replace view identities as
select i.brand_id, coalesce(m.to_profile, i.profile_id) as profile_id, i.type, i.identifier,
    i.first_seen_at
from facts.identities i
left join facts.identity_map m on m.brand_id = i.brand_id and m.from_profile = i.profile_id;

-- name: order_rank
create or replace macro facts.order_rank(status) as
    list_position(['created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded'], status);

-- name: orders
-- A status that an event states outright stands until a later event raises it; else the furthest
-- event decides, whatever the order of their times: carriers are known to be early.
create or replace view orders as
with told as (
    select o.*, coalesce(m.to_profile, o.profile_id) as present,
        case o.name when 'Order Created' then 1 when 'Order Paid' then 2
            when 'Order Shipped' then 3 when 'Order Out For Delivery' then 3
            when 'Order Delivered' then 4 when 'Order Cancelled' then 5
            when 'Order Refunded' then 6 end as named,
        max(case when o.status is not null then o.position end)
            over (partition by o.brand_id, o.order_id) as stated_at
    from facts.orders o
    left join facts.identity_map m on m.brand_id = o.brand_id and m.from_profile = o.profile_id
), folded as (
    select brand_id, order_id, arg_max(present, position) as profile_id,
        max(case when position = stated_at then facts.order_rank(status)
            when stated_at is null or position > stated_at then named end) as reached,
        min(occurred_at) filter (name = 'Order Created') as created_at,
        min(occurred_at) filter (name = 'Order Paid') as paid_at,
        min(occurred_at) filter (name = 'Order Shipped') as shipped_at,
        min(occurred_at) filter (name = 'Order Delivered') as delivered_at,
        arg_max(promised_at, position) filter (promised_at is not null) as promised_at,
        arg_max(total, position) filter (total is not null) as total,
        arg_max(currency, position) filter (currency is not null) as currency
    from told
    group by all
)
select brand_id, order_id, profile_id,
    ['created', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded'][reached] as status,
    created_at, paid_at, shipped_at, delivered_at, promised_at, total, currency
from folded
where reached is not null;

-- name: messages
-- The furthest of unknown, sent, failed and delivered is the status: a receipt may overtake
-- another, and knowing beats not knowing.
create or replace view messages as
with told as (
    select g.*, coalesce(m.to_profile, g.profile_id) as present,
        case g.name when 'Message Unknown' then 1 when 'Message Sent' then 2
            when 'Message Not Sent' then 3 when 'Message Failed' then 4
            when 'Message Delivered' then 5 end as reached
    from facts.messages g
    left join facts.identity_map m on m.brand_id = g.brand_id and m.from_profile = g.profile_id
)
select brand_id, message_id, arg_max(present, position) as profile_id,
    arg_max(channel, position) filter (channel is not null) as channel,
    arg_max(template, position) filter (template is not null) as template,
    arg_max(journey, position) filter (journey is not null) as journey,
    ['unknown', 'sent', 'not_sent', 'failed', 'delivered'][max(reached)] as status,
    arg_max(reason, reached) filter (reached is not null) as reason,
    min(occurred_at) filter (name in ('Message Sent', 'Message Unknown')) as sent_at
from told
group by brand_id, message_id;

-- name: memberships
create or replace view memberships as
select brand_id, segment, profile_id, since
from (
    select s.brand_id, s.segment, coalesce(m.to_profile, s.profile_id) as profile_id,
        arg_max(s.entered, s.position) as entered, arg_max(s.occurred_at, s.position) as since
    from facts.memberships s
    left join facts.identity_map m on m.brand_id = s.brand_id and m.from_profile = s.profile_id
    group by all
)
where entered;

-- name: journey_steps
create or replace view journey_steps as
select s.brand_id, s.run_id, s.journey, s.version,
    coalesce(m.to_profile, s.profile_id) as profile_id, s.node, s.visit, s.occurred_at, s.what, s.details
from facts.journey_steps s
left join facts.identity_map m on m.brand_id = s.brand_id and m.from_profile = s.profile_id;

-- name: tags
-- After a merge the youngest value of the two stands; of equally young ones that of the person who
-- stayed.
create or replace view tags as
select t.brand_id, t.tag, coalesce(m.to_profile, t.profile_id) as profile_id, t.value, t.set_at,
    t.expires_at
from facts.latest_tags t
left join facts.identity_map m on m.brand_id = t.brand_id and m.from_profile = t.profile_id
qualify row_number() over (
    partition by t.brand_id, t.tag, coalesce(m.to_profile, t.profile_id)
    order by t.set_at desc, m.to_profile is null desc, t.profile_id desc
) = 1;
