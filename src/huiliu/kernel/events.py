"""The vocabulary of events: kinds, identifiers, order events and their synonyms."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

import msgspec

__all__ = [
    "BRAND_EVENTS",
    "CANONICAL",
    "NEVER_EMITTED",
    "ORDER_EVENTS",
    "ORDER_STATUS",
    "OWN_EVENTS",
    "Event",
    "EventNames",
    "Flag",
    "Identifier",
    "IdentifierType",
    "Kind",
    "NewEvent",
    "canonical_name",
    "join_identifiers",
    "split_identifiers",
]


class Kind(IntEnum):
    """Which Segment call an event was, or that Huiliu wrote it itself."""

    TRACK = 1
    IDENTIFY = 2
    PAGE = 3
    SCREEN = 4
    GROUP = 5
    ALIAS = 6
    INTERNAL = 7

    @property
    def word(self) -> str:
        """Return the word that views and conditions use."""
        return self.name.lower()


class Flag(IntFlag):
    """What is special about an event; combined in one small integer."""

    #: Loaded from the past: triggers nothing live.
    HISTORICAL = 1
    #: Sent by a test; never counted in reports.
    TEST = 2
    #: Its time lay more than five minutes ahead and was clamped to the time of receipt.
    CLAMPED = 4


class IdentifierType(IntEnum):
    """The names a person can have, strongest first: precedence is the number's order."""

    USER_ID = 1
    MEMBER_CARD = 2
    WECHAT_UNIONID = 3
    PHONE = 4
    EMAIL = 5
    WECHAT_OPENID = 6
    DEVICE_TOKEN = 7
    ANONYMOUS_ID = 8
    # Newer names come last: numbers are stored. Neither ever meets a person without a stronger one.
    WECOM_USERID = 9
    DOUYIN_OPENID = 10

    @property
    def word(self) -> str:
        """Return the word that views, documents and reports use."""
        return self.name.lower()


# Structs, not dataclasses: made in a tenth of the time, and there is one or more for every event.
class Identifier(msgspec.Struct, frozen=True, order=True, gc=False):
    """One name of a person, as a keyed hash; the value itself is only in the vault."""

    type: IdentifierType
    #: 16 bytes: keyed hash of brand, type and normalised value.
    key: bytes


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An accepted event on its way into the log; it has no position yet."""

    brand_id: int
    #: Hash of brand and messageId, 16 bytes: a repeat of it changes nothing.
    message_key: bytes
    #: Instants in microseconds.
    received_at: int
    occurred_at: int
    #: The track name as it was sent, or `$identify`, `$page` ...
    name: str
    kind: Kind
    identifiers: tuple[Identifier, ...]
    #: Whose subject key seals the personal values, 16 bytes; None where there are none.
    subject: bytes | None
    flags: int
    #: JSON object with `properties` or `traits`, `context`, ...; free of personal values.
    body: bytes


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event of the log, at its position for ever."""

    partition: int
    offset: int
    brand_id: int
    received_at: int
    occurred_at: int
    name: str
    kind: Kind
    identifiers: tuple[Identifier, ...]
    subject: bytes | None
    flags: int
    body: bytes

    @property
    def replay_at(self) -> int:
        """Return when virtual time meets this event: its own time if historical, else receipt."""
        return self.occurred_at if self.flags & Flag.HISTORICAL else self.received_at


#: One identifier as stored: a type byte and a 16-byte key.
_WIDTH: Final = 17
#: By number; looking up is several times faster than making an enum's member.
_TYPES: Final = {int(kind): kind for kind in IdentifierType}


def join_identifiers(identifiers: tuple[Identifier, ...]) -> bytes:
    """Return the identifiers as stored, 17 bytes each."""
    return b"".join(bytes((found.type,)) + found.key for found in identifiers)


def split_identifiers(stored: bytes) -> tuple[Identifier, ...]:
    """Return the identifiers that `join_identifiers` wrote."""
    return tuple([
        Identifier(_TYPES[stored[at]], stored[at + 1 : at + _WIDTH])
        for at in range(0, len(stored), _WIDTH)
    ])  # fmt: skip


