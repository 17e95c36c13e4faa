"""A funnel counts whom a plain search over the same events counts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

import pytest
from tests.integration.tags.shop import BRAND, NOW, ZONE, Happening, Shop, opened

from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.metrics import Frame
from huiliu.reports.built_in_funnels import BUILT_IN
from huiliu.reports.funnel_counts import ask_funnel, reached, read_steps
from huiliu.reports.funnel_document import Funnel, Step, parse_funnel
from huiliu.reports.message_funnel import message_ways
from huiliu.warehouses.populations import population

_SINCE = NOW - 30 * DAY
_UNTIL = NOW - 5 * DAY
_WINDOW = 6 * HOUR
_NAMES = ("Look", "Add", "Order", "Pay")


def _draw() -> Iterator[Happening]:
    """Tell of people who look, add, order, pay and turn away, close enough to make funnels."""
    dice = random.Random(9)
    for who in range(1, 90):
        for _ in range(dice.randrange(4, 40)):
            at = NOW - dice.randrange(36 * DAY // (7 * MINUTE)) * 7 * MINUTE
            for name in dice.choices([*_NAMES, "Leave"], [5, 4, 3, 3, 1], k=dice.randrange(1, 6)):
                at += dice.choice([0, 7 * MINUTE, HOUR])
                said = {"colour": dice.choice(["red", "blue"])}
                yield Happening(who, name, at, said, dice.choice(["app", "web"]))


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Lend a shop of such people."""
    with opened(sorted(_draw(), key=lambda one: one.at)) as made:
        yield made


def frame() -> Frame:
    """Return what is asked."""
    return Frame(population(BRAND, None), ZONE, NOW, _SINCE, _UNTIL)


def funnel(**how: object) -> Funnel:
    """Return a funnel of four steps unless a test says otherwise."""
    steps = tuple(Step({}, (name,)) for name in _NAMES)
    made = Funnel("f", {"en": "F"}, "", steps, _WINDOW)
    return replace(made, **how)  # type: ignore[arg-type] # a test names the fields


def furthest(rows: list[Happening], steps: tuple[Step, ...], stops: tuple[str, ...]) -> list[int]:
    """Return, for each step, the least seconds after a beginning at which it was come to.

    Every beginning is tried, and from each the next event of every following step is taken.
    """
    best: dict[int, int] = {}
    starts = [nth for nth, one in enumerate(rows)
              if one.name in steps[0].events and _SINCE <= one.at < _UNTIL]  # fmt: skip
    for start in starts:
        best[0] = 0
        at = start
        for nth, step in enumerate(steps[1:], 1):
            following = [
                one for one in range(at + 1, len(rows))
                if rows[one].name in step.events and rows[one].at - rows[start].at <= _WINDOW
            ]  # fmt: skip
            if not following:
                break
            at = following[0]
            between = [one.name for one in rows[start + 1 : at]]
            if any(stop in between for stop in stops):
                break
            took = (rows[at].at - rows[start].at) // 1_000_000
            best[nth] = min(best.get(nth, took), took)
    return [best[nth] for nth in sorted(best)]


@pytest.mark.parametrize("stops", [(), ("Leave",)])
@pytest.mark.parametrize("names", [_NAMES, ("Look", "Look", "Pay")])
def test_steps_in_their_order_are_counted_as_a_search_counts_them(
    shop: Shop, names: tuple[str, ...], stops: tuple[str, ...]
) -> None:
    """Windows, exclusions, repeated steps and events at one moment included."""
    asked = funnel(steps=tuple(Step({}, (name,)) for name in names), exclude=stops)
    told = shop.run(ask_funnel(frame(), asked, reached(frame(), asked))).to_pylist()[0]

    came = [found for rows in shop.events().values()
            if (found := furthest(rows, asked.steps, stops))]  # fmt: skip
    counts = [sum(len(one) > nth for one in came) for nth in range(len(names))]
    steps = read_steps(asked, told)
    assert [one.n for one in steps] == counts
    assert counts[-1] > 0
    for nth, step in enumerate(steps):
        assert step.of_first == pytest.approx(counts[nth] / counts[0])
        low, high = step.of_first_interval
        assert low <= counts[nth] / counts[0] <= high
    if not stops:
        # The last step is come to soonest from the latest beginning before it.
        assert steps[-1].median_s == pytest.approx(
            median(one[-1] for one in came if len(one) == len(names))
        )


