"""Holdouts in use and past: who is in them since when, letting one person go, taking one out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.experiments.holdout import (
    HELD,
    KIND,
    TREATED,
    Holdout,
    journey_scope,
    parsed_holdout,
    widest_first,
)
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.texts import text
from huiliu.ports.assignments import AssignmentRow, ScopeRow
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.find_people import find_person
from huiliu.services.frames import today
from huiliu.services.live import live

__all__ = [
    "PER_PAGE", "HoldoutView", "Members", "Membership", "end_holdouts", "holdout_members",
    "list_holdouts", "memberships", "release_person", "remove_holdout", "show_holdout",
]  # fmt: skip

PER_PAGE: Final = 50
_OWN: Final = "journey:"
#: Past every instant and every id.
_LAST: Final = (1 << 62, 1 << 62)


@dataclass(frozen=True, slots=True)
class HoldoutView:
    """A holdout, or a journey's own, and how many people it has drawn."""

    #: Its slug, or `journey:<slug>` of a journey's own.
    name: str
    #: None = a journey's own.
    holdout: Holdout | None
    #: 0 = it is a part of a journey.
    version: int
    #: live, ended (its day is over, or the journey has none any more) or archived.
    state: str
    #: The scope of its drawings.
    key: str
    #: Of people, as it is now.
    share: float
    #: 0 = nobody was asked yet.
    began_at: int
    ended_at: int
    treated: int
    held: int

    @property
    def scope(self) -> str:
        """Return what `incremental` is asked for."""
        return self.name if self.holdout is None else f"{KIND}:{self.name}"


@dataclass(frozen=True, slots=True)
class Members:
    """A page of people of one arm."""

    rows: Sequence[AssignmentRow]
    #: Where the next page begins; None = this is the last.
    next: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one holdout."""

    row: AssignmentRow
    #: Its slug, or `journey:<slug>`.
    name: str
    #: When it was over for this person; 0 = it goes on.
    ended_at: int


def list_holdouts(world: World, brand_id: int) -> list[HoldoutView]:
    """Return every holdout, those in use first, and the widest of them; journeys' own with them."""
    with world.store.transaction(brand_id) as tx:
        found = _views(tx, world, brand_id)
    return sorted(found, key=lambda one: (one.state != "live", one.holdout is None))


def show_holdout(world: World, brand_id: int, name: str) -> HoldoutView:
    """Return one holdout by its slug, or a journey's own by `journey:<slug>`; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return _view(tx, world, brand_id, name)


def holdout_members(
    world: World, brand_id: int, name: str, arm: str, before: tuple[int, int] | None = None
) -> Members:
    """Return who is in an arm, those drawn last first; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        key = _view(tx, world, brand_id, name).key
        rows = tx.assignments.listed(brand_id, key, arm, PER_PAGE + 1, before or _LAST)
    shown = rows[:PER_PAGE]
    last = (shown[-1].at, shown[-1].profile_id) if len(rows) > PER_PAGE else None
    return Members(shown, last)


def release_person(
    world: World, brand_id: int, name: str, person: str, by: str, reason: str
) -> int:
    """Let a held-out person get messages again, and return their profile.

    They go on counting as held out: who is taken out of an arm afterwards makes the arms unlike.

    Raises:
        NotFound: there is no such holdout or person, or they are not held out.
        BadInput: nobody said why.
    """
    if not reason.strip():
        raise BadInput((Problem("reason", text("holdouts.why_release")),))
    profile = find_person(world, brand_id, person)
    if profile is None:
        raise NotFound("profile", person)
    with world.store.transaction(brand_id) as tx:
        key = _view(tx, world, brand_id, name).key
        ids = tx.people.histories(brand_id, [profile]).get(profile, [profile])
        now = world.clock.now()
        if not tx.assignments.release(brand_id, key, ids, now, by, reason.strip()[:500]):
            raise NotFound("member", show_profile_id(profile))
    return profile


