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

-- E-mail --------------------------------------------------------------------------------------

create table sender_domains (
    brand_id smallint not null,
    domain text not null,
    sealed bytea not null,                -- JSON of its signing keys, sealed with the instance key
    live text[] not null,                 -- selectors of the keys that are published
    plan integer[] not null,              -- letters on each day of warm-up
    step integer not null,
    day text not null,                    -- the calendar day that the step is for
    created_at bigint not null,
    checked_at bigint not null,
    findings bytea not null,              -- JSON: what its DNS said then
    primary key (brand_id, domain)
);

create table sender_days (
    brand_id smallint not null,
    domain text not null,
    day text not null,
    sent integer not null,
    bounced integer not null,
    complained integer not null,
    primary key (brand_id, domain, day)
);

-- Receiving domains that asked for patience.
create table mail_waits (
    brand_id smallint not null,
    account text not null,
    domain text not null,
    n integer not null,                   -- how often in a row
    until bigint not null,
    response text not null,
    primary key (brand_id, account, domain)
);

create table soft_bounces (
    brand_id smallint not null,
    address bytea not null,               -- keyed hash
    n integer not null,
    first_at bigint not null,
    last_at bigint not null,
    rests_until bigint not null,          -- 0 = it does not rest
    primary key (brand_id, address)
);

-- Dispatch -----------------------------------------------------------------------------------

-- Of competing journeys the most important goes first: 0 = ahead, 1 = as usual, 2 = behind.
alter table messages add column band smallint not null default 1;
alter table messages add column tries smallint not null default 0;     -- failures of nobody's fault
alter table messages add column asked smallint not null default 0;     -- how often a doubt was asked
alter table messages add column ask_at bigint not null default 0;      -- when it is asked next
alter table messages add column parts smallint not null default 0;     -- into how many it was cut
drop index messages_open;
create index messages_open on messages (channel, message_class, band, not_before, message_id)
    where status = 'queued';
create index messages_overdue on messages (expires_at) where status = 'queued' and expires_at > 0;
create index messages_unknown on messages (ask_at) where status = 'unknown';
create index messages_unknown_recent on messages (brand_id, changed_at desc, message_id)
    where status = 'unknown';

-- How fast an account may be used, and whether at all: what all workers learned of it.
create table supplier_states (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    rate double precision not null default 0,        -- units a second; 0 = nothing learned
    tokens double precision not null default 0,
    refilled_at bigint not null default 0,
    top double precision not null default 0,         -- the rate that was last too fast
    changed_at bigint not null default 0,            -- when the rate last changed
    failures integer not null default 0,             -- in a row without one that was taken
    open_until bigint not null default 0,            -- 0 = the breaker is closed
    probing_until bigint not null default 0,         -- somebody tries whether it works again
    times_opened integer not null default 0,
    reason text not null default '',
    primary key (brand_id, channel, account)
);

-- What was claimed of an account's quotas, before the messages that use it were.
create table provider_quotas (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    name text not null,
    window_start bigint not null,
    used bigint not null,
    amount bigint not null,                          -- as it was last claimed against
    asked bigint not null,
    granted bigint not null,                         -- by the last claim
    primary key (brand_id, channel, account, name, window_start)
);

-- How accounts fare, by minute: counts by name, and answers and deliveries by how long they took.
create table channel_minutes (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    message_class text not null,
    minute bigint not null,
    name text not null,
    n bigint not null,
    primary key (brand_id, channel, account, message_class, minute, name)
);
create index channel_minutes_time on channel_minutes (brand_id, minute);

-- Versions of templates that a provider refused: nothing goes with them until that is mended.
create table stopped_templates (
    brand_id smallint not null,
    template text not null,
    version integer not null,                        -- this one and those before
    channel text not null,
    account text not null,
    response text not null,
    stopped_at bigint not null,
    primary key (brand_id, template)
);

-- Links --------------------------------------------------------------------------------------

-- Where links of messages lead. An address may say who it was made for, so it is sealed.
create table link_targets (
    brand_id smallint not null,
    target bytea not null,                -- 8 bytes of its keyed hash
    sealed bytea not null,
    made_at bigint not null,
    primary key (brand_id, target)
);
create index link_targets_made on link_targets (made_at);

