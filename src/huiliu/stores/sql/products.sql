-- The catalogue.

-- name: alone
select pg_advisory_xact_lock(hashtextextended('catalogue', %s));

-- name: get
select product_id, names, sku, price, currency, compare_at, stock, category, brand, link, images,
    state, variants, source
from products where brand_id = %s and product_id = any(%s);

-- name: row
select product_id, names, sku, price, currency, compare_at, stock, category, brand, link, images,
    state, variants, source, created_at, changed_at
from products where brand_id = %s and product_id = %s;

-- name: put
insert into products (
    brand_id, product_id, names, sku, price, currency, compare_at, stock, category, brand, link,
    images, state, variants, source, search, created_at, changed_at
)
select %(brand)s, t.product_id, t.names, t.sku, t.price, t.currency, t.compare_at, t.stock,
    t.category, t.brand, t.link, t.images, t.state, t.variants, t.source, t.search, %(at)s, %(at)s
from jsonb_to_recordset(%(rows)s::jsonb) as t(
    product_id text, names jsonb, sku text, price bigint, currency text, compare_at bigint,
    stock bigint, category text[], brand text, link text, images text[], state text,
    variants jsonb, source text, search text
)
on conflict (brand_id, product_id) do update set
    names = excluded.names, sku = excluded.sku, price = excluded.price,
    currency = excluded.currency, compare_at = excluded.compare_at, stock = excluded.stock,
    category = excluded.category, brand = excluded.brand, link = excluded.link,
    images = excluded.images, state = excluded.state, variants = excluded.variants,
    source = excluded.source, search = excluded.search, changed_at = excluded.changed_at;

-- name: time
update products p set variants = t.variants
from jsonb_to_recordset(%(rows)s::jsonb) as t(product_id text, variants jsonb)
where p.brand_id = %(brand)s and p.product_id = t.product_id;

-- name: record
insert into product_changes (brand_id, product_id, at, what, old, new, currency, source, news)
select %(brand)s, t.product_id, %(at)s, t.what, t.old, t.new, t.currency, %(source)s, t.news
from jsonb_to_recordset(%(rows)s::jsonb) as t(
    product_id text, what text, old bigint, new bigint, currency text, news text[]
);

-- name: search
select product_id, names, sku, price, currency, compare_at, stock, category, brand, link, images,
    state, variants, source, created_at, changed_at
from products
where brand_id = %(brand)s and product_id > %(after)s
    and (%(state)s = '' or state = %(state)s)
    and search like all(%(words)s::text[])
order by product_id limit %(limit)s;

-- name: count
select state, count(*), count(*) filter (where stock = 0)
from products where brand_id = %s group by state;

-- name: of_source
select product_id from products
where brand_id = %s and source = %s and state = 'live' order by product_id;

-- name: categories
select product_id, category from products
where brand_id = %s and state = 'live' and (stock is null or stock > 0);

-- name: history
select brand_id, change_id, at, source, product_id, what, old, new, currency, news, counted_at,
    n_told
from product_changes where brand_id = %s and product_id = %s order by change_id desc limit %s;

-- name: uncounted
-- Of one brand at a time, as its events are looked through once for all.
select brand_id, change_id, at, source, product_id, what, old, new, currency, news, counted_at,
    n_told
from product_changes
where news <> '{}' and counted_at is null and brand_id = (
    select brand_id from product_changes where news <> '{}' and counted_at is null
    order by change_id limit 1
)
order by change_id limit %s for update skip locked;

-- name: counted
update product_changes c set counted_at = %(at)s, n_told = t.n
from unnest(%(ids)s::bigint[], %(told)s::bigint[]) as t(change_id, n)
where c.brand_id = %(brand)s and c.change_id = t.change_id and c.counted_at is null;

-- name: add_news
insert into product_news
    (brand_id, change_id, event, profile_id, product_id, interest, interested_at)
select %(brand)s, t.change_id, t.event, t.profile_id, t.product_id, t.interest, t.at
from unnest(%(changes)s::bigint[], %(events)s::text[], %(profiles)s::bigint[],
    %(products)s::text[], %(interests)s::text[], %(ats)s::bigint[])
    as t(change_id, event, profile_id, product_id, interest, at)
on conflict do nothing;

-- name: take_news
with taken as (
    delete from product_news where ctid = any(array(
        select ctid from product_news order by brand_id, change_id, event, profile_id limit %s
        for update skip locked
    ))
    returning brand_id, change_id, event, profile_id, product_id, interest, interested_at
)
select t.event, t.profile_id, t.interest, t.interested_at,
    c.brand_id, c.change_id, c.at, c.source, c.product_id, c.what, c.old, c.new, c.currency,
    c.news, c.counted_at, c.n_told
from taken t join product_changes c
    on c.brand_id = t.brand_id and c.product_id = t.product_id and c.change_id = t.change_id
order by c.brand_id, c.change_id, t.event, t.profile_id;

-- name: n_untold
select count(*) from product_news where brand_id = %s;

-- name: pairs
select product_id, place, other_id, n_orders, lift from product_pairs
where brand_id = %s and product_id = any(%s) order by product_id, place;

-- name: ranks
select r.scope, r.place, r.product_id, r.n_buyers, r.n_viewers
from jsonb_to_recordset(%(scopes)s::jsonb) as t(scope text[])
join product_ranks r on r.brand_id = %(brand)s and r.scope = t.scope
order by r.scope, r.place;

-- name: state
select brand_id, rules, due_at, refreshed_at, took_us, n_pairs, n_ranks, fault
from catalogue_state where brand_id = %s;

-- name: set_rules
insert into catalogue_state (brand_id, rules) values (%s, %s)
on conflict (brand_id) do update set rules = excluded.rules;

-- name: due
select brand_id from catalogue_state
where due_at <= %s and pg_try_advisory_xact_lock(hashtextextended('recommendations', brand_id))
order by due_at, brand_id limit 1;

-- name: begin
insert into catalogue_state (brand_id) values (%s) on conflict do nothing;

-- name: forget_pairs
delete from product_pairs where brand_id = %s;

-- name: forget_ranks
delete from product_ranks where brand_id = %s;

-- name: add_pairs
insert into product_pairs (brand_id, product_id, place, other_id, n_orders, lift)
select %(brand)s, t.* from jsonb_to_recordset(%(rows)s::jsonb)
    as t(product_id text, place smallint, other_id text, n_orders integer, lift double precision);

-- name: add_ranks
insert into product_ranks (brand_id, scope, place, product_id, n_buyers, n_viewers)
select %(brand)s, t.* from jsonb_to_recordset(%(rows)s::jsonb)
    as t(scope text[], place smallint, product_id text, n_buyers integer, n_viewers integer);

-- name: mark
insert into catalogue_state
    (brand_id, due_at, refreshed_at, took_us, n_pairs, n_ranks, fault)
values (%(brand_id)s, %(due_at)s, %(refreshed_at)s, %(took_us)s, %(n_pairs)s, %(n_ranks)s, %(fault)s)
on conflict (brand_id) do update set due_at = excluded.due_at,
    refreshed_at = excluded.refreshed_at, took_us = excluded.took_us,
    n_pairs = excluded.n_pairs, n_ranks = excluded.n_ranks, fault = excluded.fault;
