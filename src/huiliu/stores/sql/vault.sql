-- name: keys
select subject, wrapped from subject_keys where brand_id = %s and subject = any(%s);

-- name: make_keys
insert into subject_keys (brand_id, subject, wrapped)
select %s, made.subject, made.wrapped
from unnest(%s::bytea[], %s::bytea[]) as made (subject, wrapped)
on conflict do nothing;

-- name: put
insert into vault_values (brand_id, subject, token, field, sealed)
select %s, given.subject, given.token, given.field, given.sealed
from unnest(%s::bytea[], %s::bytea[], %s::text[], %s::bytea[])
    as given (subject, token, field, sealed)
on conflict do nothing;

-- name: adopt
update subject_keys set profile_id = given.profile_id
from unnest(%s::bytea[], %s::bigint[]) as given (subject, profile_id)
where subject_keys.brand_id = %s and subject_keys.subject = given.subject
    and subject_keys.profile_id is distinct from given.profile_id;

-- name: reveal
select k.profile_id, v.token, k.wrapped, v.sealed
from subject_keys k
join vault_values v on v.brand_id = k.brand_id and v.subject = k.subject
where k.brand_id = %s and k.profile_id = any(%s) and k.wrapped is not null
    and v.token = any(%s);
