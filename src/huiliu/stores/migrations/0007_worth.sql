-- What it was worth: costs, experiments and holdouts, the guard, notices, reports, decisions.
-- Money is minor units; see docs/adr/0071 to 0078.

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
