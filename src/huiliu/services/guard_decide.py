"""Writes down what the channel guard saw, and does what is to be done about it: in one transaction.

An incident is one fall of one series; while it is open the same fall opens no other. Ads are paused
at their platform after the transaction, from what it left behind: whoever dies in between leaves a
pause that the next look carries out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from huiliu.governance.channel_guard import fall_odds
from huiliu.governance.guard_document import ADS, STEPS, GuardDocument
from huiliu.kernel.times import DAY, HOUR, show_instant
from huiliu.ports.guard import (
    DayRow,
    IncidentMove,
    IncidentRow,
    LookRow,
    PauseRow,
    SuspectRow,
)
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.guard_ads import pause_ads
from huiliu.services.notify import notify

__all__ = ["Fallen", "Ramp", "Ramped", "close", "decide", "ramps_of", "step_up", "tell_blind"]

#: Who decided that a fall does not matter is not asked again for so long.
_QUIET: Final = 7 * DAY
#: Conversions that a ramp must have expected before it says anything.
_LEAST_EXPECTED: Final = 30.0
_SURE: Final = 0.95
_LIKELY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Fallen:
    """One series that fell, and what is to be paused for it."""

    kind: str
    metric: str
    channel: str
    campaign: str
    since: int
    n: float
    seen: float
    expected: float
    usual: float
    basis: float
    dispersion: float
    evidence: tuple[DayRow, ...]
    suspects: tuple[SuspectRow, ...]
    #: What would be paused: dimension -> value, each by itself.
    scopes: tuple[Mapping[str, str], ...]
    #: There was nothing else to compare with.
    is_alone: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what makes it this fall."""
        return self.kind, self.metric, self.channel, self.campaign


@dataclass(frozen=True, slots=True)
class Ramp:
    """A pause that lets some through again."""

    incident: IncidentRow
    pause: PauseRow


@dataclass(frozen=True, slots=True)
class Ramped:
    """What was seen of those who get messages again."""

    ramp: Ramp
    #: As far as they had time to show.
    n: float
    seen: float
    #: What share is usual, and what that is known from.
    usual: float
    basis: float


def ramps_of(world: World, brand_id: int, document: GuardDocument) -> list[Ramp]:
    """Return the pauses of a guard that let some through again."""
    with world.store.transaction(brand_id) as tx:
        mine = {
            one.incident_id: one
            for one in tx.guard.incidents(brand_id, is_open=True)
            if one.guard == document.slug and one.state == "ramping"
        }
        return [
            Ramp(mine[one.incident_id], one)
            for one in tx.guard.pauses(brand_id)
            if one.incident_id in mine and one.kind == "messages"
        ]


def decide(
    world: World,
    document: GuardDocument,
    seen: LookRow,
    fallen: Sequence[Fallen],
    well: Collection[tuple[str, str, str, str]],
    ramped: Sequence[Ramped],
) -> None:
    """Write what was seen; open, pause, let through and close."""
    now, brand_id = world.clock.now(), seen.brand_id
    with world.store.system() as tx:
        tx.guard.look(brand_id, seen.slug)
        tx.guard.put_look(seen)
        known = tx.guard.recent(brand_id, seen.slug, now - _QUIET)
        deciding = _Deciding(tx, world, document, brand_id, now, list(known))
        for one in fallen:
            deciding.fell(one)
        for number in dict.fromkeys(one.ramp.incident.incident_id for one in ramped):
            deciding.follow([one for one in ramped if one.ramp.incident.incident_id == number])
        deciding.rest({one.key for one in fallen}, well)
    pause_ads(world, brand_id)


