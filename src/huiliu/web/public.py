"""Pages for the brand's people: their language, how often they may come, and who may keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from huiliu.kernel.texts import LOCALES
from huiliu.messages.permission import Permission
from huiliu.web.doors import Visit, visit
from huiliu.web.limits import asked_lately
from huiliu.web.rendering import page
from huiliu.web.security import check_words, read_body

__all__ = ["admit", "brand_facts", "public_page", "public_visit", "read_fields"]

_MOST_VISITS: Final = 120
_LARGEST_BODY: Final = 16 * 1024
_MOST_FIELDS: Final = 200


def admit(request: Request, what: str, most: int = _MOST_VISITS) -> None:
    """Let a client in that does not come too often.

    Raises:
        HTTPException: 429, as it came more than so often in ten minutes; 400 for a NUL.
    """
    check_words(request)
    if asked_lately(request, what) > most:
        raise HTTPException(429)


def public_visit(request: Request) -> Visit:
    """Return the visit in the language that the link asks for, else the browser's."""
    found = visit(request)
    chosen = found.ask("lang")
    return replace(found, locale=chosen) if chosen in LOCALES else found


async def read_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form without a cookie; the last of a name counts.

    Raises:
        HTTPException: 413 when it is too large, 400 when it is no form.
    """
    body = await read_body(request, _LARGEST_BODY)
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as fault:
        raise HTTPException(400) from fault
    check_words(request, [word for pair in pairs for word in pair])
    return dict(pairs)


def brand_facts(found: Visit, asks: Permission) -> Mapping[str, str]:
    """Return what people call the brand, and where they can turn to."""
    named = asks.brand.get(found.locale) or next(iter(asks.brand.values()), "")
    return {"brand_name": named, "contact": asks.contact}


def public_page(found: Visit, name: str, status: int = 200, /, **facts: object) -> Response:
    """Return a page that nobody else may keep, and that sends no address on."""
    shown = page(found, name, status, **facts)
    shown.headers["cache-control"] = "no-store"
    shown.headers["referrer-policy"] = "no-referrer"
    return shown
