-- Journeys in full: what runs carry, and (below) shops, the catalogue and forwarding. Instants are
-- bigint microseconds UTC, as everywhere.

-- What nodes leave for later nodes and for templates: a JSON object; '' = nothing.
alter table journey_tokens add column carried bytea not null default '';
-- After which position of the log the run was woken or began, until it is stepped; 0 = by time.
alter table journey_tokens add column since bigint not null default 0;

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

-- The engine ---------------------------------------------------------------------------------

-- How much of a node's quota was given out in a period ('' = for ever).
create table journey_quotas (
    brand_id smallint not null,
    journey text not null,
    node text not null,
    period text not null,
    used bigint not null default 0,
    primary key (brand_id, journey, node, period)
);

-- Webhooks that runs call. The id is made of run, node and visit: the idempotency key.
create table journey_calls (
    brand_id smallint not null,
    call_id bytea not null,
    profile_id bigint not null,
    journey text not null,
    run_id bytea not null,
    node text not null,
    visit integer not null,
    method text not null,
    url text not null,
    body bytea not null,
    queued_at bigint not null,
    give_up_at bigint not null,
    not_before bigint not null,
    status text not null default 'waiting',   -- waiting, calling or how it ended
    fence integer not null default 0,
    lease_until bigint not null default 0,
    code integer not null default 0,          -- HTTP status of the answer; 0 = none
    reason text not null default '',
    changed_at bigint not null,
    primary key (brand_id, call_id)
);
create index journey_calls_waiting on journey_calls (not_before) where status = 'waiting';
create index journey_calls_calling on journey_calls (lease_until) where status = 'calling';
create index journey_calls_recent on journey_calls (brand_id, queued_at desc);

create table journey_call_attempts (
    brand_id smallint not null,
    call_id bytea not null,
    number integer not null,
    started_at bigint not null,
    finished_at bigint not null default 0,
    reach text not null default 'started',
    code integer not null default 0,
    cause text not null default '',
    primary key (brand_id, call_id, number)
);

-- What is sent with every call to a host, such as a key: JSON, sealed with the instance key.
create table call_headers (
    brand_id smallint not null,
    host text not null,
    sealed bytea not null,
    changed_at bigint not null,
    primary key (brand_id, host)
);

-- What runs ask of the staff.
create table staff_tasks (
    brand_id smallint not null,
    task_id bytea not null,
    profile_id bigint not null,
    journey text not null,
    run_id bytea not null,
    node text not null,
    visit integer not null,
    title text not null,
    assignee text not null,
    outcomes text[] not null,
    opened_at bigint not null,
    due_at bigint not null,
    outcome text not null default '',         -- '' = open; 'withdrawn' = its run is over
    note text not null default '',
    done_at bigint not null default 0,
    done_by text not null default '',
    primary key (brand_id, task_id)
);
create index staff_tasks_open on staff_tasks (brand_id, opened_at desc) where outcome = '';
create index staff_tasks_of_run on staff_tasks (brand_id, run_id) where outcome = '';
create index staff_tasks_recent on staff_tasks (brand_id, opened_at desc);

-- How far the schedule of a journey has been looked at: one instant over all zones.
create table journey_schedules (
    brand_id smallint not null,
    journey text not null,
    looked_at bigint not null,
    primary key (brand_id, journey)
);

-- A time at which a schedule lets people in. `at` is part of the key: where everybody's own
-- local time counts, one occasion comes at several instants.
create table journey_occasions (
    brand_id smallint not null,
    journey text not null,
    occasion text not null,
    at bigint not null,
    version integer not null,
    zones text[] not null,                    -- empty = everybody
    state text not null,                      -- due, filling, filled, missed or stopped
    n_audience bigint not null default 0,
    n_entered bigint not null default 0,
    n_chunks integer not null default 0,
    begun_at bigint not null default 0,
    ended_at bigint not null default 0,
    primary key (brand_id, journey, occasion, at)
);
create index journey_occasions_open on journey_occasions (at) where state in ('due', 'filling');

