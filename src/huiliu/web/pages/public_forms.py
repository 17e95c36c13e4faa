"""Forms and landing pages: open to everybody, without a cookie, kept from programs.

A page remembers nothing of who looks at it. It carries a signed challenge, which a browser answers
by some work, and hands back what the address said of where the visitor came from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from huiliu.forms import Form, said_in
from huiliu.kernel.errors import NotFound
from huiliu.kernel.ids import is_slug
from huiliu.services.form_tokens import new_challenge
from huiliu.services.forms import form_url, list_forms, open_form
from huiliu.services.permission import permission
from huiliu.services.see_form import see_form
from huiliu.services.take_form import Became, Submission, Taken, asking, is_open, take_form
from huiliu.web.doors import Visit, visit
from huiliu.web.form_view import Typed, choose_language, structured, words_of
from huiliu.web.limits import asked_lately, client_address
from huiliu.web.rendering import page
from huiliu.web.security import check_origin, policy, read_body

__all__ = ["form_shown", "routes"]

_LARGEST_BODY: Final = 128 * 1024
_MOST_FIELDS: Final = 600
#: In ten minutes by one address: a whole shop may be behind one.
_MOST_TAKEN: Final = 120
_MOST_SHOWN: Final = 1_200
#: A phone finds it in a tenth of a second; each doubling of what an address sends adds one.
_FEWEST_BITS: Final = 12
_MOST_BITS: Final = 20
_FREE: Final = 8
_CAMPAIGN: Final = {
    "utm_source": "source", "utm_medium": "medium", "utm_campaign": "name", "utm_term": "term",
    "utm_content": "content",
}  # fmt: skip
_CARRIED: Final = (*_CAMPAIGN, "me", "a")
_LONGEST: Final = 200
_STATUSES: Final = {Became.WRONG: 422, Became.AGAIN: 422, Became.CLOSED: 410}


@dataclass(frozen=True, slots=True)
class _Named:
    """Which form an address names."""

    brand_id: int
    slug: str


async def show(request: Request) -> Response:
    """Show a form by itself."""
    return await run_in_threadpool(_show, request, "page")


async def show_landing(request: Request) -> Response:
    """Show a landing page, its form among the rest."""
    return await run_in_threadpool(_show, request, "landing")


async def take(request: Request) -> Response:
    """Take what was filled in."""
    form = await _read(request)
    return await run_in_threadpool(_take, request, form, "page")


async def take_landing(request: Request) -> Response:
    """Take what was filled in on a landing page."""
    form = await _read(request)
    return await run_in_threadpool(_take, request, form, "landing")


async def seen(request: Request) -> Response:
    """Count that a form was looked at; its page's script says so."""
    form = await _read(request)
    return await run_in_threadpool(_seen, request, form)


async def pop_up(request: Request) -> Response:
    """Tell the client on a page of the brand's when to show a form."""
    return await run_in_threadpool(_pop_up, request)


async def sitemap(request: Request) -> Response:
    """List the landing pages that search engines may show."""
    return await run_in_threadpool(_sitemap, request)


async def robots(request: Request) -> Response:
    """Say what search engines may look at: landing pages and forms, nothing else."""
    url = request.app.state.world.public_url.rstrip("/")
    rules = ["User-agent: *", "Allow: /l/", "Allow: /f/", "Allow: /static/", "Disallow: /"]
    return Response("\n".join([*rules, f"Sitemap: {url}/sitemap.xml", ""]), media_type="text/plain")


def _show(request: Request, place: str) -> Response:
    """Show a form with nothing in it."""
    _hold_back(request, "form shown", _MOST_SHOWN)
    named = _named(request)
    found = visit(request)
    opened = open_form(found.world, named.brand_id, named.slug)
    if place == "landing" and not opened.form.blocks:
        raise NotFound("page", named.slug)
    asked = _asked(request)
    guest, questions = asking(
        found.world, named.brand_id, opened, asked.get("me", ""), asked.get("a", "")
    )
    if not is_open(opened, found.world.clock.now()):
        return form_shown(found, named.brand_id, Taken(Became.CLOSED, opened), asked, place)
    started = Taken(Became.AGAIN, opened, questions)
    is_known = bool(guest.profile_id) and not questions and not opened.form.consents
    if is_known:
        started = Taken(Became.BEFORE, opened)
    return form_shown(found, named.brand_id, started, asked, place)


