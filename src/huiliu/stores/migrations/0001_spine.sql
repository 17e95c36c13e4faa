-- The spine's tables. Instants are bigint microseconds UTC; ids of 16 bytes are bytea.
-- brand_id leads every key; row-level security (at the end) is the second wall.

-- One row: made with the instance key, so that another key is noticed at start.
create table instance_mark (
    only_one boolean primary key default true check (only_one),
    mark bytea not null
);

create table brands (
    brand_id smallint primary key,
    slug text not null unique,
    name text not null,
    zone text not null,
    currency text not null default 'CNY'
);
insert into brands (brand_id, slug, name, zone) values (1, 'default', 'Huiliu', 'Asia/Shanghai');

-- The log ------------------------------------------------------------------------------------

create table log_heads (
    log_partition smallint primary key,
    next_offset bigint not null
);
insert into log_heads values (0, 0);

-- Month partitions are made ahead by the supervisor and by migration; the default catches the rest.
create table event_log (
    brand_id smallint not null,
    log_partition smallint not null,
    log_offset bigint not null,
    received_at bigint not null,
    occurred_at bigint not null,
    name text not null,
    kind smallint not null,
    identifiers bytea not null,   -- 17 bytes each: a type byte and a 16-byte key
    subject bytea,
    message_key bytea not null,
    flags smallint not null,
    body bytea not null
) partition by range (received_at);
create table event_log_default partition of event_log default;
create index event_log_position on event_log (log_partition, log_offset);

create table event_keys (
    key_day integer not null,     -- days since 1970 of received_at
    message_key bytea not null,
    primary key (key_day, message_key)
) partition by list (key_day);
create table event_keys_default partition of event_keys default;

create table log_cursors (
    consumer text not null,
    log_partition smallint not null,
    next_offset bigint not null,
    moved_at bigint not null default 0,
    primary key (consumer, log_partition)
);

create table event_profiles (
    log_partition smallint not null,
    log_offset bigint not null,
    received_at bigint not null,
    brand_id smallint not null,
    profile_id bigint not null
) partition by range (received_at);
create table event_profiles_default partition of event_profiles default;
create index event_profiles_position on event_profiles (log_partition, log_offset);
-- A person's events, newest first; also what unmerge and backfill read.
create index event_profiles_person
    on event_profiles (brand_id, profile_id, log_partition, log_offset);

create table refused_events (
    refused_id bigint generated always as identity primary key,
    brand_id smallint not null,
    refused_at bigint not null,
    key_id bigint not null,
    reason text not null,
    path text not null,
    details text not null,
    sealed bytea not null
);
create index refused_events_time on refused_events (brand_id, refused_at desc);

create table tracking_plan (
    brand_id smallint not null,
    event text not null,
    property text not null,
    type text not null,
    first_at bigint not null,
    last_at bigint not null,
    n_seen bigint not null,
    n_violations bigint not null,
    primary key (brand_id, event, property)
);

-- People -------------------------------------------------------------------------------------

create table profiles (
    brand_id smallint not null,
    profile_id bigint not null,
    first_seen_at bigint not null,
    last_seen_at bigint not null,
    traits jsonb not null default '{}',   -- name -> [value, set at, position]
    primary key (brand_id, profile_id)
);
create index profiles_recent on profiles (brand_id, last_seen_at desc);

create table identities (
    brand_id smallint not null,
    identifier bytea not null,            -- 16 bytes
    type smallint not null,
    profile_id bigint not null,           -- present
    came_with bigint not null,            -- the profile it came with: unmerge gives it back
    first_seen_at bigint not null,
    position bigint not null,
    primary key (brand_id, identifier)
);
create index identities_profile on identities (brand_id, profile_id);
-- In log order, for the analyst.
create index identities_position on identities (position);

create table identity_map (
    brand_id smallint not null,
    from_profile bigint not null,
    to_profile bigint not null,           -- always a present profile
    merged_into bigint not null,          -- the present profile of that moment: the merge tree
    position bigint not null,
    merged_at bigint not null,
    primary key (brand_id, from_profile)
);
create index identity_map_to on identity_map (brand_id, to_profile);

-- Merges that were refused, one row per evidence however often it comes again.
create table identity_conflicts (
    conflict_id bigint generated always as identity primary key,
    brand_id smallint not null,
    profile_id bigint not null,           -- the profile that got the event
    identifier bytea not null,            -- the identifier that pointed elsewhere
    type smallint not null,               -- of that identifier
    other_profile bigint not null,        -- whom it pointed to; 0 = to nobody yet
    limit_type smallint not null,         -- whose limit would be passed; 0 = kept apart by hand
    first_position bigint not null,
    first_at bigint not null,
    last_at bigint not null,
    n_seen bigint not null,
    unique (brand_id, profile_id, identifier)
);
create index identity_conflicts_recent on identity_conflicts (brand_id, last_at desc);

