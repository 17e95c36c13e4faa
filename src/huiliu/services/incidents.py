"""Incidents: what there are, one with all that became of it, resuming by steps, and overriding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from huiliu.governance.guard_document import ADS, KIND, GuardDocument, parsed_guard
from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant
from huiliu.ports.guard import IncidentMove, IncidentRow, LookRow, PauseRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.guard_ads import PAUSED, asked_of, may_be_paused, resume_ads
from huiliu.services.guard_decide import close, step_up

__all__ = [
    "GuardStatus",
    "IncidentView",
    "guard_status",
    "list_incidents",
    "override_incident",
    "remove_guard",
    "resume_incident",
    "show_incident",
]

_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident with all that became of it."""

    row: IncidentRow
    #: Oldest first.
    moves: Sequence[IncidentMove]
    pauses: Sequence[PauseRow]
    #: Pause -> what the platform of a campaign of ads said, as `asked_of` has it.
    asked: Mapping[int, str] = field(default_factory=dict)

    @property
    def unpaused(self) -> frozenset[int]:
        """Return its number where something goes on that was to be paused."""
        return _unpaused(self.pauses, self.asked)


@dataclass(frozen=True, slots=True)
class GuardStatus:
    """What the guard watches, what it saw, and what is paused."""

    #: Each document in use and what was seen with it; None = it was not read yet.
    guards: Sequence[tuple[GuardDocument, LookRow | None]]
    open: Sequence[IncidentRow]
    pauses: Sequence[PauseRow]
    #: Messages that wait for a pause to end.
    n_waiting: int
    #: Pause -> what the platform of a campaign of ads said, as `asked_of` has it.
    asked: Mapping[int, str] = field(default_factory=dict)

    @property
    def unpaused(self) -> frozenset[int]:
        """Return the incidents of which something goes on that was to be paused."""
        return _unpaused(self.pauses, self.asked)


def list_incidents(
    tx: Tx,
    brand_id: int,
    first: dt.date | None = None,
    last: dt.date | None = None,
    limit: int = 200,
    zone: str = "UTC",
) -> list[IncidentRow]:
    """Return the incidents that were open at some time of some days, the newest first.

    Args:
        tx: of the brand, or of the system.
        brand_id: whose.
        first: day; None = since ever.
        last: day; None = until now.
        limit: how many at most.
        zone: whose days they are.
    """
    since = _midnight(first, zone) if first else 0
    past = _midnight(last + dt.timedelta(days=1), zone) if last else 0
    return list(tx.guard.incidents(brand_id, since, past, limit=limit))


def show_incident(world: World, brand_id: int, incident_id: int) -> IncidentView:
    """Return one incident; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.guard.incident(brand_id, incident_id)
        pauses = tx.guard.pauses_of(brand_id, incident_id)
        return IncidentView(
            row, tx.guard.moves(brand_id, incident_id), pauses, asked_of(tx, brand_id, pauses)
        )


def guard_status(world: World, brand_id: int) -> GuardStatus:
    """Return what the guard watches, what it saw, and what is paused."""
    with world.store.transaction(brand_id) as tx:
        looks = {one.slug: one for one in tx.guard.looks(brand_id)}
        guards = [
            (parsed_guard(one.source), looks.get(one.slug))
            for one in tx.documents.all(brand_id, KIND)
            if one.state == "live"
        ]
        pauses = tx.guard.pauses(brand_id)
        return GuardStatus(
            guards, tx.guard.incidents(brand_id, is_open=True), pauses,
            tx.guard.n_waiting(brand_id), asked_of(tx, brand_id, pauses),
        )  # fmt: skip


def resume_incident(
    world: World, brand_id: int, incident_id: int, by: str, note: str = ""
) -> IncidentView:
    """Let the first part of the people through again; the guard goes on by what it sees.

    Campaigns of ads have no parts: they run again at once, and are watched as any other.

    Raises:
        NotFound: there is no such incident.
        Conflict: nothing is paused because of it.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.guard.incident(brand_id, incident_id)
        if row.state != "paused":
            raise Conflict(f"incident {incident_id}", "paused", row.state)
        ads = _ads(tx, row)
        what = "ads_resumed" if row.kind == ADS else "ramp"
        tx.guard.note(brand_id, incident_id, IncidentMove(now, what, by, note.strip()[:_LONGEST]))
        if row.kind == ADS:
            close(tx, row, "resolved", now)
        else:
            step_up(tx, _document(tx, row), row, now)
    resume_ads(world, brand_id, ads, by)
    return show_incident(world, brand_id, incident_id)


def override_incident(
    world: World, brand_id: int, incident_id: int, by: str, reason: str
) -> IncidentView:
    """End an incident and all that is paused because of it, against what the guard saw.

    The same fall opens no other incident for a week.

    Raises:
        NotFound: there is no such incident.
        BadInput: nobody says why.
        Conflict: it is over.
    """
    if not reason.strip():
        raise BadInput((Problem("reason", text("guard.no_reason")),))
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.guard.incident(brand_id, incident_id)
        if row.is_over:
            raise Conflict(f"incident {incident_id}", "open", row.state)
        ads = _ads(tx, row)
        close(tx, row, "overridden", now)
        move = IncidentMove(now, "overridden", by, reason.strip()[:_LONGEST])
        tx.guard.note(brand_id, incident_id, move)
    resume_ads(world, brand_id, ads, by)
    return show_incident(world, brand_id, incident_id)


def remove_guard(world: World, brand_id: int, slug: str, by: str) -> None:
    """Take a guard out of use: its incidents are over, what is paused because of them goes on.

    Raises:
        NotFound: there is no such guard in use.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        if tx.documents.latest(brand_id, KIND, slug).state == "archived":
            raise NotFound(KIND, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        mine = [one for one in tx.guard.incidents(brand_id, is_open=True) if one.guard == slug]
        ads = [pause for one in mine for pause in _ads(tx, one)]
        for one in mine:
            close(tx, one, "resolved", now)
            tx.guard.note(brand_id, one.incident_id, IncidentMove(now, "removed", by))
    resume_ads(world, brand_id, ads, by)


def _ads(tx: Tx, row: IncidentRow) -> list[PauseRow]:
    """Return the campaigns of ads that are paused because of an incident, or may be."""
    mine = tx.guard.pauses_of(row.brand_id, row.incident_id)
    return may_be_paused(tx, row.brand_id, [one for one in mine if not one.ended_at])


def _unpaused(pauses: Sequence[PauseRow], asked: Mapping[int, str]) -> frozenset[int]:
    """Return the incidents of which a campaign of ads is not known to be paused."""
    return frozenset(
        one.incident_id
        for one in pauses
        if not one.ended_at and asked.get(one.pause_id, PAUSED) != PAUSED
    )


def _document(tx: Tx, row: IncidentRow) -> GuardDocument:
    """Return the guard of an incident as it is now, or was last."""
    return parsed_guard(tx.documents.latest(row.brand_id, KIND, row.guard).source)


def _midnight(day: dt.date, zone: str) -> int:
    """Return the first instant of a day."""
    found = as_instant(day.isoformat(), zone)
    assert found is not None
    return found
