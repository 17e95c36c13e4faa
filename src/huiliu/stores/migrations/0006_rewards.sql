-- Rewards: coupons and promotions, points, codes, the checkout, bringing friends.
-- Money is minor units; points are numeric(18, 2); see docs/adr/0063 to 0067.

-- Points ---------------------------------------------------------------------------------------

-- What each person holds: derived from points_legs, and the row that everybody locks first.
create table points_wallets (
    brand_id smallint not null,
    profile_id bigint not null,
    available numeric(18, 2) not null default 0 check (available >= 0),
    pending numeric(18, 2) not null default 0 check (pending >= 0),
    debt numeric(18, 2) not null default 0 check (debt >= 0),   -- clawed back after it was spent
    primary key (brand_id, profile_id)
);

-- What was asked for, and the answer; never changed.
create table points_entries (
    brand_id smallint not null,
    entry bytea not null,                 -- hash of brand and idempotency key
    kind text not null,                   -- earn, burn, give_back, claw_back, transfer ...
    profile_id bigint not null,
    other bigint not null,                -- the other person of a transfer or a fold; 0 = none
    asked numeric(18, 2) not null,
    amount numeric(18, 2) not null,       -- what was moved
    channel text not null,
    reason text not null,
    order_id text not null,
    at bigint not null,                   -- when it happened
    booked_at bigint not null,            -- when it was written; days are closed by it
    by_whom text not null,                -- who did it by hand; '' = a rule or a client
    body bytea not null,                  -- hash of what was asked: the same key must ask the same
    refused text not null,                -- why nothing was moved; '' = it was
    available numeric(18, 2) not null,    -- after it
    pending numeric(18, 2) not null,
    expires_at bigint not null,           -- of a burn: when the first of its lots would have ended
    is_whole boolean not null,            -- of what is taken back: the whole order was undone
    worth numeric(18, 2) not null,        -- of what an order earned: the order's total
    primary key (brand_id, entry)
);
create index points_entries_person on points_entries (brand_id, profile_id, booked_at);
create index points_entries_other on points_entries (brand_id, other, booked_at) where other <> 0;
create index points_entries_booked on points_entries (brand_id, booked_at);
create index points_entries_order on points_entries (brand_id, order_id) where order_id <> '';

-- Debits and credits: those of an entry add up to nothing; never changed.
create table points_legs (
    brand_id smallint not null,
    entry bytea not null,
    nth smallint not null,
    account text not null,                -- available, pending, debt; issued, redeemed ...
    profile_id bigint not null,           -- 0 = an account of the programme
    amount numeric(18, 2) not null,
    lot bytea,                            -- the lot it was put in or taken from
    lot_nth smallint not null,
    primary key (brand_id, entry, nth)
);

-- Nobody changes what was booked: a mistake is booked again, the other way round.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'what is booked is never changed';
end $$;
create trigger points_entries_stay before update or delete on points_entries
    for each row execute function refuse_change();
create trigger points_legs_stay before update or delete on points_legs
    for each row execute function refuse_change();

-- Points that came together and end together.
create table points_lots (
    brand_id smallint not null,
    lot bytea not null,                   -- the entry that made it
    nth smallint not null,
    profile_id bigint not null,
    came_with bigint not null,            -- whose it was before people were merged
    channel text not null,                -- where it was earned
    order_id text not null,
    amount numeric(18, 2) not null,
    open numeric(18, 2) not null check (open >= 0 and open <= amount),
    is_pending boolean not null,
    earned_at bigint not null,
    matures_at bigint not null,           -- 0 = it could be spent at once
    expires_at bigint not null,           -- 0 = never
    primary key (brand_id, lot, nth)
);
create index points_lots_open on points_lots (brand_id, profile_id) where open > 0;
create index points_lots_matures on points_lots (matures_at) where open > 0 and is_pending;
create index points_lots_expires on points_lots (expires_at)
    where open > 0 and not is_pending and expires_at > 0;

-- Days that are closed: each hash covers the day's entries and the hash before it.
create table points_closes (
    brand_id smallint not null,
    day date not null,
    until bigint not null,                -- entries that were booked before this
    n_entries bigint not null,
    n_legs bigint not null,
    totals text not null,                 -- account -> its sum at the day's end, as JSON
    before bytea not null,
    hash bytea not null,
    closed_at bigint not null,
    by_whom text not null,
    primary key (brand_id, day)
);

-- Coupons and promotions -------------------------------------------------------------------------

