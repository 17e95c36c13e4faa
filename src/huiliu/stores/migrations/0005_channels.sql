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

-- Content, communities, live sessions -----------------------------------------------------------

-- What people make and post where no program may: a row a piece of content.
create table content_tasks (
    brand_id smallint not null,
    task_id bytea not null,               -- 16 bytes
    title text not null,
    platform text not null,               -- xiaohongshu, douyin, wechat_group ...
    account text not null,                -- whose page, in the brand's own word
    brief text not null,                  -- slug; '' = none
    words text not null,                  -- what is to be posted
    audience text not null,               -- slug of a segment; '' = everybody
    assignee text not null,
    group_slug text not null,             -- the community it is for; '' = none
    target text not null,                 -- where its link leads; '' = it has none
    code text not null,                   -- what people type or say; '' = none
    link text not null,                   -- our short link's code; '' = none
    post_url text not null,               -- where it was published
    state text not null,                  -- planned, made, published, measured, dropped
    due_at bigint not null,               -- 0 = no date
    opened_at bigint not null,
    opened_by text not null,
    published_at bigint not null,         -- 0 = it is not
    changed_at bigint not null,
    version integer not null,             -- of the row: nobody overwrites what they did not see
    journey text not null,                -- which asked for it; '' = a person did
    node text not null,
    n_people bigint not null,             -- how many runs asked for it
    primary key (brand_id, task_id)
);
create index content_tasks_board on content_tasks (brand_id, state, due_at, task_id);
create index content_tasks_due on content_tasks (brand_id, due_at) where due_at > 0;

create table content_materials (
    brand_id smallint not null,
    task_id bytea not null,
    material_id bytea not null,           -- of its bytes: the same file is there once
    name text not null,
    type text not null,                   -- what its first bytes say, never what was claimed
    size integer not null,
    data bytea not null,
    added_at bigint not null,
    added_by text not null,
    primary key (brand_id, task_id, material_id)
);

-- What a piece of content or a live session brought, as its platform showed it on a day.
create table outcomes (
    brand_id smallint not null,
    kind text not null,                   -- content or live
    subject text not null,                -- id of the task, slug of the session
    day text not null,
    figures jsonb not null,               -- views, likes ...
    revenue bigint,                       -- minor units; null = nobody said
    currency text not null,
    source text not null,                 -- form, csv, api
    noted_at bigint not null,
    noted_by text not null,
    primary key (brand_id, kind, subject, day)
);

-- Communities: groups in which staff, not programs, speak.
create table community_groups (
    brand_id smallint not null,
    slug text not null,
    name text not null,
    platform text not null,
    owner text not null,                  -- who of the staff keeps it
    audience text not null,               -- slug of a segment
    size integer not null,
    most integer not null,                -- how many it can hold; 0 = no limit
    state text not null,                  -- open, full, closed
    note text not null,
    made_at bigint not null,
    changed_at bigint not null,
    primary key (brand_id, slug)
);
create table community_sizes (
    brand_id smallint not null,
    slug text not null,
    day text not null,
    size integer not null,
    primary key (brand_id, slug, day)
);

-- Links that stand where nobody is known: in a post, a group, a live session.
create table public_links (
    code text not null,
    brand_id smallint not null,
    kind text not null,                   -- content or live
    subject text not null,
    url text not null,
    source text not null,                 -- what stands behind it as utm_source, _campaign, _content
    campaign text not null,
    content text not null,
    made_at bigint not null,
    primary key (code)
);
create index public_links_subject on public_links (brand_id, kind, subject);
create table public_clicks (
    brand_id smallint not null,
    code text not null,
    day integer not null,                 -- since 1970-01-01, UTC
    what text not null,                   -- person, machine
    slot smallint not null,
    n bigint not null,
    primary key (brand_id, code, day, what, slot)
);

-- In-app messages -----------------------------------------------------------------------------

