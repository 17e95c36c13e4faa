"""Whatever the journey and whatever happens: virtual time decides what an instance decided."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.conftest import _TEMPLATE
from tests.integration.people import NOW, project_all
from tests.integration.virtual.living import (
    Living,
    happening,
    live_world,
    lived_again,
    put_journeys,
    put_segment,
    two_people,
    what_lived,
)
from tests.integration.warehouses import with_warehouse
from tests.property.journey_documents import documents

from huiliu.journeys import Journey
from huiliu.kernel.events import NewEvent
from huiliu.kernel.times import DAY, HOUR, MINUTE
from huiliu.messages.policy import rules_from
from huiliu.ports.world import World
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.embedded import Embedded
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

_numbers = count(1)
_END = NOW + 40 * DAY

#: What the journeys of the random documents call.
CALLEE = """huiliu: 1
kind: journey
slug: k
name: {en: K}
entry: {api: true}
nodes:
  rest: {type: wait, for: 2h, next: say}
  say: {type: emit, event: A, properties: {k: x}, next: done}
  done: {type: exit}
"""
VIP = "{did: B, at_least: 2, within: 3d}"


def journeys() -> st.SearchStrategy[Journey]:
    """Return random journeys of all that virtual time knows as live does.

    A tag that a journey sets stands at once in virtual time, and live when it is next computed;
    audiences of schedules are asked of the warehouse, which has its own test.
    """
    return documents(5).filter(
        lambda journey: (
            journey.entry.schedule is None
            and all(node.type not in {"set_tag", "task"} for node in journey.nodes.values())
            and not journey.mentions.tags
        )
    )


@contextmanager
def fresh(postgres: Embedded, clock: SimulatedClock, folder: Path) -> Iterator[World]:
    """Lend a world with a database and a warehouse of its own."""
    name = f"lived_{next(_numbers)}"
    with psycopg.connect(postgres.server_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {_TEMPLATE}")
    secrets = InstanceSecrets(bytes(range(32)))
    store = PostgresStore(postgres.server_url(name), secrets, clock)
    try:
        world = World(
            clock=clock, store=store, secrets=secrets, warehouse=None,  # type: ignore[arg-type] # follows
            providers={}, sources={}, public_url="https://huiliu.example", zone="Asia/Shanghai",
            policy=rules_from(2, "21:00", "08:00"),
        )  # fmt: skip
        with live_world(world) as living, with_warehouse(living, folder) as whole:
            yield whole
    finally:
        store.close()
        with psycopg.connect(postgres.server_url("postgres"), autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


def lives(world: World, people: tuple[int, ...], seed: int) -> list[tuple[int, NewEvent]]:
    """Return what happens to people in eight days, no two things at one instant."""
    dice = random.Random(seed)
    found = []
    names = ["A"] * 5 + ["B"] * 4 + ["C", "List Entered", "List Left", "Place Entered",
                                     "Place Left", "Journey Called", "$identify"]  # fmt: skip
    for nth in range(24):
        at = NOW + HOUR + dice.randrange(8 * 24 * 60) * MINUTE + nth
        who, name = dice.choice(people), dice.choice(names)
        properties: dict[str, object] = {"k": dice.choice(["x", "y", 1]), "n": dice.randrange(6)}
        if name == "$identify":
            properties = {"t": dice.choice(["x", "z"]), "birth_month_day": "--11-25"}
        elif name.startswith("List"):
            properties = {"list": "vip"}
        elif name.startswith("Place"):
            properties = {"place": "vip"}
        elif name == "Journey Called":
            properties |= {"journey": "j"}
        found.append((at, happening(world, who, name, at, **properties)))
    return sorted(found, key=lambda pair: pair[0])


def check(journey: Journey, seed: int, postgres: Embedded, folder: Path) -> None:
    """Let an instance live through a history, and virtual time through its log."""
    clock = SimulatedClock(NOW)
    with fresh(postgres, clock, folder) as world:
        put_segment(world, "vip", VIP)
        # Before anybody is known: what journeys ask for is kept from the first event on.
        put_journeys(world, {"j": journey.source(), "k": CALLEE})
        people = two_people(world)
        # Quotas are given out in an order that only one person's runs have.
        binds = any(node.quota is not None for node in journey.nodes.values())
        Living(world, clock).through(lives(world, people[:1] if binds else people, seed), _END)
        project_all(world)
        world.warehouse.catch_up(30)

        again = lived_again(world, journey.source(), (NOW, _END + 1))
        lived = what_lived(world)

    source = journey.source()
    assert (source, seed, again.runs) == (source, seed, lived.runs)
    assert (source, seed, again.steps) == (source, seed, lived.steps)
    assert (source, seed, again.messages) == (source, seed, lived.messages)


@settings(
    max_examples=8, deadline=None, derandomize=True, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.filter_too_much],
)  # fmt: skip
@given(journeys(), st.integers(0, 10_000))
def test_random_journeys_decide_the_same_in_virtual_time(
    postgres: Embedded, tmp_path_factory: pytest.TempPathFactory, journey: Journey, seed: int
) -> None:
    """Every run, every step and every message, with its instant and the reason of each non-send."""
    check(journey, seed, postgres, tmp_path_factory.mktemp("lived"))
