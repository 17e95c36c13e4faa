"""Asks holdouts: of a message before it leaves, and of a person before a journey begins for them.

Whoever would get something is asked, and both answers are written down at that moment: those held
out and those who got it are then alike in everything but the message, also in being people who
would have got one. Service messages are never asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from huiliu.experiments.holdout import HELD, TREATED, Holdout, journey_scope
from huiliu.journeys import Journey, is_held_out
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.times import local_datetime
from huiliu.ports.assignments import Assigned, AssignmentRow
from huiliu.ports.messages import QueuedMessage
from huiliu.ports.store import Tx
from huiliu.services.assign import ASSIGNED
from huiliu.services.message_events import internal_event

__all__ = ["HELD_OUT", "HoldOuts"]

#: Why a message was not sent.
HELD_OUT: Final = "held_out"
_SERVICE: Final = "service"
_GLOBAL: Final = "global"


class HoldOuts:
    """The holdouts of one brand in one batch: read once, asked in memory, written once."""

    def __init__(
        self, tx: Tx, brand_id: int, holdouts: Sequence[Holdout], zone: str, now: int
    ) -> None:
        """Take the holdouts in use, the widest first."""
        self._tx = tx
        self._brand_id = brand_id
        self._now = now
        day = local_datetime(now, zone).date() if holdouts else None
        self._holdouts = [one for one in holdouts if day is not None and one.goes_on(day)]
        self._known: dict[tuple[str, int], Assigned] = {}
        #: Whose arms were read.
        self._read_of: dict[str, set[int]] = {}
        self._rows: list[AssignmentRow] = []

    def read_messages(self, asked: Iterable[tuple[QueuedMessage, int]]) -> None:
        """Read who of the people of messages was asked before.

        Args:
            asked: messages with their present profiles.
        """
        if not self._holdouts:
            return
        people = {profile for queued, profile in asked if self._of(queued)}
        self._read({one.key for one in self._holdouts}, people)

    def read_entries(self, asked: Iterable[tuple[Journey, int]]) -> None:
        """Read who of the people whom journeys may begin for was asked before."""
        held = [(journey, profile) for journey, profile in asked if journey.holdout]
        scopes = {one.key for one in self._wide()}
        scopes |= {journey_scope(journey.slug) for journey, _ in held}
        self._read(scopes, {profile for _, profile in held})

    def holder(self, queued: QueuedMessage, profile_id: int) -> str:
        """Return the slug of the holdout that keeps a message back; "" = it may go."""
        for one in self._of(queued):
            if self._asks(one, profile_id):
                return one.slug
        return ""

    def keeps_out(self, journey: Journey, profile_id: int, at: int = 0) -> bool:
        """Say whether a journey's own holdout only watches a person.

        Whom a holdout of the whole brand has is not drawn again: they go through the journey,
        and get nothing of it.

        Args:
            journey: the version that begins.
            profile_id: the present profile.
            at: when they entered; 0 = now.
        """
        self._now = at or self._now
        if not journey.holdout or any(self._asks(one, profile_id) for one in self._wide()):
            return False
        share = float(journey.holdout)
        drawn = HELD if is_held_out(journey, profile_id) else TREATED
        return self._is_held(journey_scope(journey.slug), profile_id, drawn, share)

    def write(self) -> list[NewEvent]:
        """Write down who was drawn; return the events that tell of it."""
        new = self._tx.assignments.add(self._brand_id, self._rows)
        return [self._told(row) for row in self._rows if (row.profile_id, row.scope) in new]

    def _told(self, row: AssignmentRow) -> NewEvent:
        """Return the event of one drawing."""
        said: dict[str, Value] = {
            "scope": row.scope, "arm": row.arm, "propensity": row.propensity,
        }  # fmt: skip
        key = ASSIGNED, row.scope, row.profile_id, row.at
        return internal_event(self._brand_id, row.profile_id, ASSIGNED, said, row.at, *key)

    def _read(self, scopes: Iterable[str], people: Iterable[int]) -> None:
        """Read the arms of people who were drawn before."""
        wanted, ids = set(scopes), set(people)
        self._known |= self._tx.assignments.of_people(self._brand_id, wanted, ids)
        for scope in wanted:
            self._read_of.setdefault(scope, set()).update(ids)

    def _wide(self) -> Sequence[Holdout]:
        """Return the holdouts of everything."""
        return [one for one in self._holdouts if one.scope == _GLOBAL]

    def _of(self, queued: QueuedMessage) -> Sequence[Holdout]:
        """Return the holdouts that a message falls under, the widest first.

        What belongs to no journey was asked for: an answer, a confirmation, a test.
        """
        if queued.message_class == _SERVICE or not queued.journey:
            return ()
        return [
            one
            for one in self._holdouts
            if one.covers(queued.journey, queued.channel, queued.template)
        ]

    def _asks(self, holdout: Holdout, profile_id: int) -> bool:
        """Say whether a holdout has a person, drawing who was never asked."""
        drawn = HELD if holdout.holds(profile_id) else TREATED
        return self._is_held(holdout.key, profile_id, drawn, float(holdout.share))

    def _is_held(self, scope: str, profile_id: int, drawn: str, share: float) -> bool:
        """Say whether a person is held out; what was drawn before stands."""
        if profile_id not in self._read_of.get(scope, ()):
            # Nobody foresaw that they would be asked.
            self._read((scope,), (profile_id,))
        known = self._known.get((scope, profile_id))
        if known is None:
            propensity = share if drawn == HELD else 1 - share
            known = Assigned(drawn, self._now, propensity)
            self._known[scope, profile_id] = known
            self._rows.append(AssignmentRow(profile_id, scope, drawn, propensity, self._now))
        return known.arm == HELD and not known.ended_at