-- What each person's clients have to be told: grows with every change of any of their cards, and
-- is locked by whoever makes one, so a client that knows a number misses nothing below it.
create sequence inapp_changes;
create table inapp_boxes (
    brand_id smallint not null,
    profile_id bigint not null,
    changed bigint not null,
    primary key (brand_id, profile_id)
);

-- What people meet inside an APP or on a page. Its words are sealed with a key of the person's own.
create table inapp_cards (
    brand_id smallint not null,
    message_id bytea not null,
    profile_id bigint not null,           -- to whom it was sent
    template text not null,
    journey text not null,
    kind text not null,                   -- inbox, card, popup, banner
    message_class text not null,
    subject bytea not null,
    sealed bytea not null,
    cancel_when bytea not null,           -- what makes it pointless, as messages have it
    made_at bigint not null,
    starts_at bigint not null,
    ends_at bigint not null,
    changed bigint not null,              -- the number of the box at its last change
    n_shown integer not null default 0,
    first_shown_at bigint not null default 0,
    last_shown_at bigint not null default 0,
    read_at bigint not null default 0,
    clicked_at bigint not null default 0,
    dismissed_at bigint not null default 0,
    withdrawn_at bigint not null default 0,
    told bytea[] not null default '{}',   -- what clients told of it, each known again
    primary key (brand_id, message_id)
);
create index inapp_cards_person on inapp_cards (brand_id, profile_id, changed);
create index inapp_cards_template on inapp_cards (brand_id, template, made_at);
create index inapp_cards_end on inapp_cards (ends_at);

-- Conversations ----------------------------------------------------------------------------------

-- How things stand with somebody who wrote to the brand: one row a person, over all channels.
create table conversations (
    brand_id smallint not null,
    profile_id bigint not null,           -- the present one when it was last written
    state text not null,                  -- open, waiting or closed
    channel text not null,                -- where they wrote last
    account text not null,
    assignee integer not null,            -- 0 = nobody
    opened_at bigint not null,
    unanswered_since bigint not null,     -- 0 = they wait for nothing
    heard_at bigint not null,
    answered_at bigint not null,
    closed_at bigint not null,
    changed_at bigint not null,
    primary key (brand_id, profile_id)
);
create index conversations_live on conversations (brand_id, unanswered_since, changed_at desc)
    where state <> 'closed';
create index conversations_silent on conversations (brand_id, changed_at)
    where state = 'waiting';
create index conversations_recent on conversations (brand_id, changed_at desc);

-- What was said; the words are in the vault, under their tokens.
create table conversation_lines (
    brand_id smallint not null,
    profile_id bigint not null,           -- with whom it came
    line_id bytea not null,
    at bigint not null,
    kind text not null,                   -- in, out, note or mark
    channel text not null,
    account text not null,
    what text not null,                   -- text, image ...; of a mark what was done
    token bytea not null,                 -- '' = no words
    title_token bytea not null,
    user_id integer not null,             -- 0 = none of the users
    by_whom text not null,
    message_id bytea not null,            -- of the outbox; '' = it went another way
    keyword text not null,
    is_claim boolean not null,
    primary key (brand_id, line_id)
);
create index conversation_lines_person on conversation_lines (brand_id, profile_id, at desc, line_id);

-- Disputes that shops and people told of: while one is open, marketing waits.
create table disputes (
    brand_id smallint not null,
    dispute_id bytea not null,
    profile_id bigint not null,
    order_id text not null,
    opened_at bigint not null,            -- 0 = only its end was told
    ended_at bigint not null,             -- 0 = it is open
    primary key (brand_id, dispute_id)
);
create index disputes_person on disputes (brand_id, profile_id) where ended_at = 0;
create index disputes_order on disputes (brand_id, order_id) where order_id <> '';

-- WeChat ground ---------------------------------------------------------------------------------

