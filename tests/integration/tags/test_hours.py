"""Active hours and hours to send at follow people's own clocks, and few answers are shrunk."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from tests.integration.tags.shop import NOW, ZONE, Happening, Shop, opened, tag

from huiliu.conditions.wall_clock import local_by_zone
from huiliu.kernel.times import DAY, HOUR, MINUTE, as_datetime, from_datetime

ZONES = {1: "America/New_York", 2: "Europe/Berlin", 3: "Asia/Shanghai", 4: "No/Where"}


def zone_of(who: int) -> str:
    """Return the zone that a person's hours are in."""
    found = ZONES.get(who % 7, ZONE)
    return ZONE if found == "No/Where" else found


def with_zones(shop: Shop, people: Sequence[int]) -> None:
    """Let the warehouse know the zones of some people."""
    for who in people:
        if who % 7 in ZONES:
            shop.connection.execute(
                "insert into facts.latest_traits values (1, ?, 'zone', ?, 1)",
                [who, f'"{ZONES[who % 7]}"'],
            )


def wall_hours(row: Happening) -> tuple[int, int]:
    """Return an event's hour of the day on its person's clock, and that hour's number for ever."""
    wall = as_datetime(row.at).astimezone(ZoneInfo(zone_of(row.profile_id))).replace(tzinfo=None)
    nth = (wall - as_datetime(0).replace(tzinfo=None)).total_seconds() // 3600
    return wall.hour, int(nth)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_active_hour_is_that_of_most_days_on_the_own_clock(seed: int):
    """Ten events in one hour are one active day; the shop's server and Huiliu are nobody's acts."""
    dice = random.Random(seed)
    events = [
        Happening(
            dice.randrange(1, 40), dice.choice(["App Opened", "Order Shipped"]),
            NOW - dice.randrange(100 * DAY // MINUTE) * MINUTE, {},
            dice.choice(["app", None, "server"]), dice.choice(["track", "page", "internal"]),
        )
        for _ in range(1500)
    ]  # fmt: skip
    with opened(events) as shop:
        with_zones(shop, range(1, 40))
        found = shop.compute(tag("number", {"active_hour": {"within": "90d"}}))

    hours: dict[int, set[int]] = defaultdict(set)
    for row in events:
        if row.kind != "internal" and row.channel != "server" and row.at > NOW - 90 * DAY:
            hours[row.profile_id].add(wall_hours(row)[1])
    want = {}
    for who, numbers in hours.items():
        counts = Counter(nth % 24 for nth in numbers)
        want[who] = max(counts, key=lambda hour: (
            counts[hour], max(nth for nth in numbers if nth % 24 == hour)
        ))  # fmt: skip
    assert found == want


@dataclass(frozen=True)
class Letter:
    """One message, and whether it was answered."""

    who: int
    at: int
    answered: bool


def draw_letters(dice: random.Random, n_people: int, n_each: int) -> list[Letter]:
    """Draw messages to people who each answer best in an hour of their own."""
    found = []
    for who in range(1, n_people + 1):
        liked = dice.choice([8, 12, 20, 20, 20])
        for _ in range(n_each):
            at = NOW - dice.randrange(2 * DAY // MINUTE, 170 * DAY // MINUTE) * MINUTE
            while (hour := wall_hours(Happening(who, "", at))[0]) not in {8, 12, 20}:
                at += HOUR
            found.append(Letter(who, at, dice.random() < (0.7 if hour == liked else 0.1)))
    return found


def as_events(letters: Sequence[Letter]) -> list[Happening]:
    """Return the events that messages make; an answer may come twice."""
    found = []
    for nth, one in enumerate(letters):
        about = {"message_id": f"m{nth}"}
        found.append(Happening(one.who, "Message Sent", one.at, about, "sms", "internal"))
        if one.answered:
            name = ("Message Opened", "Message Clicked", "Message Replied")[nth % 3]
            found += [
                Happening(one.who, name, one.at + MINUTE, about, "sms", "internal")
                for _ in range(1 + nth % 2)
            ]
    return found


def best_hours(letters: Sequence[Letter]) -> tuple[dict[int, int], float]:
    """Return everybody's best hour and the strength, by the definition, hour by hour."""
    n: Counter[tuple[int, int]] = Counter()
    k: Counter[tuple[int, int]] = Counter()
    for one in letters:
        hour = wall_hours(Happening(one.who, "", one.at))[0]
        n[one.who, hour] += 1
        k[one.who, hour] += one.answered
    overall = k.total() / n.total()
    rates = []
    for hour in range(24):
        tried = sum(n[cell] for cell in n if cell[1] == hour)
        answered = sum(k[cell] for cell in n if cell[1] == hour)
        rates.append((answered + 50 * overall) / (tried + 50))
    seen = sum(
        n[cell]
        * (k[cell] / n[cell] - rates[cell[1]]) ** 2
        / (rates[cell[1]] * (1 - rates[cell[1]]))
        for cell in n
    )
    share = (seen - len(n)) / (n.total() - len(n))
    strength = min(max(1 / share - 1, 1.0), 1000.0) if share > 0 else 1000.0
    order = sorted(range(24), key=lambda hour: (-rates[hour], hour))
    found = {}
    for who in {one.who for one in letters}:
        posterior = {
            hour: round((k[who, hour] + strength * rates[hour]) / (n[who, hour] + strength), 9)
            for hour in range(24)
        }
        found[who] = max(range(24), key=lambda hour: (posterior[hour], -order.index(hour)))
    return found, strength


@pytest.mark.parametrize("seed", [3, 4])
def test_the_best_hour_to_send_is_shrunk_from_the_own_to_that_of_all(seed: int):
    """Who was answered often at an own hour gets it; who was hardly written to gets everybody's."""
    dice = random.Random(seed)
    letters = draw_letters(dice, 40, 60) + draw_letters(dice, 60, 2)
    with opened(as_events(letters)) as shop:
        with_zones(shop, range(1, 61))
        found, published = shop.computed(tag("number", {"send_hour": {}}))

    want, strength = best_hours(letters)
    assert published["by"] == "messages"
    assert published["strength"] == pytest.approx(strength)
    assert found == want
    assert len(set(found.values())) > 1


def test_activity_stands_for_answers_where_few_messages_were_sent():
    """The published figure says which of the two it was."""
    events = [
        Happening(who, "App Opened", NOW - n * DAY - ago * HOUR, {}, "app")
        for who, ago in ((1, 4), (2, 0))
        for n in range(20)
    ]
    with opened(events) as shop:
        found, published = shop.computed(tag("number", {"send_hour": {}}))
    assert published["by"] == "activity"
    assert found == {1: 8, 2: 12}


def test_nobody_has_an_hour_where_nothing_ever_happened():
    """An empty instance computes nothing and fails at nothing."""
    with opened([Happening(1, "Order Shipped", NOW, {}, "server")]) as shop:
        assert shop.computed(tag("number", {"send_hour": {}})) == ({}, {"by": "nothing"})
        assert shop.compute(tag("number", {"active_hour": {}})) == {}


def test_local_times_are_python_s_in_every_hour_around_a_change_of_clocks():
    """Offsets come from the same data, so the engine cannot disagree."""
    names = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Shanghai"]
    edges = [
        from_datetime(as_datetime(0).replace(year=2026, month=month, day=day))
        for month, day in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1))
    ]
    with opened([Happening(1, "A", NOW)]) as shop:
        for at in edges:
            moments = [at + n * 30 * MINUTE for n in range(96)]
            values = ", ".join(
                f"('{name}', timestamp '{as_datetime(one).replace(tzinfo=None)}')"
                for name in names for one in moments
            )  # fmt: skip
            shop.connection.execute(
                f'create or replace table t as select * from (values {values}) v(zone, "at")'
            )
            import ibis

            rows = ibis.table({"zone": "string", "at": "timestamp(6)"}, name="t")
            wall = local_by_zone(rows["at"], rows.zone, names, ZONE, NOW)
            found = shop.run(rows.mutate(wall=wall)).to_pylist()
            assert len(found) == len(names) * 96
            for row in found:
                aware = row["at"].replace(tzinfo=ZoneInfo("UTC"))
                assert row["wall"] == aware.astimezone(ZoneInfo(row["zone"])).replace(tzinfo=None)
