"""What a browser is told and asked so that others cannot act in a user's name."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from hmac import compare_digest
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huiliu.kernel.errors import Forbidden

__all__ = [
    "CSRF_FIELD",
    "CSRF_HEADER",
    "FORM_COOKIE",
    "SESSION_COOKIE",
    "SecurityHeaders",
    "check_origin",
    "check_token",
    "check_words",
    "policy",
    "read_body",
]

SESSION_COOKIE: Final = "huiliu_session"
#: Holds the token of forms that are filled in before anyone is signed in.
FORM_COOKIE: Final = "huiliu_form"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"

#: `style-src-attr` is for ECharts' tooltips, which set style attributes.
#: Source: github.com/apache/echarts issues 19938 and 19570.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
#: What a client fetches by key, from any site: CORS is the collect routes' own matter.
_API: Final = ("/v1/",)
#: A client that takes longer to send its body is let go.
_PATIENCE_S: Final = 30.0


def policy(nonce: str) -> str:
    """Return the content security policy of a page."""
    return _POLICY.format(nonce=nonce)


class SecurityHeaders:
    """Give every answer but the API's a strict policy with its own nonce, and never a cached page.

    Written as plain ASGI: the collect routes pass through it at full speed.
    """

    def __init__(self, app: ASGIApp, *, https_only: bool = False) -> None:
        """Stand in front of an application."""
        self._app = app
        self._https_only = https_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add the headers when its answer starts."""
        if scope["type"] != "http" or scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), nonce)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, nonce: str) -> None:
        """Set what the answer has not set for itself."""
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("content-security-policy", policy(nonce))
        headers.setdefault("cache-control", "no-store")
        if self._https_only:
            headers.setdefault("strict-transport-security", "max-age=31536000")


def check_origin(request: Request) -> None:
    """Let a changing request pass only if it comes from a page of ours or from no browser.

    Raises:
        Forbidden: another site sent the browser here.
    """
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Forbidden("same origin")


def check_token(request: Request, given: str, expected: str) -> None:
    """Let a changing request pass only if it carries the token of its session.

    Raises:
        Forbidden: the token is missing or another.
    """
    sent = request.headers.get(CSRF_HEADER) or given
    if not expected or not compare_digest(sent.encode(), expected.encode()):
        raise Forbidden("csrf")


def check_words(request: Request, given: Iterable[object] = ()) -> None:
    """Let a request pass only if every word of it can stand in a database.

    Raises:
        HTTPException: 400, as there is a NUL in its address or in what was given.
    """
    words = (*request.path_params.values(), *request.query_params.values(), *given)
    if any(isinstance(word, str) and "\0" in word for word in words):
        raise HTTPException(400)


async def read_body(request: Request, most_bytes: int, patience_s: float = _PATIENCE_S) -> bytes:
    """Return the whole body of a request.

    Raises:
        HTTPException: 413 past the limit, 408 when it does not come to an end.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(patience_s):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise HTTPException(413)
    except TimeoutError as fault:
        raise HTTPException(408) from fault
    return bytes(body)
