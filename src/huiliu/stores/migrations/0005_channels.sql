-- What every channel of the mission asks for: contact points, WeChat, push, in-app, ads, content.

-- Contact points -------------------------------------------------------------------------------

-- One address by which a person is reached and that is no trait: an openid of one official account,
-- a push token of one installation. Made by the projector; whoever registered it last has it.
create table contact_points (
    brand_id smallint not null,
    channel text not null,
    app text not null,                    -- official account, mini-program, APP; '' = the only one
    address bytea not null,               -- 16 bytes: the identifier's key, the vault's token
    profile_id bigint not null,           -- with whom it came
    platform text not null,               -- ios, android, web, harmony ...; '' = not said
    vendor text not null,                 -- huawei, xiaomi, apple ...
    provider text not null,               -- who carries to it, where it says so
    added_at bigint not null,
    seen_at bigint not null,
    position bigint not null,             -- of the event that said so last
    ended_at bigint not null,             -- 0 = it lives
    reason text not null,                 -- why it ended
    primary key (brand_id, channel, app, address)
);
create index contact_points_person on contact_points (brand_id, profile_id, channel);
create index contact_points_address on contact_points (brand_id, address);

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
