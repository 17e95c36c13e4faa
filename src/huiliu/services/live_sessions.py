"""Live sessions: which there are, how people book them, and what was sold at which minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Final

from huiliu.journeys.carrying import InFlight
from huiliu.kernel.documents import load
from huiliu.kernel.errors import Conflict, NotFound
from huiliu.kernel.money import Money
from huiliu.kernel.times import from_datetime
from huiliu.planning.live_booking import booking_slug, build_booking, waiting_nodes
from huiliu.planning.live_session import KIND, LiveSession, live_session
from huiliu.planning.minutes import AFTER, BEFORE, Curve, Sale, curve_of
from huiliu.ports.board import OutcomeRow, PublicLink
from huiliu.ports.documents import Document
from huiliu.ports.store import Tx
from huiliu.ports.world import World
from huiliu.reports.live_orders import lines_between, orders_between, read_lines
from huiliu.services.content_outcomes import LIVE
from huiliu.services.public_links import Clicks, link_clicks, public_code, public_url
from huiliu.services.publish import publish, publish_all
from huiliu.services.read_offers import Offer
from huiliu.services.store_documents import Published
from huiliu.services.sweep import stop_journey

__all__ = [
    "KIND",
    "LiveView",
    "build",
    "list_sessions",
    "live_url",
    "open_session",
    "publish_session",
    "remove_session",
    "sessions_between",
    "show_curve",
    "show_session",
]

_MOST_ORDERS: Final = 200_000
#: What form counts call a form that was filled in.
_TAKEN: Final = "taken"


@dataclass(frozen=True, slots=True)
class LiveView:
    """One session and all about it."""

    session: LiveSession
    document: Document
    #: coming, on_air or over.
    state: str
    #: Where people book and watch.
    url: str
    #: Our own link to the room.
    link: str
    clicks: Clicks
    #: Whether the form and the reminders are live.
    is_bookable: bool
    #: How often the booking form was filled in.
    n_booked: int
    #: The newest day first.
    outcomes: Sequence[OutcomeRow]


def list_sessions(world: World, brand_id: int) -> list[LiveView]:
    """Return every session in use: those to come first, the nearest of them; then the latest."""
    now = world.clock.now()
    with world.store.transaction(brand_id) as tx:
        found = [
            _view(tx, world, one)
            for one in tx.documents.all(brand_id, KIND)
            if one.state != "archived"
        ]
    ahead = sorted((one for one in found if one.session.ends_at > now), key=_start)
    return ahead + sorted((one for one in found if one.session.ends_at <= now), key=_last)


def show_session(world: World, brand_id: int, slug: str) -> LiveView:
    """Return one session in use; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return _view(tx, world, _document(tx, brand_id, slug))


def open_session(world: World, brand_id: int, slug: str) -> LiveSession:
    """Return a session in use as people may see it; raise NotFound."""
    with world.store.transaction(brand_id) as tx:
        return live_session(_document(tx, brand_id, slug).source, world.zone)


def live_url(world: World, brand_id: int, slug: str) -> str:
    """Return where people book a session."""
    name = slug if brand_id == 1 else f"{brand_id}.{slug}"
    return f"{world.public_url.rstrip('/')}/live/{name}"


def sessions_between(
    tx: Tx, world: World, brand_id: int, first: int, past: int
) -> list[LiveSession]:
    """Return the sessions in use that begin in [first, past), by time."""
    found = [
        live_session(one.source, world.zone)
        for one in tx.documents.all(brand_id, KIND)
        if one.state != "archived"
    ]
    return sorted(
        (one for one in found if first <= one.starts_at < past), key=lambda s: s.starts_at
    )


def build(world: World, brand_id: int, slug: str, by: str) -> tuple[Published, ...]:
    """Make the booking form, the reminders' words and their journey live, or bring them up to date.

    Those who have booked already wait for the times that are now written.

    Raises:
        NotFound: there is no such session in use.
        Conflict: it cannot be booked: its document has no `booking`, or it is over.
        BadInput: rule packs or templates' checks object to the words.
    """
    with world.store.system() as tx:
        session = live_session(_document(tx, brand_id, slug).source, world.zone)
        if session.booking is None or session.state(world.clock.now()) == "over":
            found = "without booking" if session.booking is None else "over"
            raise Conflict(f"live session {slug}", "one that can be booked", found)
        link = _put_link(tx, world, brand_id, session)
        in_flight = _carried(tx, brand_id, session)
    sources = build_booking(session, world.zone, link)
    offers = [
        Offer(one, in_flight) if load(one).tree["kind"] == "journey" else Offer(one)
        for one in sources
    ]
    return publish_all(world, brand_id, offers, by)


def publish_session(
    world: World, brand_id: int, source: str | bytes, by: str, expects: int | None = None
) -> Published:
    """Make a session live, with its link to the room; raises as `publish` does."""
    done = publish(world, brand_id, source, by, expects=expects, kind=KIND)
    with world.store.system() as tx:
        session = live_session(_document(tx, brand_id, done.slug).source, world.zone)
        _put_link(tx, world, brand_id, session)
    return done


