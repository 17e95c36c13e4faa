"""Whatever is published over people in flight, and whoever is killed: nobody is lost or doubled."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.journeys import order_event, rows
from tests.integration.people import BRAND, NOW, log, project_all

from huiliu.journeys.carrying import EXIT, InFlight
from huiliu.kernel.documents import dump
from huiliu.kernel.times import HOUR
from huiliu.ports.world import World
from huiliu.services import carry_over as carrying
from huiliu.services.advance import advance
from huiliu.services.carry_over import carry_over
from huiliu.services.publish import publish
from huiliu.stores.clock import SimulatedClock

_NUMBERS = count()
_NAMES = ("a", "b", "c", "d")


def chain(names: tuple[str, ...], hours: int) -> str:
    """Return a journey of waits in this order, then the end."""
    ways = zip(names, (*names[1:], "end"), strict=True)
    nodes = {name: {"type": "wait", "for": f"{hours}h", "next": to} for name, to in ways}
    return dump(
        {
            "huiliu": 1, "kind": "journey", "slug": "chain",
            "name": {"en": f"Chain {next(_NUMBERS)}"},
            "entry": {"event": "Order Paid", "key": "order_id"},
            "nodes": {**nodes, "end": {"type": "exit"}},
        }
    )  # fmt: skip


class _Killed(BaseException):
    """A process ends here."""


@st.composite
def plans(draw: st.DrawFn) -> tuple[tuple[str, ...], InFlight]:
    """Return a version's nodes in some order, and what is to become of people in flight."""
    names = tuple(draw(st.permutations(_NAMES)))[: draw(st.integers(1, 4))]
    way = draw(st.sampled_from(["pin", "migrate", "migrate", "drain"]))
    if way != "migrate":
        return names, InFlight(way)
    gone = [name for name in _NAMES if name not in names]
    moves = {name: draw(st.sampled_from([*names, "end", EXIT])) for name in gone}
    restart = frozenset(draw(st.sets(st.sampled_from(_NAMES))) if draw(st.booleans()) else ())
    return names, InFlight(way, moves, restart & set(moves))


@settings(
    max_examples=4, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(published=st.lists(plans(), min_size=1, max_size=3), rests=st.lists(st.integers(0, 3)))
def test_entries_are_those_in_flight_and_those_who_left(
    world: World,
    clock: SimulatedClock,
    published: list[tuple[tuple[str, ...], InFlight]],
    rests: list[int],
) -> None:
    """Before, between and after any row of publications; each run has one place or none."""
    with world.store.system() as tx:
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "truncate journey_runs, journey_tokens, journey_steps, documents, document_states,"
            " publications"
        )
    publish(world, BRAND, chain(_NAMES, 2), "test")
    n_entered = 0
    for nth, (names, in_flight) in enumerate(published):
        fresh = [f"{next(_NUMBERS)}" for _ in range(4)]
        log(world, *(order_event("Order Paid", key, at=clock.now()) for key in fresh))
        project_all(world)
        for _ in range(rests[nth] if nth < len(rests) else 1):
            clock.advance(HOUR)
            while advance(world):
                pass
        n_entered = _entered(world)
        known = {node for (node,) in rows(world, "select distinct node from journey_tokens")}
        moves = {old: to for old, to in in_flight.moves.items() if old in known}
        plan = InFlight(in_flight.way, moves, in_flight.restart & set(moves))
        publish(world, BRAND, chain(names, 1 + nth), "test", plan)
        assert _entered(world) == n_entered
        _check(world)
    for _ in range(16):
        clock.advance(9 * HOUR)
        while advance(world):
            pass
    _check(world)
    assert rows(world, "select count(*) from journey_tokens") == [(0,)]
    assert _entered(world) == n_entered


def _entered(world: World) -> int:
    """Return how many runs ever began."""
    ((n_entered,),) = rows(world, "select count(*) from journey_steps where what = 'entered'")
    assert isinstance(n_entered, int)
    return n_entered


def _check(world: World) -> None:
    """Assert that every run that began is in flight with one token, or ended without any."""
    assert rows(
        world,
        "select count(*) from journey_runs r left join journey_tokens t using (brand_id, run_id)"
        " where (r.state = 'active') <> (t.run_id is not null)",
    ) == [(0,)]
    assert rows(
        world,
        "select (select count(*) from journey_steps where what = 'entered')"
        " - (select count(*) from journey_runs)",
    ) == [(0,)]
    # Every node at which somebody stands is one of the version that the run is in.
    assert rows(
        world,
        "select count(*) from journey_runs r join journey_tokens t using (brand_id, run_id)"
        " join documents d on d.kind = 'journey' and d.slug = r.journey and d.version = r.version"
        " where d.source !~ ('(?m)^  ' || t.node || ':')",
    ) == [(0,)]


