-- Short links: where they lead, and whose message carried them.

-- name: put_targets
insert into link_targets (brand_id, target, sealed, made_at)
select * from unnest(%s::smallint[], %s::bytea[], %s::bytea[], %s::bigint[])
    as u (brand_id, target, sealed, made_at)
order by brand_id, target
on conflict (brand_id, target) do update set made_at = excluded.made_at
    -- An address that is in use stays; it is touched once a day, not once a message.
    where link_targets.made_at < excluded.made_at - 86400000000;

-- name: put_links
insert into short_links (code, brand_id, message_id, target, made_at)
select * from unnest(%s::text[], %s::smallint[], %s::bytea[], %s::bytea[], %s::bigint[])
on conflict do nothing;

-- name: link
select code, brand_id, message_id, target, made_at from short_links where code = %s;

-- name: target
select sealed from link_targets where brand_id = %s and target = %s;

-- name: forget_links
delete from short_links where code in (
    select code from short_links where made_at < %(before)s order by made_at limit %(limit)s
);

-- name: forget_targets
delete from link_targets where (brand_id, target) in (
    select brand_id, target from link_targets
    where made_at < %(before)s order by made_at limit %(limit)s
);
