-- name: touch
-- A chain of hashes over all that was ever written: two brands or databases with one stamp hold
-- the same documents, so a cache by stamp can never serve another's.
insert into document_stamps (brand_id, stamp) values (%(brand)s, hashtextextended(%(what)s, 0))
on conflict (brand_id)
do update set stamp = hashtextextended(%(what)s, document_stamps.stamp);

-- name: stamp
select stamp from document_stamps where brand_id = %s;

-- name: brands
select brand_id from document_stamps order by brand_id;

-- name: latest
select d.brand_id, d.kind, d.slug, d.version, s.state, d.source, d.created_at, d.created_by
from document_states s
join documents d on (d.brand_id, d.kind, d.slug, d.version)
                  = (s.brand_id, s.kind, s.slug, s.latest)
where s.brand_id = %s and s.kind = %s and s.slug = %s;

-- name: version
select d.brand_id, d.kind, d.slug, d.version, s.state, d.source, d.created_at, d.created_by
from documents d
join document_states s using (brand_id, kind, slug)
where d.brand_id = %s and d.kind = %s and d.slug = %s and d.version = %s;

-- name: versions
select d.brand_id, d.kind, d.slug, d.version, s.state, d.source, d.created_at, d.created_by
from documents d
join document_states s using (brand_id, kind, slug)
where d.brand_id = %s and d.kind = %s and d.slug = %s
order by d.version desc;

-- name: all
select d.brand_id, d.kind, d.slug, d.version, s.state, d.source, d.created_at, d.created_by
from document_states s
join documents d on (d.brand_id, d.kind, d.slug, d.version)
                  = (s.brand_id, s.kind, s.slug, s.latest)
where s.brand_id = %s and s.kind = %s
order by d.slug;

-- name: insert
insert into documents (brand_id, kind, slug, version, source, created_at, created_by)
values (%s, %s, %s, %s, %s, %s, %s);

-- name: set_latest
insert into document_states (brand_id, kind, slug, state, latest) values (%s, %s, %s, %s, %s)
on conflict (brand_id, kind, slug) do update set latest = excluded.latest;

-- name: set_state
update document_states set state = %s where brand_id = %s and kind = %s and slug = %s;
