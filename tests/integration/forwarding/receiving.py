"""A brand that forwards to a receiver on this machine, for tests of what arrives there."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.integration.people import BRAND, project_all

from huiliu.channels.http import HttpOutbound
from huiliu.channels.outbound import HostRule
from huiliu.fakes.receiver import Receiver
from huiliu.ports.destinations import DestinationRow
from huiliu.ports.world import World
from huiliu.services.destinations import save_destination
from huiliu.services.forward import forward

__all__ = ["connect", "forward_all", "reaching", "said"]

#: Their names of what ours is.
FIELDS = {
    "uid": "id", "email": "trait:email", "first_name": "trait:name", "city": "trait:city",
    "newsletter": "consent:email",
}  # fmt: skip


@contextmanager
def reaching(world: World) -> Iterator[World]:
    """Lend the world with a way out to this machine."""
    outbound = HttpOutbound(HostRule.parse("127.0.0.1"))
    try:
        yield dataclasses.replace(world, outbound=outbound)
    finally:
        outbound.close()


def connect(world: World, receiver: Receiver, **changed: Any) -> DestinationRow:
    """Set a destination up that gets everything from the log's beginning on."""
    given = {"name": "crm", "format": "webhook", "url": f"{receiver.url}/hook", "fields": FIELDS}
    return save_destination(world, BRAND, given | changed, begin="start", is_new=True).row


def forward_all(world: World, steps: int = 60) -> None:
    """Project, then forward until there is nothing to do now."""
    project_all(world)
    for _ in range(steps):
        if not forward(world):
            return
    raise AssertionError("forwarding does not come to an end")


def said(receiver: Receiver) -> list[Mapping[str, Any]]:
    """Return what arrived, each with the id that it came under."""
    return [json.loads(one.body) | {"id": one.headers["webhook-id"]} for one in receiver.received]
