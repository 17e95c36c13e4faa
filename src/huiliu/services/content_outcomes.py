"""Writes down what content and live sessions brought: one by one, or from a platform's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import structs

from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, is_slug
from huiliu.kernel.money import Money
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_instant, local_datetime
from huiliu.planning.outcomes import Outcome, Row, read_figures, read_rows
from huiliu.ports.board import OutcomeRow, PieceRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.content_tasks import KIND, read_piece_id, told_of
from huiliu.services.message_events import internal_event
from huiliu.services.read_table import read_table

__all__ = ["LIVE", "Noted", "import_outcomes", "note_live", "note_outcome"]

LIVE: Final = "live"
_LIVE_MEASURED: Final = "Live Measured"
#: What money is in where nobody says.
_CURRENCY: Final = "CNY"
_LONGEST_TABLE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Noted:
    """What a table led to."""

    #: Subjects whose outcome was written down.
    subjects: Sequence[str]
    #: Rows that are about nothing known, or about several things: (line, what the row says).
    strangers: Sequence[tuple[int, str]] = field(default_factory=tuple)
    problems: Sequence[Problem] = field(default_factory=tuple)


def note_outcome(  # noqa: PLR0913 - of what, what, for which day, from where, by whom
    world: World,
    brand_id: int,
    task_id: bytes,
    given: Mapping[str, object],
    *,
    day: str = "",
    source: str,
    by: str,
) -> OutcomeRow:
    """Write down what a piece had brought by a day; a published one is measured by that.

    Raises:
        NotFound: there is no such piece.
        BadInput: with everything that is wrong with the figures.
    """
    outcome = _read(given)
    with world.store.system() as tx:
        row = tx.board.lock(brand_id, task_id)
        return _note_piece(tx, world, row, outcome, _day(world, day), source, by)


def note_live(  # noqa: PLR0913 - as above
    world: World,
    brand_id: int,
    slug: str,
    given: Mapping[str, object],
    *,
    day: str = "",
    source: str,
    by: str,
) -> OutcomeRow:
    """Write down what a live session brought.

    Raises:
        NotFound: there is no such session.
        BadInput: with everything that is wrong with the figures.
    """
    outcome = _read(given)
    with world.store.system() as tx:
        tx.documents.latest(brand_id, "live_session", slug)
        return _note_session(tx, world, brand_id, slug, outcome, _day(world, day), source, by)


def import_outcomes(
    world: World, brand_id: int, kind: str, data: bytes, by: str, day: str = ""
) -> Noted:
    """Write down the figures of a platform's table; rows that fit nothing are told.

    A row is known by its id, else by its address, its code, or a title that only one has.

    Raises:
        BadInput: the file as a whole cannot be used, or rows of it are wrong: then nothing is
            written down.
    """
    table = read_table(data)
    if len(table) > _LONGEST_TABLE:
        raise BadInput((Problem("", text("content.long_table", most=_LONGEST_TABLE)),))
    rows, problems = read_rows(table, _CURRENCY)
    if problems:
        raise BadInput(tuple(problems))
    at = _day(world, day)
    done: list[str] = []
    strangers: list[tuple[int, str]] = []
    with world.store.system() as tx:
        for row in rows:
            subject = _meant(tx, brand_id, kind, row)
            if subject is None:
                strangers.append((row.line, next(iter(row.names.values()))[:80]))
                continue
            when = row.day or at
            if isinstance(subject, PieceRow):
                held = tx.board.lock(brand_id, subject.task_id)
                _note_piece(tx, world, held, row.outcome, when, "csv", by)
                done.append(subject.key)
            else:
                _note_session(tx, world, brand_id, subject, row.outcome, when, "csv", by)
                done.append(subject)
    return Noted(done, strangers)


def _read(given: Mapping[str, object]) -> Outcome:
    """Return figures; raise BadInput."""
    found = read_figures(given, _CURRENCY)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def _day(world: World, written: str) -> str:
    """Return a day in ISO form, today where none was written; raise BadInput."""
    if not written:
        return f"{local_datetime(world.clock.now(), world.zone):%Y-%m-%d}"
    at = as_instant(written, "UTC")
    if at is None or len(written) != len("2026-12-01"):
        raise BadInput((Problem("day", text("content.no_date")),))
    return written


def _meant(tx: Tx, brand_id: int, kind: str, row: Row) -> PieceRow | str | None:
    """Return what a row is about; None where nobody can tell."""
    if kind == LIVE:
        return _session(tx, brand_id, row)
    if "id" in row.names:
        try:
            return tx.board.piece(brand_id, read_piece_id(row.names["id"]))
        except NotFound:
            return None
    for name, column in (("url", "post_url"), ("code", "code"), ("title", "title")):
        if name in row.names:
            found = tx.board.find(brand_id, column, row.names[name])
            if len(found) == 1:
                return found[0]
    return None


def _session(tx: Tx, brand_id: int, row: Row) -> str | None:
    """Return the session that a row is about."""
    slug = row.names.get("id", "")
    if not is_slug(slug):
        return None
    try:
        found = tx.documents.latest(brand_id, "live_session", slug)
    except NotFound:
        return None
    return slug if found.state != "archived" else None


def _note_piece(  # noqa: PLR0913, PLR0917 - one step of those above
    tx: Tx, world: World, row: PieceRow, outcome: Outcome, day: str, source: str, by: str
) -> OutcomeRow:
    """Write down a piece's outcome, let it be measured, and tell the log."""
    noted = _row(world, row.brand_id, KIND, row.key, outcome, day, source, by)
    tx.board.note(noted)
    now = world.clock.now()
    if row.state == "published":
        row = structs.replace(row, state="measured", changed_at=now, version=row.version + 1)
        tx.board.change(row)
    event = told_of(row, "measured", now, by, _told(noted))
    tx.log.append([_once(event, noted)])
    return noted


def _note_session(  # noqa: PLR0913, PLR0917 - as above
    tx: Tx, world: World, brand_id: int, slug: str, outcome: Outcome, day: str, source: str, by: str
) -> OutcomeRow:
    """Write down a session's outcome, and tell the log."""
    noted = _row(world, brand_id, LIVE, slug, outcome, day, source, by)
    tx.board.note(noted)
    told: dict[str, Value] = {"live": slug, "by": by, **_told(noted)}
    event = internal_event(brand_id, 0, _LIVE_MEASURED, told, world.clock.now())
    tx.log.append([_once(event, noted)])
    return noted


def _row(  # noqa: PLR0913, PLR0917 - the columns
    world: World,
    brand_id: int,
    kind: str,
    subject: str,
    outcome: Outcome,
    day: str,
    source: str,
    by: str,
) -> OutcomeRow:
    """Return what is written down."""
    return OutcomeRow(
        brand_id, kind, subject, day, outcome.figures, outcome.revenue, outcome.currency, source,
        world.clock.now(), by,
    )  # fmt: skip


def _told(row: OutcomeRow) -> dict[str, Value]:
    """Return what the log is told of figures."""
    told: dict[str, Value] = {"day": row.day, "source": row.source, **row.figures}
    if row.revenue is not None:
        told |= {"revenue": float(Money(row.revenue, row.currency).major), "currency": row.currency}
    return told


def _once(event: NewEvent, row: OutcomeRow) -> NewEvent:
    """Return an event that the same figures of the same day do not tell twice."""
    said = [row.kind, row.subject, row.day, sorted(row.figures.items()), row.revenue, row.currency]
    key = digest("outcome", row.brand_id, msgspec.json.encode(said))
    return structs.replace(event, message_key=key)
