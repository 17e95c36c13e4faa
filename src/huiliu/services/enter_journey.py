"""A server lets a person into a journey: one of Huiliu's own events, so that all see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import structs

from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.events import Kind
from huiliu.kernel.ids import digest
from huiliu.kernel.texts import text
from huiliu.ports.world import World
from huiliu.services.calls import parse_calls
from huiliu.services.ingest import preparer, settled, write
from huiliu.services.journey_events import CALLED
from huiliu.services.live import live

__all__ = ["MOST_PEOPLE", "enter_journey"]

#: People whom one request may let in.
MOST_PEOPLE: Final = 1_000


def enter_journey(
    world: World, brand_id: int, slug: str, people: Sequence[Mapping[str, object]]
) -> int:
    """Let people into a journey whose entry is `api`; return how many calls were new.

    Each is a map with `userId` or `anonymousId`, perhaps `properties` (what the journey may use,
    its key among them), and perhaps `messageId`: a repeat of one lets nobody in twice.

    Raises:
        NotFound: there is no such journey.
        Conflict: it is not live.
        BadInput: nobody may enter it so, or a person is not told.
    """
    _check(world, brand_id, slug, people)
    batch, unreadable = parse_calls(msgspec.json.encode({"batch": [_call(one) for one in people]}))
    prepared = preparer(world, brand_id).prepare(batch, world.clock.now())
    problems = [(n, unreadable.get(n, problem)) for n, problem in prepared.problems]
    if problems:
        raise BadInput(
            tuple(Problem(f"people[{n}].{one.path}".rstrip("."), one.text) for n, one in problems)
        )
    prepared.events[:] = [
        structs.replace(
            event, name=CALLED, kind=Kind.INTERNAL, body=_said(event.body, slug),
            message_key=digest(CALLED, brand_id, slug, event.message_key),
        )
        for event in prepared.events
    ]  # fmt: skip
    with world.store.system() as tx:
        n_new = write(tx, world.secrets, [prepared])
    settled(world.secrets, [prepared])
    return n_new


def _check(world: World, brand_id: int, slug: str, people: Sequence[Mapping[str, object]]) -> None:
    """Raise what keeps people from entering."""
    with world.store.system() as tx:
        running = live(tx, world, brand_id).journeys.get(slug)
    if running is None:
        raise NotFound("journey", slug)
    if running.state != "live":
        raise Conflict(slug, "live", running.state)
    if running.journey.entry.event != CALLED:
        raise BadInput((Problem("journey", text("journeys.no_api_entry", slug=slug)),))
    if not people or len(people) > MOST_PEOPLE:
        raise BadInput((Problem("people", text("journeys.people", most=MOST_PEOPLE)),))


def _call(person: Mapping[str, object]) -> dict[str, object]:
    """Return the call that names a person and says what the journey may use."""
    known = ("userId", "anonymousId", "messageId", "properties", "context")
    call = {name: person[name] for name in known if name in person}
    # The name is given when the call has been taken apart: servers may not send it themselves.
    return {"type": "track", "event": "call", **call}


def _said(body: bytes, slug: str) -> bytes:
    """Return the body with the journey that is meant, whatever the sender said."""
    found = msgspec.json.decode(body, type=dict[str, object])
    properties = found.get("properties")
    told = dict(properties) if isinstance(properties, dict) else {}
    # Nobody but a run may say that it waits for the end.
    for name in ("run", "node", "visit", "depth"):
        told.pop(name, None)
    return msgspec.json.encode({**found, "properties": {**told, "journey": slug}})
