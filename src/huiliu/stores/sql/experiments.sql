-- How experiments stand.

-- name: all
select brand_id, slug, state, began_at, ended_at, batch, batch_at, shares, winner, due_at,
    looked_at, fault, planned, told
from experiments where brand_id = %s order by slug;

-- name: share
-- Whoever draws by the shares holds them; whoever sets them anew waits for all of those, in a line
-- that nobody jumps.
select pg_advisory_xact_lock_shared(hashtextextended('experiment ' || %(brand)s || ' ' || one, 0))
from unnest(%(slugs)s::text[]) one;

-- name: hold
select pg_advisory_xact_lock(hashtextextended('experiment ' || %(brand)s || ' ' || %(slug)s, 0));

-- name: shared
select brand_id, slug, state, began_at, ended_at, batch, batch_at, shares, winner, due_at,
    looked_at, fault, planned, told
from experiments where brand_id = %(brand)s and slug = any(%(slugs)s) order by slug;

-- name: begin
insert into experiments (brand_id, slug, state, began_at, ended_at, batch, batch_at, shares,
    winner, due_at, looked_at, fault, planned, told)
values (%(brand_id)s, %(slug)s, %(state)s, %(began_at)s, %(ended_at)s, %(batch)s, %(batch_at)s,
    %(shares)s, %(winner)s, %(due_at)s, %(looked_at)s, %(fault)s, %(planned)s, %(told)s)
on conflict (brand_id, slug) do nothing
returning slug;

-- name: claim
update experiments e set due_at = %(until)s
from (
    select brand_id, slug from experiments
    where due_at <= %(now)s and state = 'running'
    order by due_at limit 1 for update skip locked
) due
where e.brand_id = due.brand_id and e.slug = due.slug
returning e.brand_id, e.slug, e.state, e.began_at, e.ended_at, e.batch, e.batch_at, e.shares,
    e.winner, e.due_at, e.looked_at, e.fault, e.planned, e.told;

-- name: lock
select brand_id, slug, state, began_at, ended_at, batch, batch_at, shares, winner, due_at,
    looked_at, fault, planned, told
from experiments where brand_id = %s and slug = %s for update;

-- name: put
update experiments set state = %(state)s, began_at = %(began_at)s, ended_at = %(ended_at)s,
    batch = %(batch)s, batch_at = %(batch_at)s, shares = %(shares)s, winner = %(winner)s,
    due_at = %(due_at)s, looked_at = %(looked_at)s, fault = %(fault)s, planned = %(planned)s,
    told = %(told)s
where brand_id = %(brand_id)s and slug = %(slug)s;

-- name: forget
delete from experiments where brand_id = %s and slug = %s;

-- name: add_batch
insert into experiment_batches (brand_id, slug, batch, at, shares, counts, seed)
values (%(brand_id)s, %(slug)s, %(batch)s, %(at)s, %(shares)s, %(counts)s, %(seed)s)
on conflict (brand_id, slug, batch) do nothing;

-- name: batches
select brand_id, slug, batch, at, shares, counts, seed
from experiment_batches where brand_id = %s and slug = %s and at >= %s order by batch;

-- name: note
insert into experiment_moves (brand_id, slug, at, what, "by", note)
values (%s, %s, %s, %s, %s, %s);

-- name: moves
select brand_id, slug, at, what, "by", note
from experiment_moves where brand_id = %s and slug = %s order by move_id desc limit %s;