#: Events that Huiliu alone tells: nobody else may send them, whatever key they hold.
OWN_EVENTS: Final = frozenset({
    "Ad Audience Joined", "Ad Audience Left", "Ad Data Shared", "Ad Data Withdrawn",
    "Address Restored", "Address Suppressed", "Arm Assigned", "Back In Stock", "Consent Requested",
    "Contact Point Ended", "Content Dropped", "Content Made", "Content Measured", "Content Planned",
    "Content Published", "Conversation Answered", "Conversation Closed",
    "Conversation Message Received", "Coupon Answered", "Coupon Expired", "Coupon Issued",
    "Coupon Redeemed", "Coupon Reserved", "Coupon Rolled Back", "Form Submitted", "Form Viewed",
    "In-App Clicked", "In-App Dismissed", "In-App Shown", "Interview Noted", "Invite Accepted",
    "Invite Completed", "Invite Failed", "Invite Opened", "Invite Rewarded", "Journey Called",
    "Journey Ended", "List Entered", "List Left", "Live Measured", "Message Bounced",
    "Message Clicked", "Message Complained", "Message Delivered", "Message Failed",
    "Message Not Sent", "Message Opened", "Message Replied", "Message Sent", "Message Unknown",
    "Occasion", "Order Region Cleared", "Order Region Disrupted", "Points Adjusted",
    "Points Burned", "Points Clawed Back", "Points Earned", "Points Expired", "Points Given Back",
    "Points Matured", "Points Merged", "Points Received", "Points Sent", "Post Approved",
    "Post Made", "Post Refused", "Post Withdrawn", "Preference Set", "Price Changed",
    "Promotion Applied", "Promotion Undone", "QR Scanned", "Reward Exchange Cancelled",
    "Reward Exchanged", "Reward Promised", "Segment Entered", "Segment Exited", "Segment Kept",
    "Share Made", "Share Visited", "Stock Changed", "Tag Set", "Task Done", "Task Opened",
    "Tier Changed", "Webhook Answered", "Webhook Called",
})  # fmt: skip

#: Those of them that are about nobody: they tell what the brand's own people did.
BRAND_EVENTS: Final = frozenset({
    "Content Dropped", "Content Made", "Content Measured", "Content Planned", "Content Published",
    "Live Measured",
})  # fmt: skip

#: Events that no author of a journey may let happen: besides our own those that others do tell,
#: and that would then say what nobody did.
NEVER_EMITTED: Final = OWN_EVENTS | {"Consent Granted", "Consent Withdrawn", "Experiment Viewed"}

#: The order events of every shop, each with `order_id`, and the status that each leads to.
ORDER_STATUS: Final = {
    "Order Created": "created",
    "Order Paid": "paid",
    "Order Shipped": "shipped",
    "Order Out For Delivery": "shipped",
    "Order Delivered": "delivered",
    "Order Cancelled": "cancelled",
    "Order Refunded": "refunded",
}

ORDER_EVENTS: Final = (*ORDER_STATUS, "Dispute Opened", "Review Posted")

#: Names that other vocabularies use for the same thing, understood when read and never rewritten.
#: Source: Segment's e-commerce specification, version 2.
CANONICAL: Final = {
    "Order Completed": "Order Paid",
    "Order Placed": "Order Created",
    "Checkout Completed": "Order Created",
    "Order Fulfilled": "Order Shipped",
    "Order Canceled": "Order Cancelled",
    "Product Reviewed": "Review Posted",
}


def canonical_name(name: str) -> str:
    """Return Huiliu's own name of an event; names without a synonym are their own."""
    return CANONICAL.get(name, name)


class EventNames(msgspec.Struct, frozen=True):
    """Names of events as an operator lists them: whole ones, and beginnings."""

    #: Canonical names.
    whole: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    @classmethod
    def parse(cls, written: str) -> EventNames:
        """Return the names of a comma-separated list, where `*` ends a beginning.

        Raises:
            ValueError: a `*` stands elsewhere.
        """
        names = [name for name in map(str.strip, written.split(",")) if name]
        if any("*" in name[:-1] for name in names):
            raise ValueError(written)
        return cls(
            frozenset(canonical_name(name) for name in names if not name.endswith("*")),
            tuple(name[:-1] for name in names if name.endswith("*")),
        )

    def __contains__(self, name: str) -> bool:
        """Say whether an event is named here, under its own name or a synonym."""
        own = canonical_name(name)
        return (
            own in self.whole or name.startswith(self.beginnings) or own.startswith(self.beginnings)
        )
