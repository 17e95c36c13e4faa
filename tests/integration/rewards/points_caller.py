"""A process that asks for points with many callers at once; it is made to be killed.

`python -m tests.integration.rewards.points_caller URL OPERATIONS CALLERS` asks operations by their
numbers, the same ones whenever it runs, and prints the number of each that was answered.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from huiliu.messages.policy import rules_from
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.services.points_commit import commit_points
from huiliu.stores.clock import SystemClock
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

__all__ = ["PEOPLE", "operation"]

PEOPLE = 7
_BRAND = 1


def operation(nth: int) -> Operation:
    """Return an operation: of ten, four earn, four burn, one is undone, one hands points on."""
    who, amount = nth % PEOPLE + 1, Decimal(nth % 90 + 10) / 10
    kind = (
        Kind.EARN, Kind.BURN, Kind.EARN, Kind.BURN, Kind.TRANSFER,
        Kind.EARN, Kind.BURN, Kind.EARN, Kind.BURN, Kind.CLAW_BACK,
    )[nth % 10]  # fmt: skip
    order = f"o{nth // 10}-{who}"
    other = who % PEOPLE + 1 if kind is Kind.TRANSFER else 0
    share = Decimal(1) if kind is Kind.CLAW_BACK else None
    return Operation(f"op {nth}", kind, who, amount, "app", "race", order, other, share=share)


def main(url: str, n_operations: int, n_callers: int) -> None:
    """Ask them all, each caller one after another."""
    clock, secrets = SystemClock(), InstanceSecrets(bytes(range(32)))
    store = PostgresStore(url, secrets, clock)
    world = World(
        clock=clock, store=store, secrets=secrets,
        warehouse=None,  # type: ignore[arg-type] # nobody asks it
        providers={}, sources={}, public_url="https://huiliu.example", zone="Asia/Shanghai",
        policy=rules_from(4, "21:00", "08:00"),
    )  # fmt: skip

    def ask(nth: int) -> None:
        commit_points(world, _BRAND, [operation(nth)])
        sys.stdout.write(f"{nth}\n")
        sys.stdout.flush()

    with ThreadPoolExecutor(n_callers) as pool:
        list(pool.map(ask, range(n_operations)))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