def _take(request: Request, form: Mapping[str, Sequence[str]], place: str) -> Response:
    """Take a form, and say what became of it."""
    check_origin(request)
    _hold_back(request, "form taken", _MOST_TAKEN)
    named = _named(request)
    found = visit(request)
    asked = {name: form[name][0][:_LONGEST] for name in _CARRIED if form.get(name)}
    asked |= {"frame": "1"} if form.get("frame") else {}
    if lang := form.get("lang"):
        asked["lang"] = lang[0]
    opened = open_form(found.world, named.brand_id, named.slug)
    locale = choose_language(opened.form, asked.get("lang", ""), "")
    typed = Typed(
        {one.removeprefix("q."): words for one, words in form.items() if one.startswith("q.")},
        [one.removeprefix("c.") for one in form if one.startswith("c.")],
    )
    sent = Submission(
        typed.answers, tuple(typed.consents), locale,
        challenge=_first(form, "challenge"), proof=_first(form, "proof"),
        trap=_first(form, "website"), me=asked.get("me", ""), anonymous=asked.get("a", ""),
        place="frame" if "frame" in asked else place, campaign=_campaign(asked),
        path=request.url.path, ip=client_address(request),
        user_agent=request.headers.get("user-agent", "")[:_LONGEST],
    )  # fmt: skip
    became = take_form(found.world, named.brand_id, named.slug, sent)
    return form_shown(found, named.brand_id, became, asked, place, typed)


def form_shown(
    found: Visit,
    brand_id: int,
    taken: Taken,
    asked: Mapping[str, str],
    place: str,
    typed: Typed | None = None,
) -> Response:
    """Return the page of a form as it stands: to be filled in, put right, or done."""
    opened = taken.opened
    form = opened.form
    accepted = found.request.headers.get("accept-language", "")
    locale = choose_language(form, asked.get("lang", ""), accepted)
    here = replace(found, locale=locale)
    is_framed = "frame" in asked
    with here.world.store.transaction(brand_id) as tx:
        asks = permission(tx, here.world, brand_id)
    challenge = ""
    if taken.became in {Became.WRONG, Became.AGAIN}:
        challenge = new_challenge(here.world, brand_id, form.slug, _bits(found.request))
    status = _STATUSES.get(taken.became, 200)
    kept = {one: asked[one] for one in asked if one != "lang"}
    words = words_of(form, locale, taken.asked, typed or Typed({}), taken.problems)
    shown = page(
        here, "pages/public_form.html" if place == "page" else "pages/landing.html",
        200 if typed is None and taken.became is not Became.CLOSED else status,
        form=words,
        brand_name=said_in(asks.brand, locale),
        contact=asks.contact,
        languages=form.locales,
        kept=f"&{urlencode(kept)}" if kept else "",
        structured=structured(words),
        became=str(taken.became), fault=str(taken.fault or ""), reward=taken.reward,
        challenge=challenge, carried={one: asked[one] for one in asked if one in _CARRIED},
        is_framed=is_framed, place="frame" if is_framed else place,
        address=form_url(here.world, brand_id, form), door=found.request.url.path,
        is_hidden=form.is_hidden or bool(asked) or place == "page",
    )  # fmt: skip
    _protect(shown, here, form, is_framed=is_framed)
    return shown


def _protect(shown: Response, found: Visit, form: Form, *, is_framed: bool) -> None:
    """Let the page show the brand's own pictures, and stand in the brand's own pages; no more."""
    rules = policy(found.nonce)
    if form.picture_origins:
        rules = rules.replace(
            "img-src 'self'", f"img-src 'self' {' '.join(sorted(form.picture_origins))}"
        )
    if is_framed and form.embed:
        rules = rules.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(form.embed)}")
        # Browsers that know frame-ancestors ignore it; others have no word for several origins.
        shown.headers["x-frame-options"] = "ALLOWALL"
    shown.headers["content-security-policy"] = rules
    shown.headers["cache-control"] = "no-store"
    shown.headers["referrer-policy"] = "no-referrer"


def _seen(request: Request, form: Mapping[str, Sequence[str]]) -> Response:
    """Count a look."""
    _hold_back(request, "form seen", _MOST_SHOWN)
    named = _named(request)
    asked = {name: form[name][0][:_LONGEST] for name in _CARRIED if form.get(name)}
    see_form(
        request.app.state.world, named.brand_id, named.slug, _first(form, "challenge"),
        me=asked.get("me", ""), anonymous=asked.get("a", ""), place=_first(form, "place"),
        campaign=_campaign(asked),
    )  # fmt: skip
    return Response(status_code=204)


