"""The board: what is planned, made, published and measured, and one piece with all about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.governance.packs import Finding
from huiliu.kernel.errors import NotFound, Problem
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import Text
from huiliu.kernel.times import DAY, local_datetime
from huiliu.messages.brief import brief_values, parse_brief
from huiliu.planning.outcomes import Outcome, added, engagement
from huiliu.planning.pieces import BOARD, NEXT, Piece, advice, clashes
from huiliu.ports.board import GroupRow, MaterialRow, OutcomeRow, PieceRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.content_rules import findings_in
from huiliu.services.content_tasks import KIND
from huiliu.services.public_links import Clicks, link_clicks, public_url

__all__ = [
    "Board",
    "Choices",
    "PieceView",
    "PlatformLine",
    "board",
    "choices",
    "content_report",
    "piece_as_given",
    "pieces_due",
    "show_piece",
]

#: So many cards stand in a column; the others are counted.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Board:
    """The columns of the board."""

    #: State -> its cards.
    columns: Mapping[str, Sequence[PieceRow]]
    #: State -> how many there are in all.
    counts: Mapping[str, int]
    #: Id -> ids of others that meet the same people on the same day and page.
    clashes: Mapping[str, Sequence[str]]
    assignees: Sequence[str]
    groups: Sequence[GroupRow]
    #: Id -> what it brought at last.
    outcomes: Mapping[str, OutcomeRow]


@dataclass(frozen=True, slots=True)
class PieceView:
    """One piece and all about it."""

    row: PieceRow
    materials: Sequence[MaterialRow]
    #: The newest day first.
    outcomes: Sequence[OutcomeRow]
    clicks: Clicks
    #: Our own link to its target; "" = it has none.
    link: str
    #: What is worth a second look.
    advice: Sequence[Problem]
    #: What rule packs object to.
    findings: Sequence[tuple[Finding, Text]]
    #: Others on the same day and page for the same people.
    clashes: Sequence[PieceRow]
    #: Name of a fact -> what the brief says of it, in the language asked for.
    facts: Mapping[str, str]
    #: Where it may go from here.
    next: Sequence[str]

    @property
    def engagement(self) -> float | None:
        """Return likes, comments, saves and shares by view, as last noted."""
        return engagement(self.outcomes[0].figures) if self.outcomes else None


@dataclass(frozen=True, slots=True)
class PlatformLine:
    """What a platform's measured content brought together."""

    platform: str
    n_pieces: int
    figures: Mapping[str, int]
    #: Currency -> minor units.
    revenue: Mapping[str, int]
    engagement: float | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a piece may name."""

    #: Slugs.
    briefs: Sequence[str]
    segments: Sequence[str]
    groups: Sequence[GroupRow]


def board(world: World, brand_id: int, choice: Mapping[str, str], limit: int = _SHOWN) -> Board:
    """Return the board, or a part of it.

    Args:
        world: the instance.
        brand_id: whose.
        choice: platform, assignee or group that is asked for; what is missing or empty is any.
        limit: how many cards a column shows.
    """
    with world.store.transaction(brand_id) as tx:
        columns = {state: tx.board.column(brand_id, state, choice, limit) for state in BOARD}
        counts = tx.board.counts(brand_id, choice)
        shown = [row for rows in columns.values() for row in rows]
        due = [one.due_at for one in shown if one.due_at]
        # Those that the choice leaves out may clash, too.
        beside = tx.board.due(brand_id, min(due) - DAY, max(due) + DAY) if due else []
        return Board(
            columns, counts, clashes(beside, world.zone), tx.board.assignees(brand_id),
            tx.board.groups(brand_id), tx.board.latest(brand_id, KIND, ""),
        )  # fmt: skip


def show_piece(world: World, brand_id: int, task_id: bytes, locale: str) -> PieceView:
    """Return one piece and all about it; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.board.piece(brand_id, task_id)
        beside: list[PieceRow] = []
        if row.due_at:
            found = tx.board.due(brand_id, row.due_at - DAY, row.due_at + DAY)
            others = clashes(found, world.zone).get(row.key, ())
            beside = [one for one in found if one.key in others]
        return PieceView(
            row, tx.board.materials(brand_id, task_id),
            tx.board.outcomes(brand_id, KIND, show_id(task_id)),
            link_clicks(tx, brand_id, row.link), public_url(world, row.link),
            advice(_piece(row)), findings_in(tx, world, row), beside,
            _facts(tx, brand_id, row.brief, locale), NEXT.get(row.state, ()),
        )  # fmt: skip


def choices(world: World, brand_id: int) -> Choices:
    """Return what a piece may name."""
    with world.store.transaction(brand_id) as tx:
        named = [
            [one.slug for one in tx.documents.all(brand_id, kind) if one.state != "archived"]
            for kind in ("brief", "segment")
        ]
        return Choices(named[0], named[1], tx.board.groups(brand_id))


def piece_as_given(row: PieceRow, zone: str) -> dict[str, str]:
    """Return a piece's fields as somebody writes them."""
    due = f"{local_datetime(row.due_at, zone):%Y-%m-%dT%H:%M}" if row.due_at else ""
    return {
        "title": row.title, "platform": row.platform, "account": row.account, "brief": row.brief,
        "words": row.words, "audience": row.audience, "assignee": row.assignee,
        "group": row.group, "target": row.target, "code": row.code, "due": due,
    }  # fmt: skip


def pieces_due(tx: Tx, brand_id: int, first: int, past: int) -> list[PieceRow]:
    """Return what is to be out in [first, past), by date."""
    return tx.board.due(brand_id, first, past)


def content_report(world: World, brand_id: int, days: int) -> list[PlatformLine]:
    """Return what content brought by platform, of what was measured for one of the last days."""
    since = local_datetime(world.clock.now() - days * DAY, world.zone)
    with world.store.transaction(brand_id) as tx:
        latest = tx.board.latest(brand_id, KIND, f"{since:%Y-%m-%d}")
        of: dict[str, list[OutcomeRow]] = {}
        for subject, outcome in latest.items():
            try:
                row = tx.board.piece(brand_id, bytes.fromhex(subject))
            except NotFound:
                continue
            of.setdefault(row.platform, []).append(outcome)
    lines = [_line(platform, rows) for platform, rows in of.items()]
    return sorted(lines, key=lambda line: (-line.figures.get("views", 0), line.platform))


def _line(platform: str, rows: Sequence[OutcomeRow]) -> PlatformLine:
    """Return one platform's sums."""
    revenue: dict[str, int] = {}
    for one in rows:
        if one.revenue is not None:
            revenue[one.currency] = revenue.get(one.currency, 0) + one.revenue
    figures = added([Outcome(one.figures) for one in rows])
    # Only pieces whose views are known can say how many of those that saw them did something.
    seen = added([Outcome(one.figures) for one in rows if one.figures.get("views")])
    return PlatformLine(platform, len(rows), figures, revenue, engagement(seen))


def _piece(row: PieceRow) -> Piece:
    """Return what was asked for of a row."""
    return Piece(**{name: getattr(row, name) for name in Piece.__slots__})


def _facts(tx: Tx, brand_id: int, slug: str, locale: str) -> Mapping[str, str]:
    """Return what a brief says, as its renderings write it."""
    if not slug:
        return {}
    try:
        found = tx.documents.latest(brand_id, "brief", slug)
    except NotFound:
        return {}
    return dict(brief_values(parse_brief(found.source), locale))