-- The audience as it was when the occasion came, in id order; a chunk goes with the transaction
-- that lets its people in, so that what is here is what is still to be done.
create table journey_chunks (
    brand_id smallint not null,
    journey text not null,
    occasion text not null,
    at bigint not null,
    nth integer not null,
    not_before bigint not null,
    profiles bigint[] not null,
    primary key (brand_id, journey, occasion, at, nth)
);
alter table journey_chunks alter column profiles set storage external;

-- What an operator asked of a journey's runs and queued messages, until it is done to all of them.
create table journey_sweeps (
    brand_id smallint not null,
    journey text not null,
    what text not null,                       -- stop, pause or resume
    at bigint not null,
    primary key (brand_id, journey, what)
);
create index messages_of_journey on messages (brand_id, journey) where status = 'queued';

-- What went live, by whom, and what became of the people in flight: the audit of publishing, and
-- the work that is left where people are moved or an older version runs empty.
create table publications (
    brand_id smallint not null,
    publication_id bigint generated always as identity,
    at bigint not null,
    by_whom text not null,
    kind text not null,
    slug text not null,
    version integer not null,
    from_version integer not null,        -- 0 = the first one
    in_flight text not null,              -- pin, migrate or drain
    moves text not null default '[]',     -- JSON: [{version, node, to, restart}]
    n_in_flight bigint not null default 0,
    n_moved bigint not null default 0,
    n_exited bigint not null default 0,
    state text not null,                  -- done, moving or draining
    primary key (brand_id, publication_id)
);
create index publications_open on publications (brand_id, slug) where state <> 'done';
create index publications_of on publications (brand_id, kind, slug, publication_id desc);

-- What a step that asked for facts was told, so that it can be evaluated again; '' = nothing.
alter table journey_steps add column inputs bytea not null default '';

-- The catalogue: what a brand sells, as its shops, files and servers say. Amounts are whole minor
-- units of `currency`; a null stock is not counted.
create table products (
    brand_id smallint not null,
    product_id text not null,
    sku text not null default '',
    names jsonb not null,                 -- locale -> name
    price bigint,
    currency text not null default '',
    compare_at bigint,
    stock bigint,
    category text[] not null default '{}',
    brand text not null default '',
    link text not null default '',
    images text[] not null default '{}',
    state text not null,                  -- live or hidden
    variants jsonb not null default '[]',
    source text not null,                 -- csv, api, or the shop's platform and name
    search text not null,                 -- what a search looks through, in small letters
    created_at bigint not null,
    changed_at bigint not null,
    primary key (brand_id, product_id)
);
create index products_by_category on products (brand_id, category);
create index products_changed on products (brand_id, changed_at desc, product_id);

-- What became of a product, for ever: its history, and what interested people are still to be told.
create table product_changes (
    brand_id smallint not null,
    change_id bigint generated always as identity,
    product_id text not null,
    at bigint not null,
    what text not null,                   -- added, price, stock, shown, hidden
    old bigint,
    new bigint,
    currency text not null default '',
    source text not null,
    news text[] not null default '{}',    -- events that interested people get
    counted_at bigint,                    -- when those people were looked up; null = not yet
    n_told bigint not null default 0,
    primary key (brand_id, product_id, change_id)
);
create index product_changes_uncounted on product_changes (change_id)
    where news <> '{}' and counted_at is null;

-- Whom a change is still to be told, one event each; told and taken away in one transaction.
create table product_news (
    brand_id smallint not null,
    change_id bigint not null,
    event text not null,
    profile_id bigint not null,
    product_id text not null,
    interest text not null,               -- viewed, favourited or carted
    interested_at bigint not null,
    primary key (brand_id, change_id, event, profile_id)
);

