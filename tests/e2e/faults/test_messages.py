"""Workers are killed while messages go out: none is sent twice, and none is forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.e2e.faults.served import Served, Shop, until

from huiliu.bootstrap import join
from huiliu.fakes import SmtpSink
from huiliu.services.dispatch import LEASE, dispatch
from huiliu.settings import load
from huiliu.stores.clock import SimulatedClock, SystemClock

TEMPLATE = """\
huiliu: 1
kind: template
slug: thanks
name: {en: Thanks}
channel: email
class: service
locales:
  en:
    subject: "Thanks for {{ event.order_id }}"
    text: "Order {{ event.order_id }}"
"""
JOURNEY = """\
huiliu: 1
kind: journey
slug: thanks
name: {en: Thanks}
entry: {event: Order Paid, key: order_id}
nodes:
  thank: {type: send, channel: email, template: thanks, class: service, next: done}
  done: {type: exit}
"""


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """Run an SMTP server that counts what arrives."""
    server = SmtpSink().start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def sending(tmp_path: Path, sink: SmtpSink) -> Iterator[Served]:
    """Run an instance that thanks for each paid order by e-mail."""
    instance = Served(tmp_path / "shop", {"HUILIU_OUTBOUND_HOSTS": "127.0.0.1"})
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "journey.yaml").write_text(JOURNEY)
    try:
        instance.start()
        for words in (
            ("channel", "add", "email", "--set", "host=127.0.0.1", "--set", f"port={sink.port}",
             "--set", "tls=none", "--set", "from=shop@example.com"),
            ("template", "apply", str(tmp_path / "template.yaml")),
            ("journey", "apply", str(tmp_path / "journey.yaml")),
        ):  # fmt: skip
            done = instance.run(*words)
            assert done.returncode == 0, done.stderr
        yield instance
    finally:
        instance.end()


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
    until(lambda: _decided(sending) == n_orders, "every message is decided", look_s=1)
    _pass_leases(sending)

    arrived = Counter(message.text.strip() for message in sink.arrivals.take())
    states = _states(sending)
    assert max(arrived.values()) == 1
    assert sum(states.values()) == n_orders
    assert states.keys() <= {"sent", "unknown"}
    assert states["sent"] <= len(arrived) <= n_orders


def _decided(sending: Served) -> int:
    """Return how many messages are no longer waiting to be sent."""
    states = _states(sending)
    return sum(states.values()) - states["queued"]


def _states(sending: Served) -> Counter[str]:
    """Return how many messages stand in each status."""
    with sending.house() as house, psycopg.connect(house.database_url) as connection:
        rows = connection.execute("select status, count(*) from messages group by 1").fetchall()
    return Counter({str(status): int(n) for status, n in rows})


def _pass_leases(sending: Served) -> None:
    """Let the leases of killed workers run out, as they do after ten minutes."""
    later = SimulatedClock(SystemClock().now() + LEASE + 1)
    folder = sending.folder
    with join(folder, load(folder.root), later) as house:
        dispatch(house.world, 500)
