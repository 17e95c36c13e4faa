"""What the brand's people see of bringing friends: their own invite, and that of a friend.

Open to everybody, without a cookie. Who comes with a link that knows them needs to type nothing;
whoever types a number gets what they earn where that number belongs, not on this page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.forms import said_in
from huiliu.kernel.errors import NotFound, Refused, Unavailable
from huiliu.kernel.ids import is_slug
from huiliu.messages.links import machine
from huiliu.ports.shares import ShareLink
from huiliu.ports.world import World
from huiliu.printers.invite_card import draw_invite_card
from huiliu.rewards.referral import Referral
from huiliu.services.accept_invite import accept_invite
from huiliu.services.form_tokens import (
    KEPT_FOR,
    Fault,
    challenge_age,
    check_proof,
    new_challenge,
    person_of,
    spent_key,
)
from huiliu.services.invite_people import Caller, Came, known_caller, typed_caller
from huiliu.services.invite_tokens import OwnInvite, invite_token, read_invite_token
from huiliu.services.open_invite import open_invite
from huiliu.services.permission import permission
from huiliu.services.referrals import open_referral
from huiliu.services.see_invite import InviteView, see_invite
from huiliu.services.share_links import (
    INVITE,
    count_share,
    count_visit,
    find_share,
    leads_to,
)
from huiliu.web.doors import Visit
from huiliu.web.i18n import translate
from huiliu.web.limits import asked_lately, client_address
from huiliu.web.public import admit, brand_facts, public_page, public_visit, read_fields
from huiliu.web.rendering import go
from huiliu.web.security import check_origin

__all__ = ["routes"]

#: In ten minutes by one address: a whole office may be behind one.
_MOST_SHOWN: Final = 1_200
_MOST_SENT: Final = 60
_MOST_CARDS: Final = 60
_MOST_COUNTED: Final = 60
#: A phone finds it in a tenth of a second; each doubling of what an address sends adds one.
_FEWEST_BITS: Final = 12
_MOST_BITS: Final = 20
_FREE: Final = 8
_CHALLENGE: Final = "friends"
_LONGEST: Final = 200
_WAYS: Final = ("sheet", "copy", "card")
_HEADERS: Final = {
    "cache-control": "no-store, private", "referrer-policy": "no-referrer", "x-robots-tag": "none",
}  # fmt: skip


async def show_start(request: Request) -> Response:
    """Show a campaign to somebody who may open an invite."""
    return await run_in_threadpool(_show_start, request)


async def start(request: Request) -> Response:
    """Open an invite."""
    form = await read_fields(request)
    return await run_in_threadpool(_start, request, form)


async def show_own(request: Request) -> Response:
    """Show somebody their own invite."""
    return await run_in_threadpool(_show_own, request)


async def shared(request: Request) -> Response:
    """Count that somebody handed their link on."""
    form = await read_fields(request)
    return await run_in_threadpool(_shared, request, form)


async def card(request: Request) -> Response:
    """Draw the card of an invite."""
    return await run_in_threadpool(_card, request)


async def follow(request: Request) -> Response:
    """Show a friend's invite, or lead on to what somebody shared."""
    return await run_in_threadpool(_follow, request)


async def come(request: Request) -> Response:
    """Take a friend."""
    form = await read_fields(request)
    return await run_in_threadpool(_come, request, form)


def _show_start(request: Request, fault: str = "", typed: str = "") -> Response:
    """Show what a campaign is about."""
    admit(request, "invite shown", _MOST_SHOWN)
    brand_id, slug = _named(request)
    found = public_visit(request)
    campaign = open_referral(found.world, brand_id, slug).campaign
    me = request.query_params.get("me", "")[:_LONGEST]
    is_open = campaign.is_open(found.world.clock.now(), found.world.zone)
    return _page(
        found, brand_id, campaign, "pages/friends_start.html",
        is_known=bool(person_of(found.world, brand_id, me)), me=me, is_open=is_open,
        fault=fault, typed=typed, status=422 if fault else 200,
    )  # fmt: skip


def _start(request: Request, form: Mapping[str, str]) -> Response:
    """Open an invite, and lead to it."""
    check_origin(request)
    admit(request, "invite sent", _MOST_SENT)
    brand_id, slug = _named(request)
    found = public_visit(request)
    world = found.world
    open_referral(world, brand_id, slug)
    caller, fault = _caller(world, brand_id, form)
    if caller is None:
        return _show_start(request, fault, form.get("contact", "")[:_LONGEST])
    try:
        row = open_invite(world, brand_id, slug, caller, _came(request, world, form))
    except Refused as refused:
        return _show_start(request, refused.reason)
    own = OwnInvite(brand_id, row.invite_id, caller.is_proved)
    return go(f"{request.url.path}/mine", o=invite_token(world, own), **_language(form))


