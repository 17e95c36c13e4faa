"""Runs that stand at a node, for tests of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from huiliu.conditions import Surroundings
from huiliu.journeys import EntryEvent, Journey, Moment, Stepped, Token, parsed, scope_of, step
from huiliu.kernel.errors import BadInput
from huiliu.kernel.facts import EventFact, Facts, TagFact
from huiliu.kernel.times import as_instant

RUN = bytes(range(16))
PERSON = 7


def instant(written: str) -> int:
    """Return an instant; without an offset it is one of UTC."""
    found = as_instant(written)
    assert found is not None
    return found


#: A Monday, ten in the morning in Shanghai.
NOW = instant("2026-11-23T02:00Z")


def journey(
    node: str, *, entry: str = "{event: Order Paid, key: order_id}", more: str = ""
) -> Journey:
    """Return a journey whose first node is the given one; `x`, `y` and `z` are exits."""
    source = (
        "huiliu: 1\nkind: journey\nslug: j\nname: {en: J}\n"
        f"entry: {entry}\nstart: n\nnodes:\n  n: {node}\n{more}"
        "  keep: {type: branch, ways: [{where: [{property: no, is: 1}], next: x}, "
        "{where: [{property: no, is: 2}], next: y}], else: z}\n"
        "  x: {type: exit, reason: x}\n  y: {type: exit, reason: y}\n  z: {type: exit, reason: z}\n"
    )
    return parsed(_reaching(source), Surroundings(zone="Asia/Shanghai"))


def _reaching(source: str) -> str:
    """Return the source with a beginning from which every node can be reached."""
    first = (
        "  first: {type: branch, ways: [{where: [{property: no, is: 3}], next: keep}], else: n}\n"
    )
    return source.replace("start: n\n", "start: first\n").replace("nodes:\n", f"nodes:\n{first}")


def faults(node: str, more: str = "") -> list[tuple[str, str]]:
    """Return where and why a journey with this first node is refused."""
    with pytest.raises(BadInput) as refused:
        journey(node, more=more)
    assert all(problem.line for problem in refused.value.problems)
    return [(problem.path, problem.text.key) for problem in refused.value.problems]


def did(name: str, at: int = NOW, position: int = 0, **properties: object) -> EventFact:
    """Return one event of a person."""
    return EventFact(name, at, position or at, properties)  # type: ignore[arg-type] # JSON values


def facts(*events: EventFact, tags: Mapping[str, object] | None = None, **traits: object) -> Facts:
    """Return what is known of the person."""
    by_name: dict[str, list[EventFact]] = {}
    for found in events:
        by_name.setdefault(found.name, []).append(found)
    held = {slug: TagFact(value, NOW) for slug, value in (tags or {}).items()}  # type: ignore[arg-type]
    return Facts(PERSON, traits, by_name, tags=held)  # type: ignore[arg-type] # JSON values


def take(
    of: Journey, known: Facts | None = None, *, now: int = NOW, token: Token | None = None,
    position: int = 0, entry: Mapping[str, Any] | None = None, room: int = 0,
    run: bytes = RUN, person: int = PERSON,
) -> Stepped:  # fmt: skip
    """Step a run of order o1 that stands at the node, or where its token says."""
    event = EntryEvent("Order Paid", NOW, {"order_id": "o1", **(entry or {})})
    at = token or Token("n", 1, now)
    moment = Moment(now, position, 1, run, {"n": room}, person)
    return step(of, scope_of(of, "o1", NOW), event, at, known or facts(), moment)


def end(stepped: Stepped) -> str:
    """Return the exit that a run reached."""
    assert stepped.finish is not None, stepped
    return stepped.finish.reason


def told(stepped: Stepped, nth: int = 0) -> dict[str, Any]:
    """Return the details of one trace."""
    found: dict[str, Any] = msgspec.json.decode(stepped.trace[nth].details)
    return found
