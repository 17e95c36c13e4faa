"""A door is a page's address, what it asks of a visitor, and who answers; all are entered alike."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.errors import Forbidden, Unauthorised
from huiliu.ports.world import World
from huiliu.services.sign_in import SignedIn, visitor
from huiliu.settings import Settings
from huiliu.web.i18n import LOCALE_COOKIE, choose_locale
from huiliu.web.permissions import PUBLIC, may
from huiliu.web.security import (
    CSRF_FIELD,
    FORM_COOKIE,
    SESSION_COOKIE,
    check_origin,
    check_token,
    check_words,
    read_body,
)

__all__ = ["Door", "Handler", "Visit", "open_doors", "visit"]

_SAFE: Final = frozenset({"GET", "HEAD"})
#: A journey's YAML is the largest thing that a form carries.
_LARGEST_FORM_BYTES: Final = 512 * 1024
_MOST_FIELDS: Final = 200
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NO_FILES: Final[Mapping[str, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page: who asks for what, and in which language."""

    request: Request
    world: World
    settings: Settings
    locale: str
    signed: SignedIn | None = None
    form: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Name of the field -> the file that was sent in it.
    files: Mapping[str, bytes] = field(default_factory=lambda: _NO_FILES)

    @property
    def me(self) -> SignedIn:
        """Return who is signed in; only pages behind a permission ask this."""
        assert self.signed is not None
        return self.signed

    @property
    def brand_id(self) -> int:
        """Return the brand whose data this visitor sees."""
        return self.me.user.brand_id

    @property
    def nonce(self) -> str:
        """Return the number that this page's own scripts and styles carry."""
        return str(self.request.state.nonce)

    @property
    def csrf(self) -> str:
        """Return the token that forms of this page carry."""
        if self.signed is not None:
            return self.signed.session.csrf
        return self.request.cookies.get(FORM_COOKIE, "")

    @property
    def is_partial(self) -> bool:
        """Say whether htmx asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, permission: str) -> bool:
        """Say whether the visitor holds a permission."""
        return self.signed is not None and may(self.signed.user.role, permission)

    def path(self, name: str) -> str:
        """Return a part of the address."""
        return str(self.request.path_params[name])

    def ask(self, name: str, default: str = "") -> str:
        """Return a value of the query string, trimmed."""
        return self.request.query_params.get(name, default).strip()


Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Door:
    """One route of the console."""

    path: str
    handler: Handler
    #: What a visitor must be allowed to; see permissions.py.
    permission: str
    methods: tuple[str, ...] = ("GET",)
    #: How large a form with a file may be; 0 = it takes no files.
    most_bytes: int = 0


def open_doors(doors: tuple[Door, ...]) -> list[Route]:
    """Return the routes of the doors."""
    return [_open(door) for door in doors]


def visit(request: Request, signed: SignedIn | None = None) -> Visit:
    """Return a request as a visit; error pages use it where no door was entered."""
    settings: Settings = request.app.state.settings
    chosen = signed.user.locale if signed else request.cookies.get(LOCALE_COOKIE)
    locale = choose_locale(chosen, request.headers.get("accept-language"), settings.locale)
    return Visit(request, request.app.state.world, settings, locale, signed)


def _open(door: Door) -> Route:
    """Return the route of one door; its handler runs in a thread, as services are synchronous."""

    async def endpoint(request: Request) -> Response:
        """Read the form, then enter in a thread."""
        form, files = _NOTHING, _NO_FILES
        if door.most_bytes:
            # Nobody sends a large file before it is known who they are.
            await run_in_threadpool(_admit, door, request)
            form, files = await _read_files(request, door.most_bytes)
        elif request.method not in _SAFE:
            form = await _read_form(request)
        return await run_in_threadpool(_enter, door, request, form, files)

    return Route(door.path, endpoint, methods=list(door.methods), name=door.path)


def _admit(door: Door, request: Request) -> SignedIn | None:
    """Return who is at the door, if they may pass it.

    Raises:
        Unauthorised: no one is signed in.
        Forbidden: the role may not.
    """
    cookie = request.cookies.get(SESSION_COOKIE)
    signed = visitor(request.app.state.world, cookie) if cookie else None
    request.state.signed = signed
    if door.permission != PUBLIC:
        if signed is None:
            raise Unauthorised("session")
        if not may(signed.user.role, door.permission):
            raise Forbidden(door.permission)
    return signed


def _enter(
    door: Door, request: Request, form: Mapping[str, str], files: Mapping[str, bytes]
) -> Response:
    """Check who comes and from where, then let the handler answer.

    Raises:
        HTTPException: 400 when there is a NUL in what was sent.
        Unauthorised: no one is signed in.
        Forbidden: the role may not, or the request was not sent by a page of ours.
    """
    check_words(request, form.values())
    signed = _admit(door, request)
    found = visit(request, signed)
    if request.method not in _SAFE:
        check_origin(request)
        check_token(request, form.get(CSRF_FIELD, ""), found.csrf)
    given = Visit(request, found.world, found.settings, found.locale, signed, form, files)
    return door.handler(given)


async def _read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form; the last of a name counts.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow, 400 when it is no form.
    """
    body = await read_body(request, _LARGEST_FORM_BYTES)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as fault:
        raise HTTPException(400) from fault
    return dict(pairs)


async def _read_files(
    request: Request, most_bytes: int
) -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    """Return the fields and the files of a form.

    Raises:
        HTTPException: 413 when it is too large, 408 when too slow, 400 when it is no such form.
    """
    body = await read_body(request, most_bytes)

    async def once() -> AsyncGenerator[bytes, None]:
        """Give the body that was read."""
        yield body

    parser = MultiPartParser(
        request.headers, once(), max_files=1, max_fields=_MOST_FIELDS, max_part_size=most_bytes
    )
    try:
        parts = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as fault:
        raise HTTPException(400) from fault
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for name, value in parts.multi_items():
        if isinstance(value, str):
            fields[name] = value
        else:
            files[name] = await value.read()
    await parts.close()
    return fields, files
