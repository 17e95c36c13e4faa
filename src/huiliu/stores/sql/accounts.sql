-- name: put_key
insert into api_keys (brand_id, name, scope, prefix, key_hash, created_at, revoked_at)
values (%(brand_id)s, %(name)s, %(scope)s, %(prefix)s, %(key_hash)s, %(created_at)s, %(revoked_at)s)
returning key_id;

-- name: key_by_hash
select brand_id, key_id, name, scope, prefix, key_hash, created_at, revoked_at
from api_keys where key_hash = %(key_hash)s and revoked_at = 0;

-- name: keys
select brand_id, key_id, name, scope, prefix, key_hash, created_at, revoked_at
from api_keys where brand_id = %(brand_id)s order by key_id desc;

-- name: key_makers
select distinct a.user_id from api_keys k
join user_actions a on a.brand_id = k.brand_id and a.what = 'key_created'
    and a.subject = k.key_id::text
where k.brand_id = %(brand_id)s and k.name = any(%(names)s) and a.user_id <> 0;

-- name: revoke_key
update api_keys set revoked_at = case when revoked_at = 0 then %(at)s else revoked_at end
where brand_id = %(brand_id)s and key_id = %(key_id)s returning key_id;

-- name: put_user
insert into users (brand_id, email, name, password_hash, role, locale, created_at, department)
values (%(brand_id)s, %(email)s, %(name)s, %(password_hash)s, %(role)s, %(locale)s, %(created_at)s,
    %(department)s)
on conflict (lower(email)) do nothing
returning user_id;

-- name: lock_first_user
select pg_advisory_xact_lock(7205759403792793);

-- name: user_by_email
select brand_id, user_id, email, name, password_hash, role, locale, created_at, department
from users where lower(email) = lower(%(email)s);

-- name: user
select brand_id, user_id, email, name, password_hash, role, locale, created_at, department
from users where user_id = %(user_id)s;

-- name: users
select brand_id, user_id, email, name, password_hash, role, locale, created_at, department
from users where brand_id = %(brand_id)s order by user_id;

-- name: n_users
select count(*) from users;

-- name: set_locale
update users set locale = %(locale)s where user_id = %(user_id)s;

-- name: set_department
update users set department = %(department)s
where brand_id = %(brand_id)s and user_id = %(user_id)s;

-- name: put_session
insert into sessions (session_hash, brand_id, user_id, csrf, created_at, expires_at)
values (%(session_hash)s, %(brand_id)s, %(user_id)s, %(csrf)s, %(created_at)s, %(expires_at)s);

-- name: sweep_sessions
delete from sessions where expires_at <= %(now)s;

-- name: session
select session_hash, brand_id, user_id, csrf, created_at, expires_at
from sessions where session_hash = %(session_hash)s and expires_at > %(now)s;

-- name: extend_session
update sessions set expires_at = greatest(expires_at, %(expires_at)s)
where session_hash = %(session_hash)s;

-- name: end_session
delete from sessions where session_hash = %(session_hash)s;

-- name: lock_subject
select pg_advisory_xact_lock(('x' || encode(substr(%(subject)s, 1, 8), 'hex'))::bit(64)::bigint);

-- name: failed_sign_ins
select count(*) from failed_sign_ins where subject = %(subject)s and at >= %(since)s;

-- name: record_failed_sign_in
insert into failed_sign_ins (subject, at) values (%(subject)s, %(at)s);

-- name: forget_failed_sign_ins
delete from failed_sign_ins
where (subject = %(subject)s and at >= %(since)s) or at < %(since)s - 86400000000;
