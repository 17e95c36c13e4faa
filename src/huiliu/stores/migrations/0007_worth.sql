-- What it was worth: costs, experiments and holdouts, the guard, notices, reports, decisions.
-- Money is minor units; see docs/adr/0071 to 0078.

-- Decisions together: who speaks for which department, what waits for their word, what they said.

alter table users add column department text not null default '';

create table decisions (
    decision_id bigint generated always as identity primary key,
    brand_id smallint not null,
    -- The documents that it is about, whatever they say: one open decision for them at a time.
    about bytea not null,
    revision int not null,
    state text not null,
    risk text not null,
    need int not null,
    departments text[] not null,
    author text not null,
    author_id bigint not null,
    -- Of the documents and the versions that they follow.
    digest bytea not null,
    documents bytea not null,
    evidence bytea not null,
    opened_at bigint not null,
    changed_at bigint not null,
    expires_at bigint not null,
    -- Why it failed or was opened again, as a text; empty = there is nothing to say.
    told bytea not null default ''
);
create index decisions_brand on decisions (brand_id, decision_id desc);
create unique index decisions_waiting on decisions (brand_id, about)
    where state in ('open', 'approved');
create index decisions_due on decisions (state, expires_at) where state in ('open', 'approved');

-- Every revision that there was, and whose it was: none of its authors may vote.
create table decision_revisions (
    brand_id smallint not null,
    decision_id bigint not null references decisions on delete cascade,
    revision int not null,
    at bigint not null,
    author text not null,
    author_id bigint not null,
    digest bytea not null,
    primary key (brand_id, decision_id, revision)
);

create table decision_votes (
    brand_id smallint not null,
    decision_id bigint not null references decisions on delete cascade,
    revision int not null,
    user_id bigint not null,
    department text not null,
    -- Whose word it is, where somebody speaks for another; 0 = their own.
    for_user bigint not null default 0,
    verdict text not null,
    comment text not null,
    at bigint not null,
    primary key (brand_id, decision_id, revision, user_id)
);
create unique index decision_votes_department
    on decision_votes (brand_id, decision_id, revision, department);

create table delegations (
    delegation_id bigint generated always as identity primary key,
    brand_id smallint not null,
    from_user bigint not null,
    to_user bigint not null,
    starts_at bigint not null,
    ends_at bigint not null,
    made_at bigint not null,
    revoked_at bigint not null default 0
);
create index delegations_to on delegations (brand_id, to_user, ends_at);

-- What users did, chained: each row holds the hash of the one before it, and the head of each
-- brand's chain stands beside them, so that what is changed, taken out or cut off later shows.
create table action_heads (
    brand_id smallint primary key,
    n bigint not null,
    prev bytea not null,
    row_hash bytea not null
);
alter table user_actions
    add column nth bigint not null default 0,
    add column prev bytea not null default '',
    add column row_hash bytea not null default '';

do $$
declare
    row record;
    last bytea;
    n bigint;
    brand smallint;
begin
    for brand in select distinct brand_id from user_actions loop
        last := ''; n := 0;
        for row in select * from user_actions where brand_id = brand order by action_id loop
            n := n + 1;
            update user_actions set nth = n, prev = last, row_hash = sha256(last || convert_to(
                concat_ws('|', n, row.brand_id, row.at, row.user_id, char_length(row.what),
                    row.what, row.subject), 'UTF8'))
            where action_id = row.action_id returning user_actions.row_hash into last;
        end loop;
        insert into action_heads (brand_id, n, prev, row_hash)
        select brand, u.nth, u.prev, u.row_hash from user_actions u
        where u.brand_id = brand and u.nth = n;
    end loop;
end $$;
create unique index user_actions_chain on user_actions (brand_id, nth);

-- Notices to the people of the house.
create table notices (
    brand_id smallint not null,
    notice_id bigint generated always as identity,
    kind text not null,
    key text not null,
    facts jsonb not null,
    address text not null,
    departments text[] not null,
    at bigint not null,
    -- Null = robots and letters were not told yet.
    spread_at bigint,
    primary key (brand_id, notice_id)
);
create unique index notices_key on notices (brand_id, key);
create index notices_fresh on notices (notice_id) where spread_at is null;
create index notices_by_age on notices (at);

create table notice_reads (
    brand_id smallint not null,
    user_id bigint not null,
    notice_id bigint not null,
    read_at bigint not null,
    primary key (brand_id, user_id, notice_id)
);

create table notice_rules (
    brand_id smallint not null,
    kind text not null,
    departments text[] not null,
    by_email boolean not null,
    by_robot boolean not null,
    changed_at bigint not null,
    primary key (brand_id, kind)
);

