"""How an event of a person is told: a picture, a name in words, and what it carried."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from huiliu.kernel.facts import Value
from huiliu.kernel.ids import parse_profile_id, show_profile_id
from huiliu.services.timeline import Happened, Timeline
from huiliu.web.i18n import event_word, show_number, translate

__all__ = ["Entry", "brief", "entries"]

_TOKEN = "vlt_"  # noqa: S105 - the mark of a vaulted value, no secret
_LONGEST = 80
_MOST_CHIPS = 8

#: Canonical name -> (icon, tone); what is not listed is a plain event.
_LOOKS: Final[Mapping[str, tuple[str, str]]] = {
    "Order Created": ("shopping-cart", "info"),
    "Order Paid": ("circle-check", "good"),
    "Order Shipped": ("arrow-up-right", "info"),
    "Order Out For Delivery": ("arrow-up-right", "info"),
    "Order Delivered": ("checks", "good"),
    "Order Cancelled": ("circle-x", "bad"),
    "Order Refunded": ("arrow-left", "warn"),
    "Dispute Opened": ("alert-triangle", "bad"),
    "Review Posted": ("message-2", "violet"),
    "Segment Entered": ("target", "accent"),
    "Segment Exited": ("target", "plain"),
    "Message Sent": ("send", "info"),
    "Message Delivered": ("checks", "good"),
    "Message Failed": ("circle-x", "bad"),
    "Message Not Sent": ("ban", "warn"),
    "Message Bounced": ("arrow-back-up", "warn"),
    "Message Complained": ("flag", "bad"),
    "Message Replied": ("message-2", "violet"),
    "Conversation Message Received": ("messages", "violet"),
    "Conversation Answered": ("messages", "info"),
    "Conversation Closed": ("circle-check", "plain"),
    "Consent Granted": ("shield-check", "good"),
    "Consent Withdrawn": ("ban", "bad"),
    "$identify": ("id-badge-2", "violet"),
    "$page": ("eye", "plain"),
    "$screen": ("device-mobile", "plain"),
    "$merge": ("arrows-join", "cyan"),
    "$unmerge": ("git-branch", "cyan"),
    "$alias": ("arrows-join", "cyan"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a time line."""

    icon: str
    tone: str
    title: str
    #: The name as it is in the log, where the title says it in other words.
    name: str
    at: int
    #: (name, value) of what it carried, the first few.
    chips: Sequence[tuple[str, str]]
    #: How many more there are.
    n_more: int
    is_historical: bool


def entries(found: Timeline, locale: str) -> list[Entry]:
    """Return a page of a person's events, told in a language."""
    return [_entry(happened, locale) for happened in found.happened]


def brief(value: Value, locale: str = "en") -> str:
    """Return a value in one short line; what the vault holds stays there."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return translate(locale, "console.yes" if value else "console.no")
    if isinstance(value, str) and value.startswith(_TOKEN):
        return "••••••"
    if isinstance(value, (int, float)):
        return show_number(value) if isinstance(value, float) else str(value)
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _entry(happened: Happened, locale: str) -> Entry:
    """Return one event as a line."""
    icon, tone = _LOOKS.get(happened.name, ("point", "plain"))
    carried = {**happened.properties, **happened.traits}
    title = event_word(locale, happened.name)
    return Entry(
        icon=icon,
        tone=tone,
        title=title,
        name="" if title == happened.event.name else happened.event.name,
        at=happened.event.occurred_at,
        chips=[(name, _shown(name, value, locale)) for name, value in carried.items()][
            :_MOST_CHIPS
        ],
        n_more=max(0, len(carried) - _MOST_CHIPS),
        is_historical=bool(happened.event.flags & 1),
    )


def _shown(name: str, value: Value, locale: str) -> str:
    """Return a carried value; profiles of merges by the name that people see."""
    if name in {"from", "to"} and isinstance(value, int):
        shown = show_profile_id(value)
        return shown if parse_profile_id(shown) == value else brief(value, locale)
    return brief(value, locale)
