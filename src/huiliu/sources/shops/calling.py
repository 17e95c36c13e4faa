"""Asks a platform's API and turns whatever comes back into JSON or a ShopFailed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import urlencode, urlsplit

import msgspec

from huiliu.kernel.errors import ShopFailed, ShopFault
from huiliu.kernel.facts import Value
from huiliu.kernel.times import SECOND
from huiliu.ports.outbound import HttpAnswer, HttpCall, Reach
from huiliu.ports.shops import Session

__all__ = ["Judge", "answer", "ask", "base_url", "with_query"]

#: A page of a hundred orders with all their lines.
_LONGEST: Final = 16 << 20
_TIMEOUT_S: Final = 20.0
_LONGEST_TOLD: Final = 200
#: What an answer could tell of people: an operator reads the platform's words, not a buyer's.
_PERSONAL: Final = re.compile(r"[^\s@\"',;]+@[^\s@\"',;]+|\+?\d[\d\s().-]{6,}\d")

#: Tells from status and body whether the platform refused in its own way: a fault and its words.
Judge: TypeAlias = Callable[[HttpAnswer, Value], tuple[ShopFault, str] | None]


def base_url(session: Session, usual: str) -> str:
    """Return the start of the API's addresses, without a slash at its end.

    The field `base_url` goes first: a gateway of the operator's, or a fake.
    """
    return (session.connection.value("base_url") or usual).rstrip("/")


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Return a URL with these parameters, percent-encoded, in the order given."""
    return f"{url}?{urlencode(query)}" if query else url


def ask(
    session: Session,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    judge: Judge | None = None,
) -> Value:
    """Return the JSON that the platform answers with; None for 404 and for an empty body.

    Raises:
        ShopFailed: there is no such answer; `judge` has the first word on what came.
    """
    return answer(session, url, method=method, headers=headers, body=body, judge=judge)[1]


def answer(
    session: Session,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    judge: Judge | None = None,
) -> tuple[Mapping[str, str], Value]:
    """Return the headers (names in lower case) and the JSON of an answer; raise as `ask` does."""
    shop = session.connection.name
    call = HttpCall(
        url, method, {"Accept": "application/json", **(headers or {})}, body, _TIMEOUT_S, _LONGEST
    )
    [got] = session.outbound.call([call])
    if got.reach is Reach.REFUSED:
        raise ShopFailed(shop, ShopFault.REFUSED, got.cause)
    if got.reach is not Reach.ANSWERED:
        raise ShopFailed(shop, ShopFault.DOWN, got.cause)
    if len(got.body) >= _LONGEST:
        raise ShopFailed(shop, ShopFault.DOWN, "the answer is too long")
    is_json, found = _decoded(got)
    told = judge(got, found) if judge else None
    if told is None:
        told = _by_status(got)
    if told is not None:
        fault, words = told
        shown = f"{urlsplit(url).path}: {got.status} {_PERSONAL.sub('…', words)}"
        raise ShopFailed(shop, fault, shown[:_LONGEST_TOLD], retry_after=_retry_after(got))
    if got.status == 404:
        return got.headers, None
    if not is_json:
        raise ShopFailed(shop, ShopFault.DOWN, f"{urlsplit(url).path}: no JSON")
    return got.headers, found


def _decoded(got: HttpAnswer) -> tuple[bool, Value]:
    """Return whether the body is JSON, and what it says; an empty one says None."""
    if not got.body.strip():
        return True, None
    try:
        return True, msgspec.json.decode(got.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False, None


def _by_status(got: HttpAnswer) -> tuple[ShopFault, str] | None:
    """Return what an HTTP status alone says; None = go on."""
    if got.status < 300 or got.status == 404:
        return None
    words = got.body[:_LONGEST_TOLD].decode("utf-8", "replace")
    if got.status == 429:
        return ShopFault.BUSY, words
    if got.status == 401:
        return ShopFault.EXPIRED, words
    if got.status >= 500 or got.status == 408:
        return ShopFault.DOWN, words
    return ShopFault.REFUSED, words


def _retry_after(got: HttpAnswer) -> int:
    """Return the Retry-After of an answer in microseconds; dates are left to our own pauses."""
    try:
        seconds = float(got.headers.get("retry-after", ""))
    except ValueError:
        return 0
    return int(min(max(seconds, 0.0), 3600.0) * SECOND) if seconds == seconds else 0  # noqa: PLR0124 - not a number
