"""Makes events as collecting would log them, for tests of everything behind the log."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import msgspec

from huiliu.kernel.events import Flag, Identifier, IdentifierType, Kind, NewEvent
from huiliu.kernel.ids import digest
from huiliu.kernel.times import as_instant
from huiliu.ports.world import World
from huiliu.services.project import project

BRAND = 1
NOW = as_instant("2026-11-22T04:00:00Z") or 0
_numbers = count(1)


def identifier(written: str) -> Identifier:
    """Return the identifier written as `user_id:ada`."""
    word, value = written.split(":", 1)
    kind = IdentifierType[word.upper()]
    return Identifier(kind, digest(BRAND, int(kind), value))


def event(
    *written: str,
    name: str = "Product Viewed",
    kind: Kind = Kind.TRACK,
    at: int = NOW,
    flags: Flag | int = 0,
    brand_id: int = BRAND,
    raw: bytes | None = None,
    **body: object,
) -> NewEvent:
    """Return an event of the person with these identifiers, strongest first."""
    identifiers = tuple(identifier(each) for each in written)
    return NewEvent(
        brand_id=brand_id,
        message_key=digest("test", next(_numbers)),
        received_at=NOW,
        occurred_at=at,
        name=name,
        kind=kind,
        identifiers=identifiers,
        subject=None,
        flags=int(flags),
        body=msgspec.json.encode(body) if raw is None else raw,
    )


def identify(*written: str, at: int = NOW, **traits: object) -> NewEvent:
    """Return an identify call with traits."""
    return event(*written, name="$identify", kind=Kind.IDENTIFY, at=at, traits=traits)


def log(world: World, *events: NewEvent) -> None:
    """Append events to the log."""
    with world.store.system() as tx:
        tx.log.append(events)


def project_all(world: World, limit: int = 2_000) -> None:
    """Project until there is nothing to do."""
    while project(world, limit):
        pass
    with world.store.system() as tx:
        assert [each.details for each in tx.log.refused(BRAND, 10)] == []


def person(world: World, written: str) -> int:
    """Return the present profile that an identifier belongs to; 0 = nobody."""
    found = identifier(written)
    with world.store.system() as tx:
        return tx.people.resolve(BRAND, [found.key]).get(found.key, 0)


def traits(world: World, profile_id: int) -> Mapping[str, object]:
    """Return a person's present traits."""
    with world.store.system() as tx:
        return tx.people.facts(BRAND, [profile_id], [], 0)[profile_id].traits