def test_people_are_told_apart_by_what_their_first_step_says(shop: Shop) -> None:
    """The parts add up to the whole at every step."""
    asked = funnel()
    for by in ("channel", "property:colour"):
        people = reached(frame(), asked, by)
        whole = read_steps(asked, shop.run(ask_funnel(frame(), asked, people)).to_pylist()[0])
        parts = shop.run(ask_funnel(frame(), asked, people, lambda one: one)).to_pylist()
        assert {one["value"] for one in parts} == (
            {"app", "web"} if by == "channel" else {"red", "blue"}
        )
        for nth, step in enumerate(whole):
            assert step.n == sum(read_steps(asked, one)[nth].n for one in parts)


def test_stages_in_any_order_count_whoever_took_any_of_them(shop: Shop) -> None:
    """Each stage is a share of all who came to one, within the window of their first."""
    asked = funnel(order="any", window=2 * DAY)
    steps = read_steps(asked, shop.run(
        ask_funnel(frame(), asked, reached(frame(), asked))).to_pylist()[0])  # fmt: skip
    counts = [0] * 4
    n = 0
    for rows in shop.events().values():
        mine = [one for one in rows if one.name in _NAMES and _SINCE <= one.at < _UNTIL]
        if mine:
            n += 1
            near = {one.name for one in mine if one.at - mine[0].at <= 2 * DAY}
            counts = [old + (name in near) for old, name in zip(counts, _NAMES, strict=True)]
    assert [one.n for one in steps] == counts
    assert steps[0].of_first == pytest.approx(counts[0] / n)


def test_a_message_is_followed_from_its_sending_to_an_order() -> None:
    """A click says that it arrived and was opened; an order counts for the last click before it."""

    def told(nth: str, name: str, at: int, **more: object) -> Happening:
        """Return what is told of a message."""
        said = {"message_id": nth, "channel": "sms", **more}
        return Happening(1, name, at, said, "sms", "internal")

    at = NOW - 20 * DAY
    with opened([
        *(told(nth, "Message Sent", at, template="a") for nth in "mnopq"),
        told("m", "Message Clicked", at + HOUR), told("n", "Message Clicked", at + 2 * HOUR),
        told("o", "Message Delivered", at + HOUR), told("p", "Message Opened", at, machine=True),
        Happening(1, "Order Paid", at + 3 * HOUR, {"order_id": "1"}),
        told("q", "Message Delivered", at + 9 * DAY),
    ]) as shop:  # fmt: skip
        asked = BUILT_IN["message"]
        rows = shop.run(ask_funnel(frame(), asked, message_ways(frame(), asked))).to_pylist()
    steps = read_steps(asked, rows[0])
    assert [one.n for one in steps] == [5, 3, 2, 2, 1, 1]


def test_a_channel_that_never_tells_of_deliveries_delivers_what_does_not_fail() -> None:
    """Else all its messages would seem to be lost on their way."""
    at = NOW - 20 * DAY
    said = [{"message_id": nth, "channel": "post"} for nth in "mno"]
    with opened([
        *(Happening(1, "Message Sent", at, one, "post", "internal") for one in said),
        Happening(1, "Message Failed", at + HOUR, said[0], "post", "internal"),
    ]) as shop:  # fmt: skip
        asked = BUILT_IN["message"]
        rows = shop.run(ask_funnel(frame(), asked, message_ways(frame(), asked))).to_pylist()
    assert [one.n for one in read_steps(asked, rows[0])] == [3, 2, 0, 0, 0, 0]


def test_a_document_tells_all_that_is_wrong_with_it() -> None:
    """Each problem with its path and its line."""
    found = parse_funnel(
        "huiliu: 1\nkind: funnel\nslug: f\nname: {en: F}\nwindow: 5y\nsteps:\n"
        "  - event: A\n    where: [{property: x, nonsense: 1}]\n  - name: B\nby: [moon]\n"
    )
    assert isinstance(found, tuple)
    assert {(one.path, one.line) for one in found} >= {
        ("window", 5), ("steps[1].event", 9), ("by[0]", 10),
    }  # fmt: skip
    assert any(one.path.startswith("steps[0].where") for one in found)


@pytest.mark.parametrize("built", BUILT_IN.values(), ids=lambda one: one.slug)
def test_the_funnels_that_come_along_can_be_asked(shop: Shop, built: Funnel) -> None:
    """Also where nobody did any of it."""
    ways = message_ways if built.slug == "message" else reached
    rows = shop.run(ask_funnel(frame(), built, ways(frame(), built))).to_pylist()
    assert rows == [] or len(read_steps(built, rows[0])) == len(built.steps)
