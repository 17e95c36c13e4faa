"""How long a page of a report takes, from the request to the last letter, on 20 M events.

A whole instance runs as its owner runs it, and each page goes the way that a browser's does: HTTP,
session, permission, Ibis, SQL, the analyst's socket, DuckDB, Arrow, chart option, template. The
pages are those of every metric of the catalogue over the last four weeks, the costs and returns of
channels, and the tiles of the live board; nothing is kept of an answer, so each visit asks anew.
The floor is bare DuckDB: one careful statement for what most of them ask, orders and what was paid
by day and channel. Beside them stand what follows a page that is already there, how long an event
takes to the live board, and a look of the channel guard.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb
import httpx

from huiliu.benches.frame import Measured, Place, Size
from huiliu.benches.serving import everything
from huiliu.benches.shop import make_shop
from huiliu.bootstrap import open_instance
from huiliu.kernel.texts import render, text
from huiliu.metrics import METRICS
from huiliu.services.add_user import NewUser, add_user
from huiliu.services.create_key import create_key
from huiliu.services.guard_watch import look_at_guard
from huiliu.services.publish import publish

__all__ = ["run"]

_SIZES: Final = {"small": (25_000, 500_000), "full": (1_000_000, 20_000_000)}
_BRAND: Final = 1
_REPEATS: Final = 2
_PATIENCE_S: Final = 300.0
_SLOWEST: Final = 8
_EMAIL, _WORD = "bench@shop.example", "a long enough pass phrase"
_TILES: Final = "/live-board/tiles?minutes=15"
#: What a page says that got no answer: it would be fast, and worth nothing.
_AWAY: Final = render(text("console.segments.away"), "en")
#: What comes after a page that is there at once.
_AFTER: Final = (
    "/attribution/models", "/funnels/purchase/steps", "/paths/ways", "/paths/ways?of=channels",
    "/paths/waits", "/paths/advice",
)  # fmt: skip
#: How often the live board asks anew, and how many events are followed to it.
_POLL_S: Final = 2.0
_EVENTS: Final = {"small": 2, "full": 10}
_UNDONE: Final = re.compile(r'/live-board/undone\?minutes=15".*?live-tile-n">([\d,]+)<', re.DOTALL)
_GUARD: Final = """\
huiliu: 1
kind: guard
slug: bench
name: {zh-CN: 渠道值守, en: Channels}
metrics: [deliver, open, click, pay]
every: 1d
"""
_BARE: Final = """
select day, channel, sum(total), count(*) from (
    select order_id, arg_max(total, position) filter (where total is not null) as total,
        arg_max(channel, position) filter (where channel is not null) as channel,
        (min(occurred_at) filter (where name = 'Order Paid'))::date as day,
        bool_or(name in ('Order Cancelled', 'Order Refunded')) as undone
    from facts.order_told
    where name in ('Order Created', 'Order Paid', 'Order Cancelled', 'Order Refunded')
    group by order_id
) where day >= current_date - 28 and not undone group by day, channel
"""


def run(size: Size, place: Place) -> Measured:
    """Return the 95th percentile of a page in milliseconds."""
    n_people, n_events = _SIZES[size]
    root = place.make_instance()
    with open_instance(root) as house:
        place.watch(house.folder.postgres)
        add_user(house.world, _BRAND, NewUser(_EMAIL, "bench", _WORD, "admin", "en"))
        _, key = create_key(house.world, _BRAND, "bench", "collect")
        file = house.folder.warehouse
        now = house.world.clock.now()
    file.unlink()
    began = time.perf_counter()
    make_shop(file, n_people, n_events, now)
    made_s = time.perf_counter() - began
    with everything(root) as port, _browser(f"http://127.0.0.1:{port}") as browser:
        took = _visit(browser)
        live = _event_to_tile_s(browser, key, _EVENTS[size])
        after = {page: _seconds(browser, page) for page in _AFTER}
    look_s = _look_s(root)
    bare = _bare_ms(file)
    return Measured(
        _percentile([one for _, *each in took.values() for one in each], 95),
        _percentile(bare, 95),
        {
            "size": {"people": n_people, "events": n_events, "pages": len(took),
                     "visits": len(took) * _REPEATS},
            **_told(took), "bare_median_ms": round(_percentile(bare, 50), 1),
            "event_to_tile_s": {"median": round(_percentile(live, 50), 2),
                                "most": round(max(live), 2), "bar": 5},
            "after_the_page_s": {page: round(each, 2) for page, each in after.items()},
            "guard_look_s": round(look_s, 2), "seconds_to_make_the_shop": round(made_s, 1),
        },
    )  # fmt: skip


def _told(took: Mapping[str, Sequence[float]]) -> dict[str, object]:
    """Return what else is said of the visits; the first of a page stands by itself."""
    again = {page: each[1:] for page, each in took.items()}
    middle = {page: _percentile(each, 50) for page, each in again.items()}
    slowest = sorted(middle, key=lambda page: -middle[page])[:_SLOWEST]
    return {
        "median_ms": round(_percentile([one for each in again.values() for one in each], 50), 1),
        "first_visit_p95_ms": round(_percentile([each[0] for each in took.values()], 95), 1),
        "slowest_median_ms": {page: round(middle[page], 1) for page in slowest},
    }


@contextmanager
def _browser(address: str) -> Iterator[httpx.Client]:
    """Lend a browser that is signed in, once the analyst answers."""
    with httpx.Client(base_url=address, timeout=_PATIENCE_S) as browser:
        token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/sign-in").text)
        assert token is not None
        browser.post("/sign-in", data={"csrf": token[1], "email": _EMAIL, "password": _WORD})
        deadline = time.monotonic() + _PATIENCE_S
        while _AWAY in browser.get(_TILES).text:
            if time.monotonic() > deadline:
                raise TimeoutError("the analyst of the bench did not answer")
            time.sleep(0.1)
        yield browser


def _visit(browser: httpx.Client) -> Mapping[str, list[float]]:
    """Return page -> how long each visit took, in milliseconds, the first one too."""
    pages = [f"/figures/{name}" for name in METRICS]
    pages += ["/costs/table", "/live-board/tiles?minutes=60", "/live-board/tiles?minutes=1440"]
    return {page: [_seconds(browser, page) * 1000 for _ in range(_REPEATS + 1)] for page in pages}


def _seconds(browser: httpx.Client, page: str) -> float:
    """Return how long one visit took; the page must have been answered."""
    began = time.perf_counter()
    answer = browser.get(page)
    took = time.perf_counter() - began
    assert answer.status_code == httpx.codes.OK, (page, answer.status_code)
    assert _AWAY not in answer.text, page
    return took


def _event_to_tile_s(browser: httpx.Client, key: str, n: int) -> list[float]:
    """Return how long after its acknowledgement each event stood on the board that somebody reads.

    The board asks every two seconds, as the page does; events come at different moments between.
    """
    took = []
    for nth in range(n):
        before = _undone(browser)
        call = {
            "type": "track", "event": "Order Cancelled", "userId": "bench",
            "messageId": f"bench-{nth}",
            "properties": {"order_id": f"bench-{nth}", "currency": "CNY"},
        }  # fmt: skip
        answer = browser.post("/v1/batch", json={"batch": [call]}, auth=(key, ""))
        assert answer.status_code == httpx.codes.OK, answer.text
        began = time.perf_counter()
        time.sleep(_POLL_S * (nth + 0.5) / n)
        while _undone(browser) <= before and time.perf_counter() - began < _PATIENCE_S:
            time.sleep(_POLL_S)
        took.append(time.perf_counter() - began)
    return took


def _undone(browser: httpx.Client) -> int:
    """Return what the board says of orders that were undone."""
    found = _UNDONE.search(browser.get(_TILES).text)
    assert found is not None
    return int(found[1].replace(",", ""))


def _look_s(root: Path) -> float:
    """Return how long the channel guard takes to look once."""
    with open_instance(root) as house:
        publish(house.world, _BRAND, _GUARD, "bench")
        began = time.perf_counter()
        look_at_guard(house.world, _BRAND, "bench")
        return time.perf_counter() - began


def _bare_ms(file: Path) -> list[float]:
    """Return how long the bare statement took each time after the first."""
    took = []
    with duckdb.connect(str(file), read_only=True) as connection:
        for nth in range(_REPEATS + 1):
            began = time.perf_counter()
            connection.execute(_BARE).fetchall()
            if nth:
                took.append((time.perf_counter() - began) * 1000)
    return took


def _percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent of the values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
