-- Segments, tags and lists: what conditions ask for besides traits and events, and what is kept
-- about it. Instants are bigint microseconds UTC, as everywhere.

-- What contexts say of where people come from, under the id that the events came with; kept from
-- the first live document on that asks for it.
create table touches (
    brand_id smallint not null,
    profile_id bigint not null,
    first_channel text,
    first_at bigint,
    first_position bigint,
    last_channel text,
    last_at bigint,
    last_position bigint,
    device jsonb,
    device_at bigint,
    device_position bigint,
    primary key (brand_id, profile_id)
);

-- The values of those tags that live documents mention, under the id that each was set for; a
-- cleared value is no row. The warehouse holds all of them with their history.
create table tag_values (
    brand_id smallint not null,
    tag text not null,
    profile_id bigint not null,
    value jsonb not null,
    set_at bigint not null,
    expires_at bigint,                    -- null = never
    primary key (brand_id, profile_id, tag)
);
create index tag_values_tag on tag_values (brand_id, tag, profile_id);

-- The last of the top N of a tag, a row a refresh: who has more, or as much and a smaller id, is
-- among them.
create table tag_cuts (
    brand_id smallint not null,
    tag text not null,
    n bigint not null,
    at bigint not null,
    value double precision not null,
    profile_id bigint not null,
    primary key (brand_id, tag, n, at)
);

-- Runs that moved with a merge are found again by whom they began with.
create index journey_runs_came_with on journey_runs (brand_id, came_with)
    where came_with is not null;

-- Entries and exits that a changed definition caused, until the log has been told.
create table segment_news (
    brand_id smallint not null,
    segment text not null,
    profile_id bigint not null,
    enters boolean not null,
    at bigint not null,
    primary key (brand_id, segment, profile_id)
);

-- New segments whose first members, those since `at`, the log has been told of up to an id.
create table segment_fills (
    brand_id smallint not null,
    segment text not null,
    at bigint not null,
    told bigint not null default -1,
    primary key (brand_id, segment, at)
);

-- How each applied tag fares: when it is due, as of when its values are, how far they are carried.
create table tag_states (
    brand_id smallint not null,
    tag text not null,
    due_at bigint not null,
    computed_at bigint not null default 0,
    version integer not null default 0,
    took_us bigint not null default 0,
    n_values bigint not null default 0,
    n_changed bigint not null default 0,
    failed_at bigint not null default 0,
    fault text not null default '',
    carried_at bigint not null default 0, -- 0 = no live document mentions it
    carried_profile bigint not null default 0,
    primary key (brand_id, tag)
);
create index tag_states_due on tag_states (due_at);

-- Every refresh with what it published: fit parameters and cut points, true until the next one.
create table tag_refreshes (
    brand_id smallint not null,
    tag text not null,
    at bigint not null,
    version integer not null,
    took_us bigint not null,
    n_values bigint not null,
    n_changed bigint not null,
    published jsonb not null default '{}',
    primary key (brand_id, tag, at)
);

-- A warehouse on Spark has no file of its own: which Parquet files count, and how far its facts
-- reach. Of every brand, and nobody's business but the analyst's.
create table warehouse_files (
    file_id bigint primary key,
    fact text not null,
    path text not null unique,            -- below the warehouse's folder
    n_rows bigint not null,
    n_bytes bigint not null,
    added_at bigint not null,
    retired_at bigint                     -- null = it counts
);
create index warehouse_files_counting on warehouse_files (file_id) where retired_at is null;
create sequence warehouse_file_ids;

-- `version` grows with every change of the files that count; its row is also their lock.
create table warehouse_offsets (
    consumer text primary key,
    reached bigint not null
);
insert into warehouse_offsets (consumer, reached) values ('version', 0);

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
