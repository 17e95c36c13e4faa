-- name: schema
create schema if not exists facts;

-- name: shape
-- What made these facts; a file of another shape is filled anew.
create table if not exists facts.shape (shape varchar not null);

-- name: offsets
-- How far each thing has been followed; moves in the same transaction as the rows.
create table if not exists facts.offsets (consumer varchar not null, reached bigint not null);

-- name: events
-- Ids are those that the events came with; identity_map gives the present ones.
create table if not exists facts.events (
    brand_id smallint not null,
    position bigint not null,
    event varchar not null,
    name varchar not null,
    kind varchar not null,
    profile_id bigint,
    occurred_at timestamp not null,
    received_at timestamp not null,
    replay_at timestamp not null,
    flags smallint not null,
    properties json not null,
    channel varchar,
    -- device, os and app of the context, where it told a device or an os.
    device json
);

-- name: order_told
-- What each event of an order says, taken out of its JSON once; ids are those of the events.
create table if not exists facts.order_told (
    brand_id smallint not null,
    profile_id bigint not null,
    name varchar not null,
    occurred_at timestamp not null,
    position bigint not null,
    order_id varchar not null,
    total double,
    discount double,
    coupon boolean not null,
    category varchar,
    channel varchar,
    currency varchar,
    refund double,
    is_part boolean not null
);

-- name: traits
-- rank orders the values of a trait: by event time, then by position.
create table if not exists facts.traits (
    brand_id smallint not null,
    profile_id bigint not null,
    trait varchar not null,
    value json not null,
    rank decimal(38, 0) not null,
    replay_at timestamp not null
);

-- name: people
create table if not exists facts.people (
    brand_id smallint not null,
    profile_id bigint not null,
    first_seen_at timestamp not null,
    replay_at timestamp not null
);

-- name: orders
create table if not exists facts.orders (
    brand_id smallint not null,
    order_id varchar not null,
    profile_id bigint,
    position bigint not null,
    occurred_at timestamp not null,
    name varchar not null,
    status varchar,
    total decimal(18, 3),
    currency varchar,
    promised_at timestamp
);

-- name: messages
create table if not exists facts.messages (
    brand_id smallint not null,
    message_id varchar not null,
    profile_id bigint,
    position bigint not null,
    occurred_at timestamp not null,
    name varchar not null,
    channel varchar,
    template varchar,
    journey varchar,
    node varchar,
    reason varchar
);

-- name: memberships
create table if not exists facts.memberships (
    brand_id smallint not null,
    segment varchar not null,
    profile_id bigint not null,
    position bigint not null,
    occurred_at timestamp not null,
    entered boolean not null
);

-- name: journey_steps
create table if not exists facts.journey_steps (
    brand_id smallint not null,
    run_id varchar not null,
    journey varchar not null,
    version integer not null,
    profile_id bigint not null,
    node varchar not null,
    visit integer not null,
    occurred_at timestamp not null,
    what varchar not null,
    details json,
    -- Where in the trace it stands, and at which node the run stood after it.
    step_id bigint not null,
    stands_at varchar not null
);

-- name: identities
create table if not exists facts.identities (
    brand_id smallint not null,
    type varchar not null,
    identifier varchar not null,
    profile_id bigint not null,
    first_seen_at timestamp not null,
    replay_at timestamp not null
);

-- name: suppressions
-- Every time an address was put on the list of those never written to, or taken off.
create table if not exists facts.suppressions (
    brand_id smallint not null,
    identifier varchar not null,
    suppressed boolean not null,
    position bigint not null,
    replay_at timestamp not null
);

-- name: merges
-- Who was merged into whom, as it was decided: the tree that an unmerge takes apart again.
create table if not exists facts.merges (
    brand_id smallint not null,
    from_profile bigint not null,
    to_profile bigint not null,
    position bigint not null
);

-- name: identity_map
-- Every merged profile and the present one.
create table if not exists facts.identity_map (
    brand_id smallint not null,
    from_profile bigint not null,
    to_profile bigint not null
);

-- name: present
-- Every present profile once. This table and the next hold nothing that the facts above do not:
-- they are kept beside them because every count of a segment begins with them.
create table if not exists facts.present (
    brand_id smallint not null,
    profile_id bigint not null
);

-- name: latest_traits
create table if not exists facts.latest_traits (
    brand_id smallint not null,
    profile_id bigint not null,
    trait varchar not null,
    value json not null,
    rank decimal(38, 0) not null
);

-- name: touches
-- The first and last channel and the last device of each id, in the order of rank.
create table if not exists facts.touches (
    brand_id smallint not null,
    profile_id bigint not null,
    first_channel varchar,
    first_rank decimal(38, 0),
    last_channel varchar,
    last_rank decimal(38, 0),
    device json,
    device_rank decimal(38, 0)
);

-- name: tag_values
-- Every change of a tag's value, under the id that it was set for; null = cleared. This table and
-- the next are not made from the log: they outlive a rebuild.
create table if not exists facts.tag_values (
    brand_id smallint not null,
    tag varchar not null,
    profile_id bigint not null,
    value json,
    set_at timestamp not null,
    expires_at timestamp
);

-- name: latest_tags
create table if not exists facts.latest_tags (
    brand_id smallint not null,
    tag varchar not null,
    profile_id bigint not null,
    value json not null,
    set_at timestamp not null,
    expires_at timestamp
);
