"""Drafts of journeys: kept for their author, apart from what is published, until they are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huiliu.kernel.documents import load
from huiliu.kernel.errors import BadInput, NotFound, Problem
from huiliu.kernel.texts import text
from huiliu.ports.documents import Document
from huiliu.ports.drafts import StoredDraft
from huiliu.ports.store import Tx
from huiliu.ports.world import World

__all__ = [
    "OpenDraft",
    "Positions",
    "ShownDraft",
    "discard_draft",
    "my_drafts",
    "open_draft",
    "save_draft",
    "settle_draft",
]

#: Node -> where it stands on the canvas.
Positions = Mapping[str, tuple[float, float]]

_KIND: Final = "journey"
_MOST_NODES: Final = 2_000
_FARTHEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """One draft in a list."""

    draft: str
    #: The name that its YAML gives, by language; {} where it cannot be read.
    name: Mapping[str, str]
    saved_at: int
    #: Whose it is: `user:7`.
    owner: str


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """What an author works on: their draft, else what is published, with what others did."""

    draft: str
    source: str
    positions: Positions
    #: 0 = nothing is saved yet.
    revision: int
    saved_at: int
    base_version: int
    #: The newest published version, if there is one.
    published: Document | None
    #: Drafts of others of the same journey.
    others: Sequence[ShownDraft]

    @property
    def is_late(self) -> bool:
        """Say whether somebody published since the draft began."""
        return self.published is not None and self.published.version > self.base_version


def open_draft(world: World, brand_id: int, owner: str, draft: str, first: str = "") -> OpenDraft:
    """Return the draft of an author, begun from what is published or from a first source.

    Raises:
        NotFound: there is neither such a journey nor such a draft, nor a first source.
    """
    with world.store.transaction(brand_id) as tx:
        published = _published(tx, brand_id, draft)
        found = tx.drafts.get(brand_id, owner, draft)
        if found is None and published is None and not first:
            raise NotFound(_KIND, draft)
        layout = tx.drafts.layout(brand_id, draft)
        others = [one for one in tx.drafts.of_journey(brand_id, draft) if one.owner != owner]
    if found is None:
        found = StoredDraft(
            brand_id, owner, draft, published.source if published else first,
            published.version if published else 0, layout, 0,
        )  # fmt: skip
    return OpenDraft(
        draft, found.source, _positions(found.positions), found.revision, found.saved_at,
        found.base_version, published, [_shown(one) for one in others],
    )  # fmt: skip


def save_draft(world: World, draft: StoredDraft) -> StoredDraft:
    """Save a draft over the revision that it names; return it with its new one.

    Raises:
        BadInput: the positions are none.
        Conflict: the same author saved another revision meanwhile.
    """
    checked = json.dumps(_positions(draft.positions), separators=(",", ":"))
    written = replace(draft, positions=checked, saved_at=world.clock.now())
    with world.store.transaction(draft.brand_id) as tx:
        return replace(written, revision=tx.drafts.put(written))


def discard_draft(world: World, brand_id: int, owner: str, draft: str) -> None:
    """Forget a draft; what is published stays."""
    with world.store.transaction(brand_id) as tx:
        tx.drafts.remove(brand_id, owner, draft)


def settle_draft(world: World, brand_id: int, owner: str, draft: str, slug: str) -> None:
    """Keep of a draft that was published where its nodes stand and what was said about them."""
    with world.store.transaction(brand_id) as tx:
        found = tx.drafts.get(brand_id, owner, draft)
        if found is not None:
            tx.drafts.put_layout(brand_id, slug, found.positions)
            tx.drafts.remove(brand_id, owner, draft)
        if draft != slug:
            tx.drafts.move_comments(brand_id, draft, slug)


def my_drafts(world: World, brand_id: int, owner: str) -> Sequence[ShownDraft]:
    """Return an author's drafts, saved last first."""
    with world.store.transaction(brand_id) as tx:
        return [_shown(one) for one in tx.drafts.of_owner(brand_id, owner)]


def _published(tx: Tx, brand_id: int, slug: str) -> Document | None:
    """Return the newest version of a journey, if there is one."""
    try:
        return tx.documents.latest(brand_id, _KIND, slug)
    except NotFound:
        return None


def _shown(draft: StoredDraft) -> ShownDraft:
    """Return a draft by what it calls itself."""
    name = load(draft.source).tree.get("name")
    words = {str(key): str(word) for key, word in name.items()} if isinstance(name, dict) else {}
    return ShownDraft(draft.draft, words, draft.saved_at, draft.owner)


def _positions(stored: str) -> dict[str, tuple[float, float]]:
    """Return positions as they were sent or stored.

    Raises:
        BadInput: they are not what a canvas sends.
    """
    try:
        found = json.loads(stored)
        made = {str(node): (float(x), float(y)) for node, (x, y) in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as fault:
        raise BadInput((Problem("positions", text("journeys.positions")),)) from fault
    far = any(not math.isfinite(at) or abs(at) > _FARTHEST for pair in made.values() for at in pair)
    if far or len(made) > _MOST_NODES:
        raise BadInput((Problem("positions", text("journeys.positions")),))
    return made
