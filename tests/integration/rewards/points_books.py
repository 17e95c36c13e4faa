"""Whether the ledger of points balances: asked of the tables themselves, never of the code."""

from __future__ import annotations

import psycopg

__all__ = ["faults"]

_CHECKS = {
    "an entry whose legs do not add up to nothing": """
        select encode(entry, 'hex') from points_legs group by brand_id, entry
        having sum(amount) <> 0""",
    "an entry that moved something and has no legs, or was refused and has some": """
        select encode(e.entry, 'hex') from points_entries e
        -- Somebody may bring nothing but what they owe.
        where not (e.kind = 'fold' and e.amount = 0)
            and (e.refused = '' and e.amount <> 0) <> exists (
            select from points_legs l where l.brand_id = e.brand_id and l.entry = e.entry)""",
    "a wallet that is not the sum of its legs": """
        select w.profile_id::text from points_wallets w left join (
            select brand_id, profile_id,
                coalesce(sum(amount) filter (where account = 'available'), 0) as available,
                coalesce(sum(amount) filter (where account = 'pending'), 0) as pending,
                coalesce(-sum(amount) filter (where account = 'debt'), 0) as debt
            from points_legs group by brand_id, profile_id) l using (brand_id, profile_id)
        where (w.available, w.pending, w.debt) is distinct from
            (coalesce(l.available, 0), coalesce(l.pending, 0), coalesce(l.debt, 0))""",
    "a wallet that is not the sum of its open lots": """
        select w.profile_id::text from points_wallets w left join (
            select brand_id, profile_id,
                coalesce(sum(open) filter (where not is_pending), 0) as available,
                coalesce(sum(open) filter (where is_pending), 0) as pending
            from points_lots group by brand_id, profile_id) l using (brand_id, profile_id)
        where (w.available, w.pending) is distinct from
            (coalesce(l.available, 0), coalesce(l.pending, 0))""",
    "a lot whose open points are not the sum of its legs": """
        select encode(l.lot, 'hex') from points_lots l where l.open <> (
            select coalesce(sum(g.amount), 0) from points_legs g
            where g.brand_id = l.brand_id and g.lot = l.lot and g.lot_nth = l.nth)""",
    "somebody who owes points and has some": """
        select profile_id::text from points_wallets where debt > 0 and available > 0""",
    "an event of an entry that is not told once": """
        select e.kind from points_entries e where e.refused = '' and e.amount <> 0
            and e.kind not in ('fold', 'unfold')
            and (select count(*) from event_log v where v.brand_id = e.brand_id
                and v.name like 'Points %%' and v.name <> 'Points Received'
                and convert_from(v.body, 'utf8')::json -> 'properties' ->> 'entry'
                    = encode(e.entry, 'hex')) <> 1""",
}


def faults(database_url: str) -> list[str]:
    """Return everything that does not add up in the ledger."""
    with psycopg.connect(database_url) as connection:
        return [
            f"{name}: {row[0]}"
            for name, sql in _CHECKS.items()
            for row in connection.execute(sql.replace("%%", "%"))
        ]