def _pop_up(request: Request) -> Response:
    """Tell when a form shows itself; only pages of its own origins may read it."""
    _hold_back(request, "form asked", _MOST_SHOWN)
    named = _named(request)
    world = request.app.state.world
    opened = open_form(world, named.brand_id, named.slug)
    form, origin = opened.form, request.headers.get("origin", "")
    if form.pop_up is None or not is_open(opened, world.clock.now()):
        raise NotFound("form", named.slug)
    answer = JSONResponse({
        "form": form.slug, "version": opened.version, "after": form.pop_up.after_s,
        "scroll": form.pop_up.scroll, "leave": form.pop_up.on_leave,
        "again_days": form.pop_up.again_days, "pages": list(form.pop_up.pages),
        "title": dict(form.title),
    })  # fmt: skip
    answer.headers["vary"] = "origin"
    if origin in form.embed:
        answer.headers["access-control-allow-origin"] = origin
    return answer


def _sitemap(request: Request) -> Response:
    """List landing pages of the first brand."""
    world = request.app.state.world
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">']  # fmt: skip
    for one in list_forms(world, 1):
        opened = open_form(world, 1, one.slug)
        if one.has_page and not opened.form.is_hidden and is_open(opened, world.clock.now()):
            lines.append(f"<url><loc>{form_url(world, 1, opened.form)}</loc></url>")
    return Response("\n".join([*lines, "</urlset>", ""]), media_type="application/xml")


def _named(request: Request) -> _Named:
    """Return which form is meant: `slug`, or `2.slug` for another brand than the first.

    Raises:
        NotFound: nothing can be called so.
    """
    written = str(request.path_params["form"])
    brand, dot, slug = written.rpartition(".")
    if not is_slug(slug) or (dot and not (brand.isascii() and brand.isdigit() and len(brand) < 5)):
        raise NotFound("form", written[:80])
    return _Named(int(brand) if dot else 1, slug)


def _asked(request: Request) -> dict[str, str]:
    """Return what the address says, as far as the page hands it on."""
    names = (*_CARRIED, "lang", "frame")
    query = request.query_params
    return {one: query[one][:_LONGEST] for one in names if query.get(one)}


def _campaign(asked: Mapping[str, str]) -> dict[str, str]:
    """Return where a visitor came from, in Segment's words."""
    return {word: asked[name] for name, word in _CAMPAIGN.items() if asked.get(name)}


def _first(form: Mapping[str, Sequence[str]], name: str) -> str:
    """Return the first value of a field, or ""."""
    return form.get(name, [""])[0]


def _bits(request: Request) -> int:
    """Return how much work a browser is asked for: more, the more its address sends."""
    n_lately = asked_lately(request, "form challenge")
    return min(_MOST_BITS, _FEWEST_BITS + int(math.log2(max(1, n_lately / _FREE))))


def _hold_back(request: Request, what: str, most: int) -> None:
    """Let an address do something only so often.

    Raises:
        HTTPException: 429.
    """
    if asked_lately(request, what) > most:
        raise HTTPException(429, headers={"retry-after": "600"})


async def _read(request: Request) -> Mapping[str, Sequence[str]]:
    """Return the fields of a form, each with all its values.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow, 400 when it is no form.
    """
    body = await read_body(request, _LARGEST_BODY)
    try:
        found = parse_qs(body.decode("utf-8"), max_num_fields=_MOST_FIELDS)
    except ValueError as fault:
        raise HTTPException(400) from fault
    if any("\0" in one for words in found.values() for one in words):
        raise HTTPException(400)
    return found


routes = [
    Route("/f/{form}", show, methods=["GET"], name="form"),
    Route("/f/{form}", take, methods=["POST"], name="form.take"),
    Route("/f/{form}/seen", seen, methods=["POST"], name="form.seen"),
    Route("/f/{form}/pop-up.json", pop_up, methods=["GET"], name="form.pop_up"),
    Route("/l/{form}", show_landing, methods=["GET"], name="landing"),
    Route("/l/{form}", take_landing, methods=["POST"], name="landing.take"),
    Route("/sitemap.xml", sitemap, methods=["GET"], name="sitemap"),
    Route("/robots.txt", robots, methods=["GET"], name="robots"),
]
