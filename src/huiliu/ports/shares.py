"""Links that people share: whose they are, where they lead, and how often that happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

__all__ = ["ShareLink", "ShareStore"]


class ShareLink(msgspec.Struct, frozen=True, gc=False):
    """One link of one person to one thing."""

    code: str
    brand_id: int
    #: invite, post ...
    kind: str
    #: The id of the invite, of the post.
    subject: str
    #: Who shares; 0 = known by the invite.
    profile_id: int
    #: Where it leads; "" = a page of Huiliu's.
    url: str
    made_at: int


class ShareStore(Protocol):
    """Shared links, inside one transaction."""

    def put(self, link: ShareLink) -> bool:
        """Keep a link; what is there gets the newer address. True = it is new."""
        ...

    def link(self, code: str) -> ShareLink | None:
        """Return the link of a code, whosever it is."""
        ...

    def count(self, brand_id: int, code: str, day: int, what: str, slot: int) -> None:
        """Add one to how often something happened to a link on a day: share, visit, machine."""
        ...

    def n_links(self, brand_id: int, kind: str, subject: str) -> int:
        """Return how many links lead to a thing."""
        ...

    def counts(self, brand_id: int, kind: str, subject: str) -> Mapping[str, int]:
        """Return what happened to the links to a thing -> how often."""
        ...

    def campaign_counts(self, brand_id: int, campaign: str) -> Mapping[str, int]:
        """Return what happened to the links of a campaign's invites -> how often."""
        ...
