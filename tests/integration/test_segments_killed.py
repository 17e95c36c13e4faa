"""Whoever enters or leaves is told once, wherever the process dies between write and commit.

The process is killed before every single call to the store in turn, and once after the commit;
what was not committed is gone, and the next process does it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.integration.journeys import put_journey
from tests.integration.people import event, person
from tests.integration.people import log as append
from tests.integration.test_segments import applied, members, told
from tests.integration.test_segments_further import CARE, set_tag
from tests.integration.warehouses import settle, with_warehouse

from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.services import carry_tags
from huiliu.services.advance import advance
from huiliu.services.expire import expire
from huiliu.services.project import project
from huiliu.stores.clock import SimulatedClock


class Killed(BaseException):
    """The process is gone; nothing that catches exceptions can help."""


class _Deadly:
    """Hands calls on until it is told to die."""

    def __init__(self, inner: Any, die: Callable[[str], None], label: str = "") -> None:
        """Stand before a transaction, or before one of its nouns."""
        self._inner, self._die, self._label = inner, die, label

    def __getattr__(self, name: str) -> Any:
        """Return a noun or a method, each call of which may be the last."""
        found = getattr(self._inner, name)
        label = f"{self._label}.{name}".strip(".")
        if not callable(found):
            return _Deadly(found, self._die, label)

        def call(*values: object, **named: object) -> object:
            """Die here, or do it."""
            self._die(label)
            return found(*values, **named)

        return call


class _DeadlyStore:
    """A store whose process dies at the n-th call, or after the n-th commit."""

    def __init__(self, store: Any, at: int, after_commit: bool = False) -> None:
        """Count from 1; 0 never comes."""
        self._store, self._at, self._after_commit = store, at, after_commit
        self.labels: list[str] = []

    def _die(self, label: str) -> None:
        """Note where, and die if it is time."""
        self.labels.append(label)
        if len(self.labels) == self._at and not self._after_commit:
            raise Killed(label)

    @contextmanager
    def system(self) -> Iterator[Any]:
        """Open a transaction that may not reach its end."""
        with self._store.system() as tx:
            yield _Deadly(tx, self._die)
            self._die("commit")
        if self._after_commit:
            raise Killed("after commit")

    def __getattr__(self, name: str) -> Any:
        """Return whatever else a store has."""
        return getattr(self._store, name)


def killed_everywhere(
    world: World, step: Callable[[World], object], unmoved: object = None
) -> set[str]:
    """Run a step, killed at every point in turn, until it comes through; return the points.

    A step of one transaction leaves everything unmoved whenever it is killed.
    """
    points: set[str] = set()
    for at in count(1):
        store = _DeadlyStore(world.store, at)
        try:
            step(replace(world, store=store))
        except Killed:
            points.add(store.labels[-1])
            assert unmoved in {None, state(world)}, store.labels[-1]
        else:
            return points
    raise AssertionError("unreachable")


def state(world: World) -> object:
    """Return all memberships and the log's end: what a killed step must leave as it was."""
    with world.store.system() as tx:
        head = tx.log.head()
    return head, tuple(sorted((slug, tuple(sorted(members(world, slug)))) for slug in ("one",)))


@pytest.fixture
def asked(world: World, tmp_path: Path) -> Iterator[World]:
    """Give a world with a warehouse."""
    with with_warehouse(world, tmp_path) as opened:
        yield opened


def test_a_killed_projector_tells_of_each_move_once(asked: World):
    """Killed before every call of a batch, and after its commit."""
    applied(asked, "one", {"did": "Order Paid", "exactly": 1})
    append(asked, event("user_id:ada", name="Order Paid"))

    points = killed_everywhere(asked, project, state(asked))

    assert {"segments.enter", "log.append", "log.move_cursor", "commit"} <= points
    append(asked, event("user_id:ada", name="Order Paid"))
    with pytest.raises(Killed):
        project(replace(asked, store=_DeadlyStore(asked.store, 0, after_commit=True)))
    settle(asked)
    ada = person(asked, "user_id:ada")
    assert told(asked) == [("Segment Entered", "one", ada), ("Segment Exited", "one", ada)]


def test_a_killed_timer_lets_go_once(asked: World, clock: SimulatedClock):
    """The timer is taken away with the membership that it ends, or stays with it."""
    applied(asked, "one", {"did": "Order Paid", "within": "2d"})
    append(asked, event("user_id:ada", name="Order Paid"))
    settle(asked)
    clock.set(clock.now() + 2 * DAY)

    points = killed_everywhere(asked, expire, state(asked))

    assert {"segments.claim_due", "segments.leave", "log.append", "commit"} <= points
    assert expire(asked) == 0
    settle(asked)
    assert [row[0] for row in told(asked)] == ["Segment Entered", "Segment Exited"]


def test_a_killed_worker_moves_run_and_membership_together(asked: World, clock: SimulatedClock):
    """A run that stands at the next node has its person in the segment that asks for it."""
    put_journey(asked, CARE)
    applied(asked, "one", {"journey": "care", "node": "longer"})
    append(asked, event("user_id:ada", name="Order Paid", properties={"order_id": "1"}))
    settle(asked)
    clock.set(clock.now() + 3 * DAY)

    points = killed_everywhere(asked, advance, state(asked))

    assert {"runs.claim_due", "runs.move", "segments.enter", "commit"} <= points
    assert advance(asked) == 0
    settle(asked)
    assert [row[0] for row in told(asked)] == ["Segment Entered"]


def test_a_killed_refresh_lets_in_once(asked: World, monkeypatch: pytest.MonkeyPatch):
    """A tag's value and what it means for segments are carried together, or again."""
    append(asked, event("user_id:ada"))
    settle(asked)
    ada = person(asked, "user_id:ada")
    set_tag(asked, "orders", {ada: 1}, asked.clock.now())
    applied(asked, "one", {"tag": "orders", "at_least": 2})
    carried = carry_tags.carry_tag
    points: set[str] = set()

    def carry(world: World, brand_id: int, slug: str) -> int:
        """Carry, killed everywhere."""
        points.update(killed_everywhere(world, lambda one: carried(one, brand_id, slug)))
        return 1

    monkeypatch.setattr("tests.integration.test_segments_further.carry_tag", carry)
    set_tag(asked, "orders", {ada: 3}, asked.clock.now() + DAY)

    assert {"tags.carry", "segments.enter", "log.append", "commit"} <= points
    settle(asked)
    assert told(asked) == [("Segment Entered", "one", ada)]
