"""`points`: operations on the ledger of points a second, 32 callers, each waiting for the disk.

The callers ask as services do, one operation at a time, of the same few thousand people: earning,
burning, refunds of both kinds, transfers. A refusal is an answer, but no operation that counts.
Afterwards the whole ledger is read and has to balance.
"""

from __future__ import annotations

import random
import time
from decimal import Decimal
from threading import Barrier, Thread
from typing import Final

from huiliu.benches.frame import Measured, Place, Size
from huiliu.bootstrap import defer_collection
from huiliu.kernel.times import DAY
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.services.points_commit import commit_points

__all__ = ["run"]

_BRAND: Final = 1
_CALLERS: Final = 32
_PEOPLE: Final = 5_000
#: How long it is measured.
_SECONDS: Final = {"small": 6.0, "full": 25.0}
#: Where people begin: nobody is refused for having nothing.
_START: Final = Decimal("500.00")
_TOGETHER: Final = 500
_SEED: Final = 20261122
#: What is asked how often, of twenty.
_MIX: Final = (
    *(Kind.EARN,) * 10, *(Kind.BURN,) * 6, Kind.GIVE_BACK, Kind.CLAW_BACK, *(Kind.TRANSFER,) * 2,
)  # fmt: skip


class _Caller:
    """One caller: it remembers what it may undo."""

    def __init__(self, world: World, number: int) -> None:
        """Begin with nothing done."""
        self._world = world
        self._number = number
        self._dice = random.Random(_SEED + number)  # noqa: S311 - a workload, no secret
        self._done: dict[Kind, list[tuple[int, str, Decimal]]] = {Kind.EARN: [], Kind.BURN: []}
        self.n_done = self.n_refused = 0
        self.fault: BaseException | None = None

    def run(self, barrier: Barrier, seconds: float) -> None:
        """Ask one operation after another until the time is over."""
        barrier.wait()
        until = time.perf_counter() + seconds
        try:
            nth = 0
            while time.perf_counter() < until:
                self._ask(nth)
                nth += 1
        except BaseException as fault:  # noqa: BLE001 - told by the thread that measures
            self.fault = fault

    def _ask(self, nth: int) -> None:
        """Ask one operation."""
        dice, key = self._dice, f"{self._number}-{nth}"
        kind = dice.choice(_MIX)
        who, order = dice.randrange(1, _PEOPLE + 1), f"o{key}"
        amount, other = Decimal(dice.randrange(1, 2_000)).scaleb(-2), 0
        undone = {Kind.GIVE_BACK: Kind.BURN, Kind.CLAW_BACK: Kind.EARN}.get(kind)
        if undone is not None:
            if not self._done[undone]:
                kind = Kind.EARN
            else:
                who, order, amount = self._done[undone].pop()
        elif kind is Kind.TRANSFER:
            order, other = "", who % _PEOPLE + 1
        pending = self._world.clock.now() + 7 * DAY if kind is Kind.EARN and nth % 4 == 0 else None
        [answer] = commit_points(self._world, _BRAND, [Operation(
            key, kind, who, amount, "app", "bench", order, other, pending, by="",
        )])  # fmt: skip
        if answer.refused:
            self.n_refused += 1
            return
        self.n_done += 1
        if kind in self._done:
            self._done[kind].append((who, order, amount))


def run(size: Size, place: Place) -> Measured:
    """Return how many operations are durable in a second."""
    with place.house() as house:
        world = house.world
        for first in range(1, _PEOPLE + 1, _TOGETHER):
            commit_points(world, _BRAND, [
                Operation(f"start {who}", Kind.EARN, who, _START, "app", "bench")
                for who in range(first, min(first + _TOGETHER, _PEOPLE + 1))
            ])  # fmt: skip
        defer_collection()
        barrier = Barrier(_CALLERS + 1)
        callers = [_Caller(world, number) for number in range(_CALLERS)]
        threads = [
            Thread(target=one.run, args=(barrier, _SECONDS[size]), daemon=True) for one in callers
        ]
        for thread in threads:
            thread.start()
        barrier.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        for one in callers:
            if one.fault is not None:
                raise one.fault
        with world.store.system() as tx:
            faults = tx.points.faults(_BRAND)
    assert not faults, faults
    n_done = sum(one.n_done for one in callers)
    details = {
        "size": {"people": _PEOPLE, "callers": _CALLERS, "seconds": round(seconds, 2)},
        "operations": n_done,
        "refused": sum(one.n_refused for one in callers),
        "faults": len(faults),
    }
    return Measured(n_done / seconds, None, details)
