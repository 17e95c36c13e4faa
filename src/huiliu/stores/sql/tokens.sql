-- Access tokens of providers, sealed with the instance key; a renewal is a compare-and-swap.

-- name: held
select sealed, expires_at, version, leased_until, rests_until from provider_tokens
where brand_id = %(brand_id)s and channel = %(channel)s and account = %(account)s;

-- name: claim_first
insert into provider_tokens
    (brand_id, channel, account, sealed, expires_at, version, leased_until, rests_until)
values (%(brand_id)s, %(channel)s, %(account)s, '', 0, 1, %(until)s, 0)
on conflict (brand_id, channel, account) do nothing
returning version;

-- name: claim
update provider_tokens set version = version + 1, leased_until = %(until)s
where brand_id = %(brand_id)s and channel = %(channel)s and account = %(account)s
    and version = %(version)s and leased_until <= %(now)s
returning version;

-- name: put
update provider_tokens
set sealed = %(sealed)s, expires_at = %(expires_at)s, version = version + 1, leased_until = 0,
    rests_until = 0
where brand_id = %(brand_id)s and channel = %(channel)s and account = %(account)s
    and version = %(version)s;

-- name: fail
update provider_tokens set version = version + 1, leased_until = 0, rests_until = %(rests_until)s
where brand_id = %(brand_id)s and channel = %(channel)s and account = %(account)s
    and version = %(version)s;
