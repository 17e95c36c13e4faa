"""A full outbox for the benches that send: people with sealed addresses, consents, one template."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
import psycopg

from huiliu.bootstrap import House
from huiliu.kernel.ids import digest
from huiliu.kernel.times import as_instant
from huiliu.messages.template import Rendered, parse_template, render
from huiliu.ports.channel import AnswerState, ChannelAccount, OutboundMessage, Provider
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.world import World
from huiliu.services.apply_template import apply_template
from huiliu.services.dispatch import dispatch
from huiliu.services.ingest import accept
from huiliu.services.project import project

__all__ = [
    "BRAND",
    "NOW",
    "fill",
    "handed_over",
    "rendered",
    "send_all",
    "sent_through",
    "sinks",
    "statuses",
]

BRAND: Final = 1
#: Noon in Shanghai: no quiet hours.
NOW: Final = as_instant("2026-11-22T04:00:00Z") or 0
#: Messages a round of the dispatcher.
_BATCH: Final = 1_000
_CHUNK: Final = 2_000
#: Half of the messages each.
_CLASSES: Final = ("marketing", "service")

_EMAIL: Final = """huiliu: 1
kind: template
slug: bench
name: {en: Bench}
channel: email
class: marketing
locales:
  zh-CN:
    subject: "{{ person.name }}，您看过的 {{ event.product }} 降价了"
    text: |
      {{ person.name }}，您好：
      {{ event.product }} 现在只要 {{ event.total | money: "CNY" }} 元。
      退订：{{ unsubscribe_url }}
    html: |
      <html><body><p>{{ person.name }}，您好：</p>
      <p><b>{{ event.product }}</b> 现在只要 {{ event.total | money: "CNY" }} 元。</p>
      {% if event.total > 100 %}<p>本单免运费。</p>{% endif %}
      <p><a href="{{ unsubscribe_url }}">退订</a></p></body></html>
"""
_SMS: Final = """huiliu: 1
kind: template
slug: bench
name: {en: Bench}
channel: sms
class: marketing
locales:
  zh-CN:
    text: "【汇流】{{ person.name }}，{{ event.product }} 只要 {{ event.total }} 元，拒收请回复R"
"""


def fill(house: House, channel: str, n_people: int, account: ChannelAccount) -> None:
    """Collect people as a shop would, project them, and queue one message to each."""
    world = house.world
    document, _ = apply_template(world, BRAND, _EMAIL if channel == "email" else _SMS, "bench")
    with world.store.system() as tx:
        tx.channels.put(account, NOW)
    for start in range(0, n_people, _CHUNK):
        people = range(start, min(start + _CHUNK, n_people))
        calls = [call for number in people for call in _calls(number, channel)]
        with world.store.system() as tx:
            accept(tx, world, BRAND, calls, received_at=NOW, historical=True)
        while project(world):
            pass
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute("select profile_id from profiles")]
        with world.store.system() as tx:
            for start in range(0, len(ids), _CHUNK):
                tx.messages.queue(
                    [
                        _message(one, channel, document.version)
                        for one in ids[start : start + _CHUNK]
                    ]
                )
        connection.execute("vacuum analyze")


def send_all(world: World, channel: str) -> float:
    """Dispatch until nothing is left and return the seconds.

    As in a worker, service and marketing each have a loop of their own.
    """
    started = time.perf_counter()
    with ThreadPoolExecutor(len(_CLASSES)) as loops:
        for done in [loops.submit(_send_class, world, channel, kind) for kind in _CLASSES]:
            done.result()
    return time.perf_counter() - started


def _send_class(world: World, channel: str, message_class: str) -> None:
    """Dispatch one class until nothing of it is left."""
    while dispatch(world, _BATCH, channel=channel, message_class=message_class):
        pass


def rendered(channel: str, n_messages: int) -> list[OutboundMessage]:
    """Return messages as the dispatcher hands them to a channel."""
    template = parse_template(_EMAIL if channel == "email" else _SMS)
    found = []
    for number in range(n_messages):
        values = {
            "person": {"name": f"顾客{number}"},
            "event": {"product": "轻乳面霜 50 毫升", "total": 128},
            "unsubscribe_url": f"https://brand.example/u/{number:047}",
        }
        told = render(template, (), values)
        assert isinstance(told, Rendered)
        to = f"user{number}@shop.example" if channel == "email" else f"+86138{number:08d}"
        found.append(
            OutboundMessage(
                digest("rendered", number), to, told.parts, "marketing", NOW,
                str(values["unsubscribe_url"]),
            )
        )  # fmt: skip
    return found


def handed_over(
    provider: Provider, account: ChannelAccount, messages: Sequence[OutboundMessage]
) -> tuple[float, int]:
    """Return the accepted messages a second, batch after batch, and how many were not accepted."""
    provider.send(account, messages[:10])  # connections are opened once, not once a measurement
    n_accepted = 0
    started = time.perf_counter()
    for start in range(0, len(messages), _BATCH):
        answers = provider.send(account, messages[start : start + _BATCH])
        n_accepted += sum(answer.state is AnswerState.ACCEPTED for answer in answers)
    return n_accepted / (time.perf_counter() - started), len(messages) - n_accepted


def statuses(house: House) -> dict[str, int]:
    """Return how many messages stand how."""
    with psycopg.connect(house.database_url) as connection:
        rows = connection.execute("select status, count(*) from messages group by status")
        return {str(status): int(n) for status, n in rows}


@contextlib.contextmanager
def sinks() -> Iterator[dict[str, int]]:
    """Run the fakes in a process of their own and give their ports."""
    process = subprocess.Popen(
        [sys.executable, "-m", "huiliu", "fakes", "--json"], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


def sent_through(world: World, provider: Provider) -> World:
    """Return the world with one provider in place of its own."""
    return World(
        clock=world.clock,
        store=world.store,
        secrets=world.secrets,
        warehouse=world.warehouse,
        providers={provider.name: provider},
        sources=world.sources,
        public_url=world.public_url or "https://brand.example",
        zone=world.zone,
        policy=world.policy,
    )


def _calls(number: int, channel: str) -> list[dict[str, object]]:
    """Return what a shop sends about one person."""
    user = f"user-{number}"
    traits = {
        "name": f"顾客{number}",
        "email": f"user{number}@shop.example",
        "phone": f"+86138{number:08d}",
        "city": "上海",
    }
    consent = {"channel": channel, "purpose": "marketing"}
    return [
        {"type": "identify", "userId": user, "messageId": f"i{number}", "traits": traits},
        {"type": "track", "userId": user, "messageId": f"c{number}", "event": "Consent Granted",
         "properties": consent},
    ]  # fmt: skip


def _message(profile_id: int, channel: str, version: int) -> QueuedMessage:
    """Return one queued message."""
    entry = {
        "name": "Product Viewed",
        "occurred_at": NOW,
        "properties": {"product": "轻乳面霜 50 毫升", "total": 128},
    }
    message_id = digest("bench", profile_id)
    return QueuedMessage(
        brand_id=BRAND, message_id=message_id, profile_id=profile_id,
        journey="bench", version=1, run_id=digest("run", profile_id), node="send",
        channel=channel, template="bench", template_version=version,
        message_class=_CLASSES[message_id[0] % 2],
        queued_at=NOW, expires_at=0, not_before=NOW, cancel_when=b"",
        inputs=msgspec.json.encode({"event": entry, "key": ""}),
    )  # fmt: skip
