"""Whether a person agreed that an identifier goes to an ad platform: the last word decides.

Words are said about ads as a whole (channel `ads`), about one platform (its name), or about one
kind of address (`sms` for the phone number, `email`). Of those that concern an identifier and a
platform the latest counts; a no counts before a yes of the same instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from huiliu.kernel.consents import ADS

__all__ = ["ADS", "PURPOSE", "SCOPES", "Permit", "Word", "permit"]

PURPOSE: Final = "ad_sharing"
#: Identifier -> the channel whose consents are about it.
SCOPES: Final = {"phone": "sms", "email": "email", "click": ""}


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word of the consent ledger about sharing with ad platforms."""

    channel: str
    #: granted or withdrawn.
    state: str
    occurred_at: int
    position: int
    #: 0 = it does not end.
    expires_at: int = 0


@dataclass(frozen=True, slots=True)
class Permit:
    """What the last word says."""

    may: bool
    #: Of the yes that it rests on; 0 = there is none.
    position: int = 0
    #: no_consent, withdrawn or expired; "" = it may be shared.
    why: str = ""


def permit(words: Iterable[Word], kind: str, platform: str, now: int) -> Permit:
    """Return whether an identifier of a kind may go to a platform."""
    concerned = {ADS, platform, SCOPES.get(kind, "")} - {""}
    last: Word | None = None
    for word in words:
        if word.channel in concerned and (last is None or _weight(word) > _weight(last)):
            last = word
    if last is None:
        return Permit(may=False, why="no_consent")
    if last.state != "granted":
        return Permit(may=False, why="withdrawn")
    if last.expires_at and last.expires_at <= now:
        return Permit(may=False, why="expired")
    return Permit(may=True, position=last.position)


def _weight(word: Word) -> tuple[int, int, bool]:
    """Return what puts words in order: time, place in the log, and a no before a yes."""
    return word.occurred_at, word.position, word.state != "granted"
