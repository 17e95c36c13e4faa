"""Content that people make and post: planned, made, published, measured; a row each, no way around.

Platforms such as Xiaohongshu let no program post, so what they need is a person who knows what to
make by when. Each step is an event of the log about nobody; what a post brought is counted by its
link or code and by the figures that its platform shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from huiliu.kernel.errors import BadInput, NotFound, Overtaken, Problem
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.planning.pieces import STATES, Piece, is_address, kept_back, read_piece
from huiliu.planning.platforms import PLATFORMS
from huiliu.ports.board import PieceRow, PublicLink
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.services.content_rules import blocked_in
from huiliu.services.message_events import internal_event
from huiliu.services.own_tasks import open_own_task
from huiliu.services.public_links import public_code

__all__ = [
    "KIND",
    "change_piece",
    "move_piece",
    "open_piece",
    "plan_piece",
    "read_piece_id",
    "told_of",
]

KIND: Final = "content"
#: State -> the event that tells of it.
_EVENTS: Final[Mapping[str, str]] = {
    "planned": "Content Planned", "made": "Content Made", "published": "Content Published",
    "measured": "Content Measured", "dropped": "Content Dropped",
}  # fmt: skip
#: Of one plan for several communities.
_MOST_GROUPS: Final = 200


def plan_piece(
    world: World,
    brand_id: int,
    given: Mapping[str, object],
    by: str,
    groups: Sequence[str] = (),
) -> list[PieceRow]:
    """Plan a piece of content, or one for each of several communities, for its owner.

    Raises:
        BadInput: with everything that is wrong with it.
    """
    if len(groups) > _MOST_GROUPS:
        raise BadInput((Problem("groups", text("content.many_groups", most=_MOST_GROUPS)),))
    with world.store.system() as tx:
        wanted = [_for_group(tx, brand_id, given, slug) for slug in groups] or [given]
        pieces = [checked(tx, world, brand_id, one) for one in wanted]
        now = world.clock.now()
        opened = [
            open_piece(tx, brand_id, piece, secrets.token_bytes(16), by, now) for piece in pieces
        ]
        tx.log.append([event for _, events in opened for event in events])
        return [row for row, _ in opened]


def checked(tx: Tx, world: World, brand_id: int, given: Mapping[str, object]) -> Piece:
    """Return what is asked for; raise BadInput with everything that is wrong."""

    def knows(kind: str, slug: str) -> bool:
        """Say whether a brief, segment or community is there."""
        try:
            if kind == "group":
                tx.board.group(brand_id, slug)
                return True
            return tx.documents.latest(brand_id, kind, slug).state != "archived"
        except NotFound:
            return False

    found = read_piece(given, world.zone, knows)
    if isinstance(found, tuple):
        raise BadInput(found)
    return found


def open_piece(  # noqa: PLR0913, PLR0917 - what, under which id, by whom, for whose sake
    tx: Tx,
    brand_id: int,
    piece: Piece,
    task_id: bytes,
    by: str,
    now: int,
    journey: str = "",
    node: str = "",
    n_people: int = 0,
) -> tuple[PieceRow, list[NewEvent]]:
    """Open a piece, and return it with what the log is to be told in the same transaction.

    One that is there only counts who asks again.
    """
    row = PieceRow(
        brand_id, task_id, piece.title, piece.platform, piece.account, piece.brief, piece.words,
        piece.audience, piece.assignee, piece.group, piece.target, piece.code,
        _link(brand_id, task_id) if piece.target else "", "", "planned", piece.due_at, now,
        by, 0, now, 1, journey, node, n_people,
    )  # fmt: skip
    if task_id in tx.board.open([row]):
        _put_link(tx, row, now)
        open_own_task(
            tx, brand_id, text("content.to_make", title=piece.title), f"/content/{row.key}",
            KIND, task_id, now=now, due_at=piece.due_at, assignee=piece.assignee,
        )  # fmt: skip
        return row, [told_of(row, "planned", now, by)]
    return row, []


def change_piece(
    world: World,
    brand_id: int,
    task_id: bytes,
    given: Mapping[str, object],
    by: str,
    version: int = 0,
) -> PieceRow:
    """Let a piece ask for something else.

    Args:
        world: the instance.
        brand_id: whose.
        task_id: which.
        given: every field; one that is missing becomes empty.
        by: who does it.
        version: the one that was seen; 0 = whichever.

    Raises:
        NotFound: there is no such piece.
        BadInput: with everything that is wrong.
        Overtaken: somebody changed it meanwhile.
    """
    del by
    with world.store.system() as tx:
        row = _held(tx, brand_id, task_id, version)
        piece = checked(tx, world, brand_id, given)
        now = world.clock.now()
        link = row.link or (_link(brand_id, task_id) if piece.target else "")
        changed = structs.replace(
            row, **{name: getattr(piece, name) for name in piece.__slots__}, link=link,
            changed_at=now, version=row.version + 1,
        )  # fmt: skip
        tx.board.change(changed)
        _put_link(tx, changed, now)
    return changed


def move_piece(  # noqa: PLR0913 - which, to where, by whom, seen as what, and where it is now
    world: World,
    brand_id: int,
    task_id: bytes,
    state: str,
    by: str,
    *,
    version: int = 0,
    post_url: str = "",
) -> PieceRow:
    """Let a piece go on, or back.

    Raises:
        NotFound: there is no such piece.
        BadInput: it may not go there, and why.
        Overtaken: somebody changed it meanwhile.
    """
    with world.store.system() as tx:
        row = _held(tx, brand_id, task_id, version)
        if state == row.state:
            return row
        problems = _hindered(tx, world, row, state)
        if post_url and not is_address(post_url):
            problems.append(Problem("post_url", text("content.no_address")))
        if problems:
            raise BadInput(tuple(problems))
        now = world.clock.now()
        is_out = state in {"published", "measured"}
        moved = structs.replace(
            row, state=state, post_url=post_url or row.post_url,
            published_at=(row.published_at or now) if is_out else 0, changed_at=now,
            version=row.version + 1,
        )  # fmt: skip
        tx.board.change(moved)
        tx.log.append([told_of(moved, state, now, by)])
    return moved


def read_piece_id(shown: str) -> bytes:
    """Return the id of a piece as it was shown; raise NotFound for what is none."""
    try:
        found = bytes.fromhex(shown)
    except ValueError as fault:
        raise NotFound("content task", shown[:80]) from fault
    if len(found) != 16:
        raise NotFound("content task", shown[:80])
    return found


def told_of(
    row: PieceRow, state: str, at: int, by: str, more: Mapping[str, Value] | None = None
) -> NewEvent:
    """Return the event of a step; a version of a piece has each of them once."""
    told: dict[str, Value] = {
        "content": show_id(row.task_id), "platform": row.platform, "account": row.account,
        "brief": row.brief, "audience": row.audience, "group": row.group, "code": row.code,
        "journey": row.journey, "by": by, **(more or {}),
    }  # fmt: skip
    return internal_event(row.brand_id, 0, _EVENTS[state], told, at, row.task_id, row.version)


def _held(tx: Tx, brand_id: int, task_id: bytes, version: int) -> PieceRow:
    """Lock a piece that nobody changed since it was seen."""
    row = tx.board.lock(brand_id, task_id)
    if version and version != row.version:
        raise Overtaken(f"content task {show_id(task_id)}", version, row.version, ())
    return row


def _hindered(tx: Tx, world: World, row: PieceRow, state: str) -> list[Problem]:
    """Return what keeps a piece from a state."""
    if state not in STATES:
        return [Problem("state", text("content.no_state", known=", ".join(STATES)))]
    has_something = bool(row.words or row.n_materials)
    why = kept_back(row.state, state, has_something=has_something, is_measured=row.is_measured)
    if why:
        before, after = (text(f"content.state.{one}") for one in (row.state, state))
        return [Problem("state", text(why, before=before, after=after))]
    if state in {"made", "published"}:
        found = blocked_in(tx, world, row)
        return [Problem("words", said) for said in found]
    return []


def _for_group(
    tx: Tx, brand_id: int, given: Mapping[str, object], slug: str
) -> Mapping[str, object]:
    """Return what is asked for of one community: its owner posts it, where it is."""
    try:
        group = tx.board.group(brand_id, slug)
    except NotFound as fault:
        raise BadInput((Problem("groups", text("content.no_group", slug=slug)),)) from fault
    return {
        **given, "group": slug, "platform": group.platform,
        "assignee": given.get("assignee") or group.owner,
        "audience": given.get("audience") or group.audience,
    }  # fmt: skip


def _link(brand_id: int, task_id: bytes) -> str:
    """Return the code of a piece's link."""
    return public_code(brand_id, KIND, show_id(task_id))


def _put_link(tx: Tx, row: PieceRow, now: int) -> None:
    """Let a piece's link lead where it should."""
    if not row.target or row.platform not in PLATFORMS:
        return
    campaign = row.brief or row.journey
    tx.board.put_link(
        PublicLink(
            row.link, row.brand_id, KIND, row.key, row.target, row.platform, campaign,
            row.code or row.key[:12], now,
        )
    )  # fmt: skip
