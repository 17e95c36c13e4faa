"""The long trial: everything is killed, in any order, while orders come in and messages go out."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from tests.e2e.faults.sending import decided, settle, states
from tests.e2e.faults.served import Served, Shop, until

from huiliu.fakes import SmtpSink

_ROUNDS = 25
_REPORT = Path(__file__).parents[3] / "build" / "trial-chaos.json"


@pytest.mark.trial
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_or_sent_twice_through_many_kills(
    sending: Served, sink: SmtpSink, seed: int
) -> None:
    """Twenty-five kills of roles, PostgreSQL and supervisor, in the seed's order."""
    chance = random.Random(seed)
    victims = Counter[str]()
    with Shop(sending.port, sending.write_key(), events=5, pause_s=0.05) as shop:
        for _ in range(_ROUNDS):
            shop.await_acknowledged(chance.randrange(5, 100))
            victim = chance.choice(["web", "worker", "analyst", "postgres", "supervisor"])
            victims[victim] += 1
            if victim == "supervisor":
                sending.kill(victim)
                until(lambda: not {"web", "worker", "analyst"} & sending.pids().keys(), "roles end")
                sending.start()
            else:
                sending.kill_and_await(victim)
        shop.await_acknowledged(50)
    n_orders = len(shop.acknowledged)
    until(lambda: decided(sending) == n_orders, "every message is decided", 600, look_s=1)
    settle(sending, n_orders)

    arrived = Counter(message.text.strip() for message in sink.arrivals.take())
    found = states(sending)
    _REPORT.parent.mkdir(exist_ok=True)
    report = {"seed": seed, "kills": dict(victims), "orders": n_orders, "messages": dict(found),
              "arrived": arrived.total(), "arrived_twice": arrived.total() - len(arrived),
              "retries": shop.n_retries}  # fmt: skip
    with _REPORT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(report) + "\n")
    assert max(arrived.values()) == 1
    assert found.total() == n_orders
    assert found.keys() <= {"sent", "unknown"}
    assert found["sent"] <= len(arrived) <= n_orders
