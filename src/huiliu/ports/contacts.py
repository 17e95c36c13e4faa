"""Contact points: addresses that are no trait, one for each app that a person uses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

__all__ = ["ContactPoint", "ContactStore", "EndedContact"]


class ContactPoint(msgspec.Struct, frozen=True, gc=False):
    """One address by which a person is reached: an openid, a push token, a subscription."""

    brand_id: int
    channel: str
    #: The official account, mini-program or APP that it belongs to; "" = the only one.
    app: str
    #: The keyed hash of the address, 16 bytes: the identifier's key and the vault's token.
    key: bytes
    #: As read, the present profile; as written, the one that it came with.
    profile_id: int
    #: ios, android, web, harmony ...; "" = not said.
    platform: str = ""
    #: Who made the device: huawei, xiaomi, apple ...
    vendor: str = ""
    #: Who carries to it: apns, fcm, jpush ...; "" = whoever serves its app and platform.
    provider: str = ""
    added_at: int = 0
    #: When it was last said that it is the person's.
    seen_at: int = 0
    #: Of the event that said so; of two the later one holds.
    position: int = 0
    #: 0 = it lives.
    ended_at: int = 0
    reason: str = ""


class EndedContact(msgspec.Struct, frozen=True, gc=False):
    """A contact point that reaches nobody any more."""

    channel: str
    key: bytes
    reason: str
    at: int
    #: The app; None = whichever it belongs to.
    app: str | None = None
    #: Only if it was registered no later than this; 0 = whenever.
    since: int = 0


class ContactStore(Protocol):
    """Contact points, inside one transaction."""

    def put(self, rows: Sequence[ContactPoint]) -> None:
        """Write down whose each is; an earlier word than the one that is known changes nothing."""
        ...

    def end(self, brand_id: int, ended: Sequence[EndedContact]) -> int:
        """End those that live; return how many. Registered again, one lives again."""
        ...

    def of_people(
        self, brand_id: int, channel: str, profiles: Collection[int]
    ) -> dict[int, list[ContactPoint]]:
        """Return the living ones by present profile, the most recently seen first."""
        ...

    def of_person(self, brand_id: int, profiles: Collection[int]) -> list[ContactPoint]:
        """Return all of a person's, ended ones too, by channel, the most recently seen first.

        Args:
            brand_id: whose.
            profiles: the person's ids, past and present.
        """
        ...

    def owners(
        self, brand_id: int, channel: str, app: str, keys: Collection[bytes]
    ) -> dict[bytes, int]:
        """Return the present profile of each living one."""
        ...
