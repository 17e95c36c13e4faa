-- In-app messages: boxes whose number tells clients that something changed, and their cards.

-- name: put
with given as (
    select * from unnest(
        %(messages)s::bytea[], %(profiles)s::bigint[], %(kinds)s::text[], %(classes)s::text[],
        %(subjects)s::bytea[], %(sealed)s::bytea[], %(made)s::bigint[], %(starts)s::bigint[],
        %(ends)s::bigint[]
    ) as u (
        message_id, profile_id, kind, message_class, subject, sealed, made_at, starts_at, ends_at
    )
),
fresh as (
    select g.* from given g
    where not exists (
        select from inapp_cards c where c.brand_id = %(brand)s and c.message_id = g.message_id
    )
),
boxes as (
    insert into inapp_boxes (brand_id, profile_id, changed)
    select %(brand)s, profile_id, nextval('inapp_changes')
    from (select distinct profile_id from fresh order by profile_id) as people
    on conflict (brand_id, profile_id) do update set changed = nextval('inapp_changes')
    returning profile_id, changed
)
insert into inapp_cards (
    brand_id, message_id, profile_id, template, journey, kind, message_class, subject, sealed,
    cancel_when, made_at, starts_at, ends_at, changed
)
select %(brand)s, f.message_id, f.profile_id, coalesce(m.template, ''), coalesce(m.journey, ''),
    f.kind, f.message_class, f.subject, f.sealed, coalesce(m.cancel_when, ''), f.made_at,
    f.starts_at, f.ends_at, b.changed
from fresh f
join boxes b on b.profile_id = f.profile_id
left join messages m on m.brand_id = %(brand)s and m.message_id = f.message_id
on conflict do nothing;

-- name: changed
select coalesce(max(changed), 0) from inapp_boxes
where brand_id = %(brand)s and profile_id = any(%(profiles)s);

-- name: live
select message_id, profile_id, template, journey, kind, message_class, subject, sealed,
    cancel_when, made_at, starts_at, ends_at, changed, n_shown, first_shown_at, last_shown_at,
    read_at, clicked_at, dismissed_at, withdrawn_at
from inapp_cards
where brand_id = %(brand)s and profile_id = any(%(profiles)s)
    and withdrawn_at = 0 and dismissed_at = 0 and ends_at > %(now)s
order by made_at desc, message_id desc
limit %(limit)s;

-- name: since
select message_id, profile_id, template, journey, kind, message_class, subject, sealed,
    cancel_when, made_at, starts_at, ends_at, changed, n_shown, first_shown_at, last_shown_at,
    read_at, clicked_at, dismissed_at, withdrawn_at
from inapp_cards
where brand_id = %(brand)s and profile_id = any(%(profiles)s) and changed > %(changed)s
order by changed, message_id
limit %(limit)s;

-- name: of_person
select message_id, profile_id, template, journey, kind, message_class, subject, sealed,
    cancel_when, made_at, starts_at, ends_at, changed, n_shown, first_shown_at, last_shown_at,
    read_at, clicked_at, dismissed_at, withdrawn_at
from inapp_cards
where brand_id = %(brand)s and profile_id = any(%(profiles)s)
order by made_at desc, message_id desc
limit %(limit)s;

-- name: lock_box
insert into inapp_boxes (brand_id, profile_id, changed)
values (%(brand)s, %(profile)s, nextval('inapp_changes'))
on conflict (brand_id, profile_id) do update set profile_id = excluded.profile_id;

-- name: bump
update inapp_boxes set changed = nextval('inapp_changes')
where brand_id = %(brand)s and profile_id = %(profile)s
returning changed;

-- name: tell
update inapp_cards set
    told = array_append(told, %(key)s::bytea),
    n_shown = n_shown + (%(what)s = 'shown')::integer,
    first_shown_at = case
        when %(what)s = 'shown' and first_shown_at = 0 then %(at)s else first_shown_at end,
    last_shown_at = case
        when %(what)s = 'shown' then greatest(last_shown_at, %(at)s) else last_shown_at end,
    -- Who acts on a card has read it.
    read_at = case when %(what)s <> 'shown' and read_at = 0 then %(at)s else read_at end,
    clicked_at = case
        when %(what)s = 'clicked' and clicked_at = 0 then %(at)s else clicked_at end,
    dismissed_at = case
        when %(what)s = 'dismissed' and dismissed_at = 0 then %(at)s else dismissed_at end
where brand_id = %(brand)s and message_id = %(message)s and profile_id = any(%(profiles)s)
    and not %(key)s::bytea = any(told) and cardinality(told) < %(most)s
returning kind, n_shown, read_at, %(what)s <> 'shown';

-- name: mark
update inapp_cards set changed = %(changed)s
where brand_id = %(brand)s and message_id = any(%(messages)s);

-- name: withdraw
with boxes as (
    update inapp_boxes b set changed = nextval('inapp_changes')
    where b.brand_id = %(brand)s and b.profile_id in (
        select profile_id from inapp_cards c
        where c.brand_id = %(brand)s and c.message_id = any(%(messages)s)
            and c.withdrawn_at = 0 and c.dismissed_at = 0 and c.ends_at > %(now)s
    )
    returning b.profile_id, b.changed
)
update inapp_cards c set withdrawn_at = %(now)s, changed = boxes.changed
from boxes
where c.brand_id = %(brand)s and c.message_id = any(%(messages)s)
    and c.profile_id = boxes.profile_id
    and c.withdrawn_at = 0 and c.dismissed_at = 0 and c.ends_at > %(now)s;

-- name: of_template
select message_id from inapp_cards
where brand_id = %(brand)s and template = %(template)s
    and withdrawn_at = 0 and dismissed_at = 0 and ends_at > %(now)s
order by profile_id, message_id
limit %(limit)s;

-- name: funnels
select template, count(*), count(*) filter (where first_shown_at > 0),
    count(*) filter (where clicked_at > 0), count(*) filter (where dismissed_at > 0),
    count(*) filter (where withdrawn_at > 0),
    count(*) filter (where withdrawn_at = 0 and dismissed_at = 0 and ends_at > %(now)s),
    coalesce(sum(n_shown), 0)::bigint, max(made_at)
from inapp_cards
where brand_id = %(brand)s and made_at >= %(since)s
    and (%(template)s::text = '' or template = %(template)s::text)
group by template
order by max(made_at) desc, template;

-- name: popups
select message_id, last_shown_at from inapp_cards
where brand_id = %(brand)s and profile_id = any(%(profiles)s) and kind = 'popup'
    and last_shown_at >= %(since)s;

-- name: forget
delete from inapp_cards where (brand_id, message_id) in (
    select brand_id, message_id from inapp_cards
    where ends_at < %(before)s order by ends_at limit %(limit)s
);