-- Links of messages where letters are dear; those of e-mails hold all of this themselves.
create table short_links (
    code text not null,
    brand_id smallint not null,
    message_id bytea not null,
    target bytea not null,
    made_at bigint not null,
    primary key (code)
);
create index short_links_made on short_links (made_at);

-- Consent --------------------------------------------------------------------------------------

-- The ledger says under which words, law and language somebody spoke, and each row holds the hash
-- of the one before it of the same person: what is edited later shows.
alter table consents
    add column legal_basis text not null default '',
    add column jurisdiction text not null default '',
    add column text_version text not null default '',
    add column text_locale text not null default '',
    add column source text not null default '',
    add column collected_by text not null default '',
    add column address bytea not null default '',  -- keyed hash; '' = whichever the person has
    add column expires_at bigint not null default 0,
    add column end_told boolean not null default false,  -- that it has ended stands in the log
    add column prev bytea not null default '',
    add column row_hash bytea not null default '';
create index consents_chain on consents (brand_id, profile_id, position, channel, purpose);
create index consents_ending on consents (expires_at)
    where expires_at > 0 and state = 'granted' and not end_told;
create index consents_recent on consents (brand_id, position desc);

-- One address may stand on the list for several reasons; each is taken back by itself.
alter table suppressions
    add column scope text not null default 'all',    -- all, or marketing
    add column until bigint not null default 0,       -- 0 = for ever
    add column source text not null default '',
    drop constraint suppressions_pkey,
    add primary key (brand_id, address, reason);
create index suppressions_recent on suppressions (brand_id, at desc, address);
create index suppressions_ending on suppressions (until) where until > 0;

-- Policy --------------------------------------------------------------------------------------

-- What was counted of a brand's messages: how often they convert and drive people away.
create table policy_odds (
    brand_id smallint primary key,
    made_at bigint not null,
    due_at bigint not null,
    body bytea not null                   -- JSON of counts and fitted hazards; '' = never counted
);

-- Tokens --------------------------------------------------------------------------------------

-- Access tokens of providers; the version is what a renewal compares and swaps.
create table provider_tokens (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    sealed bytea not null,                -- '' = none yet
    expires_at bigint not null,
    version bigint not null,
    leased_until bigint not null,         -- somebody renews it until then
    rests_until bigint not null,          -- it could not be renewed; not tried again before
    primary key (brand_id, channel, account)
);

-- Content --------------------------------------------------------------------------------------

-- What Huiliu itself asks of the staff: a text in the reader's language, and where it leads.
alter table staff_tasks
    add column said text not null default '',
    add column link text not null default '';

-- What a rule pack objects to and somebody answers for, with a proof.
create table content_overrides (
    brand_id smallint not null,
    override_id bigint generated always as identity,
    pack text not null,
    rule text not null,
    phrase text not null,                 -- '' = whatever the rule objects to
    subject text not null,                -- 'template some-slug'; '' = everywhere
    proof text not null,
    until bigint not null,                -- 0 = without an end
    made_at bigint not null,
    made_by text not null,
    ended_at bigint not null default 0,
    ended_by text not null default '',
    primary key (brand_id, override_id)
);

-- Live content as it was last looked at, and with which packs.
create table content_checks (
    brand_id smallint not null,
    kind text not null,
    slug text not null,
    digest bytea not null,                -- of the text, the packs and the overrides
    checked_at bigint not null,
    n_block integer not null,
    n_warn integer not null,
    findings bytea not null,              -- JSON
    primary key (brand_id, kind, slug)
);

-- Until when nothing has to be looked at again, and for which packs that was said.
create table content_rounds (
    brand_id smallint primary key,
    stamp bigint not null,
    packs bytea not null,
    due_at bigint not null
);

-- Filings ---------------------------------------------------------------------------------------

-- Signatures and texts as carriers approved them.
create table sms_filings (
    brand_id smallint not null,
    filing_id bigint generated always as identity,
    account text not null,
    template text not null,               -- '' = the signature alone
    locale text not null,
    variant text not null,
    signature text not null,
    body text not null,                   -- with its placeholders
    code text not null,
    longest integer not null,             -- characters of a value; 0 = no limit
    states jsonb not null,                -- carrier -> filed, approved, rejected ...
    note text not null,
    made_at bigint not null,
    changed_at bigint not null,
    changed_by text not null,
    primary key (brand_id, filing_id)
);
create index sms_filings_template on sms_filings (brand_id, template, account);

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
