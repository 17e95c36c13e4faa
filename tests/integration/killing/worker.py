"""Makes workers and tells how they ended: `python -m tests.integration.killing.worker URL FOLDER`.

Each line on standard input is `LABEL<tab>NTH<tab>NOW`; the answer is `killed`, or `done` and the
labels that were passed. One process without threads makes them all by forking, so that a
thousand deaths take minutes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.integration.killing.labels import LabelledStore, Points

from huiliu.channels.provider import BaseProvider
from huiliu.messages.policy import rules_from
from huiliu.ports.channel import Answer, AnswerState, ChannelAccount, OutboundMessage
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.world import World
from huiliu.services.advance import advance
from huiliu.services.call_webhooks import call_webhooks
from huiliu.services.dispatch import dispatch
from huiliu.services.fill import fill
from huiliu.services.project import project
from huiliu.services.schedule import schedule
from huiliu.services.sweep import sweep
from huiliu.stores.clock import SimulatedClock
from huiliu.stores.postgres import PostgresStore
from huiliu.stores.secrets import InstanceSecrets

__all__ = ["make_world", "work"]


class FileChannel(BaseProvider):
    """Hands messages over into a file, with points before, between and after."""

    name = "email"
    channel = "email"

    def __init__(self, path: Path, points: Points) -> None:
        """Write into this file."""
        self._path = path
        self._points = points

    def send(
        self, account: ChannelAccount, messages: Sequence[OutboundMessage]
    ) -> Sequence[Answer]:
        """Write down what is handed over, one message after the other."""
        self._points.at("before hand-off")
        with self._path.open("ab", buffering=0) as file:
            for message in messages:
                file.write(message.message_id.hex().encode() + b"\n")
                self._points.at("in the middle of hand-off")
        self._points.at("after hand-off")
        return [Answer(one.message_id, AnswerState.ACCEPTED) for one in messages]


class FileOutbound:
    """A server that takes every webhook into a file, with points before and after."""

    def __init__(self, path: Path, points: Points) -> None:
        """Write into this file."""
        self._path = path
        self._points = points

    def call(self, calls: Sequence[HttpCall]) -> list[HttpAnswer]:
        """Write down the keys of calls."""
        self._points.at("before calling")
        with self._path.open("ab", buffering=0) as file:
            for call in calls:
                file.write(call.headers["Idempotency-Key"].encode() + b"\n")
        self._points.at("after calling")
        return [HttpAnswer(Reach.ANSWERED, 200, {}, b'{"good": true}') for _ in calls]

    def problem(self, url: str) -> str:
        """Find nothing wrong."""
        del url
        return ""

    def close(self) -> None:
        """Hold nothing."""


def make_world(url: str, folder: Path, now: int, points: Points) -> World:
    """Return the world of one worker; its clock stands still."""
    clock, secrets = SimulatedClock(now), InstanceSecrets(bytes(range(32)))
    store = PostgresStore(url, secrets, clock)
    return World(
        clock=clock,
        store=LabelledStore(store, points),
        secrets=secrets,
        warehouse=None,  # type: ignore[arg-type] # nothing here asks it
        providers={"email": FileChannel(folder / "handed", points)},
        sources={},
        public_url="https://huiliu.example",
        zone="Asia/Shanghai",
        policy=rules_from(0, "00:00", "00:00"),
        outbound=FileOutbound(folder / "called", points),
    )


def work(world: World) -> None:
    """Do all that the worker's loops do until there is nothing left to do now."""
    loops = (project, schedule, fill, advance, call_webhooks, sweep, dispatch)
    while sum(loop(world, 7) for loop in loops):
        pass


def main() -> None:
    """Make a worker for each line, and tell how it ended."""
    url, folder = sys.argv[1], Path(sys.argv[2])
    for line in sys.stdin:
        label, nth, now = line.rstrip("\n").split("\t")
        read, write = os.pipe()
        child = os.fork()
        if not child:
            points = Points(label, int(nth))
            work(make_world(url, folder, int(now), points))
            os.write(write, json.dumps(points.passed).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            passed = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print("killed", flush=True)
        else:
            print(f"done\t{passed.decode()}" if passed else f"failed {status}", flush=True)


if __name__ == "__main__":
    main()
