"""Segment's calls as they arrive: one definition is their type, their parser and their limits."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.events import Kind
from huiliu.kernel.texts import text

__all__ = ["EVENT_BYTES", "KINDS", "Batch", "Call", "parse_call", "parse_calls", "raw_calls"]

#: One event may have this many bytes, a request's body ten times and more.
EVENT_BYTES: Final = 32 * 1024

KINDS: Final = {
    "track": Kind.TRACK, "identify": Kind.IDENTIFY, "page": Kind.PAGE, "screen": Kind.SCREEN,
    "group": Kind.GROUP, "alias": Kind.ALIAS,
}  # fmt: skip

_EMPTY = msgspec.Raw(b"")


class Call(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """One call; what Huiliu does not use is not read."""

    type: str = ""
    event: str | None = None
    message_id: str | int | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    #: ISO 8601.
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    properties: msgspec.Raw = _EMPTY
    traits: msgspec.Raw = _EMPTY
    context: msgspec.Raw = _EMPTY
    #: Of a page or screen.
    name: str | None = None
    category: str | None = None
    #: server, browser or mobile.
    channel: str | None = None
    #: Loads the past: triggers nothing live.
    historical: bool | None = None
    #: How a browser says who it is where it cannot send a header.
    write_key: str | None = None


class Batch(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """Many calls; its own context and time are those of every call that has none."""

    batch: list[Call]
    sent_at: str | None = None
    context: msgspec.Raw = _EMPTY
    historical: bool | None = None
    write_key: str | None = None


class _Loose(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """A batch of which at least one call is bad."""

    batch: list[msgspec.Raw]
    sent_at: str | None = None
    context: msgspec.Raw = _EMPTY
    historical: bool | None = None
    write_key: str | None = None


_CALL = msgspec.json.Decoder(Call)
_BATCH = msgspec.json.Decoder(Batch)
_LOOSE = msgspec.json.Decoder(_Loose)
_AT = re.compile(r" - at `\$\.?(.*)`$")


def parse_call(raw: bytes | msgspec.Raw) -> Call | Problem:
    """Return one call, or why it is none."""
    try:
        return _CALL.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return _problem("", fault)


def parse_calls(body: bytes) -> tuple[Batch, dict[int, Problem]]:
    """Return the batch, and what is wrong with those of its calls that cannot be read.

    A call that cannot be read stands in the batch as an empty one, so that numbers stay.

    Raises:
        BadInput: the body is no JSON, or no object with a list `batch`.
    """
    try:
        return _BATCH.decode(body), {}
    except (msgspec.ValidationError, UnicodeDecodeError):
        # One call is bad (or the whole is): find out which, the good ones are kept.
        pass
    except (msgspec.DecodeError, RecursionError) as fault:
        raise BadInput((_problem("", fault),)) from fault
    try:
        loose = _LOOSE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadInput((_problem("", fault),)) from fault
    calls: list[Call] = []
    problems: dict[int, Problem] = {}
    for index, raw in enumerate(loose.batch):
        found = parse_call(raw)
        if isinstance(found, Problem):
            problems[index] = found
            found = Call()
        calls.append(found)
    batch = Batch(
        batch=calls, sent_at=loose.sent_at, context=loose.context, historical=loose.historical,
        write_key=loose.write_key,
    )  # fmt: skip
    return batch, problems


def raw_calls(body: bytes) -> list[bytes]:
    """Return the bytes of each call of a batch that `parse_calls` could read."""
    return [bytes(raw) for raw in _LOOSE.decode(body).batch]


def _problem(path: str, fault: Exception) -> Problem:
    """Return a decoder's complaint as a problem; it names types and places, never values."""
    said = str(fault)
    if isinstance(fault, UnicodeDecodeError):
        return Problem(path, text("collect.not_utf8"))
    if isinstance(fault, RecursionError):
        return Problem(path, text("collect.too_deep"))
    if isinstance(fault, msgspec.ValidationError):
        at = _AT.search(said)
        where = "" if at is None else at[1].replace("[...]", "")
        return Problem(
            ".".join(part for part in (path, where) if part),
            text("collect.bad_type", said=_AT.sub("", said)),
        )
    return Problem(path, text("collect.bad_json", said=said))
