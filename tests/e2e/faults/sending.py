"""An instance that thanks for each paid order by e-mail, and what became of its messages."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from tests.e2e.faults.served import Served, until

from huiliu.bootstrap import join
from huiliu.kernel.times import MINUTE
from huiliu.services.dispatch import LEASE, dispatch
from huiliu.settings import load
from huiliu.stores.clock import SimulatedClock, SystemClock

_ROUNDS = 4
_ROUND_S = 45
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


def let_thank(instance: Served, place: Path, port: int) -> None:
    """Give a running instance an e-mail account, a template and the journey that uses both."""
    (place / "template.yaml").write_text(TEMPLATE)
    (place / "journey.yaml").write_text(JOURNEY)
    for words in (
        ("channel", "add", "email", "--set", "host=127.0.0.1", "--set", f"port={port}",
         "--set", "tls=none", "--set", "from=shop@example.com"),
        ("template", "apply", str(place / "template.yaml")),
        ("journey", "apply", str(place / "journey.yaml")),
    ):  # fmt: skip
        done = instance.run(*words)
        assert done.returncode == 0, done.stderr


def decided(sending: Served) -> int:
    """Return how many messages are no longer waiting to be sent."""
    found = states(sending)
    return found.total() - found["queued"]


def settled(sending: Served) -> int:
    """Return how many messages have an end: sent, or unknown."""
    found = states(sending)
    return found["sent"] + found["unknown"]


def states(sending: Served) -> Counter[str]:
    """Return how many messages stand in each status."""
    with sending.house() as house, psycopg.connect(house.database_url) as connection:
        rows = connection.execute("select status, count(*) from messages group by 1").fetchall()
    return Counter({str(status): int(n) for status, n in rows})


def settle(sending: Served, n_messages: int) -> None:
    """Return when every message has its end; leases run out until then, as they do for ever.

    What goes back into the queue there, a worker of the running instance may have in hand.
    """
    for _ in range(_ROUNDS):
        pass_leases(sending)
        with suppress(AssertionError):
            until(lambda: settled(sending) == n_messages, "all settled", _ROUND_S, look_s=1)
            return
    raise AssertionError(f"of {n_messages} messages: {states(sending)}; {waiting(sending)}")


def latest(sending: Served) -> int:
    """Return when the last of what waits in the queue may go; 0 = nothing waits."""
    with sending.house() as house, psycopg.connect(house.database_url) as connection:
        row = connection.execute(
            "select coalesce(max(not_before), 0) from messages where status = 'queued'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def waiting(sending: Served) -> list[tuple[object, ...]]:
    """Return what a few messages without an end wait for."""
    with sending.house() as house, psycopg.connect(house.database_url) as connection:
        return connection.execute(
            "select m.status, m.reason, (m.not_before - extract(epoch from now())"
            " * 1000000)::bigint / 1000000 as waits_s from messages m"
            " where m.status not in ('sent', 'unknown') limit 6"
        ).fetchall()


def pass_leases(sending: Served) -> None:
    """Let the leases of killed workers run out, as they do after ten minutes, and retries be due.

    What a provider did not take at such a later time is tried again later than that: nobody here
    waits for as long as that takes.
    """
    later = SimulatedClock(max(SystemClock().now() + LEASE, latest(sending)) + 1)
    folder = sending.folder
    # The running instance may reach its provider by its environment; without that leave, whatever
    # is sent from here would pause the account for all.
    settings = replace(load(folder.root), outbound_hosts="127.0.0.1")
    with join(folder, settings, later) as house:
        for _ in range(30):
            while dispatch(house.world, 500):
                pass  # A round recovers one batch; kills may have left several.
            if not states(sending)["queued"]:
                break
            # What waits for a busy or a broken account waits by this clock, too.
            later.advance(MINUTE)
