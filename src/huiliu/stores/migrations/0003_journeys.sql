-- Journeys in full: what runs carry, and (below) shops, the catalogue and forwarding. Instants are
-- bigint microseconds UTC, as everywhere.

-- What nodes leave for later nodes and for templates: a JSON object; '' = nothing.
alter table journey_tokens add column carried bytea not null default '';

-- What an author of the console has written of a journey and not published; positions and drafts
-- make no version of a document.
create table journey_drafts (
    brand_id smallint not null,
    owner text not null,                  -- user:7 or key:3
    draft text not null,                  -- a journey's slug, or new-...
    source text not null,
    base_version integer not null,
    positions text not null,              -- JSON object: node -> [x, y]
    saved_at bigint not null,
    revision bigint not null,
    primary key (brand_id, owner, draft)
);
create index journey_drafts_of on journey_drafts (brand_id, draft);

create table journey_layouts (
    brand_id smallint not null,
    journey text not null,
    positions text not null,
    primary key (brand_id, journey)
);

create table journey_comments (
    brand_id smallint not null,
    comment_id bigint generated always as identity,
    journey text not null,
    node text not null,
    author text not null,
    at bigint not null,
    words text not null,
    resolved_at bigint not null default 0,
    resolved_by text not null default '',
    primary key (brand_id, comment_id)
);
create index journey_comments_of on journey_comments (brand_id, journey, comment_id);

-- More tables of this migration are written above this line. ---------------------------------

-- The second wall, for every table that has none yet (see 0001_spine.sql).
grant select, insert, update, delete on all tables in schema public to huiliu_app;
grant usage on all sequences in schema public to huiliu_app;
revoke all on event_keys, instance_mark, warehouse_files, warehouse_offsets from huiliu_app;
revoke insert, update, delete on log_heads, log_cursors from huiliu_app;

do $$
declare
    found record;
begin
    for found in
        select c.oid, c.relname, c.relispartition from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    loop
        if found.relispartition then
            execute format('revoke all on %I from huiliu_app', found.relname);
        elsif exists (select from pg_attribute a where a.attrelid = found.oid
                and a.attname = 'brand_id' and not a.attisdropped)
            and not exists (select from pg_policy p where p.polrelid = found.oid)
        then
            execute format('alter table %I enable row level security', found.relname);
            execute format(
                'create policy one_brand on %I to huiliu_app using '
                '(brand_id = current_setting(''huiliu.brand'')::smallint)', found.relname);
        end if;
    end loop;
end $$;
