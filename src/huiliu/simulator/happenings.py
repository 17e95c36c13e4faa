"""What goes into the virtual brand and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Click", "Happened", "Heard", "OneClick", "Reply"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that reached somebody's phone or mailbox."""

    #: email or sms.
    channel: str
    address: str
    text: str
    at: int
    #: Where one click unsubscribes; "" where the message offers none.
    unsubscribe_url: str = ""
    #: The brand's own link that leads to the first address of the text; "" = it leads there itself.
    link: str = ""


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody follows a link of a message."""

    at: int
    url: str


@dataclass(frozen=True, slots=True)
class OneClick:
    """Somebody unsubscribes with the one click of an e-mail."""

    at: int
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Somebody answers a text message."""

    at: int
    phone: str
    text: str


@dataclass(frozen=True, slots=True)
class Happened:
    """All that people did until an instant, oldest first."""

    #: (instant, message of the Segment specification)
    calls: list[tuple[int, Mapping[str, object]]] = field(default_factory=list)
    answers: list[Click | OneClick | Reply] = field(default_factory=list)
