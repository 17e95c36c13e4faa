"""What providers tell us: reports of messages, and the requests in which they call us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

__all__ = [
    "NO_CALLBACKS",
    "Callback",
    "CallbackAnswer",
    "Incoming",
    "PlatformNews",
    "Receipt",
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider reported later: a delivery, a bounce or a reply."""

    channel: str
    account: str
    #: The provider's id of the message; "" for a reply, or where `message_id` is known.
    provider_id: str
    #: delivered, failed, expired, bounced (not for good), complained, unsubscribed, or reply.
    state: str
    #: The provider's code or a reply's text.
    response: str
    #: The address of a reply's sender, or whose receipt it is where an id is shared by many.
    address: str = ""
    #: Our own id, where the provider hands it back; b"" = it does not.
    message_id: bytes = b""
    #: The number or mailbox that a reply came to.
    to: str = ""
    #: When it happened, as the provider says; 0 = it does not.
    at: int = 0
    #: The provider's own code.
    code: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """A request that a provider made to us; its signature is checked on the bytes as they came."""

    method: str
    #: As the provider called it, with the query.
    url: str
    #: Names in lower case.
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a person did that may be answered at once."""

    #: Who: an openid, an external_userid ...
    address: str
    #: text, image, voice ... of a message; menu, follow or scan.
    kind: str
    #: What they wrote, or which button or code it was.
    words: str = ""
    #: The platform's own id of a picture or recording.
    media: str = ""
    #: The same however often it is told.
    message_id: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class PlatformNews:
    """What a platform told besides events: who takes it in is found by its kind."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What we answer, and what was in it; the answer is sent once the receipts are durable."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    receipts: tuple[Receipt, ...] = ()
    #: Calls of Segment's shape to collect: each with a `messageId` that a repeat has too.
    events: tuple[Mapping[str, object], ...] = ()
    #: What else was told: the state of an article, somebody who is new.
    news: tuple[PlatformNews, ...] = ()
    #: What a person did that may be answered at once.
    incoming: Incoming | None = None
    #: How words for that person are written into the answer; None = the platform takes none.
    write: Callable[[str], bytes] | None = None


#: What a provider that makes no callbacks answers.
NO_CALLBACKS: Final = CallbackAnswer(404)
