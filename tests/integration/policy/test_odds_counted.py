"""What messages are worth is counted from the warehouse: by the last one before, once for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.people import BRAND, NOW, event, log
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.odds import Cell
from huiliu.messages.policy_document import policy_of
from huiliu.messages.rules import Rules
from huiliu.ports.world import World
from huiliu.services.count_odds import count_odds, count_odds_due
from huiliu.services.known_odds import known_odds
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[World]:
    """Lend a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def sent(who: str, ago: int, journey: str = "gifts", channel: str = "email",
         kind: str = "marketing") -> NewEvent:  # fmt: skip
    """Return that somebody was sent a message."""
    told = {"channel": channel, "journey": journey, "class": kind, "message_id": f"{who}{ago}"}
    return event(f"user_id:{who}", name="Message Sent", at=NOW - ago, properties=told)


def paid(who: str, ago: int) -> NewEvent:
    """Return that somebody paid."""
    told = {"order_id": f"{who}{ago}", "total": 9}
    return event(f"user_id:{who}", name="Order Paid", at=NOW - ago, properties=told)


def left(who: str, ago: int, channel: str = "email") -> NewEvent:
    """Return that somebody withdrew consent."""
    told = {"channel": channel, "purpose": "marketing"}
    return event(f"user_id:{who}", name="Consent Withdrawn", at=NOW - ago, properties=told)


def test_each_order_and_each_opt_out_has_one_message(shop: World) -> None:
    """The last one before it and soon enough; other channels and service messages have none."""
    log(
        shop,
        # Two messages, then an order: the second sold it. Opted out by text, not by e-mail.
        sent("ada", 5 * DAY), sent("ada", 2 * DAY, "news"), paid("ada", DAY),
        left("ada", HOUR, "sms"),
        # An order too late, an opt-out soon enough.
        sent("bob", 20 * DAY), paid("bob", 16 * DAY), left("bob", 14 * DAY),
        # An opt-out too late.
        sent("cat", 30 * DAY), left("cat", 20 * DAY),
        # What was paid before says nothing; service messages are not counted.
        paid("dan", 9 * DAY), sent("dan", 8 * DAY, channel="sms"), left("dan", 7 * DAY, "sms"),
        sent("dan", 7 * DAY, kind="service"), paid("dan", 6 * DAY),
        # Who was sent nothing.
        paid("eve", DAY), left("eve", HOUR),
    )  # fmt: skip
    settle(shop)

    row = count_odds(shop, BRAND)

    assert sorted(row.cells, key=lambda one: (one.channel, one.journey)) == [
        Cell("gifts", "", "email", 3, 0, 1),
        Cell("news", "", "email", 1, 1, 0),
        Cell("gifts", "", "sms", 1, 1, 1),
    ]
    assert row.hazards == {}


def test_who_is_written_to_often_leaves_sooner_and_the_hazard_says_so(shop: World) -> None:
    """Thirty people get five messages in a day and leave; three hundred get one and stay."""
    events = []
    for n in range(30):
        events += [sent(f"worn{n}", 10 * DAY + k * HOUR) for k in range(5)]
        events.append(left(f"worn{n}", 10 * DAY - MINUTE))
    events += [sent(f"calm{n}", 10 * DAY) for n in range(300)]
    log(shop, *events)
    settle(shop)

    hazard = count_odds(shop, BRAND).hazards["email"]

    assert (hazard.n, hazard.n_events) == (450, 30)
    assert hazard.mean == pytest.approx(30 / 450)
    assert sum(hazard.coefficients[1:]) > 0
    with shop.store.system() as tx:
        odds = known_odds(tx, shop, BRAND)
    assert odds.hazards["email"] == hazard


def test_the_worker_counts_when_it_is_due_and_not_before(
    shop: World, clock: SimulatedClock
) -> None:
    """At once after a policy was applied, then every six hours; what is known is known at once."""
    publish(shop, BRAND, policy_of(Rules()).source(), "test", kind="policy")
    settle(shop)

    assert count_odds_due(shop) == 1
    assert count_odds_due(shop) == 0
    log(shop, sent("ada", DAY), paid("ada", HOUR))
    settle(shop)
    clock.advance(7 * HOUR)
    assert count_odds_due(shop) == 1

    with shop.store.system() as tx:
        assert known_odds(tx, shop, BRAND).convert("gifts", "", "email") == 1.0


def test_a_warehouse_that_is_away_leaves_the_old_odds_and_a_reason(
    shop: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again soon."""
    publish(shop, BRAND, policy_of(Rules()).source(), "test", kind="policy")
    log(shop, sent("ada", DAY), paid("ada", HOUR))
    settle(shop)
    count_odds_due(shop)

    def fail(_expression: object) -> None:
        from huiliu.kernel.errors import Unavailable

        raise Unavailable("warehouse", "away")

    monkeypatch.setattr(type(shop.warehouse), "run", lambda _self, one: fail(one))
    clock.advance(7 * HOUR)

    assert count_odds_due(shop) == 1
    with shop.store.system() as tx:
        row = tx.policy.odds(BRAND)
    assert row.cells
    assert "away" in row.fault
    assert count_odds_due(shop) == 0
    clock.advance(11 * MINUTE)
    assert count_odds_due(shop) == 1
