-- Links that people share, and how often that happened.

-- name: put
insert into share_links (code, brand_id, kind, subject, profile_id, url, made_at)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (code) do update set url = excluded.url
    where share_links.brand_id = excluded.brand_id
returning (xmax = 0);

-- name: link
select code, brand_id, kind, subject, profile_id, url, made_at from share_links where code = %s;

-- name: count
insert into share_counts (brand_id, code, day, what, slot, n) values (%s, %s, %s, %s, %s, 1)
on conflict (brand_id, code, day, what, slot) do update set n = share_counts.n + 1;

-- name: n_links
select count(*) from share_links where brand_id = %s and kind = %s and subject = %s;

-- name: counts
select c.what, sum(c.n)::bigint from share_links l
join share_counts c on c.brand_id = l.brand_id and c.code = l.code
where l.brand_id = %s and l.kind = %s and l.subject = %s
group by c.what;

-- name: campaign_counts
select c.what, sum(c.n)::bigint from invites i
join share_counts c on c.brand_id = i.brand_id and c.code = i.code
where i.brand_id = %s and i.campaign = %s
group by c.what;
