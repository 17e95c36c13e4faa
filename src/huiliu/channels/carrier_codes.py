"""What China's carriers mean by the codes of their receipts, whichever provider hands them on."""

from __future__ import annotations

from typing import Final

__all__ = ["state_of"]

#: Codes that are the same with every carrier. Source: CMPP 3.0, status of a report.
_STATES: Final = {
    "DELIVRD": "delivered",
    "DELIVERED": "delivered",
    "EXPIRED": "expired",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
    "ACCEPTD": "",
    "ENROUTE": "",
    "UNKNOWN": "",
}
#: Refused because the person wants none. From memory: to be checked at the provider's console.
_REFUSED: Final = ("DB:0141", "MK:0024", "BLACK", "TD:", "REJECT_BY_USER")
_REFUSED_WORDS: Final = ("黑名单", "退订", "免打扰")


def state_of(code: str, words: str = "", *, is_delivered: bool | None = None) -> str:
    """Return our word for a receipt's code; "" = it says nothing final.

    Args:
        code: the carrier's, such as `DELIVRD` or `MK:0001`.
        words: what the provider says of it.
        is_delivered: what the provider makes of it, where it says so.
    """
    found = code.strip().upper()
    if is_delivered:
        return "delivered"
    if found.startswith(_REFUSED) or any(word in words for word in _REFUSED_WORDS):
        return "unsubscribed"
    if found in _STATES:
        known = _STATES[found]
        return known if known or is_delivered is None else "failed"
    return "failed" if found or is_delivered is False else ""
