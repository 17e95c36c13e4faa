"""In-app messages: what clients fetch and tell, and the twins of the console's pages.

Clients come with a key for collecting and a signed token that says whose messages they may see,
as user name and password of Basic authentication; a page that closes puts both into the body. What
they may do needs no more, so every origin may call; nobody else's cookie is ever read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import BadInput, Forbidden, HuiliuError, NotFound, Problem, Unauthorised
from huiliu.kernel.ids import parse_profile_id
from huiliu.kernel.texts import text
from huiliu.kernel.times import as_duration, show_instant
from huiliu.messages.inapp import CHANNEL
from huiliu.ports import World
from huiliu.services.conversations import Said, take
from huiliu.services.create_key import key_hash
from huiliu.services.inapp_data import card_json, message_json
from huiliu.services.inapp_overview import cards_of, list_inapp, show_inapp, withdraw
from huiliu.services.inapp_sync import sitting, sync
from huiliu.services.inapp_tokens import (
    USUAL_LIFE,
    Bearer,
    anonymous_token,
    person_token,
    read_token,
)
from huiliu.services.inapp_told import read_told, tell
from huiliu.web.api.calls import Call, route
from huiliu.web.api.collect_keys import name_and_secret
from huiliu.web.errors import tell_error, tell_http_error
from huiliu.web.limits import asked_lately
from huiliu.web.paging import read_number
from huiliu.web.security import check_words, read_body

__all__ = ["client_routes", "routes"]

_LARGEST: Final = 64 * 1024
_SCOPES: Final = frozenset({"collect", "api"})
#: In ten minutes by one address: a whole shop, or a carrier's phones, may be behind one.
_MOST_ASKED: Final = 6_000
_MOST_TOKENS: Final = 600
_MOST_SAID: Final = 120
_LONGEST_SAID: Final = 2_000
_LONGEST_ID: Final = 64
_MOST_DAYS: Final = 3_650
_OPEN: Final = {
    "access-control-allow-origin": "*", "access-control-expose-headers": "etag",
    "cache-control": "private, no-cache", "vary": "authorization",
}  # fmt: skip
_PREFLIGHT: Final = {
    **_OPEN, "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, if-none-match",
    "access-control-max-age": "86400",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Client:
    """Who calls: the brand of the key, and whom the token names."""

    world: World
    brand_id: int
    bearer: Bearer | None
    request: Request
    body: Mapping[str, Any]


def _route(path: str, act: Callable[[_Client], Response], method: str, name: str) -> Route:
    """Return the route of a client's call, which pages of every origin may make."""

    async def endpoint(request: Request) -> Response:
        """Answer in a thread; whatever is wrong is told to the page that asked."""
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        try:
            body = await _read(request) if method == "POST" else {}
            answer = await run_in_threadpool(_enter, act, request, body)
        except HuiliuError as fault:
            answer = await tell_error(request, fault)
        except HTTPException as fault:
            answer = await tell_http_error(request, fault)
            answer.headers.update(fault.headers or {})
        answer.headers.update(_OPEN)
        return answer

    return Route(path, endpoint, methods=[method, "OPTIONS"], name=name)


def _enter(
    act: Callable[[_Client], Response], request: Request, body: Mapping[str, Any]
) -> Response:
    """Check key and token, then answer.

    Raises:
        HTTPException: 429, the address asks too often.
        Unauthorised: the key or the token is not in force.
        Forbidden: the key is for something else.
    """
    if asked_lately(request, "in-app") > _MOST_ASKED:
        raise HTTPException(429, headers={"retry-after": "60"})
    world: World = request.app.state.world
    shown, token = name_and_secret(request.headers.get("authorization", "").encode("latin-1"))
    shown = shown or _word(body, "writeKey")
    with world.store.system() as tx:
        key = tx.accounts.key_by_hash(key_hash(shown)) if shown else None
    if key is None:
        raise Unauthorised("key")
    if key.scope not in _SCOPES:
        raise Forbidden("collect")
    bearer = read_token(world, key.brand_id, token or _word(body, "token"))
    return act(_Client(world, key.brand_id, bearer, request, body))


def _sync(client: _Client) -> Response:
    """Say what is to be shown, or that nothing changed."""
    query = client.request.query_params
    found = sync(
        client.world, client.brand_id, _bearer(client),
        cursor=read_number(query.get("cursor", "")) or 0,
        etag=client.request.headers.get("if-none-match", "").removeprefix("W/"),
    )  # fmt: skip
    headers = {"etag": found.etag}
    if found.told is None:
        return Response(status_code=304, headers=headers)
    return _json(found.told, headers)


def _events(client: _Client) -> Response:
    """Take in what people did with cards; the same again changes nothing."""
    told = read_told(client.body, client.brand_id, client.world.clock.now())
    n_new = tell(client.world, client.brand_id, _bearer(client), told)
    return _json({"success": True, "new": n_new})