@pytest.mark.parametrize("fatal", [0, 1, 3, 6])
def test_whoever_is_killed_while_carrying_leaves_the_rest_to_the_next(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch, fatal: int
) -> None:
    """Each is carried over once: the numbers of the publication say so, and so does the trace."""
    publish(world, BRAND, chain(_NAMES, 2), "test")
    log(world, *(order_event("Order Paid", f"o{nth}") for nth in range(20)))
    project_all(world)
    chunks = count()

    def dying(at: World, limit: int = 3) -> int:
        """Carry three people over, or die."""
        if next(chunks) == fatal:
            raise _Killed
        return carry_over(at, 3 if limit else limit)

    monkeypatch.setattr("huiliu.services.publish.carry_over", dying)
    plan = InFlight("migrate", {"a": "d"}, frozenset({"a"}))
    with pytest.raises(_Killed):
        publish(world, BRAND, chain(("b", "c", "d"), 2), "test", plan)
    # Time and events go on for those who are still in the older version.
    log(world, order_event("Order Paid", "new"))
    project_all(world)
    while carry_over(world, 3):
        pass

    assert rows(world, "select state, n_in_flight, n_moved from publications"
                       " order by publication_id desc limit 1") == [("done", 20, 20)]  # fmt: skip
    assert rows(world, "select count(*), count(distinct run_id) from journey_steps"
                       " where what = 'moved'") == [(20, 20)]  # fmt: skip
    assert rows(world, "select node, count(*) from journey_tokens group by node order by node") == [
        ("b", 1), ("d", 20),
    ]  # fmt: skip
    assert carrying.REPUBLISHED == "republished"
    assert clock.now() == NOW


def test_a_run_that_another_moves_at_the_moment_is_carried_the_next_time(world: World) -> None:
    """Its token is locked elsewhere: it is left out, not waited for."""
    publish(world, BRAND, chain(_NAMES, 2), "test")
    log(world, *(order_event("Order Paid", f"o{nth}") for nth in range(3)))
    project_all(world)
    with world.store.system() as other:
        other.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "select 1 from journey_tokens limit 1 for update"
        )
        publish(world, BRAND, chain(("a",), 9), "test", InFlight("migrate"))
        assert rows(world, "select count(*) from journey_runs where version = 2") == [(2,)]
        assert rows(world, "select state from publications where version = 2") == [("moving",)]

    assert carry_over(world) == 1
    assert carry_over(world) == 0
    assert rows(world, "select state, n_moved from publications where version = 2") == [("done", 3)]


@pytest.mark.trial
def test_a_hundred_thousand_people_are_carried_over(world: World) -> None:
    """In chunks, each in a transaction of its own; the version they were in is empty afterwards."""
    publish(world, BRAND, chain(_NAMES, 2), "test")
    with world.store.system() as tx:
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "insert into journey_runs (brand_id, run_id, journey, version, profile_id, key,"
            " entered_at, state, entry) select 1, decode(md5(n::text), 'hex'), 'chain', 1, n,"
            ' \'o\' || n, 0, \'active\', \'{"name":"Order Paid","occurred_at":0,"properties":{}}\''
            " from generate_series(1, 100000) n"
        )
        tx.connection.execute(  # type: ignore[attr-defined] # PostgresTx
            "insert into journey_tokens (brand_id, run_id, node, visit, due_at, memory)"
            " select 1, run_id, (array['a', 'b', 'c'])[1 + profile_id % 3], 1, 4e15::bigint,"
            " '4000000000000000' from journey_runs"
        )

    done = publish(world, BRAND, chain(("b", "c", "d"), 2), "test", InFlight("migrate", {"a": "d"}))

    assert done.n_in_flight == 100_000
    assert rows(world, "select version, node, count(*) from journey_runs join journey_tokens"
                       " using (brand_id, run_id) group by version, node order by node") == [
        (2, "b", 33_334), (2, "c", 33_333), (2, "d", 33_333),
    ]  # fmt: skip
    assert rows(world, "select count(*) from journey_steps where what = 'moved'") == [(100_000,)]