class _Deciding:
    """What is decided in one look."""

    def __init__(
        self,
        tx: Tx,
        world: World,
        document: GuardDocument,
        brand_id: int,
        now: int,
        known: list[IncidentRow],
    ) -> None:
        """Hold what is open."""
        self._tx = tx
        self._world = world
        self._document = document
        self._brand_id = brand_id
        self._now = now
        self._known = known

    def fell(self, one: Fallen) -> None:
        """Open an incident, or tell an open one how it goes on."""
        same = [row for row in self._known if _key(row) == one.key]
        standing = next((row for row in same if not row.is_over), None)
        if standing is not None:
            # What is paused is shown as it was when it was paused: its own traffic is gone.
            if standing.state == "open":
                self._tx.guard.put_incident(_with(standing, one))
            return
        if any(row.state == "overridden" for row in same) or self._is_covered(one):
            return
        if one.n < self._document.least or not one.expected:
            return
        does_pause = self._document.pauses and bool(one.scopes)
        row = IncidentRow(
            self._brand_id, 0, self._document.slug, one.kind, one.metric, one.channel,
            one.campaign, "paused" if does_pause else "open", self._now, one.since, self._now,
            n=one.n, seen=one.seen, expected=one.expected, usual=one.usual, basis=one.basis,
            dispersion=one.dispersion, evidence=one.evidence, suspects=one.suspects,
        )  # fmt: skip
        number = self._tx.guard.open_incident(row)
        if not number:
            return
        row = structs.replace(row, incident_id=number)
        self._known.insert(0, row)
        note = "alone" if one.is_alone and not does_pause else ""
        self._note(row, "opened", note)
        if does_pause:
            self._pause(row, one)
            self._note(row, "paused", "; ".join(_words(scope) for scope in one.scopes))
        kind = "incident_common" if one.kind == "measurement" else "incident_opened"
        self._tell("incident_paused" if does_pause else kind, row, one.scopes)

    def follow(self, ramped: Sequence[Ramped]) -> None:
        """Let more through of one incident, or none again, by what was seen of each of its parts.

        Somebody may have ended it, or moved it on, while the warehouse was asked: that stands.
        """
        row = self._tx.guard.incident(self._brand_id, ramped[0].ramp.incident.incident_id)
        fresh = {one.pause_id: one
                 for one in self._tx.guard.pauses_of(self._brand_id, row.incident_id)}  # fmt: skip
        if row.state != "ramping" or any(fresh[one.ramp.pause.pause_id] != one.ramp.pause
                                         for one in ramped):  # fmt: skip
            return
        odds = [self._odds(one, row.dispersion) for one in ramped]
        worst = next((one for one, each in zip(ramped, odds, strict=True)
                      if each is not None and each >= _SURE), None)  # fmt: skip
        note = "; ".join(
            f"{one.ramp.pause.percent:g}% {one.seen:.0f}/{one.n * one.usual:.0f}" for one in ramped
        )
        if worst is not None:
            for one in ramped:
                closed = structs.replace(one.ramp.pause, percent=0, changed_at=self._now)
                self._tx.guard.put_pause(closed)
            self._tx.guard.put_incident(structs.replace(row, state="paused", changed_at=self._now))
            self._note(row, "failed", note)
            pause = worst.ramp.pause
            self._tell("incident_failed", row, (pause.scope,), percent=f"{pause.percent:g}")
            return
        # What next to nothing is sent of holds nobody up.
        told = [each for each in odds if each is not None]
        rested = min(self._now - one.ramp.pause.changed_at for one in ramped)
        if told and max(told) < _LIKELY and rested >= self._document.stage:
            self._note(row, "passed", note)
            step_up(self._tx, self._document, row, self._now)
            if self._tx.guard.incident(self._brand_id, row.incident_id).is_over:
                self._tell("incident_resolved", row, [one.ramp.pause.scope for one in ramped])

    def _odds(self, one: Ramped, dispersion: float) -> float | None:
        """Return how likely it is that a part fell again; None = too little was seen to say."""
        expected = one.n * one.usual
        if expected < _LEAST_EXPECTED:
            return None
        return fall_odds(one.seen, expected, one.basis, dispersion, self._document.threshold)

    def rest(
        self,
        fallen: Collection[tuple[str, str, str, str]],
        well: Collection[tuple[str, str, str, str]],
    ) -> None:
        """Close what is well again, and begin the ramps that begin by themselves."""
        for row in self._known:
            if row.is_over:
                continue
            key = _key(row)
            if row.state == "open" and key in well and key not in fallen:
                close(self._tx, row, "resolved", self._now)
                self._note(row, "resolved")
                self._tell("incident_resolved", row, ())
            after = self._document.resume_after
            is_due = row.state == "paused" and after and self._now - row.changed_at >= after
            if is_due and row.kind != ADS:
                step_up(self._tx, self._document, row, self._now)
                self._note(row, "ramp")

    def _is_covered(self, one: Fallen) -> bool:
        """Say whether something open explains a fall: of the same channel, or of all together.

        Of one that broke at an early step every later step shows a little.
        """
        return any(
            not row.is_over and (_is_both(row, one, "measurement") or _is_within(row, one))
            for row in self._known
        )

    def _pause(self, row: IncidentRow, one: Fallen) -> None:
        """Pause what is at fault."""
        kind = "ads" if one.kind == ADS else "messages"
        for scope in one.scopes:
            self._tx.guard.put_pause(PauseRow(
                self._brand_id, 0, row.incident_id, kind, scope, self._document.wait, 0.0,
                self._now, self._now,
            ))  # fmt: skip

    def _note(self, row: IncidentRow, what: str, note: str = "") -> None:
        """Write down what became of an incident."""
        move = IncidentMove(self._now, what, "", note)
        self._tx.guard.note(self._brand_id, row.incident_id, move)

    def _tell(
        self, kind: str, row: IncidentRow, scopes: Sequence[Mapping[str, str]], percent: str = ""
    ) -> None:
        """Tell those whom it concerns."""
        where = " / ".join(one for one in (row.channel, row.campaign) if one) or "–"
        facts = {
            "metric": f"text:guard.metric.{row.metric}", "where": where,
            "change": f"{abs(row.change):.0%}", "seen": f"{row.seen:.0f}",
            "expected": f"{row.expected:.0f}", "percent": percent,
            "scope": "; ".join(_words(scope) for scope in scopes) or "–",
        }  # fmt: skip
        notify(
            self._tx, self._world, self._brand_id, kind, facts,
            address=f"/incidents/{row.incident_id}",
            key=f"{kind} {row.incident_id} {self._now}", departments=self._document.tell,
        )  # fmt: skip