-- Pairs that an operator took apart: no evidence may merge them again.
create table identity_apart (
    brand_id smallint not null,
    profile_id bigint not null,
    other_profile bigint not null,
    position bigint not null,             -- of the merge that was undone
    at bigint not null,
    primary key (brand_id, profile_id, other_profile)
);
create index identity_apart_other on identity_apart (brand_id, other_profile);

-- Latest by event time, then by position, whichever arrives first.
create function merge_traits(old jsonb, new jsonb) returns jsonb
language sql immutable parallel safe as $$
    select case when new = '{}' then old when old = '{}' then new else old || coalesce((
        select jsonb_object_agg(n.key, n.value) from jsonb_each(new) n
        where not old ? n.key
           or ((old -> n.key ->> 1)::bigint, (old -> n.key ->> 2)::bigint)
              <= ((n.value ->> 1)::bigint, (n.value ->> 2)::bigint)), '{}') end
$$;

create table subject_keys (
    brand_id smallint not null,
    subject bytea not null,
    wrapped bytea,                        -- null = destroyed
    profile_id bigint,
    primary key (brand_id, subject)
);
create index subject_keys_profile on subject_keys (brand_id, profile_id);

create table vault_values (
    brand_id smallint not null,
    subject bytea not null,
    token bytea not null,
    field text not null,
    sealed bytea not null,
    primary key (brand_id, subject, token)
);

create table event_facts (
    brand_id smallint not null,
    profile_id bigint not null,
    name text not null,                   -- canonical
    occurred_at bigint not null,
    position bigint not null,
    properties jsonb not null,
    primary key (brand_id, profile_id, name, position)
);

create table consents (
    brand_id smallint not null,
    profile_id bigint not null,
    channel text not null,
    purpose text not null,
    state text not null,
    occurred_at bigint not null,
    position bigint not null,
    method text not null,
    evidence jsonb not null default '{}',
    primary key (brand_id, profile_id, channel, purpose, position)
);

create table suppressions (
    brand_id smallint not null,
    address bytea not null,               -- keyed hash: outlives erasure
    reason text not null,
    at bigint not null,
    primary key (brand_id, address)
);

-- Documents, segments, journeys --------------------------------------------------------------

create table documents (
    brand_id smallint not null,
    kind text not null,
    slug text not null,
    version integer not null,
    source text not null,
    created_at bigint not null,
    created_by text not null,
    primary key (brand_id, kind, slug, version)
);

create table document_states (
    brand_id smallint not null,
    kind text not null,
    slug text not null,
    state text not null,
    latest integer not null,
    primary key (brand_id, kind, slug)
);

create table document_stamps (
    brand_id smallint primary key,
    stamp bigint not null
);
insert into document_stamps values (1, 0);

create table memberships (
    brand_id smallint not null,
    segment text not null,
    profile_id bigint not null,
    since_at bigint not null,
    primary key (brand_id, segment, profile_id)
);
create index memberships_profile on memberships (brand_id, profile_id);

-- When time may next change one of a person's memberships, or earlier: then all are looked at.
create table condition_timers (
    brand_id smallint not null,
    profile_id bigint not null,
    due_at bigint not null,
    primary key (brand_id, profile_id)
);
create index condition_timers_due on condition_timers (due_at);

create table journey_runs (
    brand_id smallint not null,
    run_id bytea not null,
    journey text not null,
    version integer not null,
    profile_id bigint not null,
    came_with bigint,                     -- before its first merge; null = never moved
    key text not null,
    entered_at bigint not null,
    state text not null,
    reason text not null default '',
    ended_at bigint not null default 0,
    entry bytea not null,
    primary key (brand_id, run_id)
);
create index journey_runs_profile on journey_runs (brand_id, profile_id);
create unique index journey_runs_one on journey_runs (brand_id, journey, profile_id, key)
    where state = 'active';

create table journey_tokens (
    brand_id smallint not null,
    run_id bytea not null,
    node text not null,
    visit integer not null,
    due_at bigint not null,
    memory bytea not null default '',
    primary key (brand_id, run_id)
) with (fillfactor = 70);
create index journey_tokens_due on journey_tokens (due_at);

-- Read by the analyst in (txid, step_id) order: a row is visible to it only when every
-- transaction that started earlier has ended, so no late commit is skipped.
create table journey_steps (
    txid xid8 not null default pg_current_xact_id(),
    step_id bigint generated always as identity,
    brand_id smallint not null,
    run_id bytea not null,
    journey text not null,
    version integer not null,
    profile_id bigint not null,
    node text not null,
    visit integer not null,
    at bigint not null,
    what text not null,
    details bytea not null default ''
);
create index journey_steps_order on journey_steps (txid, step_id);
create index journey_steps_profile on journey_steps (brand_id, profile_id);

-- Messages -----------------------------------------------------------------------------------

create table messages (
    brand_id smallint not null,
    message_id bytea not null,
    profile_id bigint not null,
    journey text not null,
    version integer not null,
    run_id bytea not null,
    node text not null,
    channel text not null,
    template text not null,
    template_version integer not null,
    message_class text not null,
    queued_at bigint not null,
    expires_at bigint not null,
    not_before bigint not null,
    cancel_when bytea not null,
    inputs bytea not null,
    status text not null default 'queued',
    reason text not null default '',
    sent_at bigint not null default 0,
    changed_at bigint not null,
    fence integer not null default 0,
    lease_until bigint not null default 0,
    primary key (brand_id, message_id)
);
create index messages_open on messages (channel, message_class, not_before, message_id)
    where status = 'queued';