-- Unique codes, made beforehand or when one is issued; a generic code has no row.
create table coupon_codes (
    brand_id smallint not null,
    code text not null,                   -- as codes are compared: capitals and digits
    coupon text not null,                 -- the pool's slug
    job_id bigint not null,               -- which job made it; 0 = it was made when it was issued
    profile_id bigint,                    -- to whom it was issued; null = nobody in particular
    issue_key bytea,                      -- asked for again with this, it is the same code
    issued_at bigint,                     -- null = it lies in the pool
    expires_at bigint not null,           -- 0 = with its pool
    channel text not null,                -- by which it was issued; '' = none was told
    is_void boolean not null default false,
    primary key (brand_id, code)
);
create index coupon_codes_free on coupon_codes (brand_id, coupon) where issued_at is null;
create unique index coupon_codes_key on coupon_codes (brand_id, coupon, issue_key)
    where issue_key is not null;
create index coupon_codes_person on coupon_codes (brand_id, profile_id)
    where profile_id is not null;
create index coupon_codes_job on coupon_codes (brand_id, job_id, code) where job_id > 0;

-- Jobs that make or take in codes; `n_made` moves with the codes, so a job that died goes on.
create table coupon_jobs (
    brand_id smallint not null,
    job_id bigint generated always as identity,
    coupon text not null,
    n_wanted bigint not null,
    n_made bigint not null,
    at bigint not null,
    by text not null,
    done_at bigint not null,              -- 0 = it is not done
    exported_at bigint not null,          -- 0 = its codes were never handed out as a file
    primary key (brand_id, job_id)
);

-- How much of each limit is used: a claim is one statement that never passes the limit.
create table reward_counters (
    brand_id smallint not null,
    scope text not null,                  -- promotion, coupon, code
    slug text not null,                   -- which one
    what text not null,                   -- total, person, day, budget, issued, issued_person
    member text not null,                 -- of whom, or on which day; '' = of all
    used bigint not null,
    cap bigint not null,                  -- the limit as the last claim knew it
    primary key (brand_id, scope, slug, what, member)
) with (fillfactor = 50);

-- Orders that took promotions: one row an order, whatever becomes of it.
create table redemptions (
    brand_id smallint not null,
    order_id text not null,
    state text not null,                  -- reserved, redeemed, rolled_back, expired
    profile_id bigint,
    digest bytea not null,                -- of person and basket: the same asked again
    codes text[] not null,
    currency text not null,
    channel text not null,
    store text not null,
    total bigint not null,                -- minor units, before discounts
    discount bigint not null,
    answer text not null,                 -- as it was priced, JSON
    claims text not null,                 -- what it took of limits, JSON
    created_at bigint not null,
    expires_at bigint not null,           -- of a reservation; 0 = never
    changed_at bigint not null,
    by text not null,                     -- who rolled it back
    reason text not null,
    primary key (brand_id, order_id)
);
create index redemptions_due on redemptions (expires_at) where state = 'reserved';
create index redemptions_person on redemptions (brand_id, profile_id) where profile_id is not null;
create index redemptions_changed on redemptions (brand_id, changed_at);

-- Which promotion an order took by which code.
create table redemption_parts (
    brand_id smallint not null,
    order_id text not null,
    nth smallint not null,
    promotion text not null,
    version integer not null,
    coupon text not null,                 -- '' = it needs none
    code text not null,
    discount bigint not null,
    primary key (brand_id, order_id, nth)
);
create index redemption_parts_code on redemption_parts (brand_id, code) where code <> '';
create index redemption_parts_promotion on redemption_parts (brand_id, promotion);
create index redemption_parts_coupon on redemption_parts (brand_id, coupon) where coupon <> '';

-- What counts towards a level: an order, or points that were earned, once each.
create table tier_facts (
    brand_id smallint not null,
    programme text not null,
    -- As it came; a merge changes nothing here.
    profile_id bigint not null,
    -- Hash of what it is: of an order's number.
    ref bytea not null,
    at bigint not null,
    -- Minor units, or hundredths of points or orders, before the weight.
    paid bigint not null default 0,
    refunded bigint not null default 0,
    -- How much of it counts, hundredths.
    weight smallint not null default 100,
    primary key (brand_id, programme, profile_id, ref)
);
create index tier_facts_ref on tier_facts (brand_id, programme, ref);

create table tier_states (
    brand_id smallint not null,
    programme text not null,
    profile_id bigint not null,
    level text not null,
    since bigint not null,
    -- When it is looked at again: until then nobody falls.
    until bigint not null,
    measured bigint not null,
    primary key (brand_id, programme, profile_id)
);
create index tier_states_until on tier_states (brand_id, programme, until);
create index tier_states_level on tier_states (brand_id, programme, level, measured desc);