def step_up(tx: Tx, document: GuardDocument, row: IncidentRow, now: int) -> None:
    """Let the next part of the people through; after the last step all of them, and it is over."""
    standing = [one for one in tx.guard.pauses_of(row.brand_id, row.incident_id)
                if not one.ended_at]  # fmt: skip
    at = max((one.percent for one in standing), default=100.0)
    following = next((step for step in document.ramp if step > at), 100.0)
    if following >= 100 or not standing:
        close(tx, row, "resolved", now)
        tx.guard.note(row.brand_id, row.incident_id, IncidentMove(now, "resolved"))
        return
    for one in standing:
        tx.guard.put_pause(structs.replace(one, percent=following, changed_at=now))
    tx.guard.put_incident(structs.replace(row, state="ramping", changed_at=now))
    tx.guard.wake(row.brand_id, now)


def close(tx: Tx, row: IncidentRow, state: str, now: int) -> None:
    """End an incident and all that is paused because of it; what waited is judged now."""
    for one in tx.guard.pauses_of(row.brand_id, row.incident_id):
        if not one.ended_at:
            tx.guard.put_pause(structs.replace(one, percent=100.0, changed_at=now, ended_at=now))
    tx.guard.put_incident(structs.replace(row, state=state, changed_at=now, closed_at=now))
    tx.guard.wake(row.brand_id, now)


def tell_blind(tx: Tx, world: World, row: LookRow, document: GuardDocument) -> None:
    """Say once that nothing can be seen, when that has lasted for an hour."""
    if world.clock.now() - row.blind_since < HOUR:
        return
    name = document.name.get("zh-CN") or document.name.get("en") or document.slug
    notify(
        tx, world, row.brand_id, "guard_blind",
        {"name": name, "since": show_instant(row.blind_since)},
        address="/incidents", key=f"guard_blind {row.slug} {row.blind_since}",
        departments=document.tell,
    )  # fmt: skip


def _with(row: IncidentRow, one: Fallen) -> IncidentRow:
    """Return an incident as its fall goes on."""
    return structs.replace(
        row, n=one.n, seen=one.seen, expected=one.expected, evidence=one.evidence,
        suspects=one.suspects or row.suspects,
    )  # fmt: skip


def _key(row: IncidentRow) -> tuple[str, str, str, str]:
    """Return what makes an incident this fall."""
    return row.kind, row.metric, row.channel, row.campaign


def _is_both(row: IncidentRow, one: Fallen, kind: str) -> bool:
    """Say whether an incident and a fall are of one kind."""
    return row.kind == kind == one.kind


def _is_within(row: IncidentRow, one: Fallen) -> bool:
    """Say whether a fall of messages is a part of an incident."""
    kinds = {"channel", "campaign"}
    is_place = row.channel == one.channel and row.campaign in {"", one.campaign}
    is_early = _place(row.metric) <= _place(one.metric)
    return row.kind in kinds and one.kind in kinds and is_place and is_early


def _place(metric: str) -> int:
    """Return at which step a metric stands."""
    return STEPS.index(metric) if metric in STEPS else len(STEPS)


def _words(scope: Mapping[str, str]) -> str:
    """Return a scope as it is written."""
    return ", ".join(f"{name} = {value}" for name, value in scope.items())