create index messages_sending on messages (lease_until) where status = 'sending';
create index messages_profile on messages (brand_id, profile_id, queued_at desc);

create index messages_recent on messages (brand_id, queued_at desc, message_id desc);

create table attempts (
    brand_id smallint not null,
    message_id bytea not null,
    number integer not null,
    channel text not null,
    account text not null,
    started_at bigint not null,
    finished_at bigint not null default 0,
    outcome text not null,
    provider_id text not null default '',
    response text not null default '',
    primary key (brand_id, message_id, number)
);

create index attempts_time on attempts using brin (started_at);

create table provider_ids (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    provider_id text not null,
    message_id bytea not null,
    state text not null default '',       -- '', delivered, failed or expired
    primary key (brand_id, channel, account, provider_id)
);
create index provider_ids_message on provider_ids (brand_id, message_id);

-- Kept as they arrive, so that one that overtakes its answer is matched later.
create table receipts (
    receipt_id bigint generated always as identity primary key,
    brand_id smallint not null,
    channel text not null,
    account text not null,
    provider_id text not null,
    state text not null,
    response text not null,
    at bigint not null,
    message_id bytea,                     -- null = not matched yet
    unique (brand_id, channel, account, provider_id, state)
);
create index receipts_unmatched on receipts (at) where message_id is null;
create index receipts_message on receipts (brand_id, message_id);

create table channel_accounts (
    brand_id smallint not null,
    channel text not null,
    name text not null,
    sealed bytea not null,                -- JSON config, sealed with the instance key
    paused text not null default '',      -- why nothing is sent through it
    created_at bigint not null,
    primary key (brand_id, channel, name)
);

-- Imports ------------------------------------------------------------------------------------

create table import_ledger (
    brand_id smallint not null,
    source text not null,
    record_key bytea not null,
    primary key (brand_id, source, record_key)
);

-- Who may come in ----------------------------------------------------------------------------

create table api_keys (
    key_id bigint generated always as identity primary key,
    brand_id smallint not null,
    name text not null,
    scope text not null,
    prefix text not null,
    key_hash bytea not null unique,
    created_at bigint not null,
    revoked_at bigint not null default 0
);

create table users (
    user_id bigint generated always as identity primary key,
    brand_id smallint not null,
    email text not null,
    name text not null,
    password_hash text not null,
    role text not null,
    locale text not null,
    created_at bigint not null
);
create unique index users_email on users (lower(email));

create table sessions (
    session_hash bytea primary key,
    brand_id smallint not null,
    user_id bigint not null references users on delete cascade,
    csrf text not null,
    created_at bigint not null,
    expires_at bigint not null
);

-- What users did that others may ask about later: keys, documents, looks at personal values.
create table user_actions (
    action_id bigint generated always as identity primary key,
    brand_id smallint not null,
    at bigint not null,
    user_id bigint not null,
    what text not null,
    subject text not null
);
create index user_actions_brand on user_actions (brand_id, action_id desc);

create table failed_sign_ins (
    subject bytea not null,
    at bigint not null
);
create index failed_sign_ins_subject on failed_sign_ins (subject, at);

-- How the instance fares ----------------------------------------------------------------------

create table loop_beats (
    process text not null,
    loop text not null,
    at bigint not null,
    n_done bigint not null,
    n_failed bigint not null,
    fault text not null,
    primary key (process, loop)
);

-- The second wall ------------------------------------------------------------------------------
-- Requests act as huiliu_app, which owns no table and sees one brand; the log writer, projector,
-- analyst and dispatcher act as the owner, who carries every brand.

do $$
begin
    if not exists (select from pg_roles where rolname = 'huiliu_app') then
        create role huiliu_app nologin;
    end if;
    execute format('grant huiliu_app to %I', current_user);
end $$;
grant usage on schema public to huiliu_app;
grant select, insert, update, delete on all tables in schema public to huiliu_app;
grant usage on all sequences in schema public to huiliu_app;

do $$
declare
    found record;
begin
    for found in
        select c.relname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'brand_id'
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition
    loop
        execute format('alter table %I enable row level security', found.relname);
        execute format(
            'create policy one_brand on %I to huiliu_app using '
            '(brand_id = current_setting(''huiliu.brand'')::smallint)', found.relname);
    end loop;
end $$;

-- A partition has no policy of its own: it is reached through its table only. Message keys and
-- the log's head are the log writer's.
revoke all on event_keys, instance_mark from huiliu_app;
revoke insert, update, delete on log_heads, log_cursors from huiliu_app;
do $$
declare
    found record;
begin
    for found in
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relispartition and relkind = 'r'
    loop
        execute format('revoke all on %I from huiliu_app', found.relname);
    end loop;
end $$;
