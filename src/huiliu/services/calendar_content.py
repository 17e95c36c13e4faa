"""Content and live sessions in the calendar: they meet people as campaigns do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huiliu.planning.live_session import LiveSession
from huiliu.planning.pieces import Dated, clashes
from huiliu.ports.board import PieceRow
from huiliu.ports.world import World
from huiliu.services.live_sessions import sessions_between

__all__ = ["Planned", "planned_between"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A piece of content or a live session with its day."""

    #: content or live.
    kind: str
    key: str
    #: By language; a title is the same in all.
    name: dict[str, str]
    at: int
    state: str
    #: Slug of a segment; "" = everybody.
    audience: str
    #: Page of the console.
    address: str
    #: Names of others on the same day and page for the same people.
    clashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Session:
    """A live session as something with a day."""

    key: str
    due_at: int
    platform: str
    account: str
    audience: str
    group: str = ""


def planned_between(world: World, brand_id: int, first: int, past: int) -> list[Planned]:
    """Return content due and live sessions that begin in [first, past), by time."""
    with world.store.transaction(brand_id) as tx:
        pieces = tx.board.due(brand_id, first, past)
        sessions = sessions_between(tx, world, brand_id, first, past)
    dated: list[Dated] = [*pieces, *(_dated(one) for one in sessions)]
    meets = clashes(dated, world.zone)
    names = {one.key: one.title for one in pieces}
    names |= {_key(one): one.slug for one in sessions}
    found = [_piece(one, meets.get(one.key, ()), names) for one in pieces]
    found += [_session(world, one, meets.get(_key(one), ()), names) for one in sessions]
    return sorted(found, key=lambda one: (one.at, one.key))


def _piece(row: PieceRow, others: Sequence[str], names: dict[str, str]) -> Planned:
    """Return a piece of content."""
    return Planned(
        "content", row.key, {"zh-CN": row.title, "en": row.title}, row.due_at, row.state,
        row.audience, f"/content/{row.key}", tuple(names[one] for one in others),
    )  # fmt: skip


def _session(
    world: World, session: LiveSession, others: Sequence[str], names: dict[str, str]
) -> Planned:
    """Return a live session."""
    return Planned(
        "live", session.slug, dict(session.name), session.starts_at,
        session.state(world.clock.now()), session.audience, f"/live-sessions/{session.slug}",
        tuple(names[one] for one in others),
    )  # fmt: skip


def _dated(session: LiveSession) -> _Session:
    """Return a session as something that may clash."""
    return _Session(
        _key(session), session.starts_at, session.platform, session.account, session.audience
    )


def _key(session: LiveSession) -> str:
    """Return what a session is known by beside pieces."""
    return f"live {session.slug}"
