-- name: record
-- The keys come as one value, 16 bytes each: an array of 4,000 costs its escaping.
-- In key order, so that two imports of the same records wait for each other and never in a circle.
insert into import_ledger (brand_id, source, record_key)
select %(brand_id)s, %(source)s, substring(%(keys)s::bytea from n * 16 + 1 for 16) as key
from generate_series(0, %(n_keys)s - 1) n order by key
on conflict do nothing
returning record_key;

-- name: forget
delete from import_ledger
where brand_id = %(brand_id)s and source = %(source)s and record_key = any(%(keys)s::bytea[]);
