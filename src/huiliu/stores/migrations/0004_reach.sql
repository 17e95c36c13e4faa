-- What reaching people asks for: providers, policy, consent, templates, forms, filings.

-- Channels -----------------------------------------------------------------------------------

-- Which technical way an account is: until now each channel had one.
alter table channel_accounts add column provider text not null default '';
update channel_accounts set provider = case channel when 'email' then 'smtp' else 'smpp' end;

-- Forms --------------------------------------------------------------------------------------

-- How often what happened to a form on a day; the slot keeps many visitors off one row.
create table form_counts (
    brand_id smallint not null,
    slug text not null,
    day integer not null,                 -- since 1970-01-01, UTC
    what text not null,                   -- view.page, taken, away.trap ...
    version integer not null,
    slot smallint not null,
    n bigint not null,
    primary key (brand_id, slug, day, what, version, slot)
);

-- Challenges that were answered: each is good for one form filled in; kept for two days.
create table form_challenges (
    brand_id smallint not null,
    challenge bytea not null,
    spent_at bigint not null,
    primary key (brand_id, challenge)
);
create index form_challenges_spent on form_challenges (brand_id, spent_at);

-- Whom a form took, by keyed hashes of what names them: once means once.
create table form_persons (
    brand_id smallint not null,
    slug text not null,
    person bytea not null,
    taken_at bigint not null,
    primary key (brand_id, slug, person)
);

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
