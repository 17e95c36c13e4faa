-- name: claim
insert into post_counts (brand_id, profile_id, order_id, n)
values (%(brand)s, %(profile)s, %(order)s, 1)
on conflict (brand_id, profile_id, order_id) do update set n = post_counts.n + 1
where post_counts.n < %(most)s;

-- name: add
insert into posts (
    brand_id, post_id, profile_id, order_id, product_id, kind, state, subject, words, consent,
    locale, channel, made_at
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing;

-- name: add_file
insert into post_files (
    brand_id, post_id, nth, name, still, media_type, width, height, seconds, n_bytes, content
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s);

-- name: get
select brand_id, post_id, profile_id, order_id, product_id, kind, state, subject, words, consent,
    locale, channel, made_at, decided_at, decided_by, reason, points
from posts where brand_id = %s and post_id = %s;

-- name: decide
update posts set state = %(state)s, decided_at = %(at)s, decided_by = %(by)s, reason = %(reason)s,
    points = greatest(points, %(points)s)
where brand_id = %(brand)s and post_id = %(post)s and state = any(%(states)s);

-- name: listed_waiting
select brand_id, post_id, profile_id, order_id, product_id, kind, state, subject, words, consent,
    locale, channel, made_at, decided_at, decided_by, reason, points
from posts
where brand_id = %(brand)s and state = %(state)s and (made_at, post_id) > (%(at)s, %(last)s)
order by made_at, post_id
limit %(limit)s;

-- name: listed
select brand_id, post_id, profile_id, order_id, product_id, kind, state, subject, words, consent,
    locale, channel, made_at, decided_at, decided_by, reason, points
from posts
where brand_id = %(brand)s and state = %(state)s and (made_at, post_id) < (%(at)s, %(last)s)
order by made_at desc, post_id desc
limit %(limit)s;

-- name: counts
select state, count(*) from posts where brand_id = %s group by state;

-- name: of_order
select brand_id, post_id, profile_id, order_id, product_id, kind, state, subject, words, consent,
    locale, channel, made_at, decided_at, decided_by, reason, points
from posts
where brand_id = %s and profile_id = any(%s) and order_id = %s
order by made_at desc, post_id;

-- name: gallery
select p.brand_id, p.post_id, p.profile_id, p.order_id, p.product_id, p.kind, p.state, p.subject,
    p.words, p.consent, p.locale, p.channel, p.made_at, p.decided_at, p.decided_by, p.reason,
    p.points
from posts p
join subject_keys k on k.brand_id = p.brand_id and k.subject = p.subject
where p.brand_id = %(brand)s and p.state = 'approved' and p.consent <> '' and k.wrapped is not null
    and (%(product)s = '' or p.product_id = %(product)s or p.product_id in (
        select product_id from products where brand_id = %(brand)s and sku = %(product)s))
    and (p.decided_at, p.post_id) < (%(at)s, %(last)s)
order by p.decided_at desc, p.post_id desc
limit %(limit)s;

-- name: by_id
select brand_id from posts where post_id = %s limit 1;

-- name: by_file
select brand_id, post_id from post_files where name = %(name)s or still = %(name)s limit 1;

-- name: files
select post_id, nth, name, still, media_type, width, height, seconds, n_bytes, content
from post_files
where brand_id = %s and post_id = any(%s)
order by post_id, nth;

-- name: seen_before
select mine.post_id, count(distinct other.post_id)
from post_files mine
join post_files other
    on other.brand_id = mine.brand_id and other.content = mine.content
    and other.post_id <> mine.post_id
where mine.brand_id = %s and mine.post_id = any(%s)
group by mine.post_id;

-- name: known_names
select name, still from post_files
where brand_id = %(brand)s and (name = any(%(names)s) or still = any(%(names)s));

-- name: orphans
select p.brand_id, p.post_id, p.profile_id, p.order_id, p.product_id, p.kind, p.state, p.subject,
    p.words, p.consent, p.locale, p.channel, p.made_at, p.decided_at, p.decided_by, p.reason,
    p.points
from posts p
join subject_keys k on k.brand_id = p.brand_id and k.subject = p.subject
where p.brand_id = %s and k.wrapped is null
limit %s;

-- name: remove_files
delete from post_files where brand_id = %s and post_id = any(%s);

-- name: remove
delete from posts where brand_id = %s and post_id = any(%s);

-- name: brands
select distinct brand_id from posts order by brand_id;
