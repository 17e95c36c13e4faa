"""What becomes of messages, as Huiliu's own events: deterministic, so a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import structs

from huiliu.kernel.events import Kind, NewEvent
from huiliu.kernel.facts import Value
from huiliu.kernel.ids import digest, show_id
from huiliu.ports.messages import MessageRow

__all__ = ["engagement_event", "internal_event", "internal_traits", "message_event"]

_encode = msgspec.json.Encoder().encode

#: Status -> the event that tells of it.
_NAMES: Mapping[str, str] = {
    "sent": "Message Sent",
    "delivered": "Message Delivered",
    "failed": "Message Failed",
    "unknown": "Message Unknown",
    "not_sent": "Message Not Sent",
    "replied": "Message Replied",
}


def internal_event(
    brand_id: int,
    profile_id: int,
    name: str,
    properties: Mapping[str, Value],
    at: int,
    *key: object,
) -> NewEvent:
    """Return one of Huiliu's own events about a profile; the same key is the same event."""
    body = _encode({"profile_id": profile_id, "properties": properties})
    return NewEvent(
        brand_id=brand_id,
        message_key=digest("internal", brand_id, name, *key),
        received_at=at,
        occurred_at=at,
        name=name,
        kind=Kind.INTERNAL,
        identifiers=(),
        subject=None,
        flags=0,
        body=body,
    )


def internal_traits(
    brand_id: int, profile_id: int, traits: Mapping[str, Value], at: int, *key: object
) -> NewEvent:
    """Return the event by which Huiliu itself sets traits; the same key is the same event.

    It is an identify call like any other to all who read traits; only its person is known already.
    """
    told = internal_event(brand_id, profile_id, "$identify", {}, at, *key)
    body = _encode({"profile_id": profile_id, "traits": traits})
    return structs.replace(told, kind=Kind.IDENTIFY, body=body)


def message_event(
    row: MessageRow,
    status: str,
    at: int,
    *,
    reason: str = "",
    account: str = "",
    holdout: str = "",
) -> NewEvent:
    """Return the event that says what became of a message; a message has each of them once."""
    properties = {**_said(row), "reason": reason, "account": account}
    if holdout:
        properties["holdout"] = holdout
    queued = row.queued
    return internal_event(
        queued.brand_id, queued.profile_id, _NAMES[status], properties, at, queued.message_id
    )


def engagement_event(
    name: str, row: MessageRow, more: Mapping[str, Value], at: int, *key: object
) -> NewEvent:
    """Return the event of what somebody did with a message; the same key is the same event."""
    queued = row.queued
    properties = {**_said(row), **more}
    return internal_event(
        queued.brand_id, queued.profile_id, name, properties, at, queued.message_id, *key
    )


def _said(row: MessageRow) -> dict[str, Value]:
    """Return what every event says of its message."""
    queued = row.queued
    return {
        "message_id": show_id(queued.message_id),
        "channel": queued.channel,
        "template": queued.template,
        "template_version": queued.template_version,
        "journey": queued.journey,
        "journey_version": queued.version,
        "node": queued.node,
        "run_id": show_id(queued.run_id),
        "class": queued.message_class,
    }