-- What a level or a rule gave, each once.
create table tier_gifts (
    brand_id smallint not null,
    programme text not null,
    profile_id bigint not null,
    ref bytea not null,
    -- `level` or `feed`, and which.
    source text not null,
    name text not null,
    at bigint not null,
    points numeric(18, 2) not null,
    coupon text not null,
    code text not null,
    -- '' = it was given.
    refused text not null,
    primary key (brand_id, programme, profile_id, ref)
);
create index tier_gifts_name on tier_gifts (brand_id, programme, profile_id, source, name, at);

-- What of a catalogue is taken: by all, and by one person.
create table reward_stock (
    brand_id smallint not null,
    catalogue text not null,
    item text not null,
    -- 0 = everybody together.
    profile_id bigint not null,
    taken bigint not null,
    primary key (brand_id, catalogue, item, profile_id)
);

create table reward_exchanges (
    brand_id smallint not null,
    exchange_id bytea not null,
    -- Hash of what was asked with the key.
    asked bytea not null,
    catalogue text not null,
    item text not null,
    version integer not null,
    profile_id bigint not null,
    channel text not null,
    points numeric(18, 2) not null,
    -- coupon, gift or product, and which.
    gives text not null,
    subject text not null,
    code text not null,
    -- done, to_send, sent or cancelled.
    state text not null,
    at bigint not null,
    changed_at bigint not null,
    by text not null,
    reason text not null,
    primary key (brand_id, exchange_id)
);
create index reward_exchanges_at on reward_exchanges (brand_id, at desc, exchange_id);
create index reward_exchanges_person on reward_exchanges (brand_id, profile_id, at desc);

-- Bringing friends -------------------------------------------------------------------------------

-- A link that one person shares. Its code is a keyed hash: nobody can guess another's.
create table share_links (
    code text not null primary key,
    brand_id smallint not null,
    kind text not null,                   -- invite, post ...
    subject text not null,                -- id of the invite, of the post
    profile_id bigint not null,           -- who shares; 0 = known by the invite
    url text not null,                    -- where it leads; '' = a page of ours
    made_at bigint not null
);
create index share_links_subject on share_links (brand_id, kind, subject);

create table share_counts (
    brand_id smallint not null,
    code text not null,
    day integer not null,
    what text not null,                   -- share, visit, machine
    slot smallint not null,
    n bigint not null,
    primary key (brand_id, code, day, what, slot)
);

-- What one person opened in a campaign, so that friends come.
create table invites (
    brand_id smallint not null,
    invite_id bytea not null,             -- 16 bytes
    campaign text not null,
    version integer not null,             -- of the campaign's document
    mechanic text not null,
    owner bytea not null,                 -- key of an identifier of the person
    profile_id bigint not null,           -- the same person; 0 = the projector has not met them yet
    needs integer not null,               -- friends that complete it; 0 = each counts
    state text not null,                  -- open, done, over, failed
    n_taken integer not null,             -- seats that friends took
    n_counted integer not null,           -- friends who count
    device bytea,                         -- keyed hashes, forgotten when the invite is old
    address bytea,
    code text not null,                   -- of its share link
    opened_at bigint not null,
    closes_at bigint not null,
    ended_at bigint not null,             -- 0 = it is open
    primary key (brand_id, invite_id)
);
create index invites_campaign on invites (brand_id, campaign, opened_at desc, invite_id);
create index invites_owner on invites (brand_id, campaign, owner);
create index invites_person on invites (brand_id, profile_id) where profile_id > 0;
create index invites_due on invites (closes_at) where state = 'open';

create table invite_friends (
    brand_id smallint not null,
    invite_id bytea not null,
    friend bytea not null,                -- key of an identifier of the person
    campaign text not null,
    profile_id bigint not null,           -- 0 = the projector has not met them yet
    inviter bigint not null,              -- profile of who invited; 0 = as above
    state text not null,                  -- waiting, review, ordering, counted, refused
    reason text not null,                 -- why refused
    is_new boolean not null,              -- the brand met them after the invite was opened
    is_proved boolean not null,
    score integer not null,
    signals jsonb not null,               -- name -> what was counted
    device bytea,
    address bytea,
    took bigint,                          -- microseconds on the page; null = a server told it
    is_machine boolean not null,
    accepted_at bigint not null,
    due_at bigint not null,               -- when it is looked at again; 0 = not by itself
    paid_at bigint not null,              -- their first order since; 0 = none
    order_key bytea,                      -- hash of that order's id
    decided_at bigint not null,
    decided_by text not null,
    note text not null,
    primary key (brand_id, invite_id, friend)
);
create index invite_friends_due on invite_friends (due_at) where due_at > 0;
create index invite_friends_review on invite_friends (brand_id, accepted_at) where state = 'review';
create index invite_friends_campaign on invite_friends (brand_id, campaign, accepted_at desc);
create index invite_friends_person on invite_friends (brand_id, profile_id) where profile_id > 0;
create index invite_friends_inviter on invite_friends (brand_id, inviter) where inviter > 0;
create index invite_friends_device on invite_friends (brand_id, campaign, device)
    where device is not null;

