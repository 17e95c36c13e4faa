-- name: ask
-- One that is on its way stands for all who ask; one by itself is made once.
insert into white_papers (brand_id, quarter, locale, edition, asked_by, asked_at, due_at)
select %(brand)s, %(quarter)s, %(locale)s,
    coalesce((select max(edition) from white_papers
        where brand_id = %(brand)s and quarter = %(quarter)s and locale = %(locale)s), 0) + 1,
    %(by)s, %(now)s, %(now)s
on conflict do nothing
returning paper_id;

-- name: open
select paper_id from white_papers
where brand_id = %(brand)s and quarter = %(quarter)s and locale = %(locale)s
    and state in ('asked', 'making');

-- name: get
select brand_id, paper_id, quarter, locale, edition, state, asked_by, asked_at, tries, made_at,
    version, snapshot, n_bytes, digest, fault
from white_papers where brand_id = %(brand)s and paper_id = %(paper)s;

-- name: latest
select brand_id, paper_id, quarter, locale, edition, state, asked_by, asked_at, tries, made_at,
    version, snapshot, n_bytes, digest, fault
from white_papers where brand_id = %(brand)s
order by quarter desc, edition desc, locale desc, paper_id desc limit %(limit)s;

-- name: brands
select brand_id from brands order by brand_id;

-- name: claim
update white_papers set state = 'making', lease_until = %(until)s, tries = tries + 1
where paper_id = (
    select paper_id from white_papers
    where (state = 'asked' and due_at <= %(now)s)
        or (state = 'making' and lease_until < %(now)s)
    order by due_at, paper_id limit 1 for update skip locked
)
returning brand_id, paper_id, quarter, locale, edition, state, asked_by, asked_at, tries, made_at,
    version, snapshot, n_bytes, digest, fault;

-- name: finish
-- Whoever took it after the lease ran out counts one try more.
update white_papers set state = 'ready', made_at = %(made_at)s, version = %(version)s,
    snapshot = %(snapshot)s, n_bytes = %(n_bytes)s, digest = %(digest)s, fault = ''
where brand_id = %(brand_id)s and paper_id = %(paper_id)s and state = 'making'
    and tries = %(tries)s
returning 1;

-- name: fail
update white_papers set
    state = case when %(due)s = 0 then 'failed' else 'asked' end,
    due_at = case when %(due)s = 0 then due_at else %(due)s end, fault = %(fault)s
where brand_id = %(brand)s and paper_id = %(paper)s and state = 'making' and tries = %(tries)s;
