"""`campaign`: seconds to plan and queue a message to a million people.

From the moment that the occasion is due: the audience is chosen and written down, and chunk by
chunk everybody's run begins, their variant is drawn, the policy's certain refusals are told apart
(a tenth has not consented), and run, trace and outbox row are written. Two workers fill. Sending
is not part of it: `dispatch`, `smtp` and `smpp` measure that.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import psycopg

from huiliu.benches.frame import Measured, Place, Size, collecting_late
from huiliu.bootstrap import House
from huiliu.kernel.times import DAY, MINUTE, as_instant
from huiliu.ports.documents import Document
from huiliu.services.apply_template import apply_template
from huiliu.services.campaigns import CampaignDraft, Variant, create_campaign
from huiliu.services.fill import fill
from huiliu.services.schedule import schedule
from huiliu.stores.clock import SimulatedClock

__all__ = ["run"]

_BRAND: Final = 1
_NOW: Final = as_instant("2026-11-22T04:00:00Z") or 0
_SIZES: Final = {"small": 100_000, "full": 1_000_000}
#: The size that the bar speaks of.
_WHOLE: Final = 1_000_000
_WORKERS: Final = 2
_SEGMENT: Final = """huiliu: 1
kind: segment
slug: fans
name: {en: Fans}
where: {trait: tier, is: fan}
"""
_TEMPLATE: Final = """huiliu: 1
kind: template
slug: bench-SLUG
name: {en: Bench}
channel: email
class: marketing
locales:
  zh-CN: {subject: 上新, text: "上新了 {{ unsubscribe_url }}"}
"""


def run(size: Size, place: Place) -> Measured:
    """Return the seconds for a million people."""
    n_people = _SIZES[size]
    with collecting_late(), place.house(SimulatedClock(_NOW)) as house:
        _put_people(house, n_people)
        _put_campaign(house)
        begun = time.perf_counter()
        while schedule(house.world):
            pass
        chosen = time.perf_counter() - begun
        with ThreadPoolExecutor(_WORKERS) as workers:
            for done in [workers.submit(_fill_all, house) for _ in range(_WORKERS)]:
                done.result()
        seconds = time.perf_counter() - begun
        found = _count(house.database_url)
    assert found["messages"] == found["people"] == n_people, found
    details = {
        "size": {"people": n_people, "workers": _WORKERS},
        "seconds": round(seconds, 2),
        "seconds_of_choosing": round(chosen, 2),
        "rows": found,
    }
    return Measured(seconds * _WHOLE / n_people, None, details)


def _fill_all(house: House) -> None:
    """Fill until nobody is left."""
    while fill(house.world):
        pass


def _put_people(house: House, n_people: int) -> None:
    """Write people with an address, of whom nine in ten agreed to be written to."""
    with psycopg.connect(house.database_url) as connection:
        connection.execute(
            "insert into profiles (brand_id, profile_id, first_seen_at, last_seen_at, traits) "
            "select 1, n, %(at)s, %(at)s, jsonb_build_object("
            "'tier', jsonb_build_array('fan', %(at)s::bigint, n), "
            "'email', jsonb_build_array('vlt_' || md5(n::text), %(at)s::bigint, n)) "
            "from generate_series(1, %(n)s) n",
            {"at": _NOW - DAY, "n": n_people},
        )
        connection.execute(
            "insert into consents (brand_id, profile_id, channel, purpose, state, occurred_at, "
            "position, method) select 1, n, 'email', 'marketing', 'granted', %(at)s, n, 'bench' "
            "from generate_series(1, %(n)s) n where n %% 10 > 0",
            {"at": _NOW - DAY, "n": n_people},
        )
        connection.execute(
            "insert into memberships (brand_id, segment, profile_id, since_at) "
            "select 1, 'fans', n, %(at)s from generate_series(1, %(n)s) n",
            {"at": _NOW - DAY, "n": n_people},
        )
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _put_campaign(house: House) -> None:
    """Make the campaign live; it is due at once."""
    with house.world.store.system() as tx:
        tx.documents.put(Document(_BRAND, "segment", "fans", 0, "live", _SEGMENT, _NOW, "bench"))
        tx.occasions.begin_at(_BRAND, "bench", _NOW - 2 * MINUTE)
    for slug in ("a", "b"):
        apply_template(house.world, _BRAND, _TEMPLATE.replace("SLUG", slug), "bench")
    draft = CampaignDraft(
        "bench", {"en": "Bench"}, {"segment": "fans"},
        (Variant("bench-a"), Variant("bench-b")),
    )  # fmt: skip
    create_campaign(house.world, _BRAND, draft, "bench")


def _count(url: str) -> dict[str, int]:
    """Return how many rows there are now."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select (select count(*) from messages),"
            " (select count(distinct profile_id) from messages),"
            " (select count(*) from messages where status = 'not_sent'),"
            " (select count(*) from journey_runs), (select count(*) from journey_steps)"
        ).fetchone()
    assert found is not None
    names = ("messages", "people", "turned_away", "runs", "steps")
    return dict(zip(names, found, strict=True))
