"""Carrying people in flight over to another version: from which node to which, and how they stand.

A wait keeps its due time, whatever the new version says, unless the map has it begin anew; as the
time-out of a node that waits for something, which counts what happens from the carrying on. A node
of the same name is the same place, so what it has done for a run it does not do again; a node of
another name is a new visit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from msgspec import structs

from huiliu.journeys.journey import Journey
from huiliu.journeys.likeness import renamed
from huiliu.journeys.matchers import Scope
from huiliu.journeys.nodes.base import Passage
from huiliu.journeys.nodes.wait_for import WaitFor
from huiliu.journeys.step import HELD_OUT, Token
from huiliu.kernel.errors import Problem
from huiliu.kernel.facts import NO_FACTS
from huiliu.kernel.texts import Text, text

__all__ = ["DRAIN", "EXIT", "MIGRATE", "PIN", "InFlight", "Move", "carry", "plan_moves"]

#: Where a run goes that the new version has no place for.
EXIT: Final = "$exit"

_WAYS: Final = ("pin", "migrate", "drain")


@dataclass(frozen=True, slots=True)
class InFlight:
    """What is to become of the people in older versions when a new one goes live."""

    #: pin: they finish as they began. migrate: they go over by the map. drain: they finish as they
    #: began, and until the last of them has nobody enters.
    way: str = "pin"
    #: Old node -> new node or EXIT; nodes of equal names need not stand here.
    moves: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Old nodes whose people begin at the new one afresh, instead of keeping their due time.
    restart: frozenset[str] = frozenset()

    @property
    def problem(self) -> Text | None:
        """Return what keeps this from being a plan."""
        if self.way not in _WAYS:
            return text("publish.unknown_way", found=self.way, known=", ".join(_WAYS))
        if (self.moves or self.restart) and self.way != "migrate":
            return text("publish.map_without_migrate")
        return None


PIN: Final = InFlight()
MIGRATE: Final = InFlight("migrate")
DRAIN: Final = InFlight("drain")


@dataclass(frozen=True, slots=True)
class Move:
    """Where the people at one node of one version go."""

    version: int
    node: str
    #: A node of the new version, or EXIT.
    to: str
    restart: bool = False


def plan_moves(
    olds: Mapping[int, Journey],
    new: Journey,
    asked: InFlight,
    occupied: Collection[tuple[int, str]],
) -> tuple[tuple[Move, ...], tuple[Problem, ...]]:
    """Return where people of older versions go, and what is wrong with the map.

    Args:
        olds: the versions that people are in, by number.
        new: the version that they go over to.
        asked: the author's map.
        occupied: (version, node) at which somebody stands: those need a place to go to.
    """
    problems: list[Problem] = []
    known = {name for old in olds.values() for name in old.nodes}
    for name, to in asked.moves.items():
        if name not in known:
            problems.append(Problem(f"map.{name}", text("publish.no_old_node", node=name)))
        if to != EXIT and to not in new.nodes:
            problems.append(Problem(f"map.{name}", text("publish.no_new_node", node=to)))
    problems.extend(
        Problem(f"map.{name}", text("publish.no_old_node", node=name))
        for name in sorted(asked.restart - known)
    )
    moves: list[Move] = []
    homeless: dict[str, int] = {}
    for version, old in olds.items():
        for name in (*old.nodes, HELD_OUT):
            to = asked.moves.get(name, name)
            if to in new.nodes or to in {EXIT, HELD_OUT}:
                moves.append(Move(version, name, to, name in asked.restart))
            elif (version, name) in occupied and name not in asked.moves:
                homeless.setdefault(name, version)
    for name, version in homeless.items():
        like = renamed(olds[version], new).get(name)
        key = "publish.unmapped_like" if like else "publish.unmapped"
        said = text(key, node=name, like=like or "", exit=EXIT)
        problems.append(Problem(f"map.{name}", said))
    return tuple(moves), tuple(problems)


def carry(
    move: Move, old: Journey, new: Journey, token: Token, now: int, position: int = 0
) -> Token | None:
    """Return how a run stands in the new version; None = it ends.

    Args:
        move: where it goes.
        old: the version that it is in.
        new: the version that it goes over to.
        token: where it stands.
        now: the present instant; with what is added to it while the journey is paused.
        position: every event that has taken effect stands before this position of the log.
    """
    if move.to == EXIT:
        return None
    if move.to == HELD_OUT:
        return token
    visit = token.visit + (move.to != token.node or move.restart)
    if move.restart:
        return structs.replace(token, node=move.to, visit=visit, due_at=now, memory=b"")
    after = new.nodes[move.to]
    if isinstance(after, WaitFor) and token.memory and not _is_of_type(old, token, after.type):
        # It listens from now on, not from when the old node would have been over.
        until = int(token.memory) if token.memory.isdigit() else 0
        memory = after.begun(position, until)
        return structs.replace(token, node=move.to, visit=visit, due_at=now, memory=memory)
    memory = token.memory if _understands(old, new, token, move.to) else b""
    return structs.replace(token, node=move.to, visit=visit, memory=memory)


def _is_of_type(journey: Journey, token: Token, name: str) -> bool:
    """Say whether a run stands at a node of a type."""
    node = journey.nodes.get(token.node)
    return node is not None and node.type == name


def _understands(old: Journey, new: Journey, token: Token, to: str) -> bool:
    """Say whether a node of the new version can go on with what the old one kept."""
    before, after = old.nodes.get(token.node), new.nodes[to]
    if not token.memory or before is None or before.type != after.type:
        return False
    if before == after:
        return True
    # Fields of one type may make it keep different things, so the only way to know is to ask.
    passage = Passage(Scope("", "", 0), {}, NO_FACTS, 0, to, token.visit)
    try:
        after.step(passage, token.memory)
    except Exception:  # noqa: BLE001 - whatever it stumbles over: then it is entered afresh
        return False
    return True
