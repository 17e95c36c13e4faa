"""What a white paper asks of the warehouse: nothing twice, nothing of later days, nothing kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import ibis
import pyarrow as pa
import pytest
from tests.conftest import BRAND
from tests.integration.people import event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.times import DAY, HOUR, as_instant
from huiliu.ports.warehouse import Warehouse
from huiliu.ports.world import World
from huiliu.reports.quarter import Quarter
from huiliu.services import paper_desk
from huiliu.services.paper_desk import open_desk
from huiliu.services.white_paper import white_paper
from huiliu.warehouses.views import compiled

_Q3 = Quarter(2026, 3)
_JULY = as_instant("2026-07-10T04:00:00Z") or 0


class _Listening:
    """A warehouse that notes what it is asked, what it holds and what it lets go."""

    def __init__(self, inner: Warehouse) -> None:
        """Ask another one."""
        self._inner = inner
        self.asked: Counter[str] = Counter()
        self.held: set[str] = set()

    def run(self, expression: ibis.Expr) -> pa.Table:
        """Note a question."""
        self.asked[compiled(expression)] += 1
        return self._inner.run(expression)

    def keep(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Note rows that are to be held."""
        self.asked[compiled(rows)] += 1
        self.held.add(name)
        return self._inner.keep(name, rows)

    def let_go(self, names: Collection[str]) -> None:
        """Note what is let go."""
        self.held -= set(names)
        self._inner.let_go(names)

    def __getattr__(self, name: str) -> Any:
        """Answer everything else as the other one does."""
        return getattr(self._inner, name)


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse in which forty people clicked, looked and bought."""
    with with_warehouse(world, tmp_path) as opened:
        events = []
        for who in range(40):
            at = _JULY + who * DAY
            someone = f"user_id:u{who}"
            message = {"message_id": f"m{who}", "channel": "sms"}
            order = {"order_id": f"o{who}", "total": 100 + who, "currency": "CNY"}
            events += [
                event(someone, name="Message Sent", at=at, properties=message),
                event(someone, name="Message Clicked", at=at + HOUR, properties=message),
                event(someone, name="Product Viewed", at=at + 2 * HOUR),
                event(someone, name="Order Paid", at=at + 3 * HOUR, properties=order),
            ]
        log(opened, *events)
        settle(opened)
        yield opened


@pytest.mark.parametrize("followed", [1_000_000, 60])
def test_a_paper_asks_nothing_twice_and_leaves_nothing_held(
    house: World, monkeypatch: pytest.MonkeyPatch, followed: int
) -> None:
    """Sections that tell the same ask it once, also where only some people are followed."""
    monkeypatch.setattr(paper_desk, "_FOLLOWED", followed)
    listening = _Listening(house.warehouse)
    white_paper(replace(house, warehouse=cast("Warehouse", listening)), BRAND, _Q3, "en")

    assert listening.asked
    assert {asked: n for asked, n in listening.asked.items() if n > 1} == {}
    assert listening.held == set()


def test_orders_are_those_of_the_people_who_are_followed(
    house: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every order of the others would seem to have come without any message."""
    monkeypatch.setattr(paper_desk, "_FOLLOWED", 80)
    with open_desk(house, BRAND, _Q3, "en") as desk:
        assert desk.one_in == 2
        some, whole = desk.sample().warehouse, desk.world.warehouse
        tables = some.population(BRAND)
        assert tables.standing is not None

        def ids(rows: ibis.Table) -> set[int]:
            """Return whose rows they are."""
            found = some.run(rows.select("profile_id").distinct())
            return set(found["profile_id"].to_pylist())

        assert ids(tables.standing) == ids(tables.events) == ids(tables.people)
        assert ids(tables.events) < ids(whole.population(BRAND).events)


def test_what_is_undone_after_the_quarter_was_done_in_it(house: World) -> None:
    """An order that is refunded in October stands in the paper of the third quarter."""
    before = white_paper(house, BRAND, _Q3, "en")
    late = [
        event(f"user_id:u{who}", name="Order Refunded", at=_JULY + 100 * DAY,
              properties={"order_id": f"o{who}"})
        for who in range(20)
    ]  # fmt: skip
    log(house, *late)
    settle(house)
    after = white_paper(house, BRAND, _Q3, "en")

    told = ("summary", "channels", "attribution")
    assert [one for one in after.sections if one.name in told] == [
        one for one in before.sections if one.name in told
    ]