def remove_session(world: World, brand_id: int, slug: str) -> None:
    """Take a session out of use with its booking form; whoever booked it is not reminded any more.

    Raises:
        NotFound: there is no such session in use.
    """
    booking = booking_slug(slug)
    with world.store.transaction(brand_id) as tx:
        _document(tx, brand_id, slug)
        tx.documents.set_state(brand_id, KIND, slug, "archived")
        if _is_live(tx, brand_id, "form", booking):
            tx.documents.set_state(brand_id, "form", booking, "archived")
        reminds = _is_live(tx, brand_id, "journey", booking)
    if reminds:
        stop_journey(world, brand_id, booking)


def show_curve(world: World, brand_id: int, slug: str) -> Curve:
    """Return a session's orders by minute, against its script.

    Raises:
        NotFound: there is no such session in use.
        Unavailable: the warehouse is away.
    """
    session = open_session(world, brand_id, slug)
    first, past = session.starts_at - BEFORE, session.ends_at + AFTER
    tables = world.warehouse.population(brand_id)
    rows = world.warehouse.run(
        orders_between(tables, first, past, session.code, session.shop, _MOST_ORDERS)
    ).to_pylist()
    held: Mapping[str, frozenset[str]] = {}
    if session.shown:
        asked = lines_between(tables, first, past, list(session.shown))
        held = read_lines(world.warehouse.run(asked))
    sales = [_sale(row, held) for row in rows]
    return curve_of(session, sales)


def _sale(row: Mapping[str, object], held: Mapping[str, frozenset[str]]) -> Sale:
    """Return an order of the warehouse."""
    order, total, currency = str(row["order_id"]), row["total"], str(row["currency"] or "")
    money = None
    if isinstance(total, int | float | Decimal) and currency:
        money = Money.parse(total, currency)
    return Sale(
        order, from_datetime(row["paid_at"].replace(tzinfo=UTC)),  # type: ignore[attr-defined] # a timestamp
        money.minor if money else 0, currency, bool(row["has_code"]), bool(row["in_shop"]),
        held.get(order, frozenset()),
    )  # fmt: skip


def _put_link(tx: Tx, world: World, brand_id: int, session: LiveSession) -> str:
    """Let a session's link lead to its room, or to where it is booked; return its address."""
    code = public_code(brand_id, LIVE, session.slug)
    tx.board.put_link(
        PublicLink(
            code, brand_id, LIVE, session.slug,
            session.room or live_url(world, brand_id, session.slug), session.platform,
            session.brief or session.slug, session.code or session.slug, world.clock.now(),
        )
    )  # fmt: skip
    return public_url(world, code)


def _carried(tx: Tx, brand_id: int, session: LiveSession) -> InFlight:
    """Return what becomes of those who wait for a reminder of an older version."""
    try:
        before = tx.documents.latest(brand_id, "journey", booking_slug(session.slug))
    except NotFound:
        return InFlight()
    nodes = load(before.source).tree.get("nodes")
    held = {str(name) for name in nodes} if isinstance(nodes, dict) else set()
    waits = {name for name in held if name.startswith("wait-")}
    kept = waiting_nodes(session)
    # Nobody waits at a reminder, a version's exits and sends are passed at once; a wait that is
    # gone leads to the last one there is.
    last = max(kept)
    moves = dict.fromkeys(waits - kept, last)
    moves |= {name: "$exit" for name in held - waits if name.startswith("remind-")} if moves else {}
    return InFlight("migrate", moves, frozenset(waits))


def _view(tx: Tx, world: World, document: Document) -> LiveView:
    """Return one session and all about it."""
    brand_id, session = document.brand_id, live_session(document.source, world.zone)
    slug = booking_slug(session.slug)
    is_bookable = _is_live(tx, brand_id, "form", slug)
    n_booked = 0
    if is_bookable:
        n_booked = sum(n for (_, what), n in tx.forms.counts(brand_id, slug, 0).items()
                       if what == _TAKEN)  # fmt: skip
    code = public_code(brand_id, LIVE, session.slug)
    return LiveView(
        session, document, session.state(world.clock.now()),
        live_url(world, brand_id, session.slug), public_url(world, code),
        link_clicks(tx, brand_id, code), is_bookable, n_booked,
        tx.board.outcomes(brand_id, LIVE, session.slug),
    )  # fmt: skip


def _document(tx: Tx, brand_id: int, slug: str) -> Document:
    """Return the newest version of a session in use; raise NotFound."""
    found = tx.documents.latest(brand_id, KIND, slug)
    if found.state == "archived":
        raise NotFound(KIND, slug)
    return found


def _is_live(tx: Tx, brand_id: int, kind: str, slug: str) -> bool:
    """Say whether a document is in use."""
    try:
        return tx.documents.latest(brand_id, kind, slug).state != "archived"
    except NotFound:
        return False


def _start(one: LiveView) -> int:
    """Return when a session begins."""
    return one.session.starts_at


def _last(one: LiveView) -> int:
    """Return what lets the latest come first."""
    return -one.session.starts_at