-- Robots of groups: address and secret are sealed with the instance key.
create table notice_robots (
    brand_id smallint not null,
    name text not null,
    service text not null,
    sealed bytea not null,
    locale text not null,
    kinds text[] not null,
    state text not null,
    changed_at bigint not null,
    last_ok_at bigint not null default 0,
    last_error text not null default '',
    last_error_at bigint not null default 0,
    primary key (brand_id, name)
);

-- What goes out once: a notice's letters and robots, a scheduled report's letters.
create table notice_deliveries (
    brand_id smallint not null,
    delivery_id bigint generated always as identity,
    key text not null,
    way text not null,
    target text not null,
    notice_id bigint not null,
    schedule text not null,
    run_at bigint not null,
    state text not null,
    queued_at bigint not null,
    due_at bigint not null,
    n_tries integer not null default 0,
    said text not null default '',
    done_at bigint not null default 0,
    primary key (brand_id, delivery_id)
);
create unique index notice_deliveries_key on notice_deliveries (brand_id, key);
create index notice_deliveries_due on notice_deliveries (due_at)
    where state in ('waiting', 'sending');
create index notice_deliveries_of on notice_deliveries (brand_id, notice_id, schedule);

-- Reports by schedule: when each is due, and what was made.
create table report_schedules (
    brand_id smallint not null,
    schedule text not null,
    version integer not null,
    next_at bigint not null,
    n_failures integer not null default 0,
    retry_at bigint not null default 0,
    primary key (brand_id, schedule)
);

create table report_runs (
    brand_id smallint not null,
    schedule text not null,
    run_at bigint not null,
    version integer not null,
    report text not null,
    first_day date not null,
    last_day date not null,
    locale text not null,
    content bytea not null,
    made_at bigint not null,
    primary key (brand_id, schedule, run_at)
);

