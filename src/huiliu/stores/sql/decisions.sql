-- name: waiting
select brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at
from decisions
where brand_id = %(brand_id)s and about = %(about)s and state in ('open', 'approved') for update;

-- name: open
insert into decisions (brand_id, about, revision, state, risk, need, departments, author, author_id,
    digest, documents, evidence, opened_at, changed_at, expires_at, told)
values (%(brand_id)s, %(about)s, 1, 'open', %(risk)s, %(need)s, %(departments)s, %(author)s,
    %(author_id)s, %(digest)s, %(documents)s, %(evidence)s, %(opened_at)s, %(opened_at)s,
    %(expires_at)s, %(told)s)
on conflict (brand_id, about) where state in ('open', 'approved') do nothing
returning brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at;

-- name: revise
update decisions set revision = revision + 1, state = 'open', risk = %(risk)s, need = %(need)s,
    departments = %(departments)s, author = %(author)s, author_id = %(author_id)s,
    digest = %(digest)s, documents = %(documents)s, evidence = %(evidence)s,
    changed_at = %(opened_at)s, expires_at = %(expires_at)s, told = %(told)s
where brand_id = %(brand_id)s and decision_id = %(decision_id)s
returning brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at;

-- name: note_revision
insert into decision_revisions (brand_id, decision_id, revision, at, author, author_id, digest)
values (%(brand_id)s, %(decision_id)s, %(revision)s, %(changed_at)s, %(author)s, %(author_id)s,
    %(digest)s);

-- name: lock
select brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at
from decisions where brand_id = %(brand_id)s and decision_id = %(decision_id)s for update;

-- name: get
select brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at
from decisions where brand_id = %(brand_id)s and decision_id = %(decision_id)s;

-- name: page
select brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at
from decisions
where brand_id = %(brand_id)s and decision_id < %(before)s
    and (cardinality(%(states)s::text[]) = 0 or state = any(%(states)s))
order by decision_id desc limit %(limit)s;

-- name: move
update decisions set state = %(new)s, changed_at = %(at)s, told = %(told)s
where brand_id = %(brand_id)s and decision_id = %(decision_id)s and revision = %(revision)s
    and state = %(old)s;

-- name: due
select brand_id, about, risk, need, departments, author, author_id, digest, documents, evidence,
    opened_at, expires_at, told, decision_id, revision, state, changed_at
from decisions
where state = 'approved' or (state = 'open' and expires_at <= %(now)s)
order by changed_at limit %(limit)s for update skip locked;

-- name: revisions
select revision, at, author, author_id, digest from decision_revisions
where brand_id = %(brand_id)s and decision_id = %(decision_id)s order by revision;

-- name: vote
insert into decision_votes (brand_id, decision_id, revision, user_id, department, for_user, verdict,
    comment, at)
values (%(brand_id)s, %(decision_id)s, %(revision)s, %(user_id)s, %(department)s, %(for_user)s,
    %(verdict)s, %(comment)s, %(at)s)
on conflict do nothing;

-- name: change_vote
update decision_votes set verdict = %(verdict)s, comment = %(comment)s, at = %(at)s
where brand_id = %(brand_id)s and decision_id = %(decision_id)s and revision = %(revision)s
    and user_id = %(user_id)s and department = %(department)s;

-- name: votes
select brand_id, decision_id, revision, user_id, department, for_user, verdict, comment, at
from decision_votes where brand_id = %(brand_id)s and decision_id = %(decision_id)s
order by revision, at;

-- name: delegate
insert into delegations (brand_id, from_user, to_user, starts_at, ends_at, made_at)
values (%(brand_id)s, %(from_user)s, %(to_user)s, %(starts_at)s, %(ends_at)s, %(made_at)s)
returning delegation_id;

-- name: revoke
update delegations set revoked_at = case when revoked_at = 0 then %(at)s else revoked_at end
where brand_id = %(brand_id)s and delegation_id = %(delegation_id)s
returning brand_id, delegation_id, from_user, to_user, starts_at, ends_at, made_at, revoked_at;

-- name: delegations
select brand_id, delegation_id, from_user, to_user, starts_at, ends_at, made_at, revoked_at
from delegations where brand_id = %(brand_id)s and ends_at > %(since)s
order by delegation_id desc limit 500;