-- What is recommended, computed from orders and views: `scope` is '' for all the brand's products.
create table product_pairs (
    brand_id smallint not null,
    product_id text not null,
    place smallint not null,
    other_id text not null,
    n_orders integer not null,
    lift double precision not null,
    primary key (brand_id, product_id, place)
);
create table product_ranks (
    brand_id smallint not null,
    scope text[] not null,                -- a category's path; empty = everything
    place smallint not null,
    product_id text not null,
    n_buyers integer not null,
    n_viewers integer not null,
    primary key (brand_id, scope, place)
);

-- A brand's rules for its catalogue, and how fresh what it recommends is.
create table catalogue_state (
    brand_id smallint primary key,
    rules jsonb not null default '{}',
    due_at bigint not null default 0,
    refreshed_at bigint not null default 0,
    took_us bigint not null default 0,
    n_pairs bigint not null default 0,
    n_ranks bigint not null default 0,
    fault text not null default ''
);

-- Where people, tags, consents and events go besides: settings sealed with the instance key.
create table destinations (
    brand_id smallint not null,
    name text not null,
    format text not null,                 -- webhook, segment or csv
    sealed bytea not null,
    state text not null,                  -- live or paused
    reason text not null default '',      -- why it was paused, where Huiliu did it
    created_at bigint not null,
    changed_at bigint not null,
    next_offset bigint not null,          -- of the log: everything below was handed over or parked
    started_offset bigint not null,
    tag_cursors jsonb not null default '{}',
    due_at bigint not null default 0,     -- nothing is tried before
    tags_due_at bigint not null default 0,
    served_at bigint not null default 0,
    failing_since bigint,
    n_failures integer not null default 0,
    last_error text not null default '',
    last_error_at bigint,
    last_ok_at bigint,
    n_sent bigint not null default 0,
    revealed_on bigint not null default 0,
    primary key (brand_id, name)
);

-- What one receiver did not take while it took others: tried again, in each person's order. Only
-- what is needed to make the message again; no personal value.
create table destination_items (
    brand_id smallint not null,
    destination text not null,
    item_id bytea not null,               -- the id that the receiver knows it by
    seq bigint not null,                  -- the order in which they were to go
    profile_id bigint not null,
    item bytea not null,
    state text not null,                  -- waiting or dead
    first_at bigint not null,
    due_at bigint not null,
    n_tries integer not null,
    last_status integer not null,
    last_error text not null,
    primary key (brand_id, destination, item_id)
);
create index destination_items_due on destination_items (brand_id, destination, state, due_at);
create index destination_items_of_person
    on destination_items (brand_id, destination, profile_id, seq) where state = 'waiting';

-- What a destination was last told of each person, as keyed hashes by field: what did not change is
-- not sent again, and what comes back is known.
create table destination_told (
    brand_id smallint not null,
    destination text not null,
    profile_id bigint not null,
    told bytea not null,
    primary key (brand_id, destination, profile_id)
);

-- Shops. Connections are sealed with the instance key like accounts at providers. A notice is only
-- a hint: it waits here until the order that it names was fetched.
create table shop_connections (
    brand_id smallint not null,
    platform text not null,
    name text not null,
    sealed bytea not null,                -- JSON of the fields that an operator entered
    granted bytea not null default '',    -- JSON of what token renewals gave; '' = none
    statuses jsonb not null default '{}', -- the platform's word -> ours, where an operator says so
    scope text not null,                  -- any, service, platform: what contact data are for
    connected_at bigint not null,
    is_on boolean not null default true,
    rests_until bigint not null default 0,
    failures integer not null default 0,  -- in a row
    fault text not null default '',
    response text not null default '',    -- the platform's words, without personal values
    failed_at bigint not null default 0,
    worked_at bigint not null default 0,
    noticed_at bigint not null default 0,
    primary key (brand_id, platform, name)
);

create table shop_counts (
    brand_id smallint not null,
    platform text not null,
    name text not null,
    what text not null,                   -- taken, repeated, refused_signature ...
    n bigint not null,
    last_at bigint not null,
    primary key (brand_id, platform, name, what)
);

