"""`timers`: how late a timer fires, with a million waiting and thousands due every second.

The runs are written beforehand. One worker advances as `serve` does: again at once while there is
something to do, else after a short pause. Lateness is from the due instant to the commit of the
step that it led to; each step comes out of a wait and rests in the next one.
"""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import psycopg

from huiliu.benches.frame import Measured, Place, Size, collecting_late
from huiliu.bootstrap import House
from huiliu.journeys import parsed
from huiliu.kernel.ids import digest
from huiliu.kernel.times import DAY, MILLISECOND, SECOND
from huiliu.ports.documents import Document
from huiliu.ports.runs import RunRow, TokenRow
from huiliu.services.advance import advance

__all__ = ["run"]

_BRAND: Final = 1
_JOURNEY: Final = "bench-timers"
_DUE_PER_SECOND: Final = 5_000
#: How many wait, and for how many seconds timers fall due.
_SIZES: Final = {"small": (50_000, 4), "full": (1_000_000, 20)}
#: What a worker takes at once, and how long it pauses when nothing is due.
_LIMIT: Final = 2_000
_PAUSE_S: Final = 0.01
_CHUNK: Final = 20_000
#: Until the first timer, besides the time that it takes to set them.
_HEAD_START: Final = 3 * SECOND

SOURCE: Final = f"""huiliu: 1
kind: journey
slug: {_JOURNEY}
name: {{en: Timers, zh-CN: 定时}}
entry: {{event: Order Paid, key: order_id}}
nodes:
  first: {{type: wait, for: 3d, next: second}}
  second: {{type: wait, for: 30d, next: done}}
  done: {{type: exit}}
"""


def run(size: Size, place: Place) -> Measured:
    """Return the 99th percentile of lateness in milliseconds."""
    n_waiting, seconds = _SIZES[size]
    n_due = _DUE_PER_SECOND * seconds
    with collecting_late(), place.house() as house:
        _put_journey(house)
        far = house.world.clock.now() + 100 * DAY
        for first in range(0, n_waiting + n_due, _CHUNK):
            last = min(first + _CHUNK, n_waiting + n_due)
            _put_runs(house, range(first, last), far)
        with psycopg.connect(house.database_url, autocommit=True) as connection:
            connection.execute("vacuum analyze journey_runs, journey_tokens")
        late = _fire(house, _make_due(house, n_due))
    p50, p99 = np.percentile(late, [50, 99])
    details = {
        "size": {"waiting": n_waiting, "due_per_second": _DUE_PER_SECOND, "seconds": seconds},
        "p50_ms": round(float(p50), 1),
        "max_ms": round(float(late.max()), 1),
        "fired": len(late),
    }
    return Measured(float(p99), None, details)


def _put_journey(house: House) -> None:
    """Make the journey live."""
    source = parsed(SOURCE).source()
    with house.world.store.system() as tx:
        tx.documents.put(Document(_BRAND, "journey", _JOURNEY, 0, "live", source, 0, "bench"))


def _put_runs(house: House, numbers: range, far: int) -> None:
    """Write runs that rest at their first wait, due far from now."""
    runs, tokens = [], []
    for nth in numbers:
        run_id = digest("timer", nth)
        entry = b'{"name":"Order Paid","occurred_at":0,"properties":{"order_id":"%d"}}' % nth
        runs.append(RunRow(_BRAND, run_id, _JOURNEY, 1, nth + 1, str(nth), 0, "active", "", entry))
        until = far + nth
        tokens.append(TokenRow(_BRAND, run_id, "first", 1, until, b"%d" % until))
    with house.world.store.system() as tx:
        tx.runs.start(runs, tokens)


def _make_due(house: House, n_due: int) -> np.ndarray:
    """Let the first runs fall due one after another from soon on; return the instants."""
    begin = house.world.clock.now() + _HEAD_START + n_due * 100
    between = SECOND // _DUE_PER_SECOND
    with psycopg.connect(house.database_url) as connection:
        connection.execute(
            "with soonest as (select run_id, %s + %s * (row_number() over (order by due_at) - 1)"
            " as due from journey_tokens order by due_at limit %s) "
            "update journey_tokens t set due_at = s.due, "
            "memory = convert_to(s.due::text, 'UTF8') from soonest s where t.run_id = s.run_id",
            (begin, between, n_due),
        )
    return begin + between * np.arange(n_due, dtype=np.int64)


def _fire(house: House, due: np.ndarray) -> np.ndarray:
    """Advance until all have fired; return how late each was, in milliseconds.

    One worker takes what is due in the order of due time, so the n-th to fire is the n-th due.
    """
    late = np.zeros(len(due))
    fired = 0
    while fired < len(due):
        moved = advance(house.world, _LIMIT)
        if not moved:
            time.sleep(_PAUSE_S)
            continue
        committed = house.world.clock.now()
        late[fired : fired + moved] = (committed - due[fired : fired + moved]) / MILLISECOND
        fired += moved
    return late