-- Codes to scan: of an official account (by scene) or of WeCom's employees (by state).
create table scan_codes (
    brand_id smallint not null,
    code_id bigint generated always as identity,
    channel text not null,                -- wechat, wecom
    account text not null,
    scene text not null,                  -- the brand's word: what the platform hands back
    name text not null,
    campaign text not null,
    store text not null,
    answer text not null,                 -- what who comes by it is told: words, or a template
    users text[] not null,                -- the employees of a WeCom code
    ticket text not null,                 -- the platform's own id of it
    url text not null,                    -- what the picture says, or where it lies
    lives_s bigint not null,              -- 0 = it never ends
    made_at bigint not null,
    made_by text not null,
    expires_at bigint not null,           -- 0 = never
    ended_at bigint not null default 0,   -- it was taken back
    primary key (brand_id, code_id)
);
create unique index scan_codes_scene on scan_codes (brand_id, channel, account, scene)
    where ended_at = 0;

-- Which version of a menu an official account shows.
create table shown_menus (
    brand_id smallint not null,
    slug text not null,
    account text not null,
    version integer not null,             -- 0 = none yet
    menu_id text not null,                -- the platform's, of a menu for some
    tried_version integer not null,
    tried_at bigint not null,
    response text not null,               -- why the tried one is not shown; '' = it is
    primary key (brand_id, slug)
);

-- Articles of official accounts: drafts, and what became of them.
create table articles (
    brand_id smallint not null,
    article_id bigint generated always as identity,
    account text not null,
    title text not null,                  -- of the first
    templates text[] not null,            -- slug@version locale, in their order
    draft text not null,                  -- the platform's id
    job text not null,                    -- of the publishing; '' = not handed in
    state text not null,                  -- drafted, publishing, published, failed, removed
    reason text not null,
    urls text[] not null,
    made_at bigint not null,
    made_by text not null,
    changed_at bigint not null,
    primary key (brand_id, article_id)
);
create index articles_job on articles (brand_id, account, job);

-- Pictures that lie with the platform already.
create table platform_pictures (
    brand_id smallint not null,
    account text not null,
    digest bytea not null,
    is_cover boolean not null,
    place text not null,                  -- its id or address there
    made_at bigint not null,
    primary key (brand_id, account, digest, is_cover)
);

-- Addresses of ours that open a page of a mini-program.
create table mini_links (
    code text primary key,
    brand_id smallint not null,
    account text not null,
    name text not null,
    page text not null,
    query text not null,
    fallback text not null,               -- where those are sent for whom it cannot be opened
    made_at bigint not null,
    made_by text not null,
    n_opened bigint not null default 0,
    n_refused bigint not null default 0,
    ended_at bigint not null default 0
);
create index mini_links_brand on mini_links (brand_id, made_at);

-- People of whom a platform is to be asked who they are; gone as soon as it has said so.
create table platform_lookups (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    mark bytea not null,                  -- keyed hash of the address
    sealed bytea not null,                -- the address
    reason text not null,                 -- why it may have ended; '' = it has not
    due_at bigint not null,
    n_tries integer not null default 0,
    primary key (brand_id, channel, account, mark)
);
create index platform_lookups_due on platform_lookups (due_at);

-- Greetings that WeCom takes within twenty seconds, once.
create table wecom_greetings (
    brand_id smallint not null,
    account text not null,
    mark bytea not null,                  -- hash of the welcome code
    sealed bytea not null,                -- the code; '' = it is spent
    scene text not null,
    made_at bigint not null,
    until bigint not null,
    state text not null,                  -- waiting, sending, sent, late, failed, nothing
    response text not null,
    primary key (brand_id, account, mark)
);
create index wecom_greetings_waiting on wecom_greetings (until) where state = 'waiting';

-- What employees were asked to send, and how far they are.
create table wecom_jobs (
    brand_id smallint not null,
    account text not null,
    job text not null,                    -- the platform's id
    kind text not null,                   -- people, groups
    title text not null,
    n_asked integer not null,
    n_sent integer not null default 0,
    n_failed integer not null default 0,
    n_waiting integer not null default 0,
    made_at bigint not null,
    made_by text not null,
    looked_at bigint not null default 0,
    due_at bigint not null,               -- when it is looked at next
    reminded bigint[] not null default '{}',
    until bigint not null,                -- then what nobody confirmed is taken back
    ended_at bigint not null default 0,
    primary key (brand_id, account, job)
);
create index wecom_jobs_due on wecom_jobs (due_at) where ended_at = 0;

