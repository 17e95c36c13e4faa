"""The staff looks at posts: what waits, what each says, and what becomes of it.

An approved post earns its points in the transaction that approves it. Whoever decides second finds
it decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from huiliu.kernel.errors import BadInput, Conflict, NotFound, Problem
from huiliu.kernel.events import NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import show_id
from huiliu.kernel.texts import text
from huiliu.ports.posts import Decision, PostFile, PostRow
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.rewards.points import Kind, Operation
from huiliu.rewards.post import APPROVED, REASONS, REFUSED, STATES, WAITING, WITHDRAWN
from huiliu.services.message_events import internal_event
from huiliu.services.post_people import present_person, product_words
from huiliu.services.post_points import post as post_points
from huiliu.services.post_rules import post_rules

__all__ = [
    "PostPage",
    "PostView",
    "approve_post",
    "list_posts",
    "open_file",
    "post_views",
    "read_post_id",
    "refuse_post",
    "see_post",
    "withdraw_post",
]

#: What is not over yet.
_STANDING: Final = (WAITING, APPROVED)
_APPROVED: Final = "Post Approved"
_REFUSED: Final = "Post Refused"
_WITHDRAWN: Final = "Post Withdrawn"
PAGE: Final = 24


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as it is shown."""

    row: PostRow
    #: The present profile.
    profile_id: int
    #: What they wrote; "" = nothing, or it is gone.
    words: str
    #: What the product is called, and its page; "" = it is not known.
    product: str
    link: str
    #: Posts of others, or of other orders, with the same file.
    n_copies: int = 0


@dataclass(frozen=True, slots=True)
class PostPage:
    """A page of posts."""

    posts: Sequence[PostView]
    #: What the next page begins behind; None on the last.
    next: tuple[int, bytes] | None
    #: State -> how many.
    counts: Mapping[str, int]


def read_post_id(shown: str) -> bytes:
    """Return the id of a post as it was shown; raise NotFound."""
    try:
        found = bytes.fromhex(shown)
    except ValueError as fault:
        raise NotFound("post", shown[:80]) from fault
    if len(found) != 16:
        raise NotFound("post", shown[:80])
    return found


def list_posts(
    world: World,
    brand_id: int,
    state: str = WAITING,
    before: tuple[int, bytes] | None = None,
    locale: str = "",
    limit: int = PAGE,
) -> PostPage:
    """Return posts in a state: those that wait the oldest first, others the newest first."""
    if state not in STATES:
        raise BadInput((Problem("state", text("posts.want_state", known=", ".join(STATES))),))
    with world.store.transaction(brand_id) as tx:
        rows = tx.posts.listed(brand_id, state, limit + 1, before)
        shown = rows[:limit]
        views = post_views(tx, brand_id, shown, locale, copies=True)
        counts = tx.posts.counts(brand_id)
    more = (shown[-1].made_at, shown[-1].post_id) if len(rows) > limit else None
    return PostPage(views, more, counts)