def _show_own(request: Request) -> Response:
    """Show how an invite stands, and what was earned to who is known."""
    admit(request, "invite shown", _MOST_SHOWN)
    found = public_visit(request)
    view, own = _own(request, request.query_params.get("o", ""))
    shown = [
        one for one in view.rewards_of(view.row.owner) if own.is_proved or one.state != "given"
    ]
    return _page(
        found, own.brand_id, view.campaign, "pages/friends_own.html", view=view,
        token=request.query_params["o"], rewards=shown,
        n_given=sum(one.state == "given" for one in view.rewards_of(view.row.owner)),
        is_proved=own.is_proved,
    )  # fmt: skip


def _shared(request: Request, form: Mapping[str, str]) -> Response:
    """Count that an invite was handed on."""
    admit(request, "invite shared", _MOST_COUNTED)
    view, own = _own(request, form.get("o", ""))
    how = form.get("how", "")
    link = ShareLink(
        view.row.code, own.brand_id, INVITE, view.row.invite_id.hex(), view.row.profile_id, "", 0
    )
    if how in _WAYS:
        count_share(request.app.state.world, link, view.row.profile_id, how)
    return Response(status_code=204)


def _card(request: Request) -> Response:
    """Draw a card that can be kept and sent on."""
    admit(request, "invite card", _MOST_CARDS)
    found = public_visit(request)
    view, own = _own(request, request.query_params.get("o", ""))
    with found.world.store.transaction(own.brand_id) as tx:
        asks = permission(tx, found.world, own.brand_id)
    words = {
        "brand": brand_facts(found, asks)["brand_name"],
        "title": said_in(view.campaign.title, found.locale),
        "words": said_in(view.campaign.text, found.locale) if view.campaign.text else "",
        "hint": translate(found.locale, "friends.page.card_hint"),
    }
    drawn = draw_invite_card(words, view.url)
    return Response(drawn, media_type="image/png", headers=_HEADERS)


def _follow(request: Request, fault: str = "", typed: str = "") -> Response:
    """Count a visit, and show the invite or lead on."""
    admit(request, "share followed", _MOST_SHOWN)
    found = public_visit(request)
    world = found.world
    link = find_share(world, str(request.path_params["code"]))
    view = _invite_of(world, link)
    if request.method == "GET" and asked_lately(request, f"share {link.code}") <= _MOST_COUNTED:
        # Whoever follows a link gets where they wanted, counted or not.
        with suppress(Unavailable):
            sharer = view.row.profile_id if view else link.profile_id
            count_visit(world, link, sharer, request.headers, client_address(request))
    if view is None:
        return Response(status_code=302, headers={**_HEADERS, "location": leads_to(world, link)})
    now, row = world.clock.now(), view.row
    is_full = row.mechanic == "group" and row.n_taken >= row.needs
    is_open = row.state == "open" and row.closes_at > now and not is_full
    me = request.query_params.get("me", "")[:_LONGEST]
    return _page(
        found, link.brand_id, view.campaign, "pages/friends_come.html", view=view,
        is_known=bool(person_of(world, link.brand_id, me)), me=me, is_open=is_open, fault=fault,
        typed=typed, became="", status=422 if fault else 200,
    )  # fmt: skip


def _come(request: Request, form: Mapping[str, str]) -> Response:
    """Take a friend, and say what became of it."""
    check_origin(request)
    admit(request, "invite sent", _MOST_SENT)
    found = public_visit(request)
    world = found.world
    link = find_share(world, str(request.path_params["code"]))
    view = _invite_of(world, link)
    if view is None:
        raise NotFound("invite", link.code)
    caller, fault = _caller(world, link.brand_id, form)
    if caller is None:
        return _follow(request, fault, form.get("contact", "")[:_LONGEST])
    became = "taken"
    try:
        accept_invite(world, link.brand_id, view.row.invite_id, caller, _came(request, world, form))
    except Refused as refused:
        became = refused.reason
    view = see_invite(world, link.brand_id, view.row.invite_id)
    me = form.get("me", "")[:_LONGEST]
    return _page(
        found, link.brand_id, view.campaign, "pages/friends_come.html", view=view, is_known=True,
        me=me, is_open=True, fault="", typed="", became=became,
    )  # fmt: skip