-- How often a person, device or address was counted in a campaign: a claim is one statement.
create table invite_uses (
    brand_id smallint not null,
    campaign text not null,
    what text not null,                   -- friend, device, address, invites, rewards
    key bytea not null,
    n integer not null,
    primary key (brand_id, campaign, what, key)
);

-- Who gets what for it; each once.
create table invite_rewards (
    brand_id smallint not null,
    invite_id bytea not null,
    person bytea not null,                -- key of an identifier: the owner's or the friend's
    for_friend bytea not null,            -- which friend earned it; empty = the whole invite
    campaign text not null,
    role text not null,                   -- inviter or friend
    coupon text not null,                 -- '' = points
    points numeric(18, 2) not null,
    worth bigint not null,                -- minor units, as the campaign reckons
    currency text not null,               -- '' = nobody said what it is worth
    state text not null,                  -- due, given, refused
    reason text not null,                 -- why not yet, or not at all
    given text not null,                  -- the coupon's code, the entry of the points
    due_at bigint not null,               -- when it is tried next; 0 = not any more
    made_at bigint not null,
    given_at bigint not null,
    primary key (brand_id, invite_id, person, for_friend)
);
create index invite_rewards_due on invite_rewards (due_at) where due_at > 0;
create index invite_rewards_campaign on invite_rewards (brand_id, campaign, made_at desc);

-- The checkout -----------------------------------------------------------------------------------

-- Sales of tills and self-checkouts, one a receipt number; a repeat finds its first answer here.
create table pos_receipts (
    brand_id smallint not null,
    order_id text not null,               -- pos:<store>:<terminal>:<day>:<receipt>
    store text not null,
    terminal text not null,               -- '' = the store has one
    business_date text not null,          -- '' = receipt numbers never come again
    receipt text not null,
    state text not null,                  -- pending (being paid), committed, voided, dropped
    origin text not null,                 -- till, offline, self
    asked bytea not null,                 -- hash of what was asked: the same number must ask the same
    profile_id bigint,
    currency text not null,
    total bigint not null,                -- minor units, what was to be paid
    discount bigint not null,
    points_burnt numeric(18, 2) not null,
    sale json not null,                   -- lines as they were sold, what was saved and why
    differences text[] not null default '{}', -- what the till did and we would not have
    occurred_at bigint not null,
    created_at bigint not null,
    committed_at bigint,
    voided_at bigint,
    voided_by text not null default '',
    primary key (brand_id, order_id)
);
create index pos_receipts_newest on pos_receipts (brand_id, created_at desc, order_id);
create index pos_receipts_differing on pos_receipts (brand_id, created_at desc)
    where differences <> '{}';

-- Accounts at providers of payments, sealed.
create table payment_accounts (
    brand_id smallint not null,
    name text not null,
    provider text not null,               -- wechat_pay, alipay, trial
    sealed bytea not null,
    is_paused boolean not null default false,
    created_at bigint not null,
    primary key (brand_id, name)
);

-- What is to be paid, written before a provider hears of it.
create table payment_intents (
    brand_id smallint not null,
    intent_id text not null,              -- the merchant's number at the provider
    account text not null,
    provider text not null,
    order_id text not null,
    amount bigint not null,
    currency text not null,
    way text not null,                    -- qr, page
    state text not null,                  -- opening, open, paid, closed, refunding, refunded
    address text not null default '',     -- what the code holds, or the page
    reference text not null default '',   -- the provider's own number
    fault text not null default '',
    created_at bigint not null,
    expires_at bigint not null,
    settled_at bigint not null default 0,
    ask_at bigint not null,               -- when the provider is asked; 0 = never
    n_asked integer not null default 0,
    primary key (brand_id, intent_id)
);
create index payment_intents_order on payment_intents (brand_id, order_id, created_at desc);
create index payment_intents_due on payment_intents (ask_at) where ask_at > 0;

-- Codes to scan, bar codes and prices seen ---------------------------------------------------------

