-- name: put_account
insert into payment_accounts (brand_id, name, provider, sealed, created_at)
values (%(brand_id)s, %(name)s, %(provider)s, %(sealed)s, %(at)s)
on conflict (brand_id, name) do update set provider = excluded.provider, sealed = excluded.sealed;

-- name: accounts
select brand_id, name, provider, sealed, is_paused from payment_accounts
where brand_id = %s order by name;

-- name: pause
update payment_accounts set is_paused = %(paused)s
where brand_id = %(brand_id)s and name = %(name)s;

-- name: remove
delete from payment_accounts where brand_id = %s and name = %s;

-- name: n_open
select count(*) from payment_intents
where brand_id = %s and account = %s and state in ('opening', 'open', 'refunding');

-- name: add
insert into payment_intents (brand_id, intent_id, account, provider, order_id, amount, currency,
    way, state, created_at, expires_at, ask_at)
values (%(brand_id)s, %(intent_id)s, %(account)s, %(provider)s, %(order_id)s, %(amount)s,
    %(currency)s, %(way)s, %(state)s, %(created_at)s, %(expires_at)s, %(ask_at)s);

-- name: opened
update payment_intents set state = %(state)s, address = %(address)s, fault = %(fault)s,
    ask_at = %(ask_at)s, settled_at = %(settled_at)s
where brand_id = %(brand_id)s and intent_id = %(intent_id)s and state = 'opening';

-- name: get
select brand_id, intent_id, account, provider, order_id, amount, currency, way, state, address,
    reference, fault, created_at, expires_at, settled_at, ask_at, n_asked
from payment_intents where brand_id = %s and intent_id = %s;

-- name: lock
select brand_id, intent_id, account, provider, order_id, amount, currency, way, state, address,
    reference, fault, created_at, expires_at, settled_at, ask_at, n_asked
from payment_intents where brand_id = %s and intent_id = %s for update;

-- name: of_order
select brand_id, intent_id, account, provider, order_id, amount, currency, way, state, address,
    reference, fault, created_at, expires_at, settled_at, ask_at, n_asked
from payment_intents where brand_id = %s and order_id = %s
-- A closed one stands behind the one that was begun after it, even at the same instant.
order by state = 'closed', created_at desc, intent_id desc;

-- name: settle
update payment_intents set state = %(state)s, fault = %(fault)s, settled_at = %(at)s,
    reference = case when %(reference)s = '' then reference else %(reference)s end,
    ask_at = %(ask_at)s
where brand_id = %(brand_id)s and intent_id = %(intent_id)s;

-- name: due
-- Each is put off before it is asked for: a provider that hangs is not asked by two.
update payment_intents p set n_asked = n_asked + 1,
    ask_at = %(now)s + 15000000::bigint * power(2, least(n_asked, 8))::bigint
from (
    select brand_id, intent_id from payment_intents
    where ask_at > 0 and ask_at <= %(now)s order by ask_at limit %(limit)s
    for update skip locked
) t
where p.brand_id = t.brand_id and p.intent_id = t.intent_id
returning p.brand_id, p.intent_id, p.account, p.provider, p.order_id, p.amount, p.currency, p.way,
    p.state, p.address, p.reference, p.fault, p.created_at, p.expires_at, p.settled_at, p.ask_at,
    p.n_asked;

-- name: put_off
update payment_intents set ask_at = %s where brand_id = %s and intent_id = %s and ask_at <= %s;

-- name: rest
update payment_intents set ask_at = 0
where brand_id = %s and intent_id = %s and state in ('closed', 'paid', 'refunded');