create table shop_polls (
    brand_id smallint not null,
    platform text not null,
    name text not null,
    kind text not null,                   -- order, product, ... or queue
    reached bigint not null,              -- what changed before has been seen
    due_at bigint not null,
    until bigint not null default 0,      -- the end of the window under way; 0 = none
    cursor text not null default '',      -- the next page of that window
    polled_at bigint not null default 0,
    response text not null default '',    -- why this kind is refused
    primary key (brand_id, platform, name, kind)
);
create index shop_polls_due on shop_polls (due_at);

-- By what a delivery is known, for a while: its repeats are not followed again.
create table shop_deliveries (
    brand_id smallint not null,
    platform text not null,
    name text not null,
    delivery bytea not null,              -- 16 bytes
    received_at bigint not null,
    primary key (brand_id, platform, name, delivery)
);
create index shop_deliveries_old on shop_deliveries (received_at);

create table shop_notices (
    brand_id smallint not null,
    notice_id bigint generated always as identity,
    platform text not null,
    name text not null,
    kind text not null,
    thing_id text not null,
    topic text not null,
    received_at bigint not null,
    due_at bigint not null,
    attempts integer not null default 0,
    primary key (brand_id, notice_id)
);
create index shop_notices_due on shop_notices (due_at);

-- What was told of each order and checkout; kept for ever, so that nothing is told twice.
create table shop_stories (
    brand_id smallint not null,
    platform text not null,
    name text not null,
    kind text not null,
    thing_id text not null,
    version bigint not null default -1,   -- of the last that was read; an older one says nothing
    status text not null default '',
    word text not null default '',
    told text[] not null default '{}',    -- names of events, # and the part of which there are several
    buyer bytea not null default '',      -- authentication code of the contact data told last
    updated_at bigint not null,
    primary key (brand_id, platform, name, kind, thing_id)
);

-- Regions that parcels do not reach for a while.
create table disruptions (
    brand_id smallint not null,
    disruption_id bigint generated always as identity,
    region text not null,                 -- '' = the whole country
    country text not null,                -- '' = wherever the region is found
    starts_at bigint not null,
    ends_at bigint not null,              -- 0 = nobody knows yet
    note text not null,
    created_at bigint not null,
    created_by text not null,
    looked bigint not null,               -- orders of events below this place were looked at
    due_at bigint not null,               -- 0 = it is over, and all were told
    primary key (brand_id, disruption_id)
);
create index disruptions_due on disruptions (due_at) where due_at > 0;

-- The orders that were caught, each once a disruption.
create table disrupted_orders (
    brand_id smallint not null,
    disruption_id bigint not null,
    order_id text not null,
    profile_id bigint not null,
    region text not null,
    country text not null,
    platform text not null,
    shop text not null,
    usage_scope text not null,
    caught_at bigint not null,
    to_tell text not null,                -- disrupted, cleared or '': it was told
    primary key (brand_id, disruption_id, order_id)
);
create index disrupted_orders_to_tell on disrupted_orders (brand_id, disruption_id, order_id)
    where to_tell <> '';

-- Backtests that the console or a server asked for; a process of its own lives through each.
create table backtests (
    brand_id smallint not null,
    backtest_id bigint generated always as identity,
    journey text not null,
    source text not null,
    from_at bigint not null,
    to_at bigint not null,
    seed bigint not null,
    with_live boolean not null,
    assumes_reach boolean not null,
    asked_by text not null,
    asked_at bigint not null,
    state text not null default 'waiting',  -- waiting, running, done, failed or cancelled
    n_done integer not null default 0,
    n_all integer not null default 0,
    started_at bigint not null default 0,
    alive_at bigint not null default 0,
    ended_at bigint not null default 0,
    fault text not null default '',
    result bytea not null default '',       -- JSON of the report
    primary key (brand_id, backtest_id)
);
create index backtests_waiting on backtests (asked_at) where state in ('waiting', 'running');

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