-- Codes of the brand's own: what stands in a shop, on a shelf, at a person, on a product.
create table qr_codes (
    brand_id smallint not null,
    code_id bigint generated always as identity,
    kind text not null,                   -- campaign, store, shelf, staff, product
    name text not null,
    campaign text not null,
    store text not null,
    shelf text not null,
    staff text not null,                  -- a number or short name of the employee's
    gtin text not null,                   -- fourteen digits; '' = about no product
    coupon text not null,                 -- the pool that a scan gives from; '' = none
    form text not null,                   -- where those go whom nobody knows
    leads jsonb not null,                 -- app, mini (code of a mini-program link), page
    scan_code bigint not null,            -- the code at WeChat beside it; 0 = none
    rotates_s integer not null,           -- its picture changes every so many seconds; 0 = never
    starts_at bigint not null,
    ends_at bigint not null,              -- 0 = never
    made_at bigint not null,
    made_by text not null,
    ended_at bigint not null,             -- taken back; 0 = in use
    primary key (brand_id, code_id)
);
-- How often a code was seen, pressed or refused: spread, as a shop's screen is scanned by many.
create table qr_counts (
    brand_id smallint not null,
    code_id bigint not null,
    day integer not null,                 -- since 1970-01-01, UTC
    what text not null,                   -- seen, machine, scanned, expired, forged ...
    slot smallint not null,
    n bigint not null,
    primary key (brand_id, code_id, day, what, slot)
);
-- Scans that were taken: the same one again gets the first answer.
create table qr_scans (
    brand_id smallint not null,
    scan bytea not null,                  -- hash of who scanned which picture
    code_id bigint not null,
    profile_id bigint not null,           -- 0 = nobody who is known
    coupon text not null,                 -- the code that it gave; '' = none
    at bigint not null,
    primary key (brand_id, scan)
);
create index qr_scans_age on qr_scans (at);

create table product_barcodes (
    brand_id smallint not null,
    gtin text not null,                   -- fourteen digits
    product_id text not null,
    variant_id text not null,             -- '' = the product itself
    at bigint not null,
    by_whom text not null,
    primary key (brand_id, gtin)
);
create index product_barcodes_product on product_barcodes (brand_id, product_id);
create index products_sku on products (brand_id, sku) where sku <> '';

-- What others ask for the same product: who said so, and when it was seen.
create table price_sightings (
    brand_id smallint not null,
    product_id text not null,
    seller text not null,
    price bigint not null,                -- minor units
    currency text not null,
    url text not null,
    source text not null,                 -- who looked: a person, a feed
    seen_at bigint not null,
    primary key (brand_id, product_id, seller)
);

-- Posts after delivery -------------------------------------------------------------------------

-- What people show of what they bought; the files lie outside, sealed with the person's key.
create table posts (
    brand_id smallint not null,
    post_id bytea not null,               -- keyed hash of person, order and files
    profile_id bigint not null,           -- as they were known then
    order_id text not null,
    product_id text not null,             -- '' = not said
    kind text not null,                   -- photo or video
    state text not null,                  -- waiting, approved, refused, withdrawn
    subject bytea not null,               -- whose key seals words and files
    words bytea not null,                 -- vault token of what they wrote; '' = nothing
    consent text not null,                -- version of the words agreed to; '' = not to be used again
    locale text not null,
    channel text not null,
    made_at bigint not null,
    decided_at bigint not null default 0,
    decided_by text not null default '',
    reason text not null default '',      -- why it was refused
    points numeric(18, 2) not null default 0,
    primary key (brand_id, post_id)
);
create index posts_listed on posts (brand_id, state, made_at, post_id);
create index posts_person on posts (brand_id, profile_id, order_id);
create index posts_product on posts (brand_id, product_id, decided_at) where state = 'approved';
create index posts_subject on posts (brand_id, subject);
create index posts_id on posts (post_id);

create table post_files (
    brand_id smallint not null,
    post_id bytea not null,
    nth smallint not null,
    name text not null,                   -- of the file in the folder; keyed, tells nothing
    still text not null,                  -- the picture that stands for a video; a photo's own name
    media_type text not null,
    width integer not null,
    height integer not null,
    seconds numeric(8, 2) not null,
    n_bytes integer not null,
    content bytea not null,               -- keyed hash of the file as it was sent
    primary key (brand_id, post_id, nth)
);
create index post_files_name on post_files (name);
create index post_files_still on post_files (still);
create index post_files_content on post_files (brand_id, content);

-- How many posts a person made of an order: claimed in one statement.
create table post_counts (
    brand_id smallint not null,
    profile_id bigint not null,
    order_id text not null,
    n integer not null,
    primary key (brand_id, profile_id, order_id)
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