-- Ad platforms ----------------------------------------------------------------------------------

create table ad_accounts (
    brand_id smallint not null,
    name text not null,
    platform text not null,
    sealed bytea not null,                -- the fields, sealed with the instance key
    paused text not null,                 -- why nothing more is shared through it; '' = it works
    created_at bigint not null,
    changed_at bigint not null,
    spend_due_at bigint not null default 0,   -- when the platform is asked again what was spent
    primary key (brand_id, name)
);

-- An audience as it stands at its platform; what it is, its document says.
create table ad_audiences (
    brand_id smallint not null,
    slug text not null,
    account text not null,
    stamp bytea not null,                 -- of the document that its members were looked at by
    remote text not null,                 -- its id there; '' = not made yet
    is_published boolean not null,
    fill_after bigint not null,           -- members up to this id were looked at; -1 = all were
    due_at bigint not null,
    n_failures integer not null,
    failing_since bigint not null,        -- 0 = it works
    last_error text not null,
    last_ok_at bigint not null,           -- 0 = never
    served_at bigint not null,
    primary key (brand_id, slug)
);

create table ad_members (
    brand_id smallint not null,
    audience text not null,
    profile_id bigint not null,
    joined smallint not null,             -- by a journey: 1 put in, -1 taken out, 0 neither
    shared bytea not null,                -- sealed hashes that the platform may hold; '' = none
    shared_at bigint not null,
    why text not null,                    -- why nothing is shared: no_consent ...; '' = it is
    dirty_at bigint not null,             -- to be looked at since; 0 = as it should be
    primary key (brand_id, audience, profile_id)
);
create index ad_members_dirty on ad_members (brand_id, audience, dirty_at) where dirty_at > 0;
create index ad_members_person on ad_members (brand_id, profile_id);

-- Who was shared with whom, when, and on which consent: append-only.
create table ad_transfers (
    brand_id smallint not null,
    transfer_id bigint generated always as identity,
    at bigint not null,
    profile_id bigint not null,
    platform text not null,
    account text not null,
    audience text not null,               -- '' = a conversion
    action text not null,                 -- added, removed, converted
    kinds text not null,                  -- phone,email,click
    reason text not null,                 -- of a removal: no_consent, left, erased ...
    consent bigint not null,              -- position of the yes that it rests on; 0 = a removal
    reference text not null,              -- a conversion's event id
    primary key (brand_id, transfer_id)
);
create index ad_transfers_person on ad_transfers (brand_id, profile_id, transfer_id);
create index ad_transfers_audience on ad_transfers (brand_id, audience, transfer_id);

-- The last click of a person on an ad of each platform.
create table ad_clicks (
    brand_id smallint not null,
    profile_id bigint not null,
    platform text not null,
    name text not null,                   -- the parameter that carried it
    click text not null,
    at bigint not null,
    primary key (brand_id, profile_id, platform)
);
create index ad_clicks_age on ad_clicks (at);

create table ad_conversions (
    brand_id smallint not null,
    account text not null,
    event_id text not null,               -- the same order and event, the same id
    profile_id bigint not null,
    event text not null,
    order_id text not null,
    value bigint not null,
    currency text not null,
    at bigint not null,
    state text not null,                  -- waiting, sending, sent, skipped, refused, unknown
    reason text not null,
    due_at bigint not null,
    n_tries integer not null,
    sent_at bigint not null,
    primary key (brand_id, account, event_id)
);
create index ad_conversions_due on ad_conversions (brand_id, account, due_at)
    where state in ('waiting', 'sending');

-- What was asked of campaigns there: proposed first, carried out once.
create table ad_controls (
    brand_id smallint not null,
    control_id bytea not null,
    at bigint not null,
    account text not null,
    platform text not null,
    object_id text not null,
    action text not null,                 -- pause, resume, budget
    amount bigint not null,
    currency text not null,
    reason text not null,
    by_whom text not null,
    state text not null,                  -- proposed, doing, done, failed, unknown
    answer text not null,
    done_at bigint not null,
    primary key (brand_id, control_id)
);
create index ad_controls_at on ad_controls (brand_id, at);