def _page(
    found: Visit, brand_id: int, campaign: Referral, name: str, /, status: int = 200,
    **facts: object,
) -> Response:  # fmt: skip
    """Return one of the pages of a campaign."""
    world = found.world
    with world.store.transaction(brand_id) as tx:
        asks = permission(tx, world, brand_id)
    kept = {one: found.request.query_params[one][:_LONGEST] for one in ("me", "o")
            if found.request.query_params.get(one)}  # fmt: skip
    slug = campaign.slug if brand_id == 1 else f"{brand_id}.{campaign.slug}"
    return public_page(
        found, name, status, campaign=campaign, start=f"/i/{slug}",
        title=said_in(campaign.title, found.locale),
        words=said_in(campaign.text, found.locale) if campaign.text else "",
        challenge=new_challenge(world, brand_id, _CHALLENGE, _bits(found.request)),
        kept=f"&{urlencode(kept)}" if kept else "", door=found.request.url.path,
        **brand_facts(found, asks), **facts,
    )  # fmt: skip


def _caller(world: World, brand_id: int, form: Mapping[str, str]) -> tuple[Caller | None, str]:
    """Return who sent a form, or why it is shown again."""
    challenge, proof = form.get("challenge", ""), form.get("proof", "")
    fault = check_proof(world, brand_id, _CHALLENGE, challenge, proof)
    if form.get("website"):
        # Programs fill in what people do not see.
        fault = Fault.PROOF
    if fault is not None:
        return None, str(fault)
    now = world.clock.now()
    with world.store.system() as tx:
        known = person_of(world, brand_id, form.get("me", ""))
        caller = known_caller(tx, brand_id, known) if known else None
        if caller is None:
            caller = typed_caller(tx, world, brand_id, form.get("contact", "")[:_LONGEST])
        if caller is None:
            return None, "contact"
        if not tx.forms.spend(brand_id, spent_key(challenge), now, now - KEPT_FOR):
            return None, str(Fault.EXPIRED)
    return caller, ""


def _came(request: Request, world: World, form: Mapping[str, str]) -> Came:
    """Return how somebody came."""
    device = form.get("device", "")[:_LONGEST]
    return Came(
        device if device.isascii() and device.isalnum() else "",
        client_address(request),
        bool(machine(request.headers, since_sent=0)),
        challenge_age(world, _CHALLENGE, form.get("challenge", "")),
    )


def _own(request: Request, token: str) -> tuple[InviteView, OwnInvite]:
    """Return the invite of a link; raise NotFound for one that is not ours."""
    world = request.app.state.world
    own = read_invite_token(world, token[:_LONGEST])
    return see_invite(world, own.brand_id, own.invite_id), own


def _invite_of(world: World, link: ShareLink) -> InviteView | None:
    """Return the invite that a link leads to; None where it leads elsewhere."""
    if link.kind != INVITE:
        return None
    return see_invite(world, link.brand_id, bytes.fromhex(link.subject))


def _language(form: Mapping[str, str]) -> dict[str, str]:
    """Return the language that a page was read in."""
    return {"lang": form["lang"]} if form.get("lang") in {"zh-CN", "en"} else {}


def _bits(request: Request) -> int:
    """Return how much work a browser is asked for: more, the more its address sends."""
    n_lately = asked_lately(request, "invite challenge")
    return min(_MOST_BITS, _FEWEST_BITS + int(math.log2(max(1, n_lately / _FREE))))


def _named(request: Request) -> tuple[int, str]:
    """Return which campaign is meant: `slug`, or `2.slug` for another brand than the first.

    Raises:
        NotFound: nothing can be called so.
    """
    written = str(request.path_params["campaign"])
    brand, dot, slug = written.rpartition(".")
    if not is_slug(slug) or (dot and not (brand.isascii() and brand.isdigit() and len(brand) < 5)):
        raise NotFound("referral", written[:80])
    return (int(brand) if dot else 1), slug


routes: Final = [
    Route("/i/{campaign}", show_start, methods=["GET"], name="invite"),
    Route("/i/{campaign}", start, methods=["POST"], name="invite.open"),
    Route("/i/{campaign}/mine", show_own, methods=["GET"], name="invite.mine"),
    Route("/i/{campaign}/mine/card.png", card, methods=["GET"], name="invite.card"),
    Route("/i/{campaign}/mine/shared", shared, methods=["POST"], name="invite.shared"),
    Route("/s/{code}", follow, methods=["GET", "HEAD"], name="share"),
    Route("/s/{code}", come, methods=["POST"], name="share.come"),
]
