"""The one table that turns errors into statuses, and how each is told to browsers and clients."""

from __future__ import annotations

from http import HTTPStatus
from traceback import extract_tb
from typing import Final
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from huiliu.kernel.errors import (
    AwaitsApproval,
    BadInput,
    BadSetting,
    Conflict,
    DeliveryFailed,
    EngineFailed,
    Forbidden,
    HuiliuError,
    NotFound,
    Overtaken,
    PlatformFailed,
    Refused,
    ShopFailed,
    Unauthorised,
    Unavailable,
    Unsupported,
)
from huiliu.kernel.texts import render, text
from huiliu.web.doors import visit
from huiliu.web.rendering import page

__all__ = ["STATUSES", "shown_path", "tell_crash", "tell_error", "tell_http_error"]

#: Every error of the tree and its HTTP status.
STATUSES: Final[dict[type[HuiliuError], int]] = {
    BadInput: 422,
    NotFound: 404,
    Conflict: 409,
    AwaitsApproval: 202,
    Unauthorised: 401,
    Forbidden: 403,
    Refused: 409,
    DeliveryFailed: 502,
    ShopFailed: 502,
    PlatformFailed: 502,
    Unavailable: 503,
    EngineFailed: 500,
    Unsupported: 422,
    BadSetting: 500,
}

#: Statuses that have words of their own; the rest are told as 400 or 500.
_TOLD: Final = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 500, 502, 503})

#: Pages whose addresses hold a code that proves something.
_CODED: Final = frozenset({"c", "callbacks", "g", "o", "p", "pay", "r", "s", "sc", "sr", "u", "w"})
_log = structlog.get_logger()


async def tell_error(request: Request, fault: Exception) -> Response:
    """Answer with the status of an error that Huiliu can name."""
    assert isinstance(fault, HuiliuError)
    status = next((STATUSES[kind] for kind in type(fault).__mro__ if kind in STATUSES), 500)
    if status >= 500:
        _log.warning(
            "request failed", path=shown_path(request.url.path), error=type(fault).__name__
        )
    if _is_api(request):
        return JSONResponse(_as_json(fault), status)
    if isinstance(fault, Unauthorised):
        return _to_sign_in(request)
    if isinstance(fault, AwaitsApproval):
        return _to_decision(request, fault)
    problems = fault.problems if isinstance(fault, BadInput) else ()
    return _told(request, status, [(p.path, p.text, p.line) for p in problems])


async def tell_http_error(request: Request, fault: Exception) -> Response:
    """Answer where no route was found, or the request itself is no good."""
    assert isinstance(fault, HTTPException)
    if _is_api(request):
        return JSONResponse({"error": HTTPStatus(fault.status_code).phrase}, fault.status_code)
    response = _told(request, fault.status_code, [])
    response.headers.update(fault.headers or {})
    return response


async def tell_crash(request: Request, fault: Exception) -> Response:
    """Answer after a fault of ours without a word of what it was; the log has its kind and place.

    Its words stay out of the log too: those of a database may quote a person's row.
    """
    places = [f"{one.filename}:{one.lineno}" for one in extract_tb(fault.__traceback__)[-6:]]
    _log.error(
        "request crashed",
        path=shown_path(request.url.path),
        fault=type(fault).__name__,
        places=places,
    )
    if _is_api(request):
        return JSONResponse({"error": "internal"}, 500)
    return _told(request, 500, [])


def _is_api(request: Request) -> bool:
    """Say whether a program asks, not a browser."""
    return request.url.path.startswith("/v1/")


def shown_path(path: str) -> str:
    """Return a path as logs may hold it: a code in it may be all that somebody has to prove."""
    first = path.split("/", 2)[1] if path.count("/") > 1 else ""
    return f"/{first}/…" if first in _CODED else path


def _as_json(fault: HuiliuError) -> dict[str, object]:
    """Return an error for programs; causes stay inside."""
    told: dict[str, object] = {"error": type(fault).__name__}
    if isinstance(fault, BadInput):
        told["problems"] = [
            {"path": p.path, "message": render(p.text, "en"), "line": p.line or None}
            for p in fault.problems
        ]
    elif isinstance(fault, NotFound):
        told |= {"kind": fault.kind, "id": fault.id}
    elif isinstance(fault, Unauthorised):
        told["message"] = render(text("http.want_key"), "en")
    elif isinstance(fault, AwaitsApproval):
        # Nothing went wrong: it was taken, and goes live once others agree.
        told = {
            "decision": fault.decision, "state": "open", "risk": fault.risk, "need": fault.need,
            "departments": list(fault.departments),
        }  # fmt: skip
    elif isinstance(fault, Forbidden):
        told["permission"] = fault.permission
    elif isinstance(fault, Refused):
        told["reason"] = fault.reason
    elif isinstance(fault, PlatformFailed):
        told |= {"platform": fault.platform, "code": fault.code, "response": fault.response}
    elif isinstance(fault, Overtaken):
        expected, found = fault.versions
        changes = [render(change, "en") for change in fault.changes]
        told |= {"what": fault.what, "expected": expected, "found": found, "changes": changes}
    return told


def _told(request: Request, status: int, problems: list[tuple[str, object, int]]) -> Response:
    """Return the error as a page, or as a piece of one for htmx."""
    signed = getattr(request.state, "signed", None)
    known = status if status in _TOLD else (500 if status >= 500 else 400)
    found = visit(request, signed)
    name = "partials/error.html" if found.is_partial else "pages/error.html"
    return page(found, name, status, status=known, problems=problems)


def _to_decision(request: Request, fault: AwaitsApproval) -> Response:
    """Send a browser to the decision that what it wanted to publish waits for."""
    address = f"/decisions/{fault.decision}?proposed=1"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=200, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


def _to_sign_in(request: Request) -> Response:
    """Send a browser to the sign-in page, and back afterwards where that changes nothing."""
    back = request.url.path if request.method == "GET" else "/"
    address = "/sign-in" + (f"?next={quote(back, safe='')}" if back != "/" else "")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)
