"""What a holdout tells of a made-up world whose truth is known, read from real events."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.integration.people import BRAND, NOW, event, identify, log, person, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.experiments.holdout import parsed_holdout
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.world import World
from huiliu.services.hold_out import HoldOuts
from huiliu.services.incremental import incremental
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock

N_PEOPLE = 600
HOLDOUT = """\
huiliu: 1
kind: holdout
slug: mail
name: {en: Mail}
scope: channel
channels: [email]
share: 40%
"""
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 12, 31)


def order(who: int, nth: int, at: int, total: float) -> NewEvent:
    """Return an order that was paid."""
    said = {"order_id": f"{who}-{nth}", "total": total, "currency": "CNY"}
    made = event(f"user_id:u{who}", name="Order Paid", at=at, properties=said)
    return msgspec.structs.replace(made, received_at=at)


@pytest.fixture
def shop(world: World, clock: SimulatedClock, tmp_path: Path) -> Iterator[World]:
    """Lend a shop in which mail makes every second person buy for 50 who would not have."""
    dice = random.Random(9)
    holdout = parsed_holdout(HOLDOUT)
    with with_warehouse(world, tmp_path) as opened:
        publish(opened, BRAND, HOLDOUT, "ada", kind="holdout")
        log(opened, *[identify(f"user_id:u{who}") for who in range(N_PEOPLE)])
        project_all(opened)
        people = [person(opened, f"user_id:u{who}") for who in range(N_PEOPLE)]
        with opened.store.system() as tx:
            gate = HoldOuts(tx, BRAND, [holdout], opened.zone, NOW)
            held = [bool(gate.holder(mail(one), one)) for one in people]
            tx.log.append(gate.write())
        clock.advance(30 * DAY)
        orders = []
        for who in range(N_PEOPLE):
            rate = 0.25 if held[who] else 0.5
            if dice.random() < rate:
                orders.append(order(who, 0, NOW + HOUR + who, 100.0))
            # What was bought before tells nothing of the mail.
            if dice.random() < 0.5:
                orders.append(order(who, 1, NOW - DAY, 500.0))
        log(opened, *orders)
        settle(opened)
        yield opened


def mail(profile_id: int) -> QueuedMessage:
    """Return a marketing mail to a person."""
    return QueuedMessage(
        BRAND, b"m", profile_id, "care", 1, b"r", "tell", "email", "hello", 1, "marketing",
        NOW, 0, NOW, b"", b"",
    )  # fmt: skip


def test_the_truth_lies_in_the_interval_and_the_words_say_so(shop: World) -> None:
    """25 points more buyers, 25 yuan more a person; what nobody held out is not known."""
    found = incremental(shop, BRAND, "channel:email", FIRST, LAST)
    assert found.why_not is None
    assert found.treated + found.held == N_PEOPLE
    assert found.drawn_by == "holdout:mail"
    assert found.buyers.low < 0.25 < found.buyers.high
    assert found.buyers.is_told
    assert found.revenue.low < 25 < found.revenue.high
    assert found.revenue.total == pytest.approx(found.revenue.difference * found.treated)
    assert found.said.key == "incremental.told_more"
    assert found.iroas is None
    assert found.currency == "CNY"

    same = incremental(shop, BRAND, "holdout:mail", FIRST, LAST)
    assert same.revenue == found.revenue
    none = incremental(shop, BRAND, "channel:sms", FIRST, LAST)
    assert none.why_not is not None
    assert none.why_not.key == "incremental.no_holdout"
    early = incremental(shop, BRAND, "channel:email", FIRST, dt.date(2026, 11, 10))
    assert early.why_not is not None
    assert early.why_not.key == "incremental.one_arm"
    # Nothing of the days before the drawing counts, nor of days that were not asked for.
    later = incremental(shop, BRAND, "channel:email", dt.date(2026, 12, 10), LAST)
    assert later.treated == found.treated
    assert later.why_not is not None
    assert later.why_not.key == "incremental.too_few"
