-- name: unknown
select k from unnest(%(keys)s::bytea[]) k
where not exists (
    select from import_ledger l
    where l.brand_id = %(brand_id)s and l.source = %(source)s and l.record_key = k
);

-- name: record
insert into import_ledger (brand_id, source, record_key)
select %(brand_id)s, %(source)s, k from unnest(%(keys)s::bytea[]) k
on conflict do nothing;
