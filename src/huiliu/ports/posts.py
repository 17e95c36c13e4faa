"""What people show of what they bought: posts, their files, and who decided about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

__all__ = ["Decision", "PostFile", "PostRow", "PostStore"]


class PostFile(msgspec.Struct, frozen=True, gc=False):
    """One photo or video of a post."""

    nth: int
    #: Of the file in the folder.
    name: str
    #: Of the picture that stands for it; a photo stands for itself.
    still: str
    media_type: str
    width: int
    height: int
    seconds: Decimal
    n_bytes: int
    #: Keyed hash of the file as it was sent: the same file in another post is known again.
    content: bytes


class PostRow(msgspec.Struct, frozen=True):
    """One post."""

    brand_id: int
    #: 16 bytes.
    post_id: bytes
    #: As the person was known then.
    profile_id: int
    order_id: str
    #: "" = not said.
    product_id: str
    #: photo or video.
    kind: str
    state: str
    #: Whose key seals words and files.
    subject: bytes
    #: The vault's token of what they wrote; b"" = nothing.
    words: bytes
    #: Version of the words that they agreed to; "" = it may not be used again.
    consent: str
    locale: str
    channel: str
    made_at: int
    decided_at: int = 0
    decided_by: str = ""
    reason: str = ""
    #: What it earned.
    points: Decimal = Decimal(0)
    files: tuple[PostFile, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """What becomes of a post."""

    brand_id: int
    post_id: bytes
    #: It must be in one of these.
    states: tuple[str, ...]
    state: str
    at: int
    by: str = ""
    reason: str = ""
    #: What it earns.
    points: Decimal = Decimal(0)


class PostStore(Protocol):
    """Posts, inside one transaction."""

    def claim(self, brand_id: int, profile_id: int, order_id: str, most: int) -> bool:
        """Count one more post of an order; False = there are as many as may be."""
        ...

    def add(self, post: PostRow) -> bool:
        """Keep a post with its files; False = it is there already."""
        ...

    def get(self, brand_id: int, post_id: bytes) -> PostRow:
        """Return a post; raise NotFound."""
        ...

    def decide(self, decision: Decision) -> bool:
        """Move a post on if it is in one of some states, in one statement; say whether it was."""
        ...

    def listed(
        self, brand_id: int, state: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> Sequence[PostRow]:
        """Return posts in a state; those that wait the oldest first, others the newest first."""
        ...

    def counts(self, brand_id: int) -> Mapping[str, int]:
        """Return state -> how many posts are in it."""
        ...

    def of_order(
        self, brand_id: int, profiles: Collection[int], order_id: str
    ) -> Sequence[PostRow]:
        """Return the posts that a person made of an order, newest first."""
        ...

    def gallery(
        self, brand_id: int, product_id: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> Sequence[PostRow]:
        """Return approved posts that may be used again, newest first; "" = of every product."""
        ...

    def by_id(self, post_id: bytes) -> PostRow | None:
        """Return the post of whichever brand has it."""
        ...

    def by_file(self, name: str) -> PostRow | None:
        """Return the post that a file or its still picture belongs to."""
        ...

    def seen_before(self, brand_id: int, post_ids: Collection[bytes]) -> Mapping[bytes, int]:
        """Return post -> how many posts of other people or orders hold a file of it."""
        ...

    def known_names(self, brand_id: int, names: Collection[str]) -> set[str]:
        """Return those of some names that a post has."""
        ...

    def orphans(self, brand_id: int, limit: int) -> Sequence[PostRow]:
        """Return posts whose key was destroyed."""
        ...

    def remove(self, brand_id: int, post_ids: Collection[bytes]) -> None:
        """Remove posts and what they say of their files."""
        ...

    def brands(self) -> Sequence[int]:
        """Return the brands that have posts."""
        ...