create table ad_spend (
    brand_id smallint not null,
    account text not null,
    day date not null,
    object_id text not null,
    name text not null,
    currency text not null,
    cost bigint not null,
    impressions bigint not null,
    clicks bigint not null,
    conversions bigint not null,
    source text not null,                 -- api or file
    written_at bigint not null,
    primary key (brand_id, account, day, object_id)
);

-- Credits ---------------------------------------------------------------------------------------

-- Rights to send one message, a row each: a subscription, a place in a customer-service window.
create table message_credits (
    brand_id smallint not null,
    channel text not null,
    app text not null,
    address bytea not null,               -- the contact point's; '' = of whichever the person has
    profile_id bigint not null,           -- with whom it came
    subject text not null,                -- a template's id, window:message, mass:2026-11 ...
    position bigint not null,             -- of the event that gave it
    nth smallint not null,
    lasting boolean not null,             -- it is not used up
    granted_at bigint not null,
    until bigint not null,                -- 0 = for ever
    message_id bytea,                     -- who holds it
    taken_at bigint not null,
    spent_at bigint not null,             -- 0 = it is not
    source text not null,                 -- who told: platform, client, both
    primary key (brand_id, channel, app, address, subject, position, nth)
);
create index message_credits_message on message_credits (brand_id, message_id)
    where message_id is not null;
create index message_credits_address on message_credits (brand_id, channel, address)
    where spent_at = 0;
create index message_credits_person on message_credits (brand_id, profile_id) where spent_at = 0;
create index message_credits_spent on message_credits (brand_id, spent_at) where spent_at > 0;
create index message_credits_ended on message_credits (brand_id, until) where until > 0;

-- Templates that people switched off.
create table message_mutes (
    brand_id smallint not null,
    channel text not null,
    app text not null,
    address bytea not null,
    template_id text not null,
    at bigint not null,
    until bigint not null,
    primary key (brand_id, channel, app, address, template_id)
);

-- Kinds of messages for which a platform takes no more calls of an account just now.
create table channel_blocks (
    brand_id smallint not null,
    channel text not null,
    account text not null,
    kind text not null,
    until bigint not null,
    primary key (brand_id, channel, account, kind)
);

-- Roll-outs -------------------------------------------------------------------------------------

-- How far each roll-out has come; its document says what it is.
create table rollouts (
    brand_id smallint not null,
    slug text not null,
    state text not null,                  -- checking, running, held, done
    tier integer not null,
    percent double precision not null,    -- of the audience; 0 = gate 0
    since bigint not null,                -- when this stage began
    due_at bigint not null,               -- when its gates are looked at next
    looked_at bigint not null,            -- when they were looked at last; 0 = never
    readings text not null,               -- what they showed then, as JSON
    fault text not null,                  -- why they could not be read; '' = they could
    told_at bigint not null,              -- when somebody was asked to look; 0 = nobody was
    primary key (brand_id, slug)
);
create index rollouts_due on rollouts (due_at) where state in ('checking', 'running');

-- What became of each roll-out and who did it; never changed.
create table rollout_moves (
    brand_id smallint not null,
    slug text not null,
    move_id bigint generated always as identity,
    at bigint not null,
    what text not null,                   -- began, passed, held, resumed, set, done
    tier integer not null,
    percent double precision not null,
    by text not null,                     -- '' = Huiliu itself
    note text not null,
    readings text not null,
    primary key (brand_id, slug, move_id)
);

-- Push -----------------------------------------------------------------------------------------

-- Marketing that the maker of a phone still shows on a day in China; a message has one place.
create table push_places (
    brand_id smallint not null,
    day integer not null,                 -- days since 1970 in China
    app text not null,
    address bytea not null,               -- the contact point's
    message_id bytea not null,
    primary key (brand_id, day, app, address, message_id)
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
