"""In-app messages: the cards that wait for people, and the door through which they are laid out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from huiliu.messages.inapp import Card

__all__ = [
    "NO_CARDS",
    "CardBox",
    "CardRow",
    "Deed",
    "Done",
    "Funnel",
    "InAppStore",
    "NewCard",
    "SealedCard",
]


class NewCard(msgspec.Struct, frozen=True, gc=False):
    """A card on its way to one person."""

    message_id: bytes
    profile_id: int
    message_class: str
    card: Card
    made_at: int


class SealedCard(msgspec.Struct, frozen=True, gc=False):
    """The same as it is kept."""

    message_id: bytes
    profile_id: int
    kind: str
    message_class: str
    #: Whose key seals it.
    subject: bytes
    sealed: bytes
    made_at: int
    starts_at: int
    ends_at: int


class CardRow(msgspec.Struct, frozen=True, gc=False):
    """One card and what became of it."""

    message_id: bytes
    profile_id: int
    template: str
    journey: str
    kind: str
    message_class: str
    subject: bytes
    sealed: bytes
    #: What makes it pointless, as the outbox has it; b"" = nothing.
    cancel_when: bytes
    made_at: int
    starts_at: int
    ends_at: int
    #: The number of its person's box at its last change.
    changed: int
    n_shown: int
    first_shown_at: int
    last_shown_at: int
    read_at: int
    clicked_at: int
    dismissed_at: int
    withdrawn_at: int

    def is_live(self, now: int) -> bool:
        """Say whether a client may still show it, now or later."""
        return not self.withdrawn_at and not self.dismissed_at and self.ends_at > now


class Deed(msgspec.Struct, frozen=True, gc=False):
    """What a client says that somebody did with a card."""

    message_id: bytes
    #: shown, read, clicked or dismissed.
    what: str
    #: The client's own name of it, hashed: the same again changes nothing.
    key: bytes
    at: int


class Done(msgspec.Struct, frozen=True, gc=False):
    """What a deed changed."""

    deed: Deed
    kind: str
    #: How often it was shown, with this time.
    n_shown: int
    #: Whether with it the card was looked at for the first time: one in the list of messages is
    #: when it is read, every other when it is shown.
    is_opened: bool


class Funnel(msgspec.Struct, frozen=True, gc=False):
    """What became of the cards of one template."""

    template: str
    n_sent: int
    n_shown: int
    n_clicked: int
    n_dismissed: int
    n_withdrawn: int
    #: Can still be met.
    n_live: int
    #: All times that any of them was shown.
    n_times: int
    last_sent_at: int


class InAppStore(Protocol):
    """Cards, inside one transaction."""

    def put(self, brand_id: int, cards: Sequence[SealedCard]) -> None:
        """Lay cards out; one that is there changes nothing."""
        ...

    def changed(self, brand_id: int, profiles: Collection[int]) -> int:
        """Return the newest number of some boxes; 0 = nothing was ever laid out."""
        ...

    def live(self, brand_id: int, profiles: Collection[int], now: int, limit: int) -> list[CardRow]:
        """Return the cards of one person's boxes that can be met, the newest first."""
        ...

    def since(
        self, brand_id: int, profiles: Collection[int], changed: int, limit: int
    ) -> list[CardRow]:
        """Return the cards that changed after a number, in the order of their changes."""
        ...

    def of_person(self, brand_id: int, profiles: Collection[int], limit: int) -> list[CardRow]:
        """Return one person's cards with those that are over, the newest first."""
        ...

    def tell(
        self, brand_id: int, profile_id: int, profiles: Collection[int], deeds: Sequence[Deed]
    ) -> list[Done]:
        """Note what one person did; return what is new. What is not theirs is left out.

        Args:
            brand_id: whose.
            profile_id: the present profile, whose box is locked.
            profiles: every id that came into it, and its own.
            deeds: what clients say.
        """
        ...

    def withdraw(self, brand_id: int, messages: Collection[bytes], now: int) -> int:
        """Take cards back; return how many were there to be met."""
        ...

    def withdraw_template(self, brand_id: int, template: str, now: int, limit: int) -> int:
        """Take back up to `limit` cards of a template; return how many, 0 = all are."""
        ...

    def funnels(self, brand_id: int, since: int, now: int, template: str = "") -> list[Funnel]:
        """Return what became of the cards laid out since, by template; "" = of all."""
        ...

    def popups(self, brand_id: int, profiles: Collection[int], since: int) -> Mapping[bytes, int]:
        """Return message -> when it was shown last, of pop-ups shown since."""
        ...

    def forget(self, before: int, limit: int) -> int:
        """Drop up to `limit` cards that ended before an instant; return how many."""
        ...


class CardBox(Protocol):
    """Where a channel lays cards out, in a transaction of its own."""

    @property
    def zone(self) -> str:
        """IANA zone of dates without an offset."""
        ...

    def put(self, brand_id: int, cards: Sequence[NewCard]) -> set[bytes]:
        """Lay cards out and return whose are there now; a repeat is there already.

        Missing are those of people who are gone for good.
        """
        ...


@dataclass(frozen=True, slots=True)
class _NoCards:
    """No place for cards."""

    zone: str = "UTC"

    def put(self, brand_id: int, cards: Sequence[NewCard]) -> set[bytes]:
        """Take none."""
        del brand_id, cards
        return set()


#: Where no card is ever laid out.
NO_CARDS: Final = _NoCards()
