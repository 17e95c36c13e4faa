"""Ways, phrases and waits are those of a plain loop over the same events."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from tests.integration.tags.shop import BRAND, NOW, ZONE, Happening, Shop, opened

from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.metrics import Frame
from huiliu.reports.first_purchase import ask_waits, read_curves
from huiliu.reports.path_counts import (
    BOUGHT,
    DEPTH,
    EXIT,
    LEAST,
    OTHER,
    ask_ends,
    ask_links,
    ask_names,
    ask_phrases,
    named_steps,
    read_phrases,
    visit_steps,
)
from huiliu.statistics.proportions import difference
from huiliu.warehouses.populations import population

_SINCE = NOW - 30 * DAY
_SHOWN = ("Home", "Search", "Look")


def _draw() -> Iterator[Happening]:
    """Tell of visits; who searched buys more often."""
    dice = random.Random(4)
    for who in range(1, 260):
        for _ in range(dice.randrange(1, 9)):
            at = NOW - dice.randrange(2, 34 * 24 * 60) * MINUTE
            names = dice.choices(["Home", "Search", "Look", "Add", "Rare"], k=dice.randrange(1, 7))
            for name in names:
                at += dice.choice([MINUTE, 5 * MINUTE, 29 * MINUTE])
                yield Happening(who, name, at, {}, "app")
            if dice.random() < (0.5 if "Search" in names else 0.15):
                # A server tells of it.
                about = {"order_id": f"{who}-{at}", "total": 10}
                yield Happening(who, BOUGHT, at + MINUTE, about, "server")
                yield Happening(who, "Home", at + 2 * MINUTE, {}, "app")
            yield Happening(who, "Message Sent", at, {}, "sms", "internal")
            if dice.random() < 0.2:
                yield Happening(who, "$page", at + 40 * MINUTE, {"name": "Look"}, "web", "page")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop of such visits."""
    with opened(sorted(_draw(), key=lambda one: one.at)) as made:
        yield made


def frame() -> Frame:
    """Return what is asked."""
    return Frame(population(BRAND, None), ZONE, NOW, _SINCE, NOW)


def visits(shop: Shop) -> list[list[str]]:
    """Return the steps of every visit up to its purchase, by the definition."""
    found = []
    for rows in shop.events().values():
        mine = [one for one in rows if one.kind != "internal" and _SINCE <= one.at < NOW]
        way: list[list[Happening]] = []
        for before, one in pairwise([None, *mine]):
            assert one is not None
            if before is None or one.at - before.at > 30 * MINUTE:
                way.append([])
            way[-1].append(one)
        for each in way:
            names = [one.properties.get("name", one.name) for one in each]
            names = [one if one in {*_SHOWN, BOUGHT} else OTHER for one in names]
            names = [name for name, _ in groupby(names)]
            found.append(names[: names.index(BOUGHT) + 1] if BOUGHT in names else names)
    return found


def test_ways_and_phrases_are_those_of_a_plain_loop(shop: Shop) -> None:
    """Visits, repeats, rare steps, purchases told by servers, and all twenty phrases."""
    raw = shop.keep(visit_steps(frame()))
    names = [row["name"] for row in shop.run(ask_names(raw)).to_pylist()]
    assert set(names) == {*_SHOWN, "Add", "Rare", BOUGHT}
    steps = shop.keep(named_steps(raw, _SHOWN))
    wanted = visits(shop)

    links: Counter[tuple[int, str, str]] = Counter()
    for way in wanted:
        for nth, (name, after) in enumerate(pairwise([*way, EXIT]), 1):
            if nth <= DEPTH and name != BOUGHT:
                links[nth, name, after] += 1
    told = shop.run(ask_links(steps)).to_pylist()
    assert {(row["nth"], row["name"], row["following"] or EXIT): row["n"] for row in told} == links

    ends = shop.run(ask_ends(steps)).to_pylist()
    assert sum(row["n"] for row in ends) == len(wanted)
    phrases = read_phrases(shop.run(ask_phrases(steps)).to_pylist(), ends)
    assert len(phrases) == 20
    assert {len(one.steps) for one in phrases} == {2, 3}
    for one in phrases:
        size = len(one.steps)
        ways = [(way[:-1], True) if way[-1] == BOUGHT else (way, False) for way in wanted]
        ways = [(way, bought) for way, bought in ways if len(way) >= size]
        having = [bought for way, bought in ways if _has(way, one.steps)]
        others = [bought for way, bought in ways if not _has(way, one.steps)]
        assert (one.n, one.converted) == (len(having), sum(having))
        assert (one.n_other, one.converted_other) == (len(others), sum(others))
        assert one.interval == difference(sum(having), len(having), sum(others), len(others))
        assert one.n >= LEAST
    best = next(one for one in phrases if one.is_told)
    assert "Search" in best.steps
    assert best.difference > 0


def _has(way: list[str], phrase: tuple[str, ...]) -> bool:
    """Say whether steps follow each other in a way."""
    return any(tuple(way[at : at + len(phrase)]) == phrase for at in range(len(way)))


def test_waits_count_who_has_not_bought_as_still_waiting(shop: Shop) -> None:
    """People whom the span saw first; who had bought before is left out."""
    rows = shop.run(ask_waits(frame())).to_pylist()
    counts: Counter[tuple[int, bool]] = Counter()
    orders = shop.orders()
    for who, events in shop.events().items():
        own = [one.at for one in events if one.kind != "internal" and one.name != BOUGHT]
        first = min(own)
        paid = min((one.paid_at for one in orders.get(who, [])), default=None)
        if first < _SINCE or (paid is not None and paid <= first):
            continue
        end = NOW if paid is None else paid
        counts[(end - first) // HOUR, paid is not None] += 1
    told: Counter[tuple[int, bool]] = Counter()
    for row in rows:
        told[row["hours"], row["bought"]] += row["n"]
    assert told == counts
    curve = read_curves(rows)[""]
    assert curve.n == sum(counts.values())
    assert curve.n_events == sum(n for (_, bought), n in counts.items() if bought)
    assert all(
        low <= share <= high
        for low, share, high in zip(curve.low, curve.survival, curve.high, strict=True)
    )
    assert list(curve.survival) == sorted(curve.survival, reverse=True)
