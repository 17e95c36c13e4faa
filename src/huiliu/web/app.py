"""The web application: collecting, the API, the console, each route under a declared access."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from huiliu.kernel.errors import HuiliuError
from huiliu.ports.world import World
from huiliu.settings import Settings
from huiliu.web.api import (
    ads,
    backtests,
    board,
    callbacks,
    campaigning,
    channels,
    codes,
    consent,
    content,
    conversations,
    costs,
    coupons,
    decisions,
    delivering,
    destinations,
    domains,
    drawing,
    engine,
    experiments,
    forms,
    guarding,
    health,
    holdouts,
    inapp,
    library,
    lists,
    live,
    live_board,
    membership,
    metrics,
    notices,
    official,
    paths,
    payments,
    planning,
    points,
    policy,
    pos,
    posts,
    products,
    promotions,
    publishing,
    push_tokens,
    referrals,
    regions,
    reports,
    segments,
    shop_notices,
    shops,
    tags,
    templates,
    twins,
    wecom,
    white_papers,
    why,
)
from huiliu.web.api.collect import Collect
from huiliu.web.assets import serve, serve_client
from huiliu.web.doors import open_doors
from huiliu.web.errors import tell_crash, tell_error, tell_http_error
from huiliu.web.pages import (
    DOORS,
    links,
    mini_links,
    preferences,
    public_checkout,
    public_codes,
    public_forms,
    public_friends,
    public_live,
    public_posts,
    unsubscribe,
)
from huiliu.web.permissions import PUBLIC
from huiliu.web.security import SecurityHeaders

__all__ = ["create_app"]

#: Routes that are no doors of the console, and what each asks for. They are tried one after
#: another, so those for which somebody waits at a till stand first.
_ROUTES: Final[Sequence[tuple[Sequence[BaseRoute], str]]] = (
    (coupons.routes, "key: api"),
    # Tills hold keys of their own, which open nothing else.
    (pos.routes, "key: pos"),
    (points.routes, "key: api"),
    (health.routes, PUBLIC),
    (metrics.routes, PUBLIC),
    # The token in the address is the key: a mail program has no session (RFC 8058).
    (unsubscribe.routes, PUBLIC),
    (preferences.routes, PUBLIC),
    # Forms and landing pages are for everybody; a challenge keeps programs away.
    (public_forms.routes, PUBLIC),
    # So are live sessions, and links in posts: they know nobody.
    (public_live.routes, PUBLIC),
    # And pages on which people bring people: a challenge keeps programs away, tokens are signed.
    (public_friends.routes, PUBLIC),
    # A signed link says whose order it is; what is shared may be seen by whoever has its address.
    (public_posts.routes, PUBLIC),
    # The self-checkout knows people by their own link only; receipts and payments are signed.
    (public_checkout.routes, PUBLIC),
    # So is the code of a link in a message.
    (links.routes, PUBLIC),
    # What a printed code opens: its token is signed, and it names nobody.
    (public_codes.routes, PUBLIC),
    # And that of a page that leads into a mini-program; it is rate-limited.
    (mini_links.routes, PUBLIC),
    # So is that of a provider's callbacks; most of them sign nothing.
    (callbacks.routes, PUBLIC),
    # So is the signature of a provider of payments.
    (payments.routes, PUBLIC),
    # The platform's signature is the key, checked on the bytes that came.
    (shop_notices.routes, PUBLIC),
    # So is that of a destination's secret, for contacts of other tools.
    (destinations.crm_routes, PUBLIC),
    # The token that comes with the key says whose messages are shown, and is signed.
    (inapp.client_routes, PUBLIC),
    (inapp.routes, "key: api"),
    (pos.api_routes, "key: api"),
    (board.routes, "key: api"),
    (live.routes, "key: api"),
    (shops.routes, "key: api"),
    (channels.routes, "key: api"),
    (codes.routes, "key: api"),
    (consent.routes, "key: api"),
    (content.routes, "key: api"),
    (domains.routes, "key: api"),
    # Before the twins of journeys: `/v1/journeys/drafts` is no journey's slug.
    (drawing.routes, "key: api"),
    (library.routes, "key: api"),
    (campaigning.routes, "key: api"),
    (delivering.routes, "key: api"),
    (twins.routes, "key: api"),
    (publishing.routes, "key: api"),
    (decisions.routes, "key: api"),
    (why.routes, "key: api"),
    (engine.routes, "key: api"),
    (backtests.routes, "key: api"),
    (white_papers.routes, "key: api"),
    (segments.routes, "key: api"),
    (lists.routes, "key: api"),
    (forms.routes, "key: api"),
    (guarding.routes, "key: api"),
    (notices.routes, "key: api"),
    (planning.routes, "key: api"),
    (paths.routes, "key: api"),
    (reports.routes, "key: api"),
    (costs.routes, "key: api"),
    (live_board.routes, "key: api"),
    (experiments.routes, "key: api"),
    (holdouts.routes, "key: api"),
    (membership.routes, "key: api"),
    (conversations.routes, "key: api"),
    (promotions.routes, "key: api"),
    (tags.routes, "key: api"),
    (templates.routes, "key: api"),
    (posts.routes, "key: api"),
    (products.routes, "key: api"),
    (destinations.routes, "key: api"),
    (ads.routes, "key: api"),
    (regions.routes, "key: api"),
    (push_tokens.routes, "key: api"),
    (referrals.routes, "key: api"),
    (policy.routes, "key: api"),
    (official.routes, "key: api"),
    (wecom.routes, "key: api"),
    # Before the files by hash: pages of the brand name the client by its own address.
    ([Route("/static/sdk/{name:path}", serve_client, name="client")], PUBLIC),
    ([Route("/static/{stamp}/{name:path}", serve, name="static")], PUBLIC),
)


def create_app(world: World, settings: Settings) -> Starlette:
    """Return the ASGI application of an instance.

    It is made from two tables only, this one and the doors', and both name what each route asks
    for; `app.state.access` keeps that for the tests.
    """
    access: list[tuple[BaseRoute, str]] = [
        (route, asked) for routes, asked in _ROUTES for route in routes
    ]
    access += zip(open_doors(DOORS), (door.permission for door in DOORS), strict=True)
    app = Starlette(
        routes=[route for route, _ in access],
        middleware=[
            # First: it answers the tracking API and hands everything else on.
            Middleware(Collect, world=world),
            Middleware(SecurityHeaders, https_only=settings.cookie_secure),
        ],
        exception_handlers={
            HuiliuError: tell_error,
            HTTPException: tell_http_error,
            Exception: tell_crash,
        },
    )
    app.state.world = world
    app.state.settings = settings
    app.state.access = access
    return app
