-- name: events
select found.replay_at, found.position, coalesce(m.to_profile, found.profile_id), found.name,
       found.kind, found.occurred_at, found.body
from (
    select case when l.flags & 1 = 1 then l.occurred_at else l.received_at end as replay_at,
           (l.log_partition::bigint << 48) | l.log_offset as position,
           p.profile_id, l.name, l.kind, l.occurred_at, l.body
    from event_log l
    join event_profiles p using (log_partition, log_offset)
    where l.brand_id = %(brand)s
      and (l.name = any(%(names)s) or l.kind = any(%(kinds)s))
) found
left join identity_map m on m.brand_id = %(brand)s and m.from_profile = found.profile_id
where found.replay_at < %(until)s
order by found.replay_at, found.position;
