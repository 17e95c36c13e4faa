"""The virtual brand is the same for the same seed, and messages truly change what people do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from huiliu.kernel.times import DAY, HOUR, as_instant
from huiliu.simulator import MODEL, Heard, OneClick, Reply, VirtualBrand

START = as_instant("2026-08-01T16:00:00Z") or 0


def lived(brand: VirtualBrand, tick: int = 2 * HOUR) -> list[dict[str, object]]:
    """Return all calls of a whole life without any message."""
    calls: list[dict[str, object]] = []
    now = brand.starts_at
    while now < brand.ends_at:
        now = min(now + tick, brand.ends_at)
        calls += [dict(call) for _, call in brand.step(now).calls]
    return calls


def test_the_same_seed_lives_the_same_life() -> None:
    """Every call is the same, whatever the ticks in which the world is asked."""
    first = lived(VirtualBrand(300, 20, 7, START), 2 * HOUR)
    second = lived(VirtualBrand(300, 20, 7, START), 7 * HOUR)

    assert first == second
    assert first != lived(VirtualBrand(300, 20, 8, START))


def test_the_date_on_which_it_starts_changes_nothing_but_the_dates() -> None:
    """A world can end yesterday, whenever that is."""
    first = lived(VirtualBrand(200, 10, 7, START))
    later = lived(VirtualBrand(200, 10, 7, START + 143 * DAY))

    assert [_undated(call) for call in first] == [_undated(call) for call in later]


def _undated(call: dict[str, object]) -> dict[str, object]:
    """Return a call without its instants."""
    properties = call.get("properties")
    kept = (
        {k: v for k, v in properties.items() if k != "promised_at"}
        if isinstance(properties, dict)
        else properties
    )
    return {**call, "timestamp": "", "properties": kept}


def test_no_call_comes_before_its_time_or_after_the_asked_instant() -> None:
    """A step returns what happened since the last one, oldest first."""
    brand = VirtualBrand(300, 5, 7, START)

    for hour in range(1, 5 * 24):
        at = [at for at, _ in brand.step(START + hour * HOUR).calls]
        assert at == sorted(at)
        assert all(START + (hour - 1) * HOUR <= each < START + hour * HOUR for each in at)


def test_the_calibration_is_what_the_model_says() -> None:
    """Shares of many orders come near the model's: pays at once 0.72, and 0.15 of 0.18 later."""
    brand = VirtualBrand(6000, 60, 3, START)
    lived(brand)
    orders = list(brand.orders.values())
    old = [o for o in orders if o.status != "created"]
    unpaid = sum(1 for o in old if o.status == "cancelled") / len(old)

    assert len(orders) > 1000
    # Never paid: 1 - 0.72 - 0.18 * 0.15 = 0.253; cancelled after payment: about 0.04 of the rest.
    assert unpaid == pytest.approx(0.253 + 0.747 * 0.04, abs=0.04)
    assert sum(o.forgets for o in orders) / len(orders) == pytest.approx(MODEL.forgets, abs=0.03)


def test_a_reminder_makes_people_pay_and_nothing_else_changes() -> None:
    """Among those who forgot, about half of the reminded pay; the others' lives are untouched."""
    silent, reminded = VirtualBrand(2000, 30, 5, START), VirtualBrand(2000, 30, 5, START)
    lived(silent)
    now = START
    told: set[str] = set()
    while now < reminded.ends_at:
        now += 3 * HOUR
        reminded.step(now)
        waiting = [
            order
            for order in reminded.orders.values()
            if order.status == "created" and order.order_id not in told and order.person.phone
        ]
        told.update(order.order_id for order in waiting)
        reminded.hear([
            Heard("sms", o.person.phone, f"https://shop.example/pay/{o.order_id}", now)
            for o in waiting
        ])  # fmt: skip

    forgot = [o.order_id for o in silent.orders.values() if o.forgets]
    paid = Counter(
        (name in told, brand.orders[name].status in {"paid", "shipped", "delivered", "refunded"})
        for brand in (reminded,)
        for name in forgot
    )
    assert reminded.conversions["pay"] > 20
    assert paid[True, True] / (paid[True, True] + paid[True, False]) == pytest.approx(
        0.55, abs=0.12
    )
    assert silent.orders.keys() == reminded.orders.keys()
    assert not silent.conversions


def test_people_who_have_had_enough_answer_by_the_way_they_were_offered() -> None:
    """A text message is answered with TD, an e-mail with its one click."""
    brand = VirtualBrand(50, 10, 1, START, replace(MODEL, leaves=1.0))
    brand.step(START + DAY)
    phone = next(p.phone for p in brand._people if p.phone)
    email = next(p.email for p in brand._people if p.email)

    brand.hear([
        Heard("sms", phone, "https://shop.example/back/viewed", START + DAY),
        Heard("email", email, "https://shop.example/back/viewed", START + DAY, "http://x/u/1"),
    ])  # fmt: skip
    answers = brand.step(START + 3 * DAY).answers

    assert {type(answer) for answer in answers} == {Reply, OneClick}
    assert {a.text for a in answers if isinstance(a, Reply)} == {"TD"}
    assert {a.url for a in answers if isinstance(a, OneClick)} == {"http://x/u/1"}


def test_a_message_to_a_stranger_or_without_a_link_changes_nothing() -> None:
    """Only a known address with something to do reacts."""
    brand, other = VirtualBrand(50, 5, 1, START), VirtualBrand(50, 5, 1, START)

    brand.hear([
        Heard("email", "nobody@example.com", "https://shop.example/back/viewed", START),
        Heard("email", "p1@example.com", "no link", START),
    ])  # fmt: skip

    assert lived(brand) == lived(other)
