-- name: put
insert into journey_drafts (
    brand_id, owner, draft, source, base_version, positions, saved_at, revision
) values (
    %(brand_id)s, %(owner)s, %(draft)s, %(source)s, %(base_version)s, %(positions)s, %(saved_at)s,
    1
)
on conflict (brand_id, owner, draft) do update set
    source = excluded.source, base_version = excluded.base_version,
    positions = excluded.positions, saved_at = excluded.saved_at,
    revision = journey_drafts.revision + 1
where journey_drafts.revision = %(revision)s
returning revision;

-- name: get
select brand_id, owner, draft, source, base_version, positions, saved_at, revision
from journey_drafts where brand_id = %(brand_id)s and owner = %(owner)s and draft = %(draft)s;

-- name: remove
delete from journey_drafts
where brand_id = %(brand_id)s and owner = %(owner)s and draft = %(draft)s;

-- name: of_owner
select brand_id, owner, draft, source, base_version, positions, saved_at, revision
from journey_drafts where brand_id = %(brand_id)s and owner = %(owner)s
order by saved_at desc, draft limit 200;

-- name: of_journey
select brand_id, owner, draft, source, base_version, positions, saved_at, revision
from journey_drafts where brand_id = %(brand_id)s and draft = %(draft)s
order by saved_at desc, owner limit 50;

-- name: layout
select positions from journey_layouts where brand_id = %(brand_id)s and journey = %(journey)s;

-- name: put_layout
insert into journey_layouts (brand_id, journey, positions)
values (%(brand_id)s, %(journey)s, %(positions)s)
on conflict (brand_id, journey) do update set positions = excluded.positions;

-- name: comments
select brand_id, comment_id, journey, node, author, at, words, resolved_at, resolved_by
from journey_comments where brand_id = %(brand_id)s and journey = %(journey)s
order by comment_id limit 500;

-- name: add_comment
insert into journey_comments (brand_id, journey, node, author, at, words)
values (%(brand_id)s, %(journey)s, %(node)s, %(author)s, %(at)s, %(words)s)
returning comment_id;

-- name: resolve_comment
update journey_comments set resolved_at = %(at)s, resolved_by = %(by)s
where brand_id = %(brand_id)s and comment_id = %(comment_id)s
returning brand_id, comment_id, journey, node, author, at, words, resolved_at, resolved_by;

-- name: move_comments
update journey_comments set journey = %(new)s
where brand_id = %(brand_id)s and journey = %(old)s;
