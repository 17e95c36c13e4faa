"""Reads the body of a logged event: the JSON that collecting wrote, personal values as tokens."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Body", "read_body"]


class Body(msgspec.Struct, frozen=True):
    """What an event carried besides its columns; what was not sent is empty."""

    #: Properties of a track, page or screen call, and of Huiliu's own events.
    properties: dict[str, Any] = {}
    #: Traits of an identify or group call.
    traits: dict[str, Any] = {}
    #: The few parts of the context that are kept, such as `timezone` and `locale`.
    context: dict[str, Any] = {}
    #: Whose event it is, in Huiliu's own events; 0 elsewhere.
    profile_id: int = 0
    #: The group of a group call.
    group: Any = msgspec.field(default=None, name="groupId")


_DECODER = msgspec.json.Decoder(Body)


def read_body(body: bytes) -> Body:
    """Return the body of an event.

    Raises:
        ValueError: the bytes are no JSON object of that shape; collecting writes no such body.
    """
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError as fault:
        raise ValueError(str(fault)) from fault
