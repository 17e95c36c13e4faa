-- name: count
insert into form_counts (brand_id, slug, version, day, what, slot, n)
values (%s, %s, %s, %s, %s, %s, 1)
on conflict (brand_id, slug, day, what, version, slot) do update set n = form_counts.n + 1;

-- name: counts
select day, what, sum(n)::bigint from form_counts
where brand_id = %s and slug = %s and day >= %s
group by day, what;

-- name: forget
delete from form_challenges where (brand_id, challenge) in (
    select brand_id, challenge from form_challenges
    where brand_id = %s and spent_at < %s order by spent_at limit 20
    for update skip locked
);

-- name: spend
insert into form_challenges (brand_id, challenge, spent_at) values (%s, %s, %s)
on conflict do nothing;

-- name: take
insert into form_persons (brand_id, slug, person, taken_at)
select %(brand)s, %(slug)s, person, %(at)s from unnest(%(persons)s::bytea[]) as person
on conflict do nothing;