-- Who is in which arm of an experiment or holdout (docs/adr/0072): written down when somebody is
-- first asked, under the id that they had then, and never moved: merges are read through
-- identity_map, where the earliest row of a person's ids counts, so taking a merge back gives each
-- their own again.
create table assignments (
    brand_id smallint not null,
    profile_id bigint not null,
    -- holdout:<slug>[#round], journey:<slug> or experiment:<slug>.
    scope text not null,
    arm text not null,
    -- How likely this arm was when it was drawn.
    propensity double precision not null,
    at bigint not null,
    -- A held-out person whom somebody let go; 0 = nobody did. They still count as drawn.
    ended_at bigint not null default 0,
    ended_by text not null default '',
    reason text not null default '',
    primary key (brand_id, profile_id, scope)
);
create index assignments_listed on assignments (brand_id, scope, arm, at desc, profile_id);

-- When each was first asked, and when it ended.
create table assignment_scopes (
    brand_id smallint not null,
    scope text not null,
    began_at bigint not null,
    ended_at bigint not null default 0,
    primary key (brand_id, scope)
);

-- The channel guard: when each of its documents was read last, and what it saw then.
create table guard_looks (
    brand_id smallint not null,
    slug text not null,                   -- of the document
    due_at bigint not null,               -- when it is read next
    looked_at bigint not null,            -- when it was last; 0 = never
    fault text not null,                  -- why it could not be; '' = it could
    blind_since bigint not null,          -- since when it could not be; 0 = it can
    readings jsonb not null,              -- what each series showed
    primary key (brand_id, slug)
);
create index guard_looks_due on guard_looks (due_at);

-- What the guard saw go wrong.
create table incidents (
    brand_id smallint not null,
    incident_id bigint generated always as identity,
    guard text not null,                  -- slug of the document
    kind text not null,                   -- measurement, channel, campaign, ads, visits
    metric text not null,
    channel text not null,                -- '' = all of them
    campaign text not null,               -- a journey, or account/campaign of ads; '' = all
    state text not null,                  -- open, paused, ramping, resolved, overridden
    opened_at bigint not null,
    since bigint not null,                -- when the fall began
    changed_at bigint not null,
    closed_at bigint not null,            -- 0 = it is not over
    n double precision not null,          -- of the fall: what was looked at, seen, and expected
    seen double precision not null,
    expected double precision not null,
    usual double precision not null,      -- the rate before
    basis double precision not null,      -- what was seen then, that tells it
    dispersion double precision not null,
    evidence jsonb not null,              -- the days of the chart
    suspects jsonb not null,              -- where it fell, the best explanation first
    primary key (brand_id, incident_id)
);
create unique index incidents_open on incidents (brand_id, guard, kind, metric, channel, campaign)
    where closed_at = 0;
create index incidents_recent on incidents (brand_id, opened_at);

-- What became of each incident and who did it; never changed.
create table incident_moves (
    brand_id smallint not null,
    incident_id bigint not null,
    move_id bigint generated always as identity,
    at bigint not null,
    what text not null,                   -- opened, paused, ramp, passed, failed, resolved ...
    by text not null,                     -- '' = Huiliu itself
    note text not null,
    primary key (brand_id, incident_id, move_id)
);

-- What is not sent because of an incident.
create table guard_pauses (
    brand_id smallint not null,
    pause_id bigint generated always as identity,
    incident_id bigint not null,
    kind text not null,                   -- messages, or ads
    scope jsonb not null,                 -- dimension -> value; all of them must hold
    wait bigint not null,                 -- so long a message waits at most; 0 = not at all
    percent double precision not null,    -- of the people who get messages all the same
    since bigint not null,
    changed_at bigint not null,
    ended_at bigint not null,             -- 0 = it stands
    control_id bytea not null,            -- of ads: what was asked of the platform
    primary key (brand_id, pause_id)
);
create index guard_pauses_standing on guard_pauses (brand_id) where ended_at = 0;

-- How experiments stand; what each tries is a document.
create table experiments (
    brand_id smallint not null,
    slug text not null,
    state text not null check (state in ('waiting', 'running', 'ended', 'rolled_out')),
    -- 0 = not yet.
    began_at bigint not null,
    ended_at bigint not null,
    -- Of those who come now: arm -> share, the control first; under thompson set anew each batch.
    batch integer not null,
    batch_at bigint not null,
    shares json not null,
    winner text not null,
    due_at bigint not null,
    looked_at bigint not null,
    fault text not null,
    -- What was seen at the one look that was planned, and what people were told of.
    planned json,
    told json not null,
    primary key (brand_id, slug)
);
create index experiments_due on experiments (due_at) where state = 'running';

-- By which shares people were let in: the propensities that a read-out needs.
create table experiment_batches (
    brand_id smallint not null,
    slug text not null,
    batch integer not null,
    at bigint not null,
    shares json not null,
    -- What they rest on: arm -> [successes, people], and the seed of the draws.
    counts json not null,
    seed bigint not null,
    primary key (brand_id, slug, batch)
);

-- What became of experiments, by whom.
create table experiment_moves (
    move_id bigint generated always as identity primary key,
    brand_id smallint not null,
    slug text not null,
    at bigint not null,
    what text not null,
    "by" text not null,
    note text not null
);
create index experiment_moves_of on experiment_moves (brand_id, slug, move_id);

-- Costs -----------------------------------------------------------------------------------------

-- What media cost that no ad account tells of: from files and by hand; see docs/adr/0071.
create table media_spend (
    brand_id smallint not null,
    day date not null,
    channel text not null,
    campaign text not null,               -- '' = the channel as a whole
    currency text not null,
    cost bigint not null check (cost >= 0),
    note text not null,
    written_at bigint not null,
    by_whom text not null,
    primary key (brand_id, day, channel, campaign, currency)
);

-- White papers: asked for, made, kept; the files lie in the instance's folder.
create table white_papers (
    paper_id bigint generated always as identity primary key,
    brand_id smallint not null,
    quarter text not null,
    locale text not null,
    -- Of the quarter in the language: made again, it is kept beside the one before.
    edition int not null,
    -- asked, making, ready, failed.
    state text not null default 'asked',
    -- Who asked; empty = it was made by itself after the quarter's end.
    asked_by text not null default '',
    asked_at bigint not null,
    due_at bigint not null,
    lease_until bigint not null default 0,
    tries int not null default 0,
    made_at bigint not null default 0,
    version text not null default '',
    snapshot text not null default '',
    n_bytes int not null default 0,
    digest bytea not null default '',
    fault text not null default ''
);
create unique index white_papers_edition on white_papers (brand_id, quarter, locale, edition);
create unique index white_papers_open on white_papers (brand_id, quarter, locale)
    where state in ('asked', 'making');
create unique index white_papers_by_itself on white_papers (brand_id, quarter, locale)
    where asked_by = '';
create index white_papers_due on white_papers (due_at) where state in ('asked', 'making');

-- More tables of this migration are written above this line. ---------------------------------

-- The second wall, for every table that has none yet (see 0001_spine.sql).
grant select, insert, update, delete on all tables in schema public to huiliu_app;
grant usage on all sequences in schema public to huiliu_app;
revoke all on event_keys, instance_mark, warehouse_files, warehouse_offsets from huiliu_app;
revoke insert, update, delete on log_heads, log_cursors from huiliu_app;
revoke update, delete, truncate on user_actions from huiliu_app;

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
