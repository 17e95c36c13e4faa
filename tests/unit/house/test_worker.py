"""A worker's loop: whatever a batch does, the next one is tried."""

from __future__ import annotations

from threading import Event
from typing import cast

from huiliu.kernel.errors import Unavailable
from huiliu.ports.world import World
from huiliu.roles.worker import Loop, _Runner

NO_WORLD = cast("World", None)


class Poisoned:
    """Ten things to do, of which the one at `poison` makes its batch fail."""

    def __init__(self, poison: int) -> None:
        """Begin with all ten."""
        self.left = list(range(10))
        self.poison = poison
        self.limits: list[int] = []

    def step(self, _world: World, limit: int) -> int:
        """Do the first ones of the list, or fail."""
        self.limits.append(limit)
        batch = self.left[:limit]
        if self.poison in batch:
            raise ValueError("a row that nobody can read")
        del self.left[: len(batch)]
        return len(batch)

    def set_aside(self, _world: World) -> int:
        """Take the first thing away."""
        del self.left[0]
        return 1


def _runner(work: Poisoned, batch: int = 8) -> _Runner:
    """Return a runner of this work."""
    return _Runner(Loop("work", work.step, batch, (), work.set_aside), NO_WORLD, Event())


def test_one_bad_thing_is_fenced_in_set_aside_and_the_others_are_done() -> None:
    """The batch is halved until the bad thing stands alone, which is then taken away."""
    work = Poisoned(poison=5)
    runner = _runner(work)

    for _ in range(30):
        runner._step()

    assert work.left == []
    assert runner.n_done == 9
    assert min(work.limits) == 1


def test_after_a_failure_batches_grow_again() -> None:
    """A bad minute does not make a slow day."""
    work = Poisoned(poison=0)
    runner = _runner(work)
    for _ in range(12):
        runner._step()

    assert runner._limit == 8
    assert runner.fault == ""


def test_a_database_that_is_gone_sets_nothing_aside() -> None:
    """It is waited for, ever longer up to five seconds, and no event is blamed."""
    work = Poisoned(poison=-1)

    def gone(_world: World, _limit: int) -> int:
        raise Unavailable("PostgreSQL", "gone")

    runner = _Runner(Loop("work", gone, 8, (), work.set_aside), NO_WORLD, Event())
    pauses = []
    for _ in range(20):
        assert runner._step() == -1
        pauses.append(runner._pause_s())

    assert len(work.left) == 10
    assert runner._limit == 8
    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert pauses[-1] == 5.0


def test_a_failure_is_named_for_the_doctor_until_a_batch_goes_well() -> None:
    """`huiliu doctor` reads the kind of fault, never its words."""
    work = Poisoned(poison=0)
    runner = _runner(work, batch=1)

    runner._step()
    named = runner.fault
    work.poison = -1
    runner._step()

    assert named == "ValueError"
    assert runner.fault == ""
