"""Credits: rights to send one message, given by what people do; and templates that they muted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from huiliu.ports.contacts import ContactPoint

__all__ = [
    "MASS",
    "WINDOW",
    "Asking",
    "CreditCount",
    "CreditRow",
    "CreditStore",
    "Grant",
    "Mute",
]

#: What the subjects of customer-service windows begin with: `window:message`, `window:menu` ...
WINDOW = "window:"
#: What the subjects of a month's mass messages begin with: `mass:2026-11`.
MASS = "mass:"


class Grant(msgspec.Struct, frozen=True, gc=False):
    """Rights that somebody gave by one act."""

    brand_id: int
    channel: str
    app: str
    #: The contact point's key; b"" = of whichever the person has.
    key: bytes
    #: With whom it came.
    profile_id: int
    #: A template's id, `window:message`, `mass:2026-11` ...
    subject: str
    #: Of the event that says so: its repeat gives nothing more.
    position: int
    #: How many messages.
    n: int
    granted_at: int
    #: 0 = for ever.
    until: int = 0
    #: It is not used up.
    lasting: bool = False
    #: Who says so: `platform` or `client`; the same act told by both is one.
    source: str = ""
    #: Takes the place of what is left of the same subject.
    replaces: bool = False


class Mute(msgspec.Struct, frozen=True, gc=False):
    """A template that somebody switched off."""

    brand_id: int
    channel: str
    app: str
    key: bytes
    template_id: str
    at: int
    #: The platform does not tell when it is switched on again: tried anew after this.
    until: int


class Asking(msgspec.Struct, frozen=True, gc=False):
    """A message that needs a credit."""

    message_id: bytes
    point: ContactPoint
    #: Any of these will do; `window:` stands for all windows.
    subjects: tuple[str, ...]


class CreditRow(msgspec.Struct, frozen=True, gc=False):
    """What a person has of one subject, free and good now."""

    channel: str
    app: str
    subject: str
    n: int
    lasting: bool
    #: When the last of them ends; 0 = never.
    until: int


@dataclass(frozen=True, slots=True)
class CreditCount:
    """What a brand has of one subject."""

    channel: str
    app: str
    subject: str
    #: People with at least one, free and good now.
    n_people: int
    n_free: int
    #: Held by messages on their way.
    n_taken: int
    n_spent: int
    n_muted: int


class CreditStore(Protocol):
    """Credits and mutes, inside one transaction."""

    def grant(self, grants: Sequence[Grant]) -> None:
        """Write down what was given, in order; a repeat gives nothing."""
        ...

    def take(self, brand_id: int, asking: Asking, now: int) -> str:
        """Take one for a message and return its subject, "" = there is none.

        Asked again for the same message it gives the same. One statement claims it, so two who
        ask at once never get the same.
        """
        ...

    def spend(self, brand_id: int, messages: Collection[bytes], now: int) -> None:
        """Note that messages went: what they held is used up."""
        ...

    def release(self, brand_id: int, messages: Collection[bytes]) -> None:
        """Give back what messages held that will never go."""
        ...

    def void(
        self,
        brand_id: int,
        channel: str,
        app: str,
        key: bytes,
        profile_id: int,
        subjects: Collection[str],
    ) -> int:
        """Take away what is left of subjects; `window:` stands for all windows. Return how many.

        What the person has without an address goes too; with no key it is that only.
        """
        ...

    def mute(self, mutes: Sequence[Mute]) -> None:
        """Note templates that people switched off."""
        ...

    def is_muted(self, brand_id: int, point: ContactPoint, template_id: str, now: int) -> bool:
        """Say whether a person switched a template off."""
        ...

    def block(self, brand_id: int, channel: str, account: str, kind: str, until: int) -> None:
        """Note that an account sends no messages of a kind until an instant."""
        ...

    def blocked(self, brand_id: int, channel: str, now: int) -> dict[tuple[str, str], int]:
        """Return (account, kind) -> until when nothing of the kind is sent."""
        ...

    def of_person(self, brand_id: int, profile_id: int, now: int) -> list[CreditRow]:
        """Return what a person, by the present profile, has now."""
        ...

    def counts(self, brand_id: int, channel: str, now: int) -> list[CreditCount]:
        """Return what there is on a channel, by app and subject."""
        ...

    def forget(self, brand_id: int, before: int) -> int:
        """Forget what was spent or ended before an instant; return how much it was."""
        ...
