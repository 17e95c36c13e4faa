"""Sells and dies at labelled points: `python -m tests.integration.rewards.killed_till URL`.

Each line on standard input is `LABEL<tab>ORDER`; the answer is `killed`, or `done` and the labels
that were passed. One process without threads makes all by forking.
"""

from __future__ import annotations

import json
import os
import sys

from tests.integration.killing.labels import LabelledStore, Points
from tests.integration.people import BRAND, NOW
from tests.integration.rewards.coupons import basket

from huiliu.messages.policy import rules_from
from huiliu.ports.world import World
from huiliu.services.redeem_coupon import OrderAsked, redeem, reserve
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets


def _sell(url: str, label: str, order: str) -> dict[str, int]:
    """Reserve and redeem an order in a world of its own; return the points that were passed."""
    clock, secrets = SimulatedClock(NOW), InstanceSecrets(bytes(range(32)))
    points = Points(label, 1)
    store = PostgresStore(url, secrets, clock)
    try:
        world = World(
            clock=clock,
            store=LabelledStore(store, points),
            secrets=secrets,
            warehouse=None,  # type: ignore[arg-type] # nobody asks it
            providers={},
            sources={},
            public_url="https://huiliu.example",
            zone="Asia/Shanghai",
            policy=rules_from(4, "21:00", "08:00"),
        )
        asked = OrderAsked(order, basket(), None, ("HELLO40",))
        reserve(world, BRAND, asked)
        redeem(world, BRAND, asked)
    finally:
        store.close()
    return dict(points.passed)


def main() -> None:
    """Answer one line after another."""
    for line in sys.stdin:
        label, order = line.rstrip("\n").split("\t")
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, json.dumps(_sell(sys.argv[1], label, order)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read().decode()
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"done\t{told}", flush=True)


if __name__ == "__main__":
    main()
