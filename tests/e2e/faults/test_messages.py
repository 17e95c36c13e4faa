"""Workers are killed while messages go out: none is sent twice, and none is forgotten."""

from __future__ import annotations

from collections import Counter

from tests.e2e.faults.sending import decided, settle, states
from tests.e2e.faults.served import Served, Shop, until

from huiliu.fakes import SmtpSink


def test_no_message_is_sent_twice_or_forgotten_when_workers_are_killed(
    sending: Served, sink: SmtpSink
) -> None:
    """What was in flight at a kill is `unknown`, at most once with the provider, and shown."""
    with Shop(sending.port, sending.write_key(), events=5, pause_s=0.1) as shop:
        for victim in ("worker", "postgres", "worker"):
            shop.await_acknowledged(50)
            sending.kill_and_await(victim)
        shop.await_acknowledged(50)
    n_orders = len(shop.acknowledged)
    until(lambda: decided(sending) == n_orders, "every message is decided", look_s=1)
    settle(sending, n_orders)

    arrived = Counter(message.text.strip() for message in sink.arrivals.take())
    found = states(sending)
    assert max(arrived.values()) == 1
    assert found.total() == n_orders
    assert found.keys() <= {"sent", "unknown"}
    assert found["sent"] <= len(arrived) <= n_orders
