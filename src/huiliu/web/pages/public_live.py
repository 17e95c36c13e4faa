"""What the brand's people see of a live session: when it is, booking, the way in; and short links.

Open to everybody, without a cookie. A link in a post leads on at once; counting it is never in the
way, and only so many clicks of one address are counted.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import NotFound, Unavailable
from huiliu.kernel.ids import is_slug
from huiliu.kernel.texts import LOCALES
from huiliu.kernel.times import show_instant
from huiliu.planning.live_booking import booking_slug, when_said
from huiliu.services.forms import open_form
from huiliu.services.live_sessions import show_session
from huiliu.services.permission import permission
from huiliu.services.public_links import count_click, follow_public
from huiliu.services.take_form import is_open
from huiliu.web.limits import asked_lately
from huiliu.web.public import admit, brand_facts, public_page, public_visit
from huiliu.web.rendering import go

__all__ = ["routes"]

#: In ten minutes by one address: a whole office may be behind one.
_MOST_COUNTED: Final = 60
_MOST_FOLLOWED: Final = 1_200
_HEADERS: Final = {
    "cache-control": "no-store, private", "referrer-policy": "no-referrer", "x-robots-tag": "none",
}  # fmt: skip


async def show(request: Request) -> Response:
    """Show a session."""
    return await run_in_threadpool(_show, request)


async def book(request: Request) -> Response:
    """Lead to where a session is booked; the form of its own takes it."""
    return await run_in_threadpool(_book, request)


async def follow(request: Request) -> Response:
    """Lead on to where a short link points."""
    return await run_in_threadpool(_follow, request)


def _show(request: Request) -> Response:
    """Show when a session is and what is in it, and what can be done now."""
    admit(request, "live shown", _MOST_FOLLOWED)
    brand_id, slug = _named(request)
    found = public_visit(request)
    world = found.world
    one = show_session(world, brand_id, slug)
    session = one.session
    spoken = [locale for locale in LOCALES if locale in session.name]
    if found.locale not in spoken:
        found = replace(found, locale=spoken[0])
    booking = False
    if one.is_bookable and one.state == "coming":
        opened = open_form(world, brand_id, booking_slug(slug))
        booking = is_open(opened, world.clock.now())
    with world.store.transaction(brand_id) as tx:
        asks = permission(tx, world, brand_id)
    return public_page(
        found, "pages/public_live.html", one=one, session=session, languages=spoken,
        when=when_said(session, world.zone, found.locale), starts=show_instant(session.starts_at),
        can_book=booking, door=request.url.path,
        is_watchable=bool(session.room) and one.state != "over", **brand_facts(found, asks),
    )  # fmt: skip


def _book(request: Request) -> Response:
    """Lead to the form of a session."""
    admit(request, "live shown", _MOST_FOLLOWED)
    brand_id, slug = _named(request)
    one = show_session(request.app.state.world, brand_id, slug)
    if not one.is_bookable:
        raise NotFound("booking", slug)
    name = booking_slug(slug)
    asked = {name: said[:200] for name, said in request.query_params.items()
             if name in {"lang", "me", "a"} or name.startswith("utm_")}  # fmt: skip
    return go(f"/f/{name if brand_id == 1 else f'{brand_id}.{name}'}", **asked)


def _follow(request: Request) -> Response:
    """Lead on, and count a person or a program."""
    admit(request, "link followed", _MOST_FOLLOWED)
    world = request.app.state.world
    link, url = follow_public(world, str(request.path_params["code"]))
    if request.method == "GET" and asked_lately(request, f"link {link.code}") <= _MOST_COUNTED:
        # Whoever follows a link gets where they wanted, counted or not.
        with suppress(Unavailable):
            count_click(world, link, request.headers)
    return Response(status_code=302, headers={**_HEADERS, "location": url})


def _named(request: Request) -> tuple[int, str]:
    """Return which session is meant: `slug`, or `2.slug` for another brand than the first.

    Raises:
        NotFound: nothing can be called so.
    """
    written = str(request.path_params["session"])
    brand, dot, slug = written.rpartition(".")
    if not is_slug(slug) or (dot and not (brand.isascii() and brand.isdigit() and len(brand) < 5)):
        raise NotFound("live session", written[:80])
    return (int(brand) if dot else 1), slug


routes: Final = [
    Route("/live/{session}", show, methods=["GET"], name="live"),
    Route("/live/{session}/book", book, methods=["GET"], name="live.book"),
    Route("/g/{code}", follow, methods=["GET", "HEAD"], name="follow a public link"),
]