def _token(client: _Client) -> Response:
    """Give a browser a token for its own random id."""
    if asked_lately(client.request, "in-app token") > _MOST_TOKENS:
        raise HTTPException(429, headers={"retry-after": "600"})
    found, until = anonymous_token(client.world, client.brand_id, _word(client.body, "anonymousId"))
    return _json({"token": found, "expires_at": show_instant(until)})


def _say(client: _Client) -> Response:
    """Take in what a person writes to the brand; the same id again changes nothing.

    Raises:
        HTTPException: 429, the address writes too much.
        BadInput: nothing is said, or too much.
        Forbidden: nobody is known by the token.
    """
    if asked_lately(client.request, "in-app said") > _MOST_SAID:
        raise HTTPException(429, headers={"retry-after": "600"})
    words, name = _word(client.body, "text").strip(), _word(client.body, "id")
    problems = []
    if not 0 < len(words) <= _LONGEST_SAID:
        problems.append(Problem("text", text("inapp.said", most=_LONGEST_SAID)))
    if not 0 < len(name) <= _LONGEST_ID:
        problems.append(Problem("id", text("inapp.event_id")))
    if problems:
        raise BadInput(tuple(problems))
    profile_id = sitting(client.world, client.brand_id, _bearer(client))
    if not profile_id:
        raise Forbidden("person")
    said = Said(
        client.brand_id, CHANNEL, words=words, message_id=f"{profile_id} {name}",
        profile_id=profile_id,
    )  # fmt: skip
    take(client.world, said)
    return _json({"success": True})


def _bearer(client: _Client) -> Bearer:
    """Return whom the token names; raise Unauthorised where it is not in force."""
    if client.bearer is None:
        raise Unauthorised("token")
    return client.bearer


def _json(told: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return data as JSON."""
    found = msgspec.json.encode(told)
    return Response(found, headers=dict(headers or {}), media_type="application/json")


def _word(body: Mapping[str, Any], name: str) -> str:
    """Return a text of a body, or ""."""
    found = body.get(name)
    return found if isinstance(found, str) else ""


async def _read(request: Request) -> Mapping[str, Any]:
    """Return the object in the body, whatever it calls itself: plain text asks no browser first.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow.
        BadInput: it is no JSON object.
    """
    body = await read_body(request, _LARGEST)
    try:
        found = msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise BadInput((Problem("", text("api.not_an_object")),)) from fault
    check_words(request, found.values())
    return found


client_routes: Final = [
    _route("/v1/inapp/sync", _sync, "GET", "in-app messages"),
    _route("/v1/inapp/events", _events, "POST", "in-app events"),
    _route("/v1/inapp/token", _token, "POST", "in-app token"),
    _route("/v1/inapp/say", _say, "POST", "in-app words"),
]


def _messages(call: Call) -> object:
    """Return every in-app message and how far people went with it."""
    days = min(read_number(call.ask("days")) or 30, _MOST_DAYS)
    found = list_inapp(call.world, call.brand_id, days, call.ask("kind"))
    return {"days": days, "messages": [message_json(one) for one in found]}


def _message(call: Call) -> object:
    """Return one of them."""
    days = min(read_number(call.ask("days")) or 30, _MOST_DAYS)
    return message_json(show_inapp(call.world, call.brand_id, call.path("slug"), days))


def _withdraw(call: Call) -> object:
    """Take one back from everybody who has not closed it."""
    slug = call.path("slug")
    return {"slug": slug, "withdrawn": withdraw(call.world, call.brand_id, slug)}


def _person_token(call: Call) -> object:
    """Return a token for a person whom the brand's own server has signed in."""
    lives = call.body.get("lives", "")
    length = as_duration(lives) if isinstance(lives, str) and lives else USUAL_LIFE
    if length is None:
        raise BadInput((Problem("lives", text("inapp.moment")),))
    profile_id = 0
    if shown := _word(call.body, "profile_id"):
        profile_id = parse_profile_id(shown) or 0
        if not profile_id:
            raise NotFound("profile", shown[:80])
    found, until = person_token(
        call.world, call.brand_id, user_id=_word(call.body, "user_id"), profile_id=profile_id,
        lives=length,
    )  # fmt: skip
    return {"token": found, "expires_at": show_instant(until)}


def _cards(call: Call) -> object:
    """Return a person's cards, those that are over too."""
    found = cards_of(call.world, call.brand_id, call.path("profile"))
    return {"cards": [card_json(one, call.world.clock.now()) for one in found]}


routes: Final = [
    route("GET", "/v1/inapp/messages", _messages),
    route("GET", "/v1/inapp/messages/{slug}", _message),
    route("POST", "/v1/inapp/messages/{slug}/withdraw", _withdraw),
    route("POST", "/v1/inapp/tokens", _person_token),
    route("GET", "/v1/inapp/people/{profile}", _cards),
]
