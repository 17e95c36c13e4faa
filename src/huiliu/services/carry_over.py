"""Carries people in flight over to the version that went live, a chunk a transaction.

Who was carried over is in the new version and is not found again, so a kill at any moment loses
nobody and carries nobody twice; whoever comes next goes on. A run that somebody else moves at the
moment is left out and found the next time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from huiliu.journeys import HELD_OUT, Journey, Token, parsed
from huiliu.journeys.carrying import Move, carry
from huiliu.kernel.events import NewEvent
from huiliu.ports.log import PROJECTOR
from huiliu.ports.messages import HELD
from huiliu.ports.publications import Publication
from huiliu.ports.runs import RunRow, StepRow, TokenRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.journey_events import ended_event
from huiliu.services.live import surroundings

__all__ = ["REPUBLISHED", "carry_over", "finish_drained"]

#: Why a run ended that the new version had no place for.
REPUBLISHED: Final = "republished"
_CHUNK: Final = 5_000
#: Publications that are looked at in one transaction.
_MOST_OPEN: Final = 100

_MOVES = msgspec.json.Decoder(list[Move])


def carry_over(world: World, limit: int = _CHUNK) -> int:
    """Carry up to `limit` runs of the oldest publication that has any; return how many.

    0 = there is none to carry, or the rest is being moved by others at this moment.
    """
    with world.store.system() as tx:
        for publication in tx.publications.claim_open("moving", _MOST_OPEN):
            n_carried = _carry_some(tx, world, publication, limit)
            if n_carried:
                return n_carried
    return 0


def _carry_some(tx: Tx, world: World, publication: Publication, limit: int) -> int:
    """Carry runs of one publication and write how far it has come; return how many."""
    moving = _Moving.read(tx, world, publication)
    claimed = tx.publications.claim_standing(
        publication.brand_id, publication.slug, moving.places, limit
    )
    if claimed:
        moving.carry(claimed)
    tx.publications.update(
        replace(
            publication,
            n_moved=publication.n_moved + len(moving.tokens),
            n_exited=publication.n_exited + len(moving.ends),
            state="moving" if claimed or moving.has_more() else "done",
        )
    )
    return len(claimed)


def finish_drained(world: World, limit: int = _MOST_OPEN) -> int:
    """Let journeys begin whose older versions have run empty; return how many did."""
    n_begun = 0
    with world.store.system() as tx:
        for publication in tx.publications.claim_open("draining", limit):
            brand_id, slug = publication.brand_id, publication.slug
            if tx.publications.n_older(brand_id, slug, publication.version, HELD_OUT):
                continue
            tx.publications.update(replace(publication, state="done"))
            is_last = all(
                one.state != "draining" for one in tx.publications.open_for(brand_id, slug)
            )
            if is_last and tx.documents.latest(brand_id, "journey", slug).state == "draining":
                tx.documents.set_state(brand_id, "journey", slug, "live")
                n_begun += 1
    return n_begun


@dataclass(slots=True)
class _Moving:
    """One chunk of runs on their way to a version."""

    tx: Tx
    world: World
    publication: Publication
    moves: Mapping[tuple[int, str], Move]
    versions: Mapping[int, Journey]
    tokens: list[TokenRow] = field(default_factory=list)
    ends: list[tuple[bytes, str, str, int]] = field(default_factory=list)
    steps: list[StepRow] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)

    @classmethod
    def read(cls, tx: Tx, world: World, publication: Publication) -> _Moving:
        """Read the map and the versions that it speaks of."""
        moves = {(one.version, one.node): one for one in _MOVES.decode(publication.moves)}
        around = surroundings(tx, world, publication.brand_id)
        versions = {}
        for version in {publication.version, *(number for number, _ in moves)}:
            held = tx.documents.version(publication.brand_id, "journey", publication.slug, version)
            versions[version] = parsed(held.source, around)
        return cls(tx, world, publication, moves, versions)

    @property
    def places(self) -> Sequence[tuple[int, str]]:
        """Return the (version, node) that the map has a place for."""
        return list(self.moves)

    def has_more(self) -> bool:
        """Say whether somebody is left whom the map has a place for: others hold them now."""
        standing = self.tx.publications.standing(self.publication.brand_id, self.publication.slug)
        return any((each.version, each.node) in self.moves for each in standing)

    def carry(self, claimed: Sequence[tuple[RunRow, TokenRow]]) -> None:
        """Carry runs whose tokens are locked, and write all of it."""
        now = self.world.clock.now()
        # After the claim: an event that concerns one of these runs waits for its lock.
        position = self.tx.log.peek_cursor(PROJECTOR)
        for run, row in claimed:
            self._carry(run, row, now, position)
        brand_id = self.publication.brand_id
        carried = [row.run_id for row in self.tokens]
        self.tx.publications.repin(brand_id, carried, self.publication.version)
        self.tx.runs.move(self.tokens)
        self.tx.runs.finish(brand_id, self.ends)
        self.tx.runs.record_steps(self.steps)
        self.tx.log.append(self.events)

    def _carry(self, run: RunRow, row: TokenRow, now: int, position: int) -> None:
        """Note how one run goes on, or that it ends."""
        move = self.moves[run.version, row.node]
        token = Token(row.node, row.visit, row.due_at, row.memory, row.carried)
        # A paused journey's tokens are due a paused journey's time later.
        paused = HELD if row.due_at >= HELD else 0
        old, new = self.versions[run.version], self.versions[self.publication.version]
        to = carry(move, old, new, token, now + paused, position)
        if to is None:
            self.ends.append((run.run_id, "exited", REPUBLISHED, now))
            told = ended_event(run, "exited", REPUBLISHED, now)
            if told is not None:
                self.events.append(told)
            self._tell(run, row.node, row.visit, now, "exited", {"reason": REPUBLISHED})
            return
        self.tokens.append(
            TokenRow(
                row.brand_id, row.run_id, to.node, to.visit, to.due_at, to.memory, to.carried,
                row.since,
            )
        )  # fmt: skip
        details = {"from_version": run.version, "from": row.node, "to": to.node,
                   "due_at": to.due_at - paused, "restart": move.restart,
                   "position": position}  # fmt: skip
        self._tell(run, to.node, to.visit, now, "moved", details)

    def _tell(
        self, run: RunRow, node: str, visit: int, at: int, what: str, details: Mapping[str, object]
    ) -> None:
        """Note a step of a run."""
        version = run.version if what == "exited" else self.publication.version
        self.steps.append(
            StepRow(
                run.brand_id, run.run_id, run.journey, version, run.profile_id, node, visit, at,
                what, msgspec.json.encode(details),
            )
        )  # fmt: skip
