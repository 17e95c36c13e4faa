-- Codes to scan, what became of scans, bar codes of products, and prices that were seen elsewhere.

-- name: add
insert into qr_codes (
    brand_id, kind, name, campaign, store, shelf, staff, gtin, coupon, form, leads, scan_code,
    rotates_s, starts_at, ends_at, made_at, made_by, ended_at
) values (
    %(brand_id)s, %(kind)s, %(name)s, %(campaign)s, %(store)s, %(shelf)s, %(staff)s, %(gtin)s,
    %(coupon)s, %(form)s, %(leads)s, %(scan_code)s, %(rotates_s)s, %(starts_at)s, %(ends_at)s,
    %(made_at)s, %(made_by)s, %(ended_at)s
) returning code_id;

-- name: code
select brand_id, code_id, kind, name, campaign, store, shelf, staff, gtin, coupon, form, leads,
    scan_code, rotates_s, starts_at, ends_at, made_at, made_by, ended_at
from qr_codes where brand_id = %s and code_id = %s;

-- name: codes
select brand_id, code_id, kind, name, campaign, store, shelf, staff, gtin, coupon, form, leads,
    scan_code, rotates_s, starts_at, ends_at, made_at, made_by, ended_at
from qr_codes
where brand_id = %(brand)s and (%(kind)s = '' or kind = %(kind)s)
order by ended_at > 0, code_id desc limit %(limit)s;

-- name: of_wechat
select brand_id, code_id, kind, name, campaign, store, shelf, staff, gtin, coupon, form, leads,
    scan_code, rotates_s, starts_at, ends_at, made_at, made_by, ended_at
from qr_codes where brand_id = %s and scan_code = any(%s::bigint[]) and scan_code > 0;

-- name: end
update qr_codes set ended_at = %(at)s
where brand_id = %(brand)s and code_id = %(code)s and ended_at = 0;

-- name: set_scan_code
update qr_codes set scan_code = %s where brand_id = %s and code_id = %s;

-- name: count
insert into qr_counts (brand_id, code_id, day, what, slot, n) values (%s, %s, %s, %s, %s, 1)
on conflict (brand_id, code_id, day, what, slot) do update set n = qr_counts.n + 1;

-- name: counts
select code_id, what, sum(n)::bigint from qr_counts
where brand_id = %s and day >= %s group by code_id, what;

-- name: take
insert into qr_scans (brand_id, scan, code_id, profile_id, coupon, at)
values (%(brand_id)s, %(scan)s, %(code_id)s, %(profile_id)s, %(coupon)s, %(at)s)
on conflict do nothing;

-- name: taken
select brand_id, scan, code_id, profile_id, coupon, at from qr_scans
where brand_id = %s and scan = %s;

-- name: gave
update qr_scans set coupon = %s where brand_id = %s and scan = %s;

-- name: forget
delete from qr_scans where (brand_id, scan) in (
    select brand_id, scan from qr_scans where at < %(before)s order by at limit %(limit)s
);

-- name: put_barcode
insert into product_barcodes (brand_id, gtin, product_id, variant_id, at, by_whom)
values (%s, %s, %s, %s, %s, %s)
on conflict (brand_id, gtin) do update set product_id = excluded.product_id,
    variant_id = excluded.variant_id, at = excluded.at, by_whom = excluded.by_whom;

-- name: drop_barcode
delete from product_barcodes where brand_id = %s and gtin = %s;

-- name: barcode
select brand_id, gtin, product_id, variant_id, at, by_whom from product_barcodes
where brand_id = %s and gtin = %s;

-- name: barcodes
select brand_id, gtin, product_id, variant_id, at, by_whom from product_barcodes
where brand_id = %s and product_id = %s order by gtin;

-- name: product_of_sku
select product_id from products
where brand_id = %(brand)s
    and (product_id = any(%(skus)s::text[]) or (sku <> '' and sku = any(%(skus)s::text[])))
order by product_id = any(%(skus)s::text[]) desc, product_id limit 1;

-- name: see_price
insert into price_sightings (
    brand_id, product_id, seller, price, currency, url, source, seen_at
) values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (brand_id, product_id, seller) do update set price = excluded.price,
    currency = excluded.currency, url = excluded.url, source = excluded.source,
    seen_at = excluded.seen_at
    -- What was looked at before says nothing of now.
    where price_sightings.seen_at <= excluded.seen_at;

-- name: prices
select brand_id, product_id, seller, price, currency, url, source, seen_at from price_sightings
where brand_id = %s and product_id = %s and seen_at >= %s order by price, seller;
