-- Overrides of rule packs, and how live content was last found.

-- name: add_override
insert into content_overrides (
    brand_id, pack, rule, phrase, subject, proof, until, made_at, made_by
) values (
    %(brand_id)s, %(pack)s, %(rule)s, %(phrase)s, %(subject)s, %(proof)s, %(until)s, %(made_at)s,
    %(made_by)s
) returning override_id;

-- name: overrides
select brand_id, override_id, pack, rule, phrase, subject, proof, until, made_at, made_by,
    ended_at, ended_by
from content_overrides
where brand_id = %(brand)s and (%(all)s or ended_at = 0)
order by override_id desc;

-- name: end_override
update content_overrides set ended_at = %(at)s, ended_by = %(by)s
where brand_id = %(brand)s and override_id = %(override)s and ended_at = 0
returning brand_id, override_id, pack, rule, phrase, subject, proof, until, made_at, made_by,
    ended_at, ended_by;

-- name: checks
select brand_id, kind, slug, digest, checked_at, n_block, n_warn, findings
from content_checks where brand_id = %s;

-- name: put_check
insert into content_checks (
    brand_id, kind, slug, digest, checked_at, n_block, n_warn, findings
) values (
    %(brand_id)s, %(kind)s, %(slug)s, %(digest)s, %(checked_at)s, %(n_block)s, %(n_warn)s,
    %(findings)s
)
on conflict (brand_id, kind, slug) do update set
    digest = excluded.digest, checked_at = excluded.checked_at, n_block = excluded.n_block,
    n_warn = excluded.n_warn, findings = excluded.findings;

-- name: forget_check
delete from content_checks where brand_id = %s and kind = %s and slug = %s;

-- name: first_round
insert into content_rounds (brand_id, stamp, packs, due_at) values (%s, 0, '', 0)
on conflict do nothing;

-- name: round
select stamp, packs, due_at from content_rounds where brand_id = %s for update;

-- name: put_round
update content_rounds set stamp = %(stamp)s, packs = %(packs)s, due_at = %(due)s
where brand_id = %(brand)s;
