"""An experiment in a journey, people who meet it, and what they do then."""

from __future__ import annotations

from msgspec import structs
from tests.integration.journeys import put_journey
from tests.integration.people import BRAND, NOW, event, log, project_all

from huiliu.kernel.times import HOUR, MINUTE
from huiliu.ports.documents import Document
from huiliu.ports.world import World
from huiliu.services.advance import advance

__all__ = ["EXPERIMENT", "JOURNEY", "buy", "meet", "put_experiment"]

JOURNEY = """\
huiliu: 1
kind: journey
slug: welcome
name: {en: Welcome}
entry: {event: Signed Up, again: after_end}
nodes:
  which:
    type: experiment
    experiment: words
    ways:
      - {variant: control, weight: 1, next: plain}
      - {variant: new, weight: 1, next: fresh}
  plain: {type: emit, event: Plain Words, next: done}
  fresh: {type: emit, event: Fresh Words, next: done}
  done: {type: exit}
"""

EXPERIMENT = """\
huiliu: 1
kind: experiment
slug: words
name: {en: Words, zh-CN: 文案}
hypothesis: Fresh words bring more people to buy
arms:
  - {name: control}
  - {name: new}
goals: [bought]
guards: [opted_out]
sample: 1000
"""


def put_experiment(world: World, source: str = EXPERIMENT) -> None:
    """Store an experiment as its author applied it."""
    with world.store.system() as tx:
        tx.documents.put(Document(BRAND, "experiment", "words", 0, "live", source, NOW, "test"))


def put_welcome(world: World) -> None:
    """Store the journey in which it is met."""
    put_journey(world, JOURNEY)


def meet(world: World, people: list[str], at: int = NOW) -> None:
    """Let people enter the journey and pass the experiment."""
    log(world, *(
        structs.replace(event(f"user_id:{one}", name="Signed Up", at=at), received_at=at)
        for one in people
    ))  # fmt: skip
    project_all(world)
    while advance(world):
        pass
    project_all(world)


def buy(world: World, people: list[str], at: int = NOW + HOUR, total: float = 100.0) -> None:
    """Let people pay for an order each."""
    log(world, *(
        event(
            f"user_id:{one}", name="Order Paid", at=at + nth % 50 * MINUTE,
            properties={"order_id": f"{one}-{at}", "total": total, "currency": "CNY"},
        )
        for nth, one in enumerate(people)
    ))  # fmt: skip
    project_all(world)