def remove_holdout(world: World, brand_id: int, slug: str) -> None:
    """Take a holdout out of use: everybody may get messages; what it told so far stays."""
    with world.store.transaction(brand_id) as tx:
        view = _view(tx, world, brand_id, slug)
        if view.holdout is None or view.state == "archived":
            raise NotFound(KIND, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        tx.assignments.end_scopes(brand_id, [view.key], world.clock.now())


def end_holdouts(world: World, _limit: int = 0) -> int:
    """Note of holdouts whose document, round or day is over that they ended; return how many."""
    now, n_ended = world.clock.now(), 0
    with world.store.system() as tx:
        going: dict[int, list[str]] = {}
        for prefix in (f"{KIND}:", _OWN):
            for brand_id, scope in tx.assignments.open_scopes(prefix):
                going.setdefault(brand_id, []).append(scope)
        for brand_id, scopes in sorted(going.items()):
            in_use = _in_use(tx, world, brand_id)
            over = [scope for scope in scopes if scope not in in_use]
            if over:
                n_ended += tx.assignments.end_scopes(brand_id, over, now)
    return n_ended


def memberships(tx: Tx, brand_id: int, ids: Sequence[int]) -> list[Membership]:
    """Return the holdouts that a person was asked about, the latest first.

    Args:
        tx: open on the brand.
        brand_id: whose person.
        ids: every id that the person has had.
    """
    scopes = tx.assignments.scopes(brand_id)
    found: dict[str, Membership] = {}
    for row in tx.assignments.of_person(brand_id, ids):
        kind, _, rest = row.scope.partition(":")
        if kind not in {KIND, "journey"}:
            continue
        name = rest.partition("#")[0] if kind == KIND else row.scope
        scope = scopes.get(row.scope)
        ended_at = row.ended_at or (scope.ended_at if scope is not None else 0)
        # Of several ids of one person the earliest row counts.
        found.setdefault(row.scope, Membership(row, name, ended_at))
    return sorted(found.values(), key=lambda one: -one.row.at)


def _in_use(tx: Tx, world: World, brand_id: int) -> set[str]:
    """Return the scopes that somebody may be drawn for now."""
    known = live(tx, world, brand_id)
    day = today(world)
    own = {
        journey_scope(slug)
        for slug, running in known.journeys.items()
        if running.journey.holdout and running.state != "archived"
    }
    return own | {one.key for one in known.holdouts if one.last is None or day <= one.last}


def _views(tx: Tx, world: World, brand_id: int) -> list[HoldoutView]:
    """Return every holdout and every journey's own."""
    documents = {one.slug: one for one in tx.documents.all(brand_id, KIND)}
    parsed = widest_first(parsed_holdout(one.source) for one in documents.values())
    scopes, counts = tx.assignments.scopes(brand_id), tx.assignments.counts(brand_id)
    in_use = _in_use(tx, world, brand_id)
    found = [
        _of_document(one, documents[one.slug], scopes.get(one.key), counts.get(one.key, {}),
                     is_over=one.key not in in_use)
        for one in parsed
    ]  # fmt: skip
    journeys = live(tx, world, brand_id).journeys
    own = {journey_scope(slug) for slug, one in journeys.items() if one.journey.holdout}
    own |= {scope for scope in scopes if scope.startswith(_OWN)}
    for scope in sorted(own):
        running = journeys.get(scope.removeprefix(_OWN))
        row, drawn = scopes.get(scope), counts.get(scope, {})
        found.append(
            HoldoutView(
                scope, None, 0, "live" if scope in in_use else "ended", scope,
                float(running.journey.holdout) if running is not None else 0.0,
                row.began_at if row else 0, row.ended_at if row else 0,
                drawn.get(TREATED, 0), drawn.get(HELD, 0),
            )
        )  # fmt: skip
    return found


def _of_document(
    holdout: Holdout,
    document: Document,
    row: ScopeRow | None,
    drawn: Mapping[str, int],
    *,
    is_over: bool,
) -> HoldoutView:
    """Return the view of a document."""
    state = document.state
    if state == "live" and is_over:
        state = "ended"
    return HoldoutView(
        holdout.slug, holdout, document.version, state, holdout.key, float(holdout.share),
        row.began_at if row else 0, row.ended_at if row else 0,
        drawn.get(TREATED, 0), drawn.get(HELD, 0),
    )  # fmt: skip


def _view(tx: Tx, world: World, brand_id: int, name: str) -> HoldoutView:
    """Return one holdout; raise NotFound."""
    for one in _views(tx, world, brand_id):
        if one.name == name:
            return one
    raise NotFound(KIND, name)
