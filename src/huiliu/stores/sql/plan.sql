-- name: observe
insert into tracking_plan as plan
    (brand_id, event, property, type, first_at, last_at, n_seen, n_violations)
select * from unnest(
    %s::smallint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::bigint[]
)
on conflict (brand_id, event, property) do update set
    first_at = least(plan.first_at, excluded.first_at),
    last_at = greatest(plan.last_at, excluded.last_at),
    n_seen = plan.n_seen + excluded.n_seen,
    n_violations = plan.n_violations + case
        when plan.type in ('null', excluded.type) then excluded.n_violations
        when excluded.type = 'null' then 0
        -- Mostly another type than the plan's: at least those of that type break it.
        else excluded.n_seen - excluded.n_violations
    end,
    -- A property that was only ever null takes the first real type.
    type = case when plan.type = 'null' then excluded.type else plan.type end;

-- name: entries
select brand_id, event, property, type, first_at, last_at, n_seen, n_violations
from tracking_plan where brand_id = %s order by event, property;