def see_post(world: World, brand_id: int, post_id: bytes, locale: str = "") -> PostView:
    """Return one post; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        row = tx.posts.get(brand_id, post_id)
        return post_views(tx, brand_id, [row], locale, copies=True)[0]


def post_views(
    tx: Tx, brand_id: int, rows: Sequence[PostRow], locale: str, *, copies: bool = False
) -> list[PostView]:
    """Return posts with their words and what their products are called."""
    present = tx.people.present(brand_id, {row.profile_id for row in rows}) if rows else {}
    tokens: dict[int, set[bytes]] = {}
    for row in rows:
        if row.words:
            tokens.setdefault(present[row.profile_id], set()).add(row.words)
    words = tx.vault.reveal(brand_id, tokens) if tokens else {}
    products = product_words(tx, brand_id, [row.product_id for row in rows], locale)
    seen = tx.posts.seen_before(brand_id, [row.post_id for row in rows]) if copies else {}
    return [
        PostView(
            row, present[row.profile_id], words.get((present[row.profile_id], row.words), ""),
            *products.get(row.product_id, ("", "")), seen.get(row.post_id, 0),
        )
        for row in rows
    ]  # fmt: skip


def approve_post(world: World, brand_id: int, post_id: bytes, by: str) -> Decimal:
    """Approve a post and return the points that it earned.

    Raises:
        NotFound: there is no such post, or its person is gone.
        Conflict: it is decided already.
    """
    now = world.clock.now()
    with world.store.system() as tx:
        row = tx.posts.get(brand_id, post_id)
        person = present_person(tx, brand_id, row.profile_id)
        rules, _ = post_rules(tx, brand_id)
        points = rules.earned(row.kind)
        _move(tx, Decision(brand_id, post_id, (WAITING,), APPROVED, now, by, points=points))
        events: list[NewEvent] = []
        if points:
            earned = Operation(
                f"post:{show_id(post_id)}", Kind.EARN, person, points, channel=row.channel,
                reason="post",
            )  # fmt: skip
            # A shared commit would be two transactions; approvals are by hand and few.
            events = post_points(tx, world, brand_id, [earned]).events
        tx.log.append([_told(row, person, _APPROVED, now, points=float(points)), *events])
    return points


def refuse_post(world: World, brand_id: int, post_id: bytes, by: str, reason: str) -> None:
    """Refuse a post; what it showed is removed from the folder at once.

    Raises:
        BadInput: nobody refuses for such a reason.
        NotFound: there is no such post.
        Conflict: it is decided already.
    """
    if reason not in REASONS:
        raise BadInput((Problem("reason", text("posts.want_reason", known=", ".join(REASONS))),))
    now = world.clock.now()
    _end(world, Decision(brand_id, post_id, _STANDING, REFUSED, now, by, reason))


def withdraw_post(world: World, brand_id: int, post_id: bytes, by: str = "") -> None:
    """Take a post back, as its person asks: it is shown nowhere any more, its files are gone.

    Raises:
        NotFound: there is no such post.
        Conflict: it is gone already.
    """
    _end(world, Decision(brand_id, post_id, _STANDING, WITHDRAWN, world.clock.now(), by))


def open_file(tx: Tx, world: World, row: PostRow, name: str) -> tuple[str, bytes]:
    """Return the type and the bytes of a file of a post; raise NotFound.

    What is sealed with a key that was destroyed is gone.
    """
    found: PostFile | None = next((one for one in row.files if name in {one.name, one.still}), None)
    keys = tx.vault.subject_keys(row.brand_id, [row.subject], create=False)
    if found is None or row.subject not in keys:
        raise NotFound("file", name[:80])
    sealed = world.media.read(row.brand_id, name)
    media_type = found.media_type if name == found.name else "image/jpeg"
    return media_type, world.secrets.unseal_with(keys[row.subject], sealed)


def _end(world: World, decision: Decision) -> None:
    """Let a post end, tell of it, and remove its files."""
    brand_id = decision.brand_id
    with world.store.system() as tx:
        row = tx.posts.get(brand_id, decision.post_id)
        person = tx.people.present(brand_id, [row.profile_id]).get(row.profile_id, row.profile_id)
        _move(tx, decision)
        name = _REFUSED if decision.state == REFUSED else _WITHDRAWN
        tx.log.append([_told(row, person, name, decision.at, reason=decision.reason or None)])
    world.media.remove(brand_id, [name for one in row.files for name in (one.name, one.still)])


def _move(tx: Tx, decision: Decision) -> None:
    """Move a post on, or raise Conflict as somebody else did."""
    if not tx.posts.decide(decision):
        found = tx.posts.get(decision.brand_id, decision.post_id).state
        raise Conflict("post", ", ".join(decision.states), found)


def _told(row: PostRow, person: int, name: str, now: int, **more: Value) -> NewEvent:
    """Return what is told of a decision."""
    told: dict[str, Value] = {
        "post": show_id(row.post_id), "post_kind": row.kind, "order_id": row.order_id,
        "product_id": row.product_id or None, **more,
    }  # fmt: skip
    return internal_event(row.brand_id, person, name, told, now, row.post_id, name)
