"""A journey plans one piece a period, however many people pass and workers step them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.integration.journeys import order_event, put_journey
from tests.integration.people import BRAND, log, project_all

from huiliu.journeys import parse
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.content_board import board
from huiliu.services.staff_tasks import list_tasks

SOURCE = """huiliu: 1
kind: journey
slug: buyers
name: {en: Buyers}
entry: {event: Order Paid}
nodes:
  ask:
    type: content_task
    title: A note about what people bought
    platform: xiaohongshu
    assignee: lin
    target: https://shop.example/
    due: 2d
    every: day
    next: done
  done: {type: exit}
"""


def buy(world: World, first: int, past: int) -> None:
    """Let people buy, and their runs go on."""
    now = world.clock.now()
    log(world, *(order_event("Order Paid", f"o{n}", who=f"p{n}", at=now, received=now)
                 for n in range(first, past)))  # fmt: skip
    project_all(world)
    world.clock.advance(1_000_000)  # type: ignore[attr-defined] # the simulated clock's own


def test_people_who_pass_share_one_piece_a_day(world: World) -> None:
    """The first plans it, with one task; the others are counted; tomorrow is another."""
    put_journey(world, SOURCE)
    buy(world, 0, 40)
    with ThreadPoolExecutor(4) as pool:
        while sum(pool.map(lambda _: advance(world, 5), range(8))):
            pass

    [row] = board(world, BRAND, {}).columns["planned"]
    assert (row.n_people, row.journey, row.node, row.assignee) == (40, "buyers", "ask", "lin")
    assert row.link
    assert len(list_tasks(world, BRAND)) == 1
    world.clock.advance(DAY)  # type: ignore[attr-defined] # the simulated clock's own
    buy(world, 40, 43)
    while advance(world):
        pass

    assert [one.n_people for one in board(world, BRAND, {}).columns["planned"]] == [40, 3]
    with world.store.system() as tx:
        names = [one.name for one in tx.log.read(0, 0, 1_000)]
    assert names.count("Content Planned") == 2


def test_a_node_that_cannot_be_planned_is_refused_with_its_line() -> None:
    """A platform that nobody knows is seen when the journey is written, not when people pass."""
    bad = SOURCE.replace("xiaohongshu", "myspace").replace("every: day", "every: second")
    _, problems = parse(bad)

    assert {(one.path, one.line) for one in problems} == {
        ("nodes.ask.platform", 10), ("nodes.ask.every", 14),
    }  # fmt: skip
    journey, none = parse(SOURCE)
    assert none == ()
    assert journey is not None
    assert parse(journey.source())[0] == journey
