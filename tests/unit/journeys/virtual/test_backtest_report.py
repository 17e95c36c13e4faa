"""What a backtest counts and says, out of a handful of people."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec
import pytest
from tests.unit.journeys.virtual.test_brand import REMIND, START, happens, journey, reachable

from huiliu.journeys import Face, Journey
from huiliu.journeys.backtest import Asked, Counts, Drawn, Rate, Tally, report
from huiliu.journeys.virtual import Brand, Setting
from huiliu.kernel.errors import BadSetting
from huiliu.kernel.times import DAY, HOUR
from huiliu.messages.policy import Rules, plain_rules
from huiliu.services.backtest import read_costs

BUSY = "goal: {event: B, within: 2d}\n" + REMIND.replace("{event: A}", "{event: A, again: 1h}")
FACES = {"t": Face("sms", "marketing")}


def lived(tried: Journey, *beside: Journey, rules: Rules | None = None) -> Counts:
    """Return the counts of three people, of whom one buys and one wants nothing."""
    tally = Tally(days=[START + nth * DAY for nth in range(30)], fatigue_limit=1)
    setting = Setting(
        1, (tried, *beside), faces=FACES, zone="Asia/Shanghai", rules=rules or plain_rules(cap=2),
        echoes=Drawn(5, {"sms": (Rate(10, 10, ((8, 10),)), Rate(10, 10), Rate(10, 0))}),
    )  # fmt: skip
    brand = Brand(setting, START, START + 30 * DAY, tally)
    for who in (1, 2):
        reachable(brand, who)
    for nth in range(4):
        for who in (1, 2, 3):
            happens(brand, "A", START + nth * DAY + who, who=who)
    happens(brand, "B", START + 3 * DAY + HOUR // 2, who=1)
    brand.finish()
    tally.close(brand.people)
    return tally.counts


def asked(tried: Journey, **more: object) -> Asked:
    """Return a question of thirty days."""
    days = [f"day {nth}" for nth in range(30)]
    return Asked(tried, ["other"], START, START + 30 * DAY, 5, days, 2, 1, **more)  # type: ignore[arg-type] # a test's own


def test_a_report_adds_up() -> None:
    """People, messages, caps, fatigue, cost and goal, each as what was lived through."""
    tried = journey(BUSY)
    found = report(asked(tried, costs={"sms": Decimal("0.045")}), lived(tried), 13)

    assert (found["entered"], found["people"], found["events"]) == (12, 3, 13)
    assert found["messages"]["decided"] == 11
    assert found["messages"]["sent"] == 4
    assert found["messages"]["not_sent"] == {"address_missing": 4, "frequency_cap": 3}
    assert found["caps"] == {"limit": 2, "collisions": 3, "people": 2}
    assert found["fatigue"]["people"] == 2
    assert found["cost"] == {"total": "0.18", "channels": {"sms": "0.18"}, "unpriced": []}
    assert (found["goal"]["reached"], found["goal"]["runs"]) == (1, 12)
    assert 0 < found["goal"]["low"] < 1 / 12 < found["goal"]["high"] < 1
    assert found["messages"]["channels"] == [
        {"channel": "sms", "decided": 11, "sent": 4, "delivered": 4, "opened": 4}
    ]
    assert [day["channels"]["sms"]["sent"] for day in found["messages"]["days"]] == [2, 2, 0, 0]
    assert found["assumes"]["behaviour"] == "unchanged"


def test_journeys_that_have_the_same_people_are_told() -> None:
    """Who is in both, and whose messages come close."""
    tried, other = journey(BUSY), journey(BUSY, "other")
    found = report(asked(tried), lived(tried, other, rules=plain_rules(cap=9)), 13)

    assert found["competing"] == [
        {"journey": "other", "people_in_both": 3, "messages_within_7d": 12}
    ]


def test_slices_add_up_to_the_whole() -> None:
    """Counts of people apart are those of all together."""
    tried = journey(BUSY)
    once = lived(tried)
    twice: Counts = Counter()
    twice.update(once)
    twice.update(once)

    assert report(asked(tried), twice, 26)["entered"] == 24
    assert msgspec.json.encode(report(asked(tried), once, 13)) == msgspec.json.encode(
        report(asked(tried), lived(tried), 13)
    )


def test_prices_are_read_or_refused() -> None:
    """A price that is none is told before anything is counted."""
    assert read_costs(" sms=0.045, email=0.001") == {
        "sms": Decimal("0.045"), "email": Decimal("0.001"),
    }  # fmt: skip
    for written in ("sms", "sms=x", "sms=-1"):
        with pytest.raises(BadSetting):
            read_costs(written)
