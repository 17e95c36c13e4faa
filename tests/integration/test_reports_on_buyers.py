"""The RFM matrix, its moves and the cohorts say what plain Python says of the same orders."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.integration.people import BRAND, NOW, event, log, person
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.times import DAY, MINUTE, as_datetime
from huiliu.ports.world import World
from huiliu.reports.rfm import NOT_YET
from huiliu.reports.standing import month_of, start_of_month
from huiliu.services.report_buyers import (
    cohort_people,
    cohorts,
    months_shown,
    rfm_matrix,
    rfm_people,
)
from huiliu.tags.recipes.rfm import GROUPS

ZONE = ZoneInfo("Asia/Shanghai")
#: (profile, paid at, total)
Paid = tuple[int, int, float]


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def filled(world: World, seed: int) -> list[Paid]:
    """Let people buy over fourteen months; return the orders that still stand."""
    dice = random.Random(seed)
    events, paid = [], []
    for who in range(40):
        for nth in range(dice.choice([0, 1, 1, 2, 4, 9])):
            at = NOW - dice.randrange(420 * DAY // MINUTE) * MINUTE
            total = dice.randrange(1, 9000) / 10
            about = {"order_id": f"{who}-{nth}", "total": total, "currency": "CNY"}
            name = f"user_id:u{who}"
            events.append(event(name, name="Order Paid", at=at, properties=about))
            if dice.random() < 0.1:
                about = {"order_id": f"{who}-{nth}"}
                events.append(event(name, name="Order Refunded", at=at + DAY, properties=about))
            elif dice.random() < 0.05:
                about = {"order_id": f"{who}-{nth}x", "total": 1, "currency": "USD"}
                events.append(event(name, name="Order Paid", at=at, properties=about))
                paid.append((name, at, total))
            else:
                paid.append((name, at, total))
    log(world, *events)
    settle(world)
    return [(person(world, name), at, total) for name, at, total in paid]


def day(at: int) -> int:
    """Return the brand's day of an instant, as a number."""
    return as_datetime(at).astimezone(ZONE).date().toordinal()


def month(at: int) -> int:
    """Return the brand's month of an instant, counted from the year 0."""
    here = as_datetime(at).astimezone(ZONE)
    return here.year * 12 + here.month - 1


def placed(paid: list[Paid], at: int) -> dict[int, tuple[int, int, str, float]]:
    """Return each buyer's scores, group and revenue at an instant, by the definition."""
    mine: dict[int, list[Paid]] = defaultdict(list)
    for one in paid:
        if one[1] < at:
            mine[one[0]].append(one)
    figures = {
        who: (max(0, day(at - 1) - day(max(one[1] for one in rows))), len(rows))
        for who, rows in mine.items()
    }
    cuts = [
        np.quantile([one[nth] for one in figures.values()], [0.2, 0.4, 0.6, 0.8]).round(6)
        for nth in (0, 1)
    ]
    found = {}
    for who, (silent, n) in figures.items():
        r, f = 5 - sum(silent > cuts[0]), 1 + sum(n > cuts[1])
        group = next(
            name for name, (a, b) in GROUPS.items() if a[0] <= r <= a[1] and b[0] <= f <= b[1]
        )
        found[who] = (int(r), int(f), group, sum(one[2] for one in mine[who]))
    return found


def test_the_matrix_and_its_moves_are_those_of_plain_python(asked: World):
    """For the month that is not over and for one that is; every number opens its people."""
    paid = filled(asked, 1)
    now = month(NOW)
    for shown, end in ((now, NOW), (now - 2, start_of_month(now - 1, "Asia/Shanghai"))):
        found = rfm_matrix(asked, BRAND, shown)

        after = placed(paid, end)
        before = placed(paid, start_of_month(shown, "Asia/Shanghai"))
        cells = Counter((r, f) for r, f, _, _ in after.values())
        assert {key: cell.n for key, cell in found.cells.items()} == dict(cells)
        assert found.n == len(after)
        assert found.revenue == pytest.approx(sum(one[3] for one in after.values()))
        moves = Counter(
            (before[who][2] if who in before else NOT_YET, group)
            for who, (_, _, group, _) in after.items()
        )
        assert dict(found.moves) == dict(moves)
        for key, n in cells.items():
            told, people = rfm_people(asked, BRAND, shown, key, 100)
            assert told == n == len(people)
            assert {who for who, _ in people} == {
                who for who, (r, f, _, _) in after.items() if (r, f) == key
            }
        for move, n in moves.items():
            assert rfm_people(asked, BRAND, shown, move, 3)[0] == n
    assert found.currency == "CNY"
    assert found.n_left_out > 0


def test_cohorts_are_those_of_plain_python(asked: World):
    """By the month of the first order; the months end with the one that is not over."""
    paid = filled(asked, 2)
    found = cohorts(asked, BRAND)

    assert found.months == months_shown(asked, BRAND)
    assert found.months[-1] == month_of(NOW, "Asia/Shanghai")
    first: dict[int, int] = {}
    for who, at, _ in paid:
        first[who] = min(first.get(who, 10**9), month(at))
    for row in found.rows:
        for offset, n in enumerate(row.active):
            want = {
                who for who, at, _ in paid
                if first[who] == row.month and month(at) == row.month + offset
            }  # fmt: skip
            assert n == len(want)
            told, people = cohort_people(asked, BRAND, row.month, row.month + offset, 100)
            assert (told, {who for who, _ in people}) == (len(want), want)
    assert sum(row.n for row in found.rows) > 10


def test_a_brand_whose_history_ended_is_shown_as_of_its_end(asked: World):
    """And one without any order has months, and nothing in them."""
    assert months_shown(asked, BRAND)[-1] == month(NOW)
    assert rfm_matrix(asked, BRAND, month(NOW)).n == 0
    at = int(dt.datetime(2025, 3, 9, tzinfo=dt.UTC).timestamp()) * 1_000_000
    log(
        asked,
        event("user_id:ada", name="Order Paid", at=at, properties={"order_id": "1", "total": 5}),
    )
    settle(asked)

    assert months_shown(asked, BRAND)[-1] == 2025 * 12 + 2
    assert rfm_matrix(asked, BRAND, 2025 * 12 + 2).n == 1
    assert cohorts(asked, BRAND).rows[-1].active == [1]
