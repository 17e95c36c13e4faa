"""The doors in front of the console: sign-in, first run, sign-out, language."""

from __future__ import annotations

import secrets
from dataclasses import replace

import structlog
from starlette.responses import Response

from huiliu.kernel.errors import BadInput, Conflict, Forbidden, Refused, Unauthorised
from huiliu.kernel.texts import LOCALES
from huiliu.services.add_user import NewUser
from huiliu.services.choose_language import choose_language
from huiliu.services.set_up import is_open, set_up
from huiliu.services.sign_in import sign_in, sign_out
from huiliu.web.doors import Visit
from huiliu.web.i18n import LOCALE_COOKIE
from huiliu.web.rendering import go, page
from huiliu.web.security import FORM_COOKIE, SESSION_COOKIE

__all__ = ["enter", "language", "leave", "make_first", "show_first_run", "show_sign_in"]

_BRAND = 1
_YEAR_S = 365 * 86_400
_WEEK_S = 7 * 86_400
_log = structlog.get_logger()


def show_sign_in(visit: Visit) -> Response:
    """Show the sign-in form; an instance without users shows where its first one is made."""
    if visit.signed is not None:
        return go(_safe(visit.ask("next")))
    if is_open(visit.world):
        return go("/first-run")
    return _outside(visit, "pages/sign_in.html", next=_safe(visit.ask("next")), email="", fault="")


def enter(visit: Visit) -> Response:
    """Sign a person in, or say no without telling which of the two was wrong."""
    email, after = visit.form.get("email", ""), _safe(visit.form.get("next", "/"))
    client = visit.request.client
    address = client.host if client else "unknown"
    try:
        signed, cookie = sign_in(visit.world, email, visit.form.get("password", ""), address)
    except Refused:
        _log.warning("sign-in throttled", address=address)
        return _outside(visit, "pages/sign_in.html", 429, next=after, email=email, fault="too_many")
    except Unauthorised:
        return _outside(visit, "pages/sign_in.html", 401, next=after, email=email, fault="wrong")
    _log.info("signed in", user_id=signed.user.user_id)
    if old := visit.request.cookies.get(SESSION_COOKIE):
        sign_out(visit.world, old)
    return _with_session(visit, after, cookie)


def leave(visit: Visit) -> Response:
    """End the session here and at the server."""
    sign_out(visit.world, visit.request.cookies.get(SESSION_COOKIE, ""))
    response = go("/sign-in")
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def show_first_run(visit: Visit) -> Response:
    """Show the form that makes the first administrator, as long as there is no user."""
    if not is_open(visit.world):
        return go("/sign-in")
    token = visit.ask("token")
    return _outside(visit, "pages/first_run.html", token=token, given={}, problems=(), fault="")


def make_first(visit: Visit) -> Response:
    """Make the first administrator and sign them in."""
    form = visit.form
    new = NewUser(
        form.get("email", ""), form.get("name", ""), form.get("password", ""), "admin",
        visit.locale,
    )  # fmt: skip
    token = form.get("token", "").strip()
    facts: dict[str, object] = {"token": token, "given": form, "problems": (), "fault": ""}
    try:
        set_up(visit.world, _BRAND, token, new)
    except BadInput as fault:
        facts["problems"] = [(p.path, p.text, 0) for p in fault.problems]
        return _outside(visit, "pages/first_run.html", 422, **facts)
    except Forbidden:
        return _outside(visit, "pages/first_run.html", 403, **facts | {"fault": "token"})
    except Conflict:
        return go("/sign-in")
    return enter(visit)


def language(visit: Visit) -> Response:
    """Read the console in another language from now on."""
    chosen = visit.form.get("locale", "")
    if chosen in LOCALES:
        choose_language(visit.world, visit.me.user, chosen)
    response = go(_safe(visit.form.get("next", "/")))
    response.set_cookie(LOCALE_COOKIE, chosen, max_age=_YEAR_S, samesite="lax")
    return response


def _with_session(visit: Visit, after: str, cookie: str) -> Response:
    """Send the browser on with its session cookie."""
    response = go(after)
    response.set_cookie(
        SESSION_COOKIE, cookie, max_age=_WEEK_S, httponly=True, samesite="lax",
        secure=visit.settings.cookie_secure, path="/",
    )  # fmt: skip
    return response


def _outside(visit: Visit, name: str, status: int = 200, /, **facts: object) -> Response:
    """Show a form to someone who is not signed in, with a token that its cookie repeats."""
    chosen = visit.ask("lang")
    shown = replace(visit, locale=chosen) if chosen in LOCALES else visit
    token = visit.csrf or secrets.token_urlsafe(24)
    response = page(shown, name, status, form_token=token, **facts)
    response.set_cookie(
        FORM_COOKIE, token, httponly=True, samesite="strict",
        secure=visit.settings.cookie_secure, path="/",
    )  # fmt: skip
    if chosen in LOCALES:
        response.set_cookie(LOCALE_COOKIE, chosen, max_age=_YEAR_S, samesite="lax")
    return response


def _safe(address: str) -> str:
    """Return an address of this console; anything that could lead elsewhere becomes the start."""
    leads_elsewhere = address.startswith(("//", "/\\")) or "\n" in address or "\r" in address
    return address if address.startswith("/") and not leads_elsewhere else "/"
