-- name: ask
insert into backtests (
    brand_id, journey, source, from_at, to_at, seed, with_live, assumes_reach, asked_by,
       asked_at
) values (
    %(brand_id)s, %(journey)s, %(source)s, %(from_at)s, %(to_at)s, %(seed)s, %(with_live)s,
    %(assumes_reach)s, %(asked_by)s, %(asked_at)s
) returning backtest_id;

-- name: get
select brand_id, backtest_id, journey, source, from_at, to_at, seed, with_live, assumes_reach, asked_by,
       asked_at,
       state, n_done, n_all, started_at, alive_at, ended_at, fault, result
from backtests where brand_id = %(brand)s and backtest_id = %(id)s;

-- name: latest
select brand_id, backtest_id, journey, '', from_at, to_at, seed, with_live, assumes_reach, asked_by,
       asked_at,
       state, n_done, n_all, started_at, alive_at, ended_at, fault, ''::bytea
from backtests
where brand_id = %(brand)s and (%(journey)s = '' or journey = %(journey)s)
order by backtest_id desc limit %(limit)s;

-- name: bury
update backtests set state = 'failed', fault = 'gone', ended_at = %(now)s
where state = 'running' and alive_at < %(gone_before)s;

-- name: running
select 1 from backtests where state = 'running' limit 1;

-- name: take
update backtests set state = 'running', started_at = %(now)s, alive_at = %(now)s
where (brand_id, backtest_id) = (
    select brand_id, backtest_id from backtests where state = 'waiting'
    order by asked_at, backtest_id limit 1 for update skip locked
)
returning brand_id, backtest_id, journey, source, from_at, to_at, seed, with_live,
          assumes_reach, asked_by, asked_at, state, n_done, n_all, started_at, alive_at, ended_at, fault, result;

-- name: tell
update backtests set n_done = %(n_done)s, n_all = %(n_all)s, alive_at = %(now)s
where brand_id = %(brand)s and backtest_id = %(id)s and state = 'running' returning 1;

-- name: end
update backtests set
    state = case when %(fault)s = '' then 'done' else 'failed' end,
    fault = %(fault)s, result = %(result)s, ended_at = %(now)s
where brand_id = %(brand)s and backtest_id = %(id)s and state = 'running';

-- name: cancel
update backtests set state = 'cancelled', ended_at = %(now)s
where brand_id = %(brand)s and backtest_id = %(id)s and state in ('waiting', 'running')
returning 1;
